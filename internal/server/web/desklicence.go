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
			l := &licenceView{visit: v, LicenceView: view, key: newKey()}
			return licencePage(l), l.fill()
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
	form       url.Values
	refusal    *licence.Refusal
	done       string
	key        string
	undertaken []undertakingRow
	drawdowns  []*licence.DrawdownView
	chain      []*licence.LicenceView
}

// mostDrawdowns is how many shipments the page of a licence shows.
const mostDrawdowns = 50

// fill reads what stands around a licence.
func (l *licenceView) fill() (err error) {
	if l.drawdowns, err = licence.ReadDrawdowns(l.Context(), l.reader, l.Licence, l.who.actor, l.who.role, l.at, mostDrawdowns); err != nil {
		return err
	}
	if l.who.role == licence.Customs {
		return nil
	}
	if l.undertaken, err = readUndertakings(l.visit, l.Undertakings); err != nil {
		return err
	}
	l.chain, err = licence.Successors(l.Context(), l.reader, l.Licence, l.who.actor, l.who.role, l.at)
	return err
}

// written is what was written into a field.
func (l *licenceView) written(name string) string { return l.form.Get(name) }

// draws reports whether the visitor draws on licences.
func (l *licenceView) draws() bool {
	return l.reserves() && l.Standing.Status == licence.LicenceActive
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
	return licencePage(out), out.fill()
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
	id, act := r.PathValue("id"), r.PathValue("act")
	address := "/desk/licences/" + url.PathEscape(id)
	if act == "draw" {
		s.postDesk(w, r, func(v *visit) (string, error) {
			t, err := takeOf(id, r.PostForm)
			if err != nil {
				return "", err
			}
			c := &licence.Draw{Shipment: strings.TrimSpace(r.PostFormValue("shipment")), Takes: []licence.Take{t}, Commit: r.PostFormValue("do") != "reserve"}
			receipt, err := s.do(r.Context(), v, c)
			if !c.Commit {
				return "/desk/drawdowns/" + url.PathEscape(receipt.Object.ID), err
			}
			return address + "?drawn=" + url.QueryEscape(t.Quantity.String()), err
		}, func(v *visit, why *licence.Refusal) (templ.Component, error) { return readLicence(v, r.PostForm, why) })
		return
	}
	if _, known, _ := licenceCommand(nil, id, act, nil); !known {
		s.notFound(w, r, "There is no such act.")
		return
	}
	s.postDesk(w, r, func(v *visit) (string, error) {
		var c licence.Command
		err := s.Desk.View(r.Context(), func(reader licence.Reader) (err error) {
			v.reader = reader
			c, _, err = licenceCommand(v, id, act, r.PostForm)
			return err
		})
		if err == nil {
			_, err = s.do(r.Context(), v, c)
		}
		return address, err
	}, func(v *visit, why *licence.Refusal) (templ.Component, error) { return readLicence(v, r.PostForm, why) })
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
