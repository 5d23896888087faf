// Package sample draws entry lines that look like those of importers into the
// United States, for benchmarks and for tests at real size. What it draws from,
// and where that was taken from, is in its README.
//
// The same seed gives the same lines. They are no facts about anybody.
package sample

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed imports.csv.gz
var imports []byte

//go:embed shipments.csv
var shipments []byte

// Line is one line of an entry.
type Line struct {
	Entry  string // number of the entry; its lines follow one another
	Goods  string // ten digits, dotted
	Origin string
	From   string // country that the goods leave
	Day    string // of entry
	Value  string // USD, two places
	Weight string // net, kg
	// Quantity is in Unit, the first unit that is no weight of those that the
	// schedule asks for; both "" where it asks for none.
	Quantity, Unit string
}

// Columns are the headers that a broker's file has for [Line.Cells].
var Columns = []string{"Entry No", "HTS Number", "Country of Origin", "Export Country", "Entry Date", "Entered Value (USD)", "Net Weight (kg)", "Qty", "UOM"}

// Cells appends the line in the order of [Columns].
func (l *Line) Cells(buf []string) []string {
	return append(buf, l.Entry, l.Goods, l.Origin, l.From, l.Day, l.Value, l.Weight, l.Quantity, l.Unit)
}

// Options say what is drawn.
type Options struct {
	Seed uint64
	// Since and Until bound the days of entry; Since is inside, Until outside.
	Since, Until time.Time
	// Goods tells of a ten-digit code whether it is to be drawn, and in which
	// unit beside weight its quantity is counted; nil draws all, without.
	Goods func(code string) (unit string, ok bool)
}

// Generator draws lines. It is not safe for concurrent use.
type Generator struct {
	r        *rand.Rand
	o        Options
	days     int
	all      flows
	byOrigin map[string]*flows
	units    map[string]string
	t        *tables

	entry, left       int // number of the entry, and lines that it still has
	origin, from, day string
}

// flow is goods of one origin.
type flow struct{ goods, origin string }

// flows are flows with the sums of their weights up to each.
type flows struct {
	list []flow
	sums []float64
}

func (f *flows) add(x flow, weight float64) {
	if n := len(f.sums); n > 0 {
		weight += f.sums[n-1]
	}
	f.list, f.sums = append(f.list, x), append(f.sums, weight)
}

func (f *flows) draw(r *rand.Rand) flow { return f.list[pick(r, f.sums)] }

// pick draws an index by the sums of weights.
func pick(r *rand.Rand, sums []float64) int {
	return min(sort.SearchFloat64s(sums, r.Float64()*sums[len(sums)-1]), len(sums)-1)
}

// union are the members among whom the lines of the Union are divided.
var union = []string{"DE", "IE", "IT", "FR", "NL", "ES", "BE", "AT", "PL", "SE", "HU", "DK"}

// price is what a kilogram of a chapter is worth: the median, and the standard
// deviation of the natural logarithm.
type price struct{ median, spread float64 }

// weighted is texts with the sums of their weights.
type weighted struct {
	texts []string
	sums  []float64
}

func (w *weighted) add(text string, weight float64) {
	if n := len(w.sums); n > 0 {
		weight += w.sums[n-1]
	}
	w.texts, w.sums = append(w.texts, text), append(w.sums, weight)
}

// tables are the distributions as read.
type tables struct {
	values     []float64 // of each percentile, by the median
	prices     map[string]price
	departures map[string]*weighted // by origin
	lines      weighted
	goods      []traded
}

// traded is a code and where it comes from.
type traded struct {
	code    string
	origins []string // "CN38": see the README
}

var read = sync.OnceValues(func() (*tables, error) {
	t := &tables{prices: map[string]price{}, departures: map[string]*weighted{}}
	z, err := gzip.NewReader(bytes.NewReader(imports))
	if err != nil {
		return nil, err
	}
	for _, file := range []struct {
		in  io.Reader
		row func([]string) error
	}{{z, t.imported}, {bytes.NewReader(shipments), t.shipped}} {
		r := csv.NewReader(file.in)
		rows, err := r.ReadAll()
		if err != nil {
			return nil, err
		}
		for _, row := range rows[1:] {
			if err := file.row(row); err != nil {
				return nil, fmt.Errorf("%v: %w", row, err)
			}
		}
	}
	return t, nil
})

func (t *tables) imported(row []string) error {
	t.goods = append(t.goods, traded{row[0], strings.Fields(row[1])})
	return nil
}

func (t *tables) shipped(row []string) error {
	number := func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }
	what, key := row[0], row[1]
	switch what {
	case "value":
		n, err := number(row[2])
		t.values = append(t.values, n)
		return err
	case "price":
		median, err := number(row[2])
		if err != nil {
			return err
		}
		spread, err := number(row[3])
		t.prices[key] = price{median, spread}
		return err
	case "departure":
		n, err := number(row[3])
		if t.departures[key] == nil {
			t.departures[key] = new(weighted)
		}
		t.departures[key].add(row[2], n)
		return err
	case "lines":
		n, err := number(row[2])
		t.lines.add(key, n)
		return err
	}
	return fmt.Errorf("no such table: %q", what)
}

// New returns a generator.
func New(o Options) (*Generator, error) {
	days := int(o.Until.Sub(o.Since).Hours() / 24)
	if days < 1 {
		return nil, fmt.Errorf("no day lies from %s to %s", o.Since.Format(time.DateOnly), o.Until.Format(time.DateOnly))
	}
	t, err := read()
	if err != nil {
		return nil, err
	}
	g := &Generator{r: rand.New(rand.NewPCG(o.Seed, 1)), o: o, days: days, t: t, byOrigin: map[string]*flows{}, units: map[string]string{}}
	for i := range t.goods {
		if err := g.trade(&t.goods[i]); err != nil {
			return nil, err
		}
	}
	if len(g.all.list) == 0 {
		return nil, fmt.Errorf("no goods are to be drawn")
	}
	return g, nil
}

func (g *Generator) trade(t *traded) error {
	c := t.code
	code := c[:4] + "." + c[4:6] + "." + c[6:8] + "." + c[8:]
	if g.o.Goods != nil {
		unit, ok := g.o.Goods(code)
		if !ok {
			return nil
		}
		g.units[code] = unit
	}
	for _, text := range t.origins {
		size, err := strconv.Atoi(text[2:])
		if err != nil {
			return fmt.Errorf("%s: %w", code, err)
		}
		weight := math.Pow(10, float64(size)/10) // the square root of the value
		origins := []string{text[:2]}
		if origins[0] == "EU" {
			origins, weight = union, weight/float64(len(union))
		}
		for _, o := range origins {
			f := flow{code, o}
			g.all.add(f, weight)
			if g.byOrigin[o] == nil {
				g.byOrigin[o] = new(flows)
			}
			g.byOrigin[o].add(f, weight)
		}
	}
	return nil
}

// Next draws the next line into l. The lines of one entry have one day, one
// origin and one country that they leave.
func (g *Generator) Next(l *Line) {
	var f flow
	if g.left == 0 {
		g.entry++
		g.left, _ = strconv.Atoi(g.t.lines.texts[pick(g.r, g.t.lines.sums)])
		f = g.all.draw(g.r)
		g.origin, g.from = f.origin, f.origin
		if d := g.t.departures[f.origin]; d != nil {
			g.from = d.texts[pick(g.r, d.sums)]
		}
		g.day = g.o.Since.AddDate(0, 0, g.r.IntN(g.days)).Format(time.DateOnly)
	} else {
		f = g.byOrigin[g.origin].draw(g.r)
	}
	g.left--
	value := g.value()
	kg := value / g.price(f.goods[:2])
	*l = Line{
		Entry: fmt.Sprintf("NVC-%07d-%d", g.entry, g.entry%10), Goods: f.goods, Origin: g.origin, From: g.from, Day: g.day,
		Value: strconv.FormatFloat(value, 'f', 2, 64), Weight: strconv.FormatFloat(max(kg, 0.01), 'f', 2, 64),
	}
	if l.Unit = g.units[f.goods]; l.Unit != "" {
		count := min(kg*(0.2+2*g.r.Float64()), 1e9)
		if strings.HasSuffix(l.Unit, " content") {
			count = min(count, kg) // no more of a material than there is of the goods
		}
		l.Quantity = strconv.Itoa(max(1, int(count)))
	}
}

// medianLine is the median value of a line in USD.
const medianLine = 2500

// value draws the value of a line, between one dollar and ten millions.
func (g *Generator) value() float64 {
	at := g.r.Float64() * float64(len(g.t.values)-1)
	low, part := int(at), at-math.Floor(at)
	a, b := math.Log(g.t.values[low]), math.Log(g.t.values[min(low+1, len(g.t.values)-1)])
	return math.Round(100*min(max(medianLine*math.Exp(a+part*(b-a)), 1), 1e7)) / 100
}

// price draws what a kilogram of a chapter is worth.
func (g *Generator) price(chapter string) float64 {
	p, ok := g.t.prices[chapter]
	if !ok {
		p = g.t.prices[""]
	}
	return p.median * math.Exp(max(-1.5, min(1.5, g.r.NormFloat64()))*p.spread)
}
