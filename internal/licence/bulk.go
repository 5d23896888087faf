package licence

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// BulkResult is what a bulk decision came to for one file.
type BulkResult struct {
	Application string `json:"application"`
	Done        string `json:"done,omitempty"` // decided, recommended
	Licence     string `json:"licence,omitempty"`
	Refusal     string `json:"refusal,omitempty"`
}

// mostBulk is how many files one bulk decision may hold.
const mostBulk = 1000

// Bulk proposes one decision on many files. They have to be alike in lane, control
// items and destination, or none is decided. Each is then decided, or recommended
// where its lane wants two officers, by itself and with an event of its own. A dry
// run carries all of it out and keeps nothing.
func (d *Desk) Bulk(ctx context.Context, by By, ids []string, p Proposal, dry bool) ([]BulkResult, error) {
	if len(ids) > mostBulk {
		return nil, refuse(Invalid, Ref{}, fmt.Sprintf("decide %d at once", mostBulk), "%d files are too many for one act", len(ids))
	}
	if sorted := slices.Sorted(slices.Values(ids)); len(slices.Compact(sorted)) != len(ids) {
		return nil, refuse(Invalid, Ref{}, "name each once", "a file is named twice")
	}
	var files []*Application
	err := d.store.View(ctx, func(r Reader) (err error) {
		files, err = ReadApplications(ctx, r, ids)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(files) != len(ids) {
		for _, id := range ids {
			if !slices.ContainsFunc(files, func(a *Application) bool { return a.ID == id }) {
				return nil, absent(application(id))
			}
		}
	}
	if err := Unmixed(files); err != nil {
		return nil, err
	}
	if by.At == 0 {
		by.At = d.now()
	}
	name := fmt.Sprintf("%d files by %s at %d", len(ids), by.Actor, by.At)
	orders := make([]Order, len(files))
	out := make([]BulkResult, len(files))
	for i, a := range files {
		authority, err := d.Authority(a.Content.Authority)
		if err != nil {
			return nil, err
		}
		out[i] = BulkResult{Application: a.ID, Done: "decided"}
		orders[i] = Order{by, &Decide{a.ID, p, name}}
		if authority.TwoOfficers(a) {
			out[i].Done = "recommended"
			orders[i].Command = &Recommend{a.ID, p, name}
		}
	}
	var results []Result
	if dry {
		results, err = d.dryRun(ctx, orders)
	} else {
		results = d.DoAll(ctx, orders)
	}
	if err != nil {
		return nil, err
	}
	for i, r := range results {
		if r.Err != nil {
			if !errors.As(r.Err, new(*Refusal)) {
				return nil, r.Err
			}
			out[i].Done, out[i].Refusal = "", r.Err.Error()
		}
		for _, o := range r.Receipt.Objects {
			if o.Kind == KindLicence {
				out[i].Licence = o.ID
			}
		}
	}
	return out, nil
}

// Unmixed refuses files that are not alike in what a decision rests on.
func Unmixed(files []*Application) error {
	var mixed []string
	for _, by := range []struct {
		what string
		of   func(*Application) string
	}{
		{"lanes", func(a *Application) string { return a.Assessment.Lane }},
		{"control items", func(a *Application) string { return strings.Join(a.Assessment.Items, " ") }},
		{"destinations", func(a *Application) string { return a.Content.Destination() }},
		{"authorities", func(a *Application) string { return a.Content.Authority }},
	} {
		var values []string
		for _, a := range files {
			if a.Assessment == nil {
				return refuse(Incomplete, application(a.ID), "assess it first: reassess it", "it was never assessed")
			}
			if v := by.of(a); !contains(values, v) {
				values = append(values, v)
			}
		}
		if len(values) > 1 {
			slices.Sort(values)
			mixed = append(mixed, by.what+" "+strings.Join(values, ", "))
		}
	}
	if len(mixed) > 0 {
		return refuse(MixedSet, Ref{}, "decide each kind by itself", "the files are not alike: %s", strings.Join(mixed, "; "))
	}
	return nil
}

// dryRun carries orders out and keeps nothing.
func (d *Desk) dryRun(ctx context.Context, orders []Order) ([]Result, error) {
	jobs := make([]*job, len(orders))
	for i, o := range orders {
		jobs[i] = &job{Order: o}
		if err := d.ready(jobs[i]); err != nil {
			return nil, err
		}
	}
	results := make([]Result, len(jobs))
	err := d.store.View(ctx, func(r Reader) error {
		head, err := r.Head(ctx)
		if err != nil {
			return err
		}
		s, err := newSet(d, head)
		if err != nil {
			return err
		}
		if err := s.load(ctx, r, jobs); err != nil {
			return err
		}
		for i, j := range jobs {
			results[i].Receipt, results[i].Err = s.carryOut(j)
		}
		return nil
	})
	return results, err
}
