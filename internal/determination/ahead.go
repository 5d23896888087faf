package determination

import (
	"cmp"
	"runtime"
	"time"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

// ahead is what was read of a case ahead of its answer. It stands for the texts and the
// schedule that it was read from, and is passed over where the case has others by now.
type ahead struct {
	of    *schedule.Schedule
	code  string          // the text
	goods *schedule.Goods // what the schedule says of it; nil: they were not met before
}

// ReadAhead reads of cases what is then near when they are determined one by one: of a
// file each line is about other goods, what is known of them is more than caches hold,
// and it is waited for together here.
func ReadAhead(s *schedule.Schedule, cases []Case) {
	var goods [schedule.MostAhead]*schedule.Goods
	for len(cases) > 0 {
		n := min(len(cases), len(goods))
		s.RecallGoods(goods[:n], func(i int) string { return cases[i].Goods })
		for i := range n {
			c := &cases[i]
			c.ahead = ahead{of: s, code: c.Goods, goods: goods[i]}
		}
		lookAhead(s, cases[:n])
		cases = cases[n:]
	}
}

// noonUTC is within the day of which the law is asked, wherever that is.
const noonUTC = 12 * 60 * 60

// lookAhead looks at the plans of cases whose goods were read ahead, as far as they are
// imports into the country of the first case and ask for what was known on its day.
// Nothing hangs on it: of a case that is something else another plan is looked at.
func lookAhead(s *schedule.Schedule, cases []Case) {
	first := &cases[0]
	to := nomenclature.Country(first.To)
	_, packs := s.OnLeg(measure.Import, to)
	if len(packs) == 0 || first.Only == "export" {
		return
	}
	m := schedule.Movement{Leg: measure.Import, Territory: to, To: to, Bare: true}
	for _, p := range s.Set.Packs {
		m.Known = max(m.Known, p.KnownThrough)
	}
	if known, err := quantity.ParseMoment(first.Known); err == nil {
		m.Known = known.Date(s.Zone(to))
	}
	var soon [schedule.MostAhead]schedule.Soon
	for i := range cases {
		c := &cases[i]
		if day, err := quantity.ParseMoment(cmp.Or(c.Entered, c.On)); err == nil {
			soon[i] = schedule.Soon{Goods: c.ahead.goods, From: nomenclature.Country(c.From), Origin: nomenclature.Country(cmp.Or(c.Origin, c.From)),
				At: day.Date(time.UTC).Midnight() + noonUTC, Closed: c.Closed}
		}
	}
	var met [schedule.MostAhead]any
	looked := 0
	for _, pack := range packs {
		s.LookAhead(pack, &m, soon[:len(cases)], met[:len(cases)])
		for i := range cases {
			if p, ok := met[i].(*plan); ok {
				looked += len(p.bill.lines) + p.verdict.count
			}
		}
	}
	runtime.KeepAlive(looked) // or else nothing would be looked at
}

// readGoods reads the goods code of a case.
func readGoods(s *schedule.Schedule, c *Case) (*schedule.Goods, error) {
	if a := &c.ahead; a.goods != nil && a.of == s && a.code == c.Goods {
		return a.goods, nil
	}
	return s.ReadGoods(c.Goods)
}
