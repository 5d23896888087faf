package measure

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/quantity"
)

func instrument(id string) *Instrument { return &Instrument{ID: id, Citation: id} }

func rate(t testing.TB, s string) *quantity.Rate {
	t.Helper()
	r, err := quantity.ParseRate(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func from(i quantity.Instant) quantity.Period {
	return quantity.Period{From: i, Until: quantity.MaxInstant}
}

func between(i, j quantity.Instant) quantity.Period { return quantity.Period{From: i, Until: j} }

// The instants and days of these tests are small numbers: only their order
// matters.
func TestTimelineAt(t *testing.T) {
	apply := func(percent string) Effect { return Effect{Kind: Apply, Rate: rate(t, percent)} }
	ten, twenty, thirty := apply("10%"), apply("20%"), apply("34%")
	tests := []struct {
		name  string
		acts  []Act
		on    quantity.Instant
		known quantity.Date
		want  string // state, rate, deciding act
	}{
		{"before its beginning", []Act{{By: instrument("a"), Announced: 1, Period: from(10), Effect: ten}}, 9, 100, "not started"},
		{"the first instant is inside", []Act{{By: instrument("a"), Announced: 1, Period: from(10), Effect: ten}}, 10, 100, "in force 10% a"},
		{"not announced yet", []Act{{By: instrument("a"), Announced: 5, Period: from(1), Effect: ten}}, 2, 4, "not started"},
		{"announced later, in force earlier", []Act{{By: instrument("a"), Announced: 5, Period: from(1), Effect: ten}}, 2, 5, "in force 10% a"},
		{"the later act overwrites from its beginning on", []Act{
			{By: instrument("a"), Announced: 1, Period: from(10), Effect: ten},
			{By: instrument("b"), Announced: 2, Period: from(20), Effect: twenty}}, 20, 100, "in force 20% b"},
		{"and not before it", []Act{
			{By: instrument("a"), Announced: 1, Period: from(10), Effect: ten},
			{By: instrument("b"), Announced: 2, Period: from(20), Effect: twenty}}, 19, 100, "in force 10% a"},
		{"an act announced later wins even where it begins earlier", []Act{
			{By: instrument("a"), Announced: 1, Period: from(20), Effect: ten},
			{By: instrument("b"), Announced: 2, Period: from(10), Effect: twenty}}, 30, 100, "in force 20% b"},
		{"of two on one day the later in the file wins", []Act{
			{By: instrument("a"), Announced: 1, Period: from(10), Effect: ten},
			{By: instrument("b"), Announced: 1, Period: from(10), Effect: twenty}}, 10, 100, "in force 20% b"},
		{"then, what the act says follows", []Act{
			{By: instrument("a"), Announced: 1, Period: between(10, 20), Effect: ten, Then: &thirty}}, 20, 100, "in force 34% a"},
		{"a rate that runs out has ended", []Act{
			{By: instrument("a"), Announced: 1, Period: between(10, 20), Effect: ten}}, 20, 100, "ended a"},
		{"an extension overtakes what would have followed", []Act{
			{By: instrument("a"), Announced: 1, Period: between(10, 20), Effect: ten, Then: &thirty},
			{By: instrument("b"), Announced: 15, Period: between(20, 30), Effect: ten, Then: &thirty}}, 25, 100, "in force 10% b"},
		{"as known before the extension", []Act{
			{By: instrument("a"), Announced: 1, Period: between(10, 20), Effect: ten, Then: &thirty},
			{By: instrument("b"), Announced: 15, Period: between(20, 30), Effect: ten, Then: &thirty}}, 25, 14, "in force 34% a"},
		{"suspended", []Act{
			{By: instrument("a"), Announced: 1, Period: from(10), Effect: ten},
			{By: instrument("b"), Announced: 2, Period: between(20, 30), Effect: Effect{Kind: Suspend}}}, 20, 100, "suspended 10% b"},
		{"suspended before it began", []Act{
			{By: instrument("a"), Announced: 1, Period: from(10), Effect: ten},
			{By: instrument("b"), Announced: 2, Period: between(5, 30), Effect: Effect{Kind: Suspend}}}, 12, 100, "suspended 10% b"},
		{"a suspension that ran out leaves the measure unverified", []Act{
			{By: instrument("a"), Announced: 1, Period: from(10), Effect: ten},
			{By: instrument("b"), Announced: 2, Period: between(20, 30), Effect: Effect{Kind: Suspend}}}, 30, 100, "unverified 10% b"},
		{"unless it says what follows", []Act{
			{By: instrument("a"), Announced: 1, Period: from(10), Effect: ten},
			{By: instrument("b"), Announced: 2, Period: between(20, 30), Effect: Effect{Kind: Suspend}, Then: &Effect{Kind: Resume}}}, 30, 100, "in force 10% b"},
		{"or a later act resumes", []Act{
			{By: instrument("a"), Announced: 1, Period: from(10), Effect: ten},
			{By: instrument("b"), Announced: 2, Period: between(20, 30), Effect: Effect{Kind: Suspend}},
			{By: instrument("c"), Announced: 25, Period: from(28), Effect: Effect{Kind: Resume}}}, 31, 100, "in force 10% c"},
		{"a suspension of what had ended changes nothing", []Act{
			{By: instrument("a"), Announced: 1, Period: between(10, 15), Effect: ten},
			{By: instrument("b"), Announced: 2, Period: between(20, 30), Effect: Effect{Kind: Suspend}}}, 20, 100, "ended a"},
		{"ended", []Act{
			{By: instrument("a"), Announced: 1, Period: from(10), Effect: ten},
			{By: instrument("b"), Announced: 2, Period: from(20), Effect: Effect{Kind: End}}}, 20, 100, "ended b"},
		{"void from the start", []Act{
			{By: instrument("a"), Announced: 1, Period: from(10), Effect: ten},
			{By: instrument("b"), Announced: 50, Period: quantity.Always, Effect: Effect{Kind: Void}}}, 10, 100, "ended b"},
		{"but not as known before the ruling", []Act{
			{By: instrument("a"), Announced: 1, Period: from(10), Effect: ten},
			{By: instrument("b"), Announced: 50, Period: quantity.Always, Effect: Effect{Kind: Void}}}, 10, 49, "in force 10% a"},
		{"a stay takes the ruling's effect away", []Act{
			{By: instrument("a"), Announced: 1, Period: from(10), Effect: ten},
			{By: instrument("b"), Announced: 50, Period: quantity.Always, Effect: Effect{Kind: Void}},
			{By: instrument("c"), Announced: 51, Period: between(50, 80), Effect: Effect{Kind: Stay, Stays: "b"}}}, 60, 100, "in force 10% a"},
		{"until the stay is over", []Act{
			{By: instrument("a"), Announced: 1, Period: from(10), Effect: ten},
			{By: instrument("b"), Announced: 50, Period: quantity.Always, Effect: Effect{Kind: Void}},
			{By: instrument("c"), Announced: 51, Period: between(50, 80), Effect: Effect{Kind: Stay, Stays: "b"}}}, 80, 100, "ended b"},
		{"not known", []Act{
			{By: instrument("a"), Announced: 1, Period: from(10), Effect: ten},
			{By: instrument("a"), Announced: 1, Period: from(10), Effect: Effect{Kind: Unknown, Why: "no start is stated"}}}, 12, 100, "unverified 10% a"},
		{"a report decides nothing", []Act{
			{By: instrument("a"), Announced: 1, Period: from(10), Effect: ten},
			{By: instrument("b"), Announced: 2, Period: from(20), Effect: twenty, Standing: Reported}}, 20, 100, "in force 10% a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := NewTimeline(tt.acts).At(tt.on, tt.known)
			got := s.Kind.String()
			if s.Rate != nil {
				got += " " + s.Rate.String()
			}
			if s.Act != nil {
				got += " " + s.Act.By.ID
			}
			if got != tt.want {
				t.Errorf("At(%d, known %d) = %s, want %s", tt.on, tt.known, got, tt.want)
			}
		})
	}
}

// acts draws a log with every kind of effect.
func acts(t *rapid.T) []Act {
	n := rapid.IntRange(0, 8).Draw(t, "acts")
	out := make([]Act, n)
	effect := func(label string) Effect {
		switch k := EffectKind(rapid.IntRange(int(Apply), int(Unknown)).Draw(t, label)); k {
		case Apply:
			r, err := quantity.ParseRate(fmt.Sprintf("%d%%", rapid.IntRange(0, 50).Draw(t, label+" rate")))
			if err != nil {
				t.Fatal(err)
			}
			return Effect{Kind: k, Rate: r}
		case Stay:
			return Effect{Kind: k, Stays: fmt.Sprint("i", rapid.IntRange(0, 3).Draw(t, label+" stays"))}
		default:
			return Effect{Kind: k}
		}
	}
	for i := range out {
		a := Act{
			By:        instrument(fmt.Sprint("i", rapid.IntRange(0, 3).Draw(t, "by"))),
			Announced: quantity.Date(rapid.IntRange(0, 20).Draw(t, "announced")),
			Period:    from(quantity.Instant(rapid.IntRange(0, 20).Draw(t, "from"))),
			Effect:    effect("effect"),
		}
		if rapid.Bool().Draw(t, "ends") {
			a.Period.Until = a.Period.From + quantity.Instant(rapid.IntRange(1, 10).Draw(t, "length"))
			if rapid.Bool().Draw(t, "then") {
				then := effect("what then")
				if then.Kind != Suspend && then.Kind != Stay && then.Kind != Void {
					a.Then = &then
				}
			}
		}
		if rapid.IntRange(0, 9).Draw(t, "reported") == 0 {
			a.Standing = Reported
		}
		out[i] = a
	}
	return out
}

// An act announced later never changes an answer as it was known earlier.
func TestLaterActsLeaveEarlierKnowledge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := acts(t)
		known := quantity.Date(rapid.IntRange(-1, 21).Draw(t, "known"))
		var then []Act
		for _, a := range log {
			if a.Announced <= known {
				then = append(then, a)
			}
		}
		on := quantity.Instant(rapid.IntRange(-1, 40).Draw(t, "on"))
		if got, want := NewTimeline(log).At(on, known), NewTimeline(then).At(on, known); !same(got, want) {
			t.Fatalf("at %d as known on %d: %v with later acts, %v without", on, known, got, want)
		}
	})
}

// Folding gives the same state for the same log, and Segments says at every
// instant what At says.
func TestSegmentsAgreeWithAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := acts(t)
		known := quantity.Date(rapid.IntRange(0, 21).Draw(t, "known"))
		line := NewTimeline(log)
		segments := line.Segments(known)
		if segments[0].Period.From != quantity.MinInstant || segments[len(segments)-1].Period.Until != quantity.MaxInstant {
			t.Fatal("the segments do not span all time")
		}
		for i, s := range segments {
			if i > 0 && segments[i-1].Period.Until != s.Period.From {
				t.Fatalf("segments %d and %d do not meet", i-1, i)
			}
		}
		cuts := line.Cuts(known)
		for on := quantity.Instant(-1); on < 40; on++ {
			next, ok := line.Next(on, known)
			if n := slices.IndexFunc(cuts, func(cut quantity.Instant) bool { return cut > on }); ok != (n >= 0) || ok && next != cuts[n] {
				t.Fatalf("after %d comes %d (%t), of %v", on, next, ok, cuts)
			}
			want := NewTimeline(log).At(on, known)
			for _, s := range segments {
				if s.Period.Contains(on) && !same(s.State, want) {
					t.Fatalf("at %d: segment %v, At %v", on, s.State, want)
				}
			}
		}
	})
}

// Every state but "not started" names the act that explains it, and that act
// was announced by the day of knowledge and has begun.
func TestEveryStateIsExplained(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := NewTimeline(acts(t))
		known := quantity.Date(rapid.IntRange(0, 21).Draw(t, "known"))
		for on := quantity.Instant(-1); on < 40; on++ {
			s := line.At(on, known)
			switch {
			case s.Kind == NotStarted:
				for i := range line {
					a := &line[i]
					if a.Announced <= known && a.Standing != Reported && a.Effect.Kind == Apply && a.Period.From <= on {
						// An act that is over may hand back to nothing at all.
						if on >= a.Period.Until && a.Then != nil && a.Then.Kind == Resume {
							continue
						}
						// Only a stay can hide an act that has begun.
						stayed := false
						for j := range line {
							stayed = stayed || line[j].Effect.Kind == Stay && line[j].Effect.Stays == a.By.ID
						}
						if !stayed {
							t.Fatalf("at %d the act %s runs, yet the measure has not started", on, a.By.ID)
						}
					}
				}
			case s.Act == nil:
				t.Fatalf("at %d: %v names no act", on, s.Kind)
			case s.Act.Announced > known || s.Act.Standing == Reported:
				t.Fatalf("at %d: decided by an act that is not known or only reported", on)
			case s.Act.Effect.Kind != Void && s.Act.Period.From > on:
				t.Fatalf("at %d: decided by an act that begins at %d", on, s.Act.Period.From)
			}
		}
	})
}

func same(a, b State) bool {
	id := func(x *Act) string {
		if x == nil {
			return ""
		}
		return fmt.Sprint(x.By.ID, x.Announced, x.Period, x.Effect.Kind)
	}
	text := func(r *quantity.Rate) string {
		if r == nil {
			return ""
		}
		return r.String()
	}
	return cmp.Equal([]string{a.Kind.String(), id(a.Act), id(a.Under), text(a.Rate)}, []string{b.Kind.String(), id(b.Act), id(b.Under), text(b.Rate)})
}

func TestMatch(t *testing.T) {
	tests := []struct {
		pattern, id string
		want        bool
	}{
		{"us.301.list-3", "us.301.list-3", true},
		{"us.301.list-3", "us.301.list-3a", false},
		{"us.301.*", "us.301.list-3", true},
		{"us.301.*", "us.232.steel", false},
		{"*", "anything", true},
		{"us.*.uk", "us.232.steel.uk", true},
		{"us.*.uk", "us.232.steel", false},
		{"9903.88*", "9903.88.03", true},
	}
	for _, tt := range tests {
		if got := Match(tt.pattern, tt.id); got != tt.want {
			t.Errorf("Match(%q, %q) = %t", tt.pattern, tt.id, got)
		}
	}
}
