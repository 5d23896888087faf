package licence

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/navicert/navicert/internal/quantity"
)

// Take is what a shipment takes of a line of a licence.
type Take struct {
	Licence  string            `json:"licence"`
	Line     int               `json:"line,omitempty"` // 0: the only one
	Quantity quantity.Quantity `json:"quantity"`
	Value    quantity.Money    `json:"value,omitzero"`
}

// Draw takes quantities of one licence or of several, all or none: it sets them
// aside, or with Commit uses them at once.
type Draw struct {
	Shipment string `json:"shipment,omitempty"`
	Takes    []Take `json:"takes"`
	Commit   bool   `json:"commit,omitempty"`
}

// Name implements [Command].
func (c *Draw) Name() string {
	if c.Commit {
		return "draw"
	}
	return "reserve"
}

func (c *Draw) needs(*Set, By) Needs {
	var n Needs
	for _, t := range c.Takes {
		n.Objects = append(n.Objects, licence(t.Licence))
	}
	return n
}

func (c *Draw) decide(s *Set, by By) ([]change, error) {
	if err := movement(by); err != nil {
		return nil, err
	}
	if len(c.Takes) == 0 {
		return nil, refuse(Invalid, Ref{}, "name a licence and a quantity", "nothing is taken")
	}
	parts := make([]Part, 0, len(c.Takes))
	pending := map[lineKey][2]int64{}
	for _, t := range c.Takes {
		p, err := s.take(t, by, c.Commit, pending)
		if err != nil {
			return overdrawn(err, c.Name()), err
		}
		parts = append(parts, p)
	}
	ref := drawdown("D" + strconv.FormatInt(s.next(), 10))
	out := []change{{ref, &Reserved{c.Shipment, parts}}}
	if c.Commit {
		out = append(out, change{ref, &Committed{Parts: parts}})
	}
	return out, nil
}

// movement checks who moves the ledger, and that a repetition could be told.
func movement(by By) error {
	if by.Key == "" {
		return refuse(Invalid, Ref{}, "give each movement a key of its own, and the same one when you send it again", "a movement of the ledger has no idempotency key")
	}
	return may(by, Ref{}, "", Customs, Applicant, Officer, Administrator)
}

// drawnBy refuses who may not move the ledger of the licence. Its holder reserves
// and releases; what is used, and what comes back, an authority's licence is told by
// customs or by those who keep it.
func (l *Licence) drawnBy(by By, used bool) error {
	if err := l.ownedBy(by); err != nil {
		return err
	}
	if used && by.Role == Applicant && l.Side != TraderSide {
		return refuse(WrongRole, licence(l.ID), "reserve it: customs commits when the goods go", "as its holder you may reserve on it and release, and not say what was used or came back")
	}
	return nil
}

// overdrawn is the event of an attempt to draw more than is left, on the licence.
func overdrawn(err error, command string) []change {
	r, ok := err.(*Refusal)
	if !ok || r.Code != Overdraw && r.Code != OutsideTerm && r.Code != NotActive {
		return nil
	}
	return []change{{r.Object, &Attempted{command, r.Code, r.Message}}}
}

type lineKey struct {
	licence string
	line    int
}

// take checks what is taken of one line, and counts it among what is pending.
func (s *Set) take(t Take, by By, commit bool, pending map[lineKey][2]int64) (Part, error) {
	l, err := s.licence(t.Licence)
	if err != nil {
		return Part{}, err
	}
	if err := l.drawnBy(by, commit); err != nil {
		return Part{}, err
	}
	ref := licence(l.ID)
	b, err := s.lineOf(l, t.Line)
	if err != nil {
		return Part{}, err
	}
	p, q, v, err := inLine(ref, b, t)
	if err != nil {
		return Part{}, err
	}
	if err := s.usable(l, by.At); err != nil {
		return Part{}, err
	}
	key := lineKey{l.ID, b.Line}
	sum := pending[key]
	sum[0] += q
	sum[1] += v
	if sum[0] > b.Ceiling-b.Reserved-b.Committed {
		return Part{}, refuse(Overdraw, ref, "reserve no more than is left, or draw on another licence", "line %d has %s left, and %s are asked for", b.Line, b.Left(), quantity.Quantity{Amount: quantity.NewDecimal(sum[0], quantityPlaces), Unit: b.Unit}).through(ToMatch, "")
	}
	if left, capped := b.ValueLeft(); capped && sum[1] > b.ValueCeiling-b.ValueReserved-b.ValueCommitted {
		return Part{}, refuse(Overdraw, ref, "reserve no more than is left, or draw on another licence", "line %d has goods worth %s left, and %s %s are asked for", b.Line, left, quantity.NewDecimal(sum[1], valuePlaces), b.Currency).through(ToMatch, "")
	}
	pending[key] = sum
	return p, nil
}

// lineOf finds the balance of a line; 0 asks for the only one.
func (s *Set) lineOf(l *Licence, line int) (*Balance, error) {
	if line == 0 && len(l.Lines) == 1 {
		line = 1
	}
	if b := s.balance(l.ID, line); b != nil {
		return b, nil
	}
	return nil, refuse(NotFound, licence(l.ID), "name a line from 1 to "+strconv.Itoa(len(l.Lines)), "there is no line %d", line)
}

// inLine brings a take into the unit and the currency of the line, exactly.
func inLine(ref Ref, b *Balance, t Take) (p Part, q, v int64, err error) {
	if t.Quantity.Amount.Sign() <= 0 {
		return p, 0, 0, refuse(Invalid, ref, "give more than nothing", "a movement of %s moves nothing", t.Quantity)
	}
	amount, ok := t.Quantity.In(b.Unit)
	if !ok {
		if _, related := t.Quantity.InRounded(b.Unit, quantityPlaces, quantity.Down); !related {
			return p, 0, 0, refuse(WrongUnit, ref, "give the quantity in "+string(b.Unit), "line %d is licensed in %s, and %s is another kind of quantity", b.Line, b.Unit, t.Quantity.Unit)
		}
		return p, 0, 0, refuse(TooFine, ref, "give the quantity in "+string(b.Unit), "%s is no exact number of %s", t.Quantity, b.Unit)
	}
	if q, err = steps(amount, quantityPlaces); err != nil {
		return p, 0, 0, refuse(TooFine, ref, "give fewer places after the point", "%v", err)
	}
	switch {
	case t.Value.Amount.Sign() < 0:
		return p, 0, 0, refuse(Invalid, ref, "give what the goods are worth", "the value %s is below zero", t.Value)
	case b.Currency != "" && t.Value.Currency == "":
		return p, 0, 0, refuse(WrongCurrency, ref, "give the value in "+b.Currency, "line %d is limited in %s, and no value is given", b.Line, b.Currency)
	case b.Currency != "" && t.Value.Currency != b.Currency:
		return p, 0, 0, refuse(WrongCurrency, ref, "give the value in "+b.Currency, "line %d is limited in %s, and the value is given in %s", b.Line, b.Currency, t.Value.Currency)
	case b.Currency == "":
		t.Value = quantity.Money{} // not limited, so not counted
	}
	if v, err = steps(t.Value.Amount, valuePlaces); err != nil {
		return p, 0, 0, refuse(TooFine, ref, "give fewer places after the point", "%v", err)
	}
	p = Part{Licence: b.Licence, Line: b.Line, Quantity: quantity.Quantity{Amount: amount, Unit: b.Unit}, Value: t.Value}
	if t.Quantity.Unit != b.Unit {
		p.Asked = t.Quantity
	}
	return p, q, v, nil
}

// usable refuses a licence that may not be drawn on at the instant.
func (s *Set) usable(l *Licence, at quantity.Instant) error {
	ref := licence(l.ID)
	switch st := l.Standing(at, s.register(), nil); st.Status {
	case LicenceActive:
		return nil
	case LicenceNotYet, LicenceExpired:
		return refuse(OutsideTerm, ref, "draw on another licence, or apply for a renewal", "%s lies outside the term of the licence: it is valid %s", l.Term.moment(at), l.Term)
	default:
		return refuse(NotActive, ref, "draw on another licence", "the licence is %s: %s", st.Status, st.Reasons[0]).through(ToMatch, "")
	}
}

// CommitDraw uses what a drawdown set aside: all of it, or with Takes less, and
// what is not used is free again.
type CommitDraw struct {
	Drawdown string `json:"drawdown"`
	Takes    []Take `json:"takes,omitempty"`
}

// Name implements [Command].
func (*CommitDraw) Name() string { return "commit" }

func (c *CommitDraw) needs(s *Set, _ By) Needs { return s.drawdownNeeds(c.Drawdown) }

// drawdownNeeds are a drawdown and the licences that it touches.
func (s *Set) drawdownNeeds(id string) Needs {
	n := Needs{Objects: []Ref{drawdown(id)}}
	if d, ok := find[*Drawdown](s, drawdown(id)); ok {
		for _, p := range d.Parts {
			n.Objects = append(n.Objects, licence(p.Licence))
		}
	}
	return n
}

func (c *CommitDraw) decide(s *Set, by By) ([]change, error) {
	d, err := s.moving(c.Drawdown, by, IsReserved, "committed")
	if err != nil {
		return nil, err
	}
	for _, p := range d.Parts {
		l, err := s.licence(p.Licence)
		if err != nil {
			return nil, err
		}
		if err := s.usable(l, by.At); err != nil {
			return overdrawn(err, c.Name()), err
		}
	}
	used, freed, err := s.split(d, c.Takes)
	if err != nil {
		return nil, err
	}
	return []change{{drawdown(d.ID), &Committed{used, freed}}}, nil
}

// moving finds a drawdown that is in the state for a movement.
func (s *Set) moving(id string, by By, state DrawdownState, what string) (*Drawdown, error) {
	if err := movement(by); err != nil {
		return nil, err
	}
	d, err := s.drawdown(id)
	if err != nil {
		return nil, err
	}
	for _, p := range d.Parts {
		l, err := s.licence(p.Licence)
		if err != nil {
			return nil, err
		}
		if l.ownedBy(by) != nil {
			return nil, absent(drawdown(id))
		}
		if err := l.drawnBy(by, what != "released"); err != nil {
			return nil, err
		}
	}
	if d.State != state {
		return nil, refuse(WrongState, drawdown(id), "look at the drawdown: it may have been moved before", "it is %s and cannot be %s", d.State, what)
	}
	return d, nil
}

// split parts a drawdown into what the takes say and the rest. No takes take all.
func (s *Set) split(d *Drawdown, takes []Take) (used, rest []Part, err error) {
	if len(takes) == 0 {
		return d.Parts, nil, nil
	}
	ref := drawdown(d.ID)
	taken := map[lineKey]Part{}
	for _, t := range takes {
		l, err := s.licence(t.Licence)
		if err != nil {
			return nil, nil, err
		}
		b, err := s.lineOf(l, t.Line)
		if err != nil {
			return nil, nil, err
		}
		p, _, _, err := inLine(ref, b, t)
		if err != nil {
			return nil, nil, err
		}
		key := lineKey{p.Licence, p.Line}
		if before, twice := taken[key]; twice {
			p.Quantity.Amount = p.Quantity.Amount.Add(before.Quantity.Amount)
			p.Value.Amount = p.Value.Amount.Add(before.Value.Amount)
		}
		taken[key] = p
	}
	for _, p := range d.Parts {
		key := lineKey{p.Licence, p.Line}
		t, ok := taken[key]
		if !ok {
			rest = append(rest, p)
			continue
		}
		part := p
		part.Asked = quantity.Quantity{}
		part.Quantity.Amount = part.Quantity.Amount.Min(t.Quantity.Amount)
		part.Value.Amount = part.Value.Amount.Min(t.Value.Amount)
		t.Quantity.Amount = t.Quantity.Amount.Sub(part.Quantity.Amount)
		t.Value.Amount = t.Value.Amount.Sub(part.Value.Amount)
		taken[key] = t
		used = append(used, part)
		if left := p.Quantity.Amount.Sub(part.Quantity.Amount); left.Sign() > 0 || p.Value.Amount.Cmp(part.Value.Amount) > 0 {
			rest = append(rest, Part{Licence: p.Licence, Line: p.Line, Quantity: quantity.Quantity{Amount: left, Unit: p.Quantity.Unit},
				Value: quantity.Money{Amount: p.Value.Amount.Sub(part.Value.Amount), Currency: p.Value.Currency}})
		}
	}
	for key, t := range taken {
		if t.Quantity.Amount.Sign() > 0 || t.Value.Amount.Sign() > 0 {
			return nil, nil, refuse(Overdraw, ref, "give no more than was set aside or drawn", "line %d of licence %s: %s more than the drawdown has", key.line, key.licence, t.Quantity)
		}
	}
	return used, rest, nil
}

// ReleaseDraw frees what a drawdown set aside. It may come at any time.
type ReleaseDraw struct {
	Drawdown string `json:"drawdown"`
}

// Name implements [Command].
func (*ReleaseDraw) Name() string { return "release" }

func (c *ReleaseDraw) needs(s *Set, _ By) Needs { return s.drawdownNeeds(c.Drawdown) }

func (c *ReleaseDraw) decide(s *Set, by By) ([]change, error) {
	d, err := s.moving(c.Drawdown, by, IsReserved, "released")
	if err != nil {
		return nil, err
	}
	return []change{{drawdown(d.ID), &Released{d.Parts}}}, nil
}

// ReturnGoods puts back what was committed and came back: all of it, or with
// Takes less. It counts only within the term of each licence.
type ReturnGoods struct {
	Drawdown string `json:"drawdown"`
	Takes    []Take `json:"takes,omitempty"`
}

// Name implements [Command].
func (*ReturnGoods) Name() string { return "return" }

func (c *ReturnGoods) needs(s *Set, _ By) Needs { return s.drawdownNeeds(c.Drawdown) }

func (c *ReturnGoods) decide(s *Set, by By) ([]change, error) {
	d, err := s.moving(c.Drawdown, by, IsCommitted, "returned")
	if err != nil {
		return nil, err
	}
	back, _, err := s.split(d, c.Takes)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(back, func(p Part) bool { return p.Quantity.Amount.Sign() > 0 }) {
		return nil, refuse(WrongState, drawdown(d.ID), "look at the drawdown", "all of it came back before")
	}
	for _, p := range back {
		l, err := s.licence(p.Licence)
		if err != nil {
			return nil, err
		}
		if !l.Term.Contains(by.At) || l.End != nil {
			why := refuse(OutsideTerm, licence(l.ID), "record the return without it: what was drawn stays drawn", "a return adds back within the term alone, and the licence was valid %s", l.Term)
			return overdrawn(why, c.Name()), why
		}
	}
	return []change{{drawdown(d.ID), &GoodsReturned{back}}}, nil
}

// Shipment is what somebody plans to ship, for [MatchFor].
type Shipment struct {
	Goods       string            `json:"goods"`
	Destination string            `json:"destination,omitempty"`
	Holder      string            `json:"holder,omitempty"`
	EndUser     string            `json:"endUser,omitempty"`
	Quantity    quantity.Quantity `json:"quantity"`
	Value       quantity.Money    `json:"value,omitzero"`
}

// Candidate is a line of a licence with whether a shipment may draw on it.
type Candidate struct {
	Licence string        `json:"licence"`
	Line    int           `json:"line"`
	Fits    bool          `json:"fits"`
	Why     []string      `json:"why,omitempty"` // it does not fit
	Last    quantity.Date `json:"last"`          // day of the licence
	Left    string        `json:"left"`
	// Take is what would be drawn, where it fits and is needed.
	Take *Take `json:"take,omitempty"`
}

// match tells which lines of the licences the shipment may draw on at the
// instant, and for each other why not. Those that fit come first, the one that
// expires earliest before the others, of equal ones that with the least left; what
// each gives is proposed in this order, of one holder. Short is what no licence covers. Discreet, it
// tells neither why a licence may not be used nor whose it is.
func match(ship *Shipment, licences []*Licence, balances map[string][]Balance, r *Register, at quantity.Instant, discreet bool) (out []Candidate, short quantity.Quantity) {
	type fit struct {
		Candidate
		b      *Balance
		holder string
	}
	var all []fit
	for _, l := range licences {
		bs := balances[l.ID]
		standing := l.Standing(at, r, bs)
		if discreet {
			standing.Reasons = nil
		}
		for i := range bs {
			b := &bs[i]
			why := unfit(ship, l, b, standing, discreet)
			all = append(all, fit{Candidate{Licence: l.ID, Line: b.Line, Fits: len(why) == 0, Why: why, Last: l.Term.Last, Left: b.Left().String()}, b, l.Holder})
		}
	}
	slices.SortStableFunc(all, func(x, y fit) int {
		if x.Fits != y.Fits {
			if x.Fits {
				return -1
			}
			return 1
		}
		return cmp.Or(int(x.Last-y.Last), x.b.Left().Amount.Cmp(y.b.Left().Amount), cmp.Compare(x.Licence, y.Licence), x.Line-y.Line)
	})
	need, worth := ship.Quantity, ship.Value
	holder := ""
	for i := range all {
		c := &all[i]
		if c.Fits && need.Amount.Sign() > 0 && (holder == "" || sameName(holder, c.holder)) {
			c.Take = share(c.b, &need, &worth)
			holder = c.holder // a shipment is of one
		}
		out = append(out, c.Candidate)
	}
	return out, need
}

// share takes what a line has of what is still needed.
func share(b *Balance, need *quantity.Quantity, worth *quantity.Money) *Take {
	inUnit, ok := need.In(b.Unit)
	if !ok {
		return nil
	}
	amount := inUnit.Min(b.Left().Amount)
	t := &Take{Licence: b.Licence, Line: b.Line, Quantity: quantity.Quantity{Amount: amount, Unit: b.Unit}}
	rest := inUnit.Sub(amount)
	if worth.Currency != "" {
		t.Value = *worth
		if rest.Sign() > 0 { // by the quantity, down to what the ledger counts; the last gets the rest
			t.Value.Amount = worth.Amount.Mul(amount).Quo(inUnit, valuePlaces, quantity.Down)
		}
		if left, capped := b.ValueLeft(); capped && t.Value.Amount.Cmp(left.Amount) > 0 {
			return nil
		}
		worth.Amount = worth.Amount.Sub(t.Value.Amount)
	}
	*need = quantity.Quantity{Amount: rest, Unit: b.Unit}
	return t
}

// unfit gives every reason for which the shipment may not draw on a line.
func unfit(ship *Shipment, l *Licence, b *Balance, standing Standing, discreet bool) []string {
	party := func(role, name string) string {
		if discreet {
			return "its " + role + " is another"
		}
		return "its " + role + " is " + name
	}
	var why []string
	line := &l.Lines[b.Line-1]
	if standing.Status != LicenceActive {
		s := "it is " + standing.Status
		if len(standing.Reasons) > 0 {
			s += ": " + standing.Reasons[0]
		}
		why = append(why, s)
	}
	if !covers(line.Goods, ship.Goods) {
		why = append(why, "it is for goods "+line.Goods)
	}
	if ship.Destination != "" && line.Destination != "" && ship.Destination != line.Destination {
		why = append(why, "it is for "+line.Destination)
	}
	if ship.Holder != "" && !sameName(ship.Holder, l.Holder) {
		why = append(why, party("holder", l.Holder))
	}
	if ship.EndUser != "" {
		for _, p := range l.Parties {
			if p.Role == RoleEndUser && !sameName(p.Name, ship.EndUser) {
				why = append(why, party(RoleEndUser, p.Name))
			}
		}
	}
	if _, ok := ship.Quantity.In(b.Unit); !ok {
		why = append(why, "it is licensed in "+string(b.Unit)+", and "+ship.Quantity.String()+" is no exact quantity of that")
	}
	if b.Left().Amount.Sign() <= 0 && standing.Status != LicenceExhausted {
		why = append(why, "nothing is left on the line")
	}
	if left, capped := b.ValueLeft(); capped {
		switch {
		case ship.Value.Currency != b.Currency:
			why = append(why, "its value is limited in "+b.Currency)
		case left.Amount.Sign() <= 0:
			why = append(why, "no value is left on the line")
		}
	}
	return why
}

// covers reports whether a code of a licence covers that of a shipment: it is the
// same, or a heading above it.
func covers(licensed, shipped string) bool {
	a, b := digits(licensed), digits(shipped)
	return a != "" && len(a) <= len(b) && b[:len(a)] == a
}

func digits(s string) string {
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			out = append(out, s[i])
		}
	}
	return string(out)
}
