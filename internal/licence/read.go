package licence

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/navicert/navicert/internal/quantity"
)

// View runs fn on one state of the desk.
func (d *Desk) View(ctx context.Context, fn func(Reader) error) error { return d.store.View(ctx, fn) }

// Audit is [Audit] of the desk's store.
func (d *Desk) Audit(ctx context.Context, o AuditOptions) (AuditReport, error) {
	return Audit(ctx, d.store, o)
}

// Authorities returns all authorities of the desk, by their ids.
func (d *Desk) Authorities() []*Authority {
	var out []*Authority
	for _, a := range d.authorities {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b *Authority) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Time is the time at the desk: that of its clock, and on a demonstration the
// instant at which its play ended, where it stands still.
func (d *Desk) Time(ctx context.Context, r Reader) (at quantity.Instant, demonstration bool, err error) {
	reg, err := ReadRegister(ctx, r)
	if err != nil {
		return 0, false, err
	}
	if reg.Demonstration != 0 {
		return reg.Demonstration, true, nil
	}
	return d.now(), false, nil
}

// Version is the version of an object that an act has to name to stand only while
// nothing has changed; 0 where there is no such object.
func Version(ctx context.Context, r Reader, ref Ref) (int, error) {
	found, err := r.Objects(ctx, []Ref{ref})
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return found[0].Version, nil
}

// ReadApplication returns the state of a file. The error is a [Refusal] where there
// is none.
func ReadApplication(ctx context.Context, r Reader, id string) (*Application, error) {
	return read[*Application](ctx, r, application(id))
}

// ReadLicence returns the state of a licence, as [ReadApplication] does.
func ReadLicence(ctx context.Context, r Reader, id string) (*Licence, error) {
	return read[*Licence](ctx, r, licence(id))
}

// ReadDrawdown returns the state of a drawdown, as [ReadApplication] does.
func ReadDrawdown(ctx context.Context, r Reader, id string) (*Drawdown, error) {
	return read[*Drawdown](ctx, r, drawdown(id))
}

// ReadUndertaking returns the state of an undertaking, as [ReadApplication] does.
func ReadUndertaking(ctx context.Context, r Reader, id string) (*Undertaking, error) {
	return read[*Undertaking](ctx, r, undertaking(id))
}

// ReadRegister returns what holds for the whole desk.
func ReadRegister(ctx context.Context, r Reader) (*Register, error) {
	found, err := r.Objects(ctx, []Ref{register})
	if err != nil || len(found) == 0 {
		return &Register{}, err
	}
	var reg Register
	return &reg, json.Unmarshal(found[0].State, &reg)
}

func read[T folded](ctx context.Context, r Reader, ref Ref) (state T, err error) {
	found, err := r.Objects(ctx, []Ref{ref})
	if err != nil {
		return state, err
	}
	if len(found) == 0 {
		return state, absent(ref)
	}
	f, err := found[0].fold()
	if err != nil {
		return state, err
	}
	return f.(T), nil
}

// ReadApplications returns the states of files in the order of the ids; those that
// there are not are left out.
func ReadApplications(ctx context.Context, r Reader, ids []string) ([]*Application, error) {
	return readAll[*Application](ctx, r, KindApplication, ids)
}

// ReadLicences returns the states of licences, as [ReadApplications] does.
func ReadLicences(ctx context.Context, r Reader, ids []string) ([]*Licence, error) {
	return readAll[*Licence](ctx, r, KindLicence, ids)
}

func readAll[T folded](ctx context.Context, r Reader, kind Kind, ids []string) ([]T, error) {
	refs := make([]Ref, len(ids))
	for i, id := range ids {
		refs[i] = Ref{kind, id}
	}
	found, err := r.Objects(ctx, refs)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]T, len(found))
	for i := range found {
		f, err := found[i].fold()
		if err != nil {
			return nil, err
		}
		byID[found[i].Ref.ID] = f.(T)
	}
	var out []T
	for _, id := range ids {
		if state, ok := byID[id]; ok {
			out = append(out, state)
		}
	}
	return out, nil
}
