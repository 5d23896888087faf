package licence

import (
	"context"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/quantity"
)

// Page is a queue as an officer sees it: its head, and some of its files in the
// order of their turns.
type Page struct {
	Queue   Queue            `json:"queue"`
	At      quantity.Instant `json:"at"`
	Pending int              `json:"pending"`
	// Oldest is how many working days the longest-waiting file has waited.
	Oldest int        `json:"oldest"`
	Lanes  []Count    `json:"lanes"`
	Files  []FileView `json:"files"`
}

// FileView is one file of a page.
type FileView struct {
	ID        string           `json:"id"`
	Applicant string           `json:"applicant"`
	EndUser   string           `json:"endUser"`
	Goods     string           `json:"goods"`
	Items     []string         `json:"items,omitempty"`    // of control lists
	Elements  []string         `json:"elements,omitempty"` // with their share in % by weight, as stated: "Dy 2.4"
	Quantity  string           `json:"quantity"`
	Country   string           `json:"country"`
	EndUse    string           `json:"endUse"`
	Status    string           `json:"status"`
	Lane      string           `json:"lane"`
	Why       string           `json:"why,omitempty"` // it is not in a faster lane
	Clock     Reading          `json:"clock"`         // for the decision
	Officer   string           `json:"officer,omitempty"`
	Missing   int              `json:"missing,omitempty"` // papers and undertakings
	Links     int              `json:"links,omitempty"`   // files that are alike
	Marked    bool             `json:"marked,omitempty"`  // the law changed
	Turn      quantity.Instant `json:"turn"`
}

// ReadPage reads a page of a queue of one authority as it stands at an instant.
func ReadPage(ctx context.Context, r Reader, authority *Authority, q FileQuery, at quantity.Instant) (Page, error) {
	q.Authority = authority.ID
	p := Page{Queue: q.Queue, At: at, Lanes: []Count{}, Files: []FileView{}}
	counts, err := r.Counts(ctx, authority.ID)
	if err != nil {
		return p, err
	}
	var oldest quantity.Instant
	for _, c := range counts {
		if q.Queue != "" && c.Queue != q.Queue || q.Lane != "" && c.Lane != q.Lane {
			continue
		}
		p.Pending += c.Files
		p.Lanes = append(p.Lanes, c)
		if oldest == 0 || c.Oldest < oldest {
			oldest = c.Oldest
		}
	}
	if oldest != 0 {
		p.Oldest, _ = authority.calendar.Between(oldest.Date(authority.Zone()), at.Date(authority.Zone()))
	}
	rows, err := r.Files(ctx, q)
	if err != nil {
		return p, err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	files, err := ReadApplications(ctx, r, ids)
	if err != nil {
		return p, err
	}
	for i, a := range files {
		v := authority.View(a, at)
		v.Turn = rows[i].Turn
		p.Files = append(p.Files, v)
	}
	return p, nil
}

// View is a file as a page shows it.
func (authority *Authority) View(a *Application, at quantity.Instant) FileView {
	v := FileView{ID: a.ID, Applicant: a.Content.Applicant.Name, EndUse: a.Content.EndUse, Country: a.Content.Destination(), Status: a.Status(at, authority.Zone()),
		Officer: a.Held(at), Missing: len(a.Missing(at.Date(authority.Zone()))), Links: len(a.Links), Marked: len(a.Marks) > 0}
	if u, ok := a.Content.party(RoleEndUser); ok {
		v.EndUser = u.Name
	}
	if len(a.Content.Lines) > 0 {
		l := &a.Content.Lines[0]
		v.Goods, v.Quantity = l.Goods, l.Quantity.String()
		if l.Description != "" {
			v.Goods = l.Description
		}
		v.Elements = l.elements()
	}
	if x := a.Assessment; x != nil {
		v.Lane, v.Items = x.Lane, x.Items
		// The nearest of the faster lanes tells most.
		for _, f := range x.WhyNotFaster() {
			if len(f.Reasons) > 0 {
				v.Why = f.Reasons[0]
			}
		}
	}
	if clocks := authority.Clocks(a); len(clocks) > 0 {
		v.Clock = clocks[0].At(at, authority.calendar)
	}
	return v
}

// elements are the chemical elements that a line states, with their share in % by
// weight.
func (l *Line) elements() []string {
	var out []string
	for name, share := range l.Facts {
		symbol, ok := strings.CutPrefix(name, "goods.")
		if ok && len(symbol) <= 2 && symbol != "" && symbol[0] >= 'A' && symbol[0] <= 'Z' {
			out = append(out, symbol+" "+share)
		}
	}
	slices.Sort(out)
	return out
}
