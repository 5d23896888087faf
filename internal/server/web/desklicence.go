package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// licencesView are licences as a page lists them.
type licencesView struct {
	*visit
	number   string // that is looked for
	holder   string
	holdings []licence.Holding
	fault    string
}

// mostLicences is how many licences a page lists.
const mostLicences = 100

func getLicences(v *visit) (templ.Component, error) {
	v.frame.title = "Licences"
	out := &licencesView{visit: v, number: strings.TrimSpace(v.FormValue("number")), holder: strings.TrimSpace(v.FormValue("holder"))}
	if out.number != "" {
		view, err := licence.ReadLicenceView(v.Context(), v.reader, out.number, v.who.actor, v.who.role, v.at)
		if err == nil {
			return licencePage(&licenceView{visit: v, LicenceView: view, key: newKey()}), nil
		}
		why := refusalOf(err)
		if why == nil {
			return nil, err
		}
		out.fault = "There is no licence " + out.number + "."
	}
	if v.who.role == licence.Customs { // it looks licences up by their number
		return licencesPage(out), nil
	}
	q := licence.LicenceQuery{Holder: out.holder, At: v.at, Limit: mostLicences}
	if v.who.role == licence.Applicant {
		q.Holder, q.At = v.who.actor, 0
	}
	var err error
	out.holdings, err = licence.ReadHoldings(v.Context(), v.reader, q, v.at)
	return licencesPage(out), err
}

// licenceView is a licence as its page shows it.
type licenceView struct {
	*visit
	*licence.LicenceView
	form    url.Values
	refusal *licence.Refusal
	done    string
	key     string
}

// written is what was written into a field.
func (l *licenceView) written(name string) string { return l.form.Get(name) }

// draws reports whether the visitor draws on licences.
func (l *licenceView) draws() bool {
	return l.who.role == licence.Customs && l.Standing.Status == licence.LicenceActive
}

func getLicence(v *visit) (templ.Component, error) {
	return readLicence(v, nil, nil)
}

func readLicence(v *visit, form url.Values, refused *licence.Refusal) (templ.Component, error) {
	view, err := licence.ReadLicenceView(v.Context(), v.reader, v.PathValue("id"), v.who.actor, v.who.role, v.at)
	if err != nil {
		return nil, err
	}
	v.frame.title = "Licence " + view.Licence
	out := &licenceView{visit: v, LicenceView: view, form: form, refusal: refused, key: newKey()}
	if d := v.URL.Query().Get("drawn"); d != "" && form == nil {
		out.done = "Drawn: " + d + "."
	}
	return licencePage(out), nil
}

// takeOf reads the form of a drawdown.
func takeOf(id string, form url.Values) (t licence.Take, err error) {
	bad := func(field string, err error) error {
		return &licence.Refusal{Code: licence.Invalid, Message: field + ": " + err.Error()}
	}
	t = licence.Take{Licence: id}
	if t.Line, err = strconv.Atoi(form.Get("line")); err != nil {
		return t, bad("line", errors.New("it is no number"))
	}
	if t.Quantity, err = quantity.ParseQuantity(strings.TrimSpace(form.Get("quantity"))); err != nil {
		return t, bad("quantity", err)
	}
	if s := strings.TrimSpace(form.Get("value")); s != "" {
		if t.Value, err = quantity.ParseMoney(s); err != nil {
			return t, bad("value", err)
		}
	}
	return t, nil
}

// postLicence does what a form on the page of a licence says.
func (s *site) postLicence(w http.ResponseWriter, r *http.Request) {
	var v *visit
	if err := s.visit(w, r, func(x *visit) error { v = x; return nil }); err != nil {
		s.deskFail(w, r, err)
		return
	}
	if v == nil {
		return
	}
	if err := r.ParseForm(); err != nil {
		s.deskFail(w, r, &licence.Refusal{Code: licence.Invalid, Message: "the form cannot be read"})
		return
	}
	id := r.PathValue("id")
	address := "/desk/licences/" + url.PathEscape(id)
	var c licence.Command
	var err error
	switch r.PathValue("act") {
	case "draw":
		var t licence.Take
		t, err = takeOf(id, r.PostForm)
		c = &licence.Draw{Shipment: strings.TrimSpace(r.PostFormValue("shipment")), Takes: []licence.Take{t}, Commit: true}
		address += "?drawn=" + url.QueryEscape(t.Quantity.String())
	case "suspend":
		c = &licence.Suspend{Licence: id}
	case "resume":
		c = &licence.Resume{Licence: id}
	default:
		s.notFound(w, r, "There is no such act.")
		return
	}
	if err == nil {
		_, err = s.do(r.Context(), v, c)
	}
	if err == nil {
		http.Redirect(w, r, address, http.StatusSeeOther)
		return
	}
	why := refusalOf(err)
	if why == nil {
		s.deskFail(w, r, err)
		return
	}
	var page templ.Component
	err = s.visit(w, r, func(x *visit) (err error) {
		page, err = readLicence(x, r.PostForm, why)
		return err
	})
	if err != nil {
		s.deskFail(w, r, err)
		return
	}
	s.render(w, r, RefusalStatus(why.Code), page)
}

// standingClass is the colour of a standing.
func standingClass(status string) string {
	switch status {
	case licence.LicenceActive:
		return ""
	case licence.LicenceNotYet, licence.LicenceSuspended, licence.LicenceExhausted:
		return "is-refer"
	}
	return "is-prohibited"
}
