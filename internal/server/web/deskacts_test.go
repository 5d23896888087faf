package web

import (
	"database/sql"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// aLicence is an active licence of the desk, with its holder.
func aLicence(t *testing.T, d *licence.Desk) (number, holder string) {
	t.Helper()
	number = enter(t, d, licence.Auditor, "auditor-1").first("/desk/licences", "licences", "active</span>")
	err := d.View(t.Context(), func(r licence.Reader) error {
		l, err := licence.ReadLicence(t.Context(), r, number)
		holder = l.Holder
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return number, holder
}

// An officer amends, suspends, resumes and revokes a licence, records a breach, and
// suspends all licences of a party; what is wrong is told and nothing is lost.
func TestDeskKeeping(t *testing.T) {
	d := newDesk(t, 200)
	number, holder := aLicence(t, d)
	officer := enter(t, d, licence.Officer, "officer-1")
	address := "/desk/licences/" + number
	page := officer.see(200, address)
	has(t, page, "Amend it", "Revoke it", "Undertakings on which it rests", "Shipments")
	quantity := regexp.MustCompile(`name="lines.1.quantity" value="([^"]+)"`).FindStringSubmatch(page)[1]
	last := regexp.MustCompile(`name="last" value="([^"]+)"`).FindStringSubmatch(page)[1]
	value := regexp.MustCompile(`name="lines.1.value" value="([^"]+)"`).FindStringSubmatch(page)[1]
	terms := url.Values{"lines.1.quantity": {quantity}, "lines.1.tolerance": {"5"}, "lines.1.value": {value}, "lines.1.destination": {"US"}, "last": {last}, "conditions": {"report use"}, "reason": {"asked for"}}
	_, page = officer.post(422, address+"/amend", with(terms, "lines.1.quantity", "lots"))
	has(t, page, "Line 1, quantity", "lots")
	_, page = officer.post(409, address+"/amend", with(terms, "lines.1.quantity", "0.000001 kg"))
	has(t, page, "Allow at least what is drawn and reserved")
	officer.post(http.StatusSeeOther, address+"/amend", terms)
	has(t, officer.see(200, address), "Version 2", "report use", "+ 5 %")

	_, page = officer.post(422, address+"/suspend", url.Values{})
	has(t, page, "Say why")
	officer.post(http.StatusSeeOther, address+"/suspend", url.Values{"reason": {"looked at"}})
	has(t, officer.see(200, address), "Looked at", "End its own suspension")
	officer.post(http.StatusSeeOther, address+"/resume", url.Values{})

	officer.post(422, "/desk/suspensions", url.Values{"of": {"party"}, "subject": {holder}})
	officer.post(http.StatusSeeOther, "/desk/suspensions", url.Values{"of": {"party"}, "subject": {strings.ToUpper(holder)}, "reason": {"listed"}})
	has(t, officer.see(200, address), "suspended", "listed")
	lift := regexp.MustCompile(`name="lift" value="([^"]+)"`).FindStringSubmatch(officer.see(200, "/desk/suspensions"))[1]
	officer.post(http.StatusSeeOther, "/desk/suspensions", url.Values{"lift": {lift}})
	has(t, officer.see(200, "/desk/suspensions"), "that were lifted")

	u := regexp.MustCompile(`/desk/undertakings/([^/]+)/breach`).FindStringSubmatch(officer.see(200, address))[1]
	_, page = officer.post(422, "/desk/undertakings/"+u+"/breach", url.Values{"licence": {number}})
	has(t, page, "Say what was found")
	officer.post(http.StatusSeeOther, "/desk/undertakings/"+u+"/breach", url.Values{"licence": {number}, "finding": {"sold on"}})
	has(t, officer.see(200, address), "breached", "sold on", "suspended")
	_, page = officer.post(409, address+"/resume", url.Values{})
	has(t, page, "rests on an undertaking that is breached")
	officer.post(http.StatusSeeOther, "/desk/undertakings/"+u+"/release", url.Values{"licence": {number}})
	officer.post(http.StatusSeeOther, address+"/resume", url.Values{})

	enter(t, d, licence.Applicant, "Somebody Else").post(404, address+"/surrender", url.Values{"reason": {"mine?"}})
	own := enter(t, d, licence.Applicant, holder)
	has(t, own.see(200, address), "Apply for a renewal", "Give it up")
	own.post(403, address+"/revoke", url.Values{"reason": {"x"}})
	own.post(403, "/desk/suspensions", url.Values{"of": {"party"}, "subject": {"rival"}, "reason": {"x"}})
	page = own.see(200, "/desk/new?renew="+number)
	has(t, page, "to follow licence", number, "8505.11")
	own.post(http.StatusSeeOther, address+"/surrender", url.Values{"reason": {"the order was cancelled"}})
	page = officer.see(200, address)
	has(t, page, "surrendered")
	if strings.Contains(page, "Amend it") {
		t.Error("a licence that has ended can be amended")
	}
}

// A holder matches a planned shipment and reserves; customs commits a part, and part
// of that comes back.
func TestDeskShipment(t *testing.T) {
	d := newDesk(t, 200)
	number, holder := aLicence(t, d)
	own := enter(t, d, licence.Applicant, holder)
	has(t, own.see(200, "/desk/match"), "Match a shipment")
	has(t, own.see(200, "/desk/match?goods=&quantity=many"), "Goods: is empty.", "Quantity:")
	var goods string
	err := d.View(t.Context(), func(r licence.Reader) error {
		l, err := licence.ReadLicence(t.Context(), r, number)
		goods = l.Lines[0].Goods
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	page := own.see(200, "/desk/match?"+url.Values{"goods": {goods}, "quantity": {"2 kg"}, "value": {"10 USD"}}.Encode())
	has(t, page, "It is covered", "gives 2 kg", "Reserve as proposed")
	form := url.Values{"shipment": {"B/L 815"}, "key": {"one"}}
	for _, f := range regexp.MustCompile(`name="(take\.[^"]+)" value="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		form.Set(f[1], f[2])
	}
	leads, _ := own.post(http.StatusSeeOther, "/desk/reserve", form)
	has(t, own.see(200, leads), "B/L 815", "Release all", "Customs commits it")
	if again, _ := own.post(http.StatusSeeOther, "/desk/reserve", form); again != leads {
		t.Errorf("sent twice it reserves twice: %s and %s", leads, again)
	}
	drawn := form.Get("take.1.licence")
	less := url.Values{"take.1.licence": {drawn}, "take.1.line": {"1"}, "take.1.quantity": {"1.5 kg"}, "take.1.value": {"8 USD"}}
	_, page = own.post(403, leads+"/commit", with(less, "key", "two"))
	has(t, page, "As its holder you may reserve")
	enter(t, d, licence.Applicant, "Somebody Else").see(404, leads)

	customs := enter(t, d, licence.Customs, "customs-1")
	has(t, customs.see(200, "/desk/licences/"+drawn), strings.TrimPrefix(leads, "/desk/drawdowns/"))
	customs.post(422, leads+"/commit", url.Values{})
	_, page = customs.post(409, leads+"/commit", with(with(less, "take.1.quantity", "3 kg"), "key", "three"))
	has(t, page, "Give no more than was set aside")
	customs.post(http.StatusSeeOther, leads+"/commit", with(less, "key", "four"))
	has(t, customs.see(200, leads), "committed", "1.5 kg", "Goods come back")
	customs.post(http.StatusSeeOther, leads+"/return", with(with(with(less, "take.1.quantity", "0.5 kg"), "take.1.value", "1 USD"), "key", "five"))
	has(t, customs.see(200, leads), "1 kg")
	page = customs.see(200, "/desk/match?"+url.Values{"goods": {goods}, "quantity": {"2 kg"}, "value": {"10 USD"}, "holder": {"nobody"}}.Encode())
	has(t, page, "There is no licence to draw on")
	page = customs.see(200, "/desk/match?"+url.Values{"goods": {goods}, "quantity": {"2 kg"}, "value": {"10 USD"}, "endUser": {"nobody"}}.Encode())
	has(t, page, "Its end user is another")
	if strings.Contains(page, holder) {
		t.Error("customs reads whose the licences are")
	}
}

// A bulk decision refuses a mixed set, tries, and decides each file by itself.
func TestDeskBulk(t *testing.T) {
	d := newDesk(t, 300)
	officer := enter(t, d, licence.Officer, "officer-1")
	lanes := map[string][]string{}
	err := d.View(t.Context(), func(r licence.Reader) error {
		rows, err := r.Files(t.Context(), licence.FileQuery{Authority: "CN.MOFCOM", Queue: licence.QueueReview})
		for _, row := range rows {
			kind := row.Lane + " " + row.Item + " " + row.Country
			lanes[kind] = append(lanes[kind], row.ID)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var alike []string
	for kind, ids := range lanes {
		if strings.HasPrefix(kind, "cn.expedited") && len(ids) > len(alike) {
			alike = ids
		}
	}
	if len(alike) < 2 {
		t.Fatal("no two files are alike")
	}
	has(t, officer.see(200, "/desk/queue"), "Decide the chosen together", `name="file"`)
	has(t, officer.see(200, "/desk/bulk"), "No file is chosen")
	var other string
	for kind, ids := range lanes {
		if strings.HasPrefix(kind, "cn.ordinary") {
			other = ids[0]
		}
	}
	form := url.Values{"file": {alike[0], alike[1]}, "outcome": {"approved"}, "why": {"civil use"}}
	has(t, officer.see(200, "/desk/bulk?"+url.Values{"file": {alike[0], other}}.Encode()), "The files are not alike")
	_, page := officer.post(422, "/desk/bulk", with(form, "file", alike[0], other))
	has(t, page, "The files are not alike")
	_, page = officer.post(200, "/desk/bulk", with(form, "do", "dry"))
	has(t, page, "2 files would be decided", "A dry run: nothing was done.")
	has(t, officer.see(200, "/desk/files/"+alike[0]), "under review")
	_, page = officer.post(200, "/desk/bulk", with(form, "do", "decide"))
	has(t, page, "2 files decided", "/desk/licences/L")
	has(t, officer.see(200, "/desk/files/"+alike[1]), "decided")
	_, page = officer.post(200, "/desk/bulk", with(form, "do", "decide"))
	has(t, page, "2 could not be")
	enter(t, d, licence.Countersigner, "second-1").see(403, "/desk/bulk")
}

// Officers advise on goods and a party, assign a file, and hold it on.
func TestDeskAdvice(t *testing.T) {
	d := newDesk(t, 100)
	officer := enter(t, d, licence.Officer, "officer-1")
	leads, _ := officer.post(http.StatusSeeOther, "/desk/claim", url.Values{"queue": {"review"}})
	has(t, officer.see(200, leads), "Advise on goods and parties", "Assign it to another officer", "Hold it for another hour")
	_, page := officer.post(422, leads+"/advise", url.Values{"kind": {"refuse"}, "adviser": {"officer-1"}, "line": {"1"}})
	has(t, page, "Cite the ground")
	officer.post(http.StatusSeeOther, leads+"/advise", url.Values{"kind": {"refuse"}, "adviser": {"officer-1"}, "line": {"1"}, "grounds": {"Article 13"}})
	has(t, officer.see(200, leads), "on goods 1", "Article 13")
	_, page = officer.post(422, leads+"/assign", url.Values{"reason": {"leave"}})
	has(t, page, "Name to whom it is assigned")
	officer.post(http.StatusSeeOther, leads+"/claim", url.Values{})
	officer.post(http.StatusSeeOther, leads+"/assign", url.Values{"officer": {"officer-2"}, "reason": {"leave"}})
	has(t, officer.see(200, leads), "held by officer-2")
	has(t, officer.see(200, "/desk/exceptions"), "officer-2", "leave")
	officer.post(http.StatusSeeOther, leads+"/reassess", url.Values{})
}

// A refusal on a page names the page's way out, and no command.
func TestDeskRemedies(t *testing.T) {
	d := newDesk(t, 100)
	officer := enter(t, d, licence.Officer, "officer-1")
	id := officer.first("/desk/queue", "files", "under review")
	number, _ := aLicence(t, d)
	for _, c := range []struct {
		who     *deskVisitor
		status  int
		address string
		form    url.Values
		leads   string
	}{
		{officer, 409, "/desk/files/" + id + "/decide", url.Values{"outcome": {"approved"}, "why": {"civil"}}, `href="/desk/files/` + id + `"`},
		{officer, 404, "/desk/files/A999/claim", nil, ""},
		{officer, 404, "/desk/suspensions", url.Values{"lift": {"S1"}, "reason": {"x"}}, `href="/desk/suspensions"`},
		{officer, 409, "/desk/licences/" + number + "/resume", nil, `href="/desk/suspensions"`},
		{enter(t, d, licence.Customs, "customs-1"), 409, "/desk/licences/" + number + "/draw", url.Values{"line": {"1"}, "quantity": {"9000000 kg"}, "value": {"1 USD"}, "key": {"x"}}, `href="/desk/match"`},
	} {
		_, page := c.who.post(c.status, c.address, c.form)
		refused := page[strings.Index(page, `class="refused"`):]
		refused = refused[:strings.Index(refused, "</div>")]
		if strings.Contains(refused, "navicert ") || c.leads != "" && !strings.Contains(refused, c.leads) {
			t.Errorf("%s says %s", c.address, refused)
		}
	}
}

// A change of law lists what it touches, and an officer marks it; a lane that is
// gained or lost is seen on its file.
func TestDeskLaw(t *testing.T) {
	d := newDesk(t, 150)
	officer := enter(t, d, licence.Officer, "officer-1")
	has(t, officer.see(200, "/desk/law"), "Change of law")
	has(t, officer.see(200, "/desk/law?since=soon"), "Since:")
	has(t, officer.see(200, "/desk/law?since=2025-07-01"), "is not before")
	page := officer.see(200, "/desk/law?since=2025-05-01")
	has(t, page, "cn.control-list-2025-21", "cn.ordinary becomes cn.expedited", "Mark them")
	id := regexp.MustCompile(`/desk/files/(A\d+)">[^<]*</a></th> ?<td>[^<]*becomes`).FindStringSubmatch(page)[1]
	enter(t, d, licence.Countersigner, "second-1").post(403, "/desk/law", url.Values{"since": {"2025-05-01"}})
	leads, _ := officer.post(http.StatusSeeOther, "/desk/law", url.Values{"since": {"2025-05-01"}})
	has(t, officer.see(200, leads), "No file and no licence is touched")
	has(t, officer.see(200, "/desk/files/"+id), "became")
	enter(t, d, licence.Customs, "customs-1").see(403, "/desk/law?since=2025-05-01")
}

// A row that was changed behind the desk's back is named to the auditor.
func TestDeskTampered(t *testing.T) {
	file := filepath.Join(t.TempDir(), "desk.db")
	d := newDeskAt(t, file, 30)
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`UPDATE desk_event SET record = replace(record, 'applicant', 'applicunt') WHERE seq = 5`); err != nil {
		t.Fatal(err)
	}
	_, page := enter(t, d, licence.Auditor, "auditor-1").post(200, "/desk/log/proof", url.Values{})
	has(t, page, "Not proved.", "event 5")
}

// Renewals make a chain across kinds of licences.
func TestDeskRenewals(t *testing.T) {
	d := newDesk(t, 0)
	own := licence.By{Actor: "Harbour Magnets", Role: licence.Applicant, At: quantity.Instant(noon().Unix())}
	var before string
	for _, l := range []struct{ id, lane, renews string }{{"six months", "cn.expedited", ""}, {"general", "cn.general-licence", "six months"}, {"another", "cn.ordinary", ""}} {
		term, err := licence.TermOf(quantity.NewDate(2025, 6, 16), 6, licence.DayBefore, "Asia/Shanghai")
		if err != nil {
			t.Fatal(err)
		}
		terms := licence.Terms{Term: term, Lane: l.lane, Renews: l.renews, Lines: []licence.LicenceLine{{Goods: "8505.11", Quantity: quantity.Quantity{Amount: quantity.NewDecimal(10, 0), Unit: quantity.Kilogram}}}}
		if _, err := d.Do(t.Context(), own, &licence.IssueLicence{ID: l.id, Authority: "CN.MOFCOM", Holder: own.Actor, Terms: terms}); err != nil {
			t.Fatal(err)
		}
		before = l.id
	}
	v := enter(t, d, licence.Applicant, own.Actor)
	for _, id := range []string{"six%20months", "general"} {
		page := v.see(200, "/desk/licences/"+id)
		has(t, page, "Renewals", "six months", "expedited", "general licence")
	}
	if page := v.see(200, "/desk/licences/"+before); strings.Contains(page, "Renewals") {
		t.Error("a licence that nothing follows has a chain")
	}
	// Its renewal begins from the licence where there is no application.
	has(t, v.see(200, "/desk/new?renew=general"), "to follow licence", `value="8505.11"`, `value="10 kg"`)
}
