package navicert

import (
	"os"
	"testing"
	"time"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/sample"
	"github.com/navicert/navicert/internal/schedule"
)

// entries is a day's work of a broker: real lines from many origins, before,
// during and after the measures of 2025 and 2026.
func entries() []Case {
	goods := []string{
		"8505.11.00.70", "9403.60.80.40", "6109.10.00.12", "6110.20.20.79", "8517.13.00.00", "8471.30.01.00", "8708.29.51.60", "8703.23.01.90",
		"7318.15.20.10", "7208.39.00.30", "7616.99.51.90", "8481.80.90.15", "8413.70.20.04", "9503.00.00.73", "6403.99.60.75", "4202.12.81.30",
		"8541.43.00.10", "8507.60.00.10", "3004.90.92.01", "2204.21.50.40", "0901.11.00.25", "1806.32.90.00", "3926.90.99.10", "4011.10.10.10",
		"8544.42.90.90", "9018.90.80.00", "8418.10.00.10", "9401.71.00.31", "7113.19.50.21", "2710.19.06.05",
	}
	origins := []string{"CN", "VN", "DE", "JP", "MX", "CA", "IN", "GB"}
	days := []string{"2025-02-20", "2025-04-20", "2025-06-15", "2025-09-01", "2026-03-10"}
	var out []Case
	for i, g := range goods {
		for j, o := range origins {
			out = append(out, Case{Goods: g, From: o, To: "US", Origin: o, On: days[(i+j)%len(days)], Known: "2026-08-21",
				Value: "12500.00 USD", Quantity: []string{"120 kg", "40 No."}, Closed: true, Only: "import"})
		}
	}
	return out
}

func benchmarkAppend(b *testing.B, cases []Case) {
	e := engine(b)
	var d Determination
	for i := range cases {
		if err := e.Append(&d, &cases[i]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	n := 0
	before, _ := processorTime()
	for b.Loop() {
		if err := e.Append(&d, &cases[n]); err != nil {
			b.Fatal(err)
		}
		if n++; n == len(cases) {
			n = 0
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "determinations/s")
	if after, ok := processorTime(); ok {
		b.ReportMetric(float64(b.N)/(after-before).Seconds(), "determinations/core-s")
	}
}

// Three steps of the decimals that every duty is computed with: what this
// machine makes of them tells how fast it is.
func BenchmarkDecimalMachine(b *testing.B) {
	x, y := quantity.MustDecimal("12500.37"), quantity.MustDecimal("0.25")
	var sum quantity.Decimal
	before, _ := processorTime()
	for b.Loop() {
		sum = x.Mul(y).Round(2, quantity.HalfUp).Add(x)
	}
	if sum.String() != "15625.46" {
		b.Fatal(sum)
	}
	if after, ok := processorTime(); ok {
		b.ReportMetric(float64((after-before).Nanoseconds())/float64(b.N), "core-ns/op")
	}
}

// One determination on one core: every line that applies, with its act and
// amount, and every near miss; 240 entry lines in turn.
func BenchmarkDetermineEntry(b *testing.B) { benchmarkAppend(b, entries()) }

// The same with the question whether the goods may leave China.
func BenchmarkDetermineExportAndEntry(b *testing.B) {
	benchmarkAppend(b, []Case{
		{Goods: "9403.60.80.40", From: "CN", To: "US", Origin: "CN", On: "2025-06-15", Known: "2026-08-21", Value: "10000 USD"},
		{Goods: "8505.11.00.50", From: "CN", To: "US", Origin: "CN", On: "2025-06-15", Known: "2026-08-21", Value: "10000 USD", Closed: true,
			Facts: map[string]string{"goods.Sm": "25", "end_user.name": "Generic Fighter Works", "end_user.military": "true"}},
	})
}

// A case with open facts: 256 worlds.
func BenchmarkDetermineOpen(b *testing.B) {
	benchmarkAppend(b, []Case{{Goods: "8505.11.00.70", From: "CN", To: "US", Origin: "CN", On: "2025-06-15", Known: "2025-06-15", Value: "10000 USD"}})
}

// The whole document with questions, claims and coming changes, as canonical
// JSON.
func BenchmarkDocument(b *testing.B) {
	e := engine(b)
	c := Case{Goods: "9403.60.80.40", From: "CN", To: "US", On: "2025-06-15", Known: "2026-08-21", Value: "10000 USD"}
	b.ReportAllocs()
	for b.Loop() {
		d, err := e.Determine(c)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := d.Document().JSON(); err != nil {
			b.Fatal(err)
		}
	}
}

// The same of a day's work of a broker: 240 entry lines in turn.
func BenchmarkEntryDocuments(b *testing.B) {
	e, cases := engine(b), entries()
	var d Determination
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if err := e.Append(&d, &cases[n%len(cases)]); err != nil {
			b.Fatal(err)
		}
		if _, err := d.Document().JSON(); err != nil {
			b.Fatal(err)
		}
	}
}

// Text to compiled schedule: all packs, every table of them.
func BenchmarkCompilePacks(b *testing.B) {
	text := os.DirFS("packs")
	b.ReportAllocs()
	for b.Loop() {
		set, problems := rulepack.Read(text, "us-tariff", "cn-tariff", "cn-export-control", "us-export-control", "parties")
		if faults := problems.Faults(); len(faults) > 0 {
			b.Fatal(faults)
		}
		schedule.Compile(set)
	}
}

// lines are entry lines as files have them, for the import alone and closed, or
// for both sides of the border with what nobody stated open.
func lines(b *testing.B, both bool) []Case {
	b.Helper()
	e := engine(b)
	us, _ := e.Schedule().Pack("US")
	since, until := time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, time.August, 1, 0, 0, 0, 0, time.UTC)
	g, err := sample.New(sample.Options{Seed: 1, Since: since, Until: until, Goods: func(code string) (string, bool) {
		c, err := nomenclature.ParseCode(code)
		if err != nil {
			return "", false
		}
		_, first := us.Table.Find(c, quantity.NewDate(since.Date()).Start(us.Zone))
		_, last := us.Table.Find(c, quantity.NewDate(until.Date()).Start(us.Zone))
		return "", first && last
	}})
	if err != nil {
		b.Fatal(err)
	}
	var out []Case
	var l sample.Line
	for range 20000 {
		g.Next(&l)
		c := Case{Goods: l.Goods, From: l.From, To: "US", Origin: l.Origin, On: l.Day, Known: "2026-08-21", Value: l.Value + " USD", Quantity: []string{l.Weight + " kg"}}
		if !both {
			c.Only, c.Closed = "import", true
		} else if l.Origin == "CN" {
			c.From = "CN"
		}
		out = append(out, c)
	}
	return out
}

// 20,000 lines of a real mixture, asked of an engine that has met nothing yet, with
// figures and names.
func BenchmarkSampleAnew(b *testing.B) {
	s, cases := engine(b).schedule, lines(b, false)
	var d Determination
	var sum determination.Summary
	n := 0
	before, _ := processorTime()
	for b.Loop() {
		e := &Engine{s.Anew()}
		for i := range cases {
			if err := e.Append(&d, &cases[i]); err != nil {
				b.Fatal(err)
			}
			d.Summarise(&sum)
		}
		n += len(cases)
	}
	if after, ok := processorTime(); ok {
		b.ReportMetric(float64(n)/(after-before).Seconds(), "determinations/core-s")
	}
}

// Lines of a real mixture, most of which the engine has not met: the answer
// alone, its figures and names, and the whole document.
func BenchmarkSample(b *testing.B) {
	e := engine(b)
	for _, sides := range []string{"tariff", "both"} {
		cases := lines(b, sides == "both")
		for _, detail := range []string{"none", "summary", "full"} {
			b.Run(sides+"/"+detail, func(b *testing.B) {
				b.ReportAllocs()
				var d Determination
				var s determination.Summary
				n := 0
				before, _ := processorTime()
				for b.Loop() {
					if err := e.Append(&d, &cases[n]); err != nil {
						b.Fatal(err)
					}
					switch detail {
					case "summary":
						d.Summarise(&s)
					case "full":
						if _, err := d.Document().JSON(); err != nil {
							b.Fatal(err)
						}
					}
					if n++; n == len(cases) {
						n = 0
					}
				}
				if after, ok := processorTime(); ok {
					b.ReportMetric(float64(b.N)/(after-before).Seconds(), "determinations/core-s")
				}
			})
		}
	}
}
