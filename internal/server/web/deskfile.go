package web

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// dossierView is a file as its page shows it.
type dossierView struct {
	*visit
	*licence.Dossier
	form       url.Values // what was written into the forms of the page
	refusal    *licence.Refusal
	letter     *licence.Letter
	draftFault *licence.Refusal // why the draft would not be decided as it is
	precedents []licence.Precedent
	key        string
}

// app is the application.
func (f *dossierView) app() *licence.Application { return f.Application }

// mine reports whether the visitor holds the file.
func (f *dossierView) mine() bool { return f.HeldBy == f.who.actor }

// deciding reports whether the visitor is to decide the file now.
func (f *dossierView) deciding() bool {
	return f.who.role == licence.Officer && f.mine() && (f.app().Queue() == licence.QueueReview || f.app().Queue() == licence.QueueAppeal)
}

// claimable reports whether the visitor may claim the file.
func (f *dossierView) claimable() bool {
	if f.HeldBy != "" {
		return false
	}
	switch f.app().Queue() {
	case licence.QueueReview, licence.QueueAppeal:
		return f.who.role == licence.Officer
	case licence.QueueCountersign:
		return f.who.role == licence.Countersigner || f.who.role == licence.Officer
	}
	return false
}

// countersigning reports whether the visitor may agree or disagree now.
func (f *dossierView) countersigning() bool {
	return f.app().Stage == licence.StageCountersign && f.app().Recommendation != nil && (f.HeldBy == "" || f.mine()) &&
		(f.who.role == licence.Countersigner || f.who.role == licence.Officer)
}

// openQuery is the question that waits for the applicant; nil: none does.
func (f *dossierView) openQuery() *licence.Query {
	for i := range f.app().Queries {
		if q := &f.app().Queries[i]; q.Answered == 0 {
			return q
		}
	}
	return nil
}

// paper is a paper that the lane asks for, with whether it is there.
type paper struct {
	licence.Paper
	missing string // why it will not do; empty: it is there
}

// papers are the papers that the lane asks for.
func (f *dossierView) papers() (out []paper) {
	if f.app().Assessment == nil {
		return nil
	}
	for _, p := range f.app().Assessment.Papers {
		x := paper{Paper: p}
		for _, m := range f.Missing {
			if m.What == p.Title && m.Form == p.Form {
				x.missing = m.Why
			}
		}
		out = append(out, x)
	}
	return out
}

// promises are the undertakings that the lane asks for, with whether they are
// given.
func (f *dossierView) promises() (out []paper) {
	if f.app().Assessment == nil {
		return nil
	}
	for _, u := range f.app().Assessment.Undertakings {
		x := paper{Paper: licence.Paper{Title: u}}
		for _, m := range f.Missing {
			if m.What == u {
				x.missing = m.Why
			}
		}
		out = append(out, x)
	}
	return out
}

// facts are the facts of the file and of a line, by their names.
func facts(all map[string]string) [][2]string {
	var out [][2]string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, [2]string{name, all[name]})
	}
	return out
}

// ask is the address of the determination of a line in full.
func (f *dossierView) ask(line int) string {
	c := f.app().Content.Case(line, f.app().Assessment.On)
	return "/ask?" + encode(&c)
}

// written is what was written into a field; or the proposed words.
func (f *dossierView) written(name, proposed string) string {
	if f.form.Has(name) {
		return f.form.Get(name)
	}
	return proposed
}

// outcome is the outcome that the form begins with.
func (f *dossierView) outcome() licence.Outcome {
	if f.form.Has("outcome") {
		return licence.Outcome(f.form.Get("outcome"))
	}
	switch x := f.app().Assessment; {
	case x == nil || x.Lane == licence.LaneUnsettled:
		return licence.Refused
	case x.Lane == licence.LaneBarred:
		return licence.Refused
	case x.Lane == licence.LaneNotNeeded:
		return licence.NoLicenceNeeded
	}
	return licence.Approved
}

// outcomes are the outcomes in words.
var outcomes = []struct {
	outcome licence.Outcome
	words   string
}{
	{licence.Approved, "Approve"},
	{licence.ApprovedWithConditions, "Approve under conditions"},
	{licence.Refused, "Refuse"},
	{licence.NoLicenceNeeded, "No licence needed"},
}

// termOpen reports whether the lane leaves the term, or how it ends, to the
// decision.
func (f *dossierView) termOpen() bool {
	x := f.app().Assessment
	return x != nil && (x.Months == 0 || x.AtMost || x.Ends == "")
}

// months is the term that the lane gives at most; empty where it tells none.
func (f *dossierView) months() string {
	if x := f.app().Assessment; x != nil && x.Months > 0 {
		return strconv.Itoa(x.Months)
	}
	return ""
}

// listed are the lines of a field, those that are blank left out.
func listed(text string) (out []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// proposal reads the form of a decision.
func proposal(form url.Values) (licence.Proposal, error) {
	p := licence.Proposal{Outcome: licence.Outcome(form.Get("outcome")), Conditions: listed(form.Get("conditions")), Grounds: listed(form.Get("grounds")),
		Reason: strings.TrimSpace(form.Get("why")), Ends: licence.MonthEnd(form.Get("ends"))}
	// Fields of another outcome are kept on the page and do not count.
	if p.Outcome != licence.ApprovedWithConditions {
		p.Conditions = nil
	}
	if p.Outcome != licence.Refused {
		p.Grounds = nil
	}
	var err error
	if s := strings.TrimSpace(form.Get("months")); s != "" {
		if p.Months, err = strconv.Atoi(s); err != nil || p.Months < 1 {
			return p, &licence.Refusal{Code: licence.Invalid, Message: "the term " + strconv.Quote(s) + " is no number of months", Remedy: "write 6"}
		}
	}
	if s := strings.TrimSpace(form.Get("tolerance")); s != "" {
		if p.Tolerance, err = quantity.ParseDecimal(s); err != nil {
			return p, &licence.Refusal{Code: licence.Invalid, Message: "the tolerance " + strconv.Quote(s) + " is no number", Remedy: "write per cent of the quantity, like 5"}
		}
	}
	return p, nil
}

// readDossier reads what the page of a file shows.
func (s *site) readDossier(v *visit, form url.Values, refused *licence.Refusal) (*dossierView, error) {
	d, err := s.Desk.Dossier(v.Context(), v.reader, v.PathValue("id"), v.who.actor, v.who.role, v.at)
	if err != nil {
		return nil, err
	}
	f := &dossierView{visit: v, Dossier: d, form: form, refusal: refused, key: newKey()}
	authority, err := s.Desk.Authority(f.app().Content.Authority)
	if err != nil {
		return nil, err
	}
	v.who.authority = authority
	v.frame.title = "File " + f.app().ID
	switch {
	case f.deciding() && form.Has("outcome"):
		p, fault := proposal(form)
		var letter licence.Letter
		if fault == nil {
			letter, fault = authority.Draft(f.app(), &p, v.at)
			f.letter = &letter
		}
		f.draftFault = refusalOf(fault)
	case f.deciding():
		letter, _ := authority.Draft(f.app(), &licence.Proposal{Outcome: f.outcome()}, v.at)
		f.letter = &letter
	case f.app().Stage == licence.StageCountersign && f.app().Recommendation != nil:
		letter, fault := authority.Draft(f.app(), &f.app().Recommendation.Proposal, v.at)
		f.letter, f.draftFault = &letter, refusalOf(fault)
	default:
		if letter, decided := authority.Letter(f.app()); decided {
			f.letter = &letter
		}
	}
	if v.who.role == licence.Officer || v.who.role == licence.Countersigner {
		f.precedents, err = licence.Precedents(v.Context(), v.reader, f.app().ID, 5)
	}
	return f, err
}

// refusalOf is the refusal in an error; nil where it is none.
func refusalOf(err error) *licence.Refusal {
	var why *licence.Refusal
	errors.As(err, &why)
	return why
}

func (s *site) getDossier(v *visit) (templ.Component, error) {
	f, err := s.readDossier(v, v.URL.Query(), nil)
	if err != nil {
		return nil, err
	}
	return dossierPage(f), nil
}

// getLetter is the letter of a decision, to print or as Markdown.
func (s *site) getLetter(v *visit) (templ.Component, error) {
	f, err := s.readDossier(v, nil, nil)
	if err != nil {
		return nil, err
	}
	if f.letter == nil || f.letter.Draft {
		return nil, &licence.Refusal{Code: licence.NotFound, Message: "the file is not decided, so there is no letter yet"}
	}
	v.frame.title = f.letter.Title()
	return letterPage(f), nil
}

// fileAct is the command of a form on the page of a file; false where there is no
// such form.
func fileAct(act string, d *licence.Dossier, form url.Values) (c licence.Command, known bool, err error) {
	id := d.Application.ID
	text := strings.TrimSpace(form.Get("text"))
	switch act {
	case "accept":
		return &licence.Accept{Application: id}, true, nil
	case "return":
		return &licence.GiveBack{Application: id, For: text}, true, nil
	case "claim":
		return &licence.Claim{Application: id}, true, nil
	case "release":
		return &licence.Unclaim{Application: id}, true, nil
	case "ask":
		return &licence.Ask{Application: id, Text: text}, true, nil
	case "answer":
		return &licence.Answer{Application: id, Text: text}, true, nil
	case "refer":
		return &licence.Refer{Application: id, Agency: strings.TrimSpace(form.Get("agency")), Question: text}, true, nil
	case "withdraw":
		return &licence.Withdraw{Application: id}, true, nil
	case "appeal":
		return &licence.Appeal{Application: id, Grounds: text}, true, nil
	case "agree":
		return &licence.Countersign{Application: id, Agree: true}, true, nil
	case "disagree":
		return &licence.Countersign{Application: id}, true, nil
	case "decide":
		p, err := proposal(form)
		if d.TwoOfficers {
			return &licence.Recommend{Application: id, Proposal: p}, true, err
		}
		return &licence.Decide{Application: id, Proposal: p}, true, err
	}
	return nil, false, nil
}

// postDossier does what a form on the page of a file says.
func (s *site) postDossier(w http.ResponseWriter, r *http.Request) {
	var v *visit
	var d *licence.Dossier
	err := s.visit(w, r, func(x *visit) (err error) {
		v = x
		d, err = s.Desk.Dossier(r.Context(), x.reader, r.PathValue("id"), x.who.actor, x.who.role, x.at)
		return err
	})
	if err != nil {
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
	c, known, err := fileAct(r.PathValue("act"), d, r.PostForm)
	if !known {
		s.notFound(w, r, "There is no such act.")
		return
	}
	if err == nil {
		_, err = s.do(r.Context(), v, c)
	}
	if err == nil {
		http.Redirect(w, r, "/desk/files/"+url.PathEscape(d.Application.ID), http.StatusSeeOther)
		return
	}
	why := refusalOf(err)
	if why == nil {
		s.deskFail(w, r, err)
		return
	}
	var page templ.Component
	err = s.visit(w, r, func(x *visit) error {
		f, err := s.readDossier(x, r.PostForm, why)
		if err == nil {
			page = dossierPage(f)
		}
		return err
	})
	if err != nil {
		s.deskFail(w, r, err)
		return
	}
	s.render(w, r, refusalStatus(why), page)
}

// statusWords are the statuses of files in words.
var statusWords = map[string]string{
	string(licence.StageDraft): "draft", string(licence.StageSubmitted): "handed in", string(licence.StageReturned): "returned",
	string(licence.StageReview): "under review", string(licence.StageCountersign): "to be countersigned", string(licence.StageClosed): "decided",
	string(licence.StageAppeal): "under appeal", string(licence.StageWithdrawn): "withdrawn", licence.StatusAwaitingApplicant: "waits for the applicant",
	licence.StatusAtAgency: "with an agency", licence.StatusLapsed: "lapsed: no answer came in time",
}

func statusOf(status string) string {
	if s, ok := statusWords[status]; ok {
		return s
	}
	return status
}

// outcomeWords is a decision in words.
func outcomeWords(o licence.Outcome) string { return strings.ReplaceAll(string(o), "-", " ") }

// laneWords is a lane in words, of which the packs name some by their titles.
func laneWords(x *licence.Assessment) string {
	switch {
	case x == nil:
		return "not assessed"
	case x.Title != "":
		return x.Title
	case x.Lane == licence.LaneBarred:
		return "Prohibited: there is nothing to apply for"
	case x.Lane == licence.LaneNotNeeded:
		return "No licence of this authority is needed"
	case x.Lane == licence.LaneUnsettled:
		return "Not settled: no lane is open for certain"
	}
	return x.Lane
}

// outcomeClass is the colour that the answer of the engine has elsewhere.
func outcomeClass(outcome string) string { return "is-" + outcome }

// joined joins words that are there with commas.
func joined(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), ", ")
}

// subtitle says whose file it is, since when it is here and who holds it.
func (f *dossierView) subtitle() string {
	words := []string{f.app().Content.Applicant.Name, f.app().Content.OurReference}
	if f.app().Submitted != 0 {
		words = append(words, "handed in "+f.on(f.app().Submitted))
	}
	if f.HeldBy != "" {
		words = append(words, "held by "+f.HeldBy+" until "+f.when(f.app().Lease.Until))
	}
	return joined(words...)
}

// goodsWords are how many goods go where.
func goodsWords(l *licence.Line) string {
	worth := ""
	if l.Value.Currency != "" {
		worth = "worth " + l.Value.String()
	}
	return joined(l.Quantity.String(), worth, l.From+" → "+l.To)
}
