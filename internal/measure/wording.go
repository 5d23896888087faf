package measure

import (
	"slices"
	"strings"
)

// Words is the effect in a few words: its rate, or what it does.
func (f *Effect) Words() string {
	switch f.Kind {
	case Apply:
		if f.Rate != nil {
			return f.Rate.String()
		}
		return "applies"
	case Suspend:
		return "suspended"
	case Resume:
		return "resumed"
	case End:
		return "ended"
	case Void:
		return "void from the start"
	case Stay:
		return "stays " + f.Stays
	case Unknown:
		if f.Why != "" {
			return "not known: " + f.Why
		}
		return "not known"
	}
	return f.Kind.String()
}

// Words is the state in a few words: the rate of a duty that is in force, or what
// it is.
func (s State) Words() string {
	rate := ""
	if s.Rate != nil {
		rate = s.Rate.String()
	}
	switch s.Kind {
	case NotStarted:
		return "not started"
	case InForce:
		if rate != "" {
			return rate
		}
		return "in force"
	case Suspended:
		return strings.TrimSpace("suspended " + rate)
	case Ended:
		return "ended"
	case Unverified:
		return strings.TrimSpace("unverified " + rate)
	}
	return s.Kind.String()
}

// ScopeWords is the scope in phrases, one a filter.
func (m *Measure) ScopeWords() []string {
	out := []string{}
	places := func(label string, ps []Place) {
		if len(ps) == 0 {
			return
		}
		var names []string
		for _, p := range ps {
			if p.Not {
				names = append(names, "not "+p.Name)
			} else {
				names = append(names, p.Name)
			}
		}
		out = append(out, label+" "+strings.Join(names, ", "))
	}
	s := &m.Scope
	switch m.Leg {
	case Export:
		places("out of", s.Territory)
	case Reexport:
		places("re-export from", s.Territory)
	default:
		places("into", s.Territory)
	}
	places("origin", s.Origin)
	places("from", s.From)
	places("to", s.To)
	words := func(label string, names []string) {
		if len(names) > 0 {
			out = append(out, label+" "+strings.Join(names, ", "))
		}
	}
	goods := slices.Clone(s.GoodsLists)
	for _, c := range s.Goods {
		goods = append(goods, c.String())
	}
	except := slices.Clone(s.ExceptLists)
	for _, c := range s.Except {
		except = append(except, c.String())
	}
	words("goods", goods)
	words("except", except)
	words("items", s.Items)
	words("controlled by", s.ControlledBy)
	if s.AllGoods() {
		out = append(out, "all goods")
	}
	return out
}
