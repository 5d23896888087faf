package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

func content(lane string) licence.Content {
	return licence.Content{
		Authority: "CN.MOFCOM",
		Applicant: licence.Party{Role: "applicant", Name: "Harbour Magnets", Country: "CN"},
		Parties:   []licence.Party{{Role: licence.RoleEndUser, Name: "Prairie Pumps", Country: "US"}},
		Lines:     []licence.Line{{Goods: "8505.11.00.70", From: "CN", To: "US", Quantity: amount("120 kg"), Value: money("9000 USD")}},
		EndUse:    "motors of pumps",
		Facts:     map[string]string{"lane": lane},
	}
}

// file puts a file into the review of a lane.
func (d *desk) file(c licence.Content) string {
	d.t.Helper()
	r := d.must(by("applicant", licence.Applicant), &licence.File{Content: c, Submit: true})
	d.must(by("intake", licence.Intake), &licence.Accept{Application: r.Object.ID})
	return r.Object.ID
}

func (d *desk) application(id string) (a *licence.Application) {
	d.t.Helper()
	d.view(func(ctx context.Context, r licence.Reader) (err error) {
		a, err = licence.ReadApplication(ctx, r, id)
		return err
	})
	return a
}

func approve() licence.Proposal {
	return licence.Proposal{Outcome: licence.Approved, Reason: "civil use, no concern"}
}

// claimed claims a file out of its turn, as tests do.
func (d *desk) claimed(officer, id string) {
	d.t.Helper()
	d.must(by(officer, licence.Officer), &licence.Claim{Application: id})
}

func testWay(t *testing.T, e Engine) {
	d := newDesk(t, e)
	officer, second, applicant := by("officer", licence.Officer), by("second", licence.Countersigner), by("applicant", licence.Applicant)
	c := content("cn.ordinary")
	c.Undertakings = []licence.Promise{{Kind: "no-re-export", To: "XX", Says: "No re-export", By: "Prairie Pumps"}}
	id := d.file(c)
	// A second submission, and a decision before anybody claims, are refused.
	d.refused(licence.WrongState, applicant, &licence.Submit{Application: id})
	d.refused(licence.NotClaimed, officer, &licence.Recommend{Application: id, Proposal: approve()})
	d.claimed("officer", id)
	// A query pauses the clock; the content may be mended while it is open.
	d.must(officer, &licence.Ask{Application: id, Text: "which pumps?"})
	if q := d.application(id).Queue(); q != licence.QueueApplicant {
		t.Errorf("with a query open it stands in %s", q)
	}
	c.EndUse = "motors of water pumps"
	d.must(applicant, &licence.Amend{Application: id, Content: c})
	d.must(applicant, &licence.Answer{Application: id, Text: "see the new end use"})
	d.refused(licence.WrongState, applicant, &licence.Amend{Application: id, Content: c})
	// To an agency and back.
	d.claimed("officer", id)
	d.must(officer, &licence.Refer{Application: id, Agency: "defence"})
	d.refused(licence.WrongState, officer, &licence.Recommend{Application: id, Proposal: approve()})
	d.refused(licence.Invalid, by("defence", licence.Agency), &licence.Advise{Application: id, Agency: "defence", Kind: licence.AdviseRefuse})
	d.must(by("defence", licence.Agency), &licence.Advise{Application: id, Agency: "defence", Kind: licence.AdviseApprove, Line: 1, Party: "Prairie Pumps"})
	d.claimed("officer", id)
	for code, p := range map[licence.Code]licence.Proposal{
		licence.Invalid: {Outcome: licence.Refused, Reason: "no"},                     // no grounds
		licence.Barred:  {Outcome: licence.NoLicenceNeeded, Reason: "none is needed"}, // the law asks for one
	} {
		d.refused(code, officer, &licence.Recommend{Application: id, Proposal: p})
	}
	d.refused(licence.Invalid, officer, &licence.Recommend{Application: id, Proposal: licence.Proposal{Outcome: licence.Approved, Reason: "long", Months: 12}})
	d.refused(licence.NoCountersign, officer, &licence.Decide{Application: id, Proposal: approve()})
	d.must(officer, &licence.Recommend{Application: id, Proposal: approve()})
	d.refused(licence.Invalid, func() licence.By { b := second; b.Reason = ""; return b }(), &licence.Countersign{Application: id})
	d.must(second, &licence.Countersign{Application: id, Agree: true})
	a := d.application(id)
	if a.Stage != licence.StageClosed || a.Decision.Licence == "" || a.ContentVersion != 2 {
		t.Fatalf("it ends as %s, version %d, with %+v", a.Stage, a.ContentVersion, a.Decision)
	}
	d.refused(licence.AlreadyDecided, officer, &licence.Decide{Application: id, Proposal: approve()})
	d.refused(licence.AlreadyDecided, second, &licence.Countersign{Application: id, Agree: true})
	d.view(func(ctx context.Context, r licence.Reader) error {
		l, err := licence.ReadLicence(ctx, r, a.Decision.Licence)
		if err != nil {
			return err
		}
		if l.Term.First.String() != "2025-06-16" || l.Term.Last.String() != "2025-12-15" || len(l.Undertakings) != 1 {
			t.Errorf("the licence is valid %s and rests on %v", l.Term, l.Undertakings)
		}
		return nil
	})
	d.mustMove(draw(take(a.Decision.Licence, 1, "120 kg", "9000 USD")))
	d.lawful()
}

func testFourEyes(t *testing.T, e Engine) {
	d := newDesk(t, e)
	id := d.file(content("cn.ordinary"))
	both := by("officer", licence.Officer)
	d.claimed("officer", id)
	d.must(both, &licence.Recommend{Application: id, Proposal: approve()})
	d.refused(licence.SamePerson, both, &licence.Countersign{Application: id, Agree: true})
	// Who disagrees sends it back; the first officer cannot be the second of the next.
	d.must(by("second", licence.Countersigner), &licence.Countersign{Application: id})
	d.claimed("second", id)
	d.must(by("second", licence.Officer), &licence.Recommend{Application: id, Proposal: licence.Proposal{Outcome: licence.Refused, Reason: "doubt", Grounds: []string{"Article 9"}}})
	d.refused(licence.SamePerson, by("second", licence.Officer), &licence.Countersign{Application: id, Agree: true})
	d.must(both, &licence.Countersign{Application: id, Agree: true})
	// The appeal is decided by others, and by two of them.
	d.refused(licence.WrongRole, both, &licence.Appeal{Application: id, Grounds: "wrong"})
	late := by("applicant", licence.Applicant)
	late.At += 61 * 86400
	d.refused(licence.WindowClosed, late, &licence.Appeal{Application: id, Grounds: "wrong"})
	d.must(by("applicant", licence.Applicant), &licence.Appeal{Application: id, Grounds: "wrong"})
	d.refused(licence.SamePerson, both, &licence.Claim{Application: id})
	d.refused(licence.SamePerson, both, &licence.Recommend{Application: id, Proposal: approve()})
	d.refused(licence.NothingWaiting, both, &licence.ClaimNext{Authority: "CN.MOFCOM", Queue: licence.QueueAppeal})
	d.claimed("third", id)
	d.refused(licence.NoCountersign, by("third", licence.Officer), &licence.Decide{Application: id, Proposal: approve()})
	d.must(by("third", licence.Officer), &licence.Recommend{Application: id, Proposal: approve()})
	d.refused(licence.SamePerson, by("second", licence.Countersigner), &licence.Countersign{Application: id, Agree: true})
	d.must(by("fourth", licence.Countersigner), &licence.Countersign{Application: id, Agree: true})
	if a := d.application(id); !a.Decision.OnAppeal || len(a.Earlier) != 1 || a.Earlier[0].Outcome != licence.Refused {
		t.Errorf("after the appeal: %+v, before it %+v", a.Decision, a.Earlier)
	}
	// Nobody works on a file that he entered.
	r := d.must(by("clerk", licence.Intake), &licence.File{Content: content("cn.expedited"), Submit: true})
	d.must(by("intake", licence.Intake), &licence.Accept{Application: r.Object.ID})
	d.refused(licence.SamePerson, by("clerk", licence.Officer), &licence.Claim{Application: r.Object.ID})
	// In a lane of one officer one is enough.
	d.claimed("officer", r.Object.ID)
	d.must(both, &licence.Decide{Application: r.Object.ID, Proposal: approve()})
	d.lawful()
}

func testLeases(t *testing.T, e Engine) {
	d := newDesk(t, e)
	one, two := d.file(content("cn.expedited")), d.file(content("cn.expedited"))
	first, second := by("first", licence.Officer), by("second", licence.Officer)
	next := &licence.ClaimNext{Authority: "CN.MOFCOM", Minutes: 30}
	// In one transaction two officers get two files, and a third none.
	results := d.DoAll(context.Background(), []licence.Order{{By: first, Command: next}, {By: second, Command: next}, {By: by("third", licence.Officer), Command: next}})
	if results[0].Receipt.Object.ID != one || results[1].Receipt.Object.ID != two || !errors.Is(results[2].Err, &licence.Refusal{Code: licence.NothingWaiting}) {
		t.Fatalf("three claims give %+v", results)
	}
	d.refused(licence.ClaimedByOther, second, &licence.Claim{Application: one})
	d.refused(licence.ClaimedByOther, second, &licence.Decide{Application: one, Proposal: approve()})
	// The lease ends by itself, to the second, and is then anybody's.
	first.At += 30*60 - 1
	d.must(first, &licence.Claim{Application: one, Minutes: 1})
	first.At += 60
	d.refused(licence.LeaseExpired, first, &licence.Decide{Application: one, Proposal: approve()})
	second.At = first.At
	if r := d.must(second, next); r.Object.ID != one {
		t.Errorf("the next is %s, want %s: its lease ran out", r.Object.ID, one)
	}
	d.must(second, &licence.Decide{Application: one, Proposal: approve()})
	// An administrator assigns a file.
	d.must(by("head", licence.Administrator), &licence.Claim{Application: two, For: "first"})
	if a := d.application(two); a.Held(now) != "first" {
		t.Errorf("it is held by %q", a.Held(now))
	}
	d.lawful()
}

func testQueues(t *testing.T, e Engine) {
	d := newDesk(t, e)
	day := func(n int) quantity.Instant { return now + quantity.Instant(n*86400) }
	file := func(lane string, at quantity.Instant) string {
		a, i := by("applicant", licence.Applicant), by("intake", licence.Intake)
		a.At, i.At = at, at
		r := d.must(a, &licence.File{Content: content(lane), Submit: true})
		d.must(i, &licence.Accept{Application: r.Object.ID})
		return r.Object.ID
	}
	slow := file("cn.ordinary", day(0))     // its head start is 30 days
	fast := file("cn.expedited", day(15))   // its 10
	faster := file("cn.expedited", day(14)) // older in the same lane
	late := file("cn.expedited", day(25))   // after 25 days the slow one goes first
	officer := by("officer", licence.Officer)
	officer.At = day(30)
	var order []string
	for range 4 {
		order = append(order, d.must(officer, &licence.ClaimNext{Authority: "CN.MOFCOM"}).Object.ID)
	}
	if want := []string{faster, fast, slow, late}; !slices.Equal(order, want) {
		t.Errorf("the turns are %v, want %v", order, want)
	}
	officer.At = day(31)
	// Out of turn only with a reason, which is kept.
	officer.Reason = ""
	d.refused(licence.Invalid, officer, &licence.Claim{Application: late})
	officer.Reason = "the applicant waits at the port"
	d.must(officer, &licence.Claim{Application: late})
	exceptions := 0
	d.view(func(ctx context.Context, r licence.Reader) error {
		return licence.Exceptions(ctx, r, func(x licence.Exception) error {
			if x.Application == late && x.Reason == officer.Reason {
				exceptions++
			}
			return nil
		})
	})
	if exceptions != 1 {
		t.Errorf("%d exceptions are in the log, want 1", exceptions)
	}
	// The rows are found by page, one after another.
	d.view(func(ctx context.Context, r licence.Reader) error {
		q := licence.FileQuery{Authority: "CN.MOFCOM", Queue: licence.QueueReview, Limit: 3}
		page, err := r.Files(ctx, q)
		if err != nil || len(page) != 3 {
			return fmt.Errorf("the first page has %d files: %w", len(page), err)
		}
		q.After, q.AfterID = page[2].Turn, page[2].ID
		rest, err := r.Files(ctx, q)
		if err != nil || len(rest) != 1 || rest[0].ID != late {
			t.Errorf("the second page is %v (%v)", rest, err)
		}
		q = licence.FileQuery{Queue: licence.QueueReview, Free: true, At: officer.At}
		if free, err := r.Files(ctx, q); err != nil || len(free) != 3 {
			t.Errorf("%d files are free (%v), want 3", len(free), err)
		}
		counts, err := r.Counts(ctx, "CN.MOFCOM")
		if err != nil || len(counts) != 2 || counts[0].Files+counts[1].Files != 4 || counts[1].Lane != "cn.ordinary" || counts[1].Oldest != day(0) {
			t.Errorf("counted are %+v (%v)", counts, err)
		}
		return nil
	})
}

func testUndertakings(t *testing.T, e Engine) {
	d := newDesk(t, e)
	c := content("cn.expedited")
	c.Undertakings = []licence.Promise{{Kind: "no-transfer", Says: "No transfer", By: "Prairie Pumps"}, {Kind: "report", Says: "Report", Until: "2025-08-31"}}
	id := d.file(c)
	d.claimed("officer", id)
	officer := by("officer", licence.Officer)
	d.must(officer, &licence.Decide{Application: id, Proposal: approve()})
	l := d.application(id).Decision.Licence
	d.mustMove(draw(take(l, 1, "1 kg", "1 USD")))
	status := func(u string, at quantity.Instant) (s string) {
		d.view(func(ctx context.Context, r licence.Reader) error {
			x, err := licence.ReadUndertaking(ctx, r, u)
			if err == nil {
				s = x.Status(at, zone("Asia/Shanghai"))
			}
			return err
		})
		return s
	}
	first, second := "U"+strings.TrimPrefix(l, "L")+"-1", "U"+strings.TrimPrefix(l, "L")+"-2"
	if s := status(first, now); s != licence.UndertakingIsInForce {
		t.Errorf("it is %s", s)
	}
	if s := status(second, now+90*86400); s != licence.UndertakingIsExpired {
		t.Errorf("after its last day it is %s", s)
	}
	d.must(by("inspector", licence.Enforcement), &licence.Breach{Undertaking: first, Finding: "sold on"})
	if s := status(first, now); s != licence.UndertakingIsBreached {
		t.Errorf("it is %s", s)
	}
	d.refusedMove(licence.NotActive, draw(take(l, 1, "1 kg", "1 USD")))
	d.refused(licence.UndertakingBroken, officer, &licence.Resume{Licence: l})
	d.must(officer, &licence.ReleaseUndertaking{Undertaking: first})
	d.must(officer, &licence.Resume{Licence: l})
	d.mustMove(draw(take(l, 1, "1 kg", "1 USD")))
	d.lawful()
}

func testLikeness(t *testing.T, e Engine) {
	d := newDesk(t, e)
	first := d.file(content("cn.expedited"))
	second := d.file(content("cn.expedited"))
	near := content("cn.expedited")
	near.Lines[0].Quantity = amount("125 kg")
	third := d.file(near)
	far := content("cn.expedited")
	far.Applicant.Name, far.Lines[0].Quantity, far.EndUse = "River Magnets", amount("5000 kg"), "generators"
	fourth := d.file(far)
	links := func(id string) map[string]int {
		out := map[string]int{}
		for _, l := range d.application(id).Links {
			out[l.Other] = l.Percent
			if len(l.Reasons) == 0 {
				t.Errorf("%s is linked with %s without a reason", id, l.Other)
			}
		}
		return out
	}
	if l := links(second); l[first] != 100 {
		t.Errorf("the same file again is linked %v", l)
	}
	if l := links(third); l[first] < 85 || l[first] == 100 {
		t.Errorf("a file that is nearly the same is linked %v", l)
	}
	if l := links(fourth); len(l) != 0 {
		t.Errorf("another file is linked %v", l)
	}
	// What was decided alike is found for the next officer.
	d.claimed("officer", first)
	d.must(by("officer", licence.Officer), &licence.Decide{Application: first, Proposal: approve()})
	d.view(func(ctx context.Context, r licence.Reader) error {
		found, err := licence.Precedents(ctx, r, second, 5)
		if err != nil || len(found) != 1 || found[0].File.ID != first || found[0].Decision.Outcome != licence.Approved || len(found[0].Reasons) == 0 {
			t.Errorf("the precedents are %+v (%v)", found, err)
		}
		return nil
	})
}

func testDocuments(t *testing.T, e Engine) {
	d := newDesk(t, e)
	c := content("cn.expedited")
	c.Facts["paper"] = "End-user certificate"
	applicant := by("applicant", licence.Applicant)
	r := d.must(applicant, &licence.File{Content: c})
	d.refused(licence.Incomplete, applicant, &licence.Submit{Application: r.Object.ID})
	paper := []byte("we shall use it for pumps")
	doc := licence.Document{Kind: "End-user certificate", Form: "copy", Digest: licence.DigestOf(paper)}
	d.must(applicant, &licence.Attach{Application: r.Object.ID, Document: doc, Bytes: paper})
	d.refused(licence.Incomplete, applicant, &licence.Submit{Application: r.Object.ID}) // wanted as original
	doc.Form = "original"
	d.refused(licence.DigestDiffers, applicant, &licence.Attach{Application: r.Object.ID, Document: doc, Bytes: []byte("we shall not")})
	doc.Until = quantity.NewDate(2025, 6, 15)
	d.must(applicant, &licence.Attach{Application: r.Object.ID, Document: doc, Bytes: paper})
	d.refused(licence.Incomplete, applicant, &licence.Submit{Application: r.Object.ID}) // was valid until yesterday
	doc.Until = quantity.NewDate(2025, 6, 16)
	d.must(applicant, &licence.Attach{Application: r.Object.ID, Document: doc, Bytes: paper})
	d.must(applicant, &licence.Submit{Application: r.Object.ID})
	d.view(func(ctx context.Context, r licence.Reader) error {
		kept, ok, err := r.Paper(ctx, doc.Digest)
		if err != nil || !ok || string(kept) != string(paper) {
			t.Errorf("kept is %q (%t, %v)", kept, ok, err)
		}
		if _, ok, err := r.Paper(ctx, "sha256:none"); ok || err != nil {
			t.Errorf("what was never kept is found (%v)", err)
		}
		return nil
	})
	d.lawful()
}

func testAudit(t *testing.T, e Engine) {
	if e.Spoil == nil {
		t.Skip("the engine cannot be spoiled")
	}
	for name, c := range map[string]struct{ statement, names string }{
		"a record":                {"UPDATE desk_event SET record = replace(CAST(record AS TEXT), 'Harbour', 'Harbor')::bytea WHERE seq = 1", "event 1"},
		"a column":                {"UPDATE desk_event SET at = at + 1 WHERE seq = 2", "event 2"},
		"a missing one":           {"DELETE FROM desk_event WHERE seq = 4", "event 4"},
		"the last one":            {"DELETE FROM desk_event WHERE seq = (SELECT max(seq) FROM desk_event)", "the head says"},
		"a state":                 {"UPDATE desk_object SET version = version + 1 WHERE kind = 'licence'", "licence L1"},
		"a balance":               {"UPDATE desk_balance SET committed = committed - 1", "balance"},
		"a movement":              {"UPDATE desk_movement SET quantity = quantity - 1", "movement"},
		"no movement":             {"DELETE FROM desk_movement", "movements"},
		"a row of a file":         {"UPDATE desk_file SET lane = 'cn.ordinary'", "stands elsewhere"},
		"a count":                 {"UPDATE desk_count SET files = files + 1", "than are counted"},
		"a movement more":         {"INSERT INTO desk_movement SELECT seq, place + 9, licence, line, drawdown, kind, quantity, value, at FROM desk_movement WHERE place = 1", "movement 10"},
		"a balance of no licence": {"INSERT INTO desk_balance SELECT 'L9', line, unit, currency, licensed, ceiling, reserved, committed, value_ceiling, value_reserved, value_committed, version FROM desk_balance", "licence L9"},
		"a state gone":            {"DELETE FROM desk_object WHERE kind = 'drawdown'", "is not kept"},
		"a state more":            {"INSERT INTO desk_object SELECT kind, 'L9', version, state FROM desk_object WHERE kind = 'licence'", "licence L9 is kept"},
		"an event more":           {"INSERT INTO desk_event SELECT seq + 1000, at, kind, object, version, type, record, hash FROM desk_event WHERE seq = 1", "event 1001"},
		"a document":              {"UPDATE desk_paper SET digest = 'sha256:0'", "document sha256:0 was changed"},
		"another ending":          {"UPDATE desk_head SET size = size", ""}, // changes nothing
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, e)
			d.record("L1", line("100 kg", ""))
			d.file(content("cn.expedited"))
			d.mustMove(draw(take("L1", 1, "10 kg", "")))
			paper := []byte("we shall use it for pumps")
			d.must(by("intake", licence.Intake), &licence.Attach{Application: d.file(content("cn.expedited")), Bytes: paper,
				Document: licence.Document{Kind: "Letter", Form: "copy", Digest: licence.DigestOf(paper)}})
			before, err := licence.Audit(context.Background(), d.store, licence.AuditOptions{})
			if err != nil || len(before.Faults) > 0 {
				t.Fatalf("before: %v (%v)", before.Faults, err)
			}
			e.Spoil(t, d.store, c.statement)
			after, err := licence.Audit(context.Background(), d.store, licence.AuditOptions{Against: &before.Head})
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case c.names == "" && len(after.Faults) > 0:
				t.Errorf("nothing was changed, and found are %v", after.Faults)
			case c.names != "" && !strings.Contains(strings.Join(after.Faults, "\n"), c.names):
				t.Errorf("found are %v, want one that names %q", after.Faults, c.names)
			}
		})
	}
	t.Run("another log", func(t *testing.T) {
		one, two := newDesk(t, e), newDesk(t, e)
		one.record("L1", line("100 kg", ""))
		two.record("L1", line("101 kg", ""))
		kept, err := licence.Audit(context.Background(), one.store, licence.AuditOptions{})
		if err != nil {
			t.Fatal(err)
		}
		two.record("L2", line("1 kg", ""))
		got, err := licence.Audit(context.Background(), two.store, licence.AuditOptions{Against: &kept.Head})
		if err != nil || len(got.Faults) != 1 {
			t.Errorf("a log that was begun anew is found as %v (%v)", got.Faults, err)
		}
	})
}
