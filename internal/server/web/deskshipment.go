package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// matchView is which licences a planned shipment may draw on.
type matchView struct {
	*visit
	form    url.Values
	ship    licence.Shipment
	found   []licence.Candidate
	short   quantity.Quantity
	asked   bool
	refusal *licence.Refusal
	key     string
}

// takes are what the shipment would draw.
func (m *matchView) takes() (out []licence.Take) {
	for _, c := range m.found {
		if c.Take != nil {
			out = append(out, *c.Take)
		}
	}
	return out
}

// reserves reports whether the visitor sets quantities aside.
func (v *visit) reserves() bool {
	return v.who.role == licence.Customs || v.who.role == licence.Applicant
}

// mostCandidates is how many lines of licences a page shows.
const mostCandidates = 100

func getMatch(v *visit) (templ.Component, error) {
	return readMatch(v, v.URL.Query(), nil)
}

func readMatch(v *visit, form url.Values, refused *licence.Refusal) (templ.Component, error) {
	v.frame.title = "Match a shipment"
	m := &matchView{visit: v, form: form, refusal: refused, key: newKey(), asked: form.Has("goods")}
	if !m.asked {
		return matchPage(m), nil
	}
	ship, fault := shipmentOf(form)
	if fault == nil {
		m.ship = ship
		var err error
		m.found, m.short, err = licence.MatchFor(v.Context(), v.reader, ship, v.who.actor, v.who.role, v.at)
		if fault = err; err != nil && refusalOf(err) == nil {
			return nil, err
		}
	}
	if why := refusalOf(fault); why != nil && m.refusal == nil {
		m.refusal = why
	}
	return matchPage(m), nil
}

// shipmentOf reads the form of a shipment.
func shipmentOf(form url.Values) (licence.Shipment, error) {
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	ship := licence.Shipment{Goods: get("goods"), Destination: strings.ToUpper(get("to")), Holder: get("holder"), EndUser: get("endUser")}
	var faults []licence.FieldFault
	var err error
	if ship.Goods == "" {
		faults = append(faults, licence.FieldFault{Field: "goods", Message: "is empty", Remedy: "give their code: 8505.11"})
	}
	if ship.Quantity, err = quantity.ParseQuantity(get("quantity")); err != nil {
		faults = append(faults, licence.FieldFault{Field: "quantity", Message: err.Error()})
	}
	if s := get("value"); s != "" {
		if ship.Value, err = quantity.ParseMoney(s); err != nil {
			faults = append(faults, licence.FieldFault{Field: "value", Message: err.Error()})
		}
	}
	if len(faults) > 0 {
		return ship, licence.Faulty(faults, "")
	}
	return ship, nil
}

// takesOf reads the takes of a form: rows of licence, line, quantity and value. A
// row without a quantity takes nothing.
func takesOf(form url.Values) ([]licence.Take, error) {
	var out []licence.Take
	var faults []licence.FieldFault
	for n := 1; n <= mostRows && form.Has("take."+strconv.Itoa(n)+".licence"); n++ {
		at := "take." + strconv.Itoa(n) + "."
		one := url.Values{}
		for _, name := range []string{"line", "quantity", "value"} {
			one.Set(name, form.Get(at+name))
		}
		if strings.TrimSpace(one.Get("quantity")) == "" {
			continue
		}
		t, err := takeOf(form.Get(at+"licence"), one)
		if why := refusalOf(err); why != nil {
			faults = append(faults, licence.FieldFault{Field: form.Get(at + "licence"), Message: why.Message, Remedy: why.Remedy})
		}
		out = append(out, t)
	}
	if len(faults) > 0 {
		return nil, licence.Faulty(faults, "")
	}
	return out, nil
}

// postReserve sets aside what a match proposed, and leads to the drawdown.
func (s *site) postReserve(w http.ResponseWriter, r *http.Request) {
	s.postDesk(w, r, func(v *visit) (string, error) {
		takes, err := takesOf(r.PostForm)
		if err != nil {
			return "", err
		}
		receipt, err := s.do(r.Context(), v, &licence.Draw{Shipment: strings.TrimSpace(r.PostFormValue("shipment")), Takes: takes})
		return "/desk/drawdowns/" + url.PathEscape(receipt.Object.ID), err
	}, func(v *visit, why *licence.Refusal) (templ.Component, error) { return readMatch(v, r.PostForm, why) })
}

// drawdownView is a drawdown as its page shows it.
type drawdownView struct {
	*visit
	*licence.DrawdownView
	form    url.Values
	refusal *licence.Refusal
	key     string
}

// written is what was written into a field, or what is proposed.
func (d *drawdownView) written(name, proposed string) string {
	if d.form.Has(name) {
		return d.form.Get(name)
	}
	return proposed
}

func getDrawdown(v *visit) (templ.Component, error) { return readDrawdown(v, nil, nil) }

func readDrawdown(v *visit, form url.Values, refused *licence.Refusal) (templ.Component, error) {
	d, err := licence.ReadDrawdownView(v.Context(), v.reader, v.PathValue("id"), v.who.actor, v.who.role)
	if err != nil {
		return nil, err
	}
	v.frame.title = "Drawdown " + d.ID
	return drawdownPage(&drawdownView{v, d, form, refused, newKey()}), nil
}

// postDrawdown commits, releases or returns a drawdown, all of it or in part.
func (s *site) postDrawdown(w http.ResponseWriter, r *http.Request) {
	id, act := r.PathValue("id"), r.PathValue("act")
	if act != "commit" && act != "release" && act != "return" {
		s.notFound(w, r, "There is no such act.")
		return
	}
	s.postDesk(w, r, func(v *visit) (string, error) {
		takes, err := takesOf(r.PostForm)
		if err != nil {
			return "", err
		}
		var c licence.Command = &licence.ReleaseDraw{Drawdown: id}
		switch {
		case act != "release" && len(takes) == 0:
			return "", &licence.Refusal{Code: licence.Invalid, Message: "no quantity is given", Remedy: "give how much, with its unit"}
		case act == "commit":
			c = &licence.CommitDraw{Drawdown: id, Takes: takes}
		case act == "return":
			c = &licence.ReturnGoods{Drawdown: id, Takes: takes}
		}
		_, err = s.do(r.Context(), v, c)
		return "/desk/drawdowns/" + url.PathEscape(id), err
	}, func(v *visit, why *licence.Refusal) (templ.Component, error) { return readDrawdown(v, r.PostForm, why) })
}

// moneyWords is a value that may not be counted.
func moneyWords(m quantity.Money) string {
	if m.Currency == "" {
		return ""
	}
	return m.String()
}
