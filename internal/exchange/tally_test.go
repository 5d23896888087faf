package exchange

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/quantity"
)

// However rows are parted into chunks, the totals are those of the rows one after the
// other, with the currency of the first that has a duty.
func TestTotalsOfChunks(t *testing.T) {
	amount := func(rt *rapid.T) quantity.Range {
		d := rapid.SampledFrom([]string{"0", "1.25", "10", "0.125", "99999999999999.99", "-3.5"}).Draw(rt, "amount")
		r := quantity.Exactly(quantity.MustDecimal(d))
		switch rapid.IntRange(0, 3).Draw(rt, "kind of amount") {
		case 0:
			r.Most = r.Most.Add(quantity.NewDecimal(5, 1))
		case 1:
			r.Most, r.Unbounded = quantity.Decimal{}, true
		}
		return r
	}
	rapid.Check(t, func(rt *rapid.T) {
		one := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(rt, what) }
		n := rapid.IntRange(1, 60).Draw(rt, "rows")
		got, want := NewTotals(), NewTotals()
		words := wordings{register: new(register)}
		c := tally{register: words.register}
		for i := range n {
			a := Answer{Row: &Row{Number: i + 1}, Lines: rapid.IntRange(1, 3).Draw(rt, "lines")}
			if a.Answered = rapid.IntRange(0, 5).Draw(rt, "answered") > 0; !a.Answered {
				a.Row.Faults = []Fault{{Kind: one("kind", "goods", "value")}, {Kind: "value"}}
			} else {
				a.Origin, a.Day, a.Goods = one("origin", "CN", "VN", "DE"), quantity.Date(rapid.IntRange(20000, 20200).Draw(rt, "day")), one("goods", "", "8505.11", "9403.60")
				s := &a.Summary
				s.Outcome = determination.Outcome(one("outcome", "free", "refer"))
				s.Priced, s.Valued = rapid.Bool().Draw(rt, "priced"), rapid.Bool().Draw(rt, "valued")
				s.Currency = one("currency", "USD", "USD", "CNY", "EUR")
				s.Duty, s.Fees = amount(rt), amount(rt)
				for range rapid.IntRange(0, 4).Draw(rt, "duties") {
					s.Lines = append(s.Lines, determination.SummaryLine{BillLine: &determination.BillLine{Measure: one("measure", "a", "b"), Programme: one("programme", "", "p", "q"), Citation: one("law", "x", "y", "z")}, Amount: amount(rt)})
				}
				for range rapid.IntRange(0, 2).Draw(rt, "questions") {
					s.Questions = append(s.Questions, one("question", "metal", "origin"))
				}
			}
			a.words = words.of(&a.Summary)
			naive(want, &a)
			c.add(&a)
			if rapid.IntRange(0, 4).Draw(rt, "end of chunk") == 0 || i == n-1 {
				got.add(&c)
				c.reset()
			}
		}
		equal := cmp.Comparer(func(a, b quantity.Decimal) bool { return a.Equal(b) })
		if diff := cmp.Diff(want, got, equal, cmpopts.EquateEmpty()); diff != "" {
			rt.Fatalf("(-row by row +by chunks):\n%s", diff)
		}
	})
}

// naive adds an answer to totals as they are told.
func naive(t *Totals, a *Answer) {
	t.Rows += a.Lines
	for _, f := range a.Row.Faults {
		t.Faults[f.Kind]++
		t.Problems = append(t.Problems, Problem{a.Row.Number, f})
	}
	if !a.Answered {
		return
	}
	s := &a.Summary
	t.Answered += a.Lines
	t.Outcomes[string(s.Outcome)] += a.Lines
	if len(s.Questions) > 0 {
		t.Open += a.Lines
	}
	priced := s.Priced && s.Valued
	if priced && t.Currency == "" {
		t.Currency = s.Currency
	}
	own := priced && s.Currency == t.Currency
	rest := func(r *Rest, amount quantity.Range) {
		if amount.Unbounded {
			r.Unknown++
		} else {
			r.Others = r.Others.Add(amount.Most)
		}
	}
	if priced && !own {
		sum := at(t.Apart, s.Currency)
		sum.Rows, sum.Amount = sum.Rows+a.Lines, sum.Amount.Add(s.Duty)
		rest(&sum.Rest, s.Duty)
	}
	for i, name := range s.Questions {
		q := at(t.Questions, name)
		if q.Rows++; a.Goods != "" {
			if q.Headings == nil {
				q.Headings = map[string]int{}
			}
			q.Headings[a.Goods[:4]]++
		}
		if i > 0 || !own {
			continue
		}
		if q.First++; s.Duty.Unbounded {
			q.Unbounded++
		} else {
			q.Range = q.Range.Add(s.Duty.Most.Sub(s.Duty.Least))
		}
	}
	add := func(m map[string]*Sum, key string, amount quantity.Range) {
		sum := at(m, key)
		sum.Rows, sum.Amount = sum.Rows+1, sum.Amount.Add(amount)
		rest(&sum.Rest, amount)
	}
	met, unknown := map[string]bool{}, map[string]bool{}
	for _, l := range s.Lines {
		t.Sources[l.Citation] = true
		name := l.Programme
		if name == "" {
			name = l.Measure
		}
		if !own {
			continue
		}
		if add(t.Programmes, name, l.Amount); met[name] { // a row counts once
			t.Programmes[name].Rows--
			if l.Amount.Unbounded && unknown[name] {
				t.Programmes[name].Unknown--
			}
		}
		unknown[name] = unknown[name] || l.Amount.Unbounded
		met[name] = true
	}
	if own {
		y, m, _ := a.Day.Civil()
		t.Duty, t.Fees = t.Duty.Add(s.Duty), t.Fees.Add(s.Fees)
		rest(&t.Rest, s.Duty)
		add(t.Origins, a.Origin, s.Duty)
		add(t.Months, fmt.Sprintf("%d-%02d", y, m), s.Duty)
	}
}

// Nothing of an answer is left to the next one but the memory of its summary.
func TestAnswersBeginAnew(t *testing.T) {
	was := Answer{Row: new(Row), whole: wholeAnswer{value: 1}, Answered: true, Entry: "E1", Lines: 3, Whole: true, Value: quantity.Exactly(quantity.NewDecimal(1, 0)),
		Origin: "CN", Goods: "8505.11", Day: 20000, words: new(wording), Summary: determination.Summary{Currency: "USD"}}
	for i := range reflect.TypeOf(was).NumField() {
		if reflect.ValueOf(was).Field(i).IsZero() {
			t.Fatalf("no %s is left", reflect.TypeOf(was).Field(i).Name)
		}
	}
	row := &Row{Number: 2}
	is := was
	is.begin(row, "E2")
	if want := (Answer{Row: row, Entry: "E2", Lines: 1, Summary: was.Summary}); !reflect.DeepEqual(is, want) {
		t.Errorf("%+v is left, not %+v", is, want)
	}
}
