package licence

import (
	"context"
	"fmt"

	"github.com/navicert/navicert/internal/quantity"
)

// Holding is a licence as its holder looks at it on a day.
type Holding struct {
	Licence   string        `json:"licence"`
	Authority string        `json:"authority"`
	Holder    string        `json:"holder"`
	Standing  Standing      `json:"standing"`
	Last      quantity.Date `json:"last"`     // day of the term
	DaysLeft  int           `json:"daysLeft"` // the last day among them; 0 or less: none
	Used      int           `json:"used"`     // per cent, of the line of which most is used
	Left      []string      `json:"left"`     // of each line
	Warnings  []string      `json:"warnings,omitempty"`
}

// The bounds at which a holder is warned.
const usedWarning = 80 // per cent

var dayWarnings = [...]int{14, 30, 60}

// Hold is the licence as its holder looks at it at an instant.
func (l *Licence) Hold(at quantity.Instant, r *Register, balances []Balance) Holding {
	h := Holding{Licence: l.ID, Authority: l.Authority, Holder: l.Holder, Standing: l.Standing(at, r, balances), Last: l.Term.Last, Left: []string{}}
	h.DaysLeft = max(0, int(l.Term.Last-at.Date(l.zone()))+1)
	for i := range balances {
		b := &balances[i]
		h.Used = max(h.Used, b.UsedPercent())
		left := b.Left().String()
		if v, capped := b.ValueLeft(); capped {
			left += " (" + v.String() + ")"
		}
		h.Left = append(h.Left, left)
	}
	if h.Standing.Status != LicenceActive {
		return h
	}
	for _, n := range dayWarnings {
		if h.DaysLeft <= n {
			h.Warnings = append(h.Warnings, fmt.Sprintf("expires within %d days", n))
			break
		}
	}
	if h.Used >= usedWarning {
		h.Warnings = append(h.Warnings, fmt.Sprintf("%d %% used", h.Used))
	}
	return h
}

// ReadHoldings reads licences as their holders look at them.
func ReadHoldings(ctx context.Context, r Reader, q LicenceQuery, at quantity.Instant) ([]Holding, error) {
	licences, balances, reg, err := readLicences(ctx, r, q)
	if err != nil {
		return nil, err
	}
	out := make([]Holding, 0, len(licences))
	for _, l := range licences {
		out = append(out, l.Hold(at, reg, balances[l.ID]))
	}
	return out, nil
}

// readLicences reads licences with all that their standing follows from.
func readLicences(ctx context.Context, r Reader, q LicenceQuery) ([]*Licence, map[string][]Balance, *Register, error) {
	q.Holder = folding(q.Holder)
	rows, err := r.Licences(ctx, q)
	if err != nil {
		return nil, nil, nil, err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	licences, err := ReadLicences(ctx, r, ids)
	if err != nil {
		return nil, nil, nil, err
	}
	list, err := r.Balances(ctx, ids)
	if err != nil {
		return nil, nil, nil, err
	}
	balances := map[string][]Balance{}
	for _, b := range list {
		balances[b.Licence] = append(balances[b.Licence], b)
	}
	reg, err := ReadRegister(ctx, r)
	return licences, balances, reg, err
}

// MatchFor tells which lines of licences a shipment may draw on, and for each other
// why not, as somebody may know it. It looks at those of the
// holder that the shipment names, whatever became of them, or with none named all in
// their term at the instant. An applicant looks at its own alone; customs is not
// told why a licence is suspended, nor whose it is.
func MatchFor(ctx context.Context, r Reader, ship Shipment, actor string, role Role, at quantity.Instant) ([]Candidate, quantity.Quantity, error) {
	none := quantity.Quantity{}
	switch role {
	case Applicant:
		ship.Holder = actor
	case Officer, Countersigner, Enforcement, Customs, Auditor, Administrator, System:
	default:
		return nil, none, refuse(WrongRole, Ref{}, "licences are seen by their holders, customs, and those who work at the authority or audit it", "as %s you see no licences", role)
	}
	if ship.Goods == "" || ship.Quantity.Amount.Sign() <= 0 {
		return nil, none, refuse(Invalid, Ref{}, "give the code of the goods and a quantity with its unit: 120 kg", "a shipment has no goods or no quantity")
	}
	q := LicenceQuery{Holder: ship.Holder}
	if ship.Holder == "" {
		q.At = at
	}
	licences, balances, reg, err := readLicences(ctx, r, q)
	if err != nil {
		return nil, none, err
	}
	out, short := match(&ship, licences, balances, reg, at, role == Customs)
	return out, short, nil
}
