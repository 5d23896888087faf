package determination_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/navicert/navicert/internal/determination"
)

// A measure may put its policy of review in the place of another's.
func TestReview(t *testing.T) {
	fsys := plainModel().files()
	fsys["exp/measures/all.yaml"] = &fstest.MapFile{Data: []byte(`programme: {id: review, title: Review}
measures:
- id: x.licence
  kind: licence
  title: Licence
  scope: {out-of: [CN]}
  review: presumption of denial
  acts: [{by: i0, from: 2024-01-01, applies: true}]
- id: x.other
  kind: licence
  title: Another licence
  scope: {out-of: [CN]}
  review: presumption of approval
  acts: [{by: i0, from: 2024-01-01, applies: true}]
- id: x.relief
  kind: undertaking
  title: Milder review
  scope: {out-of: [CN]}
  when: flag
  review: case by case
  reviews: [x.licence]
  acts: [{by: i0, from: 2024-01-01, applies: true}]
`)}
	s := compile(t, fsys, "imp", "exp")
	for flag, want := range map[string]string{
		"true":    "case by case",
		"false":   "presumption of denial",
		"unknown": "presumption of denial, or case by case (x.relief)",
	} {
		c := plainCase("1101010010", "flag", flag)
		c.only = "export"
		doc := ask(t, s, c)
		for _, w := range []struct{ measure, review string }{{"x.licence", want}, {"x.other", "presumption of approval"}} {
			i := slices.IndexFunc(doc.Lines, func(l determination.Line) bool { return l.Measure == w.measure })
			if i < 0 || doc.Lines[i].Review != w.review {
				t.Errorf("flag %s: %s is not reviewed by %q: %+v", flag, w.measure, w.review, doc.Lines)
			}
		}
		missed := slices.ContainsFunc(doc.NearMisses, func(m determination.NearMiss) bool { return m.Measure == "x.relief" })
		if missed != (flag == "false") {
			t.Errorf("flag %s: the milder review is a near miss: %v", flag, missed)
		}
		if doc.Outcome != determination.LicenceRequired {
			t.Errorf("flag %s: %s", flag, doc.Outcome)
		}
	}
}
