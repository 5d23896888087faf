package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	jsonv2 "github.com/go-json-experiment/json"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/server/web"
)

// DeskWho says who asks or acts. There is no sign-in yet, so it is believed.
type DeskWho struct {
	Actor string `query:"as" required:"true" minLength:"1" maxLength:"200" doc:"name of who asks or acts; until there is sign-in it is believed" example:"officer-07"`
	Role  string `query:"role" required:"true" enum:"applicant,intake,officer,countersigner,agency,enforcement,customs,auditor,administrator" doc:"in which capacity: it decides what is seen and what may be done"`
}

func (w *DeskWho) role() licence.Role { return licence.Role(w.Role) }

// deskAct is who gives a command, and the command as JSON. It is one type for all
// commands, each of which has a schema of its own: huma compiles its handling of
// a request for each type anew, which for all acts is a megabyte of program.
type deskAct struct {
	DeskWho
	Reason    string `query:"reason" maxLength:"2000" doc:"why; some acts want it"`
	IfVersion int    `query:"ifVersion" minimum:"0" doc:"only while the object is of this version, as it was read"`
	Key       string `header:"Idempotency-Key" maxLength:"200" doc:"an act with a key that was carried out is not carried out again, and its receipt is given; movements of the ledger must have one"`
	Body      json.RawMessage
}

// attachment is a paper with its bytes.
type attachment struct {
	Application string           `json:"application"`
	Document    licence.Document `json:"document"`
	Content     []byte           `json:"content,omitempty" doc:"the bytes, in base64; they have to be those of the digest"`
}

// checkOrder is an application that is not filed.
type checkOrder struct {
	Content   licence.Content    `json:"content"`
	Documents []licence.Document `json:"documents,omitempty"`
}

// bulkDecision is one decision on many files.
type bulkDecision struct {
	Applications []string         `json:"applications" minItems:"1" maxItems:"1000"`
	Proposal     licence.Proposal `json:"proposal"`
	Dry          bool             `json:"dry,omitempty" doc:"carry all of it out and keep nothing"`
}

// lawOrder asks what a change of law touches.
type lawOrder struct {
	Authority string `json:"authority,omitempty" doc:"whose day it is; absent: CN.MOFCOM"`
	Since     string `json:"since" doc:"an earlier day: its law, as it was known then, is compared with that of the day at the desk" example:"2025-06-01"`
	Mark      bool   `json:"mark,omitempty" doc:"mark what is touched, and settle the lanes of files anew"`
}

// auditOrder says what an audit looks at.
type auditOrder struct {
	Against   string `json:"against,omitempty" doc:"a head that an earlier audit gave: the log has to go on from it"`
	ChainOnly bool   `json:"chainOnly,omitempty" doc:"prove the log alone, not what comes of it"`
}

// DeskState is the desk at a glance.
type DeskState struct {
	At            quantity.Instant `json:"at" doc:"the time at the desk"`
	Demonstration bool             `json:"demonstration" doc:"the files are invented, and time stands still"`
	Schedule      string           `json:"schedule" doc:"digest of the law"`
	Events        int64            `json:"events"`
	Head          string           `json:"head" doc:"the end of the log, to keep elsewhere"`
	Authorities   []DeskAuthority  `json:"authorities"`
}

// DeskAuthority is an authority with what waits there.
type DeskAuthority struct {
	ID     string          `json:"id"`
	Title  string          `json:"title"`
	Queues []licence.Count `json:"queues"`
}

// DeskEvents are events of the log, as they were hashed.
type DeskEvents struct {
	Events []DeskEvent `json:"events"`
	Next   int64       `json:"next,omitempty" doc:"from where to go on; absent at the end"`
	Head   string      `json:"head"`
}

// DeskEvent is one event with its hash.
type DeskEvent struct {
	Record json.RawMessage `json:"record" doc:"what is hashed, byte for byte"`
	Hash   string          `json:"hash" doc:"RFC 6962 hash of the record"`
}

// DeskAudit is what an audit found.
type DeskAudit struct {
	Proved bool     `json:"proved"`
	Events int64    `json:"events"`
	Head   string   `json:"head"`
	Faults []string `json:"faults,omitempty" doc:"each row that is not as its hash or its events say"`
}

// DeskPrecedent is a decided file that is like another.
type DeskPrecedent struct {
	Application string            `json:"application"`
	Percent     int               `json:"percent" doc:"how alike, 0 to 100"`
	Reasons     []string          `json:"reasons" doc:"in what"`
	Decision    *licence.Decision `json:"decision"`
}

// DeskMatch is which licences a shipment may draw on.
type DeskMatch struct {
	Candidates []licence.Candidate `json:"candidates"`
	Short      quantity.Quantity   `json:"short" doc:"what no licence covers"`
}

// body is an answer without headers of its own.
type body[T any] struct {
	CacheControl string `header:"Cache-Control"`
	Body         T
}

func answerWith[T any](v T, err error) (*body[T], error) {
	if err != nil {
		return nil, refusal(err)
	}
	return &body[T]{"no-store", v}, nil
}

// desk adds the licence desk to the API.
func (s *Server) licenceDesk(api huma.API) {
	s.deskQuestions(api)
	s.deskActs(api)
}

// ask registers a question to the desk, which is asked of one state of it.
func ask[I, T any](s *Server, api huma.API, id, path, summary string, handler func(context.Context, licence.Reader, quantity.Instant, *I) (T, error)) {
	huma.Register(api, huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary, Tags: []string{"Licence desk"},
		Errors: []int{http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity}},
		func(ctx context.Context, in *I) (*body[T], error) {
			var out T
			err := s.desk.View(ctx, func(r licence.Reader) error {
				at, _, err := s.desk.Time(ctx, r)
				if err == nil {
					out, err = handler(ctx, r, at, in)
				}
				return err
			})
			return answerWith(out, err)
		})
}

type deskQueueInput struct {
	DeskWho
	Queue     string `path:"queue" enum:"intake,review,agency,applicant,countersign,appeal"`
	Authority string `query:"authority" default:"CN.MOFCOM" doc:"id of the authority"`
	Lane      string `query:"lane" doc:"files of this lane alone"`
	Free      bool   `query:"free" doc:"files that nobody holds"`
	Limit     int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
	After     string `query:"after" doc:"go on after the turn of this file: its turn and its id, with a blank between"`
}

type deskFileInput struct {
	DeskWho
	ID string `path:"id" example:"A000123"`
}

func (s *Server) deskQuestions(api huma.API) {
	ask(s, api, "get-desk", "/v1/desk", "The desk at a glance", s.deskState)
	ask(s, api, "get-desk-queue", "/v1/desk/queues/{queue}", "A queue: its head, and its files in the order of their turns", s.deskQueue)
	ask(s, api, "get-desk-file", "/v1/desk/files/{id}", "A file, with its status, its clocks and what is missing",
		func(ctx context.Context, r licence.Reader, at quantity.Instant, in *deskFileInput) (*licence.Dossier, error) {
			return s.desk.Dossier(ctx, r, in.ID, in.Actor, in.role(), at)
		})
	ask(s, api, "get-desk-revisions", "/v1/desk/files/{id}/revisions", "The versions of the content of a file, each with what it changed",
		func(ctx context.Context, r licence.Reader, at quantity.Instant, in *deskFileInput) ([]licence.Revision, error) {
			if _, err := s.desk.Dossier(ctx, r, in.ID, in.Actor, in.role(), at); err != nil {
				return nil, err
			}
			return licence.ReadRevisions(ctx, r, in.ID)
		})
	ask(s, api, "get-desk-letter", "/v1/desk/files/{id}/letter", "The letter of a decision, as Markdown and in its parts",
		func(ctx context.Context, r licence.Reader, at quantity.Instant, in *deskFileInput) (out struct {
			Markdown string         `json:"markdown"`
			Letter   licence.Letter `json:"letter"`
		}, err error) {
			file, err := s.desk.Dossier(ctx, r, in.ID, in.Actor, in.role(), at)
			if err != nil {
				return out, err
			}
			authority, err := s.desk.Authority(file.Application.Content.Authority)
			if err != nil {
				return out, err
			}
			letter, decided := authority.Letter(file.Application)
			if !decided {
				return out, problemf(http.StatusNotFound, "%s is not decided, so there is no letter yet", in.ID)
			}
			out.Letter, out.Markdown = letter, letter.Markdown()
			return out, nil
		})
	ask(s, api, "get-desk-precedents", "/v1/desk/files/{id}/precedents", "Decided files that are like one, and in what",
		func(ctx context.Context, r licence.Reader, _ quantity.Instant, in *deskFileInput) ([]DeskPrecedent, error) {
			if err := within(in.role()); err != nil {
				return nil, err
			}
			list, err := licence.Precedents(ctx, r, in.ID, 10)
			out := make([]DeskPrecedent, len(list))
			for i, p := range list {
				out[i] = DeskPrecedent{p.File.ID, p.Percent, p.Reasons, p.Decision}
			}
			return out, err
		})
	ask(s, api, "get-desk-licences", "/v1/desk/licences", "Licences with what is left of them; an applicant's own", s.deskLicences)
	ask(s, api, "get-desk-licence", "/v1/desk/licences/{id}", "A licence with its balance",
		func(ctx context.Context, r licence.Reader, at quantity.Instant, in *deskFileInput) (*licence.LicenceView, error) {
			return licence.ReadLicenceView(ctx, r, in.ID, in.Actor, in.role(), at)
		})
	ask(s, api, "get-desk-licence-drawdowns", "/v1/desk/licences/{id}/drawdowns", "What shipments drew on a licence, the latest first",
		func(ctx context.Context, r licence.Reader, at quantity.Instant, in *deskFileInput) ([]*licence.DrawdownView, error) {
			return licence.ReadDrawdowns(ctx, r, in.ID, in.Actor, in.role(), at, 1000)
		})
	ask(s, api, "get-desk-licence-chain", "/v1/desk/licences/{id}/chain", "The renewals that a licence stands in, across kinds of licences, the earliest first",
		func(ctx context.Context, r licence.Reader, at quantity.Instant, in *deskFileInput) ([]*licence.LicenceView, error) {
			return licence.Successors(ctx, r, in.ID, in.Actor, in.role(), at)
		})
	ask(s, api, "get-desk-drawdown", "/v1/desk/drawdowns/{id}", "A drawdown",
		func(ctx context.Context, r licence.Reader, _ quantity.Instant, in *deskFileInput) (*licence.DrawdownView, error) {
			return licence.ReadDrawdownView(ctx, r, in.ID, in.Actor, in.role())
		})
	ask(s, api, "get-desk-undertaking", "/v1/desk/undertakings/{id}", "An undertaking",
		func(ctx context.Context, r licence.Reader, at quantity.Instant, in *deskFileInput) (*licence.Undertaking, error) {
			u, err := licence.ReadUndertaking(ctx, r, in.ID)
			if err == nil { // who sees the file sees what was undertaken with it
				_, err = s.desk.Dossier(ctx, r, u.Application, in.Actor, in.role(), at)
			}
			return u, err
		})
	ask(s, api, "get-desk-suspensions", "/v1/desk/suspensions", "Suspensions of parties, items and measures, those that were lifted too",
		func(ctx context.Context, r licence.Reader, _ quantity.Instant, in *DeskWho) ([]licence.Suspension, error) {
			if err := within(in.role()); err != nil {
				return nil, err
			}
			reg, err := licence.ReadRegister(ctx, r)
			return append([]licence.Suspension{}, reg.Suspensions...), err
		})
	ask(s, api, "get-desk-own", "/v1/desk/own", "An applicant's own: files by authority and step of the chain, licences with what is left, days that decisions took",
		func(ctx context.Context, r licence.Reader, at quantity.Instant, in *DeskWho) (*licence.Own, error) {
			if in.role() != licence.Applicant {
				return nil, &licence.Refusal{Code: licence.WrongRole, Message: "as " + in.Role + " you have no applications of your own", Remedy: "ask as applicant, in its name"}
			}
			authorities := map[string]*licence.Authority{}
			for _, a := range s.desk.Authorities() {
				authorities[a.ID] = a
			}
			return licence.ReadOwn(ctx, r, authorities, in.Actor, at)
		})
	ask(s, api, "get-desk-statistics", "/v1/desk/statistics", "What was received, decided and is pending, with times, by destination, item, lane and month", s.deskStatistics)
	ask(s, api, "get-desk-forecast", "/v1/desk/forecast", "When the queue clears, by simulation", s.deskForecast)
	ask(s, api, "get-desk-events", "/v1/desk/events", "The log, as it was hashed", s.deskEvents)
	huma.Register(api, huma.Operation{OperationID: "get-desk-export", Method: http.MethodGet, Path: "/v1/desk/export", Tags: []string{"Licence desk"},
		Summary:     "All that the desk holds, as a ZIP archive",
		Description: "Every event, object, movement and receipt, and the bytes of every document, with a manifest of digests; its README.txt says what is where. `navicert desk import` proves it and puts it into an empty desk. For auditors and administrators.",
		Errors:      []int{http.StatusForbidden, http.StatusServiceUnavailable},
		Responses: map[string]*huma.Response{"200": {Description: "The archive, as it is read: one that was cut off does not open",
			Content: map[string]*huma.MediaType{mediaZIP: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}}},
		s.deskExport)
}

type deskExportInput struct {
	call
	DeskWho
}

// deskExport sends all that the desk holds, while it is read.
func (s *Server) deskExport(ctx context.Context, in *deskExportInput) (*huma.StreamResponse, error) {
	if err := licence.MayExport(in.role()); err != nil {
		return nil, refusal(err)
	}
	if err := s.streams.enter(ctx); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer s.streams.leave()
		hc.SetHeader("Content-Type", mediaZIP)
		hc.SetHeader("Content-Disposition", `attachment; filename="desk.zip"`)
		hc.SetHeader("Cache-Control", "no-store")
		hc.SetStatus(http.StatusOK)
		err := s.desk.View(ctx, func(r licence.Reader) error {
			_, err := licence.Export(ctx, r, s.patiently(&in.call, 0), nil)
			return err
		})
		if err != nil {
			if ctx.Err() == nil {
				s.log.ErrorContext(ctx, "an export failed", "error", err)
			}
			panic(http.ErrAbortHandler) // what was sent must not look whole
		}
	}}, nil
}

// within refuses who does not work at the authority or audit it.
func within(role licence.Role) error {
	switch role {
	case licence.Applicant, licence.Customs, licence.Agency:
		return &licence.Refusal{Code: licence.WrongRole, Message: "as " + string(role) + " you do not see this", Remedy: "it is for those who work at the authority, and for auditors"}
	}
	return nil
}

func (s *Server) deskState(ctx context.Context, r licence.Reader, at quantity.Instant, _ *struct{}) (out DeskState, err error) {
	_, demonstration, err := s.desk.Time(ctx, r)
	if err != nil {
		return out, err
	}
	head, err := r.Head(ctx)
	if err != nil {
		return out, err
	}
	out = DeskState{At: at, Demonstration: demonstration, Schedule: s.desk.Law().Digest(), Events: head.Size, Head: head.String()}
	for _, a := range s.desk.Authorities() {
		counts, err := r.Counts(ctx, a.ID)
		if err != nil {
			return out, err
		}
		out.Authorities = append(out.Authorities, DeskAuthority{a.ID, a.Title, append([]licence.Count{}, counts...)})
	}
	return out, nil
}

func (s *Server) deskQueue(ctx context.Context, r licence.Reader, at quantity.Instant, in *deskQueueInput) (out licence.Page, err error) {
	if err := within(in.role()); err != nil {
		return out, err
	}
	authority, err := s.desk.Authority(in.Authority)
	if err != nil {
		return out, err
	}
	q := licence.FileQuery{Queue: licence.Queue(in.Queue), Lane: in.Lane, Free: in.Free, At: at, Limit: in.Limit}
	if in.After != "" {
		turn, id, _ := strings.Cut(in.After, " ")
		if q.After, err = quantity.ParseInstant(turn); err != nil || id == "" {
			return out, problemf(http.StatusUnprocessableEntity, "query.after: %q is no turn and id (give those of the last file of the page before: 2025-06-16T12:00:00Z A000123)", in.After)
		}
		q.AfterID = id
	}
	return licence.ReadPage(ctx, r, authority, q, at)
}

func (s *Server) deskLicences(ctx context.Context, r licence.Reader, at quantity.Instant, in *struct {
	DeskWho
	Holder string `query:"holder" doc:"of this holder alone; an applicant sees its own"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}) ([]licence.Holding, error) {
	q := licence.LicenceQuery{Holder: in.Holder, Limit: in.Limit}
	switch in.role() {
	case licence.Applicant:
		q.Holder = in.Actor
	default:
		if err := within(in.role()); err != nil {
			return nil, err
		}
	}
	return licence.ReadHoldings(ctx, r, q, at)
}

func (s *Server) deskStatistics(ctx context.Context, r licence.Reader, _ quantity.Instant, in *struct {
	DeskWho
	Authority string `query:"authority" default:"CN.MOFCOM" doc:"id of the authority"`
	From      string `query:"from" required:"true" doc:"first day, inclusive" example:"2025-04-01"`
	To        string `query:"to" required:"true" doc:"last day, inclusive; pending is as of its end" example:"2025-06-30"`
}) (*licence.Statistics, error) {
	if err := within(in.role()); err != nil {
		return nil, err
	}
	authority, err := s.desk.Authority(in.Authority)
	if err != nil {
		return nil, err
	}
	var days [2]quantity.Date
	for i, p := range [][2]string{{"from", in.From}, {"to", in.To}} {
		if days[i], err = quantity.ParseDate(p[1]); err != nil {
			return nil, problemf(http.StatusUnprocessableEntity, "query.%s: %s", p[0], err)
		}
	}
	if err := s.work.enter(ctx); err != nil {
		return nil, err
	}
	defer s.work.leave()
	return licence.ReadStatistics(ctx, r, authority, days[0], days[1])
}

func (s *Server) deskForecast(ctx context.Context, r licence.Reader, at quantity.Instant, in *struct {
	DeskWho
	Authority string   `query:"authority" default:"CN.MOFCOM" doc:"id of the authority"`
	Officers  int      `query:"officers" minimum:"1" maximum:"10000" default:"30" doc:"who review files"`
	Hours     int      `query:"hours" minimum:"1" maximum:"24" default:"6" doc:"a day that each spends on files"`
	Runs      int      `query:"runs" minimum:"1" maximum:"1000" default:"100" doc:"of the simulation"`
	Waive     []string `query:"waive,explode" maxItems:"20" doc:"what if: LANE=WORDS moves the files into a faster lane that only the reason with these words keeps out of it; may be repeated" example:"cn.expedited=samarium"`
	Seed      uint64   `query:"seed" doc:"the same desk, plan and seed give the same forecast"`
	Files     []string `query:"file,explode" maxItems:"100" doc:"ids of files whose own ranges are asked for; may be repeated"`
}) (*licence.Forecast, error) {
	if err := within(in.role()); err != nil {
		return nil, err
	}
	authority, err := s.desk.Authority(in.Authority)
	if err != nil {
		return nil, err
	}
	p := licence.Plan{Officers: in.Officers, Hours: in.Hours, Runs: in.Runs, Seed: in.Seed, Waive: map[string]string{}}
	for _, text := range in.Waive {
		lane, words, ok := strings.Cut(text, "=")
		if !ok || lane == "" || words == "" {
			return nil, problemf(http.StatusUnprocessableEntity, "query.waive: %q: write LANE=WORDS (cn.expedited=samarium)", text)
		}
		p.Waive[lane] = words
	}
	if err := s.work.enter(ctx); err != nil {
		return nil, err
	}
	defer s.work.leave()
	return licence.ReadForecast(ctx, r, authority, at, p, in.Files)
}

// errFull ends a reading of events.
var errFull = errors.New("enough")

func (s *Server) deskEvents(ctx context.Context, r licence.Reader, _ quantity.Instant, in *struct {
	DeskWho
	From   int64  `query:"from" minimum:"0" doc:"sequence number of the first"`
	Kind   string `query:"kind" enum:"application,licence,drawdown,undertaking,register" doc:"with object: what it is"`
	Object string `query:"object" doc:"events of this object alone"`
	Limit  int    `query:"limit" minimum:"1" maximum:"10000" default:"200"`
}) (out DeskEvents, err error) {
	if err := within(in.role()); err != nil {
		return out, err
	}
	head, err := r.Head(ctx)
	if err != nil {
		return out, err
	}
	out = DeskEvents{Events: []DeskEvent{}, Head: head.String()}
	err = r.Events(ctx, licence.EventQuery{From: in.From, Object: licence.Ref{Kind: licence.Kind(in.Kind), ID: in.Object}}, func(e licence.SealedEvent) error {
		if len(out.Events) == in.Limit {
			out.Next = e.Seq
			return errFull
		}
		out.Events = append(out.Events, DeskEvent{append(json.RawMessage{}, e.Record...), e.Hash.String()})
		return nil
	})
	if errors.Is(err, errFull) {
		err = nil
	}
	return out, err
}

// act registers a command of the desk.
func act[C any, P interface {
	*C
	licence.Command
}](s *Server, api huma.API, summary string) {
	name := strings.ReplaceAll(P(new(C)).Name(), " ", "-")
	actAs(s, api, name, summary, func(in *C) licence.Command { return P(in) })
}

// actAs registers a command that is made of a body of another type.
func actAs[B any](s *Server, api huma.API, name, summary string, command func(*B) licence.Command) {
	deskPost(s, api, name, summary, func(ctx context.Context, by licence.By, b *B) (licence.Receipt, error) {
		return s.desk.Do(ctx, by, command(b))
	})
}

// unreadable is a body that does not hold what its schema says, with the field that is
// at fault: the reader of the standard library does not tell it, and this one does.
func unreadable(body []byte, into any, err error) error {
	at, why := "body", err.Error()
	var fault *jsonv2.SemanticError
	if errors.As(jsonv2.Unmarshal(body, into), &fault) && fault.Err != nil {
		for token := range fault.JSONPointer.Tokens() {
			if _, err := strconv.Atoi(token); err == nil {
				at += "[" + token + "]"
			} else {
				at += "." + token
			}
		}
		why = fault.Err.Error()
	}
	p := problemf(http.StatusUnprocessableEntity, "%s: %s", at, why)
	p.Code = string(licence.Invalid)
	p.Errors = []Fault{{Location: at, Message: why}}
	return p
}

// deskPost registers what is done at the desk by somebody.
func deskPost[B, T any](s *Server, api huma.API, name, summary string, do func(context.Context, licence.By, *B) (T, error)) {
	huma.Register(api, huma.Operation{OperationID: "desk-" + name, Method: http.MethodPost, Path: "/v1/desk/acts/" + name, Summary: summary, Tags: []string{"Licence desk"},
		MaxBodyBytes: s.limits.BodyBytes, DefaultStatus: http.StatusOK,
		RequestBody: &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {
			Schema: api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[B](), true, "desk-"+name+"Request")}}},
		Errors: []int{http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity}},
		func(ctx context.Context, in *deskAct) (*body[T], error) {
			var b B
			if err := json.Unmarshal(in.Body, &b); err != nil {
				return nil, unreadable(in.Body, &b, err)
			}
			by := licence.By{Actor: in.Actor, Role: in.role(), Reason: in.Reason, Key: in.Key, IfVersion: in.IfVersion}
			err := s.desk.View(ctx, func(r licence.Reader) (err error) {
				by.At, _, err = s.desk.Time(ctx, r)
				return err
			})
			if err != nil {
				return nil, refusal(err)
			}
			return answerWith(do(ctx, by, &b))
		})
}

func (s *Server) deskActs(api huma.API) {
	act[licence.File](s, api, "Begin an application, and hand it in at once with submit")
	act[licence.Amend](s, api, "Replace the content of a draft, a returned file, or one with an open query")
	act[licence.Submit](s, api, "Hand a draft or a returned file in")
	act[licence.Withdraw](s, api, "End a file by the will of the applicant")
	act[licence.Answer](s, api, "Answer the open query")
	act[licence.Appeal](s, api, "Contest a refusal")
	act[licence.Endorse](s, api, "Take the next step of the endorsement chain")
	act[licence.Accept](s, api, "Take a submitted file for review: its clock starts")
	act[licence.GiveBack](s, api, "Return a file to the applicant, who may mend it")
	act[licence.ClaimNext](s, api, "Claim the file whose turn it is")
	act[licence.Claim](s, api, "Claim one file, or assign it; out of its turn with a reason")
	act[licence.Unclaim](s, api, "Give a file back to its queue")
	act[licence.Ask](s, api, "Put a query to the applicant: the clock stands still")
	act[licence.Refer](s, api, "Send a file to an agency for its advice")
	act[licence.Advise](s, api, "Give advice on a file, for a line and a party or for all")
	act[licence.Recommend](s, api, "Propose a decision, which another officer has to agree to")
	act[licence.Countersign](s, api, "Agree or disagree with what was recommended")
	act[licence.Decide](s, api, "Decide a file, in the lanes where one officer may")
	act[licence.Reassess](s, api, "Determine the lane of a file again")
	act[licence.IssueLicence](s, api, "Record a licence that was not decided on this desk")
	act[licence.AmendLicence](s, api, "Give a licence new terms; what was drawn stays drawn")
	act[licence.Suspend](s, api, "Stop one licence until it is resumed")
	act[licence.Resume](s, api, "End the suspension of one licence")
	act[licence.EndLicence](s, api, "Revoke, surrender or supersede a licence")
	act[licence.Impose](s, api, "Suspend all licences of a party, for an item or under a measure")
	act[licence.Lift](s, api, "End what was imposed")
	act[licence.Breach](s, api, "Record that an undertaking was broken")
	act[licence.ReleaseUndertaking](s, api, "Free who gave an undertaking")
	act[licence.CommitDraw](s, api, "Use what a drawdown set aside")
	act[licence.ReleaseDraw](s, api, "Free what a drawdown set aside")
	act[licence.ReturnGoods](s, api, "Put back what was committed and came back")
	actAs(s, api, "draw", "Take quantities of licences, all or none: set them aside, or with commit use them at once",
		func(b *licence.Draw) licence.Command { return b })
	deskPost(s, api, "check", "What handing an application in would come to: its lane, and what it lacks for each; nothing is filed", func(ctx context.Context, by licence.By, b *checkOrder) (*licence.Check, error) {
		return s.desk.Check(&b.Content, b.Documents, by.At)
	})
	actAs(s, api, "attach", "Add a paper to a file", func(b *attachment) licence.Command {
		return &licence.Attach{Application: b.Application, Document: b.Document, Bytes: b.Content}
	})
	deskPost(s, api, "bulk", "Propose one decision on many files that are alike", func(ctx context.Context, by licence.By, b *bulkDecision) ([]licence.BulkResult, error) {
		return s.desk.Bulk(ctx, by, b.Applications, b.Proposal, b.Dry)
	})
	deskPost(s, api, "match", "Which licences a shipment may draw on, and why not the others; nothing is drawn", func(ctx context.Context, by licence.By, b *licence.Shipment) (out DeskMatch, err error) {
		err = s.desk.View(ctx, func(r licence.Reader) error {
			list, short, err := licence.MatchFor(ctx, r, *b, by.Actor, by.Role, by.At)
			out = DeskMatch{append([]licence.Candidate{}, list...), short}
			return err
		})
		return out, err
	})
	deskPost(s, api, "review-law", "What a change of law touches: open files, determined anew, and live licences; with mark they are marked", func(ctx context.Context, by licence.By, b *lawOrder) (*licence.LawReview, error) {
		authority, err := s.desk.Authority(cmp.Or(b.Authority, "CN.MOFCOM"))
		if err != nil {
			return nil, err
		}
		since, err := quantity.ParseDate(b.Since)
		if err != nil {
			return nil, problemf(http.StatusUnprocessableEntity, "body.since: %s", err)
		}
		if err := s.work.enter(ctx); err != nil {
			return nil, err
		}
		defer s.work.leave()
		return s.desk.ReviewLaw(ctx, by, authority, since, b.Mark)
	})
	deskPost(s, api, "audit", "Prove the log, and that the desk is what its log says", func(ctx context.Context, by licence.By, b *auditOrder) (out DeskAudit, err error) {
		if err := within(by.Role); err != nil {
			return out, err
		}
		o := licence.AuditOptions{ChainOnly: b.ChainOnly}
		if b.Against != "" {
			h, err := licence.ParseHead(b.Against)
			if err != nil {
				return out, problemf(http.StatusUnprocessableEntity, "body.against: %s", err)
			}
			o.Against = &h
		}
		if err := s.work.enter(ctx); err != nil {
			return out, err
		}
		defer s.work.leave()
		report, err := s.desk.Audit(ctx, o)
		return DeskAudit{len(report.Faults) == 0, report.Events, report.Head.String(), report.Faults}, err
	})
}

// refusal is what the desk answers in the place of a result, as a problem.
func refusal(err error) error {
	var why *licence.Refusal
	var own *Problem
	switch {
	case errors.As(err, &own):
		return own
	case !errors.As(err, &why):
		return err
	}
	p := problemf(web.RefusalStatus(why.Code), "%s", why)
	p.Code = string(why.Code)
	f := Fault{Message: why.Message, Hint: why.Remedy}
	if operation := deskWay(why.Way); operation != "" {
		f.Hint += ": " + operation
		p.Detail = strings.TrimSuffix(p.Detail, ")") + ": " + operation + ")"
	}
	if why.Object.ID != "" {
		f.Location = why.Object.String()
	}
	p.Errors = []Fault{f}
	if len(why.Faults) > 0 {
		p.Errors = nil
		for _, x := range why.Faults {
			p.Errors = append(p.Errors, Fault{Location: x.Field, Message: x.Message, Hint: x.Remedy})
		}
	}
	return p
}

// deskWay is the operation for a place of the desk.
func deskWay(w licence.Way) string {
	switch w.To {
	case licence.ToFile:
		return "GET /v1/desk/files/" + w.ID
	case licence.ToFiles:
		return "GET /v1/desk/queues/{queue}, or GET /v1/desk/own"
	case licence.ToLicences:
		return "GET /v1/desk/licences"
	case licence.ToClaim:
		return "POST /v1/desk/acts/claim"
	case licence.ToMatch:
		return "POST /v1/desk/acts/match"
	case licence.ToSuspensions:
		return "GET /v1/desk/suspensions"
	}
	return ""
}

// schemaName names the types of the desk apart from those of the engine.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if strings.HasSuffix(t.PkgPath(), "/internal/licence") {
		return "Desk" + name
	}
	return name
}
