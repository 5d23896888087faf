package licence

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/quantity"
)

// alikeLimit is how many files with one key are compared with a new one.
const alikeLimit = 8

// alikeKeys are the keys under which files that may be alike are found: one
// applicant and goods, or one end user and goods.
func alikeKeys(c *Content) [2]int64 {
	goods := ""
	if len(c.Lines) > 0 {
		goods = c.Lines[0].Goods
	}
	user, _ := c.party(RoleEndUser)
	return [2]int64{int64(hashOf("a|" + folding(c.Applicant.Name) + "|" + goods)), int64(hashOf("b|" + folding(user.Name) + "|" + goods))}
}

// A feature is one thing in which two files may agree. Its weight says how much
// that tells.
var featureWeights = []struct {
	name   string
	weight int
	words  string
}{
	{"applicant", 20, "same applicant"},
	{"user", 20, "same end user"},
	{"importer", 5, "same importer"},
	{"goods", 15, "same goods codes"},
	{"country", 5, "same destination"},
	{"quantity", 15, "same quantities"},
	{"value", 5, "same values"},
	{"use", 10, "same end use in the same words"},
	{"contract", 5, "same contract"},
}

// features writes what is compared, one feature a line, as name=value.
func features(c *Content) string {
	var goods, countries, quantities, values []string
	for _, l := range c.Lines {
		goods = append(goods, l.Goods)
		countries = append(countries, l.To)
		quantities = append(quantities, l.Quantity.String())
		values = append(values, l.Value.String())
	}
	user, _ := c.party(RoleEndUser)
	importer, _ := c.party(RoleImporter)
	var b strings.Builder
	write := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s=%s\n", name, strings.ReplaceAll(value, "\n", " "))
		}
	}
	write("applicant", folding(c.Applicant.Name))
	write("user", folding(user.Name))
	write("importer", folding(importer.Name))
	write("goods", strings.Join(goods, ","))
	write("country", strings.Join(countries, ","))
	write("quantity", strings.Join(quantities, ","))
	write("value", strings.Join(values, ","))
	write("use", folding(c.EndUse))
	write("contract", folding(c.Contract))
	return b.String()
}

// compare tells how alike two files are in their features, 0 to 100, and why.
func compare(a, b string) (percent int, reasons []string) {
	x, y := featureMap(a), featureMap(b)
	have, whole := 0, 0
	for _, f := range featureWeights {
		v, w := x[f.name], y[f.name]
		if v == "" && w == "" {
			continue
		}
		whole += f.weight
		switch {
		case v == w:
			have += f.weight
			reasons = append(reasons, f.words)
		case f.name == "quantity" && near(v, w):
			have += f.weight * 2 / 3
			reasons = append(reasons, "quantities within a tenth of one another")
		}
	}
	if whole == 0 {
		return 0, nil
	}
	return have * 100 / whole, reasons
}

func featureMap(s string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(s) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		out[name] = value
	}
	return out
}

// near reports whether two lists of quantities differ by a tenth at most.
func near(a, b string) bool {
	x, y := strings.Split(a, ","), strings.Split(b, ",")
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		p, err1 := quantity.ParseQuantity(x[i])
		q, err2 := quantity.ParseQuantity(y[i])
		if err1 != nil || err2 != nil {
			return false
		}
		n, ok := q.In(p.Unit)
		if !ok {
			return false
		}
		gap := p.Amount.Sub(n)
		if gap.Sign() < 0 {
			gap = gap.Neg()
		}
		if gap.Mul(quantity.NewDecimal(10, 0)).Cmp(p.Amount.Max(n)) > 0 {
			return false
		}
	}
	return true
}

// nearly is from how alike on files are linked as nearly the same.
const nearly = 85

// links finds, among files with a key in common, those that are the same as the
// content or nearly.
func links(id string, c *Content, rows []FileRow) []Link {
	own := features(c)
	var out []Link
	seen := map[string]bool{id: true}
	for _, r := range rows {
		if seen[r.ID] {
			continue
		}
		seen[r.ID] = true
		if n, why := compare(own, r.Features); n >= nearly {
			out = append(out, Link{Other: r.ID, Same: n == 100, Percent: n, Reasons: why})
		}
	}
	slices.SortStableFunc(out, func(a, b Link) int { return b.Percent - a.Percent })
	return out[:min(len(out), 5)]
}

// Precedent is a decided file that is like one to be decided.
type Precedent struct {
	File     FileRow
	Percent  int
	Reasons  []string
	Decision *Decision
}

// Precedents returns decided files that are like the one named, the most alike
// first.
func Precedents(ctx context.Context, r Reader, id string, most int) ([]Precedent, error) {
	a, err := ReadApplication(ctx, r, id)
	if err != nil {
		return nil, err
	}
	if len(a.Content.Lines) == 0 {
		return nil, nil
	}
	// Those of the same applicant or end user, and those of the same goods and
	// destination.
	rows, err := r.Alike(ctx, [][2]int64{alikeKeys(&a.Content)}, 64)
	if err != nil {
		return nil, err
	}
	more, err := r.Files(ctx, FileQuery{Goods: a.Content.Lines[0].Goods, Country: a.Content.Destination(), Decided: true, Limit: 200})
	if err != nil {
		return nil, err
	}
	own := features(&a.Content)
	var out []Precedent
	seen := map[string]bool{id: true}
	for _, f := range append(rows, more...) {
		if seen[f.ID] || f.Decided == 0 {
			continue
		}
		seen[f.ID] = true
		p := Precedent{File: f}
		p.Percent, p.Reasons = compare(own, f.Features)
		if a.Assessment != nil && f.Lane == a.Assessment.Lane {
			p.Reasons = append(p.Reasons, "same lane")
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(x, y Precedent) int {
		return cmp.Or(y.Percent-x.Percent, cmp.Compare(y.File.Decided, x.File.Decided))
	})
	out = out[:min(len(out), most)]
	ids := make([]string, len(out))
	for i := range out {
		ids[i] = out[i].File.ID
	}
	states, err := ReadApplications(ctx, r, ids)
	if err != nil {
		return nil, err
	}
	for i := range out {
		for _, s := range states {
			if s.ID == out[i].File.ID {
				out[i].Decision = s.Decision
			}
		}
	}
	return out, nil
}

// Exception is a claim of a file out of its turn, or an assignment.
type Exception struct {
	Application string           `json:"application"`
	Officer     string           `json:"officer"`
	By          string           `json:"by"`
	At          quantity.Instant `json:"at"`
	Reason      string           `json:"reason"`
	Assigned    bool             `json:"assigned,omitempty"`
}

// Exceptions calls fn for each exception from the order of the queues, in the
// order in which they were made.
func Exceptions(ctx context.Context, r Reader, fn func(Exception) error) error {
	return r.Events(ctx, EventQuery{Type: "claimed"}, func(s SealedEvent) error {
		e, err := ReadRecord(s.Record)
		if err != nil {
			return err
		}
		if d := e.Data.(*Claimed); d.OutOfOrder || d.Assigned {
			return fn(Exception{e.Object.ID, d.Officer, e.Actor, e.At, e.Reason, d.Assigned})
		}
		return nil
	})
}
