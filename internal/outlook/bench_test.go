package outlook

import (
	"fmt"
	"slices"
	"testing"

	"github.com/navicert/navicert/internal/nomenclature"
)

func benchmarkPanel(b *testing.B, o Options) {
	law()
	b.ReportAllocs()
	b.ResetTimer()
	var st Stats
	for b.Loop() {
		p := panel(b, o)
		st = p.Stats()
	}
	b.ReportMetric(float64(st.Rows), "rows")
	b.ReportMetric(float64(st.Steps), "stretches")
}

// The whole panel of the United States: every line, every other country.
func BenchmarkPanel2025(b *testing.B) { benchmarkPanel(b, options(b, "2025-01-01", "metal-whole")) }
func BenchmarkPanel2018(b *testing.B) { benchmarkPanel(b, options(b, "2018-01-01", "metal-whole")) }

// How cost grows with origins, with dates and with lines.
func BenchmarkPanelOrigins(b *testing.B) {
	for _, n := range []int{10, 60, 240} {
		o := options(b, "2025-01-01", "metal-whole")
		o.Origins = slices.DeleteFunc(nomenclature.Countries(), func(c nomenclature.Country) bool { return c == o.Into })[:n]
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkPanel(b, o) })
	}
}

func BenchmarkPanelSince(b *testing.B) {
	for _, since := range []string{"2026-07-01", "2025-07-01", "2025-01-01"} {
		b.Run(since, func(b *testing.B) { benchmarkPanel(b, options(b, since, "metal-whole")) })
	}
}

func BenchmarkPanelLines(b *testing.B) {
	for _, goods := range [][]nomenclature.Code{{"73"}, {"72", "73", "74", "76"}, {"7", "8"}} {
		o := options(b, "2025-01-01", "metal-whole")
		for _, c := range goods {
			if len(c) == 1 { // a digit stands for ten chapters
				for d := range 10 {
					if d != 7 || c != "7" { // there is no chapter 77
						o.Goods = append(o.Goods, c+nomenclature.Code(fmt.Sprint(d)))
					}
				}
				continue
			}
			o.Goods = append(o.Goods, c)
		}
		b.Run(fmt.Sprintf("%d chapters", len(o.Goods)), func(b *testing.B) { benchmarkPanel(b, o) })
	}
}
