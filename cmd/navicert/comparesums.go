package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/exchange"
	"github.com/navicert/navicert/internal/quantity"
)

// compareText writes what a file comes to in two worlds.
func (e *env) compareText(w io.Writer, name string, t *exchange.CompareTotals, after *navicert.Engine) error {
	fmt.Fprintf(w, "%s: %s, %d answered: %d change, %d do not\n", inputName(name), rowCount(t.Rows), t.Answered, t.Changed, t.Answered-t.Changed)
	for _, o := range after.Scenarios() {
		fmt.Fprintf(w, "supposing “%s”, which is not law\n", o.Title)
	}
	for _, kind := range slices.Sorted(maps.Keys(t.Faults)) {
		fmt.Fprintf(w, "problems with %s: %d\n", kind, t.Faults[kind])
	}
	for _, change := range slices.Sorted(maps.Keys(t.Outcomes)) {
		fmt.Fprintf(w, "%s: %s\n", change, rowCount(t.Outcomes[change]))
	}
	if t.Currency == "" {
		return e.largest(w, t)
	}
	fmt.Fprintf(w, "duty before: %s %s\nduty after: %s %s\ndifference: %s %s\n", amountWords(t.Before), t.Currency, amountWords(t.After), t.Currency, differenceWords(t.By), t.Currency)
	for _, currency := range slices.Sorted(maps.Keys(t.Apart)) {
		d := t.Apart[currency]
		fmt.Fprintf(w, "%s in %s are no part of the sums: before %s, after %s, difference %s %s\n", rowCount(d.Rows), currency, amountWords(d.Before), amountWords(d.After), differenceWords(d.By), currency)
	}
	if !t.FeesBy.None() {
		fmt.Fprintf(w, "fees: %s %s\n", differenceWords(t.FeesBy), t.Currency)
	}
	if t.Open > 0 {
		fmt.Fprintf(w, "of %s the difference is a range, since facts or law are open\n", rowCount(t.Open))
	}
	if t.Loose > 0 {
		fmt.Fprintf(w, "of %s it may be wider than need be\n", rowCount(t.Loose))
	}
	var months, programmes [][]string
	for _, key := range slices.Sorted(maps.Keys(t.Months)) {
		d := t.Months[key]
		months = append(months, []string{strconv.Itoa(d.Rows), strconv.Itoa(d.Changed), amountWords(d.Before), amountWords(d.After), differenceWords(d.By), key})
	}
	for _, key := range slices.Sorted(maps.Keys(t.Programmes)) {
		d := t.Programmes[key]
		programmes = append(programmes, []string{strconv.Itoa(d.Rows), differenceWords(d.By), key})
	}
	head := []string{"Rows", "Change", "Before", "After", "Difference", "Month"}
	if widthOf(head, months) > e.width { // --output json and workbooks have both sides
		head = slices.Delete(head, 2, 4)
		for i := range months {
			months[i] = slices.Delete(months[i], 2, 4)
		}
	}
	if err := e.figures(w, head, months, 0, len(head)-1); err != nil {
		return err
	}
	if err := e.figures(w, []string{"Rows", "Difference", "Programme"}, programmes, 0, 2); err != nil {
		return err
	}
	var acts [][]string
	for _, a := range t.ByRows() {
		words := a.Act.Citation
		if !strings.Contains(words, a.Act.Title) {
			words += ": " + a.Act.Title
		}
		acts = append(acts, []string{strconv.Itoa(a.Rows), words})
	}
	if err := e.figures(w, []string{"Rows", "By this act"}, acts, 0, 1); err != nil {
		return err
	}
	return e.largest(w, t)
}

// widthOf is how many columns of the terminal a table takes.
func widthOf(head []string, rows [][]string) int {
	total := 0
	for c := range head {
		width := utf8.RuneCountInString(head[c])
		for _, r := range rows {
			width = max(width, utf8.RuneCountInString(r[c]))
		}
		total += width + 2
	}
	return total - 2
}

// largest writes the rows that differ most.
func (e *env) largest(w io.Writer, t *exchange.CompareTotals) error {
	var rows [][]string
	for i := range t.Largest {
		x := &t.Largest[i]
		what := x.Why
		if x.OutcomeBefore != x.OutcomeAfter {
			what = append([]string{fmt.Sprintf("%s → %s", x.OutcomeBefore, x.OutcomeAfter)}, what...)
		}
		by := ""
		if x.Valued {
			by = differenceWords(x.By)
			if x.Currency != t.Currency {
				by += " " + x.Currency
			}
		}
		rows = append(rows, []string{strconv.Itoa(x.Row.Number), by, strings.TrimSpace(x.Goods + " " + x.Origin), strings.Join(what, "; ")})
	}
	if err := e.figures(w, []string{"Row", "Difference", "Goods", "Why"}, rows, 0, 2); err != nil {
		return err
	}
	if more := t.Changed - len(t.Largest); more > 0 {
		fmt.Fprintf(w, "and %s that change (--out OUT writes them all)\n", rowCount(more))
	}
	return nil
}

// figures writes a table after a blank line, with the columns from first and
// before last aligned on their right; nothing where there are no rows.
func (e *env) figures(w io.Writer, head []string, rows [][]string, first, last int) error {
	if len(rows) == 0 {
		return nil
	}
	all := append([][]string{head}, rows...)
	for c := first; c < last; c++ {
		width := 0
		for _, r := range all {
			width = max(width, utf8.RuneCountInString(r[c]))
		}
		for _, r := range all {
			r[c] = strings.Repeat(" ", width-utf8.RuneCountInString(r[c])) + r[c]
		}
	}
	fmt.Fprintln(w)
	return e.table(w, head, rows)
}

// amountWords is a range of amounts with two places.
func amountWords(r quantity.Range) string {
	least := r.Least.StringFixed(2)
	switch {
	case r.Unbounded:
		return "at least " + least
	case r.Least.Equal(r.Most):
		return least
	}
	return least + " to " + r.Most.StringFixed(2)
}

// differenceWords is a difference with its signs.
func differenceWords(d determination.Difference) string {
	signed := func(x quantity.Decimal) string {
		if x.Sign() > 0 {
			return "+" + x.StringFixed(2)
		}
		return x.StringFixed(2)
	}
	switch {
	case d.LeastUnknown && d.MostUnknown:
		return "not known"
	case d.LeastUnknown:
		return "at most " + signed(d.Most)
	case d.MostUnknown:
		return "at least " + signed(d.Least)
	case d.Least.Equal(d.Most):
		return signed(d.Least)
	}
	return signed(d.Least) + " to " + signed(d.Most)
}

// deltaView is rows and what they come to in two worlds, as JSON; an amount that
// is not known is null.
type deltaView struct {
	Name        string  `json:"name"`
	Rows        int     `json:"rows"`
	Changed     int     `json:"changed"`
	BeforeLeast *string `json:"beforeLeast,omitempty"`
	BeforeMost  *string `json:"beforeMost,omitempty"`
	AfterLeast  *string `json:"afterLeast,omitempty"`
	AfterMost   *string `json:"afterMost,omitempty"`
	Least       *string `json:"differenceLeast"`
	Most        *string `json:"differenceMost"`
}

func fixed(d quantity.Decimal, unknown bool) *string {
	if unknown {
		return nil
	}
	s := d.StringFixed(2)
	return &s
}

func viewDelta(name string, d *exchange.Delta, sides bool) deltaView {
	v := deltaView{Name: name, Rows: d.Rows, Changed: d.Changed, Least: fixed(d.By.Least, d.By.LeastUnknown), Most: fixed(d.By.Most, d.By.MostUnknown)}
	if sides {
		v.BeforeLeast, v.BeforeMost = fixed(d.Before.Least, false), fixed(d.Before.Most, d.Before.Unbounded)
		v.AfterLeast, v.AfterMost = fixed(d.After.Least, false), fixed(d.After.Most, d.After.Unbounded)
	}
	return v
}

// compareJSON is compareText for programs.
func compareJSON(t *exchange.CompareTotals, after *navicert.Engine) any {
	type act struct {
		determination.ActRef
		Rows int `json:"rows"`
	}
	doc := struct {
		Rows       int            `json:"rows"`
		Answered   int            `json:"answered"`
		Changed    int            `json:"changed"`
		Unchanged  int            `json:"unchanged"`
		Open       int            `json:"open"`  // rows whose difference is a range
		Loose      int            `json:"loose"` // rows whose difference may be wider than need be
		Outcomes   map[string]int `json:"outcomes"`
		Problems   map[string]int `json:"problems"` // by kind
		Currency   string         `json:"currency"`
		Total      deltaView      `json:"total"`
		Apart      []deltaView    `json:"apart"` // rows in other currencies, by currency
		Months     []deltaView    `json:"months"`
		Origins    []deltaView    `json:"origins"`
		Programmes []deltaView    `json:"programmes"`
		Acts       []act          `json:"acts"`
		Scenarios  []string       `json:"scenarios"`
	}{t.Rows, t.Answered, t.Changed, t.Answered - t.Changed, t.Open, t.Loose, t.Outcomes, t.Faults, t.Currency,
		viewDelta("total", &exchange.Delta{Rows: t.Answered, Changed: t.Changed, Before: t.Before, After: t.After, By: t.By}, true),
		[]deltaView{}, []deltaView{}, []deltaView{}, []deltaView{}, []act{}, []string{}}
	views := func(by map[string]*exchange.Delta, sides bool, into *[]deltaView) {
		for _, key := range slices.Sorted(maps.Keys(by)) {
			*into = append(*into, viewDelta(key, by[key], sides))
		}
	}
	views(t.Apart, true, &doc.Apart)
	views(t.Months, true, &doc.Months)
	views(t.Origins, true, &doc.Origins)
	views(t.Programmes, false, &doc.Programmes)
	for _, a := range t.ByRows() {
		doc.Acts = append(doc.Acts, act{a.Act, a.Rows})
	}
	for _, o := range after.Scenarios() {
		doc.Scenarios = append(doc.Scenarios, o.Title)
	}
	return doc
}
