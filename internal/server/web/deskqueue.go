package web

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// filesAPage is how many files a page of a queue shows.
const filesAPage = 50

// queueView is a queue as a page shows it.
type queueView struct {
	*visit
	page   licence.Page
	lane   string
	queues []queueCount
	lanes  []licence.Count
	key    string
	next   string // address of the files after these; empty: there are none
	fault  string // why nothing was claimed
}

// queueCount is how many files wait in a queue.
type queueCount struct {
	queue licence.Queue
	files int
}

// queueWords are the queues in the words of the page.
var queueWords = map[licence.Queue]string{
	licence.QueueIntake:      "Handed in",
	licence.QueueReview:      "For review",
	licence.QueueAgency:      "With agencies",
	licence.QueueApplicant:   "With applicants",
	licence.QueueCountersign: "To countersign",
	licence.QueueAppeal:      "Appeals",
}

// claimable reports whether files of the queue are claimed by the visitor.
func (q *queueView) claimable() bool {
	switch q.page.Queue {
	case licence.QueueReview, licence.QueueAppeal, licence.QueueIntake:
		return q.who.role == licence.Officer
	case licence.QueueCountersign:
		return q.who.role == licence.Officer || q.who.role == licence.Countersigner
	}
	return false
}

// together reports whether the visitor decides files of the queue together.
func (q *queueView) together() bool {
	return q.who.role == licence.Officer && q.page.Queue == licence.QueueReview
}

func (q *queueView) address(queue licence.Queue, lane string) string {
	return "/desk/queue?" + queueQuery(queue, lane).Encode()
}

func queueQuery(queue licence.Queue, lane string) url.Values {
	out := url.Values{"queue": {string(queue)}}
	if lane != "" {
		out.Set("lane", lane)
	}
	return out
}

var errNotYours = &licence.Refusal{Code: licence.WrongRole, Message: "this page is for those who work at the authority and for auditors", Remedy: "change your role on the first page of the desk"}

func getQueue(v *visit) (templ.Component, error) {
	return readQueue(v, licence.Queue(v.FormValue("queue")), v.FormValue("lane"), "")
}

func readQueue(v *visit, queue licence.Queue, lane, fault string) (templ.Component, error) {
	if !v.who.reads() {
		return nil, errNotYours
	}
	if !slices.Contains(licence.Queues(), queue) {
		queue = licence.QueueReview
		if v.who.role == licence.Countersigner {
			queue = licence.QueueCountersign
		}
	}
	q := licence.FileQuery{Queue: queue, Lane: lane, At: v.at, Limit: filesAPage}
	if turn, id, ok := strings.Cut(v.FormValue("after"), "."); ok {
		n, err := strconv.ParseInt(turn, 10, 64)
		if err != nil {
			return nil, &licence.Refusal{Code: licence.Invalid, Message: "the address names no place in the queue", Remedy: "begin at its head"}
		}
		q.After, q.AfterID = quantity.Instant(n), id
	}
	page, err := licence.ReadPage(v.Context(), v.reader, v.who.authority, q, v.at)
	if err != nil {
		return nil, err
	}
	counts, err := v.reader.Counts(v.Context(), v.who.authority.ID)
	if err != nil {
		return nil, err
	}
	out := &queueView{visit: v, page: page, lane: lane, key: newKey(), fault: fault}
	for _, name := range licence.Queues() {
		n := 0
		for _, c := range counts {
			if c.Queue == name {
				n += c.Files
				if name == queue {
					out.lanes = append(out.lanes, c)
				}
			}
		}
		out.queues = append(out.queues, queueCount{name, n})
	}
	if len(page.Files) == filesAPage {
		last := page.Files[filesAPage-1]
		more := queueQuery(queue, lane)
		more.Set("after", strconv.FormatInt(int64(last.Turn), 10)+"."+last.ID)
		out.next = "/desk/queue?" + more.Encode()
	}
	v.frame.title = queueWords[queue]
	return queuePage(out), nil
}

// getFind leads to the file, the licence or the drawdown of a number.
func (s *site) getFind(w http.ResponseWriter, r *http.Request) {
	number := strings.TrimSpace(r.FormValue("number"))
	address := ""
	err := s.visit(w, r, func(v *visit) error {
		_, err := s.Desk.Dossier(v.Context(), v.reader, number, v.who.actor, v.who.role, v.at)
		if address = "/desk/files/"; err == nil || refusalOf(err) == nil {
			return err
		}
		if _, err := licence.ReadLicenceView(v.Context(), v.reader, number, v.who.actor, v.who.role, v.at); err == nil {
			address = "/desk/licences/"
			return nil
		}
		if _, err := licence.ReadDrawdownView(v.Context(), v.reader, number, v.who.actor, v.who.role); err == nil {
			address = "/desk/drawdowns/"
			return nil
		}
		return &licence.Refusal{Code: licence.NotFound, Message: "no file, licence or drawdown has the number " + strconv.Quote(number), Remedy: "write it as it stands on the paper: A42, L42, D42"}
	})
	switch {
	case err != nil:
		s.deskFail(w, r, err)
	case address != "":
		http.Redirect(w, r, address+url.PathEscape(number), http.StatusSeeOther)
	}
}

// postClaim claims the file whose turn it is and leads to it.
func (s *site) postClaim(w http.ResponseWriter, r *http.Request) {
	s.postDesk(w, r, func(v *visit) (string, error) {
		receipt, err := s.do(r.Context(), v, &licence.ClaimNext{Authority: v.who.authority.ID, Queue: licence.Queue(r.PostFormValue("queue")), Lane: r.PostFormValue("lane")})
		return "/desk/files/" + url.PathEscape(receipt.Object.ID), err
	}, func(v *visit, why *licence.Refusal) (templ.Component, error) {
		return readQueue(v, licence.Queue(r.PostFormValue("queue")), r.PostFormValue("lane"), sentence(why.Message))
	})
}

// clockWords is a clock in few words.
func clockWords(c licence.Reading) string {
	switch c.State {
	case "not-started":
		return "not started"
	case "stopped":
		return "took " + days(c.Elapsed) + ", until " + c.Stopped.String()
	}
	s := "day " + strconv.Itoa(c.Elapsed)
	if c.State == "paused" {
		s = "paused at " + s
	}
	switch {
	case c.Overdue:
		s += ", overdue by " + days(-c.Left)
	case c.Limited:
		s += ", " + strconv.Itoa(c.Left) + " left"
	}
	return s
}

func days(n int) string { return number(n, "day") }

// number is a count with its noun.
func number(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}

// mineView is an applicant's own applications.
type mineView struct {
	*visit
	rows     []mineRow
	own      *licence.Own
	holdings []licence.Holding
	renewals []renewalRow
	needed   string // the day on which a licence is needed
	fileBy   string // until when to file for it, in words
	fault    string
}

// mineRow is an application as its applicant sees it.
type mineRow struct {
	licence.FileView
	authority string
	step      string // of the endorsement chain, the last that was taken
	outcome   licence.Outcome
	query     bool // waits for an answer
}

// renewalRow is until when to file for what follows a licence.
type renewalRow struct{ licence, words string }

// mostMine is how many applications of one applicant a page shows.
const mostMine = 200

// getMine shows an applicant's own, with every authority.
func (s *site) getMine(v *visit) (templ.Component, error) {
	if v.who.role != licence.Applicant {
		return nil, errNotApplicant
	}
	out := &mineView{visit: v}
	rows, err := v.reader.Files(v.Context(), licence.FileQuery{Applicant: licence.FoldName(v.who.actor), Limit: mostMine})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	files, err := licence.ReadApplications(v.Context(), v.reader, ids)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		row, err := s.mineRow(v, f)
		if err != nil {
			return nil, err
		}
		out.rows = append(out.rows, row)
	}
	slices.SortStableFunc(out.rows, func(a, b mineRow) int {
		return cmp.Or(b2i(b.query)-b2i(a.query), strings.Compare(a.authority, b.authority))
	})
	out.own, err = licence.ReadOwn(v.Context(), v.reader, s.authorities(), v.who.actor, v.at)
	if err != nil {
		return nil, err
	}
	out.holdings, err = licence.ReadHoldings(v.Context(), v.reader, licence.LicenceQuery{Holder: v.who.actor, Limit: mostMine}, v.at)
	out.tellFiling()
	v.frame.title = "My applications"
	return minePage(out), err
}

func (s *site) mineRow(v *visit, f *licence.Application) (mineRow, error) {
	seen, err := f.SeenBy(v.who.actor, v.who.role)
	if err != nil {
		return mineRow{}, err
	}
	authority, err := s.Desk.Authority(seen.Content.Authority)
	if err != nil {
		return mineRow{}, err
	}
	row := mineRow{FileView: authority.View(seen, v.at), authority: authority.ID}
	row.query = row.Status == licence.StatusAwaitingApplicant
	if seen.Decision != nil {
		row.outcome = seen.Decision.Outcome
	}
	chain := authority.ChainOf(seen, v.at.Date(authority.Zone()))
	for i, c := range chain {
		if c.Taken != nil && !c.Lapsed {
			row.step = strconv.Itoa(i+1) + " of " + strconv.Itoa(len(chain)) + ", " + c.Name
		}
	}
	if row.step == "" && len(chain) > 0 {
		row.step = "not begun, " + strconv.Itoa(len(chain)) + " steps"
	}
	return row, nil
}

// authorities are those of the desk by their ids.
func (s *site) authorities() map[string]*licence.Authority {
	out := map[string]*licence.Authority{}
	for _, a := range s.Desk.Authorities() {
		out[a.ID] = a
	}
	return out
}

// getMineData sends what an applicant has on the desk as data.
func (s *site) getMineData(w http.ResponseWriter, r *http.Request) {
	s.sendDesk(w, r, "desk.json", "application/json", func(v *visit) ([]byte, error) {
		if v.who.role != licence.Applicant {
			return nil, errNotApplicant
		}
		own, err := licence.ReadOwn(v.Context(), v.reader, s.authorities(), v.who.actor, v.at)
		if err != nil {
			return nil, err
		}
		return json.MarshalIndent(own, "", "  ")
	})
}

// tellFiling says until when to file for a licence that is needed on a day, and for
// what follows each licence that runs.
func (m *mineView) tellFiling() {
	for _, h := range m.holdings {
		if h.Standing.Status != licence.LicenceActive {
			continue
		}
		if latest, _, known := m.own.FileBy(h.Last + 1); known {
			words := "ends on " + h.Last.String() + ": file by " + latest.String()
			if latest < m.day() {
				words = "ends on " + h.Last.String() + ": it is late, " + latest.String() + " is past"
			}
			m.renewals = append(m.renewals, renewalRow{h.Licence, words})
		}
	}
	m.needed = strings.TrimSpace(m.FormValue("needed"))
	if m.needed == "" {
		return
	}
	day, err := quantity.ParseDate(m.needed)
	if err != nil {
		m.fault = sentence(err.Error())
		return
	}
	latest, n, known := m.own.FileBy(day)
	switch {
	case !known:
		m.fileBy = "That is not known: too few of your own files were decided here to tell how long one takes (" + number(len(m.own.History), "decision") + ")."
	case latest < m.day():
		m.fileBy = "It is late: nine of ten of your own files took " + days(n) + " at most, and " + latest.String() + " is past."
	default:
		m.fileBy = "File by " + latest.String() + ": nine of ten of your own files took " + days(n) + " at most."
	}
}

// itemsAndElements are the control items and the elements of a file.
func itemsAndElements(items, elements []string) string {
	out := strings.Join(items, ", ")
	if len(elements) > 0 {
		if out != "" {
			out += "; "
		}
		out += strings.Join(elements, " %, ") + " %"
	}
	return out
}

// exceptionsView are the files that were taken out of their turn.
type exceptionsView struct {
	*visit
	rows []licence.Exception
}

func getExceptions(v *visit) (templ.Component, error) {
	if !v.who.reads() {
		return nil, errNotYours
	}
	out := &exceptionsView{visit: v}
	err := licence.Exceptions(v.Context(), v.reader, func(e licence.Exception) error {
		out.rows = append(out.rows, e)
		return nil
	})
	slices.Reverse(out.rows)
	v.frame.title = "Out of turn"
	return exceptionsPage(out), err
}

// grouped is a count with its digits in groups.
func grouped(n int) string { return determination.Grouped(strconv.Itoa(n), 0) }

// laneName is a lane in few words: its id without that of the country.
func laneName(id string) string {
	if _, name, ok := strings.Cut(id, "."); ok {
		id = name
	}
	return strings.ReplaceAll(id, "-", " ")
}

// waitingFiles is how many files wait in all queues.
func waitingFiles(counts []licence.Count) (n int) {
	for _, c := range counts {
		n += c.Files
	}
	return n
}
