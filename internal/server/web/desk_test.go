package web

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/store/sqlite"
)

// newDesk is a desk with an invented backlog.
func newDesk(t testing.TB, applications int) *licence.Desk {
	t.Helper()
	return newDeskAt(t, filepath.Join(t.TempDir(), "desk.db"), applications)
}

// newDeskAt is newDesk in a file.
func newDeskAt(t testing.TB, file string, applications int) *licence.Desk {
	t.Helper()
	store, err := sqlite.OpenDesk(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	authorities, err := licence.Authorities()
	if err != nil {
		t.Fatal(err)
	}
	d := licence.NewDesk(store, licence.NewEngine(engine().Schedule()), authorities, func() quantity.Instant { return quantity.Instant(noon().Unix()) })
	if applications > 0 {
		if _, err := (licence.Backlog{Seed: 1, Applications: applications}).Fill(context.Background(), d); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// deskVisitor is somebody at the desk with a browser that keeps cookies.
type deskVisitor struct {
	t      testing.TB
	h      http.Handler
	cookie string
}

func enter(t testing.TB, d *licence.Desk, role licence.Role, name string) *deskVisitor {
	t.Helper()
	v := &deskVisitor{t: t, h: pages(Options{Desk: d})}
	v.post(http.StatusSeeOther, "/desk/role", url.Values{"role": {string(role)}, "name": {name}, "authority": {"CN.MOFCOM"}})
	return v
}

func (v *deskVisitor) send(method, address string, form url.Values) *http.Response {
	v.t.Helper()
	r := httptest.NewRequest(method, address, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if v.cookie != "" {
		r.Header.Set("Cookie", v.cookie)
	}
	w := httptest.NewRecorder()
	v.h.ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		v.cookie = c.Name + "=" + c.Value
	}
	return res
}

func (v *deskVisitor) want(status int, res *http.Response) string {
	v.t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if res.StatusCode != status {
		text := string(body)
		if i := strings.Index(text, `class="refused"`); i >= 0 {
			text = text[i:min(i+600, len(text))]
		}
		v.t.Fatalf("%s: %s", res.Status, text)
	}
	return string(body)
}

// see returns a page.
func (v *deskVisitor) see(status int, address string) string {
	v.t.Helper()
	return v.want(status, v.send("GET", address, nil))
}

// post sends a form and returns where it leads, or the page that answers.
func (v *deskVisitor) post(status int, address string, form url.Values) (leads, page string) {
	v.t.Helper()
	res := v.send("POST", address, form)
	page = v.want(status, res)
	return res.Header.Get("Location"), page
}

// first follows the links of a page to files or licences, and returns the id of the
// first whose own page holds the text.
func (v *deskVisitor) first(address, kind, text string) string {
	v.t.Helper()
	for _, found := range regexp.MustCompile(`href="/desk/`+kind+`/([AL]\d+)"`).FindAllStringSubmatch(v.see(200, address), -1) {
		if strings.Contains(v.see(200, "/desk/"+kind+"/"+found[1]), text) {
			return found[1]
		}
	}
	v.t.Fatalf("%s leads to nothing that says %q", address, text)
	return ""
}

// An officer claims the next file with a button, sees how the letter will read, and
// recommends; a countersigner agrees, and the applicant reads the letter.
func TestDeskDecision(t *testing.T) {
	d := newDesk(t, 200)
	officer := enter(t, d, licence.Officer, "officer-7")
	queue := officer.see(200, "/desk/queue")
	has(t, queue, "Demonstration.", "officer-7", "Claim the next", "working days", "data-space")
	id := officer.first("/desk/queue", "files", "under review")
	leads, _ := officer.post(http.StatusSeeOther, "/desk/claim", url.Values{"queue": {"review"}, "key": {"one"}})
	if leads != "/desk/files/"+id {
		t.Fatalf("claimed %s, and %s was first", leads, id)
	}
	if again, _ := officer.post(http.StatusSeeOther, "/desk/claim", url.Values{"queue": {"review"}, "key": {"one"}}); again != leads {
		t.Errorf("the form sent twice claims %s too", again)
	}
	page := officer.see(200, leads)
	has(t, page, "Why not a faster lane", "The letter as it will read", "Recommend: another officer has to agree", "The determination in full", "Precedents")

	form := url.Values{"outcome": {"approved-with-conditions"}, "conditions": {"report each shipment\n\n<b>and</b> the rest"}, "why": {"the use is civil"}, "tolerance": {"5"}}
	has(t, officer.see(200, leads+"?"+form.Encode()), "report each shipment", "&lt;b&gt;and&lt;/b&gt;", "Up to 5 % more")
	form.Set("conditions", "")
	_, page = officer.post(422, leads+"/decide", form)
	has(t, page, "An approval with conditions has none.", "the use is civil")
	form.Set("conditions", "report each shipment")
	officer.post(http.StatusSeeOther, leads+"/decide", form)
	_, page = officer.post(403, leads+"/agree", url.Values{})
	has(t, page, "Let another officer countersign.")

	second := enter(t, d, licence.Countersigner, "second-1")
	has(t, second.see(200, leads), "officer-7", "recommends", "report each shipment")
	second.post(http.StatusSeeOther, leads+"/agree", url.Values{})
	page = second.see(200, leads)
	has(t, page, "Countersigned by second-1")
	name := regexp.MustCompile(`<p class="dim">\s*([^<,]+?)\s*(?:,|</p>)`).FindStringSubmatch(page)
	if name == nil {
		t.Fatal("the page does not name the applicant")
	}
	applicant := enter(t, d, licence.Applicant, name[1])
	if text := applicant.see(200, leads+"/letter.md"); !strings.HasPrefix(text, "# Decision on application") || strings.Contains(text, "second-1") {
		t.Errorf("the letter in Markdown is %s", text)
	}
	for number, status := range map[string]int{id: 303, "L" + strings.TrimPrefix(id, "A"): 303, "X": 404, "": 404} {
		if res := second.send("GET", "/desk/find?number="+number, nil); res.StatusCode != status {
			t.Errorf("%q is found with %s", number, res.Status)
		}
	}
	if res := enter(t, d, licence.Applicant, "Somebody Else").send("GET", "/desk/find?number="+id, nil); res.StatusCode != 404 {
		t.Errorf("another's file is found: %s", res.Status)
	}
	page = applicant.see(200, leads+"/letter")
	has(t, page, "report each shipment", "approved under conditions")
	for _, hidden := range []string{"officer-7", "second-1"} {
		if strings.Contains(page, hidden) {
			t.Errorf("the applicant reads %q", hidden)
		}
	}
}

// Customs sees the licence, its balance and its conditions, and draws no more than
// is left.
func TestDeskCustoms(t *testing.T) {
	d := newDesk(t, 200)
	auditor := enter(t, d, licence.Auditor, "auditor-1")
	number := auditor.first("/desk/licences", "licences", "active</span>")
	whole := auditor.see(200, "/desk/licences/"+number)
	has(t, whole, "Holder", "Application")
	customs := enter(t, d, licence.Customs, "customs-1")
	page := customs.see(200, "/desk/licences?number="+number)
	has(t, page, "Balance", "Conditions", "Draw")
	for _, hidden := range []string{"Holder", "/desk/files/", "End user", "Measures"} {
		if strings.Contains(page, hidden) {
			t.Errorf("customs sees %q", hidden)
		}
	}
	address := "/desk/licences/" + number + "/draw"
	_, page = customs.post(409, address, url.Values{"line": {"1"}, "quantity": {"99000000 kg"}, "value": {"1 USD"}, "key": {"much"}})
	has(t, page, "Reserve no more than is left", "99000000 kg")
	_, page = customs.post(422, address, url.Values{"line": {"1"}, "quantity": {"many"}, "key": {"words"}})
	has(t, page, "Quantity:")
	form := url.Values{"line": {"1"}, "quantity": {"1 kg"}, "value": {"1 USD"}, "key": {"little"}}
	leads, _ := customs.post(http.StatusSeeOther, address, form)
	once := customs.see(200, leads)
	customs.post(http.StatusSeeOther, address, form)
	drawn := regexp.MustCompile(`data-label="drawn">([^<]*)<`)
	if a, b := drawn.FindStringSubmatch(once)[1], drawn.FindStringSubmatch(customs.see(200, leads))[1]; a != b {
		t.Errorf("the form sent twice draws twice: %s and then %s", a, b)
	}
	customs.see(403, "/desk/queue")
	customs.see(403, "/desk/log")
	customs.see(404, "/desk/licences/L99999999")
}

// The auditor proves the log, also against a head that he kept.
func TestDeskLog(t *testing.T) {
	auditor := enter(t, newDesk(t, 40), licence.Auditor, "auditor-1")
	page := auditor.see(200, "/desk/log")
	head := regexp.MustCompile(`<code class="digest">([^<]+)</code>`).FindStringSubmatch(page)[1]
	_, page = auditor.post(200, "/desk/log/proof", url.Values{"kept": {head}})
	has(t, page, "Proved.", "goes on from the head that you kept")
	_, page = auditor.post(200, "/desk/log/proof", url.Values{"kept": {"3 2vMWfqnzGdyVwNzGYhS0ZFPqGBR5x0N7Eh3eyuCyHOQ="}})
	has(t, page, "Not proved.", "the log is another one")
	_, page = auditor.post(200, "/desk/log/proof", url.Values{"kept": {"yesterday"}})
	has(t, page, "is no head of a log")
	_, page = auditor.post(403, "/desk/claim", url.Values{"queue": {"review"}})
	has(t, page, "As auditor you may not do this")
	has(t, auditor.see(200, "/desk/log?from=0"), "demonstration", "Those after")
	has(t, auditor.see(200, "/desk/log?kind=application&object=A000001"), "drafted")
}

// An applicant sees its own files, answers its queries, and nobody else's.
func TestDeskApplicant(t *testing.T) {
	d := newDesk(t, 300)
	auditor := enter(t, d, licence.Auditor, "auditor-1")
	id := auditor.first("/desk/queue?queue=applicant", "files", "waits for the applicant")
	var a *licence.Application
	err := d.View(t.Context(), func(r licence.Reader) (err error) {
		a, err = licence.ReadApplication(t.Context(), r, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	address := "/desk/files/" + id
	enter(t, d, licence.Applicant, "Somebody Else").see(404, address)
	enter(t, d, licence.Applicant, "Somebody Else").post(404, address+"/withdraw", url.Values{})
	own := enter(t, d, licence.Applicant, strings.ToUpper(a.Content.Applicant.Name))
	has(t, own.see(200, "/desk/mine"), id, "waits for your answer")
	has(t, own.see(200, "/desk/mine?needed=2026-01-01"), "too few of your own files")
	has(t, own.see(200, "/desk/mine?needed=soon"), "soon")
	has(t, own.see(200, address), a.Queries[0].Text, "Your answer")
	own.post(http.StatusSeeOther, address+"/answer", url.Values{"text": {"in pumps"}})
	has(t, own.see(200, address), "in pumps")
	_, page := own.post(403, address+"/accept", url.Values{})
	has(t, page, "As applicant you may not do this")
}

// Statistics and forecast count what the queue counts; the CSV holds the same
// figures, and a period or a number that is none is told.
func TestDeskReports(t *testing.T) {
	d := newDesk(t, 300)
	officer := enter(t, d, licence.Officer, "officer-1")
	page := officer.see(200, "/desk/statistics?from=2025-04-01&to=2025-06-30")
	received := regexp.MustCompile(`<dt>Received</dt><dd>(\d+)</dd>`).FindStringSubmatch(page)
	if received == nil || received[1] != "300" {
		t.Errorf("300 were handed in, and %v are counted", received)
	}
	has(t, page, "By destination", "By lane", "more than 60", "By item")
	table := officer.see(200, "/desk/statistics.csv?from=2025-04-01&to=2025-06-30")
	if !strings.Contains(table, "all,,2025-04-01,2025-06-30,300,") {
		t.Errorf("the CSV says %s", table[:200])
	}
	has(t, officer.see(200, "/desk/statistics?from=soon"), "From: ")
	has(t, officer.see(200, "/desk/statistics?from=2025-06-30&to=2025-06-01"), "ends before it begins")
	pending := regexp.MustCompile(`<dt>Pending</dt><dd class="figure">([\d,]+)</dd>`).FindStringSubmatch(officer.see(200, "/desk/queue"))[1]
	has(t, officer.see(200, "/desk/forecast?officers=5"), pending+" files wait for review", "5 officers", `id="clears"`)
	has(t, officer.see(200, "/desk/forecast?officers=many"), "is no number of officers")
	has(t, officer.see(200, "/desk/forecast?officers=5&compare=yes"), "Ten more officers", "Samarium admitted to expedited", "Both", `data-label="officers">15<`)
	if moved := regexp.MustCompile(`data-label="files moved">(\d+)<`).FindAllStringSubmatch(officer.see(200, "/desk/forecast?officers=5&compare=yes"), -1); len(moved) != 4 || moved[0][1] != "0" || moved[2][1] == "0" || moved[2][1] != moved[3][1] {
		t.Errorf("samarium admitted moves %v files", moved)
	}
	waits := officer.first("/desk/queue", "files", "under review")
	has(t, officer.see(200, "/desk/files/"+waits+"/expected"), "It may be decided by", "30 officers")
	officer.see(403, "/desk/export.zip")
	auditor := enter(t, d, licence.Auditor, "auditor-1")
	whole := auditor.see(200, "/desk/export.zip")
	x, err := licence.OpenArchive(strings.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	if faults, err := x.Verify(t.Context(), nil); err != nil || len(faults) > 0 || x.Manifest.Files[1].Rows < 300 {
		t.Errorf("the export is %+v, with %v (%v)", x.Manifest, faults, err)
	}
	customs := enter(t, d, licence.Customs, "customs-1")
	customs.see(403, "/desk/statistics")
	customs.see(403, "/desk/statistics.csv")
	customs.see(403, "/desk/forecast")
}

// Who has not said who he is is led to where he says it; a role that is none, and a
// desk that is not there, are told.
func TestDeskEntrance(t *testing.T) {
	d := newDesk(t, 0)
	v := &deskVisitor{t: t, h: pages(Options{Desk: d})}
	if res := v.send("GET", "/desk/queue", nil); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/desk" {
		t.Errorf("%s to %s", res.Status, res.Header.Get("Location"))
	}
	has(t, v.see(200, "/desk"), "There is no sign-in yet", "Countersigner")
	_, page := v.post(422, "/desk/role", url.Values{"role": {"system"}, "name": {"me"}, "authority": {"CN.MOFCOM"}})
	has(t, page, "Choose one of the roles.")
	_, page = v.post(422, "/desk/role", url.Values{"role": {"applicant"}, "authority": {"CN.MOFCOM"}})
	has(t, page, "An applicant needs the name")
	v.cookie = deskCookie + "=" + url.Values{"role": {"system"}, "name": {"me"}, "authority": {"CN.MOFCOM"}}.Encode()
	if res := v.send("GET", "/desk/log", nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a forged role: %s", res.Status)
	}
	none := &deskVisitor{t: t, h: pages(Options{})}
	has(t, none.see(404, "/desk"), "No licence desk is kept here")
}

// BenchmarkQueuePage is the officer's queue over a backlog of 30,000 files.
func BenchmarkQueuePage(b *testing.B) {
	v := enter(b, newDesk(b, 30_000), licence.Officer, "officer-1")
	for b.Loop() {
		v.see(200, "/desk/queue")
	}
}
