package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/store/sqlite"
)

// newDesk is a desk on an empty file, with the law of the packs.
func newDesk(t testing.TB) *licence.Desk {
	t.Helper()
	store, err := sqlite.OpenDesk(t.Context(), filepath.Join(t.TempDir(), "desk.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	authorities, err := licence.Authorities()
	if err != nil {
		t.Fatal(err)
	}
	return licence.NewDesk(store, licence.NewEngine(engine(t).Schedule()), authorities, func() quantity.Instant { return quantity.Instant(today().Unix()) })
}

// atDesk is a client of the desk's API.
type atDesk struct {
	t   testing.TB
	url string
}

func newDeskServer(t testing.TB) (atDesk, *licence.Desk) {
	d := newDesk(t)
	return atDesk{t, newServer(t, func(o *Options) { o.Desk = d }).URL}, d
}

// act gives a command and reads its receipt; the status has to be as wanted.
func (c atDesk) act(status int, as string, role licence.Role, name, body string, headers ...string) (licence.Receipt, Problem) {
	c.t.Helper()
	query := url.Values{"as": {as}, "role": {string(role)}, "reason": {"test"}}
	res, text := send(c.t, "POST", c.url+"/v1/desk/acts/"+name+"?"+query.Encode(), body, headers...)
	if res.StatusCode != status {
		c.t.Fatalf("%s: %s: %s", name, res.Status, text)
	}
	var r licence.Receipt
	var p Problem
	if status == http.StatusOK {
		c.read([]byte(text), &r)
	} else {
		c.read([]byte(text), &p)
	}
	return r, p
}

// get asks the desk a question; the status has to be as wanted.
func (c atDesk) get(status int, as string, role licence.Role, path string, into any) string {
	c.t.Helper()
	sign := "?"
	if strings.Contains(path, "?") {
		sign = "&"
	}
	res, text := send(c.t, "GET", c.url+"/v1/desk"+path+sign+url.Values{"as": {as}, "role": {string(role)}}.Encode(), "")
	if res.StatusCode != status {
		c.t.Fatalf("%s: %s: %s", path, res.Status, text)
	}
	if into != nil {
		c.read([]byte(text), into)
	}
	return text
}

func (c atDesk) read(text []byte, into any) {
	c.t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		c.t.Fatalf("%v: %s", err, text)
	}
}

const magnetFile = `{"content": {"authority": "CN.MOFCOM", "applicant": {"role": "applicant", "name": "Harbour Magnets", "country": "CN"},
	"parties": [{"role": "end user", "name": "Elbe Motors", "country": "DE"}], "endUse": "servo motors of machine tools", "closed": true,
	"facts": {"end_user.military": "no", "end_use.military": "no"},
	"lines": [{"goods": "8505.11", "description": "magnets", "from": "CN", "to": "DE", "quantity": "120 kg", "value": "9000 USD",
		"facts": {"goods.magnet_family": "NdFeB", "goods.Dy": "2.4", "goods.form": "permanent-magnet"}}]}}`

// file brings a file as far as review, with every paper that its lane asks for.
func (c atDesk) file() (id string) {
	c.t.Helper()
	r, _ := c.act(200, "clerk of Harbour", licence.Applicant, "file", magnetFile)
	id = r.Object.ID
	var d licence.Dossier
	c.get(200, "Harbour Magnets", licence.Applicant, "/files/"+id, &d)
	content := d.Application.Content
	for _, m := range d.Missing {
		if m.Why == "the undertaking is not given" {
			content.Undertakings = append(content.Undertakings, licence.Promise{Kind: "stated", Says: m.What, By: "Elbe Motors"})
			continue
		}
		form := m.Form
		if form == "" {
			form = "copy"
		}
		text, err := json.Marshal(attachment{id, licence.Document{Kind: m.What, Form: form, Digest: licence.DigestOf([]byte(m.What))}, []byte(m.What)})
		if err != nil {
			c.t.Fatal(err)
		}
		c.act(200, "clerk of Harbour", licence.Applicant, "attach", string(text))
	}
	text, err := json.Marshal(licence.Amend{Application: id, Content: content})
	if err != nil {
		c.t.Fatal(err)
	}
	c.act(200, "clerk of Harbour", licence.Applicant, "amend", string(text))
	of := `{"application": "` + id + `"}`
	c.act(200, "clerk of Harbour", licence.Applicant, "submit", of)
	c.act(200, "intake-1", licence.Intake, "accept", of)
	return id
}

// A file goes its whole way over HTTP: filed, claimed, recommended, countersigned,
// drawn on, and proved.
func TestDeskWay(t *testing.T) {
	c, _ := newDeskServer(t)
	id := c.file()
	of := `{"application": "` + id + `"}`

	var page licence.Page
	c.get(200, "officer-1", licence.Officer, "/queues/review", &page)
	if page.Pending != 1 || len(page.Files) != 1 || page.Files[0].ID != id {
		t.Fatalf("the queue holds %+v", page)
	}
	r, _ := c.act(200, "officer-1", licence.Officer, "claim-next", `{"authority": "CN.MOFCOM"}`)
	if r.Object.ID != id {
		t.Fatalf("claimed %s", r.Object)
	}
	_, p := c.act(409, "officer-2", licence.Officer, "claim", of)
	if p.Code != "claimed" || p.Errors[0].Hint == "" {
		t.Errorf("%+v", p)
	}
	proposal := `{"application": "` + id + `", "proposal": {"outcome": "approved-with-conditions", "conditions": ["report each shipment"], "reason": "civil use", "tolerance": "5"}}`
	_, p = c.act(409, "officer-1", licence.Officer, "decide", proposal)
	if p.Code != "countersign-missing" {
		t.Fatalf("%+v", p)
	}
	c.act(200, "officer-1", licence.Officer, "recommend", proposal)
	_, p = c.act(403, "officer-1", licence.Countersigner, "countersign", `{"application": "`+id+`", "agree": true}`)
	if p.Code != "same-person" {
		t.Errorf("%+v", p)
	}
	c.get(404, "Harbour Magnets", licence.Applicant, "/files/"+id+"/letter", nil)
	c.act(200, "second-1", licence.Countersigner, "countersign", `{"application": "`+id+`", "agree": true}`)

	letter := c.get(200, "Harbour Magnets", licence.Applicant, "/files/"+id+"/letter", nil)
	for _, want := range []string{"report each shipment", "Ministry of Commerce", "both inclusive"} {
		if !strings.Contains(letter, want) {
			t.Errorf("the letter does not say %q: %s", want, letter)
		}
	}
	number := "L" + strings.TrimPrefix(id, "A")
	draw := `{"takes": [{"licence": "` + number + `", "quantity": "100 kg", "value": "7000 USD"}], "commit": true}`
	_, p = c.act(422, "customs-1", licence.Customs, "draw", draw)
	if p.Code != "invalid" {
		t.Errorf("a movement without a key: %+v", p)
	}
	first, _ := c.act(200, "customs-1", licence.Customs, "draw", draw, "Idempotency-Key", "shipment 1")
	again, _ := c.act(200, "customs-1", licence.Customs, "draw", draw, "Idempotency-Key", "shipment 1")
	if !again.Repeated || again.Object != first.Object {
		t.Errorf("sent again it came to %+v, and before to %+v", again, first)
	}
	_, p = c.act(409, "customs-1", licence.Customs, "draw", draw, "Idempotency-Key", "shipment 2")
	if p.Code != "overdraw" || !strings.Contains(p.Detail, "26 kg left") {
		t.Errorf("%+v", p)
	}
	var seen licence.LicenceView
	text := c.get(200, "customs-1", licence.Customs, "/licences/"+number, &seen)
	if seen.Lines[0].Left.String() != "26 kg" || seen.Conditions[0] != "report each shipment" {
		t.Errorf("customs sees %s", text)
	}

	var counted licence.Statistics
	c.get(200, "officer-1", licence.Officer, "/statistics?from=2026-07-01&to=2026-08-31", &counted)
	if counted.Total.Received != 1 || counted.Total.Approved != 1 || counted.Total.Pending != 0 {
		t.Errorf("counted %+v", counted.Total)
	}
	c.get(422, "officer-1", licence.Officer, "/statistics?from=soon&to=2026-08-31", nil)
	var ahead licence.Forecast
	if c.get(200, "officer-1", licence.Officer, "/forecast?officers=2", &ahead); ahead.Pending != 0 || ahead.Officers != 2 {
		t.Errorf("forecast %+v", ahead)
	}
	var own licence.Own
	if c.get(200, "Harbour Magnets", licence.Applicant, "/own", &own); len(own.History) != 1 || len(own.Holdings) != 1 {
		t.Errorf("the applicant's own: %+v", own)
	}

	var proof DeskAudit
	res, body := send(t, "POST", c.url+"/v1/desk/acts/audit?as=auditor-1&role=auditor", `{}`)
	if c.read([]byte(body), &proof); res.StatusCode != 200 || !proof.Proved {
		t.Errorf("%s: %s", res.Status, body)
	}
}

// Each role sees what it may, and no more.
func TestDeskRoles(t *testing.T) {
	c, _ := newDeskServer(t)
	id := c.file()
	c.act(200, "officer-1", licence.Officer, "claim-next", `{"authority": "CN.MOFCOM"}`)
	c.act(200, "officer-1", licence.Officer, "refer", `{"application": "`+id+`", "agency": "expert panel", "question": "is the use civil?"}`)
	c.act(200, "expert panel", licence.Agency, "advise", `{"application": "`+id+`", "agency": "expert panel", "kind": "inform", "text": "secret doubts", "internal": true}`)

	text := c.get(200, "harbour  magnets", licence.Applicant, "/files/"+id, nil)
	for _, secret := range []string{"secret doubts", "officer-1", "is the use civil?"} {
		if strings.Contains(text, secret) {
			t.Errorf("the applicant sees %q", secret)
		}
	}
	if text := c.get(200, "auditor-1", licence.Auditor, "/files/"+id, nil); !strings.Contains(text, "secret doubts") {
		t.Error("the auditor does not see an advice")
	}
	for _, x := range []struct {
		status int
		as     string
		role   licence.Role
		path   string
	}{
		{404, "Another Applicant", licence.Applicant, "/files/" + id},
		{404, "another agency", licence.Agency, "/files/" + id},
		{200, "expert panel", licence.Agency, "/files/" + id},
		{403, "customs-1", licence.Customs, "/files/" + id},
		{403, "customs-1", licence.Customs, "/queues/review"},
		{403, "customs-1", licence.Customs, "/events"},
		{403, "Harbour Magnets", licence.Applicant, "/queues/review"},
		{403, "Harbour Magnets", licence.Applicant, "/files/" + id + "/precedents"},
		{403, "Harbour Magnets", licence.Applicant, "/events"},
		{403, "Harbour Magnets", licence.Applicant, "/statistics?from=2025-01-01&to=2025-12-31"},
		{403, "Harbour Magnets", licence.Applicant, "/forecast"},
		{422, "the desk itself", licence.System, "/files/" + id},
		{404, "officer-1", licence.Officer, "/files/A999"},
		{404, "customs-1", licence.Customs, "/licences/L999"},
	} {
		c.get(x.status, x.as, x.role, x.path, nil)
	}
	if _, p := c.act(422, "the desk itself", licence.System, "accept", `{"application": "`+id+`"}`); p.Detail == "" {
		t.Error("whoever asks may act as the desk itself")
	}
}

// What is wrong with a request is told, and an act on something that changed
// meanwhile is not carried out.
func TestDeskProblems(t *testing.T) {
	c, _ := newDeskServer(t)
	_, p := c.act(422, "clerk", licence.Applicant, "file", `{"content": {"authority": "CN.MOFCOM", "applicant": {"role": "applicant", "name": ""}, "parties": [], "lines": [], "endUse": ""}}`)
	if len(p.Errors) != 2 || p.Errors[0].Location != "applicant.name" || p.Errors[0].Hint == "" {
		t.Errorf("%+v", p)
	}
	_, p = c.act(422, "officer-1", licence.Officer, "claim", `{"application": "A1", "aplication": "A2"}`)
	if len(p.Errors) == 0 || p.Errors[0].Location != "body.aplication" {
		t.Errorf("%+v", p)
	}
	_, p = c.act(422, "customs-1", licence.Customs, "draw", `{"takes": [{"licence": "L1", "quantity": "1 kg"}, {"licence": "L1", "quantity": "banana"}]}`, "Idempotency-Key", "one")
	if p.Code != "invalid" || len(p.Errors) != 1 || p.Errors[0].Location != "body.takes[1].quantity" || !strings.Contains(p.Errors[0].Message, "write one like 120 kg") {
		t.Errorf("%+v", p)
	}
	if _, p = c.act(404, "officer-1", licence.Officer, "claim-next", `{"authority": "CN.MOFCOM"}`); p.Code != "nothing-waiting" {
		t.Errorf("%+v", p)
	}
	id := c.file()
	c.act(200, "Harbour Magnets", licence.Applicant, "endorse", `{"application": "`+id+`", "step": {"name": "prepared", "lapses": "2099-12-31"}}`)
	query := url.Values{"as": {"officer-1"}, "role": {"officer"}, "ifVersion": {"1"}}
	res, text := send(t, "POST", c.url+"/v1/desk/acts/claim?"+query.Encode(), `{"application": "`+id+`"}`)
	if res.StatusCode != http.StatusPreconditionFailed || !strings.Contains(text, "it has changed since version 1") {
		t.Errorf("%s: %s", res.Status, text)
	}
	c.act(422, "Harbour Magnets", licence.Applicant, "attach", `{"application": "`+id+`", "document": {"kind": "x", "form": "copy", "digest": "sha256:`+strings.Repeat("0", 64)+`"}, "content": "aGVsbG8="}`)
}

// What stands around files and licences can be asked by whom it concerns: the check
// before filing, versions, shipments, renewals, undertakings, suspensions, and what a
// change of law touches.
func TestDeskAround(t *testing.T) {
	c, d := newDeskServer(t)
	checked := func(status int, body string) (out licence.Check, text string) {
		t.Helper()
		res, text := send(t, "POST", c.url+"/v1/desk/acts/check?as=Harbour+Magnets&role=applicant", body)
		if res.StatusCode != status {
			t.Fatalf("%s: %s", res.Status, text)
		}
		if status == http.StatusOK {
			c.read([]byte(text), &out)
		}
		return out, text
	}
	check, _ := checked(200, magnetFile)
	if check.Ready || len(check.Lanes) < 2 || check.Assessment.Lane == "" {
		t.Errorf("the check says %+v", check)
	}
	given := 0
	for _, l := range check.Lanes {
		if l.Given {
			given++
			if l.ID != check.Assessment.Lane || len(l.Missing) == 0 {
				t.Errorf("the lane %+v", l)
			}
		}
	}
	if given != 1 {
		t.Errorf("%d lanes are given", given)
	}
	if _, text := checked(422, strings.ReplaceAll(magnetFile, `"120 kg"`, `"0 kg"`)); !strings.Contains(text, "lines.1.quantity") {
		t.Errorf("the fault is %s", text)
	}
	id := c.file()
	var revisions []licence.Revision
	c.get(200, "Harbour Magnets", licence.Applicant, "/files/"+id+"/revisions", &revisions)
	if len(revisions) != 2 || len(revisions[1].Differs) == 0 {
		t.Errorf("the versions are %+v", revisions)
	}
	c.get(404, "Other Works", licence.Applicant, "/files/"+id+"/revisions", nil)

	proposal := `{"application": "` + id + `", "proposal": {"outcome": "approved", "reason": "civil use"}}`
	c.act(200, "officer-1", licence.Officer, "claim", `{"application": "`+id+`"}`)
	c.act(200, "officer-1", licence.Officer, "recommend", proposal)
	c.act(200, "second-1", licence.Countersigner, "countersign", `{"application": "`+id+`", "agree": true}`)
	number := "L" + strings.TrimPrefix(id, "A")
	r, _ := c.act(200, "Harbour Magnets", licence.Applicant, "draw", `{"shipment": "B/L 815", "takes": [{"licence": "`+number+`", "quantity": "10 kg", "value": "700 USD"}]}`, "Idempotency-Key", "one")
	_, p := c.act(403, "Harbour Magnets", licence.Applicant, "commit", `{"drawdown": "`+r.Object.ID+`"}`, "Idempotency-Key", "two")
	if p.Code != "wrong-role" {
		t.Errorf("%+v", p)
	}
	c.act(404, "Other Works", licence.Applicant, "release", `{"drawdown": "`+r.Object.ID+`"}`, "Idempotency-Key", "three")
	var drawn licence.DrawdownView
	c.get(200, "Harbour Magnets", licence.Applicant, "/drawdowns/"+r.Object.ID, &drawn)
	if drawn.Shipment != "B/L 815" || drawn.Commits || !drawn.Releases {
		t.Errorf("the drawdown is %+v", drawn)
	}
	c.get(404, "Other Works", licence.Applicant, "/drawdowns/"+r.Object.ID, nil)
	c.get(403, "panel", licence.Agency, "/drawdowns/"+r.Object.ID, nil)
	var list []licence.DrawdownView
	c.get(200, "customs-1", licence.Customs, "/licences/"+number+"/drawdowns", &list)
	if len(list) != 1 || !list[0].Commits {
		t.Errorf("the shipments are %+v", list)
	}
	var chain []licence.LicenceView
	c.get(200, "Harbour Magnets", licence.Applicant, "/licences/"+number+"/chain", &chain)
	if len(chain) != 1 {
		t.Errorf("the chain is %+v", chain)
	}
	undertaking := "U" + strings.TrimPrefix(id, "A") + "-1"
	c.get(200, "Harbour Magnets", licence.Applicant, "/undertakings/"+undertaking, nil)
	c.get(404, "Other Works", licence.Applicant, "/undertakings/"+undertaking, nil)
	c.act(200, "officer-1", licence.Officer, "impose-suspension", `{"of": "item", "subject": "1C902"}`)
	var suspensions []licence.Suspension
	c.get(200, "auditor-1", licence.Auditor, "/suspensions", &suspensions)
	if len(suspensions) != 1 || suspensions[0].Subject != "1C902" {
		t.Errorf("the suspensions are %+v", suspensions)
	}
	c.get(403, "customs-1", licence.Customs, "/suspensions", nil)
	c.get(403, "officer-1", licence.Officer, "/own", nil)

	var at quantity.Instant
	err := d.View(t.Context(), func(r licence.Reader) (err error) {
		at, _, err = d.Time(t.Context(), r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	since := `{"since": "` + at.Date(time.UTC).AddDays(-200).String() + `"}`
	c.act(200, "auditor-1", licence.Auditor, "review-law", since)
	c.act(403, "customs-1", licence.Customs, "review-law", since)
	c.act(403, "auditor-1", licence.Auditor, "review-law", strings.Replace(since, "}", `, "mark": true}`, 1))
	c.act(422, "officer-1", licence.Officer, "review-law", `{"since": "soon"}`)
	_, p = c.act(409, "officer-2", licence.Officer, "decide", proposal)
	if p.Code != "already-decided" {
		t.Errorf("%+v", p)
	}
}

// An export over HTTP is all that the desk holds, for those who audit or keep it.
func TestDeskExport(t *testing.T) {
	c, d := newDeskServer(t)
	c.file()
	for _, role := range licence.Roles() {
		status := http.StatusForbidden
		if role == licence.Auditor || role == licence.Administrator {
			status = http.StatusOK
		}
		text := c.get(status, "somebody", role, "/export", nil)
		if status != http.StatusOK {
			continue
		}
		x, err := licence.OpenArchive(strings.NewReader(text), int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		if faults, err := x.Verify(t.Context(), nil); err != nil || len(faults) > 0 || x.Manifest.Documents == 0 {
			t.Errorf("it holds %+v, and is proved but for %v (%v)", x.Manifest, faults, err)
		}
		err = d.View(t.Context(), func(r licence.Reader) error {
			if head, err := r.Head(t.Context()); err != nil || head.String() != x.Manifest.Head {
				t.Errorf("its head is %s, and that of the desk %s (%v)", x.Manifest.Head, head, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
