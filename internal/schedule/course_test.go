package schedule

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
)

// TestCourse holds that what is near stays so until a course says that it does not, and
// that what is recalled on the course is of cases that have the same near them.
func TestCourse(t *testing.T) {
	s := embedded(t)
	codes := listedCodes(t, s)
	r := rand.New(rand.NewPCG(20261128, 1))
	pack := slices.IndexFunc(s.Set.Packs, func(p *rulepack.Pack) bool { return p.ID == "us-tariff" })
	nothing, marks := s.NewSlots(), map[*Nearby]*int{}
	told, turned := 0, 0
	for range 60 {
		m := drawMovement(r, s, codes)
		m.Known, m.Bare = quantity.MaxDate, true
		course, ok := s.Course(pack, &m)
		if !ok {
			continue
		}
		for range 8 {
			m.At = s.cuts[r.IntN(len(s.cuts))] - quantity.Instant(r.IntN(2))
			now := s.Near(pack, &m)
			if marks[now] == nil {
				key, ok := s.Alike(nil, []*Nearby{now}, []quantity.Instant{m.At}, m.Known, condition.Facts{}, nothing, false)
				if !ok {
					t.Fatalf("%+v: nothing can be remembered of it", m)
				}
				marks[now] = new(int)
				s.Remember([]*Nearby{now}, key, marks[now], 1)
			}
			until, ok := course.Until(m.At)
			if !ok {
				continue
			}
			told++
			if got := course.Recall(m.At, nothing, false); got != any(marks[now]) {
				t.Fatalf("%+v: another case is recalled", m)
			}
			if until <= m.At {
				t.Fatalf("%+v: stays until %d", m, until)
			}
			last := m
			if last.At = until - 1; until < quantity.MaxInstant {
				turned++
			}
			if diff := cmp.Diff(near(found(s, pack, &m)), near(found(s, pack, &last))); diff != "" {
				t.Fatalf("%+v (-then +before %d):\n%s", m, until, diff)
			}
		}
	}
	if told < 100 || turned < 50 {
		t.Errorf("of %d instants an end was told, of %d another than that of time: the test holds little", told, turned)
	}
}
