package schedule

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// Rate is a rate of the ordinary duty.
type Rate struct {
	Text string         // as the schedule prints it; "" where none is held
	Rate *quantity.Rate // nil: the text is not readable, or no edition of the day is held
	// Held is false where the pack holds no edition for the instant.
	Held bool
}

func general(l *nomenclature.Line) string { return l.General }
func special(l *nomenclature.Line) string { return l.Special }
func other(l *nomenclature.Line) string   { return l.Other }

// GeneralRate returns the rate of the column `general` for the code at the
// instant, inherited from the nearest shorter code that has one.
func (s *Schedule) GeneralRate(p *rulepack.Pack, c nomenclature.Code, at quantity.Instant) Rate {
	return s.GoodsOf(c).GeneralRate(p, at)
}

// OtherRate returns the rate of the column `other`, for origins without
// most-favoured-nation treatment.
func (s *Schedule) OtherRate(p *rulepack.Pack, c nomenclature.Code, at quantity.Instant) Rate {
	path := p.Table.Path(c)
	return *s.column(p, &path, other, at)
}

// Held reports whether the pack holds an edition of its schedule for the
// instant.
func Held(p *rulepack.Pack, at quantity.Instant) bool {
	return p.Table != nil && at >= p.Table.Begins() && at < p.Base.HeldUntil
}

// The rates of lines of which no edition is held, and of those that print none.
var notHeld, notPrinted = &Rate{}, &Rate{Held: true}

// column returns the rate of a code in a column, inherited from the nearest shorter
// code that has one. It is one for all that print the same: it is near when it is asked
// for.
func (s *Schedule) column(p *rulepack.Pack, c *nomenclature.Path, column func(*nomenclature.Line) string, at quantity.Instant) *Rate {
	if !Held(p, at) {
		return notHeld
	}
	text, _, ok := c.Rate(column, at)
	if !ok {
		return notPrinted
	}
	return s.rate(text)
}

// rateText is a text of the columns `general` and `other`. There are some 1,400 of them.
type rateText string

// rate reads a text of the columns once.
func (s *Schedule) rate(text string) *Rate {
	return s.Derived(rateText(text), func() any {
		rate, err := quantity.ParseScheduleRate(text)
		if err != nil {
			rate = nil // not known, and said so
		}
		return &Rate{Text: text, Rate: rate, Held: true}
	}).(*Rate)
}

// SpecialRate returns the rate of the programme with the symbol, if the line
// has one, the programme runs at the instant as known on the day and is open to
// the origin. Where the pack cannot tell whether the line grants it, the rate is
// not known.
func (s *Schedule) SpecialRate(p *rulepack.Pack, c nomenclature.Code, symbol string, at quantity.Instant, known quantity.Date, origin nomenclature.Country) (Rate, bool) {
	if !Held(p, at) {
		return Rate{}, false
	}
	programme := s.eligible(p, symbol, at, known, origin)
	if programme == nil {
		return Rate{}, false
	}
	text, _, ok := p.Table.Rate(c, special, at)
	if !ok {
		return Rate{}, false
	}
	for _, r := range s.specialRates(text) {
		if slices.Contains(r.symbols, symbol) {
			if programme.Unknown != "" {
				return Rate{Text: programme.Unknown + " (" + symbol + ")", Held: true}, true
			}
			return Rate{Text: r.text + " (" + symbol + ")", Rate: r.rate, Held: true}, true
		}
	}
	return Rate{}, false
}

// Eligible reports whether goods of the origin may claim the programme at the
// instant, as known on the day.
func (s *Schedule) Eligible(p *rulepack.Pack, symbol string, at quantity.Instant, known quantity.Date, origin nomenclature.Country) bool {
	return s.eligible(p, symbol, at, known, origin) != nil
}

// eligible is the row by which they may, nil if they may not.
func (s *Schedule) eligible(p *rulepack.Pack, symbol string, at quantity.Instant, known quantity.Date, origin nomenclature.Country) *rulepack.Programme {
	rows := s.programmes[p.ID]
	for i := range rows {
		if pr := &rows[i]; pr.row.Symbol == symbol && pr.isOpen(at, known, origin) {
			return pr.row
		}
	}
	return nil
}

// OpenTo returns the symbols of the programmes that goods of the origin may
// claim on some line at the instant, as known on the day.
func (s *Schedule) OpenTo(p *rulepack.Pack, at quantity.Instant, known quantity.Date, origin nomenclature.Country) []string {
	var out []string
	rows := s.programmes[p.ID]
	for i := range rows {
		if pr := &rows[i]; pr.isOpen(at, known, origin) && !slices.Contains(out, pr.row.Symbol) {
			out = append(out, pr.row.Symbol)
		}
	}
	return out
}

// Programmes returns the symbols of the preference programmes that goods may claim for
// the code at the instant, of those that are open to them ([Schedule.OpenTo]).
func (s *Schedule) Programmes(p *rulepack.Pack, c nomenclature.Code, at quantity.Instant, open []string) []string {
	if !Held(p, at) {
		return nil
	}
	text, _, ok := p.Table.Rate(c, special, at)
	if !ok {
		return nil
	}
	var out []string
	for _, r := range s.specialRates(text) {
		for _, symbol := range r.symbols {
			if slices.Contains(open, symbol) {
				out = append(out, symbol)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// specialRate is one rate of the column `special` and the programmes it is for.
type specialRate struct {
	text    string
	rate    *quantity.Rate // nil: it cannot be read
	symbols []string
}

// specialText is a text of the column `special`. There are some hundreds of them.
type specialText string

// specialRates reads a text of the column once.
func (s *Schedule) specialRates(text string) []specialRate {
	return s.Derived(specialText(text), func() any { return specialRates(text) }).([]specialRate)
}

var specialForm = regexp.MustCompile(`([^()]+)\(([^()]*)\)`)

// specialRates reads a text such as "Free (A,AU,BH) 2.5% (KR)". Rates that only
// point elsewhere ("See 9912.95.10") stay as text that no rate parser reads.
func specialRates(text string) []specialRate {
	var out []specialRate
	for _, m := range specialForm.FindAllStringSubmatch(text, -1) {
		r := specialRate{text: strings.TrimSpace(m[1])}
		if rate, err := quantity.ParseScheduleRate(r.text); err == nil {
			r.rate = rate
		}
		for _, symbol := range strings.Split(m[2], ",") {
			r.symbols = append(r.symbols, strings.TrimSpace(symbol))
		}
		out = append(out, r)
	}
	return out
}

type programme struct {
	row     *rulepack.Programme
	origins Places
}

// isOpen reports whether goods of the origin may claim the programme by this row.
func (p *programme) isOpen(at quantity.Instant, known quantity.Date, origin nomenclature.Country) bool {
	return RowRuns(p.row.Period, p.row.By, p.row.EndedBy, at, known) && p.origins.Contains(origin, at)
}

// indexBase compiles the programmes of preference.
func (s *Schedule) indexBase() {
	s.programmes = map[string][]programme{}
	for _, p := range s.Set.Packs {
		if p.Base == nil {
			continue
		}
		for i := range p.Base.Programmes {
			row := &p.Base.Programmes[i]
			s.programmes[p.ID] = append(s.programmes[p.ID], programme{row, compilePlaces(p, row.Origins)})
		}
		if p.Table != nil {
			s.tables = append(s.tables, p)
		}
	}
}

// indexLanes gives each licence measure its lanes, the fastest first.
func (s *Schedule) indexLanes() {
	for i := range s.entries {
		e := &s.entries[i]
		if e.Kind != measure.Licence {
			continue
		}
		for _, p := range s.Set.Packs {
			for _, lane := range p.Lanes {
				if measure.MatchAny(lane.For, e.ID) {
					e.Lanes = append(e.Lanes, lane)
				}
			}
		}
		slices.SortStableFunc(e.Lanes, func(a, b *rulepack.Lane) int { return cmp.Compare(a.Rank, b.Rank) })
	}
}
