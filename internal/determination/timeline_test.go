package determination

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/schedule"
)

// rateStep is a stretch of one rate.
type rateStep struct{ from, rate string }

func rateText(r *RateRange) string {
	end := func(p *string) string {
		if p == nil {
			return "?"
		}
		return *p
	}
	switch {
	case r == nil:
		return "none"
	case r.Least != nil && r.Most != nil && *r.Least == *r.Most:
		return *r.Least
	}
	return end(r.Least) + ".." + end(r.Most)
}

func moment(t testing.TB, s string) quantity.Moment {
	t.Helper()
	m, err := quantity.ParseMoment(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func instantOf(t testing.TB, s string) quantity.Instant {
	t.Helper()
	i, err := quantity.ParseInstant(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// TestTimelineOfRealGoods holds the rates of eight goods against the acts, read
// in docs/law, from the first edition of the schedule that is held. Column 1 of
// the furniture and of the coil is free, of the pullover 16.5 %, of the valve 2 %,
// of the car and the brakes 2.5 %, of the machining centre 4.2 %.
func TestTimelineOfRealGoods(t *testing.T) {
	tests := []struct {
		name         string
		goods, from  string
		known        string
		facts        map[string]string
		since, until string
		want         []rateStep
		outcome      Outcome // of the last step
	}{
		{
			name: "wooden furniture of China, list 3", goods: "9403.60.80.40", from: "CN", since: "2025-01-01", until: "2027-01-01",
			want: []rateStep{
				{"2025-01-01T00:00-05:00", "25"},       // section 301 alone
				{"2025-02-04T00:01-05:00", "35"},       // fentanyl 10, EO 14195
				{"2025-03-04T00:01-05:00", "45"},       // fentanyl 20, EO 14228
				{"2025-04-05T00:01-04:00", "55"},       // reciprocal 10, EO 14257
				{"2025-04-09T00:01-04:00", "129"},      // reciprocal 84, EO 14259
				{"2025-04-10T00:01-04:00", "170"},      // reciprocal 125, EO 14266
				{"2025-05-14T00:01-04:00", "55"},       // reciprocal 10, EO 14298
				{"2025-11-10T00:01-05:00", "45"},       // fentanyl 10, EO 14357
				{"2026-02-24T00:00-05:00", "25"},       // no emergency duty any more
				{"2026-02-24T00:01-05:00", "35"},       // the surcharge, Proclamation 11012
				{"2026-07-24T00:01-04:00", "25..37.5"}, // the surcharge ends; forced labour 12.5, not verified
			}, outcome: Refer,
		},
		{
			name: "the same as known in June 2025", goods: "9403.60.80.40", from: "CN", known: "2025-06-15", since: "2025-05-01", until: "2027-01-01",
			want: []rateStep{
				{"2025-05-01T00:00-04:00", "170"},
				{"2025-05-14T00:01-04:00", "55"},
				{"2025-08-12T00:01-04:00", "79"}, // 24 of 34 points were suspended for 90 days
			}, outcome: Free,
		},
		{
			name: "a pullover of Vietnam", goods: "6110.20.20.79", from: "VN", since: "2025-01-01", until: "2027-01-01",
			want: []rateStep{
				{"2025-01-01T00:00-05:00", "16.5"},
				{"2025-04-05T00:01-04:00", "26.5"}, // reciprocal 10
				{"2025-04-09T00:01-04:00", "62.5"}, // reciprocal 46 for a day, EO 14257
				{"2025-04-10T00:01-04:00", "26.5"}, // back to 10, EO 14266
				{"2025-08-07T00:01-04:00", "36.5"}, // reciprocal 20, EO 14326
				{"2026-02-24T00:00-05:00", "16.5"},
				{"2026-02-24T00:01-05:00", "26.5"},
				{"2026-07-24T00:01-04:00", "16.5..29"}, // forced labour 12.5
			}, outcome: Refer,
		},
		{
			name: "a valve of Germany", goods: "8481.80.90.15", from: "DE", since: "2025-01-01", until: "2027-01-01",
			want: []rateStep{
				{"2025-01-01T00:00-05:00", "2"},
				{"2025-04-05T00:01-04:00", "12"},
				{"2025-04-09T00:01-04:00", "22"}, // reciprocal 20 for a day
				{"2025-04-10T00:01-04:00", "12"},
				{"2025-08-07T00:01-04:00", "15"}, // total 15 with column 1, EO 14326
				{"2026-02-24T00:00-05:00", "2"},
				{"2026-02-24T00:01-05:00", "12"},
				{"2026-07-24T00:01-04:00", "2..10"}, // forced labour, to a total of 10
			}, outcome: Refer,
		},
		{
			name: "a coil of Canada", goods: "7208.39.00.30", from: "CA", since: "2025-01-01", until: "2027-01-01",
			want: []rateStep{
				{"2025-01-01T00:00-05:00", "0"}, // released from section 232 in 2019
				// The border duty, EO 14193; steel under section 232 from 12 March
				// stands behind it, EO 14289.
				{"2025-03-04T00:01-05:00", "25"},
				{"2025-06-04T00:01-04:00", "50"}, // steel 50 stands before the border duty, Proclamation 10947
				{"2026-07-24T00:01-04:00", "50..60"},
			}, outcome: Refer,
		},
		{
			name: "the same before the order on stacking", goods: "7208.39.00.30", from: "CA", known: "2025-04-20", since: "2025-01-01", until: "2025-06-01",
			want: []rateStep{
				{"2025-01-01T00:00-05:00", "0"},
				{"2025-03-04T00:01-05:00", "25"},
				{"2025-03-12T00:01-04:00", "50"}, // both
			}, outcome: Free,
		},
		{
			name: "a valve of Japan", goods: "8481.80.90.15", from: "JP", since: "2025-01-01", until: "2027-01-01",
			want: []rateStep{
				{"2025-01-01T00:00-05:00", "2"},
				{"2025-04-05T00:01-04:00", "12"},
				{"2025-04-09T00:01-04:00", "26"}, // reciprocal 24 for a day
				{"2025-04-10T00:01-04:00", "12"},
				{"2025-08-07T00:01-04:00", "15"}, // total 15, reaching back, EO 14345
				{"2026-02-24T00:00-05:00", "2"},
				{"2026-02-24T00:01-05:00", "12"},
				{"2026-07-24T00:01-04:00", "2..12.5"}, // forced labour, to a total of 12.5
			}, outcome: Refer,
		},
		{
			name: "the same before the order on Japan", goods: "8481.80.90.15", from: "JP", known: "2025-08-20", since: "2025-08-01", until: "2025-10-01",
			want: []rateStep{
				{"2025-08-01T00:00-04:00", "12"},
				{"2025-08-07T00:01-04:00", "17"}, // 15 on top of column 1, EO 14326
			}, outcome: Free,
		},
		{
			name: "a car of Germany", goods: "8703.23.01.60", from: "DE", since: "2025-01-01", until: "2026-07-24",
			want: []rateStep{
				{"2025-01-01T00:00-05:00", "2.5"},
				{"2025-04-03T00:01-04:00", "27.5"}, // vehicles 25, Proclamation 10908; no emergency duty on top
				{"2025-08-01T00:01-04:00", "15"},   // total 15, reaching back, notice of 25 September 2025
			}, outcome: Free,
		},
		{
			name: "the same as known in August 2025", goods: "8703.23.01.60", from: "DE", known: "2025-08-15", since: "2025-01-01", until: "2026-07-24",
			want: []rateStep{
				{"2025-01-01T00:00-05:00", "2.5"},
				{"2025-04-03T00:01-04:00", "27.5"},
			}, outcome: Free,
		},
		{
			name: "brakes of Mexico", goods: "8708.30.50.90", from: "MX", since: "2025-01-01", until: "2026-07-24",
			want: []rateStep{
				{"2025-01-01T00:00-05:00", "2.5"},
				// The border duty, EO 14194. From 3 May vehicle parts pay 25 under
				// section 232 in its place, and go on when it ends in 2026.
				{"2025-03-04T00:01-05:00", "27.5"},
			}, outcome: Free,
		},
		{
			name: "the same under USMCA", goods: "8708.30.50.90", from: "MX", facts: map[string]string{"preference": "S"}, since: "2025-01-01", until: "2026-07-24",
			want: []rateStep{
				{"2025-01-01T00:00-05:00", "0"},
				{"2025-03-04T00:01-05:00", "25"}, // for three days the border duty spared nobody
				{"2025-03-07T00:01-05:00", "0"},  // EO 14232; parts under USMCA pay nothing under section 232 either
			}, outcome: Free,
		},
		{
			name: "a machining centre of Japan", goods: "8457.10.00.75", from: "JP", facts: map[string]string{"metal.weight_share": "0.8"}, since: "2025-01-01", until: "2026-07-24",
			want: []rateStep{
				{"2025-01-01T00:00-05:00", "4.2"},
				{"2025-04-05T00:01-04:00", "14.2"},
				{"2025-04-09T00:01-04:00", "28.2"}, // reciprocal 24 for a day
				{"2025-04-10T00:01-04:00", "14.2"},
				{"2025-08-07T00:01-04:00", "15"}, // total 15, EO 14345
				{"2026-02-24T00:00-05:00", "4.2"},
				{"2026-02-24T00:01-05:00", "14.2"}, // the surcharge, Proclamation 11012
				{"2026-04-06T00:01-04:00", "15"},   // the metals, Annex III, total 15, in its place, Proclamation 11021
			}, outcome: Free,
		},
		{
			name: "list 3 before the first whole edition", goods: "9403.60.80.40", from: "CN", since: "2018-01-01", until: "2019-05-01",
			want: []rateStep{
				{"2018-01-01T00:00-05:00", "0"},
				{"2018-09-24T00:01-04:00", "10"}, // 83 FR 47974
			}, outcome: Free,
		},
		{
			name: "steel of Canada in 2018 and 2019", goods: "7208.39.00.30", from: "CA", since: "2018-01-01", until: "2020-01-01",
			want: []rateStep{
				{"2018-01-01T00:00-05:00", "0"},
				{"2018-06-01T00:01-04:00", "25"},    // Proclamation 9759
				{"2019-05-20T00:01-04:00", "0..25"}, // the texts of Proclamation 9894 differ by a day
				{"2019-05-21T00:01-04:00", "0"},
			}, outcome: Free,
		},
	}
	s, other := embedded(t), embedded(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Case{Goods: tt.goods, From: tt.from, To: "US", Known: tt.known, Facts: tt.facts, Only: "import", Closed: true}
			steps, err := Timeline(s, c, moment(t, tt.since), moment(t, tt.until))
			if err != nil {
				t.Fatal(err)
			}
			var got []rateStep
			for _, step := range steps {
				// Steps of one rate differ in what applies.
				if words := rateText(step.Rate); len(got) == 0 || got[len(got)-1].rate != words {
					got = append(got, rateStep{step.From, words})
				}
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(rateStep{})); diff != "" {
				t.Errorf("rates (-law +timeline):\n%s", diff)
			}
			for _, step := range steps[:len(steps)-1] {
				if rate := rateText(step.Rate); step.Outcome != Free && !strings.Contains(rate, "..") {
					t.Errorf("%s: outcome %s", step.From, step.Outcome)
				}
			}
			if last := steps[len(steps)-1]; last.Outcome != tt.outcome {
				t.Errorf("the last outcome is %s, want %s", last.Outcome, tt.outcome)
			}
			stepsMeet(t, steps, moment(t, tt.since), moment(t, tt.until))
			for i := range steps {
				agrees(t, other, c, &steps[i])
			}
		})
	}
}

// stepsMeet checks that steps follow one another without gap from since to
// until, and that each but the first says what moved it.
func stepsMeet(t *testing.T, steps []Step, since, until quantity.Moment) {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := instantOf(t, steps[0].From), since.Instant(zone); got != want {
		t.Errorf("the first step begins at %s, not at %s", steps[0].From, want.Format(zone))
	}
	if got, want := instantOf(t, steps[len(steps)-1].Until), until.Instant(zone); got != want {
		t.Errorf("the last step ends at %s, not at %s", steps[len(steps)-1].Until, want.Format(zone))
	}
	for i := range steps {
		if i > 0 && steps[i-1].Until != steps[i].From {
			t.Errorf("a step ends at %s, the next begins at %s", steps[i-1].Until, steps[i].From)
		}
		if instantOf(t, steps[i].From) >= instantOf(t, steps[i].Until) {
			t.Errorf("the step from %s is empty", steps[i].From)
		}
		if i > 0 && len(steps[i].What) == 0 {
			t.Errorf("nothing moved the step of %s", steps[i].From)
		}
	}
}

// agrees checks that a step says what a determination says at its first instant
// and one second before its end, asked of another schedule than drew it.
func agrees(t *testing.T, s *schedule.Schedule, c Case, step *Step) {
	t.Helper()
	for _, at := range []quantity.Instant{instantOf(t, step.From), instantOf(t, step.Until) - 1} {
		c.On = at.Format(time.UTC)
		d, err := Determine(s, c)
		if err != nil {
			t.Fatalf("%s: %v", c.On, err)
		}
		doc := d.Document()
		if doc.Outcome != step.Outcome {
			t.Errorf("at %s the outcome is %s, of the step from %s %s", c.On, doc.Outcome, step.From, step.Outcome)
		}
		if diff := cmp.Diff(step.Rate, doc.Rate); diff != "" {
			t.Errorf("at %s (-step from %s +determination):\n%s", c.On, step.From, diff)
		}
	}
}

// TestTimelineOfGoodsInTransit holds the spring of 2019: goods of list 3 that
// left China before 10 May kept 10 %. A timeline leaves and enters at one instant,
// so that none of its goods were in transit.
func TestTimelineOfGoodsInTransit(t *testing.T) {
	c := Case{Goods: "9403.60.80.40", From: "CN", To: "US", Only: "import", Closed: true}
	s := embedded(t)
	steps, err := Timeline(s, c, moment(t, "2019-05-01"), moment(t, "2019-07-01"))
	if err != nil {
		t.Fatal(err)
	}
	var rates []string
	for _, step := range steps {
		if w := rateText(step.Rate); len(rates) == 0 || rates[len(rates)-1] != w {
			rates = append(rates, w)
		}
	}
	if want := []string{"10", "25"}; !slices.Equal(rates, want) {
		t.Errorf("rates %v, want %v", rates, want)
	}
	stepsMeet(t, steps, moment(t, "2019-05-01"), moment(t, "2019-07-01"))
	for _, day := range []string{"2019-05-09", "2019-05-11", "2019-05-20", "2019-06-03", "2019-06-20"} {
		c.On = day
		d, err := Determine(s, c)
		if err != nil {
			t.Fatal(err)
		}
		at := moment(t, day+"T12:00-04:00").Instant(time.UTC)
		for _, step := range steps {
			if at < instantOf(t, step.From) || at >= instantOf(t, step.Until) {
				continue
			}
			if diff := cmp.Diff(d.Document().Rate, step.Rate); diff != "" {
				t.Errorf("%s (-determination +timeline):\n%s", day, diff)
			}
		}
	}
}
