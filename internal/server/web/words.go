package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/determination"
)

// navigation is the pages that every page leads to.
var navigation = []struct{ section, title, address string }{
	{"ask", "Ask", "/ask"},
	{"timeline", "Timeline", "/timeline"},
	{"law", "Law", "/law"},
	{"files", "Files", "/files"},
	{"compare", "Compare", "/compare"},
	{"desk", "Licence desk", "/desk"},
}

// htmxConfig keeps htmx within the [Policy]: it adds no style and evaluates
// nothing.
const htmxConfig = `{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,"historyCacheSize":0,"scrollIntoViewOnBoost":false,` +
	`"responseHandling":[{"code":"2..","swap":true},{"code":"...","swap":false,"error":true}]}`

// sentence makes an error, which begins small and ends bare, a sentence.
func sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return ""
	}
	s = string(unicode.ToUpper(r)) + s[n:]
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "?") {
		s += "."
	}
	return s
}

// size is a number of bytes as people say it.
func size(bytes int64) string {
	switch {
	case bytes < 1<<10:
		return fmt.Sprintf("%d bytes", bytes)
	case bytes < 1<<20:
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}

// mark is the sign of a confidence and what it means.
func mark(confidence string) (sign, meaning string) { return determination.Mark(confidence) }

// linkable reports whether an address may be linked to.
func linkable(url string) bool {
	return strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
}

// capital makes the first letter of a sentence large.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// said is the answer in one sentence, for those who hear the page.
func said(v *askView) string {
	switch {
	case v.answer == nil && len(v.fields)+len(v.others) > 0:
		return "The case cannot be answered as it stands."
	case v.answer == nil && v.finder != nil && v.finder.words != "":
		n := 0
		for _, g := range v.finder.groups {
			n += len(g.lines)
		}
		return fmt.Sprintf("%d lines found.", n)
	case v.answer == nil:
		return ""
	}
	r := v.answer.read
	parts := []string{}
	for _, l := range r.Legs {
		parts = append(parts, l.Leg.Title+": "+strings.ToLower(l.Word)+l.Rest)
	}
	if len(r.Duty) > 0 {
		parts = append(parts, "Duty: "+r.Duty[0])
	}
	return strings.Join(parts, ". ") + "."
}

func lawDate(v *askView) string {
	return lawDay(&v.c)
}

func valueAmount(value string) string {
	amount, _ := amountAndCurrency(value)
	return amount
}

func valueCurrency(value string) string {
	_, currency := amountAndCurrency(value)
	return first([]string{currency, "USD"})
}

// nth is one of the texts, "" beyond them.
func nth(all []string, n int) string {
	if n < len(all) {
		return all[n]
	}
	return ""
}

func rest(all []string) []string { return all[min(1, len(all)):] }

func factType(f *condition.Fact) string {
	if f == nil {
		return ""
	}
	return f.Type.String()
}

func factValues(f *condition.Fact) []string {
	if f == nil {
		return nil
	}
	return f.Values
}

// answerName is the parameter by which a button answers a question.
func answerName(q *determination.Question) string {
	switch q.Fact {
	case "goods":
		return "line"
	case "quantity":
		return "quantity"
	}
	return factParameter + q.Fact
}

// needsField reports whether the buttons of a question leave something to say.
func needsField(q determination.QuestionReading) bool {
	offered := 0
	for _, o := range q.Offers {
		if o.Value != "" {
			offered++
		}
	}
	switch {
	case q.Question.Type == "bool":
		return offered < 2
	case len(q.Question.Values) > 0:
		return offered < len(q.Question.Values)
	}
	return true
}

// allProblems are the problems of a case, those of the fields in the order of the
// form.
func allProblems(v *askView) []determination.Problem {
	var out []determination.Problem
	for _, f := range []string{"goods", "from", "to", "on", "known", "value", "origin", "quantity", "only", "since", "until", "on2", "known2"} {
		out = append(out, v.fields[f]...)
	}
	for _, g := range v.given {
		out = append(out, g.problems...)
	}
	return append(out, v.others...)
}

// fieldID is the field of the form in which a problem can be mended.
func fieldID(field string) string {
	if fact, ok := strings.CutPrefix(field, "facts."); ok {
		return "given-" + fact
	}
	field, _, _ = strings.Cut(field, ".")
	return field
}

func presumed(d *determination.Document) []string {
	var out []string
	for _, p := range d.Presumed {
		t := p.What
		if p.Why != "" {
			t += ": " + p.Why
		}
		out = append(out, t)
	}
	return out
}

func amountHead(d *determination.Document) string {
	if d.Duty != nil && d.Duty.Least.Currency != "" {
		return "Amount, " + d.Duty.Least.Currency
	}
	return "Amount"
}

// bars are the blocks of a row, none where nothing is drawn.
func bars(s *stack, n int, fee bool) []block {
	switch {
	case s == nil:
		return nil
	case fee:
		return s.fees[n]
	}
	return s.rows[n]
}

func totalBar(s *stack, due bool) []block {
	switch {
	case s == nil:
		return nil
	case due:
		return s.due
	}
	return s.total
}

func measureAddress(id string) string { return "/law/measures/" + id }

func actURL(a *determination.ActRef) string {
	if a == nil {
		return ""
	}
	return a.URL
}

// runs is a period in words, its ends with their offset.
func runs(from, until string) string {
	switch {
	case from == "" && until == "":
		return "always"
	case from == "":
		return "until " + until
	case until == "":
		return "from " + from
	}
	return "from " + from + " until " + until
}

func confidenceWords(confidence string) string {
	switch confidence {
	case "verified":
		return "read in the text of the law"
	case "secondary":
		return "from a secondary account, not checked against the text"
	case "memory":
		return "from memory, unchecked"
	}
	return confidence
}

// firstControls are the controls that are shown at once: those that apply for
// certain, then the first of those that may.
func firstControls(r *determination.Reading) []determination.ControlReading {
	all := orderedControls(r)
	return all[:min(fewControls, len(all))]
}

func furtherControls(r *determination.Reading) []determination.ControlReading {
	all := orderedControls(r)
	return all[min(fewControls, len(all)):]
}

func orderedControls(r *determination.Reading) []determination.ControlReading {
	var all []determination.ControlReading
	for i := range r.Legs {
		all = append(all, r.Legs[i].Controls...)
	}
	slices.SortStableFunc(all, func(a, b determination.ControlReading) int {
		return cmp.Compare(b2i(a.Line.Status == "open"), b2i(b.Line.Status == "open"))
	})
	return all
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// after is the text behind a separator; nothing where there is none.
func after(separator, text string) string {
	if text == "" {
		return ""
	}
	return separator + text
}

// ifOpen is what is said of something that may apply; nothing of what does.
func ifOpen(status, text string) string {
	if status != "open" {
		return ""
	}
	return text
}

// clock is an instant as people read it: the day, and the time with its offset
// where it is not the first minutes of it, at which acts begin.
func clock(instant string) string {
	day, rest, ok := strings.Cut(instant, "T")
	if !ok || strings.HasPrefix(rest, "00:00") || strings.HasPrefix(rest, "00:01") {
		return day
	}
	return day + " " + rest
}

// acts are the acts of a step, those of one instrument once.
func acts(all []determination.ActRef) []determination.ActRef {
	var out []determination.ActRef
	for _, a := range all {
		if !slices.ContainsFunc(out, func(o determination.ActRef) bool { return o.Instrument == a.Instrument }) {
			out = append(out, a)
		}
	}
	return out
}

// differenceWords is in a sentence what differs between two answers.
func differenceWords(v *compareView) string {
	if !v.doc.Changed {
		return "Nothing differs: both answers are the same."
	}
	var parts []string
	if a, b := v.doc.Before.Outcome, v.doc.After.Outcome; a != b {
		parts = append(parts, "the outcome goes from "+a.Phrase()+" to "+b.Phrase())
	}
	switch money, points := v.doc.Duty.Range(), v.doc.Rate.Range(); {
	case money != "":
		parts = append(parts, "the duty differs by "+money+after(", ", points))
	case points != "":
		parts = append(parts, "the duty differs by "+points)
	}
	if len(parts) == 0 {
		return "The reasons differ; outcome and duty stay the same."
	}
	return capital(strings.Join(parts, "; ")) + "."
}

// standWords is how a measure stands in one of two answers.
func standWords(s *determination.MeasureStand) string {
	switch {
	case s == nil:
		return "not near"
	case !s.Applies && s.By != "":
		return "gives way to " + s.By
	case !s.Applies:
		return s.State
	case s.Open:
		return "may apply" + after(", ", s.Rate)
	}
	return first([]string{s.Rate, "applies"})
}
