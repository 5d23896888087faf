package web

import (
	"net/http"
	"strconv"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/nomenclature"
)

// front is what the front page shows. It does not change while the engine runs.
type front struct {
	examples []frontExample
	packs    []frontPack
	digest   string
}

type frontExample struct {
	title, route, why, address, duty string
	legs                             []determination.LegReading
}

type frontPack struct {
	id, title, country, begins, through, measures, instruments string
}

// worked are the cases of the front page, in the law and the knowledge of the
// truce of June 2025.
var worked = []struct {
	title, why string
	c          navicert.Case
}{
	{"A magnet", "Dysprosium or terbium in it decides about China's licence.",
		navicert.Case{Goods: "8505.11.00.70", From: "CN", To: "US", On: "2025-06-15", Known: "2025-06-15", Value: "10000 USD"}},
	{"A dining table of section 301 list 3", "In April it would have paid 170 %; the truce brought it down.",
		navicert.Case{Goods: "9403.60.80.40", From: "CN", To: "US", On: "2025-06-15", Known: "2025-06-15", Value: "10000 USD"}},
	{"A chip slowed down for China", "4,992 in performance, 400 GB/s of links: free until the rule of October 2023, and a licence since.",
		navicert.Case{From: "US", To: "CN", Origin: "US", On: "2025-06-15", Known: "2025-06-15", Only: "export", Closed: true, Facts: map[string]string{
			"goods.tpp": "4992", "goods.performance_density": "6.04", "goods.interconnect": "400", "goods.datacentre": "true", "end_user.military": "false"}}},
}

func newFront(e *navicert.Engine) *front {
	v := &front{digest: e.Digest()}
	for _, w := range worked {
		d, err := e.Determine(w.c)
		if err != nil {
			continue // packs that do not hold these goods have no such example
		}
		r := d.Document().Read()
		x := frontExample{title: w.title, why: w.why, route: r.Route + ", " + r.Dates, legs: r.Legs, address: "/ask?" + encode(&w.c)}
		if len(r.Duty) > 0 {
			x.duty = r.Duty[0]
		}
		v.examples = append(v.examples, x)
	}
	for _, p := range e.Set().Packs {
		v.packs = append(v.packs, frontPack{p.ID, p.Title, nomenclature.Country(p.Jurisdiction).Name(), p.Begins.String(), p.KnownThrough.String(),
			strconv.Itoa(len(p.Measures)), strconv.Itoa(len(p.Instruments))})
	}
	return v
}

func (s *site) getFront(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusOK, frontPage(s.frame("", "Trade law, answered"), s.front))
}
