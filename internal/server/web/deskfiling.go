package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// filing is an application as it is written into a form: texts, which may be wrong.
type filing struct {
	reference, country, contract, endUse, renews string
	facts                                        string // one a line
	closed                                       bool
	lines                                        []goodsFields
	parties                                      []partyFields
	promises                                     []promiseFields
}

type goodsFields struct{ goods, description, from, to, quantity, value, facts string }

type partyFields struct{ role, name, country, ownership string }

type promiseFields struct{ kind, to, says, by, until string }

// The kinds of undertakings, with what the form calls them.
var promiseKinds = [...][2]string{
	{"stated", "as it says"}, {"no-other-use", "no other use"}, {"no-transfer", "no transfer without leave"}, {"no-wmd", "no weapons of mass destruction"},
	{"no-re-export", "no re-export to"}, {"no-defence", "no defence use"}, {"report", "report on request"},
}

var partyRoles = [...]string{licence.RoleEndUser, licence.RoleImporter, "consignee", "agent"}

// filingOf writes a content into the form.
func filingOf(c *licence.Content) filing {
	f := filing{reference: c.OurReference, country: c.Applicant.Country, contract: c.Contract, endUse: c.EndUse, renews: c.Renews, facts: factLines(c.Facts), closed: c.Closed}
	for i := range c.Lines {
		l := &c.Lines[i]
		g := goodsFields{goods: l.Goods, description: l.Description, from: l.From, to: l.To, facts: factLines(l.Facts)}
		if l.Quantity.Unit != "" {
			g.quantity = l.Quantity.String()
		}
		if l.Value.Currency != "" {
			g.value = l.Value.String()
		}
		f.lines = append(f.lines, g)
	}
	for _, p := range c.Parties {
		f.parties = append(f.parties, partyFields{p.Role, p.Name, p.Country, p.Ownership})
	}
	for _, u := range c.Undertakings {
		f.promises = append(f.promises, promiseFields{u.Kind, u.To, u.Says, u.By, u.Until})
	}
	return f
}

// factLines writes facts one a line.
func factLines(all map[string]string) string {
	var b strings.Builder
	for _, x := range facts(all) {
		fmt.Fprintf(&b, "%s = %s\n", x[0], x[1])
	}
	return b.String()
}

// mostRows is how many rows of a kind a form may have.
const mostRows = 200

// readFiling reads the form. Rows that are empty are left out.
func readFiling(form url.Values) filing {
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	f := filing{reference: get("reference"), country: get("country"), contract: get("contract"), endUse: get("endUse"), renews: get("renews"),
		facts: form.Get("facts"), closed: form.Get("closed") != ""}
	row := func(kind string, n int, names ...string) (out []string, filled bool) {
		for _, name := range names {
			v := strings.TrimSpace(form.Get(fmt.Sprintf("%s.%d.%s", kind, n, name)))
			filled = filled || v != "" && name != "role" && name != "kind"
			out = append(out, v)
		}
		return out, filled
	}
	for n := 1; n <= mostRows; n++ {
		if x, filled := row("lines", n, "goods", "description", "from", "to", "quantity", "value", "facts"); filled {
			f.lines = append(f.lines, goodsFields{x[0], x[1], x[2], x[3], x[4], x[5], x[6]})
		}
		if x, filled := row("parties", n, "role", "name", "country", "ownership"); filled {
			f.parties = append(f.parties, partyFields{x[0], x[1], x[2], x[3]})
		}
		if x, filled := row("undertakings", n, "kind", "to", "says", "by", "until"); filled {
			f.promises = append(f.promises, promiseFields{x[0], x[1], x[2], x[3], x[4]})
		}
	}
	// What the law asked, and what the lane asks to be promised.
	for name := range form {
		if fact, ok := strings.CutPrefix(name, factParameter); ok && get(name) != "" {
			into := &f.facts
			if strings.HasPrefix(fact, "goods.") && len(f.lines) == 1 {
				into = &f.lines[0].facts
			}
			*into = strings.TrimRight(*into, "\n ") + "\n" + fact + " = " + get(name)
		}
	}
	for _, says := range form["give"] {
		f.promises = append(f.promises, promiseFields{kind: "stated", says: says, by: f.endUser()})
	}
	return f
}

// endUser is the name of the end user; empty where there is none.
func (f *filing) endUser() string {
	for _, p := range f.parties {
		if p.role == licence.RoleEndUser {
			return p.name
		}
	}
	return ""
}

// content is what the form says, and which of its fields cannot be read. What is
// known of parties from lists is kept from the content before.
func (f *filing) content(who *visitor, before *licence.Content) (licence.Content, []licence.FieldFault) {
	var faults []licence.FieldFault
	fault := func(field string, err error, remedy string) {
		faults = append(faults, licence.FieldFault{Field: field, Message: err.Error(), Remedy: remedy})
	}
	place := func(field, text string) string {
		if text == "" {
			return ""
		}
		c, err := nomenclature.ParseCountry(text)
		if err != nil {
			fault(field, err, "")
			return text
		}
		return string(c)
	}
	stated := func(field, text string) map[string]string {
		out := map[string]string{}
		for _, line := range listed(text) {
			name, value, ok := strings.Cut(line, "=")
			name, value = strings.TrimSpace(name), strings.TrimSpace(value)
			if !ok || name == "" || value == "" {
				fault(field, fmt.Errorf("%q is no fact", line), "write a name and a value: goods.Dy = 2.4")
				continue
			}
			out[name] = value
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
	c := licence.Content{Authority: who.authority.ID, OurReference: f.reference, Contract: f.contract, EndUse: f.endUse, Renews: f.renews, Closed: f.closed,
		Applicant: licence.Party{Role: "applicant", Name: who.actor, Country: place("country", f.country)}, Facts: stated("facts", f.facts)}
	if before != nil {
		c.Authority, c.Applicant.Name, c.Applicant.Ownership, c.Applicant.Screening = before.Authority, before.Applicant.Name, before.Applicant.Ownership, before.Applicant.Screening
	}
	for i, g := range f.lines {
		at := func(name string) string { return fmt.Sprintf("lines.%d.%s", i+1, name) }
		l := licence.Line{Goods: g.goods, Description: g.description, From: place(at("from"), g.from), To: place(at("to"), g.to), Facts: stated(at("facts"), g.facts)}
		var err error
		if g.quantity != "" {
			if l.Quantity, err = quantity.ParseQuantity(g.quantity); err != nil {
				fault(at("quantity"), err, "")
			}
		}
		if g.value != "" {
			if l.Value, err = quantity.ParseMoney(g.value); err != nil {
				fault(at("value"), err, "")
			}
		}
		c.Lines = append(c.Lines, l)
	}
	c.Parties = []licence.Party{}
	for i, p := range f.parties {
		x := licence.Party{Role: p.role, Name: p.name, Country: place(fmt.Sprintf("parties.%d.country", i+1), p.country), Ownership: p.ownership}
		if before != nil {
			for _, old := range before.Parties {
				if licence.FoldName(old.Name) == licence.FoldName(p.name) {
					x.Screening = old.Screening
				}
			}
		}
		c.Parties = append(c.Parties, x)
	}
	for _, u := range f.promises {
		c.Undertakings = append(c.Undertakings, licence.Promise{Kind: u.kind, To: u.to, Says: u.says, By: u.by, Until: u.until})
	}
	return c, faults
}

// filingView is the form of an application.
type filingView struct {
	*visit
	filing
	id        string // of the file; empty: it is new
	stage     licence.Stage
	documents []licence.Document
	faults    map[string][]licence.FieldFault
	others    []string // faults of no field of the form
	refusal   *licence.Refusal
	check     *licence.Check
	questions []*condition.Fact // open facts that matter
	more      string            // of what one more empty row is wanted
	key       string
}

// action is the address of the form.
func (v *filingView) action() string {
	if v.id == "" {
		return "/desk/new"
	}
	return "/desk/files/" + url.PathEscape(v.id) + "/edit"
}

// rows are those of the form with one that is empty, or one more where it is asked
// for.
func rows[T any](filled []T, more bool) []T {
	out := slices.Clone(filled)
	if len(out) == 0 || more {
		out = append(out, *new(T))
	}
	return out
}

// asked are the undertakings that the lane asks for and that are not given.
func (v *filingView) asked() (out []string) {
	if v.check == nil {
		return nil
	}
	for _, l := range v.check.Lanes {
		if !l.Given {
			continue
		}
		for _, u := range l.Undertakings {
			if slices.ContainsFunc(l.Missing, func(m licence.Missing) bool { return m.What == u }) {
				out = append(out, u)
			}
		}
	}
	return out
}

func (v *filingView) fault(err *licence.Refusal) {
	if err == nil {
		return
	}
	if len(err.Faults) == 0 {
		v.refusal = err
		return
	}
	for _, f := range err.Faults {
		v.place(f)
	}
}

// place puts a fault at its field.
func (v *filingView) place(f licence.FieldFault) {
	switch {
	case f.Field == "lines":
		f.Field = "lines.1.goods"
	case f.Field == "applicant.country":
		f.Field = "country"
	}
	if kind, rest, ok := strings.Cut(f.Field, ".facts."); ok {
		f.Field, f.Message = kind+".facts", rest+": "+f.Message
	}
	for _, known := range []string{"lines.", "parties.", "undertakings.", "facts", "country"} {
		if strings.HasPrefix(f.Field, known) {
			v.faults[f.Field] = append(v.faults[f.Field], f)
			return
		}
	}
	v.others = append(v.others, sentence(f.Field+": "+f.Message))
}

// problems places what the engine says of the lines.
func (v *filingView) problems(list []string) {
	for _, p := range list {
		field, message, ok := strings.Cut(p, ": ")
		name := strings.TrimPrefix(field, "lines.")
		_, name, _ = strings.Cut(name, ".")
		first, _, _ := strings.Cut(name, ".")
		if !ok || !slices.Contains([]string{"goods", "from", "to", "quantity", "value", "facts"}, first) {
			v.others = append(v.others, sentence(p))
			continue
		}
		v.place(licence.FieldFault{Field: field, Message: message})
	}
}

// checked fills in what handing it in would come to.
func (s *site) checked(v *filingView, c *licence.Content) {
	check, err := s.Desk.Check(c, v.documents, v.at)
	if err != nil {
		v.fault(refusalOf(err))
		return
	}
	v.check = check
	v.problems(check.Assessment.Problems)
	all := s.Engine.Facts()
	for _, name := range check.Assessment.Questions {
		if i := slices.IndexFunc(all, func(f *condition.Fact) bool { return f.Name == name }); i >= 0 {
			v.questions = append(v.questions, all[i])
		}
	}
}

var errNotApplicant = &licence.Refusal{Code: licence.WrongRole, Message: "this page is for applicants", Remedy: "change your role on the first page of the desk"}

// newFiling begins a form: an empty one, that of a file, or the renewal of a
// licence.
func (s *site) newFiling(v *visit, id string) (*filingView, *licence.Content, error) {
	out := &filingView{visit: v, id: id, faults: map[string][]licence.FieldFault{}, key: newKey()}
	if v.who.role != licence.Applicant {
		return nil, nil, errNotApplicant
	}
	v.frame.title = "A new application"
	if id == "" {
		out.filing = filing{country: v.who.authority.Country, lines: []goodsFields{{from: v.who.authority.Country}}, parties: []partyFields{{role: licence.RoleEndUser}}}
		if number := strings.TrimSpace(v.URL.Query().Get("renew")); number != "" {
			return out, nil, s.renewal(out, number)
		}
		return out, nil, nil
	}
	d, err := s.Desk.Dossier(v.Context(), v.reader, id, v.who.actor, v.who.role, v.at)
	if err != nil {
		return nil, nil, err
	}
	a := d.Application
	if v.who.authority, err = s.Desk.Authority(a.Content.Authority); err != nil {
		return nil, nil, err
	}
	v.frame.title = "Amend " + id
	out.filing, out.stage, out.documents = filingOf(&a.Content), a.Stage, a.Documents
	return out, &a.Content, nil
}

// renewal fills the form from the licence that is to be followed, and from its
// application where there is one.
func (s *site) renewal(out *filingView, number string) error {
	l, err := licence.ReadLicenceView(out.Context(), out.reader, number, out.who.actor, out.who.role, out.at)
	if err != nil {
		return err
	}
	if l.Application != "" {
		d, err := s.Desk.Dossier(out.Context(), out.reader, l.Application, out.who.actor, out.who.role, out.at)
		if err != nil {
			return err
		}
		out.filing = filingOf(&d.Application.Content)
		out.documents = d.Application.Valid(out.day())
	} else {
		out.lines, out.parties = nil, nil
		for _, x := range l.Lines {
			out.lines = append(out.lines, goodsFields{goods: x.Goods, description: x.Description, from: out.who.authority.Country, to: x.Destination, quantity: x.Licensed.String()})
		}
		for _, p := range l.Parties {
			out.parties = append(out.parties, partyFields{p.Role, p.Name, p.Country, p.Ownership})
		}
	}
	out.renews, out.reference = number, ""
	return nil
}

func (s *site) getNew(v *visit) (templ.Component, error) {
	out, _, err := s.newFiling(v, "")
	if err != nil {
		return nil, err
	}
	return filingPage(out), nil
}

func (s *site) getEdit(v *visit) (templ.Component, error) {
	out, before, err := s.newFiling(v, v.PathValue("id"))
	if err != nil {
		return nil, err
	}
	s.checked(out, before)
	return filingPage(out), nil
}

// postFiling does what the button of the form says: one more row, a check, or it
// keeps the application as a draft or as a new version, or hands it in.
func (s *site) postFiling(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.deskFail(w, r, &licence.Refusal{Code: licence.Invalid, Message: "the form cannot be read"})
		return
	}
	id := r.PathValue("id")
	var out *filingView
	var c licence.Content
	status := http.StatusOK
	err := s.visit(w, r, func(v *visit) error {
		var before *licence.Content
		var err error
		if out, before, err = s.newFiling(v, id); err != nil {
			return err
		}
		out.filing = readFiling(r.PostForm)
		if out.renews != "" && id == "" { // the papers that may be used again
			given := out.filing
			if err := s.renewal(out, out.renews); err != nil {
				return err
			}
			out.filing = given
		}
		var faults []licence.FieldFault
		if c, faults = out.content(&v.who, before); len(faults) > 0 {
			out.fault(licence.Faulty(faults, ""))
			status = http.StatusUnprocessableEntity
		} else if before != nil {
			out.check = nil
		}
		switch do := r.PostForm.Get("do"); do {
		case "line", "party", "undertaking":
			out.more = do
			out.faults, status = map[string][]licence.FieldFault{}, http.StatusOK
		case "save", "submit":
		default:
			if status == http.StatusOK {
				s.checked(out, &c)
			}
		}
		return nil
	})
	if err != nil {
		s.deskFail(w, r, err)
		return
	}
	if out == nil {
		return
	}
	do := r.PostForm.Get("do")
	if status != http.StatusOK || do != "save" && do != "submit" {
		s.render(w, r, status, filingPage(out))
		return
	}
	id, err = s.fileAway(out, &c, do == "submit", r)
	if err == nil {
		http.Redirect(w, r, "/desk/files/"+url.PathEscape(id), http.StatusSeeOther)
		return
	}
	var why *licence.Refusal
	if !errors.As(err, &why) {
		s.deskFail(w, r, err)
		return
	}
	if why.Code == licence.Incomplete {
		s.checked(out, &c)
	}
	out.fault(why)
	s.render(w, r, RefusalStatus(why.Code), filingPage(out))
}

// fileAway keeps the application, and hands it in where that is asked.
func (s *site) fileAway(v *filingView, c *licence.Content, submit bool, r *http.Request) (id string, err error) {
	var receipt licence.Receipt
	if v.id == "" {
		receipt, err = s.do(r.Context(), v.visit, &licence.File{Content: *c, Documents: v.documents, Submit: submit})
		return receipt.Object.ID, err
	}
	if _, err = s.do(r.Context(), v.visit, &licence.Amend{Application: v.id, Content: *c}); err != nil || !submit {
		return v.id, err
	}
	by := licence.By{Actor: v.who.actor, Role: v.who.role, At: v.at}
	_, err = s.Desk.Do(r.Context(), by, &licence.Submit{Application: v.id})
	return v.id, err
}

// fieldName is what an input of a row is called.
func fieldName(kind string, row int, name string) string {
	return kind + "." + strconv.Itoa(row+1) + "." + name
}

// factChoices are the values that a fact may have, where they are few.
func factChoices(f *condition.Fact) []string {
	if f.Type == condition.Bool {
		return []string{"yes", "no"}
	}
	return f.Values
}

func isPartyRole(role string) bool { return slices.Contains(partyRoles[:], role) }
