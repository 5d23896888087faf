package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/catalogue"
	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/outlook"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

func newPackDiff(e *env) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "What changed in law between two versions of packs",
		Long: `Diff compares two versions of packs by what they say, not by their text:
measures begun, gone or with another timeline, scope or condition; rows of
lists; lines of the schedule; relations, groups of countries, facts, preference
programmes, lanes with their papers and clocks, and the rest of a pack. Where
packs differ in words alone, it says that.

Of import duties it makes a rate panel under each version, from the first
instant on at which they differ, and says of which goods, origins and intervals
the duties change, and between which least and most: no claim is made, and facts
that a code does not settle are open. Of what panels do not hold, such as export
control, it determines cases under both, at the days on which the changed
measures move. Of measures on very many goods a sample is determined, and the
count says so.`,
		Example: "  navicert pack diff ../released/packs packs\n  navicert pack diff old/us-tariff packs/us-tariff --output json",
		Args:    exactly(2, "the old packs and the new ones"),
		RunE: func(cmd *cobra.Command, args []string) error {
			sets := make([]*rulepack.Set, 2)
			for i, arg := range args {
				s, err := e.shelfOf([]string{arg})
				if err != nil {
					return err
				}
				if sets[i], err = s.read(); err != nil {
					return err
				}
			}
			ctx, cancel := interruptible(cmd.Context())
			defer cancel()
			d, err := diffPacks(ctx, sets[0], sets[1])
			if err != nil {
				return err
			}
			if output == "json" {
				return writeJSON(e.out, d)
			}
			return e.writeDiff(d)
		},
	}
	outputFlag(cmd, &output, "text", "json")
	return cmd
}

// packDiff is what changed in law.
type packDiff struct {
	Law     []lawChange    `json:"law"`
	Rates   []rateChange   `json:"rates"`
	Answers []answerChange `json:"answers"`
	Asked   int            `json:"asked"`   // cases determined on both
	Sampled bool           `json:"sampled"` // not every affected code was asked
}

type lawChange struct {
	What string `json:"what"` // measure, list, schedule, relation, fact, programme, lane, instrument, pack ...
	Name string `json:"name"`
	Text string `json:"text"`
}

// answerChange is goods of one movement whose answer moved in the same way on
// one day.
type answerChange struct {
	Goods []string `json:"goods"`
	From  string   `json:"from"`
	To    string   `json:"to"`
	On    string   `json:"on"`
	Old   string   `json:"old"`
	New   string   `json:"new"`
}

// rateChange is goods and origins whose import duties are other than before, in
// the same way, in one interval.
type rateChange struct {
	Into    string   `json:"into"`
	Goods   []string `json:"goods"`
	Origins []string `json:"origins"`
	From    string   `json:"from"`
	Until   *string  `json:"until"` // null where nothing known ends it
	What    []string `json:"what"`  // duties gone and new, with their rates
	Old     *points  `json:"old"`   // over all of them; null where the tariff has no such lines
	New     *points  `json:"new"`
}

// points are the least and the most of all duties, per cent of the value; a most
// that is not known is null.
type points struct {
	Least string  `json:"least"`
	Most  *string `json:"most"`
}

func pointsOf(r quantity.Range, known bool) *points {
	if !known {
		return nil
	}
	p := &points{Least: r.Least.String()}
	if !r.Unbounded {
		most := r.Most.String()
		p.Most = &most
	}
	return p
}

// String is the range in a few words.
func (p *points) String() string {
	switch {
	case p == nil:
		return "no such line"
	case p.Most == nil:
		return p.Least + " % or more"
	case *p.Most == p.Least:
		return p.Least + " %"
	}
	return p.Least + " to " + *p.Most + " %"
}

func diffPacks(ctx context.Context, before, after *rulepack.Set) (*packDiff, error) {
	d := &differ{out: &packDiff{Law: []lawChange{}, Rates: []rateChange{}, Answers: []answerChange{}}, before: before, after: after, probes: map[probe]bool{}, reaches: map[string]*reach{}}
	d.measures()
	d.lists()
	d.schedules()
	d.rest()
	old, new := schedule.Compile(before), schedule.Compile(after)
	if err := d.rates(ctx, old, new); err != nil {
		return nil, err
	}
	d.answers(old, new)
	d.untold()
	return d.out, nil
}

// reach is how far changes reach into the import duties of one tariff.
type reach struct {
	since quantity.Instant
	goods []nomenclature.Code // within which; none for all
	all   bool
}

// touch notes that the import duties of the pack may differ from an instant on,
// of goods within the codes, or of all goods where there are none. It reports
// whether the pack has a tariff.
func (d *differ) touch(p *rulepack.Pack, since quantity.Instant, goods []nomenclature.Code) bool {
	if p.Table == nil || p.Base == nil {
		return false
	}
	since = max(since, p.Begins.Start(p.Zone))
	r := d.reaches[p.Jurisdiction]
	if r == nil {
		r = &reach{since: since}
		d.reaches[p.Jurisdiction] = r
	}
	r.since = min(r.since, since)
	r.goods = append(r.goods, goods...)
	r.all = r.all || len(goods) == 0
	return true
}

// rates compares panels of the import duties that changes reach.
func (d *differ) rates(ctx context.Context, before, after *schedule.Schedule) error {
	profile, ok := outlook.ShippedProfile("open")
	if !ok {
		return errors.New("the profile open is not shipped") // a fault of the build
	}
	for _, country := range slices.Sorted(maps.Keys(d.reaches)) {
		r := d.reaches[country]
		o := outlook.Options{Into: nomenclature.Country(country), Period: quantity.Period{From: r.since, Until: quantity.MaxInstant}, Known: d.known(),
			Digits: 10, Profile: profile, Workers: runtime.NumCPU()}
		if !r.all {
			slices.Sort(r.goods)
			o.Goods = slices.CompactFunc(r.goods, func(a, b nomenclature.Code) bool { return b.HasPrefix(a) })
		}
		_, was := before.Pack(o.Into)
		pack, is := after.Pack(o.Into)
		if !was || !is {
			continue // the whole tariff is new or gone
		}
		old, err := outlook.New(ctx, before, o)
		if err != nil {
			return err
		}
		new, err := outlook.New(ctx, after, o)
		if err != nil {
			return err
		}
		for _, ch := range outlook.Compare(old, new) {
			c := rateChange{Into: country, From: ch.Period.From.Format(pack.Zone), What: ch.What, Old: pointsOf(ch.Before, ch.HasWas), New: pointsOf(ch.After, ch.HasIs)}
			if ch.Period.Until < quantity.MaxInstant {
				text := ch.Period.Until.Format(pack.Zone)
				c.Until = &text
			}
			for _, code := range ch.Goods {
				c.Goods = append(c.Goods, code.String())
			}
			for _, origin := range ch.Origins {
				c.Origins = append(c.Origins, string(origin))
			}
			d.out.Rates = append(d.out.Rates, c)
		}
	}
	return nil
}

// known is the last day to which either version is checked.
func (d *differ) known() quantity.Date {
	known := quantity.MinDate
	for _, s := range []*rulepack.Set{d.before, d.after} {
		for _, p := range s.Packs {
			known = max(known, p.KnownThrough)
		}
	}
	return known
}

// probe is one case asked of both versions.
type probe struct {
	goods    nomenclature.Code
	from, to string
	on       quantity.Date
}

// The most that is asked, so that a change on all goods does not take for ever.
const (
	codesPerMeasure = 60
	mostProbes      = 20000
)

type differ struct {
	before, after *rulepack.Set
	out           *packDiff
	probes        map[probe]bool
	reaches       map[string]*reach // by country
}

func (d *differ) say(what, name, format string, args ...any) {
	d.out.Law = append(d.out.Law, lawChange{what, name, fmt.Sprintf(format, args...)})
}

func (d *differ) measures() {
	ids := map[string]bool{}
	for _, s := range []*rulepack.Set{d.before, d.after} {
		for id := range s.Measures {
			ids[id] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		was, is := d.before.Measures[id], d.after.Measures[id]
		switch {
		case was == nil:
			d.say("measure", id, "new: %s; %s", is.Title, timelineWords(d.after, is))
			d.probe(is, d.after, segmentDays(d.after, is))
		case is == nil:
			d.say("measure", id, "gone: %s", was.Title)
			d.probe(was, d.before, segmentDays(d.before, was))
		default:
			var changes []string
			old, new := timelineWords(d.before, was), timelineWords(d.after, is)
			if old != new {
				changes = append(changes, "timeline was "+old+"; is "+new)
			}
			if was.WhenSource != is.WhenSource {
				changes = append(changes, fmt.Sprintf("condition was %q; is %q", was.WhenSource, is.WhenSource))
			}
			if a, b := strings.Join(was.ScopeWords(), "; "), strings.Join(is.ScopeWords(), "; "); a != b {
				changes = append(changes, "scope was "+a+"; is "+b)
			}
			if was.Kind != is.Kind || was.On != is.On || was.Heading != is.Heading {
				changes = append(changes, fmt.Sprintf("was a %s on %s under %q; is a %s on %s under %q", was.Kind, was.On, was.Heading, is.Kind, is.On, is.Heading))
			}
			if a, b := strings.Join(was.Exempts, ", ")+"; "+strings.Join(was.InLieuOf, ", "), strings.Join(is.Exempts, ", ")+"; "+strings.Join(is.InLieuOf, ", "); a != b {
				changes = append(changes, "exempts from and stands in lieu of others than before")
			}
			if a, b := strings.Join(append(slices.Clone(was.Reviews), was.Review), ", "), strings.Join(append(slices.Clone(is.Reviews), is.Review), ", "); a != b {
				changes = append(changes, fmt.Sprintf("review was %q; is %q", a, b))
			}
			for _, c := range changes {
				d.say("measure", id, "%s", c)
			}
			if len(changes) > 0 {
				days := append(segmentDays(d.before, was), segmentDays(d.after, is)...)
				if len(changes) == 1 && old != new { // before its timelines part nothing differs
					days = d.apart(was, is, days)
				}
				d.probe(was, d.before, days)
				d.probe(is, d.after, days)
			}
		}
	}
}

// timelineWords is the timeline of a measure with all announcements known.
func timelineWords(s *rulepack.Set, m *measure.Measure) string {
	zone := catalogue.ZoneOf(s, m.Pack)
	var parts []string
	for _, seg := range m.Acts.Segments(quantity.MaxDate) {
		if seg.State.Kind != measure.NotStarted {
			parts = append(parts, seg.State.Words()+" from "+clock(seg.Period.From, zone))
		}
	}
	if len(parts) == 0 {
		return "never in force"
	}
	return strings.Join(parts, ", ")
}

// segmentDays are the days on which a measure's state moves.
func segmentDays(s *rulepack.Set, m *measure.Measure) []quantity.Date {
	p := catalogue.PackOf(s, m.Pack)
	if p == nil {
		return nil
	}
	var out []quantity.Date
	for _, seg := range m.Acts.Segments(quantity.MaxDate) {
		if seg.State.Kind == measure.NotStarted {
			continue
		}
		out = append(out, max(seg.Period.From.Date(p.Zone), p.Begins))
	}
	return out
}

func (d *differ) lists() {
	ids := map[string]bool{}
	for _, s := range []*rulepack.Set{d.before, d.after} {
		for id := range s.GoodsLists {
			ids[id] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		was, is := rowKeys(d.before, d.before.GoodsLists[id]), rowKeys(d.after, d.after.GoodsLists[id])
		gone, added := missing(was, is), missing(is, was)
		if len(gone)+len(added) == 0 {
			continue
		}
		d.say("list", id, "%s", rowsWords(added, gone))
		for _, s := range []*rulepack.Set{d.before, d.after} {
			l := s.GoodsLists[id]
			if l == nil {
				continue
			}
			changed := append(slices.Clone(gone), added...)
			for i := range l.Rows {
				if row := &l.Rows[i]; slices.Contains(changed, rowKey(s, l.Pack, row)) {
					d.probeRow(s, id, row)
				}
			}
		}
	}
}

// apart are those of the days from which on the timelines of a measure differ.
func (d *differ) apart(was, is *measure.Measure, days []quantity.Date) []quantity.Date {
	zone := catalogue.ZoneOf(d.after, is.Pack)
	slices.Sort(days)
	for i, day := range days {
		end := day.AddDays(1).Start(zone) - 1
		if a, b := was.Acts.At(end, quantity.MaxDate).Words(), is.Acts.At(end, quantity.MaxDate).Words(); a != b {
			return days[i:]
		}
	}
	return days
}

func rowKeys(s *rulepack.Set, l *rulepack.GoodsList) []string {
	if l == nil {
		return nil
	}
	out := make([]string, len(l.Rows))
	for i := range l.Rows {
		out[i] = rowKey(s, l.Pack, &l.Rows[i])
	}
	return out
}

func rowKey(s *rulepack.Set, pack string, r *rulepack.GoodsRow) string {
	zone := catalogue.ZoneOf(s, pack)
	key := r.Code.String() + " from " + clock(r.Period.From, zone) + " until " + clock(r.Period.Until, zone)
	for _, x := range r.Except {
		key += " except " + x.String()
	}
	return key
}

// missing are those of a that b does not hold.
func missing(a, b []string) []string {
	have := make(map[string]bool, len(b))
	for _, x := range b {
		have[x] = true
	}
	var out []string
	for _, x := range a {
		if !have[x] {
			out = append(out, x)
		}
	}
	return out
}

func rowsWords(added, gone []string) string {
	var parts []string
	for _, p := range []struct {
		word string
		rows []string
	}{{"new", added}, {"gone", gone}} {
		switch n := len(p.rows); {
		case n > 3:
			parts = append(parts, fmt.Sprintf("%d rows %s: %s and %d more", n, p.word, strings.Join(p.rows[:3], "; "), n-3))
		case n > 0:
			parts = append(parts, p.word+": "+strings.Join(p.rows, "; "))
		}
	}
	return strings.Join(parts, "; ")
}

func (d *differ) schedules() {
	for _, is := range d.after.Packs {
		was := catalogue.PackOf(d.before, is.ID)
		if was == nil || was.Table == nil || is.Table == nil {
			continue
		}
		old, new := lineKeys(was), lineKeys(is)
		differ := func(a, b map[string]*nomenclature.Line) (n int) {
			for k, l := range a {
				if b[k] == nil {
					d.touch(is, l.Period.From, []nomenclature.Code{l.Code})
					n++
				}
			}
			return n
		}
		changed, gone := differ(new, old), differ(old, new)
		if changed+gone > 0 {
			d.say("schedule", is.ID, "%s new or changed, %s gone or changed", plural(changed, "line"), plural(gone, "line"))
		}
	}
}

func lineKeys(p *rulepack.Pack) map[string]*nomenclature.Line {
	out := make(map[string]*nomenclature.Line, p.Table.Len())
	for l := range p.Table.All() {
		out[fmt.Sprintf("%s %d %d %s|%s|%s|%s", l.Code, l.Period.From, l.Period.Until, strings.Join(l.Units, ","), l.General, l.Special, l.Other)] = l
	}
	return out
}

// onPanel reports whether what a measure does shows in a panel: it moves import
// duties.
func onPanel(m *measure.Measure) bool {
	return m.Leg == measure.Import && m.Kind != measure.Licence && m.Kind != measure.Prohibition
}

// probe adds what a measure can touch on the days: import duties from the first
// one on, or cases.
func (d *differ) probe(m *measure.Measure, s *rulepack.Set, days []quantity.Date) {
	p := catalogue.PackOf(s, m.Pack)
	if p == nil || len(days) == 0 || onPanel(m) && d.touch(p, slices.Min(days).Start(p.Zone), goodsOf(m, s)) {
		return
	}
	from, to := movements(m, p)
	for _, code := range d.codesOf(m, s, p) {
		d.add(p, code, from, to, days)
	}
}

// probeRow adds the cases that a row of a list can touch, through the measures
// on the list.
func (d *differ) probeRow(s *rulepack.Set, list string, row *rulepack.GoodsRow) {
	for _, id := range slices.Sorted(maps.Keys(s.Measures)) {
		m := s.Measures[id]
		if !slices.Contains(m.Scope.GoodsLists, list) && !slices.Contains(m.Scope.ExceptLists, list) {
			continue
		}
		p := catalogue.PackOf(s, m.Pack)
		if p == nil {
			continue
		}
		if onPanel(m) && d.touch(p, row.Period.From, []nomenclature.Code{row.Code}) {
			continue
		}
		days := []quantity.Date{max(row.Period.From.Date(p.Zone), p.Begins)}
		if row.Period.Until < quantity.Always.Until {
			days = append(days, row.Period.Until.Date(p.Zone))
		}
		from, to := movements(m, p)
		d.add(p, row.Code, from, to, days)
	}
}

// movements are countries between which a measure can be met: those that its
// scope names, or some usual ones.
func movements(m *measure.Measure, p *rulepack.Pack) (from, to []string) {
	named := func(places []measure.Place, usual ...string) []string {
		var out []string
		for _, pl := range places {
			switch {
			case pl.Not:
			case len(pl.Name) == 2 && pl.Name != "EU":
				out = append(out, pl.Name)
			default:
				for _, g := range p.Groups[pl.Name] {
					for _, c := range g.Origins {
						out = append(out, string(c))
						break
					}
				}
			}
		}
		if len(out) == 0 {
			out = usual
		}
		return out[:min(4, len(out))]
	}
	switch m.Leg {
	case measure.Import:
		return named(m.Scope.Origin, "CN", "DE", "CA"), []string{p.Jurisdiction}
	case measure.Export:
		return []string{p.Jurisdiction}, named(m.Scope.To, "US", "DE", "JP")
	}
	return named(m.Scope.From, "DE"), named(m.Scope.To, "US")
}

// goodsOf are the codes that a measure names, itself or in lists; none where it is
// about all goods.
func goodsOf(m *measure.Measure, s *rulepack.Set) []nomenclature.Code {
	codes := slices.Clone(m.Scope.Goods)
	for _, id := range m.Scope.GoodsLists {
		if l := s.GoodsLists[id]; l != nil {
			for i := range l.Rows {
				codes = append(codes, l.Rows[i].Code)
			}
		}
	}
	return codes
}

// codesOf are lines that the measure is about, a sample where they are many.
func (d *differ) codesOf(m *measure.Measure, s *rulepack.Set, p *rulepack.Pack) []nomenclature.Code {
	codes := goodsOf(m, s)
	if len(codes) == 0 {
		if t := tableOf(s, p); t != nil {
			for l := range t.Lines(p.KnownThrough.Start(p.Zone)) {
				if l.Code.Digits() >= 8 {
					codes = append(codes, l.Code)
				}
			}
		}
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	if len(codes) <= codesPerMeasure {
		return codes
	}
	d.out.Sampled = true
	var out []nomenclature.Code
	for i := range codesPerMeasure {
		out = append(out, codes[i*len(codes)/codesPerMeasure])
	}
	return out
}

// tableOf is the schedule of the pack, or of any other where it has none.
func tableOf(s *rulepack.Set, p *rulepack.Pack) *nomenclature.Table {
	if p.Table != nil {
		return p.Table
	}
	for _, q := range s.Packs {
		if q.Table != nil {
			return q.Table
		}
	}
	return nil
}

func (d *differ) add(p *rulepack.Pack, code nomenclature.Code, from, to []string, days []quantity.Date) {
	for _, day := range days {
		line := lineWithin(tableOf(d.after, p), code, day.Start(p.Zone))
		for _, f := range from {
			for _, t := range to {
				if f == t {
					continue
				}
				if len(d.probes) >= mostProbes {
					d.out.Sampled = true
					return
				}
				d.probes[probe{line, f, t, day}] = true
			}
		}
	}
}

// lineWithin is the first statistical line of a shorter code.
func lineWithin(t *nomenclature.Table, code nomenclature.Code, at quantity.Instant) nomenclature.Code {
	if t == nil {
		return code
	}
	for {
		children := t.Children(code, at)
		if len(children) == 0 {
			return code
		}
		code = children[0].Code
	}
}

// answers determines the probes on both versions.
func (d *differ) answers(before, after *schedule.Schedule) {
	known := d.known()
	groups := map[answerKey][]string{}
	for p := range d.probes {
		c := navicert.Case{Goods: string(p.goods), From: p.from, To: p.to, On: p.on.String(), Known: known.String()}
		old, new := answer(before, c), answer(after, c)
		if old != new {
			k := answerKey{p.from, p.to, p.on, old, new}
			groups[k] = append(groups[k], p.goods.String())
		}
	}
	d.out.Asked = len(d.probes)
	for k, goods := range groups {
		slices.Sort(goods)
		d.out.Answers = append(d.out.Answers, answerChange{goods, k.from, k.to, k.on.String(), k.old, k.new})
	}
	slices.SortFunc(d.out.Answers, func(a, b answerChange) int {
		return strings.Compare(a.On+a.From+a.To+a.Goods[0]+a.Old+a.New, b.On+b.From+b.To+b.Goods[0]+b.Old+b.New)
	})
}

type answerKey struct {
	from, to string
	on       quantity.Date
	old, new string
}

// answer is the answer to a case in a few words.
func answer(s *schedule.Schedule, c navicert.Case) string {
	det, err := determination.Determine(s, c)
	if err != nil {
		return "no answer: " + strings.Split(err.Error(), "\n")[0]
	}
	doc := det.Document()
	out := string(doc.Outcome)
	if doc.Rate != nil {
		out += ", " + percent(doc.Rate)
	}
	return out
}

// writeRates writes how import duties change.
func (e *env) writeRates(rates []rateChange) error {
	if len(rates) == 0 {
		return nil
	}
	fmt.Fprintf(e.out, "\nImport duties (%s)\n", plural(len(rates), "change"))
	few := func(all []string, most int) string {
		if len(all) > most {
			return strings.Join(all[:most], ", ") + fmt.Sprintf(" and %d more", len(all)-most)
		}
		return strings.Join(all, ", ")
	}
	// A change on all goods has as many rows as there are ways in which it meets
	// other duties: the first of each day show it, and --output json has all.
	const shown = 12
	var rows [][]string
	day, n := "", 0
	for _, c := range rates {
		if c.From != day {
			day, n = c.From, 0
		}
		if n++; n > shown {
			if n == shown+1 {
				rows = append(rows, []string{"", "and more from that day on"})
			}
			continue
		}
		when := "  " + shortTime(c.From)
		if c.Until != nil {
			when += " to " + shortTime(*c.Until)
		}
		rows = append(rows, []string{when, fmt.Sprintf("%s of %s → %s: %s → %s (%s)", few(c.Goods, 2), few(c.Origins, 4), c.Into, c.Old, c.New, few(c.What, 4))})
	}
	return e.table(e.out, nil, rows)
}

func (e *env) writeDiff(d *packDiff) error {
	if len(d.Law) == 0 {
		fmt.Fprintln(e.out, "the law is the same")
		return nil
	}
	what := ""
	var rows [][]string
	for _, c := range d.Law {
		if c.What != what {
			what = c.What
			rows = append(rows, []string{strings.ToUpper(what[:1]) + what[1:] + "s"})
		}
		rows = append(rows, []string{"  " + c.Name + ": " + c.Text})
	}
	if err := e.table(e.out, nil, rows); err != nil {
		return err
	}
	if err := e.writeRates(d.Rates); err != nil {
		return err
	}
	if d.Asked == 0 {
		return nil
	}
	sample := ""
	if d.Sampled {
		sample = ", a sample"
	}
	fmt.Fprintf(e.out, "\nAnswers (%s asked%s)\n", plural(d.Asked, "case"), sample)
	if len(d.Answers) == 0 {
		fmt.Fprintln(e.out, "  none moved")
		return nil
	}
	rows = nil
	// The base rates make many amounts of one change: a few of a movement show
	// it, and --output json has all.
	const shown = 5
	movement, n := "", 0
	for _, a := range d.Answers {
		if m := a.On + a.From + a.To; m != movement {
			movement, n = m, 0
		}
		n++
		if n == shown+1 {
			rows = append(rows, []string{"", "and others with other rates"})
		}
		if n > shown {
			continue
		}
		goods := a.Goods[0]
		if n := len(a.Goods); n > 1 {
			goods += fmt.Sprintf(" and %d more", n-1)
		}
		rows = append(rows, []string{"  " + a.On, fmt.Sprintf("%s, %s → %s: %s → %s", goods, a.From, a.To, a.Old, a.New)})
	}
	return e.table(e.out, nil, rows)
}
