package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/navicert/navicert/internal/catalogue"
	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// lawView is what the pages of the law have in common: the words searched for, and
// the two days on which states are told.
type lawView struct {
	q, on, known string
	onMoment     quantity.Moment
	knownDay     quantity.Date
	faults       []string
}

// readLaw reads the parameters that the pages of the law share.
func (s *site) readLaw(q url.Values) lawView {
	v := lawView{q: first(q["q"]), on: first([]string{first(q["on"]), s.today()}), known: first([]string{first(q["known"]), s.today()})}
	var err error
	if v.onMoment, err = quantity.ParseMoment(v.on); err != nil {
		v.faults = append(v.faults, sentence(err.Error()))
		v.onMoment, _ = quantity.ParseMoment(s.today())
	}
	if v.knownDay, err = quantity.ParseDate(v.known); err != nil {
		v.faults = append(v.faults, sentence(err.Error()))
		v.knownDay, _ = quantity.ParseDate(s.today())
	}
	return v
}

// mostListed is how many rows a list of the law shows at once.
const mostListed = 500

// measureRow is a measure in a list, with its state.
type measureRow struct {
	catalogue.Measure
	class string // of the style sheet
}

func (c *catalog) row(id string, v *lawView) measureRow {
	entry := c.entries[id]
	r := measureRow{Measure: catalogue.MeasureOf(entry, v.onMoment.Noon(entry.Pack.Zone), v.knownDay)}
	if strings.HasPrefix(r.State, measure.Unverified.String()) {
		r.class = "is-refer"
	}
	return r
}

// overview is the front of the law, or what a search found.
type overview struct {
	lawView
	packs       []packRow
	programmes  []programme
	measures    []measureRow
	instruments []*measure.Instrument
	facts       []*condition.Fact
	more        bool
}

type packRow struct {
	frontPack
	notCovered int
}

func (s *site) getLaw(w http.ResponseWriter, r *http.Request) {
	v := overview{lawView: s.readLaw(r.URL.Query())}
	if words := searchWords(v.q); len(words) > 0 {
		s.searchLaw(&v, words)
		s.render(w, r, http.StatusOK, lawSearchPage(s.frame("law", "Law: "+v.q), &v))
		return
	}
	for i, p := range s.Engine.Set().Packs {
		v.packs = append(v.packs, packRow{s.front.packs[i], len(p.NotCovered)})
	}
	v.programmes = s.catalog.programmes
	s.render(w, r, http.StatusOK, lawPage(s.frame("law", "Law"), &v))
}

func (s *site) searchLaw(v *overview, words []string) {
	for _, m := range s.Engine.Measures() {
		headings := m.Heading
		for i := range m.Acts {
			headings += " " + m.Acts[i].Heading
		}
		if finds(words, m.ID, m.Title, m.Programme, headings) {
			if v.more = len(v.measures) == mostListed; v.more {
				break
			}
			v.measures = append(v.measures, s.catalog.row(m.ID, &v.lawView))
		}
	}
	for _, in := range s.Engine.Instruments() {
		if finds(words, in.ID, in.Title, in.Citation) {
			v.instruments = append(v.instruments, in)
		}
	}
	for _, f := range s.Engine.Facts() {
		if finds(words, f.Name, f.Question) {
			v.facts = append(v.facts, f)
		}
	}
	for _, p := range s.catalog.programmes {
		if finds(words, p.title) {
			v.programmes = append(v.programmes, p)
		}
	}
}

// listing is measures that answer to filters.
type listing struct {
	lawView
	pack, programme, kind string
	all                   bool // those too that have not started or are over
	rows                  []measureRow
	left                  int // how many of these are left out
	packs                 []string
	programmes            []programme
}

func (s *site) getMeasures(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	v := listing{lawView: s.readLaw(q), pack: first(q["pack"]), programme: first(q["programme"]), kind: first(q["kind"]), all: first(q["all"]) == "true"}
	words := searchWords(v.q)
	for _, m := range s.Engine.Measures() {
		if v.pack != "" && m.Pack != v.pack || v.programme != "" && programmeOf(m) != v.programme || v.kind != "" && string(m.Kind) != v.kind ||
			!finds(words, m.ID, m.Title, m.Heading) {
			continue
		}
		row := s.catalog.row(m.ID, &v.lawView)
		if !v.all && (row.State == "ended" || row.State == "not started") {
			v.left++
			continue
		}
		v.rows = append(v.rows, row)
	}
	for _, p := range s.Engine.Set().Packs {
		v.packs = append(v.packs, p.ID)
	}
	for _, p := range s.catalog.programmes {
		if v.pack == "" || p.pack.ID == v.pack {
			v.programmes = append(v.programmes, p)
		}
	}
	s.render(w, r, http.StatusOK, measuresPage(s.frame("law", first([]string{v.programme, "Measures"})), &v))
}

// measureView is one measure with its acts on both axes.
type measureView struct {
	lawView
	m         *measure.Measure
	pack      *rulepack.Pack
	programme string
	state     string
	about     catalogue.Explanation // as known on the day of the page
	condition string                // in words; "" for none
	lists     []listRef
	acts      []actRow
	log       *actLog // nil where there are no acts
	cases     []rulepack.Case
}

type listRef struct {
	id   string
	rows int
}

type actRow struct {
	catalogue.Act
	by    *measure.Instrument
	later bool // it was announced after the knowledge date
}

func (s *site) getMeasure(w http.ResponseWriter, r *http.Request) {
	entry := s.catalog.entries[r.PathValue("id")]
	if entry == nil {
		s.notFound(w, r, fmt.Sprintf("No pack holds a measure %q.", r.PathValue("id")))
		return
	}
	m := entry.Measure
	v := measureView{lawView: s.readLaw(r.URL.Query()), m: m, pack: entry.Pack, programme: programmeOf(m), cases: s.catalog.cases[m.ID]}
	v.state = s.catalog.row(m.ID, &v.lawView).State
	v.about = catalogue.Explain(s.Engine, m, v.knownDay)
	if m.When != nil {
		v.condition = s.Engine.Set().Env.Words(m.When)
	}
	set := s.Engine.Set()
	for _, id := range slices.Concat(m.Scope.GoodsLists, m.Scope.ExceptLists, m.Scope.Items) {
		if l := set.GoodsLists[id]; l != nil {
			v.lists = append(v.lists, listRef{id, len(l.Rows)})
		} else if l := set.ItemLists[id]; l != nil {
			v.lists = append(v.lists, listRef{id, len(l.Rows)})
		}
	}
	for i := range m.Acts {
		a := &m.Acts[i]
		v.acts = append(v.acts, actRow{catalogue.ActOf(a, entry.Pack.Zone), a.By, a.Announced > v.knownDay})
	}
	v.log = newActLog(m.Acts, entry.Pack.Zone, v.knownDay, s.lawNow())
	s.render(w, r, http.StatusOK, measurePage(s.frame("law", m.Title), &v))
}

func (s *site) lawNow() quantity.Instant { return quantity.Instant(s.Now().Unix()) }

func relationWords(r *catalogue.Relation) string {
	if r.Kind == string(measure.Apart) {
		return strings.Join(slices.Concat(r.Measures, r.With), ", ") + " are never due together"
	}
	return strings.Join(r.Measures, ", ") + " " + strings.ReplaceAll(r.Kind, "-", " ") + " " + strings.Join(r.With, ", ")
}

// actLog is the acts of a measure on both axes: a row for each day on which
// something was announced, and in it the law, past and future, as it was then
// known.
type actLog struct {
	years []tick
	rows  []actLogRow
}

type actLogRow struct {
	day, by string
	blocks  []block
	labels  []tick
	now     string // where the day of the announcement lies on the law axis
	words   string // what the row draws
	later   bool   // it lies after the knowledge date of the page
}

// newActLog draws the acts, its days those of the zone of their law; nil where
// there are none.
func newActLog(acts measure.Timeline, zone *time.Location, known quantity.Date, now quantity.Instant) *actLog {
	days := []quantity.Date{}
	by := map[quantity.Date][]string{}
	x := axis{quantity.MaxInstant, quantity.MinInstant}
	include := func(i quantity.Instant) {
		if i > quantity.Always.From && i < quantity.Always.Until {
			x.from, x.until = min(x.from, i), max(x.until, i)
		}
	}
	for i := range acts {
		a := &acts[i]
		if a.Standing == measure.Reported {
			continue
		}
		if !slices.Contains(days, a.Announced) {
			days = append(days, a.Announced)
		}
		if c := a.By.Citation; !slices.Contains(by[a.Announced], c) {
			by[a.Announced] = append(by[a.Announced], c)
		}
		include(a.Announced.Start(time.UTC))
		if a.Effect.Kind != measure.Stay { // a stay looks at the acts of others, not at a stretch of time
			include(a.Period.From)
			include(a.Period.Until)
		}
	}
	if len(days) == 0 {
		return nil
	}
	slices.Sort(days)
	include(now)
	pad := max((x.until-x.from)/25, 30*24*60*60)
	x.from, x.until = x.from-pad, x.until+pad
	log := &actLog{years: x.ticks()}
	for _, day := range days {
		row := actLogRow{day: day.String(), by: strings.Join(by[day], "; "), now: place(x.at(day.Start(time.UTC))), later: day > known}
		var words []string
		segments := acts.Segments(day)
		for i, seg := range segments {
			class, label := "", seg.State.Words()
			switch seg.State.Kind {
			case measure.InForce:
				class = "in-force"
			case measure.Suspended:
				class = "beyond"
			case measure.Unverified:
				class = "bar-open"
			default:
				switch {
				case seg.State.Kind != measure.Ended:
				case seg.Period.From > quantity.Always.From:
					words = append(words, "ended from "+seg.Period.From.Date(zone).String())
				case i == len(segments)-1: // a time before the first act is void because nothing was there
					words = append(words, "void from the start")
				}
				continue
			}
			from, until := x.at(seg.Period.From), x.at(seg.Period.Until)
			b := across(from, until, class)
			b.title = label
			row.blocks = append(row.blocks, b)
			if until-from > 1.5+float64(len(label))*1.1 {
				row.labels = append(row.labels, tick{at: place(from + .6), label: label})
			}
			when := "always"
			if seg.Period.From > quantity.Always.From {
				when = "from " + seg.Period.From.Date(zone).String()
			}
			words = append(words, label+" "+when)
		}
		row.words = strings.Join(words, "; ")
		log.rows = append(log.rows, row)
	}
	return log
}

// instrumentsView is the instruments of the packs.
type instrumentsView struct {
	lawView
	rows []*measure.Instrument
}

func (s *site) getInstruments(w http.ResponseWriter, r *http.Request) {
	v := instrumentsView{lawView: s.readLaw(r.URL.Query())}
	words := searchWords(v.q)
	for _, in := range s.Engine.Instruments() {
		if finds(words, in.ID, in.Title, in.Citation, in.Kind) {
			v.rows = append(v.rows, in)
		}
	}
	slices.Reverse(v.rows) // the latest first
	s.render(w, r, http.StatusOK, instrumentsPage(s.frame("law", "Instruments"), &v))
}

// instrumentView is one instrument and what it did.
type instrumentView struct {
	in   *measure.Instrument
	acts []instrumentAct
}

type instrumentAct struct {
	measure *measure.Measure
	catalogue.Act
}

func (s *site) getInstrument(w http.ResponseWriter, r *http.Request) {
	in := s.catalog.instruments[r.PathValue("id")]
	if in == nil {
		s.notFound(w, r, fmt.Sprintf("No pack holds an instrument %q.", r.PathValue("id")))
		return
	}
	v := instrumentView{in: in}
	for _, a := range s.catalog.acted[in.ID] {
		v.acts = append(v.acts, instrumentAct{a.measure, catalogue.ActOf(a.act, a.pack.Zone)})
	}
	s.render(w, r, http.StatusOK, instrumentPage(s.frame("law", in.Citation), &v))
}

// packView is one pack.
type packView struct {
	p          *rulepack.Pack
	country    string
	digest     string
	programmes []programme
	lists      []listRef
	measures   int
}

func (s *site) getPack(w http.ResponseWriter, r *http.Request) {
	p := catalogue.PackOf(s.Engine.Set(), r.PathValue("id"))
	if p == nil {
		s.notFound(w, r, fmt.Sprintf("There is no pack %q.", r.PathValue("id")))
		return
	}
	v := packView{p: p, country: nomenclature.Country(p.Jurisdiction).Name(), digest: fmt.Sprintf("sha256:%x", p.Digest), measures: len(p.Measures)}
	for _, g := range s.catalog.programmes {
		if g.pack == p {
			v.programmes = append(v.programmes, g)
		}
	}
	for id, l := range p.GoodsLists {
		if l.Pack == p.ID {
			v.lists = append(v.lists, listRef{id, len(l.Rows)})
		}
	}
	for id, l := range p.ItemLists {
		if l.Pack == p.ID {
			v.lists = append(v.lists, listRef{id, len(l.Rows)})
		}
	}
	for id, l := range p.PartyLists {
		if l.Pack == p.ID {
			v.lists = append(v.lists, listRef{id, len(l.Rows())})
		}
	}
	slices.SortFunc(v.lists, func(a, b listRef) int { return strings.Compare(a.id, b.id) })
	s.render(w, r, http.StatusOK, packPage(s.frame("law", p.Title), &v))
}

// listView is a dated list of goods, of control items or of parties.
type listView struct {
	lawView
	id          string
	pack        *rulepack.Pack
	rows        []listRow
	found       int
	page, pages int
}

type listRow struct{ code, text, from, until, by, note string }

func (s *site) getList(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	v := listView{lawView: s.readLaw(q), id: r.PathValue("id")}
	set := s.Engine.Set()
	words := searchWords(v.q)
	add := func(row listRow, p quantity.Period, by *measure.Instrument) {
		if by != nil {
			row.by = by.Citation
		}
		if finds(words, row.code, row.text, row.by, row.note) {
			row.from, row.until = catalogue.Ends(p, v.pack.Zone)
			v.rows = append(v.rows, row)
		}
	}
	if l := set.GoodsLists[v.id]; l != nil {
		v.pack = catalogue.PackOf(set, l.Pack)
		for i := range l.Rows {
			row := &l.Rows[i]
			text := ""
			for _, x := range row.Except {
				text += ", but " + x.String()
			}
			add(listRow{code: row.Code.String(), text: strings.TrimPrefix(text, ", "), note: row.Note}, row.Period, row.By)
		}
	} else if l := set.ItemLists[v.id]; l != nil {
		v.pack = catalogue.PackOf(set, l.Pack)
		for i := range l.Rows {
			row := &l.Rows[i]
			text := row.Designation
			if row.WhenSource != "" {
				text += " — where " + set.Env.Words(row.When)
			}
			add(listRow{code: row.Item, text: text, note: row.Note}, row.Period, row.By)
		}
	} else if i := slices.IndexFunc(set.PartyLists, func(l *rulepack.PartyList) bool { return l.ID == v.id }); i >= 0 {
		l := set.PartyLists[i]
		v.pack = catalogue.PackOf(set, l.Pack)
		rows := l.Rows()
		for i := range rows {
			row := &rows[i]
			text := strings.Join(append([]string{row.Name}, row.Aliases...), "; ")
			add(listRow{code: string(row.Country), text: text, note: row.Note}, row.Period, row.By)
		}
	} else {
		s.notFound(w, r, fmt.Sprintf("No pack holds a list %q.", v.id))
		return
	}
	v.found = len(v.rows)
	v.pages = max((v.found+mostListed-1)/mostListed, 1)
	v.page, _ = strconv.Atoi(first(q["page"]))
	v.page = min(max(v.page, 1), v.pages)
	v.rows = v.rows[(v.page-1)*mostListed : min(v.page*mostListed, v.found)]
	s.render(w, r, http.StatusOK, listPage(s.frame("law", v.id), &v))
}

// factsView is the facts that conditions read.
type factsView struct {
	lawView
	rows []*condition.Fact
}

func (s *site) getFacts(w http.ResponseWriter, r *http.Request) {
	v := factsView{lawView: s.readLaw(r.URL.Query())}
	words := searchWords(v.q)
	for _, f := range s.Engine.Facts() {
		if finds(words, f.Name, f.Question, f.Where) {
			v.rows = append(v.rows, f)
		}
	}
	s.render(w, r, http.StatusOK, factsPage(s.frame("law", "Facts"), &v))
}
