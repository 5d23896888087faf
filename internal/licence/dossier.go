package licence

import (
	"context"
	"slices"

	"github.com/navicert/navicert/internal/quantity"
)

// Dossier is a file with what follows from it at an instant, as somebody may see
// it.
type Dossier struct {
	At          quantity.Instant `json:"at"`
	Version     int              `json:"version"` // of the file; an act may name it
	Status      string           `json:"status"`
	HeldBy      string           `json:"heldBy,omitempty"`
	Application *Application     `json:"application"`
	Clocks      []NamedReading   `json:"clocks"`
	Missing     []Missing        `json:"missing,omitempty"`
	Chain       []ChainStep      `json:"chain,omitempty"`
	// TwoOfficers: the lane wants a second officer to agree.
	TwoOfficers bool `json:"twoOfficers,omitempty"`
}

// Dossier reads a file as somebody may see it at an instant.
func (d *Desk) Dossier(ctx context.Context, r Reader, id, actor string, role Role, at quantity.Instant) (*Dossier, error) {
	whole, err := ReadApplication(ctx, r, id)
	if err != nil {
		return nil, err
	}
	a, err := whole.SeenBy(actor, role)
	if err != nil {
		return nil, err
	}
	authority, err := d.Authority(a.Content.Authority)
	if err != nil {
		return nil, err
	}
	version, err := Version(ctx, r, application(id))
	if err != nil {
		return nil, err
	}
	if role == Applicant { // of the files that are like it, its own
		if a.Links, err = ownLinks(ctx, r, whole.Links, actor); err != nil {
			return nil, err
		}
	}
	day := at.Date(authority.Zone())
	out := &Dossier{At: at, Version: version, Status: a.Status(at, authority.Zone()), HeldBy: a.Held(at), Application: a, Clocks: authority.Readings(a, at),
		Missing: a.Missing(day), Chain: authority.ChainOf(a, day)}
	out.TwoOfficers = authority.TwoOfficers(a)
	return out, nil
}

// ownLinks are the links to files of the applicant itself.
func ownLinks(ctx context.Context, r Reader, links []Link, actor string) (out []Link, err error) {
	ids := make([]string, len(links))
	for i, l := range links {
		ids[i] = l.Other
	}
	if len(ids) == 0 {
		return nil, nil
	}
	files, err := ReadApplications(ctx, r, ids)
	for _, f := range files {
		if f.ownedBy(actor) {
			out = append(out, links[slices.Index(ids, f.ID)])
		}
	}
	return out, err
}

// ReadLicenceView reads a licence as somebody may see it at an instant.
func ReadLicenceView(ctx context.Context, r Reader, id, actor string, role Role, at quantity.Instant) (*LicenceView, error) {
	l, err := ReadLicence(ctx, r, id)
	if err != nil {
		return nil, err
	}
	balances, err := r.Balances(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	reg, err := ReadRegister(ctx, r)
	if err != nil {
		return nil, err
	}
	return l.SeenBy(actor, role, at, reg, balances)
}

// Valid are the documents that could be used for another application on a day: those
// whose last day has not passed.
func (a *Application) Valid(day quantity.Date) []Document {
	var out []Document
	for _, d := range a.Documents {
		if d.From <= day && (d.Until == 0 || d.Until >= day) {
			out = append(out, d)
		}
	}
	return out
}
