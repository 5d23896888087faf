package determination_test

import (
	"slices"
	"testing"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/schedule"
)

// aheadCodes are goods codes that are lines, that are none, and that are no codes.
var aheadCodes = []string{"1101010010", "11010100.20", "1101 0103", "11010200", "", "1101010040", "110101", "x", "110", "9999999999"}

// answerOrFault is the answer to a case in full, or what is wrong with it.
func answerOrFault(t *testing.T, s *schedule.Schedule, c determination.Case) string {
	t.Helper()
	d, err := determination.Determine(s, c)
	if err != nil {
		return err.Error()
	}
	text, err := d.Document().JSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func aheadCase(goods string) determination.Case {
	return determination.Case{Goods: goods, From: "CN", To: "US", On: "2025-01-15", Value: "1000 USD", Quantity: []string{"5 kg"}}
}

// TestReadAhead holds that a case that was read ahead has the answer that it has
// otherwise, whatever became of it since.
func TestReadAhead(t *testing.T) {
	s := plainModel(newDuty("m.00")).compile(t)
	other := plainModel(newDuty("m.00", func(x *mmeasure) { x.acts[0].effect.rate = percentRate("35") }))
	other.lines = slices.DeleteFunc(other.lines, func(l mline) bool { return l.code == "1101010020" })
	another := other.compile(t)
	want := map[*schedule.Schedule]map[string]string{s: {}, another: {}}
	for of, answers := range want { // which has the goods met
		for _, code := range aheadCodes {
			answers[code] = answerOrFault(t, of, aheadCase(code))
		}
	}
	cases := make([]determination.Case, 3*schedule.MostAhead+7)
	for i := range cases {
		cases[i] = aheadCase(aheadCodes[i%len(aheadCodes)])
	}
	for _, of := range []*schedule.Schedule{s, s.Anew(), another} {
		determination.ReadAhead(of, cases)
		for i, c := range cases[:300] {
			for now, answers := range want { // the one it was read by, and another
				if got := answerOrFault(t, now, c); got != answers[c.Goods] {
					t.Fatalf("case %d, goods %q:\n%s\nwant\n%s", i, c.Goods, got, answers[c.Goods])
				}
			}
			c.Goods = aheadCodes[(i+1)%len(aheadCodes)]
			if got := answerOrFault(t, s, c); got != want[s][c.Goods] {
				t.Fatalf("case %d, goods %q after other goods:\n%s\nwant\n%s", i, c.Goods, got, want[s][c.Goods])
			}
		}
	}
}
