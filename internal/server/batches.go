package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/navicert/navicert/internal/batch"
	"github.com/navicert/navicert/internal/exchange"
	"github.com/navicert/navicert/internal/store"
)

// Setup is what is said of a file before it is answered; all of it may be left
// out.
type Setup struct {
	Sheet        string            `json:"sheet,omitempty" doc:"name of the sheet of a workbook; absent: the first"`
	Columns      map[string]string `json:"columns,omitempty" doc:"what columns hold, by their names, where another thing is meant than is recognised; - for a column that is not used"`
	Constants    map[string]string `json:"constants,omitempty" doc:"fields that every row has which no column gives it" example:"{\"to\": \"US\", \"currency\": \"USD\"}"`
	Dates        string            `json:"dates,omitempty" doc:"how days are written beside 2025-06-15" example:"DD/MM/YYYY"`
	DecimalComma bool              `json:"decimalComma,omitempty" doc:"a comma in a number parts decimals (1.250,75); absent or false: it parts thousands, or is a problem where semicolons part the values"`
	Detail       string            `json:"detail,omitempty" enum:"none,summary,full" doc:"how much of each answer is written; absent: summary"`
	Format       string            `json:"format,omitempty" enum:"csv,tsv,xlsx,ndjson,parquet" doc:"of the result; absent: xlsx"`
}

// Batch is a file of cases and how far it has come.
type Batch struct {
	ID       string     `json:"id"`
	Name     string     `json:"name" doc:"of the file as it was uploaded"`
	Size     int64      `json:"size" doc:"of the upload, in bytes"`
	State    string     `json:"state" enum:"uploaded,queued,running,done,failed,cancelled"`
	Fault    string     `json:"fault,omitempty" doc:"why it failed"`
	Setup    Setup      `json:"setup" doc:"with which it was started"`
	Rows     int        `json:"rows" doc:"answered so far, those with problems among them"`
	Percent  *int       `json:"percent,omitempty" doc:"of the file that was read; absent where that is not known"`
	Schedule string     `json:"schedule,omitempty" doc:"digest of the packs it was answered by"`
	Created  time.Time  `json:"created"`
	Started  *time.Time `json:"started,omitempty"`
	Ended    *time.Time `json:"ended,omitempty"`
}

// Upload is a file that was kept, and what it was taken for.
type Upload struct {
	Batch
	Inspection
}

// Inspection is what a file is taken for.
type Inspection struct {
	Columns  []Column `json:"columns"`
	Problems []string `json:"problems" doc:"why it cannot be started as it is set up; none: it can"`
}

// Column is a column of a file and what it is taken for.
type Column struct {
	Name     string   `json:"name"`
	Field    string   `json:"field" doc:"empty where it is not used"`
	How      string   `json:"how,omitempty" doc:"by which it was recognised"`
	Unit     string   `json:"unit,omitempty"`
	Currency string   `json:"currency,omitempty"`
	First    []string `json:"first" doc:"the first cells that are not empty"`
}

// Batches is a page of batches, the latest first.
type Batches struct {
	Batches []Batch `json:"batches"`
	Next    string  `json:"next,omitempty" doc:"cursor of the next page; absent on the last"`
}

// Totals is what the rows of a batch come to.
type Totals struct {
	Rows       int              `json:"rows"`
	Answered   int              `json:"answered"`
	Open       int              `json:"open" doc:"with open questions"`
	Outcomes   map[string]int   `json:"outcomes"`
	Problems   map[string]int   `json:"problems" doc:"by what is wrong"`
	Currency   string           `json:"currency,omitempty"`
	Duty       SummaryRange     `json:"duty"`
	Fees       SummaryRange     `json:"fees"`
	Apart      map[string]Total `json:"apart,omitempty" doc:"the duty of rows in other currencies, which is no part of the sums, by currency"`
	Programmes map[string]Total `json:"programmes"`
	Origins    map[string]Total `json:"origins"`
	Months     map[string]Total `json:"months"`
	Questions  []TotalQuestion  `json:"questions" doc:"those that close most of the range first"`
	First      []RowProblem     `json:"first" doc:"the first problems, at most a hundred"`
}

// Total is rows and what they come to.
type Total struct {
	Rows   int          `json:"rows"`
	Amount SummaryRange `json:"amount"`
}

// TotalQuestion is an open fact over all rows.
type TotalQuestion struct {
	Fact      string `json:"fact"`
	Rows      int    `json:"rows" doc:"on which it is open"`
	Range     string `json:"range" doc:"how far the duty of those on which it decides most may still move"`
	Unbounded int    `json:"unbounded" doc:"rows of which the most is not known"`
}

// RowProblem is a fault of a row.
type RowProblem struct {
	Row     int    `json:"row" doc:"the first below the header being 1"`
	Column  string `json:"column,omitempty"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func timeOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func batchOf(b *batch.Batch) Batch {
	out := Batch{ID: b.ID, Name: b.Name, Size: b.Size, State: string(b.State), Fault: b.Fault, Rows: b.Rows, Schedule: b.Schedule,
		Created: b.Created, Started: timeOf(b.Started), Ended: timeOf(b.Ended),
		Setup: Setup{Sheet: b.Setup.Sheet, Dates: b.Setup.Dates, DecimalComma: b.Setup.DecimalComma, Detail: string(b.Setup.Detail), Format: string(b.Setup.Format)}}
	for name, f := range b.Setup.Columns {
		if out.Setup.Columns == nil {
			out.Setup.Columns = map[string]string{}
		}
		out.Setup.Columns[name] = string(f)
	}
	for f, value := range b.Setup.Constants {
		if out.Setup.Constants == nil {
			out.Setup.Constants = map[string]string{}
		}
		out.Setup.Constants[string(f)] = value
	}
	switch {
	case b.State == batch.Done:
		all := 100
		out.Percent = &all
	case b.Total > 0:
		part := int(b.Read * 100 / b.Total)
		out.Percent = &part
	}
	return out
}

func (u *Setup) setup() batch.Setup {
	out := batch.Setup{Sheet: u.Sheet, Columns: map[string]exchange.Field{}, Constants: map[exchange.Field]string{}, Dates: u.Dates, DecimalComma: u.DecimalComma,
		Detail: exchange.Detail(u.Detail), Format: exchange.Format(u.Format)}
	for name, f := range u.Columns {
		out.Columns[name] = exchange.Field(f)
	}
	for f, value := range u.Constants {
		out.Constants[exchange.Field(f)] = value
	}
	return out
}

func inspectionOf(i *batch.Inspection) Inspection {
	out := Inspection{Columns: make([]Column, len(i.Columns)), Problems: append([]string{}, i.Problems...)}
	for n, c := range i.Columns {
		out.Columns[n] = Column{c.Name, string(c.Field), c.How, c.Unit, c.Currency, append([]string{}, i.Samples[n]...)}
	}
	return out
}

func totalsOf(t *exchange.Totals) Totals {
	const places = 2 // of money in files of answers
	sums := func(in map[string]*exchange.Sum) map[string]Total {
		out := map[string]Total{}
		for name, s := range in {
			out[name] = Total{s.Rows, *rangeOf(s.Amount, places)}
		}
		return out
	}
	out := Totals{Rows: t.Rows, Answered: t.Answered, Open: t.Open, Outcomes: t.Outcomes, Problems: t.Faults, Currency: t.Currency, Duty: *rangeOf(t.Duty, places), Fees: *rangeOf(t.Fees, places),
		Apart: sums(t.Apart), Programmes: sums(t.Programmes), Origins: sums(t.Origins), Months: sums(t.Months), Questions: []TotalQuestion{}, First: []RowProblem{}}
	for _, name := range t.Deciding(100) {
		q := t.Questions[name]
		out.Questions = append(out.Questions, TotalQuestion{name, q.Rows, q.Range.StringFixed(places), q.Unbounded})
	}
	for _, p := range t.Problems[:min(100, len(t.Problems))] {
		out.First = append(out.First, RowProblem{p.Row, p.Column, p.Field, p.Message, p.Hint})
	}
	return out
}

type uploadInput struct {
	call
	Name         string `query:"name" doc:"of the file, whose end tells its format: .csv .tsv .xlsx .ndjson .parquet, text also .gz or .zst; a form gives it with the file"`
	Start        bool   `query:"start" doc:"start it at once, where nothing is missing"`
	Sheet        string `query:"sheet" doc:"of a workbook"`
	Dates        string `query:"dates" doc:"how days are written beside 2025-06-15"`
	DecimalComma bool   `query:"decimalComma" doc:"a comma in a number parts decimals (1.250,75), and not thousands"`
	Detail       string `query:"detail" enum:"none,summary,full" doc:"how much of each answer is written"`
	Format       string `query:"format" enum:"csv,tsv,xlsx,ndjson,parquet" doc:"of the result"`
	From         string `query:"from" doc:"of all rows without one"`
	To           string `query:"to" doc:"of all rows without one"`
	Origin       string `query:"origin" doc:"of all rows without one"`
	On           string `query:"on" doc:"of all rows without one"`
	Known        string `query:"known" doc:"of all rows without one; absent: the day of the start"`
	Currency     string `query:"currency" doc:"of values without one"`
	Key          string `header:"Idempotency-Key" doc:"the reply to a request with the same key is given again for a day"`
}

// BatchID names a batch.
type BatchID struct {
	ID string `path:"id" doc:"id of a batch"`
}

// batchProblem is an error about a batch as a problem.
func batchProblem(id string, err error) error {
	var problems batch.Problems
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotFound):
		return problemf(http.StatusNotFound, "there is no batch %q (GET /v1/batches lists them)", id)
	case errors.Is(err, batch.ErrNotReady):
		return problemf(http.StatusConflict, "%s", err)
	case errors.Is(err, batch.ErrFull):
		return problemf(http.StatusInsufficientStorage, "%s", err)
	case errors.As(err, &problems):
		p := problemf(http.StatusUnprocessableEntity, "%s", problems)
		for _, text := range problems {
			p.Errors = append(p.Errors, Fault{Location: "body", Message: text})
		}
		return p
	}
	return err
}

func (s *Server) files(api huma.API) {
	const path, tag = "/v1/batches", "Files"
	reg := api.OpenAPI().Components.Schemas
	upload := reg.Schema(reflect.TypeFor[Upload](), true, "Upload")
	huma.Register(api, huma.Operation{OperationID: "upload-batch", Method: http.MethodPost, Path: path, Tags: []string{tag}, Summary: "Keep a file of cases, and perhaps start it",
		Description: fmt.Sprintf("The body is the file itself, with its name in name, or a form with the file in file; it may have up to %s. "+
			"The reply says what each column was taken for, and what is missing.", bytesText(s.limits.UploadBytes)),
		Responses: map[string]*huma.Response{"201": {Description: "The file is kept.", Content: map[string]*huma.MediaType{mediaJSON: {Schema: upload}}}},
		Errors:    []int{400, 408, 409, 413, 422, 503, 507}}, s.upload)
	file := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	reads(api, path, map[string]*huma.MediaType{"application/octet-stream": {Schema: file},
		"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"file": file}, Required: []string{"file"}}}})
	huma.Register(api, huma.Operation{OperationID: "list-batches", Method: http.MethodGet, Path: path, Tags: []string{tag}, Summary: "Files of cases, the latest first", Errors: []int{422}}, s.listBatches)
	huma.Register(api, huma.Operation{OperationID: "get-batch", Method: http.MethodGet, Path: path + "/{id}", Tags: []string{tag}, Summary: "How far a file has come", Errors: []int{404}},
		func(ctx context.Context, in *BatchID) (*struct{ Body Batch }, error) {
			return oneBatch(in.ID)(s.batches.Batch(ctx, in.ID))
		})
	huma.Register(api, huma.Operation{OperationID: "inspect-batch", Method: http.MethodPost, Path: path + "/{id}/inspect", Tags: []string{tag}, Summary: "What a file is taken for under a setup", Errors: []int{404, 422}},
		func(ctx context.Context, in *setupInput) (*struct{ Body Inspection }, error) {
			seen, err := s.batches.Inspect(ctx, in.ID, in.Body.setup())
			if err != nil {
				return nil, batchProblem(in.ID, err)
			}
			return &struct{ Body Inspection }{inspectionOf(seen)}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "start-batch", Method: http.MethodPost, Path: path + "/{id}/start", Tags: []string{tag}, Summary: "Have a file answered",
		DefaultStatus: http.StatusAccepted, Errors: []int{404, 409, 422}},
		func(ctx context.Context, in *setupInput) (*struct{ Body Batch }, error) {
			return oneBatch(in.ID)(s.batches.Start(ctx, in.ID, in.Body.setup()))
		})
	huma.Register(api, huma.Operation{OperationID: "cancel-batch", Method: http.MethodPost, Path: path + "/{id}/cancel", Tags: []string{tag}, Summary: "Stop a file that is under way", Errors: []int{404, 409}},
		func(ctx context.Context, in *BatchID) (*struct{ Body Batch }, error) {
			return oneBatch(in.ID)(s.batches.Cancel(ctx, in.ID))
		})
	huma.Register(api, huma.Operation{OperationID: "remove-batch", Method: http.MethodDelete, Path: path + "/{id}", Tags: []string{tag}, Summary: "Remove a file and its result", Errors: []int{404}},
		func(ctx context.Context, in *BatchID) (*struct{}, error) {
			return nil, batchProblem(in.ID, s.batches.Remove(ctx, in.ID))
		})
	huma.Register(api, huma.Operation{OperationID: "get-batch-totals", Method: http.MethodGet, Path: path + "/{id}/totals", Tags: []string{tag}, Summary: "What the rows answered so far come to", Errors: []int{404, 409}},
		func(ctx context.Context, in *BatchID) (*struct{ Body Totals }, error) {
			t, err := s.batches.Totals(ctx, in.ID)
			if err != nil {
				return nil, batchProblem(in.ID, err)
			}
			return &struct{ Body Totals }{totalsOf(t)}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "get-batch-result", Method: http.MethodGet, Path: path + "/{id}/result", Tags: []string{tag}, Summary: "Download the answers",
		Responses: map[string]*huma.Response{"200": {Description: "The file of answers; parts of it on request (Range).", Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: file}}}},
		Errors:    []int{404, 409}}, s.download)
}

type setupInput struct {
	BatchID
	Body Setup
}

func oneBatch(id string) func(*batch.Batch, error) (*struct{ Body Batch }, error) {
	return func(b *batch.Batch, err error) (*struct{ Body Batch }, error) {
		if err != nil {
			return nil, batchProblem(id, err)
		}
		return &struct{ Body Batch }{batchOf(b)}, nil
	}
}

func (s *Server) listBatches(ctx context.Context, in *Paging) (*struct{ Body Batches }, error) {
	if in.Cursor != "" && !batch.IsID(in.Cursor) {
		return nil, invalid("query.cursor", "it is no cursor of this list", "begin again without it")
	}
	all, err := s.batches.List(ctx, in.Cursor, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := Batches{Batches: []Batch{}}
	if len(all) > in.Limit {
		all = all[:in.Limit]
		out.Next = all[in.Limit-1].ID
	}
	for _, b := range all {
		out.Batches = append(out.Batches, batchOf(b))
	}
	return &struct{ Body Batches }{out}, nil
}

// setup is what the parameters of an upload say.
func (in *uploadInput) setup() Setup {
	out := Setup{Sheet: in.Sheet, Dates: in.Dates, DecimalComma: in.DecimalComma, Detail: in.Detail, Format: in.Format, Constants: map[string]string{}}
	for field, value := range map[exchange.Field]string{exchange.From: in.From, exchange.To: in.To, exchange.Origin: in.Origin, exchange.On: in.On, exchange.Known: in.Known, exchange.Currency: in.Currency} {
		if value != "" {
			out.Constants[string(field)] = value
		}
	}
	return out
}

// content is the file of an upload: the body itself, or the part "file" of a form.
func (in *uploadInput) content(p *patient) (name string, content io.Reader, err error) {
	media, params, err := mime.ParseMediaType(in.r.Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" {
		if in.Name == "" {
			return "", nil, invalid("query.name", "the name of the file is wanted, whose end tells its format", "name=entries.csv")
		}
		return in.Name, p, nil
	}
	form := multipart.NewReader(p, params["boundary"])
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return "", nil, invalid("body.file", "the form has no file", "send the file in a part named file")
		case err != nil:
			return "", nil, err
		case part.FormName() == "file" && part.FileName() != "":
			if in.Name == "" {
				return part.FileName(), part, nil
			}
			return in.Name, part, nil
		}
	}
}

func (s *Server) upload(ctx context.Context, in *uploadInput) (*huma.StreamResponse, error) {
	if err := s.streams.enter(ctx); err != nil {
		return nil, err
	}
	defer s.streams.leave()
	if err := unpacked(in.r, "a name that ends in .gz or .zst tells that text is packed"); err != nil {
		return nil, err
	}
	p := s.patiently(&in.call, s.limits.UploadBytes)
	name, content, err := in.content(p)
	if err != nil {
		return nil, uploadProblem(p, err)
	}
	hash := sha256.New()
	b, err := s.batches.Create(ctx, name, io.TeeReader(content, hash))
	if err != nil {
		return nil, uploadProblem(p, err)
	}
	used := false
	setup := in.setup()
	said, err := json.Marshal(setup)
	if err != nil {
		return nil, err
	}
	r, err := s.once(ctx, "POST /v1/batches", in.Key, digestOf(name, fmt.Sprint(in.Start), string(said), hex.EncodeToString(hash.Sum(nil))), func() (store.Reply, error) {
		used = true
		return s.uploaded(ctx, b, setup, in.Start)
	})
	if !used || err != nil { // the file is kept already, or nothing came of it
		err = errors.Join(err, s.batches.Remove(context.WithoutCancel(ctx), b.ID))
	}
	if err != nil {
		return nil, uploadProblem(p, err)
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", r.Type)
		hc.SetHeader("Location", r.Location)
		hc.SetHeader("Cache-Control", "no-store")
		hc.SetStatus(r.Status)
		_, _ = hc.BodyWriter().Write(r.Body) // the client may be gone
	}}, nil
}

func uploadProblem(p *patient, err error) error {
	var own *Problem
	if errors.As(err, &own) {
		return own
	}
	if problem := p.problem(err); problem != nil {
		return problem
	}
	if errors.Is(err, batch.ErrFull) {
		return batchProblem("", err)
	}
	if errors.Is(err, exchange.ErrNoFormat) {
		return invalid("query.name", err.Error(), "")
	}
	return invalid("body", err.Error(), "")
}

// uploaded starts a file where that is asked for and nothing is missing, and says
// what it was taken for.
func (s *Server) uploaded(ctx context.Context, b *batch.Batch, setup Setup, start bool) (store.Reply, error) {
	seen, err := s.batches.Inspect(ctx, b.ID, setup.setup())
	if err != nil {
		return store.Reply{}, err
	}
	if start && len(seen.Problems) == 0 {
		if b, err = s.batches.Start(ctx, b.ID, setup.setup()); err != nil {
			return store.Reply{}, err
		}
	}
	body, err := json.Marshal(Upload{batchOf(b), inspectionOf(seen)})
	return store.Reply{Status: http.StatusCreated, Type: mediaJSON, Location: "/v1/batches/" + b.ID, Body: body}, err
}

type downloadInput struct {
	call
	BatchID
}

func (s *Server) download(ctx context.Context, in *downloadInput) (*huma.StreamResponse, error) {
	r, err := s.batches.Open(ctx, in.ID)
	if err != nil {
		return nil, batchProblem(in.ID, err)
	}
	return &huma.StreamResponse{Body: func(huma.Context) {
		defer r.Close()
		h := in.w.Header()
		h.Set("Content-Type", r.MediaType)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": r.Name}))
		h.Set("ETag", `"`+in.ID+`"`)
		h.Set("Cache-Control", "private, no-cache")
		http.ServeContent(patientWriter{in.w, s.patiently(&in.call, 0)}, in.r, strings.TrimSpace(r.Name), r.Changed, r)
	}}, nil
}

// patientWriter is a response that may take as long as a stream.
type patientWriter struct {
	http.ResponseWriter
	p *patient
}

// Write writes on.
func (w patientWriter) Write(b []byte) (int, error) { return w.p.Write(b) }
