package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// The licence desk. There is no sign-in yet: the visitor says on a page who he is
// and in which role, a cookie keeps it, and every page of the desk says that it is
// a demonstration. What a role may see and do is decided by package licence.

// deskCookie holds who the visitor says he is.
const deskCookie = "navicert-desk"

// deskRole is a role that a visitor may choose.
type deskRole struct {
	role    licence.Role
	title   string
	sees    string
	name    string // that is proposed
	address string // of the page where its work begins
	places  []deskPlace
}

// deskPlace is a page of the desk in the navigation of a role.
type deskPlace struct{ title, address string }

var (
	placeQueue      = deskPlace{"Queue", "/desk/queue"}
	placeMatch      = deskPlace{"Match", "/desk/match"}
	placeStops      = deskPlace{"Suspensions", "/desk/suspensions"}
	placeLaw        = deskPlace{"Change of law", "/desk/law"}
	placeMine       = deskPlace{"My applications", "/desk/mine"}
	placeLicences   = deskPlace{"Licences", "/desk/licences"}
	placeExceptions = deskPlace{"Out of turn", "/desk/exceptions"}
	placeLog        = deskPlace{"Log", "/desk/log"}
	placeStatistics = deskPlace{"Statistics", "/desk/statistics"}
	placeForecast   = deskPlace{"Forecast", "/desk/forecast"}
)

// deskRoles are the roles of the pages.
var deskRoles = []deskRole{
	{licence.Applicant, "Applicant", "its own applications and licences, each with the step it is at; answers queries, appeals, withdraws", "", "/desk/mine", []deskPlace{placeMine, placeLicences, placeMatch}},
	{licence.Officer, "Officer", "the queue, and each file with its determination; claims, asks, refers, decides or recommends", "officer-1", "/desk/queue", []deskPlace{placeQueue, placeLicences, placeStops, placeMatch, placeLaw, placeExceptions, placeForecast, placeStatistics}},
	{licence.Countersigner, "Countersigner", "what another officer recommended; agrees or sends it back", "countersigner-1", "/desk/queue?queue=countersign", []deskPlace{placeQueue, placeLicences, placeStops, placeForecast, placeStatistics}},
	{licence.Customs, "Customs", "a licence, its balance and its conditions, and nothing else; draws on it", "customs-1", "/desk/licences", []deskPlace{placeLicences, placeMatch}},
	{licence.Auditor, "Auditor", "everything, with the log of events and its proof; changes nothing", "auditor-1", "/desk/log", []deskPlace{placeLog, placeLaw, placeExceptions, placeQueue, placeLicences, placeStops, placeForecast, placeStatistics}},
}

// visitor is who the visitor of the desk says he is.
type visitor struct {
	deskRole
	actor     string
	authority *licence.Authority
}

// reads reports whether the visitor sees the files of everybody.
func (v *visitor) reads() bool {
	return v.role == licence.Officer || v.role == licence.Countersigner || v.role == licence.Auditor
}

// visit is one request to the desk.
type visit struct {
	*http.Request
	who           visitor
	at            quantity.Instant // the time at the desk
	demonstration bool
	reader        licence.Reader
	frame         frame
}

// day is the day at the authority.
func (v *visit) day() quantity.Date { return v.at.Date(v.who.authority.Zone()) }

// when writes an instant in the place of the authority.
func (v *visit) when(at quantity.Instant) string {
	return strings.Replace(at.Format(v.who.authority.Zone())[:16], "T", " ", 1)
}

// on writes the day of an instant in the place of the authority.
func (v *visit) on(at quantity.Instant) string {
	if at == 0 {
		return ""
	}
	return at.Date(v.who.authority.Zone()).String()
}

// deskPages adds the pages of the desk.
func (s *site) deskPages(mux *http.ServeMux) {
	mux.HandleFunc("GET /desk", s.getDesk)
	mux.HandleFunc("POST /desk/role", s.postRole)
	page := func(pattern string, fn func(*visit) (templ.Component, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.deskPage(w, r, fn) })
	}
	page("GET /desk/queue", getQueue)
	page("GET /desk/mine", s.getMine)
	mux.HandleFunc("GET /desk/mine.json", s.getMineData)
	page("GET /desk/new", s.getNew)
	page("GET /desk/files/{id}/edit", s.getEdit)
	page("GET /desk/exceptions", getExceptions)
	page("GET /desk/files/{id}", s.getDossier)
	page("GET /desk/files/{id}/letter", s.getLetter)
	page("GET /desk/files/{id}/expected", s.getExpected)
	page("GET /desk/licences", getLicences)
	page("GET /desk/licences/{id}", getLicence)
	page("GET /desk/match", getMatch)
	page("GET /desk/drawdowns/{id}", getDrawdown)
	page("GET /desk/suspensions", getSuspensions)
	page("GET /desk/bulk", getBulk)
	page("GET /desk/law", s.getLawReview)
	page("GET /desk/log", getLog)
	page("GET /desk/statistics", s.getStatistics)
	page("GET /desk/forecast", s.getForecast)
	mux.HandleFunc("GET /desk/find", s.getFind)
	mux.HandleFunc("GET /desk/files/{id}/letter.md", s.getLetterText)
	mux.HandleFunc("GET /desk/statistics.csv", s.getStatisticsCSV)
	mux.HandleFunc("GET /desk/export.zip", s.getExport)
	mux.HandleFunc("POST /desk/claim", s.postClaim)
	mux.HandleFunc("POST /desk/new", s.postFiling)
	mux.HandleFunc("POST /desk/files/{id}/edit", s.postFiling)
	mux.HandleFunc("GET /desk/files/{id}/papers/{digest}", s.getPaper)
	mux.HandleFunc("POST /desk/files/{id}/{act}", s.postDossier)
	mux.HandleFunc("POST /desk/licences/{id}/{act}", s.postLicence)
	mux.HandleFunc("POST /desk/reserve", s.postReserve)
	mux.HandleFunc("POST /desk/drawdowns/{id}/{act}", s.postDrawdown)
	mux.HandleFunc("POST /desk/suspensions", s.postSuspension)
	mux.HandleFunc("POST /desk/undertakings/{id}/{act}", s.postUndertaking)
	mux.HandleFunc("POST /desk/bulk", s.postBulk)
	mux.HandleFunc("POST /desk/law", s.postLawReview)
	mux.HandleFunc("POST /desk/log/proof", s.postProof)
}

// visitorOf reads who the visitor is; false where he has not said so.
func (s *site) visitorOf(r *http.Request) (v visitor, ok bool) {
	c, err := r.Cookie(deskCookie)
	if err != nil {
		return v, false
	}
	q, err := url.ParseQuery(c.Value)
	if err != nil {
		return v, false
	}
	at := slices.IndexFunc(deskRoles, func(d deskRole) bool { return string(d.role) == q.Get("role") })
	if at < 0 || q.Get("name") == "" {
		return v, false
	}
	a, err := s.Desk.Authority(q.Get("authority"))
	return visitor{deskRoles[at], q.Get("name"), a}, err == nil
}

// visit begins the work on a request, with one state of the desk. Without a
// visitor it leads to the page where he says who he is.
func (s *site) visit(w http.ResponseWriter, r *http.Request, fn func(*visit) error) error {
	if s.Desk == nil {
		s.noDesk(w, r)
		return nil
	}
	who, ok := s.visitorOf(r)
	if !ok {
		http.Redirect(w, r, "/desk", http.StatusSeeOther)
		return nil
	}
	return s.Desk.View(r.Context(), func(reader licence.Reader) error {
		at, demonstration, err := s.Desk.Time(r.Context(), reader)
		if err != nil {
			return err
		}
		return fn(&visit{r, who, at, demonstration, reader, s.frame("desk", "")})
	})
}

// deskPage shows a page that is made of one state of the desk.
func (s *site) deskPage(w http.ResponseWriter, r *http.Request, fn func(*visit) (templ.Component, error)) {
	s.deskAnswer(w, r, http.StatusOK, fn)
}

// deskAnswer is [site.deskPage] with a status.
func (s *site) deskAnswer(w http.ResponseWriter, r *http.Request, status int, fn func(*visit) (templ.Component, error)) {
	var page templ.Component
	err := s.visit(w, r, func(v *visit) (err error) {
		page, err = fn(v)
		return err
	})
	switch {
	case err != nil:
		s.deskFail(w, r, err)
	case page != nil:
		s.render(w, r, status, page)
	}
}

// formOf begins the work on a form that was sent: who sent it, and the form read. It
// is nil where that has been answered already.
func (s *site) formOf(w http.ResponseWriter, r *http.Request) *visit {
	var v *visit
	if err := s.visit(w, r, func(x *visit) error { v = x; return nil }); err != nil {
		s.deskFail(w, r, err)
		return nil
	}
	if v == nil {
		return nil
	}
	if err := r.ParseForm(); err != nil {
		s.deskFail(w, r, &licence.Refusal{Code: licence.Invalid, Message: "the form cannot be read"})
		return nil
	}
	return v
}

// postDesk does what a form says and leads to where it tells; where it is refused
// the page that it came from is shown again with why.
func (s *site) postDesk(w http.ResponseWriter, r *http.Request, do func(*visit) (string, error), again func(*visit, *licence.Refusal) (templ.Component, error)) {
	v := s.formOf(w, r)
	if v == nil {
		return
	}
	leads, err := do(v)
	switch why := refusalOf(err); {
	case err == nil:
		http.Redirect(w, r, leads, http.StatusSeeOther)
	case why == nil:
		s.deskFail(w, r, err)
	default:
		s.deskAnswer(w, r, RefusalStatus(why.Code), func(x *visit) (templ.Component, error) { return again(x, why) })
	}
}

func (s *site) noDesk(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusNotFound, faultPage(s.frame("desk", "No desk"), "No licence desk is kept here",
		"navicert serve keeps one in its data directory; navicert desk demo fills it with an invented backlog."))
}

// deskFail shows why something is not shown, or was not done.
func (s *site) deskFail(w http.ResponseWriter, r *http.Request, err error) {
	var why *licence.Refusal
	if !errors.As(err, &why) {
		if r.Context().Err() == nil {
			s.Log.ErrorContext(r.Context(), "the desk failed", "path", r.URL.Path, "error", err)
			s.render(w, r, http.StatusInternalServerError, faultPage(s.frame("desk", "Not done"), "The desk failed",
				"It is not known whether that was done. The fault is ours; it has been written down. Look again before you repeat it."))
		}
		return
	}
	title := "That could not be done"
	if why.Code == licence.NotFound {
		title = "Not found"
	}
	who, _ := s.visitorOf(r)
	s.render(w, r, RefusalStatus(why.Code), refusalPage(s.frame("desk", title), title, why, who.role))
}

// deskWay is the page for a place of the desk, for a role: words and address; empty
// where it has none.
func deskWay(w licence.Way, role licence.Role) (words, address string) {
	switch w.To {
	case licence.ToFile, licence.ToClaim:
		return "The file " + w.ID, "/desk/files/" + url.PathEscape(w.ID)
	case licence.ToFiles:
		switch role {
		case licence.Applicant:
			return "My applications", "/desk/mine"
		case licence.Customs:
			return "", ""
		}
		return "The queue", "/desk/queue"
	case licence.ToLicences:
		return "Licences", "/desk/licences"
	case licence.ToMatch:
		return "Match the shipment", "/desk/match"
	case licence.ToSuspensions:
		return "Suspensions", "/desk/suspensions"
	}
	return "", ""
}

// refusals are the statuses of refusals that are no conflict with how things stand.
var refusals = map[licence.Code]int{
	licence.Invalid:        http.StatusUnprocessableEntity,
	licence.Incomplete:     http.StatusUnprocessableEntity,
	licence.DigestDiffers:  http.StatusUnprocessableEntity,
	licence.WrongUnit:      http.StatusUnprocessableEntity,
	licence.WrongCurrency:  http.StatusUnprocessableEntity,
	licence.TooFine:        http.StatusUnprocessableEntity,
	licence.MixedSet:       http.StatusUnprocessableEntity,
	licence.KeyReused:      http.StatusUnprocessableEntity,
	licence.NotFound:       http.StatusNotFound,
	licence.NothingWaiting: http.StatusNotFound,
	licence.WrongRole:      http.StatusForbidden,
	licence.SamePerson:     http.StatusForbidden,
	licence.Stale:          http.StatusPreconditionFailed,
}

// RefusalStatus is the status with which the desk refuses over HTTP.
func RefusalStatus(code licence.Code) int {
	if status, ok := refusals[code]; ok {
		return status
	}
	return http.StatusConflict
}

// do carries a command out for the visitor. The key of the form makes it harmless
// to send the form twice.
func (s *site) do(ctx context.Context, v *visit, c licence.Command) (licence.Receipt, error) {
	by := licence.By{Actor: v.who.actor, Role: v.who.role, At: v.at, Reason: strings.TrimSpace(v.PostFormValue("reason"))}
	if key := v.PostFormValue("key"); key != "" && len(key) <= 100 {
		by.Key = "page " + key
	}
	return s.Desk.Do(ctx, by, c)
}

// newKey is a key for a form.
func newKey() string { return rand.Text() }

// entrance is what the first page of the desk shows.
type entrance struct {
	roles         []deskRole
	who           visitor // empty: not said
	applicants    []string
	authorities   []*licence.Authority
	authority     string
	demonstration string // until when it plays; empty: no demonstration
	waiting       []licence.Count
	fault         string
	role, name    string // as they were given
}

func (s *site) getDesk(w http.ResponseWriter, r *http.Request) {
	if s.Desk == nil {
		s.noDesk(w, r)
		return
	}
	e, err := s.entrance(r)
	if err != nil {
		s.deskFail(w, r, err)
		return
	}
	s.render(w, r, http.StatusOK, entrancePage(s.frame("desk", "The licence desk"), e))
}

func (s *site) entrance(r *http.Request) (*entrance, error) {
	e := &entrance{roles: deskRoles, authorities: s.Desk.Authorities(), authority: "CN.MOFCOM", role: string(licence.Officer)}
	if who, ok := s.visitorOf(r); ok {
		e.who, e.role, e.name, e.authority = who, string(who.role), who.actor, who.authority.ID
	}
	return e, s.Desk.View(r.Context(), func(reader licence.Reader) error {
		at, demonstration, err := s.Desk.Time(r.Context(), reader)
		if err != nil {
			return err
		}
		if demonstration {
			if a, err := s.Desk.Authority(e.authority); err == nil {
				e.demonstration = at.Date(a.Zone()).String()
			}
		}
		if e.waiting, err = reader.Counts(r.Context(), e.authority); err != nil {
			return err
		}
		// Some who have files, so that the applicant's pages can be tried.
		rows, err := reader.Files(r.Context(), licence.FileQuery{Authority: e.authority, Open: true, Limit: 12})
		if err != nil || !demonstration {
			return err
		}
		ids := make([]string, len(rows))
		for i, row := range rows {
			ids[i] = row.ID
		}
		files, err := licence.ReadApplications(r.Context(), reader, ids)
		for _, f := range files {
			if name := f.Content.Applicant.Name; !slices.Contains(e.applicants, name) {
				e.applicants = append(e.applicants, name)
			}
		}
		return err
	})
}

func (s *site) postRole(w http.ResponseWriter, r *http.Request) {
	if s.Desk == nil {
		s.noDesk(w, r)
		return
	}
	role, name, authority := r.PostFormValue("role"), strings.TrimSpace(r.PostFormValue("name")), r.PostFormValue("authority")
	at := slices.IndexFunc(deskRoles, func(d deskRole) bool { return string(d.role) == role })
	_, err := s.Desk.Authority(authority)
	if at >= 0 && name == "" {
		name = deskRoles[at].name
	}
	fault := ""
	switch {
	case at < 0:
		fault = "Choose one of the roles."
	case err != nil:
		fault = sentence(err.Error())
	case name == "":
		fault = "An applicant needs the name under which it files."
	case len(name) > 200:
		fault = "A name of 200 characters is enough."
	}
	if fault != "" {
		e, err := s.entrance(r)
		if err != nil {
			s.deskFail(w, r, err)
			return
		}
		e.fault, e.role, e.name = fault, role, name
		s.render(w, r, http.StatusUnprocessableEntity, entrancePage(s.frame("desk", "The licence desk"), e))
		return
	}
	http.SetCookie(w, &http.Cookie{Name: deskCookie, Value: url.Values{"role": {role}, "name": {name}, "authority": {authority}}.Encode(),
		Path: "/desk", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil})
	http.Redirect(w, r, deskRoles[at].address, http.StatusSeeOther)
}
