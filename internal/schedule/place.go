package schedule

import (
	"iter"
	"slices"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// countries is a set of ISO 3166-1 alpha-2 codes, one bit for each pair of
// letters.
type countries [(26*26 + 63) / 64]uint64

func countryBit(c nomenclature.Country) (word, bit uint) {
	if len(c) != 2 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z' {
		return 0, 64 // no bit: shifting by 64 gives zero
	}
	n := uint(c[0]-'A')*26 + uint(c[1]-'A')
	return n / 64, n % 64
}

func (s *countries) add(c nomenclature.Country) {
	w, b := countryBit(c)
	s[w] |= 1 << b
}

func (s *countries) has(c nomenclature.Country) bool {
	w, b := countryBit(c)
	return s[w]&(1<<b) != 0
}

// at reports whether the country of that [place] is in the set.
func (s *countries) at(place int) bool { return s[place/64]>>(place%64)&1 != 0 }

// and returns the countries in both sets, of which nil is all.
func (s *countries) and(t *countries) *countries {
	if t == nil {
		return s
	}
	both := *s
	for i := range both {
		both[i] &= t[i]
	}
	return &both
}

// Places is a compiled list of scope places: countries and dated groups, some
// of them excluded.
type Places struct {
	all   bool // every country, at all times
	any   bool // no place is named, or only excluded ones
	in    countries
	out   countries
	dated []datedPlace // memberships that do not always run

	cuts []quantity.Instant // at which one of these begins or ends, in order
	sets []*countries       // the countries that are in the places before, between and after them; nil for all
}

type datedPlace struct {
	country nomenclature.Country
	period  quantity.Period
	not     bool
}

// Contains reports whether the country is in the places at the instant.
func (p *Places) Contains(c nomenclature.Country, at quantity.Instant) bool {
	if p.all {
		return true
	}
	if p.out.has(c) {
		return false
	}
	in := p.any || p.in.has(c)
	for i := range p.dated {
		d := &p.dated[i]
		if d.country == c && d.period.Contains(at) {
			if d.not {
				return false
			}
			in = true
		}
	}
	return in
}

// Ever reports whether the country is in the places at some instant, or may be.
func (p *Places) Ever(c nomenclature.Country) bool {
	if p.out.has(c) {
		return false
	}
	if p.any || p.in.has(c) {
		return true
	}
	for i := range p.dated {
		if p.dated[i].country == c && !p.dated[i].not {
			return true
		}
	}
	return false
}

// on returns the countries that are in the places at the instant, nil for all.
func (p *Places) on(at quantity.Instant) *countries { return p.sets[stretchOf(p.cuts, at)] }

// index finds the countries that are in the places as time passes.
func (p *Places) index() {
	if p.all {
		p.sets = []*countries{nil}
		return
	}
	p.cuts = slices.Sorted(p.Cuts())
	p.cuts = slices.Compact(p.cuts)
	at := quantity.MinInstant
	for n := 0; ; n++ {
		in, out := p.in, p.out
		if p.any {
			for i := range in {
				in[i] = ^uint64(0)
			}
		}
		for _, d := range p.dated {
			switch {
			case !d.period.Contains(at):
			case d.not:
				out.add(d.country)
			default:
				in.add(d.country)
			}
		}
		for i := range in {
			in[i] &^= out[i]
		}
		now := &in
		if i := slices.IndexFunc(p.sets, func(s *countries) bool { return *s == in }); i >= 0 {
			now = p.sets[i]
		}
		p.sets = append(p.sets, now)
		if n == len(p.cuts) {
			return
		}
		at = p.cuts[n]
	}
}

// Cuts gives the instants at which a country enters or leaves the places, in no
// order, some of them more than once.
func (p *Places) Cuts() iter.Seq[quantity.Instant] {
	return func(yield func(quantity.Instant) bool) {
		for i := range p.dated {
			if period := &p.dated[i].period; !yield(period.From) || !yield(period.Until) {
				return
			}
		}
	}
}

// compilePlaces resolves the groups of the pack.
func compilePlaces(pack *rulepack.Pack, places []measure.Place) Places {
	p := Places{any: true}
	for _, place := range places {
		if !place.Not {
			p.any = false
		}
		members, isGroup := pack.Groups[place.Name]
		if !isGroup {
			if place.Not {
				p.out.add(nomenclature.Country(place.Name))
			} else {
				p.in.add(nomenclature.Country(place.Name))
			}
			continue
		}
		for _, m := range members {
			for _, c := range m.Origins {
				switch {
				case m.Period != quantity.Always:
					p.dated = append(p.dated, datedPlace{c, m.Period, place.Not})
				case place.Not:
					p.out.add(c)
				default:
					p.in.add(c)
				}
			}
		}
	}
	p.all = p.any && p.out == countries{} && len(p.dated) == 0
	p.index()
	return p
}
