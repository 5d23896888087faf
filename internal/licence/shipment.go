package licence

import (
	"context"
	"slices"

	"github.com/navicert/navicert/internal/quantity"
)

// DrawdownView is a drawdown as somebody may see it.
type DrawdownView struct {
	*Drawdown
	// Commits and Releases tell what the one who looks may do with it now.
	Commits  bool `json:"commits,omitempty"`
	Releases bool `json:"releases,omitempty"`
	Returns  bool `json:"returns,omitempty"`
}

// ReadDrawdownView reads a drawdown as somebody may see it: an applicant those on its
// own licences, an agency none. To others there is no such drawdown.
func ReadDrawdownView(ctx context.Context, r Reader, id, actor string, role Role) (*DrawdownView, error) {
	if role == Agency || role == Intake {
		return nil, refuse(WrongRole, drawdown(id), "shipments are seen by who holds the licence, customs, and those who work at the authority or audit it", "as %s you see no shipments", role)
	}
	d, err := ReadDrawdown(ctx, r, id)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(d.Parts))
	for i, p := range d.Parts {
		ids[i] = p.Licence
	}
	licences, err := ReadLicences(ctx, r, ids)
	if err != nil {
		return nil, err
	}
	by := By{Actor: actor, Role: role, Key: "looks"}
	v := &DrawdownView{Drawdown: d}
	moves := movement(by) == nil
	v.Commits, v.Releases = moves && d.State == IsReserved, moves && d.State == IsReserved
	v.Returns = moves && d.State == IsCommitted && slices.ContainsFunc(d.Parts, func(p Part) bool { return p.Quantity.Amount.Sign() > 0 })
	for _, l := range licences {
		if l.ownedBy(by) != nil {
			return nil, absent(drawdown(id))
		}
		if l.drawnBy(by, true) != nil {
			v.Commits, v.Returns = false, false
		}
	}
	return v, nil
}

// ReadDrawdowns reads the drawdowns of a licence that somebody may see, the latest
// first, at most so many.
func ReadDrawdowns(ctx context.Context, r Reader, number, actor string, role Role, at quantity.Instant, most int) ([]*DrawdownView, error) {
	if _, err := ReadLicenceView(ctx, r, number, actor, role, at); err != nil {
		return nil, err
	}
	var ids []string
	seen := map[string]bool{}
	err := r.Movements(ctx, MovementQuery{Licence: number}, func(m Movement) error {
		if !seen[m.Drawdown] {
			seen[m.Drawdown] = true
			ids = append(ids, m.Drawdown)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Reverse(ids)
	out := []*DrawdownView{}
	for _, id := range ids[:min(len(ids), most)] {
		v, err := ReadDrawdownView(ctx, r, id, actor, role)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// Successors reads the chain of renewals that a licence stands in, the earliest
// first, of whatever kinds: what it follows, itself, and what follows it, among the
// licences of its holder. A licence follows the one that it renews, or that it
// supersedes.
func Successors(ctx context.Context, r Reader, number, actor string, role Role, at quantity.Instant) ([]*LicenceView, error) {
	l, err := ReadLicence(ctx, r, number)
	if err != nil {
		return nil, err
	}
	licences, balances, reg, err := readLicences(ctx, r, LicenceQuery{Holder: l.Holder})
	if err != nil {
		return nil, err
	}
	before := map[string]string{}
	byID := map[string]*Licence{}
	for _, x := range licences {
		byID[x.ID] = x
		if x.Renews != "" {
			before[x.ID] = x.Renews
		}
	}
	for _, x := range licences {
		if x.End != nil && x.End.By != "" && before[x.End.By] == "" {
			before[x.End.By] = x.ID
		}
	}
	first, passed := number, map[string]bool{}
	for before[first] != "" && byID[before[first]] != nil && !passed[first] {
		passed[first] = true
		first = before[first]
	}
	out := []*LicenceView{}
	seen := map[string]bool{}
	for list := []string{first}; len(list) > 0; list = list[1:] {
		x := byID[list[0]]
		if x == nil || seen[x.ID] {
			continue
		}
		seen[x.ID] = true
		v, err := x.SeenBy(actor, role, at, reg, balances[x.ID])
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		for _, y := range licences {
			if before[y.ID] == x.ID {
				list = append(list, y.ID)
			}
		}
	}
	return out, nil
}
