package licence

import (
	"fmt"

	"github.com/navicert/navicert/internal/quantity"
)

// The ledger counts in whole steps, so that a store can compare and add without
// rounding: quantities in 10^-9 of the licence's unit, values in 10^-4 of its
// currency. What is finer is refused, never rounded.
const (
	quantityPlaces = 9
	valuePlaces    = 4
)

// NoCap is the ceiling of a value that is not limited.
const NoCap = int64(1)<<62 - 1

// Balance is what is left on a line of a licence. Amounts are steps of the
// ledger; [Balance.Left] and its like give them in units.
type Balance struct {
	Licence string
	Line    int // from 1

	Unit     quantity.Unit
	Currency string // empty: no cap on the value

	Licensed  int64 // the licensed quantity, and
	Ceiling   int64 // with its tolerance
	Reserved  int64
	Committed int64

	ValueCeiling   int64 // [NoCap] where the value is not limited
	ValueReserved  int64
	ValueCommitted int64

	Version int // counts the changes
}

// steps returns an amount in steps of the ledger.
func steps(d quantity.Decimal, places int) (int64, error) {
	n, err := d.Unscaled(places)
	if err != nil || n >= NoCap {
		return 0, fmt.Errorf("%s is finer or larger than the ledger counts: it has %d places and fewer than %d before the point", d, places, 18-places)
	}
	return n, nil
}

// newBalance opens the balance of a line, of which nothing is drawn.
func newBalance(id string, n int, line *LicenceLine) (Balance, error) {
	b := Balance{Licence: id, Line: n, Unit: line.Quantity.Unit, ValueCeiling: NoCap}
	err := b.allow(line)
	return b, err
}

// allow sets what may be drawn in all.
func (b *Balance) allow(line *LicenceLine) (err error) {
	if b.Licensed, err = steps(line.Quantity.Amount, quantityPlaces); err != nil {
		return err
	}
	if b.Licensed <= 0 {
		return fmt.Errorf("a line must allow more than %s", line.Quantity)
	}
	share := line.Tolerance.Quo(quantity.NewDecimal(100, 0), 12, quantity.Down)
	more := line.Quantity.Amount.Mul(share).Round(quantityPlaces, quantity.Down)
	if b.Ceiling, err = steps(line.Quantity.Amount.Add(more), quantityPlaces); err != nil {
		return err
	}
	b.Currency, b.ValueCeiling = line.Value.Currency, NoCap
	if line.Value.Currency != "" {
		b.ValueCeiling, err = steps(line.Value.Amount, valuePlaces)
	}
	return err
}

// Left is what can still be reserved, tolerance included.
func (b *Balance) Left() quantity.Quantity {
	return quantity.Quantity{Amount: quantity.NewDecimal(b.Ceiling-b.Reserved-b.Committed, quantityPlaces), Unit: b.Unit}
}

// Drawn is what is committed.
func (b *Balance) Drawn() quantity.Quantity {
	return quantity.Quantity{Amount: quantity.NewDecimal(b.Committed, quantityPlaces), Unit: b.Unit}
}

// Held is what is reserved and not yet committed.
func (b *Balance) Held() quantity.Quantity {
	return quantity.Quantity{Amount: quantity.NewDecimal(b.Reserved, quantityPlaces), Unit: b.Unit}
}

// Allowed is the licensed quantity, without its tolerance.
func (b *Balance) Allowed() quantity.Quantity {
	return quantity.Quantity{Amount: quantity.NewDecimal(b.Licensed, quantityPlaces), Unit: b.Unit}
}

// ValueLeft is the value that can still be reserved; capped is false where no
// value is too high.
func (b *Balance) ValueLeft() (left quantity.Money, capped bool) {
	if b.Currency == "" {
		return quantity.Money{}, false
	}
	return quantity.Money{Amount: quantity.NewDecimal(b.ValueCeiling-b.ValueReserved-b.ValueCommitted, valuePlaces), Currency: b.Currency}, true
}

// Exhausted reports whether the licensed quantity, or the licensed value, is
// committed. What is only reserved may come back.
func (b *Balance) Exhausted() bool {
	return b.Committed >= b.Licensed || b.Currency != "" && b.ValueCommitted >= b.ValueCeiling
}

// UsedPercent is how much of the licensed quantity or value is committed or
// reserved, whichever is more, in whole per cent rounded down.
func (b *Balance) UsedPercent() int {
	used := percent(b.Reserved+b.Committed, b.Licensed)
	if b.Currency != "" && b.ValueCeiling > 0 {
		used = max(used, percent(b.ValueReserved+b.ValueCommitted, b.ValueCeiling))
	}
	return used
}

func percent(part, whole int64) int {
	if whole <= 0 {
		return 0
	}
	n, err := quantity.NewDecimal(part, 0).Mul(quantity.NewDecimal(100, 0)).Quo(quantity.NewDecimal(whole, 0), 0, quantity.Down).Unscaled(0)
	if err != nil {
		return 0
	}
	return int(n)
}

// Lawful reports whether the law of the ledger holds.
func (b *Balance) Lawful() bool {
	return b.Reserved >= 0 && b.Committed >= 0 && b.Reserved+b.Committed <= b.Ceiling &&
		b.ValueReserved >= 0 && b.ValueCommitted >= 0 && b.ValueReserved+b.ValueCommitted <= b.ValueCeiling
}

// MovementKind is what a movement does.
type MovementKind string

// The kinds of movements.
const (
	Reserve MovementKind = "reserve" // sets aside
	Commit  MovementKind = "commit"  // what was set aside is used
	Release MovementKind = "release" // what was set aside is free again
	Return  MovementKind = "return"  // goods came back
)

// Movement is one line of the ledger. Quantity and Value are steps, never below
// 0; the kind says which way they go.
type Movement struct {
	Seq      int64 // of its event
	Place    int   // within the event, from 1
	Licence  string
	Line     int
	Drawdown string
	Kind     MovementKind
	Quantity int64
	Value    int64
	At       quantity.Instant
}

// post changes the balance by a movement.
func (b *Balance) post(m *Movement) {
	switch m.Kind {
	case Reserve:
		b.Reserved += m.Quantity
		b.ValueReserved += m.Value
	case Commit:
		b.Reserved -= m.Quantity
		b.Committed += m.Quantity
		b.ValueReserved -= m.Value
		b.ValueCommitted += m.Value
	case Release:
		b.Reserved -= m.Quantity
		b.ValueReserved -= m.Value
	case Return:
		b.Committed -= m.Quantity
		b.ValueCommitted -= m.Value
	}
}
