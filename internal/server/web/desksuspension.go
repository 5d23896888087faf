package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// suspensionsView are what stops many licences at once.
type suspensionsView struct {
	*visit
	lasting, lifted []licence.Suspension
	form            url.Values
	refusal         *licence.Refusal
	key             string
}

func getSuspensions(v *visit) (templ.Component, error) {
	return readSuspensions(v, v.URL.Query(), nil)
}

func readSuspensions(v *visit, form url.Values, refused *licence.Refusal) (templ.Component, error) {
	if !v.who.reads() {
		return nil, errNotYours
	}
	v.frame.title = "Suspensions"
	reg, err := licence.ReadRegister(v.Context(), v.reader)
	if err != nil {
		return nil, err
	}
	out := &suspensionsView{visit: v, form: form, refusal: refused, key: newKey()}
	for _, s := range reg.Suspensions {
		if s.Until == 0 {
			out.lasting = append(out.lasting, s)
		} else {
			out.lifted = append(out.lifted, s)
		}
	}
	return suspensionsPage(out), nil
}

// keeps reports whether the visitor changes licences.
func (v *visit) keeps() bool {
	return v.who.role == licence.Officer || v.who.role == licence.Countersigner
}

// postSuspension imposes a suspension of many licences, or lifts one.
func (s *site) postSuspension(w http.ResponseWriter, r *http.Request) {
	s.postDesk(w, r, func(v *visit) (string, error) {
		var c licence.Command = &licence.Impose{Of: r.PostFormValue("of"), Subject: strings.TrimSpace(r.PostFormValue("subject"))}
		if id := r.PostFormValue("lift"); id != "" {
			c = &licence.Lift{ID: id}
		}
		_, err := s.do(r.Context(), v, c)
		return "/desk/suspensions", err
	}, func(v *visit, why *licence.Refusal) (templ.Component, error) {
		return readSuspensions(v, r.PostForm, why)
	})
}

// postUndertaking records the breach of an undertaking, or frees who gave it.
func (s *site) postUndertaking(w http.ResponseWriter, r *http.Request) {
	id, act, number := r.PathValue("id"), r.PathValue("act"), r.FormValue("licence")
	if act != "breach" && act != "release" {
		s.notFound(w, r, "There is no such act.")
		return
	}
	s.postDesk(w, r, func(v *visit) (string, error) {
		var c licence.Command = &licence.ReleaseUndertaking{Undertaking: id}
		if act == "breach" {
			c = &licence.Breach{Undertaking: id, Finding: strings.TrimSpace(r.PostFormValue("finding"))}
		}
		_, err := s.do(r.Context(), v, c)
		return "/desk/licences/" + url.PathEscape(number), err
	}, func(v *visit, why *licence.Refusal) (templ.Component, error) {
		v.SetPathValue("id", number)
		return readLicence(v, r.PostForm, why)
	})
}

// termsOf reads the form of an amendment over the terms that a licence has.
func termsOf(l *licence.Licence, form url.Values) (licence.Terms, error) {
	t := l.Terms
	var faults []licence.FieldFault
	fault := func(field string, err error) {
		if err != nil {
			faults = append(faults, licence.FieldFault{Field: field, Message: err.Error()})
		}
	}
	t.Conditions = listed(form.Get("conditions"))
	if text := strings.TrimSpace(form.Get("last")); text != t.Term.Last.String() {
		last, err := quantity.ParseDate(text)
		fault("last day", err)
		t.Term.Last, t.Term.Months, t.Term.Ends = last, 0, "" // named, and not counted in months
	}
	t.Lines = append([]licence.LicenceLine{}, t.Lines...)
	for i := range t.Lines {
		x := &t.Lines[i]
		at := func(name string) string { return strings.TrimSpace(form.Get(fieldName("lines", i, name))) }
		field := func(name string) string { return fmt.Sprintf("line %d, %s", i+1, name) }
		var err error
		x.Destination = strings.ToUpper(at("destination"))
		x.Quantity, err = quantity.ParseQuantity(at("quantity"))
		fault(field("quantity"), err)
		x.Tolerance = quantity.Decimal{}
		if s := at("tolerance"); s != "" {
			x.Tolerance, err = quantity.ParseDecimal(s)
			fault(field("tolerance"), err)
		}
		x.Value = quantity.Money{}
		if s := at("value"); s != "" {
			x.Value, err = quantity.ParseMoney(s)
			fault(field("value"), err)
		}
	}
	if len(faults) > 0 {
		return t, licence.Faulty(faults, "")
	}
	return t, nil
}

// licenceCommand is the command of a form on the page of a licence; false where there is
// no such form.
func licenceCommand(v *visit, id, act string, form url.Values) (c licence.Command, known bool, err error) {
	switch act {
	case "suspend":
		return &licence.Suspend{Licence: id}, true, nil
	case "resume":
		return &licence.Resume{Licence: id}, true, nil
	case "revoke":
		return &licence.EndLicence{Licence: id, How: licence.EndRevoked}, true, nil
	case "surrender":
		return &licence.EndLicence{Licence: id, How: licence.EndSurrendered}, true, nil
	case "supersede":
		return &licence.EndLicence{Licence: id, How: licence.EndSuperseded, By: strings.TrimSpace(form.Get("by"))}, true, nil
	case "amend":
		if v == nil {
			return nil, true, nil
		}
		l, err := licence.ReadLicence(v.Context(), v.reader, id)
		if err != nil {
			return nil, true, err
		}
		if !v.keeps() {
			return nil, true, errNotYours
		}
		t, err := termsOf(l, form)
		return &licence.AmendLicence{Licence: id, Terms: t}, true, err
	}
	return nil, false, nil
}

// proposed is what was written into a field, or what it begins with.
func (l *licenceView) proposed(name, value string) string {
	if l.form.Has("last") && l.form.Has(name) {
		return l.form.Get(name)
	}
	return value
}

// lineValue is the most that a line's goods may be worth.
func lineValue(x *licence.LineView) string {
	if x.Value == nil {
		return ""
	}
	return x.Value.String()
}

// partsOf are the quantities of a drawdown on one licence.
func partsOf(d *licence.DrawdownView, number string) string {
	var out []string
	for _, p := range d.Parts {
		if p.Licence == number {
			out = append(out, p.Quantity.String())
		}
	}
	return strings.Join(out, ", ")
}
