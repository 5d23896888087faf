package condition

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"cel.dev/cel-go/cel"
)

// The slots of the built-in facts, the same in every [Env].
const (
	SlotOrigin   = iota // country of origin, ISO 3166-1 alpha-2
	SlotFrom            // country that the goods leave
	SlotTo              // country that the goods enter
	SlotEntered         // instant of entry
	SlotExported        // instant of export
	SlotValue           // value in the currency of the pack
	builtins
)

// maxPartyLists is how many lists a hypothetical party can tell apart.
const maxPartyLists = 64

func builtinFacts() []Fact {
	return []Fact{
		SlotOrigin:   {Name: "origin", Type: Text, form: countryText, Question: "In which country do the goods originate?", Where: "The certificate of origin or the maker's declaration."},
		SlotFrom:     {Name: "from", Type: Text, form: countryText, Question: "Which country do the goods leave?", Where: "The transport document."},
		SlotTo:       {Name: "to", Type: Text, form: countryText, Question: "Which country do the goods enter?", Where: "The transport document."},
		SlotEntered:  {Name: "entered", Type: InstantType, Question: "When are the goods entered?", Where: "The entry."},
		SlotExported: {Name: "exported", Type: InstantType, Question: "When are the goods exported?", Where: "The export declaration or the transport document."},
		SlotValue:    {Name: "value", Type: Number, Unit: "currency of the pack", Question: "What is the customs value of the goods?", Where: "The commercial invoice."},
	}
}

// Env is the facts and party lists that conditions may name. It never changes;
// goroutines share it.
type Env struct {
	facts      []Fact
	slots      map[string]int
	names      []string // of the facts, by slot
	partyLists []string
	cel        *cel.Env
}

// NewEnv returns an Env over the facts and the ids of the party lists. The
// built-in facts take the first slots, the others follow in the order given.
// The error joins every fault of the declarations.
func NewEnv(facts []Fact, partyLists []string) (*Env, error) {
	e := &Env{
		facts:      append(builtinFacts(), facts...),
		slots:      make(map[string]int, builtins+len(facts)),
		partyLists: slices.Clone(partyLists),
	}
	var faults []error
	opts := []cel.EnvOption{
		cel.ClearMacros(),
		cel.ParserExpressionSizeLimit(maxSource),
		cel.Function("listed", cel.Overload("listed_string_string",
			[]*cel.Type{cel.StringType, cel.StringType}, cel.BoolType)),
	}
	for i := range e.facts {
		f := &e.facts[i]
		if err := f.Validate(); err != nil {
			faults = append(faults, err)
			continue
		}
		if j, ok := e.slots[f.Name]; ok {
			faults = append(faults, fmt.Errorf("fact %s: it is declared %s already: leave one out", f.Name, e.declared(j)))
			continue
		}
		e.slots[f.Name] = i
		opts = append(opts, cel.Variable(f.Name, f.Type.cel()))
	}
	for i, l := range partyLists {
		if slices.Contains(partyLists[:i], l) {
			faults = append(faults, fmt.Errorf("party list %s is there twice", l))
		}
	}
	if len(partyLists) > maxPartyLists {
		faults = append(faults, fmt.Errorf("%d party lists: conditions can tell at most %d apart", len(partyLists), maxPartyLists))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	for i := range e.facts {
		e.names = append(e.names, e.facts[i].Name)
	}
	var err error
	if e.cel, err = cel.NewEnv(opts...); err != nil {
		return nil, fmt.Errorf("the facts cannot be declared: %w", err)
	}
	return e, nil
}

// declared says where the fact in a slot comes from.
func (e *Env) declared(slot int) string {
	f := &e.facts[slot]
	switch {
	case slot < builtins:
		return "as a built-in fact"
	case f.Position != "":
		return "at " + f.Position
	case f.Pack != "":
		return "in pack " + f.Pack
	}
	return "before"
}

func (t Type) cel() *cel.Type {
	switch t {
	case Bool:
		return cel.BoolType
	case Number:
		return cel.DoubleType
	case InstantType:
		return cel.TimestampType
	}
	return cel.StringType
}

// Slot returns the slot of the fact of that name.
func (e *Env) Slot(name string) (int, bool) {
	s, ok := e.slots[name]
	return s, ok
}

// Fact returns the fact in the slot, nil where there is none. It must not be
// changed.
func (e *Env) Fact(slot int) *Fact {
	if slot < 0 || slot >= len(e.facts) {
		return nil
	}
	return &e.facts[slot]
}

// Len returns the number of slots.
func (e *Env) Len() int { return len(e.facts) }

// Nearest returns the name of the fact that was probably meant by a name that
// is not declared, "" where none is near: the one fact with the same last part
// (chip.tpp) or of which the name is the beginning (goods.magnet), the fact whose
// question alone has the last part as a word (goods.dysprosium), else one written
// nearly so.
func (e *Env) Nearest(name string) string {
	last := name[strings.LastIndexByte(name, '.')+1:]
	var alike []string
	for _, n := range e.names {
		if len(last) > 2 && (strings.HasSuffix(n, "."+last) || strings.HasPrefix(n, name)) {
			alike = append(alike, n)
		}
	}
	if len(alike) == 1 {
		return alike[0]
	}
	if len(last) > 3 {
		if asks := e.asks(last); asks != "" {
			return asks
		}
	}
	near := nearest(name, e.names)
	// So short a part is another name, as of another element, and no slip.
	if l := near[strings.LastIndexByte(near, '.')+1:]; len(last) < 3 && !strings.EqualFold(l, last) {
		return ""
	}
	return near
}

// asks returns the one fact whose question has a word, "" where none or several
// have it.
func (e *Env) asks(word string) string {
	found := ""
	for i := range e.facts {
		isWord := func(w string) bool { return strings.EqualFold(w, word) }
		if !slices.ContainsFunc(strings.FieldsFunc(e.facts[i].Question, func(r rune) bool { return !unicode.IsLetter(r) }), isWord) {
			continue
		}
		if found != "" {
			return ""
		}
		found = e.facts[i].Name
	}
	return found
}

// PartyList returns the index of the party list, as [Lists] is asked for it.
func (e *Env) PartyList(id string) (int, bool) {
	i := slices.Index(e.partyLists, id)
	return i, i >= 0
}

// PartyLists returns the number of party lists.
func (e *Env) PartyLists() int { return len(e.partyLists) }
