package licence

import (
	"fmt"
	"slices"
	"strconv"
)

// IssueLicence records a licence that was not decided on this desk: one on paper,
// or of an authority that works elsewhere.
type IssueLicence struct {
	ID        string `json:"id"` // its number
	Authority string `json:"authority"`
	Holder    string `json:"holder"`
	Side      Side   `json:"side,omitempty"` // empty: the trader's
	Terms     Terms  `json:"terms"`
}

// Name implements [Command].
func (*IssueLicence) Name() string { return "record licence" }

func (c *IssueLicence) needs(*Set, By) Needs { return Needs{Objects: []Ref{licence(c.ID)}} }

func (c *IssueLicence) decide(s *Set, by By) ([]change, error) {
	ref := licence(c.ID)
	if err := may(by, ref, "", Applicant, Administrator, Officer); err != nil {
		return nil, err
	}
	if c.ID == "" || c.Holder == "" || c.Authority == "" {
		return nil, refuse(Invalid, ref, "give all three", "a licence needs its number, its authority and its holder")
	}
	if by.Role == Applicant {
		switch {
		case c.Side == AuthoritySide:
			return nil, refuse(WrongRole, ref, "leave the side out: it is recorded as the trader's", "as applicant you do not record a licence for an authority")
		case !sameName(c.Holder, by.Actor):
			return nil, refuse(WrongRole, ref, "record your own licences", "the holder is %s, and you act as %s", c.Holder, by.Actor)
		}
	}
	if _, taken := find[*Licence](s, ref); taken {
		return nil, refuse(Invalid, ref, "amend it, or choose another number", "there is a licence of this number")
	}
	if err := c.Terms.check(ref); err != nil {
		return nil, err
	}
	side := c.Side
	if side == "" {
		side = TraderSide
	}
	return []change{{ref, &Issued{"", c.Authority, side, c.Holder, c.Terms}}}, nil
}

// check refuses terms that cannot be kept.
func (t *Terms) check(ref Ref) error {
	if err := t.Term.check(); err != nil {
		return refuse(Invalid, ref, "mend the term", "%v", err)
	}
	if len(t.Lines) == 0 {
		return refuse(Invalid, ref, "give a line for each sort of goods", "a licence has no line")
	}
	for i := range t.Lines {
		l := &t.Lines[i]
		if l.Goods == "" || l.Tolerance.Sign() < 0 || l.Value.Amount.Sign() < 0 {
			return refuse(Invalid, ref, "give the code of the goods, and amounts of 0 or more", "line %d: goods, a tolerance and a value of 0 or more are wanted", i+1)
		}
		if _, err := newBalance(ref.ID, i+1, l); err != nil {
			return refuse(TooFine, ref, "give fewer places after the point", "line %d: %v", i+1, err)
		}
	}
	return nil
}

// AmendLicence gives a licence new terms. What was drawn stays drawn, so no line
// may be taken away, nor allowed less than was drawn on it.
type AmendLicence struct {
	Licence string `json:"licence"`
	Terms   Terms  `json:"terms"`
}

// Name implements [Command].
func (*AmendLicence) Name() string { return "amend licence" }

func (c *AmendLicence) needs(*Set, By) Needs { return Needs{Objects: []Ref{licence(c.Licence)}} }

func (c *AmendLicence) decide(s *Set, by By) ([]change, error) {
	l, err := s.keeping(c.Licence, by)
	if err != nil {
		return nil, err
	}
	ref := licence(l.ID)
	if err := c.Terms.check(ref); err != nil {
		return nil, err
	}
	if len(c.Terms.Lines) < len(l.Lines) {
		return nil, refuse(Invalid, ref, "keep the lines, and give a new licence for what changes", "the amendment has %d lines and the licence %d", len(c.Terms.Lines), len(l.Lines))
	}
	for i := range l.Lines {
		b := s.balance(l.ID, i+1)
		then := *b
		if err := then.allow(&c.Terms.Lines[i]); err != nil {
			return nil, refuse(TooFine, ref, "give fewer places after the point", "line %d: %v", i+1, err)
		}
		switch {
		case c.Terms.Lines[i].Quantity.Unit != b.Unit:
			return nil, refuse(WrongUnit, ref, "keep the unit "+string(b.Unit), "line %d changes its unit", i+1)
		case b.Currency != "" && then.Currency != "" && then.Currency != b.Currency, b.Currency == "" && then.Currency != "" && b.Reserved+b.Committed > 0:
			return nil, refuse(WrongCurrency, ref, "keep the currency", "line %d changes how its value is limited after it was drawn on", i+1)
		case !then.Lawful():
			return nil, refuse(Overdraw, ref, "allow at least what is drawn and reserved", "line %d: %s are drawn and %s reserved, and the amendment allows %s", i+1, b.Drawn(), b.Held(), c.Terms.Lines[i].Quantity)
		}
	}
	changed := l.Terms.differences(&c.Terms)
	if len(changed) == 0 {
		return nil, refuse(Invalid, ref, "state what is to be different", "the amendment changes nothing")
	}
	return []change{{ref, &LicenceAmended{c.Terms, changed}}}, nil
}

// differences says in sentences what the new terms change.
func (t *Terms) differences(n *Terms) []string {
	var out []string
	say := func(what string, before, after any) {
		if x, y := fmt.Sprint(before), fmt.Sprint(after); x != y {
			out = append(out, fmt.Sprintf("%s: %s becomes %s", what, x, y))
		}
	}
	say("term", t.Term, n.Term)
	for i := range n.Lines {
		name := "line " + strconv.Itoa(i+1)
		if i >= len(t.Lines) {
			out = append(out, fmt.Sprintf("%s is new: %s of %s", name, n.Lines[i].Quantity, n.Lines[i].Goods))
			continue
		}
		a, b := &t.Lines[i], &n.Lines[i]
		say(name+" goods", a.Goods, b.Goods)
		say(name+" destination", a.Destination, b.Destination)
		say(name+" quantity", a.Quantity, b.Quantity)
		say(name+" tolerance", a.Tolerance, b.Tolerance)
		say(name+" value", a.Value, b.Value)
	}
	say("conditions", t.Conditions, n.Conditions)
	say("parties", t.Parties, n.Parties)
	say("undertakings", t.Undertakings, n.Undertakings)
	return out
}

// keeping finds a licence that can still be changed, for those who may; the roles
// are beside those that keep every licence.
func (s *Set) keeping(id string, by By, roles ...Role) (*Licence, error) {
	l, err := s.licence(id)
	if err != nil {
		return nil, err
	}
	if err := l.ownedBy(by); err != nil {
		return nil, err
	}
	if err := may(by, licence(id), l.Side, append(roles, Officer, Countersigner, Enforcement, Administrator)...); err != nil {
		return nil, err
	}
	if l.End != nil {
		return nil, refuse(NotActive, licence(id), "look for the licence that follows it, or apply for one", "the licence was %s on %s", l.End.How, l.End.At.Date(l.zone()))
	}
	return l, nil
}

// ownedBy refuses an applicant the licence of another holder: for him there is no
// such licence.
func (l *Licence) ownedBy(by By) error {
	if by.Role == Applicant && !sameName(l.Holder, by.Actor) {
		return absent(licence(l.ID))
	}
	return nil
}

// Suspend stops one licence until it is resumed.
type Suspend struct {
	Licence string `json:"licence"`
}

// Name implements [Command].
func (*Suspend) Name() string { return "suspend" }

func (c *Suspend) needs(*Set, By) Needs { return Needs{Objects: []Ref{licence(c.Licence)}} }

func (c *Suspend) decide(s *Set, by By) ([]change, error) {
	l, err := s.keeping(c.Licence, by)
	if err != nil {
		return nil, err
	}
	if by.Reason == "" {
		return nil, refuse(Invalid, licence(l.ID), "say why", "a suspension needs its reason")
	}
	if l.suspended() {
		return nil, refuse(WrongState, licence(l.ID), "resume it first", "it is suspended")
	}
	return []change{{licence(l.ID), &Suspended{by.Reason}}}, nil
}

// suspended reports whether the licence's own suspension lasts.
func (l *Licence) suspended() bool {
	return slices.ContainsFunc(l.Pauses, func(p Stretch) bool { return p.Until == 0 })
}

// Resume ends the suspension of one licence.
type Resume struct {
	Licence string `json:"licence"`
}

// Name implements [Command].
func (*Resume) Name() string { return "resume" }

func (c *Resume) needs(s *Set, _ By) Needs {
	n := Needs{Objects: []Ref{licence(c.Licence)}}
	if l, ok := find[*Licence](s, licence(c.Licence)); ok {
		for _, u := range l.Undertakings {
			n.Objects = append(n.Objects, undertaking(u))
		}
	}
	return n
}

func (c *Resume) decide(s *Set, by By) ([]change, error) {
	l, err := s.keeping(c.Licence, by)
	if err != nil {
		return nil, err
	}
	if !l.suspended() {
		return nil, refuse(WrongState, licence(l.ID), "a suspension of a party, an item or a measure is lifted by itself", "it is not suspended by itself").through(ToSuspensions, "")
	}
	for _, id := range l.Undertakings {
		if u, ok := find[*Undertaking](s, undertaking(id)); ok && u.Breached != 0 && u.Released == 0 {
			return nil, refuse(UndertakingBroken, licence(l.ID), "release the undertaking "+id+", or revoke the licence", "it rests on an undertaking that is breached: %s", u.Finding)
		}
	}
	return []change{{licence(l.ID), &Resumed{}}}, nil
}

// EndLicence revokes, surrenders or supersedes a licence.
type EndLicence struct {
	Licence string `json:"licence"`
	How     string `json:"how"`          // revoked, surrendered, superseded
	By      string `json:"by,omitempty"` // superseded: the licence that follows
}

// Name implements [Command].
func (*EndLicence) Name() string { return "end licence" }

func (c *EndLicence) needs(*Set, By) Needs {
	return Needs{Objects: []Ref{licence(c.Licence), licence(c.By)}}
}

func (c *EndLicence) decide(s *Set, by By) ([]change, error) {
	var also []Role
	if c.How == EndSurrendered {
		also = []Role{Applicant} // the holder gives it up
	}
	l, err := s.keeping(c.Licence, by, also...)
	if err != nil {
		return nil, err
	}
	ref := licence(l.ID)
	if !contains([]string{EndRevoked, EndSurrendered, EndSuperseded}, c.How) {
		return nil, refuse(Invalid, ref, "the ends are revoked, surrendered, superseded", "an end %q is not known", c.How)
	}
	if by.Reason == "" {
		return nil, refuse(Invalid, ref, "say why", "the end of a licence needs its reason")
	}
	if (c.How == EndSuperseded) != (c.By != "") {
		return nil, refuse(Invalid, ref, "name the licence that follows, for superseded alone", "%s by %q", c.How, c.By)
	}
	if c.By != "" {
		next, err := s.licence(c.By)
		if err != nil {
			return nil, err
		}
		if err := next.ownedBy(by); err != nil {
			return nil, err
		}
		if c.By == l.ID {
			return nil, refuse(Invalid, ref, "name the licence that follows it", "a licence does not supersede itself")
		}
	}
	return []change{{ref, &Ended{c.How, by.Reason, c.By}}}, nil
}

// Impose suspends every licence of a party, for an item or under a measure.
type Impose struct {
	Of      string `json:"of"` // party, item, measure
	Subject string `json:"subject"`
}

// Name implements [Command].
func (*Impose) Name() string { return "impose suspension" }

func (*Impose) needs(*Set, By) Needs { return Needs{} }

func (c *Impose) decide(s *Set, by By) ([]change, error) {
	if err := may(by, register, "", Officer, Countersigner, Enforcement, Administrator); err != nil {
		return nil, err
	}
	if !contains([]string{"party", "item", "measure"}, c.Of) || c.Subject == "" || by.Reason == "" {
		return nil, refuse(Invalid, register, "suspend a party, an item or a measure by its name, and say why", "a suspension of %q %q", c.Of, c.Subject)
	}
	return []change{{register, &SuspensionImposed{"S" + strconv.FormatInt(s.next(), 10), c.Of, c.Subject}}}, nil
}

// Lift ends what was imposed.
type Lift struct {
	ID string `json:"id"`
}

// Name implements [Command].
func (*Lift) Name() string { return "lift suspension" }

func (*Lift) needs(*Set, By) Needs { return Needs{} }

func (c *Lift) decide(s *Set, by By) ([]change, error) {
	if err := may(by, register, "", Officer, Countersigner, Enforcement, Administrator); err != nil {
		return nil, err
	}
	for _, x := range s.register().Suspensions {
		if x.ID == c.ID && x.Until == 0 {
			return []change{{register, &SuspensionLifted{c.ID}}}, nil
		}
	}
	return nil, refuse(NotFound, register, "look at those that last", "there is no suspension %q that lasts", c.ID).through(ToSuspensions, "")
}

// Breach records that an undertaking was broken: every licence that rests on it is
// suspended with the same stroke.
type Breach struct {
	Undertaking string `json:"undertaking"`
	Finding     string `json:"finding"`
}

// Name implements [Command].
func (*Breach) Name() string { return "breach" }

func (c *Breach) needs(s *Set, _ By) Needs { return s.undertakingNeeds(c.Undertaking) }

func (s *Set) undertakingNeeds(id string) Needs {
	n := Needs{Objects: []Ref{undertaking(id)}}
	if u, ok := find[*Undertaking](s, undertaking(id)); ok {
		for _, l := range u.Licences {
			n.Objects = append(n.Objects, licence(l))
		}
	}
	return n
}

func (c *Breach) decide(s *Set, by By) ([]change, error) {
	u, err := s.undertaking(c.Undertaking)
	if err != nil {
		return nil, err
	}
	ref := undertaking(u.ID)
	if err := may(by, ref, "", Officer, Enforcement, Administrator); err != nil {
		return nil, err
	}
	if u.Breached != 0 || u.Released != 0 {
		return nil, refuse(WrongState, ref, "look at the undertaking", "it is breached or released")
	}
	if c.Finding == "" {
		return nil, refuse(Invalid, ref, "say what was found", "a breach needs its finding")
	}
	out := []change{{ref, &UndertakingBreached{c.Finding}}}
	for _, id := range u.Licences {
		if l, ok := find[*Licence](s, licence(id)); ok && l.End == nil && !l.suspended() {
			out = append(out, change{licence(id), &Suspended{"undertaking " + u.ID + " is breached: " + c.Finding}})
		}
	}
	return out, nil
}

// ReleaseUndertaking frees who gave an undertaking.
type ReleaseUndertaking struct {
	Undertaking string `json:"undertaking"`
}

// Name implements [Command].
func (*ReleaseUndertaking) Name() string { return "release undertaking" }

func (c *ReleaseUndertaking) needs(*Set, By) Needs {
	return Needs{Objects: []Ref{undertaking(c.Undertaking)}}
}

func (c *ReleaseUndertaking) decide(s *Set, by By) ([]change, error) {
	u, err := s.undertaking(c.Undertaking)
	if err != nil {
		return nil, err
	}
	ref := undertaking(u.ID)
	if err := may(by, ref, "", Officer, Administrator); err != nil {
		return nil, err
	}
	if u.Released != 0 {
		return nil, refuse(WrongState, ref, "look at the undertaking", "it is released")
	}
	return []change{{ref, &UndertakingReleased{}}}, nil
}

// BeginDemonstration marks a desk as invented.
type BeginDemonstration struct {
	Seed uint64 `json:"seed"`
}

// Name implements [Command].
func (*BeginDemonstration) Name() string { return "demonstration" }

func (*BeginDemonstration) needs(*Set, By) Needs { return Needs{} }

func (c *BeginDemonstration) decide(s *Set, by By) ([]change, error) {
	if s.next() != 0 {
		return nil, refuse(WrongState, register, "name another --data directory: a demonstration begins on an empty desk", "the desk holds %d events", s.next())
	}
	return []change{{register, &Demonstration{by.At, c.Seed}}}, nil
}
