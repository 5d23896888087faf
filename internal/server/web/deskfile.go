package web

import (
	"cmp"
	"errors"
	"io"
	"maps"
	"mime"
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
	revisions  []licence.Revision // the first alone: none
	check      *licence.Check     // of an applicant's file that can be mended
	expected   *licence.Span      // when it may be decided; nil: that was not asked
	key        string
}

// undertakingRow is an undertaking with how it stands.
type undertakingRow struct {
	*licence.Undertaking
	status string
}

// readUndertakings reads undertakings with how they stand.
func readUndertakings(v *visit, ids []string) ([]undertakingRow, error) {
	var out []undertakingRow
	for _, id := range ids {
		u, err := licence.ReadUndertaking(v.Context(), v.reader, id)
		if err != nil {
			return nil, err
		}
		out = append(out, undertakingRow{u, u.Status(v.at, v.who.authority.Zone())})
	}
	return out, nil
}

// mends reports whether the visitor may change the content and hand it in.
func (f *dossierView) mends() bool { return f.who.role == licence.Applicant && f.app().Writable() }

// attaches reports whether the visitor may add papers.
func (f *dossierView) attaches() bool {
	switch f.app().Stage {
	case licence.StageClosed, licence.StageWithdrawn:
		return false
	}
	return f.who.role == licence.Applicant || f.who.role == licence.Officer
}

// wanted are the titles of the papers that are missing, each once.
func (f *dossierView) wanted() (out []string) {
	for _, p := range f.papers() {
		if p.missing != "" && !slices.Contains(out, p.Title) {
			out = append(out, p.Title)
		}
	}
	for _, p := range f.papers() {
		if !slices.Contains(out, p.Title) {
			out = append(out, p.Title)
		}
	}
	return out
}

// nextStep is the next step of the endorsement chain; empty where all are taken.
func (f *dossierView) nextStep() string {
	for _, c := range f.Chain {
		if c.Taken == nil || c.Lapsed {
			return c.Name
		}
	}
	return ""
}

// advises reports whether the visitor may give advice.
func (f *dossierView) advises() bool { return f.who.role == licence.Officer && f.app().Queue() != "" }

// adviceKinds are the kinds of advice in words.
var adviceKinds = [...]struct {
	kind  licence.AdviceKind
	words string
}{
	{licence.AdviseApprove, "approve"}, {licence.AdviseProviso, "approve with a proviso"}, {licence.AdviseRefuse, "refuse"},
	{licence.AdviseNoNeed, "no licence needed"}, {licence.AdviseInform, "inform"}, {licence.AdviseConflict, "conflicting"},
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
	if f.app().ContentVersion > 1 {
		if f.revisions, err = licence.ReadRevisions(v.Context(), v.reader, f.app().ID); err != nil {
			return nil, err
		}
	}
	if f.mends() {
		f.check, err = s.Desk.Check(&f.app().Content, f.app().Documents, v.at)
		if err != nil && refusalOf(err) == nil {
			return nil, err
		}
	}
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
		return nil, errNoLetter
	}
	v.frame.title = f.letter.Title()
	return letterPage(f), nil
}

// getLetterText sends the letter of a decision as Markdown.
func (s *site) getLetterText(w http.ResponseWriter, r *http.Request) {
	s.sendDesk(w, r, r.PathValue("id")+".md", "text/markdown; charset=utf-8", func(v *visit) ([]byte, error) {
		f, err := s.readDossier(v, nil, nil)
		if err != nil {
			return nil, err
		}
		if f.letter == nil || f.letter.Draft {
			return nil, errNoLetter
		}
		return []byte(f.letter.Markdown()), nil
	})
}

var errNoLetter = &licence.Refusal{Code: licence.NotFound, Message: "the file is not decided, so there is no letter yet"}

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
	case "submit":
		return &licence.Submit{Application: id}, true, nil
	case "assign":
		officer := strings.TrimSpace(form.Get("officer"))
		if officer == "" {
			err = licence.Faulty([]licence.FieldFault{{Field: "officer", Message: "is empty", Remedy: "name to whom it is assigned"}}, "name to whom it is assigned")
		}
		return &licence.Claim{Application: id, For: officer}, true, err
	case "reassess":
		return &licence.Reassess{Application: id}, true, nil
	case "endorse":
		c, err := endorsing(id, form)
		return c, true, err
	case "advise":
		c, err := advising(id, form)
		return c, true, err
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
	r.Body = http.MaxBytesReader(w, r.Body, mostPaper)
	if err := r.ParseMultipartForm(1 << 20); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		s.deskFail(w, r, &licence.Refusal{Code: licence.Invalid, Message: "the form cannot be read, or its paper is larger than " + size(mostPaper), Remedy: "send a smaller file, or state its digest alone"})
		return
	}
	var c licence.Command
	known := true
	if act := r.PathValue("act"); act == "attach" {
		c, err = attaching(d.Application.ID, r)
	} else {
		c, known, err = fileAct(act, d, r.PostForm)
	}
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
	s.deskAnswer(w, r, RefusalStatus(why.Code), func(x *visit) (templ.Component, error) {
		f, err := s.readDossier(x, r.PostForm, why)
		if err != nil {
			return nil, err
		}
		return dossierPage(f), nil
	})
}

// mostPaper is how large a paper may be that is sent with a form.
const mostPaper = 32 << 20

// attaching reads the form of a paper.
func attaching(id string, r *http.Request) (*licence.Attach, error) {
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	c := &licence.Attach{Application: id, Document: licence.Document{Kind: get("kind"), Form: get("form"), Digest: strings.ToLower(get("digest")), Translation: get("translation") != ""}}
	if other := get("other"); other != "" {
		c.Document.Kind = other
	}
	var faults []licence.FieldFault
	for _, d := range []struct {
		name string
		into *quantity.Date
	}{{"from", &c.Document.From}, {"until", &c.Document.Until}} {
		if text := get(d.name); text != "" {
			day, err := quantity.ParseDate(text)
			if err != nil {
				faults = append(faults, licence.FieldFault{Field: "valid " + d.name, Message: err.Error()})
			}
			*d.into = day
		}
	}
	file, head, err := r.FormFile("paper")
	switch {
	case err == nil:
		defer file.Close()
		if c.Bytes, err = io.ReadAll(file); err != nil {
			return c, err
		}
		c.Document.Name = head.Filename
		if c.Document.Digest == "" {
			c.Document.Digest = licence.DigestOf(c.Bytes)
		}
	case c.Document.Digest == "":
		faults = append(faults, licence.FieldFault{Field: "paper", Message: "there is none", Remedy: "choose a file, or state the digest of the paper"})
	}
	if len(faults) > 0 {
		return c, licence.Faulty(faults, "")
	}
	return c, nil
}

// getPaper sends the bytes of a paper of a file.
func (s *site) getPaper(w http.ResponseWriter, r *http.Request) {
	digest := r.PathValue("digest")
	var content []byte
	name := ""
	err := s.visit(w, r, func(v *visit) error {
		d, err := s.Desk.Dossier(v.Context(), v.reader, v.PathValue("id"), v.who.actor, v.who.role, v.at)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(d.Application.Documents, func(x licence.Document) bool { return x.Digest == digest })
		if at < 0 {
			return &licence.Refusal{Code: licence.NotFound, Message: "the file has no paper of this digest"}
		}
		name = cmp.Or(d.Application.Documents[at].Name, "paper")
		var there bool
		if content, there, err = v.reader.Paper(v.Context(), digest); err == nil && !there {
			return &licence.Refusal{Code: licence.NotFound, Message: "of this paper the digest is kept, and not its bytes"}
		}
		return err
	})
	switch {
	case err != nil:
		s.deskFail(w, r, err)
	case content != nil:
		w.Header().Set("Content-Type", "application/octet-stream") // whatever it is, it is not shown
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		w.Write(content)
	}
}

// endorsing reads the form of a step of the endorsement chain.
func endorsing(id string, form url.Values) (*licence.Endorse, error) {
	c := &licence.Endorse{Application: id, Step: licence.Step{Name: form.Get("step"), Holder: strings.TrimSpace(form.Get("holder")), Form: form.Get("form")}}
	text := strings.TrimSpace(form.Get("lapses"))
	if text == "" {
		return c, nil
	}
	day, err := quantity.ParseDate(text)
	if err != nil {
		return c, licence.Faulty([]licence.FieldFault{{Field: "last day", Message: err.Error()}}, "")
	}
	c.Step.Lapses = day
	return c, nil
}

// advising reads the form of an advice.
func advising(id string, form url.Values) (*licence.Advise, error) {
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	c := &licence.Advise{Application: id, Agency: get("adviser"), Kind: licence.AdviceKind(get("kind")), Party: get("party"), Text: get("advice"), Grounds: listed(form.Get("grounds")), Internal: get("internal") != ""}
	if text := get("line"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return c, licence.Faulty([]licence.FieldFault{{Field: "line", Message: strconv.Quote(text) + " is no number"}}, "")
		}
		c.Line = n
	}
	return c, nil
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

// documentWords say in which form a document is and while it is valid.
func documentWords(d *licence.Document) string {
	valid := ""
	switch {
	case d.From != 0 && d.Until != 0:
		valid = "valid " + d.From.String() + " to " + d.Until.String()
	case d.From != 0:
		valid = "valid from " + d.From.String()
	case d.Until != 0:
		valid = "valid until " + d.Until.String()
	}
	translation := ""
	if d.Translation {
		translation = "translation"
	}
	return joined(d.Name, d.Form, translation, valid)
}

// assigns reports whether the visitor may give the file to another officer.
func (f *dossierView) assigns() bool {
	if f.who.role != licence.Officer || f.HeldBy != "" && !f.mine() {
		return false
	}
	switch f.app().Queue() {
	case licence.QueueReview, licence.QueueAppeal, licence.QueueCountersign:
		return true
	}
	return false
}
