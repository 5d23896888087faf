package determination

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/measure"
)

// The phrases and figures that the renderings share. Figures stay the decimal
// strings of the document: they are grouped and padded, never computed anew.

// route is the movement in short: "CN → US", with the origin where it differs.
func (e *Echo) route() string {
	s := e.From + " → " + e.To
	if e.Origin != "" && e.Origin != e.From {
		s += ", origin " + e.Origin
	}
	return s
}

// headline is what the goods are in a few words, and where in the nomenclature
// they stand: the end of the designation's path, and its beginning.
func (e *Echo) headline() (what, within string) {
	var path []string
	for _, p := range strings.Split(e.Designation, ": ") {
		if p = strings.Trim(p, ": "); p != "" {
			path = append(path, p)
		}
	}
	if len(path) == 0 {
		return "Goods not named", ""
	}
	// "Other" and "Bolts" say little without what stands above them.
	n := len(path) - 1
	for n > 0 && (strings.HasPrefix(path[n], "Other") || cells(strings.Join(path[n:], ": ")) < 12) {
		n--
	}
	return strings.Join(path[n:], ": "), strings.Join(path[:n], ": ")
}

// dates says on which day the law is meant and as known when.
func (d *Document) dates() string {
	var on []string
	if d.Case.Entered != "" {
		on = append(on, "entered "+d.Case.Entered)
	}
	if d.Case.Exported != "" && d.Case.Exported != d.Case.Entered {
		on = append(on, "exported "+d.Case.Exported)
	}
	if len(on) == 0 {
		on = append(on, "on "+d.On)
	}
	s := strings.Join(on, ", ")
	if d.Known != "" {
		s += ", as known on " + d.Known
	}
	if t := d.Schedule.supposed(); t != "" {
		s += ", supposing " + t
	}
	return s
}

// supposed names the scenarios that were laid over the law.
func (r *ScheduleRef) supposed() string {
	var titles []string
	for _, o := range r.Scenarios {
		titles = append(titles, "“"+o.Title+"”")
	}
	return strings.Join(titles, " and ")
}

// word is the outcome in one capital word.
func (o Outcome) word() string {
	switch o {
	case Free:
		return "FREE"
	case LicenceRequired:
		return "LICENCE"
	case Refer:
		return "REFER"
	case Prohibited:
		return "PROHIBITED"
	}
	return strings.ToUpper(string(o))
}

// phrase is the outcome as it stands inside a sentence.
func (o Outcome) phrase() string {
	switch o {
	case LicenceRequired:
		return "licence"
	case Refer:
		return "a person must decide"
	}
	return string(o)
}

// legWords is the outcome of a leg: its capital word and what follows it.
func (d *Document) legWords(l *LegOutcome) (word, rest string) {
	word = l.Outcome.word()
	switch l.Outcome {
	case Free:
		rest = " " + l.verb()
	case LicenceRequired:
		rest = " required"
	case Refer:
		rest = ": " + d.referWords(l)
	}
	return word, rest
}

// unansweredWords says that no law is held of any leg; empty where some is.
func (d *Document) unansweredWords() string {
	out, in := "export law of "+d.Case.From, "import law of "+d.Case.To
	switch {
	case len(d.Legs) > 0:
		return ""
	case d.Case.Only == "export":
		return "Not answered: the packs hold no " + out + "."
	case d.Case.Only == "import":
		return "Not answered: the packs hold no " + in + "."
	}
	return "Not answered: the packs hold no " + out + " and no " + in + "."
}

// verb is what free goods may do on the leg.
func (l *LegOutcome) verb() string {
	switch l.Leg {
	case "import":
		return "to enter"
	case "export":
		return "to leave"
	}
	return "to go on"
}

// referWords says between what the answer to a leg lies, and whether the
// facts, the law or both leave it there.
func (d *Document) referWords(l *LegOutcome) string {
	var unsure []string
	for i := range d.NearMisses {
		if n := &d.NearMisses[i]; n.Status == "unverified" && n.Leg == l.Leg {
			unsure = append(unsure, `"`+n.Title+`"`)
		}
	}
	law := "the law is not certain: whether " + someOf(unsure, "and") + " applies is not verified"
	if len(unsure) > 1 {
		law = "the law is not certain: which of " + someOf(unsure, "and") + " apply is not verified"
	}
	span := d.span(l.Best, l.Worst)
	switch {
	case l.Best == "" || l.Worst == "" || l.Worst == Refer, l.Best == l.Worst && len(unsure) == 0:
		return "facts or law are not certain enough: a person must decide"
	case l.Best == l.Worst && l.Best == Free:
		return "free " + l.verb() + ", but " + law
	case l.Best == l.Worst:
		return span + " in any case, but " + law
	case len(unsure) == 0:
		return span + ", the open questions decide"
	case d.decides(l):
		return span + "; the open questions decide, and law that is not verified"
	}
	return span + "; " + law
}

// decides reports whether open facts leave the leg open, and not the law alone.
func (d *Document) decides(l *LegOutcome) bool {
	if len(d.Questions) == 0 {
		return false
	}
	if slices.ContainsFunc(d.controls(l.Leg), func(c *Line) bool { return c.Status == "open" }) {
		return true
	}
	return slices.ContainsFunc(d.Questions, func(q Question) bool {
		if len(q.Answers) == 0 {
			return true // too many facts are open to say what one of them does
		}
		return slices.ContainsFunc(q.Answers, func(a Answer) bool {
			return a.Best != q.Answers[0].Best || a.Worst != q.Answers[0].Worst
		})
	})
}

// span is every outcome from the best to the worst in words: "free, licence or
// prohibited". Licence is between the two only where a licence is in question.
func (d *Document) span(best, worst Outcome) string {
	switch {
	case best == worst:
		return best.phrase()
	case best == Free && worst == Prohibited && len(d.Licences) > 0:
		return "free, licence or prohibited"
	}
	return best.phrase() + " or " + worst.phrase()
}

// someOf names the first of many, and counts the others.
func someOf(names []string, conjunction string) string {
	const most = 3
	switch n := len(names); {
	case n == 0:
		return ""
	case n == 1:
		return names[0]
	case n > most:
		return strings.Join(names[:most-1], ", ") + fmt.Sprintf(" %s %d more", conjunction, n-most+1)
	default:
		return strings.Join(names[:n-1], ", ") + " " + conjunction + " " + names[n-1]
	}
}

// fromTo is "least" or "least to most", each written by f; an unknown end is
// named.
func fromTo(least, most *string, f func(string) string) string {
	switch {
	case least == nil && most == nil:
		return "not known"
	case least == nil:
		return "at most " + f(*most)
	case most == nil:
		return "at least " + f(*least)
	case *least == *most:
		return f(*least)
	}
	return f(*least) + " to " + f(*most)
}

// money is a range of duty in words: "210.00 to 2,500.00 USD".
func (r *DutyRange) money() string {
	if r == nil || r.Least.Amount == nil && r.Most.Amount == nil {
		return ""
	}
	s := fromTo(r.Least.Amount, r.Most.Amount, func(a string) string { return grouped(a, 2) })
	return s + " " + r.currency()
}

func (r *DutyRange) currency() string {
	if r.Least.Currency != "" {
		return r.Least.Currency
	}
	return r.Most.Currency
}

// percent is a range of rates in words: "2.1 to 27.1 %".
func (r *RateRange) percent() string {
	if r == nil || r.Least == nil && r.Most == nil {
		return ""
	}
	return fromTo(r.Least, r.Most, unstyled) + " %"
}

// costWords is the duty in money, or in per cent where there is no money, or both.
func costWords(duty *DutyRange, rate *RateRange) string {
	m, p := duty.money(), rate.percent()
	switch {
	case m != "" && p != "":
		return m + " (" + p + ")"
	case m != "":
		return m
	}
	return p
}

func unstyled(s string) string { return s }

// sameCost reports whether two answers cost the same.
func sameCost(d1, d2 *DutyRange, r1, r2 *RateRange) bool {
	return d1.money() == d2.money() && r1.percent() == r2.percent()
}

// valueWords is the customs value as given, its figure grouped.
func (e *Echo) valueWords() string {
	amount, currency, ok := strings.Cut(e.Value, " ")
	if !ok {
		return e.Value
	}
	if strings.Trim(amount, "0123456789.") != "" {
		return e.Value
	}
	return grouped(amount, 2) + " " + currency
}

// dutyWords is the sentence on what the border costs, and what of it comes on
// top of the ordinary duty. It is empty where no duty is computed.
func (d *Document) dutyWords() []string {
	if d.Duty == nil && d.Rate == nil {
		return nil
	}
	m, p := d.Duty.money(), d.Rate.percent()
	var out []string
	switch {
	case m == "" && p == "":
		out = append(out, "not known")
	case m == "":
		out = append(out, p+" of the value")
	default:
		s := m
		if p != "" {
			s += ", " + p
			if v := d.Case.valueWords(); v != "" {
				s += " of " + v
			}
		}
		out = append(out, s)
	}
	if m := d.Due.money(); m != "" && len(d.fees()) > 0 {
		out = append(out, "with fees "+m)
	}
	if a := d.Additional; a != nil && !allZero(a.Rate.Least, a.Rate.Most) && len(d.ordinary()) > 0 {
		if p := a.Rate.percent(); p != "" {
			out = append(out, "of this "+p+" on top of the ordinary duty")
		}
	}
	if !d.Exact {
		out = append(out, "the range holds for certain but may be wider than need be: the notes say why")
	}
	return out
}

// allZero reports whether every amount given is nought.
func allZero(amounts ...*string) bool {
	for _, a := range amounts {
		if a == nil || strings.Trim(*a, "0.") != "" {
			return false
		}
	}
	return true
}

// duties are the lines of the duty table: the ordinary duty first, as a person
// reads it, then the others in filing order.
func (d *Document) duties() []*Line {
	return append(d.ordinary(), d.pick(func(l *Line) bool { return l.isDuty() && !l.isFee() && specialHeading(l.Heading) })...)
}

func (d *Document) ordinary() []*Line {
	return d.pick(func(l *Line) bool { return l.isDuty() && !l.isFee() && !specialHeading(l.Heading) })
}

// termWords says what the law says of the duties beside their rates, one sentence
// for each thing that it says.
func (d *Document) termWords(cite func(heading, confidence string) string) []string {
	words := [...]struct{ about, says, text string }{
		{"drawback", "allowed", "Drawback on export"},
		{"drawback", "manufacturing", "Drawback for manufacturers alone"},
		{"drawback", "none", "No drawback"},
		{"zone", "privileged", "To a foreign-trade zone in privileged foreign status alone"},
		{"zone", "entry", "From a foreign-trade zone at the rate of the day of entry"},
	}
	var out []string
	for _, w := range words {
		var headings []string
		for _, l := range append(d.duties(), d.fees()...) {
			if w.about == "zone" && l.isFee() {
				continue
			}
			for _, t := range l.Terms {
				if t.About == w.about && t.Says == w.says {
					headings = append(headings, cite(cmp.Or(l.Heading, l.Title), t.Confidence))
				}
			}
		}
		if len(headings) > 0 {
			out = append(out, w.text+": "+strings.Join(headings, ", "))
		}
	}
	return out
}

// fees are the lines that cost something and are no duty.
func (d *Document) fees() []*Line { return d.pick((*Line).isFee) }

func (l *Line) isFee() bool { return l.Kind == string(measure.Fee) }

// controls are the lines of a leg that are not in the duty table.
func (d *Document) controls(leg string) []*Line {
	return d.pick(func(l *Line) bool { return l.Leg == leg && !l.isDuty() })
}

func (d *Document) pick(keep func(*Line) bool) []*Line {
	var out []*Line
	for i := range d.Lines {
		if keep(&d.Lines[i]) {
			out = append(out, &d.Lines[i])
		}
	}
	return out
}

// isDuty reports whether the line belongs into the table of duties: it costs
// something, or a heading has to be filed for it.
func (l *Line) isDuty() bool {
	return l.Duty != nil || l.Percent != nil || l.Leg == "import" && l.Heading != ""
}

// specialHeading reports whether a heading is of chapter 98 or 99, which are filed
// before the goods' own.
func specialHeading(heading string) bool {
	return strings.HasPrefix(heading, "98") || strings.HasPrefix(heading, "99")
}

// statedRate is the rate as the act states it, where the per-cent column of
// the table does not already say so, and the part of the value it stands on.
func (l *Line) statedRate() string {
	var parts []string
	if l.Rate != "" && l.Rate != "Free" {
		p := ""
		if l.Percent != nil && l.Percent.Least != nil && l.Percent.Most != nil && *l.Percent.Least == *l.Percent.Most {
			p = *l.Percent.Least
		}
		if p == "" || !sameNumber(strings.TrimSuffix(l.Rate, "%"), p) {
			parts = append(parts, l.Rate)
		}
	}
	if w := l.Portion.words(); w != "" {
		parts = append(parts, "on "+w)
	}
	return strings.Join(parts, " ")
}

// words is the portion as a phrase: "the steel content, 40 % of the value". It
// is empty for the whole value.
func (p *Portion) words() string {
	if p == nil || sameNumber(p.Least, "1") && sameNumber(p.Most, "1") {
		return ""
	}
	var what string
	switch p.Of {
	case "whole", "remainder":
		what = "what others leave"
	case "dutiable":
		what = "the dutiable part"
	default:
		what = "the " + strings.ReplaceAll(p.Of, "-", " ") + " content"
		if strings.HasPrefix(p.Of, "non-") {
			what = "the " + "non-" + strings.ToUpper(strings.TrimPrefix(p.Of, "non-")) + " content"
		}
	}
	least, most := hundredfold(p.Least), hundredfold(p.Most)
	return what + ", " + fromTo(&least, &most, unstyled) + " % of the value"
}

// lawWords is the citation of a line with its standing where it is not enacted.
func lawWords(citation string, act *ActRef) string {
	if act != nil && act.Standing != "" && act.Standing != "enacted" && act.Standing != "hypothetical" { // whose citation says so itself
		return citation + ", " + act.Standing
	}
	return citation
}

// markOf is the sign behind a citation that was not checked against the text.
func markOf(confidence string) string {
	switch confidence {
	case "secondary":
		return "*"
	case "memory":
		return "**"
	}
	return ""
}

// legend explains the marks that were used.
func legend(marks []string) []string {
	var out []string
	if slices.Contains(marks, "*") {
		out = append(out, "* from a secondary account, not checked against the text of the law")
	}
	if slices.Contains(marks, "**") {
		out = append(out, "** from memory, unchecked")
	}
	return out
}

// words is why a near miss does not apply.
func (n *NearMiss) words() string {
	s := n.Reason
	if s == "" {
		s = map[string]string{
			"displaced":    "displaced by " + n.By,
			"condition":    "its condition is not met",
			"origin":       "another origin",
			"not-in-force": "not in force",
			"suspended":    "suspended",
			"unverified":   "whether it applies is not known",
		}[n.Status]
	}
	if n.Status == "not-in-force" && n.Starts != "" && !strings.Contains(s, civilDay(n.Starts)) {
		s = "starts " + civilDay(n.Starts) + "; " + s
	}
	return s
}

// unlessIn is the citation, or nothing where the text has it already.
func unlessIn(text, citation string) string {
	if citation == "" || strings.Contains(text, citation) {
		return ""
	}
	return citation
}

// subjectWords is the measure of a near miss with its rate or its items.
func subjectWords(title, rate string, items []string) string {
	s := title
	if rate != "" && !strings.Contains(title, rate) {
		s += ", " + rate
	}
	if len(items) > 0 {
		s += " (" + strings.Join(items, ", ") + ")"
	}
	return s
}

// civilDay is the civil date of a day or an instant: its first ten characters.
func civilDay(s string) string {
	if len(s) > 10 && s[10] == 'T' {
		return s[:10]
	}
	return s
}

// title is the heading over the questions.
func questionsTitle(n int) string {
	if n == 1 {
		return "One question decides"
	}
	return fmt.Sprintf("%s questions decide, the most deciding first", countWords(n))
}

// countWords is a small number as a capitalised word.
func countWords(n int) string {
	words := []string{"No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"}
	if n < len(words) {
		return words[n]
	}
	return fmt.Sprint(n)
}

// words is the question with its unit.
func (q *Question) words() string {
	if q.Question == "" {
		return q.Fact
	}
	return q.Question
}

// asFlag is how the value of a fact is given on the command line.
func asFlag(fact, value string) string {
	if value == "" {
		return ""
	}
	return "--fact " + shellWord(fact+"="+value)
}

// shellWord quotes a word that a shell would take apart.
func shellWord(word string) string {
	if strings.ContainsAny(word, " \t'\"$&|;<>()*?`\\!#~") {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return word
}

// give is the flag that answers the question, the value left open where there
// is no single one.
func (q *Question) give(value string) string {
	const open = "…"
	switch {
	case q.Fact == "goods":
		return "--goods " + cmp.Or(value, open)
	case q.Fact == "quantity":
		return "--quantity '" + cmp.Or(value, open) + " " + q.Unit + "'"
	}
	return "--fact " + shellWord(q.Fact+"="+cmp.Or(value, open))
}

// kind says what may stand for the open value where the answers do not show it;
// empty where the question says it.
func (q *Question) kind() string {
	const most = 8
	switch {
	case len(q.Values) > most:
		return "one of " + strings.Join(q.Values[:most-1], ", ") + fmt.Sprintf(" and %d more", len(q.Values)-most+1)
	case len(q.Values) > 0:
		return "one of " + strings.Join(q.Values, ", ")
	case q.Type == "bool":
		return "true or false"
	case q.Type == "instant":
		return "a day, or an instant with its offset"
	}
	return ""
}

// offer is an answer to a question as it is shown, or several that come to the
// same.
type offer struct {
	answer string
	effect string // what it would leave; empty where all answers leave the same
	give   string // how it is given
	value  string // of the fact; empty where no single value stands for it
}

// offers are the answers to the question. Those that leave the same and are
// given the same way are one, and in a long list those that leave the same.
func (d *Document) offers(q *Question) []offer {
	const most = 6
	effects := d.effects(q)
	var out []offer
	var names [][]string
	for i, a := range q.Answers {
		o := offer{effect: effects[i], give: q.give(a.Value), value: a.Value}
		j := slices.IndexFunc(out, func(x offer) bool {
			return x.effect == o.effect && (x.give == o.give || len(q.Answers) > most)
		})
		if j < 0 {
			out, names = append(out, o), append(names, []string{a.Answer})
			continue
		}
		names[j] = append(names[j], a.Answer)
		if out[j].give != o.give {
			out[j].give, out[j].value = q.give(""), ""
		}
	}
	for i := range out {
		out[i].answer = someOf(names[i], "or")
	}
	return out
}

// effects says what each answer would leave, leaving out what all answers have
// in common. All are empty where they have everything in common: the question
// then decides only together with others.
func (d *Document) effects(q *Question) []string {
	outcomes, costs := false, false
	for _, a := range q.Answers[min(1, len(q.Answers)):] {
		first := &q.Answers[0]
		outcomes = outcomes || a.Outcome != first.Outcome || a.Best != first.Best || a.Worst != first.Worst
		costs = costs || !sameCost(a.Duty, first.Duty, a.Rate, first.Rate)
	}
	out := make([]string, len(q.Answers))
	for i := range q.Answers {
		a := &q.Answers[i]
		var parts []string
		if outcomes {
			parts = append(parts, d.left(a))
		}
		if c := costWords(a.Duty, a.Rate); c != "" && costs {
			parts = append(parts, c)
		}
		out[i] = strings.Join(parts, ", ")
	}
	return out
}

// left is the outcomes that an answer leaves.
func (d *Document) left(a *Answer) string {
	if a.Best == "" || a.Worst == "" {
		return a.Outcome.phrase()
	}
	s := d.span(a.Best, a.Worst)
	if a.Outcome == Refer && a.Best == a.Worst {
		s += " but for law that is not verified"
	}
	return s
}

// saving is what a claim would do.
func (c *Claim) saving(now Outcome) string {
	var parts []string
	if s := costWords(c.Saves, c.SavesPct); s != "" && !(zeroRange(c.Saves) && zeroRate(c.SavesPct)) {
		parts = append(parts, "saves "+s)
	}
	if c.Outcome != "" && c.Outcome != now {
		parts = append(parts, "outcome "+c.Outcome.phrase())
	}
	return strings.Join(parts, "; ")
}

func zeroRange(r *DutyRange) bool {
	return r.money() == "" || allZero(r.Least.Amount, r.Most.Amount)
}

func zeroRate(r *RateRange) bool { return r.percent() == "" || allZero(r.Least, r.Most) }

// moveWords says how the answer moves on a date: "32.1 → 56.1 %", "free →
// licence". It is empty where only its reasons change.
func moveWords(beforeRate, afterRate *RateRange, before, after Outcome) string {
	var parts []string
	b, a := beforeRate.percent(), afterRate.percent()
	if a != "" && a != b {
		if b == "" {
			b = "not known"
		}
		parts = append(parts, strings.TrimSuffix(b, " %")+" → "+a)
	}
	if after != "" && before != "" && after != before {
		parts = append(parts, string(before)+" → "+string(after))
	}
	return strings.Join(parts, ", ")
}

// laws are the citations of the acts that the text does not have already, each
// once.
func laws(text string, acts []ActRef) string {
	var out []string
	for _, a := range acts {
		c := a.Citation + markOf(a.Confidence)
		if unlessIn(text, a.Citation) != "" && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return strings.Join(out, "; ")
}

// checked says through which day the packs were checked, the packs of one day
// together.
func (r *ScheduleRef) checked() string {
	if len(r.Packs) == 0 {
		return ""
	}
	var days []string
	packs := map[string][]string{}
	for _, p := range r.Packs {
		if !slices.Contains(days, p.KnownThrough) {
			days = append(days, p.KnownThrough)
		}
		packs[p.KnownThrough] = append(packs[p.KnownThrough], p.ID)
	}
	if len(days) == 1 {
		return "Packs checked through " + days[0] + ": " + strings.Join(packs[days[0]], ", ") + "."
	}
	parts := make([]string, len(days))
	for i, d := range days {
		parts[i] = strings.Join(packs[d], ", ") + " through " + d
	}
	return "Packs checked: " + strings.Join(parts, "; ") + "."
}

// grouped writes a decimal string with thousands separated by commas and at
// least places digits after the point. Anything else it leaves alone.
func grouped(s string, places int) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, frac, _ := strings.Cut(s, ".")
	if whole == "" || strings.Trim(whole+frac, "0123456789") != "" {
		return sign + s
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if n := places - len(frac); n > 0 {
		frac += strings.Repeat("0", n)
	}
	if frac == "" {
		return sign + whole
	}
	return sign + whole + "." + frac
}

// sameNumber reports whether two decimal strings are the same number.
func sameNumber(a, b string) bool {
	x, ok1 := new(big.Rat).SetString(strings.TrimSpace(a))
	y, ok2 := new(big.Rat).SetString(strings.TrimSpace(b))
	return ok1 && ok2 && x.Cmp(y) == 0
}

// hundredfold moves the point of a decimal string two places to the right.
func hundredfold(s string) string {
	x, ok := new(big.Rat).SetString(s)
	if !ok {
		return s
	}
	n, _ := x.Mul(x, big.NewRat(100, 1)).FloatPrec()
	return x.FloatString(n)
}

// sumOf adds figures up; nil where one is not known.
func sumOf(figures []*string) *big.Rat {
	sum := new(big.Rat)
	for _, f := range figures {
		if f == nil {
			return nil
		}
		x, ok := new(big.Rat).SetString(*f)
		if !ok {
			return nil
		}
		sum.Add(sum, x)
	}
	return sum
}

// sumWords says why the lines of the duty table do not add up to the total;
// empty where they do.
func (d *Document) sumWords(lines []*Line) string {
	if d.Duty == nil || d.Duty.Least.Amount == nil {
		return ""
	}
	var least, most []*string
	for _, l := range lines {
		if l.Duty != nil {
			least, most = append(least, l.Duty.Least.Amount), append(most, l.Duty.Most.Amount)
		}
	}
	total := func(s *string) *big.Rat { return sumOf([]*string{s}) }
	lines0, lines1, least1, most1 := sumOf(least), sumOf(most), total(d.Duty.Least.Amount), total(d.Duty.Most.Amount)
	switch {
	case lines0 == nil || lines1 == nil:
		return "" // the total has no most either, and says so
	case most1 == nil || lines1.Cmp(most1) < 0:
		return "The most holds too what is not verified, below."
	case lines0.Cmp(least1) != 0 || lines1.Cmp(most1) != 0:
		return "The total is narrower than the sum of its lines: some cannot be at their least, or at their most, together."
	}
	return ""
}
