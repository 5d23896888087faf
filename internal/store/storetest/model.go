package storetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// sums are what a licence has of quantity, in kg, and of value, in USD.
type sums struct{ kg, usd int64 }

func (s sums) plus(t sums) sums  { return sums{s.kg + t.kg, s.usd + t.usd} }
func (s sums) minus(t sums) sums { return sums{s.kg - t.kg, s.usd - t.usd} }

func (s sums) take(id string) licence.Take {
	return take(id, 1, fmt.Sprintf("%d kg", s.kg), fmt.Sprintf("%d USD", s.usd))
}

// testLedgerModel plays drawdowns against a model that is nothing but sums.
func testLedgerModel(t *testing.T, e Engine) {
	newStage(t, e).play(func(rt *rapid.T, g *game) {
		type drawn struct {
			parts map[string]sums
			state licence.DrawdownState
		}
		limit, committed, reserved := map[string]sums{}, map[string]sums{}, map[string]sums{}
		draws := map[string]*drawn{}
		var ids, names []string
		for _, n := range []string{"a", "b"} {
			id := g.name + " " + n
			names = append(names, id)
			limit[id] = sums{rapid.Int64Range(1, 50).Draw(rt, "kg"), rapid.Int64Range(1, 500).Draw(rt, "USD")}
			g.record(id, line(fmt.Sprintf("%d kg", limit[id].kg), fmt.Sprintf("%d USD", limit[id].usd)))
		}
		some := func(rt *rapid.T) sums {
			return sums{rapid.Int64Range(1, 30).Draw(rt, "kg"), rapid.Int64Range(0, 300).Draw(rt, "USD")}
		}
		takes := func(parts map[string]sums) (out []licence.Take) {
			for _, id := range slices.Sorted(maps.Keys(parts)) {
				out = append(out, parts[id].take(id))
			}
			return out
		}
		customs := func() licence.By { return g.by("customs", licence.Customs) }
		// one draws a drawdown; whether it is in the state decides what is allowed.
		one := func(rt *rapid.T) (string, *drawn) {
			if len(ids) == 0 {
				rt.Skip("there is none")
			}
			id := rapid.SampledFrom(ids).Draw(rt, "drawdown")
			return id, draws[id]
		}
		rt.Repeat(map[string]func(*rapid.T){
			"draw": func(rt *rapid.T) {
				parts := map[string]sums{rapid.SampledFrom(names).Draw(rt, "licence"): some(rt)}
				if rapid.Bool().Draw(rt, "on both") {
					parts[names[0]], parts[names[1]] = some(rt), some(rt)
				}
				fits := true
				for id, p := range parts {
					all := committed[id].plus(reserved[id]).plus(p)
					fits = fits && all.kg <= limit[id].kg && all.usd <= limit[id].usd
				}
				commit := rapid.Bool().Draw(rt, "commit")
				r := g.expect(rt, customs(), &licence.Draw{Commit: commit, Takes: takes(parts)}, when(!fits, licence.Overdraw))
				if !fits {
					return
				}
				state, into := licence.IsReserved, reserved
				if commit {
					state, into = licence.IsCommitted, committed
				}
				for id, p := range parts {
					into[id] = into[id].plus(p)
				}
				draws[r.Object.ID] = &drawn{parts, state}
				ids = append(ids, r.Object.ID)
			},
			"commit": func(rt *rapid.T) { // perhaps less than was set aside, and the rest is free
				id, x := one(rt)
				used := map[string]sums{}
				for of, p := range x.parts {
					used[of] = sums{rapid.Int64Range(1, max(p.kg, 1)).Draw(rt, "kg"), p.usd}
				}
				code := when(x.state != licence.IsReserved, licence.WrongState)
				if g.expect(rt, customs(), &licence.CommitDraw{Drawdown: id, Takes: takes(used)}, code); code == "" {
					for of, p := range x.parts {
						reserved[of], committed[of] = reserved[of].minus(p), committed[of].plus(used[of])
					}
					*x = drawn{used, licence.IsCommitted}
				}
			},
			"release": func(rt *rapid.T) {
				id, x := one(rt)
				code := when(x.state != licence.IsReserved, licence.WrongState)
				if g.expect(rt, customs(), &licence.ReleaseDraw{Drawdown: id}, code); code == "" {
					for of, p := range x.parts {
						reserved[of] = reserved[of].minus(p)
					}
					x.state = licence.IsReleased
				}
			},
			"return": func(rt *rapid.T) {
				id, x := one(rt)
				of := rapid.SampledFrom(slices.Sorted(maps.Keys(x.parts))).Draw(rt, "licence")
				back := sums{rapid.Int64Range(1, 30).Draw(rt, "kg"), 0}
				code := firstOf(when(x.state != licence.IsCommitted, licence.WrongState), when(back.kg > x.parts[of].kg, licence.Overdraw))
				if g.expect(rt, customs(), &licence.ReturnGoods{Drawdown: id, Takes: []licence.Take{back.take(of)}}, code); code == "" {
					committed[of], x.parts[of] = committed[of].minus(back), x.parts[of].minus(back)
				}
			},
			"": func(rt *rapid.T) {
				g.look(rt, func(ctx context.Context, r licence.Reader) error {
					list, err := r.Balances(ctx, names)
					for _, b := range list {
						c, h := committed[b.Licence], reserved[b.Licence]
						if b.Committed != c.kg*1e9 || b.Reserved != h.kg*1e9 || b.ValueCommitted != c.usd*1e4 || b.ValueReserved != h.usd*1e4 || !b.Lawful() {
							rt.Fatalf("%+v, and the model has %v committed and %v reserved", b, c, h)
						}
					}
					return err
				})
			},
		})
	})
}

// modelFile is a file as the model of applications has it.
type modelFile struct {
	stage       licence.Stage
	asked       bool
	due         quantity.Date
	agencies    map[string]bool // with which it lies, and
	referred    map[string]bool // with which it ever lay
	holder      string
	until       quantity.Instant
	recommended string
	proposed    licence.Outcome
	decided     []string // who had a part in the decision
	outcome     licence.Outcome
	appealed    bool
	appealUntil quantity.Date
	content     int      // versions
	queries     int      // that were ever put
	advice      []string // by which agencies
	decisions   int
	days        int // that the clock of the decision shows
	ran         bool
	stopped     bool
}

// held is who holds the file.
func (f *modelFile) held(at quantity.Instant) string {
	if at >= f.until {
		return ""
	}
	return f.holder
}

func (f *modelFile) reviewed() bool {
	return (f.stage == licence.StageReview || f.stage == licence.StageAppeal) && !f.asked && len(f.agencies) == 0
}

// decidable is by which code a decision is refused for how the file stands; none
// where it is under review, and with nobody else.
func (f *modelFile) decidable() licence.Code {
	return firstOf(when(f.stage == licence.StageClosed, licence.AlreadyDecided), when(!f.reviewed(), licence.WrongState))
}

// working is by which code work of an officer is refused for who has the file.
func (f *modelFile) working(officer string, at quantity.Instant) licence.Code {
	switch h := f.held(at); {
	case slices.Contains(f.decided, officer):
		return licence.SamePerson
	case h == officer:
		return ""
	case h != "":
		return licence.ClaimedByOther
	case f.holder == officer:
		return licence.LeaseExpired
	}
	return licence.NotClaimed
}

// clock is how the clock of the decision stands.
func (f *modelFile) clock() string {
	switch {
	case f.stopped:
		return "stopped"
	case !f.ran:
		return "not-started"
	case f.asked || len(f.agencies) > 0:
		return "paused"
	}
	return "running"
}

// appealClock is how the clock of the appeal stands.
func (f *modelFile) appealClock() string {
	switch {
	case f.appealed:
		return "stopped"
	case f.decisions == 1 && f.outcome == licence.Refused:
		return "running"
	}
	return ""
}

// accept starts the clock.
func (f *modelFile) accept() { f.stage, f.ran, f.days = licence.StageReview, true, 0 }

// decide closes the file by what was recommended and who countersigns.
func (f *modelFile) decide(second string, appealUntil quantity.Date) {
	f.stage, f.outcome, f.decided, f.appealUntil = licence.StageClosed, f.proposed, []string{f.recommended, second}, appealUntil
	f.stopped = true // and an appeal does not start the clock again
	f.decisions++
}

func (f *modelFile) open() bool {
	return slices.Contains([]licence.Stage{licence.StageSubmitted, licence.StageReview, licence.StageCountersign, licence.StageAppeal}, f.stage)
}

func (f *modelFile) back() {
	f.stage = licence.StageReview
	if f.appealed {
		f.stage = licence.StageAppeal
	}
}

// testApplicationModel plays one file from its draft to its end: its stages, its
// queries and referrals, who holds it, its decisions and its appeal.
func testApplicationModel(t *testing.T, e Engine) {
	shanghai := zone("Asia/Shanghai")
	authority := mofcom(t)
	newStage(t, e).play(func(rt *rapid.T, g *game) {
		c := content("cn.ordinary")
		id := g.must(by("applicant", licence.Applicant), &licence.File{Content: c}).Object.ID
		f := &modelFile{stage: licence.StageDraft, agencies: map[string]bool{}, referred: map[string]bool{}, content: 1}
		type reading struct {
			state   string
			days    int
			answers int    // that were asked for, and
			asked   bool   // whether one is open
			appeal  string // its clock
		}
		was := map[quantity.Instant]reading{} // what the clock showed
		officers := rapid.SampledFrom([]string{"ann", "ben", "cid", "dora", "eve"})
		// Mostly who holds the file acts, or held it, so that games come far.
		officer := func(rt *rapid.T) string {
			if h := f.holder; h != "" && rapid.IntRange(0, 3).Draw(rt, "another") > 0 {
				return h
			}
			return officers.Draw(rt, "officer")
		}
		agency := rapid.SampledFrom([]string{"defence", "energy"})
		refuse := licence.Proposal{Outcome: licence.Refused, Reason: "doubt", Grounds: []string{"Article 9"}}
		proposal := func(rt *rapid.T) licence.Proposal {
			return rapid.SampledFrom([]licence.Proposal{refuse, approve()}).Draw(rt, "proposal")
		}
		applicant := func() licence.By { return g.by("applicant", licence.Applicant) }
		intake := func() licence.By { return g.by("intake", licence.Intake) }
		// count lets the clock count the days since one, if it runs.
		count := func(from quantity.Date) {
			for day := from + 1; day <= g.at.Date(shanghai) && f.clock() == "running"; day++ {
				if working, _ := authority.Calendar().Working(day); working {
					f.days++
				}
			}
		}
		// hesitate waits now and then until the last day for something, or the day after.
		hesitate := func(rt *rapid.T, last quantity.Date) {
			from := g.at.Date(shanghai)
			if last > from && rapid.IntRange(0, 2).Draw(rt, "hesitates") == 0 {
				g.at = (last + quantity.Date(rapid.IntRange(0, 1).Draw(rt, "a day late"))).Start(shanghai)
				count(from)
			}
		}
		moves := map[string]func(*rapid.T){
			"submit": func(rt *rapid.T) {
				code := when(f.stage != licence.StageDraft && f.stage != licence.StageReturned, licence.WrongState)
				if g.expect(rt, applicant(), &licence.Submit{Application: id}, code); code == "" {
					f.stage = licence.StageSubmitted
				}
			},
			"accept": func(rt *rapid.T) {
				code := when(f.stage != licence.StageSubmitted, licence.WrongState)
				if g.expect(rt, intake(), &licence.Accept{Application: id}, code); code == "" {
					f.accept()
				}
			},
			"claim": func(rt *rapid.T) {
				o := officers.Draw(rt, "officer")
				code := firstOf(when(f.stage != licence.StageSubmitted && f.stage != licence.StageCountersign && !f.reviewed(), licence.WrongState),
					when(f.held(g.at) != "" && f.held(g.at) != o, licence.ClaimedByOther),
					when(slices.Contains(f.decided, o) || f.stage == licence.StageCountersign && f.recommended == o, licence.SamePerson))
				if g.expect(rt, g.by(o, licence.Officer), &licence.Claim{Application: id}, code); code == "" {
					f.holder, f.until = o, g.at+3600
				}
			},
			"unclaim": func(rt *rapid.T) {
				o := officer(rt)
				code := when(f.held(g.at) != o, licence.NotClaimed)
				if g.expect(rt, g.by(o, licence.Officer), &licence.Unclaim{Application: id}, code); code == "" {
					f.holder = ""
				}
			},
			"ask": func(rt *rapid.T) {
				o := officer(rt)
				code := firstOf(f.decidable(), f.working(o, g.at))
				if g.expect(rt, g.by(o, licence.Officer), &licence.Ask{Application: id, Text: "why?"}, code); code == "" {
					f.asked, f.holder = true, ""
					f.queries++
					g.look(rt, func(ctx context.Context, r licence.Reader) error {
						a, err := licence.ReadApplication(ctx, r, id)
						if err == nil {
							f.due = a.Queries[len(a.Queries)-1].Due
						}
						return err
					})
					if f.due <= g.at.Date(shanghai) {
						rt.Fatalf("asked on %s, and the last day for the answer is %s", g.at.Date(shanghai), f.due)
					}
				}
			},
			"answer": func(rt *rapid.T) {
				if f.asked {
					hesitate(rt, f.due)
				}
				code := firstOf(when(!f.asked, licence.WrongState), when(g.at.Date(shanghai) > f.due, licence.WindowClosed))
				if g.expect(rt, applicant(), &licence.Answer{Application: id, Text: "so"}, code); code == "" {
					f.asked = false
				}
			},
			"amend": func(rt *rapid.T) {
				c.EndUse = rapid.SampledFrom([]string{"pumps", "fans", "lifts"}).Draw(rt, "end use")
				code := when(f.stage != licence.StageDraft && f.stage != licence.StageReturned && !f.asked, licence.WrongState)
				if g.expect(rt, applicant(), &licence.Amend{Application: id, Content: c}, code); code == "" {
					f.content++
				}
			},
			"refer": func(rt *rapid.T) {
				o, a := officer(rt), agency.Draw(rt, "agency")
				code := f.decidable()
				switch {
				case f.stage == licence.StageReview && !f.asked && len(f.agencies) > 0: // another agency may be asked at once
					code = when(f.agencies[a], licence.WrongState)
				case code == "":
					code = f.working(o, g.at)
				}
				if g.expect(rt, g.by(o, licence.Officer), &licence.Refer{Application: id, Agency: a}, code); code == "" {
					f.agencies[a], f.referred[a], f.holder = true, true, ""
				}
			},
			"advise": func(rt *rapid.T) {
				a := agency.Draw(rt, "agency")
				advice := &licence.Advise{Application: id, Agency: a, Kind: licence.AdviseApprove}
				invalid := rapid.IntRange(0, 4).Draw(rt, "without grounds") == 0
				if invalid {
					advice.Kind = licence.AdviseRefuse
				}
				code := firstOf(when(!f.referred[a], licence.NotFound), when(!f.open(), licence.WrongState), when(invalid, licence.Invalid))
				if g.expect(rt, g.by(a, licence.Agency), advice, code); code == "" {
					delete(f.agencies, a)
					f.advice = append(f.advice, a)
				}
			},
			"recommend": func(rt *rapid.T) {
				o, p := officer(rt), proposal(rt)
				code := firstOf(f.decidable(), f.working(o, g.at))
				if g.expect(rt, g.by(o, licence.Officer), &licence.Recommend{Application: id, Proposal: p}, code); code == "" {
					f.stage, f.recommended, f.proposed, f.holder = licence.StageCountersign, o, p.Outcome, ""
				}
			},
			"decide alone": func(rt *rapid.T) { // never in this lane
				o := officer(rt)
				g.expect(rt, g.by(o, licence.Officer), &licence.Decide{Application: id, Proposal: proposal(rt)}, firstOf(f.decidable(), f.working(o, g.at), licence.NoCountersign))
			},
			"countersign": func(rt *rapid.T) {
				o, agree := officer(rt), rapid.Bool().Draw(rt, "agree")
				code := firstOf(when(f.stage == licence.StageClosed, licence.AlreadyDecided), when(f.stage != licence.StageCountersign, licence.WrongState),
					when(o == f.recommended || slices.Contains(f.decided, o), licence.SamePerson), when(f.held(g.at) != "" && f.held(g.at) != o, licence.ClaimedByOther))
				g.expect(rt, g.by(o, licence.Countersigner), &licence.Countersign{Application: id, Agree: agree}, code)
				switch {
				case code != "":
					return
				case agree:
					f.decide(o, g.at.Date(shanghai)+60)
				default:
					f.back()
				}
				f.holder, f.recommended = "", ""
			},
			"appeal": func(rt *rapid.T) {
				if f.stage == licence.StageClosed {
					hesitate(rt, f.appealUntil)
				}
				code := firstOf(when(f.stage != licence.StageClosed || f.outcome != licence.Refused || f.appealed, licence.WrongState),
					when(g.at.Date(shanghai) > f.appealUntil, licence.WindowClosed))
				if g.expect(rt, applicant(), &licence.Appeal{Application: id, Grounds: "wrong"}, code); code == "" {
					f.stage, f.appealed = licence.StageAppeal, true
				}
			},
			"seldom": func(rt *rapid.T) {
				switch rapid.IntRange(0, 9).Draw(rt, "what") {
				case 0:
					code := when(f.stage == licence.StageClosed || f.stage == licence.StageWithdrawn, licence.WrongState)
					if g.expect(rt, applicant(), &licence.Withdraw{Application: id}, code); code == "" {
						f.stopped = f.stopped || f.ran
						f.stage, f.holder, f.asked, f.agencies = licence.StageWithdrawn, "", false, map[string]bool{}
					}
				case 1, 2:
					code := when(f.stage != licence.StageSubmitted && f.stage != licence.StageReview, licence.WrongState)
					if g.expect(rt, intake(), &licence.GiveBack{Application: id, For: "the seal"}, code); code == "" {
						f.stage, f.holder, f.asked, f.agencies = licence.StageReturned, "", false, map[string]bool{}
						f.ran, f.days = false, 0
					}
				}
			},
			"time passes": func(rt *rapid.T) {
				from := g.at.Date(shanghai)
				g.pass(rt)
				count(from)
			},
			"": func(rt *rapid.T) {
				g.look(rt, func(ctx context.Context, r licence.Reader) error {
					a, err := licence.ReadApplication(ctx, r, id)
					if err != nil {
						return err
					}
					status := string(f.stage)
					switch {
					case f.open() && f.asked && g.at.Date(shanghai) > f.due:
						status = licence.StatusLapsed
					case f.open() && f.asked:
						status = licence.StatusAwaitingApplicant
					case f.open() && len(f.agencies) > 0:
						status = licence.StatusAtAgency
					}
					if a.Stage != f.stage || a.Held(g.at) != f.held(g.at) || a.Status(g.at, shanghai) != status {
						rt.Fatalf("it is %s (%s), held by %q; the model says %s (%s), held by %q", a.Stage, a.Status(g.at, shanghai), a.Held(g.at), f.stage, status, f.held(g.at))
					}
					open := 0
					for _, q := range a.Queries {
						if q.Answered == 0 {
							open++
						}
					}
					lies := map[string]bool{}
					for _, r := range a.Referrals {
						if r.Back == 0 {
							lies[r.Agency] = true
						}
					}
					// What a file was withdrawn with stays open for ever, and matters no more.
					if a.Stage != licence.StageWithdrawn && ((open == 1) != f.asked || !maps.Equal(lies, f.agencies)) || len(a.Queries) != f.queries || a.ContentVersion != f.content {
						rt.Fatalf("of %d queries %d are open, and it lies with %v, in version %d; the model says %+v", len(a.Queries), open, lies, a.ContentVersion, f)
					}
					if !slices.EqualFunc(a.Advice, f.advice, func(x licence.Advice, agency string) bool { return x.Agency == agency }) {
						rt.Fatalf("the advice is %+v, and the model says of %v", a.Advice, f.advice)
					}
					if by := ""; f.stage == licence.StageCountersign {
						if a.Recommendation != nil {
							by = a.Recommendation.By
						}
						if by != f.recommended || a.Recommendation.Outcome != f.proposed {
							rt.Fatalf("recommended is %+v, and the model says %s by %s", a.Recommendation, f.proposed, f.recommended)
						}
					}
					decisions := a.Earlier
					if a.Decision != nil {
						decisions = append(slices.Clone(decisions), *a.Decision)
					}
					if len(decisions) != f.decisions {
						rt.Fatalf("it was decided %+v, and the model says %d times", decisions, f.decisions)
					}
					if d := a.Decision; d != nil && f.stage == licence.StageClosed && (d.Outcome != f.outcome || d.Officer != f.decided[0] || d.Countersigner != f.decided[1] || d.OnAppeal != f.appealed) {
						rt.Fatalf("decided is %+v, and the model says %s by %v", d, f.outcome, f.decided)
					}
					was[g.at] = reading{f.clock(), f.days, f.queries, f.asked, f.appealClock()}
					for at, want := range was { // any past instant gives that instant's answer
						clocks := authority.Readings(a, at)
						got := reading{state: clocks[0].State, days: clocks[0].Elapsed}
						for _, c := range clocks {
							switch c.For {
							case "answer":
								got.answers, got.asked = got.answers+1, got.asked || c.State == "running"
							case "appeal":
								got.appeal = c.State
							}
						}
						if got != want {
							rt.Fatalf("for %s the clocks show %+v, and the model %+v", at.Format(shanghai), got, want)
						}
					}
					if granted := f.stage == licence.StageClosed && f.outcome == licence.Approved; granted != (a.Decision != nil && a.Decision.Licence != "") {
						rt.Fatalf("a licence is granted: %t; the decision is %+v", granted, a.Decision)
					}
					return nil
				})
			},
		}
		// Games begin somewhere on the way, for left to chance few would come far.
		ann, cid := g.by("ann", licence.Officer), g.by("cid", licence.Officer)
		way := []struct {
			by    licence.By
			c     licence.Command
			after func()
		}{
			{applicant(), &licence.Submit{Application: id}, func() { f.stage = licence.StageSubmitted }},
			{intake(), &licence.Accept{Application: id}, f.accept},
			{ann, &licence.Claim{Application: id}, func() { f.holder, f.until = "ann", g.at+3600 }},
			{ann, &licence.Recommend{Application: id, Proposal: refuse}, func() {
				f.stage, f.recommended, f.proposed, f.holder = licence.StageCountersign, "ann", licence.Refused, ""
			}},
			{g.by("ben", licence.Countersigner), &licence.Countersign{Application: id, Agree: true}, func() {
				f.decide("ben", g.at.Date(shanghai)+60)
				f.recommended = ""
			}},
			{applicant(), &licence.Appeal{Application: id, Grounds: "wrong"}, func() { f.stage, f.appealed = licence.StageAppeal, true }},
			{cid, &licence.Claim{Application: id}, func() { f.holder, f.until = "cid", g.at+3600 }},
			{cid, &licence.Recommend{Application: id, Proposal: approve()}, func() {
				f.stage, f.recommended, f.proposed, f.holder = licence.StageCountersign, "cid", licence.Approved, ""
			}},
		}
		for _, step := range way[:rapid.SampledFrom([]int{0, 2, 4, 5, 6, 8, 8, 8}).Draw(rt, "steps on the way")] {
			g.expect(rt, step.by, step.c, "")
			step.after()
		}
		rt.Repeat(moves)
	})
}

// testLicenceModel plays licences of one holder: amended, suspended each by itself
// and all together, ended, drawn on, while time passes.
func testLicenceModel(t *testing.T, e Engine) {
	shanghai := zone("Asia/Shanghai")
	from, until := quantity.NewDate(2025, 6, 1).Start(shanghai), quantity.NewDate(2025, 12, 1).Start(shanghai)
	newStage(t, e).play(func(rt *rapid.T, g *game) {
		type model struct {
			licensed, drawn int64
			suspended       bool
			ended           string
			was             map[quantity.Instant]string // its status then, balances aside
		}
		holder := "Holder of " + g.name // names would suspend across games
		licences := map[string]*model{}
		var ids []string
		term, err := licence.TermOf(quantity.NewDate(2025, 6, 1), 6, licence.DayBefore, "Asia/Shanghai")
		if err != nil {
			rt.Fatal(err)
		}
		terms := func(kg int64) licence.Terms {
			return licence.Terms{Lines: []licence.LicenceLine{line(fmt.Sprintf("%d kg", kg), "")}, Term: term, Items: []string{"item of " + g.name}, Measures: []string{"measure of " + g.name}}
		}
		for _, n := range []string{"a", "b"} {
			id := g.name + " " + n
			ids = append(ids, id)
			licences[id] = &model{licensed: 50, was: map[quantity.Instant]string{}}
			g.must(by("clerk", licence.Administrator), &licence.IssueLicence{ID: id, Authority: "CN.MOFCOM", Holder: holder, Side: licence.AuthoritySide, Terms: terms(50)})
		}
		imposed := map[string]string{} // by their ids, of what
		one := func(rt *rapid.T) (string, *model) {
			id := rapid.SampledFrom(ids).Draw(rt, "licence")
			return id, licences[id]
		}
		status := func(m *model) string {
			switch {
			case m.ended != "":
				return m.ended
			case g.at < from:
				return licence.LicenceNotYet
			case g.at >= until:
				return licence.LicenceExpired
			case m.suspended || len(imposed) > 0:
				return licence.LicenceSuspended
			}
			return licence.LicenceActive
		}
		officer := func() licence.By { return g.by("officer", licence.Officer) }
		rt.Repeat(map[string]func(*rapid.T){
			"suspend": func(rt *rapid.T) {
				id, m := one(rt)
				code := firstOf(when(m.ended != "", licence.NotActive), when(m.suspended, licence.WrongState))
				if g.expect(rt, officer(), &licence.Suspend{Licence: id}, code); code == "" {
					m.suspended = true
				}
			},
			"resume": func(rt *rapid.T) {
				id, m := one(rt)
				code := firstOf(when(m.ended != "", licence.NotActive), when(!m.suspended, licence.WrongState))
				if g.expect(rt, officer(), &licence.Resume{Licence: id}, code); code == "" {
					m.suspended = false
				}
			},
			"impose": func(rt *rapid.T) {
				of := rapid.SampledFrom([][2]string{{"party", holder}, {"item", "item of " + g.name}, {"measure", "measure of " + g.name}}).Draw(rt, "of")
				g.expect(rt, officer(), &licence.Impose{Of: of[0], Subject: of[1]}, "")
				g.look(rt, func(ctx context.Context, r licence.Reader) error {
					reg, err := licence.ReadRegister(ctx, r)
					if err == nil {
						imposed[reg.Suspensions[len(reg.Suspensions)-1].ID] = of[1]
					}
					return err
				})
			},
			"lift": func(rt *rapid.T) {
				if len(imposed) == 0 {
					rt.Skip("none lasts")
				}
				id := rapid.SampledFrom(slices.Sorted(maps.Keys(imposed))).Draw(rt, "suspension")
				g.expect(rt, officer(), &licence.Lift{ID: id}, "")
				delete(imposed, id)
				g.expect(rt, officer(), &licence.Lift{ID: id}, licence.NotFound)
			},
			"amend": func(rt *rapid.T) { // what was drawn stays drawn
				id, m := one(rt)
				kg := rapid.Int64Range(1, 80).Draw(rt, "kg")
				code := firstOf(when(m.ended != "", licence.NotActive), when(kg < m.drawn, licence.Overdraw), when(kg == m.licensed, licence.Invalid))
				if g.expect(rt, officer(), &licence.AmendLicence{Licence: id, Terms: terms(kg)}, code); code == "" {
					m.licensed = kg
				}
			},
			"draw": func(rt *rapid.T) {
				id, m := one(rt)
				kg := rapid.Int64Range(1, 30).Draw(rt, "kg")
				is := status(m)
				code := firstOf(when(is == licence.LicenceNotYet || is == licence.LicenceExpired, licence.OutsideTerm), when(is != licence.LicenceActive, licence.NotActive),
					when(m.drawn+kg > m.licensed, licence.Overdraw))
				if g.expect(rt, g.by("customs", licence.Customs), draw(take(id, 1, fmt.Sprintf("%d kg", kg), "")), code); code == "" {
					m.drawn += kg
				}
			},
			"end": func(rt *rapid.T) {
				if rapid.IntRange(0, 5).Draw(rt, "really") > 0 {
					rt.Skip("not now")
				}
				id, m := one(rt)
				how := rapid.SampledFrom([]string{licence.EndRevoked, licence.EndSurrendered, licence.EndSuperseded}).Draw(rt, "how")
				c := &licence.EndLicence{Licence: id, How: how}
				if how == licence.EndSuperseded {
					c.By = ids[0]
				}
				code := firstOf(when(m.ended != "", licence.NotActive), when(c.By == id, licence.Invalid))
				if g.expect(rt, officer(), c, code); code == "" {
					m.ended = how
				}
			},
			"time passes": g.pass,
			"": func(rt *rapid.T) {
				g.look(rt, func(ctx context.Context, r licence.Reader) error {
					reg, err := licence.ReadRegister(ctx, r)
					if err != nil {
						return err
					}
					balances, err := r.Balances(ctx, ids)
					if err != nil {
						return err
					}
					for i, id := range ids {
						l, err := licence.ReadLicence(ctx, r, id)
						if err != nil {
							return err
						}
						m := licences[id]
						m.was[g.at] = status(m)
						for at, want := range m.was { // any past instant gives that instant's answer
							if got := l.Standing(at, reg, nil).Status; got != want {
								rt.Fatalf("%s is %s at %d, and the model says %s", id, got, at, want)
							}
						}
						want := status(m)
						if want == licence.LicenceActive && m.drawn >= m.licensed {
							want = licence.LicenceExhausted
						}
						if got := l.Standing(g.at, reg, balances[i:i+1]).Status; got != want {
							rt.Fatalf("%s is %s, and the model says %s", id, got, want)
						}
						if b := balances[i]; b.Committed != m.drawn*1e9 || b.Licensed != m.licensed*1e9 {
							rt.Fatalf("%+v, and the model has %d of %d kg drawn", b, m.drawn, m.licensed)
						}
					}
					return nil
				})
			},
		})
		for id := range imposed { // the next games are on the same desk
			g.expect(rt, officer(), &licence.Lift{ID: id}, "")
		}
	})
}

// testUndertakingModel plays the undertakings of one licence: breached, released,
// out of time; and the licence that rests on them.
func testUndertakingModel(t *testing.T, e Engine) {
	shanghai := zone("Asia/Shanghai")
	last := quantity.NewDate(2025, 8, 31) // of the second undertaking
	newStage(t, e).play(func(rt *rapid.T, g *game) {
		c := content("cn.expedited")
		c.Undertakings = []licence.Promise{{Kind: "no-transfer", Says: "No transfer", By: "Prairie Pumps"}, {Kind: "report", Says: "Report", Until: last.String()}}
		file := g.file(c)
		g.claimed("officer", file)
		g.must(by("officer", licence.Officer), &licence.Decide{Application: file, Proposal: approve()})
		number := file[1:]
		id := "L" + number
		until := quantity.NewDate(2025, 12, 16).Start(shanghai)
		var breached, released [2]quantity.Instant
		suspended := false
		drawn := int64(0)
		name := func(n int) string { return fmt.Sprintf("U%s-%d", number, n+1) }
		some := func(rt *rapid.T) int { return rapid.IntRange(0, 1).Draw(rt, "undertaking") }
		broken := func(n int) bool { return breached[n] != 0 && released[n] == 0 }
		officer := func() licence.By { return g.by("officer", licence.Officer) }
		rt.Repeat(map[string]func(*rapid.T){
			"breach": func(rt *rapid.T) {
				n := some(rt)
				code := when(breached[n] != 0 || released[n] != 0, licence.WrongState)
				if g.expect(rt, g.by("inspector", licence.Enforcement), &licence.Breach{Undertaking: name(n), Finding: "sold on"}, code); code == "" {
					breached[n], suspended = g.at, true // with the same stroke
				}
			},
			"release": func(rt *rapid.T) {
				n := some(rt)
				code := when(released[n] != 0, licence.WrongState)
				if g.expect(rt, officer(), &licence.ReleaseUndertaking{Undertaking: name(n)}, code); code == "" {
					released[n] = g.at
				}
			},
			"suspend": func(rt *rapid.T) {
				g.expect(rt, officer(), &licence.Suspend{Licence: id}, when(suspended, licence.WrongState))
				suspended = true
			},
			"resume": func(rt *rapid.T) {
				code := firstOf(when(!suspended, licence.WrongState), when(broken(0) || broken(1), licence.UndertakingBroken))
				if g.expect(rt, officer(), &licence.Resume{Licence: id}, code); code == "" {
					suspended = false
				}
			},
			"draw": func(rt *rapid.T) {
				code := firstOf(when(g.at >= until, licence.OutsideTerm), when(suspended, licence.NotActive), when(drawn >= 120, licence.Overdraw))
				if g.expect(rt, g.by("customs", licence.Customs), draw(take(id, 1, "1 kg", "1 USD")), code); code == "" {
					drawn++
				}
			},
			"time passes": g.pass,
			"": func(rt *rapid.T) {
				g.look(rt, func(ctx context.Context, r licence.Reader) error {
					for n := range 2 {
						u, err := licence.ReadUndertaking(ctx, r, name(n))
						if err != nil {
							return err
						}
						want := licence.UndertakingIsInForce
						switch {
						case released[n] != 0:
							want = licence.UndertakingIsReleased
						case breached[n] != 0:
							want = licence.UndertakingIsBreached
						case n == 1 && g.at.Date(shanghai) > last:
							want = licence.UndertakingIsExpired
						}
						if got := u.Status(g.at, shanghai); got != want {
							rt.Fatalf("%s is %s, and the model says %s", u.ID, got, want)
						}
					}
					return nil
				})
			},
		})
	})
}
