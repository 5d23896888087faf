package licence

import (
	"context"
	"slices"

	"github.com/navicert/navicert/internal/quantity"
)

// Own is a trader's view of its own: what it applied for and where that stands,
// what it holds, and when it has to file next.
type Own struct {
	Name     string           `json:"name"`
	At       quantity.Instant `json:"at"`
	Files    []OwnFile        `json:"files"`
	Holdings []Holding        `json:"holdings"`
	// History are the days from submission to decision of the trader's own decided
	// files, pauses included, shortest first: what a filing has to reckon with.
	History []int `json:"history"`
}

// OwnFile is one of the trader's applications.
type OwnFile struct {
	FileView
	Authority string        `json:"authority"`
	Chain     []ChainStep   `json:"chain"`
	Step      string        `json:"step"` // the last that counts
	Submitted quantity.Date `json:"submitted,omitzero"`
}

// ReadOwn reads what one applicant has on the desk, as it may see it.
func ReadOwn(ctx context.Context, r Reader, authorities map[string]*Authority, name string, at quantity.Instant) (*Own, error) {
	o := &Own{Name: name, At: at, Files: []OwnFile{}, History: []int{}}
	rows, err := r.Files(ctx, FileQuery{Applicant: folding(name)})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	files, err := ReadApplications(ctx, r, ids)
	if err != nil {
		return nil, err
	}
	for _, whole := range files {
		authority := authorities[whole.Content.Authority]
		if authority == nil {
			continue
		}
		a := whole.fromOutside()
		zone := authority.Zone()
		if a.Decision != nil && a.Submitted != 0 {
			o.History = append(o.History, int(a.Decision.At.Date(zone)-a.Submitted.Date(zone)))
		}
		if a.Stage == StageClosed || a.Stage == StageWithdrawn {
			continue
		}
		f := OwnFile{FileView: authority.View(a, at), Authority: authority.ID, Chain: authority.ChainOf(a, at.Date(zone))}
		if a.Submitted != 0 {
			f.Submitted = a.Submitted.Date(zone)
		}
		for _, s := range f.Chain {
			if s.Taken != nil && !s.Lapsed {
				f.Step = s.Name
			}
		}
		o.Files = append(o.Files, f)
	}
	slices.Sort(o.History)
	o.Holdings, err = ReadHoldings(ctx, r, LicenceQuery{Holder: name, At: at}, at)
	return o, err
}

// leastHistory is from how many own decisions on a latest day is told.
const leastHistory = 3

// FileBy is the latest safe day to file for a licence that is needed on a day: so
// many days before as nine of ten of the trader's own files took at most. Known is
// false where it had too few decisions to tell.
func (o *Own) FileBy(needed quantity.Date) (latest quantity.Date, days int, known bool) {
	if len(o.History) < leastHistory {
		return 0, 0, false
	}
	days = o.History[(len(o.History)*9+9)/10-1]
	return needed.AddDays(-days), days, true
}
