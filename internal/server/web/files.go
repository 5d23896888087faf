package web

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/exchange"
	"github.com/navicert/navicert/internal/quantity"
)

// filesView is the files that are kept.
type filesView struct {
	batches []*Batch
	none    bool // there is no place for files here
	limit   string
	fault   string
}

// fileView is one file: before the start its setup, afterwards how far it is and
// what it comes to.
type fileView struct {
	b          *Batch
	setup      Setup
	inspection *Inspection
	fields     []fieldOption
	constants  []constantField
	further    string // constants of facts, one a line
	problems   []string
	percent    int // of the file that was read; -1 where that is not known
	totals     *totalsView
	lookAgain  bool
}

// startable reports whether the file can be started, for the first time or again.
func (v *fileView) startable() bool {
	return v.b.State == Uploaded || v.b.State == Stopped || v.b.State == Failed
}

// fieldOption is a field that a column may hold.
type fieldOption struct{ value, group string }

// constantField is a field that all rows may have.
type constantField struct{ name, label, value, hint string }

// totalsView is what the rows come to.
type totalsView struct {
	rows, answered, open int
	outcomes             []countRow
	duty, fees           string
	currency             string
	apart                []sumRow // of rows in other currencies
	programmes           []sumRow
	origins              []sumRow
	months               []sumRow
	questions            []questionRow
	faults               []countRow
	problems             []exchange.Problem
	more                 int // problems that are not shown
}

type countRow struct {
	name  string
	count int
}

// sumRow is rows that belong together, with their duty and its bar.
type sumRow struct {
	name, duty string
	rows       int
	bar        []block
}

type questionRow struct {
	fact, question, closes string
	rows, unbounded        int
	bar                    []block
}

// mostShown is how many problems a page shows; the result has them all.
const mostShown = 200

func (s *site) getFiles(w http.ResponseWriter, r *http.Request) {
	s.showFiles(w, r, http.StatusOK, "")
}

func (s *site) showFiles(w http.ResponseWriter, r *http.Request, status int, fault string) {
	v := filesView{none: s.Batches == nil, limit: size(s.MaxUpload), fault: fault}
	if !v.none {
		var err error
		if v.batches, err = s.Batches.List(r.Context()); err != nil {
			s.broken(w, r, err)
			return
		}
	}
	s.render(w, r, status, filesPage(s.frame("files", "Files"), &v))
}

// broken sends the page of a failure that is not the reader's.
func (s *site) broken(w http.ResponseWriter, r *http.Request, err error) {
	s.Log.ErrorContext(r.Context(), "files cannot be reached", "path", r.URL.Path, "error", err)
	s.render(w, r, http.StatusInternalServerError, faultPage(s.frame("files", "Not done"), "That could not be done", "The fault is ours; it has been written down. Try again in a while."))
}

// postFile keeps an upload. The form is read as it comes, so that no file is held
// in memory.
func (s *site) postFile(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, s.MaxUpload)
	parts, err := r.MultipartReader()
	if err != nil {
		s.showFiles(w, r, http.StatusBadRequest, "That was no upload of a file: use the form on this page.")
		return
	}
	part, err := filePart(parts)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		s.fail(w, r, err)
		return
	case err != nil:
		s.showFiles(w, r, http.StatusBadRequest, "Choose a file first.")
		return
	}
	b, err := s.Batches.Create(r.Context(), part.FileName(), part)
	switch {
	case errors.As(err, &tooLarge):
		s.fail(w, r, err)
	case err != nil:
		s.showFiles(w, r, http.StatusUnprocessableEntity, sentence(err.Error()))
	default:
		http.Redirect(w, r, "/files/"+b.ID, http.StatusSeeOther)
	}
}

// filePart is the part of a form that is a file with a name.
func filePart(parts *multipart.Reader) (*multipart.Part, error) {
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, err
		}
		if part.FormName() == "file" && part.FileName() != "" {
			return part, nil
		}
	}
}

func (s *site) getFile(w http.ResponseWriter, r *http.Request) {
	b, err := s.Batches.Batch(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.showFile(w, r, http.StatusOK, b, r.URL.Query(), nil)
}

// showFile sends the page of a file; q is the setup as the form has it.
func (s *site) showFile(w http.ResponseWriter, r *http.Request, status int, b *Batch, q url.Values, problems []string) {
	v := fileView{b: b, problems: problems, percent: -1}
	if b.Total > 0 {
		v.percent = int(min(b.Read*100/b.Total, 100))
	}
	if v.startable() {
		if err := s.inspect(r, &v, q); err != nil {
			v.problems = append(v.problems, sentence(err.Error()))
		}
	}
	if b.State != Uploaded {
		v.lookAgain = b.State == Queued || b.State == Running
		totals, err := s.Batches.Totals(r.Context(), b.ID)
		switch {
		case err == nil && totals != nil && totals.Rows > 0:
			v.totals = s.newTotals(totals)
		case err != nil && !errors.Is(err, ErrNotReady):
			s.Log.ErrorContext(r.Context(), "totals cannot be read", "batch", b.ID, "error", err)
		}
	}
	s.render(w, r, status, filePage(s.frame("files", b.Name), &v))
}

// inspect fills in how the columns are understood.
func (s *site) inspect(r *http.Request, v *fileView, q url.Values) error {
	plain := Setup{Sheet: first(q["sheet"])}
	recognised, err := s.Batches.Inspect(r.Context(), v.b.ID, plain)
	v.setup = plain
	v.fillConstants(s, nil)
	if err != nil {
		return err
	}
	v.setup = readSetup(q, recognised)
	v.inspection = recognised
	if len(q) == 0 && v.b.State != Uploaded { // as it was started before
		v.setup = v.b.Setup
	}
	if len(q) > 0 || v.b.State != Uploaded {
		if v.inspection, err = s.Batches.Inspect(r.Context(), v.b.ID, v.setup); err != nil {
			return err
		}
	}
	for _, p := range v.inspection.Problems {
		if !slices.Contains(v.problems, sentence(p)) {
			v.problems = append(v.problems, sentence(p))
		}
	}
	for _, f := range exchange.Fields {
		v.fields = append(v.fields, fieldOption{string(f.Field), "fields"})
	}
	for _, f := range s.Engine.Facts() {
		v.fields = append(v.fields, fieldOption{"facts." + f.Name, "facts"})
	}
	v.fillConstants(s, v.inspection.Columns)
	return nil
}

// fillConstants offers the fields that no column holds for all rows.
func (v *fileView) fillConstants(s *site, columns []exchange.Column) {
	v.constants = nil
	for _, c := range []constantField{
		{"from", "Country the goods leave", "", "CN"}, {"to", "Country they enter", "", "US"}, {"origin", "Country of origin", "", "as they leave"},
		{"entered", "Day of entry", "", "2025-06-15"}, {"currency", "Currency of values", "", "USD"}, {"known", "As known on", "", "today"},
	} {
		field := exchange.Field(c.name)
		if slices.ContainsFunc(columns, func(col exchange.Column) bool { return col.Field == field }) {
			continue
		}
		if field == exchange.Entered && slices.ContainsFunc(columns, func(col exchange.Column) bool { return col.Field == exchange.On || col.Field == exchange.Exported }) {
			continue
		}
		c.value = v.setup.Constants[field]
		v.constants = append(v.constants, c)
	}
	var lines []string
	for _, field := range slices.Sorted(maps.Keys(v.setup.Constants)) {
		if !slices.ContainsFunc(v.constants, func(c constantField) bool { return c.name == string(field) }) && field != exchange.Closed {
			lines = append(lines, string(field)+"="+v.setup.Constants[field])
		}
	}
	v.further = strings.Join(lines, "\n")
}

// columnParameter begins the names of the parameters that say what a column holds,
// by its number from 0.
const columnParameter = "c."

// readSetup reads a setup as the form of a file has it. A column that is said to
// hold what is recognised anyway is left to be recognised.
func readSetup(q url.Values, recognised *Inspection) Setup {
	setup := Setup{Sheet: first(q["sheet"]), Dates: first(q["dates"]), DecimalComma: first(q["decimal-comma"]) != "", Detail: exchange.Detail(first(q["detail"])), Format: exchange.Format(first(q["format"])),
		Columns: map[string]exchange.Field{}, Constants: map[exchange.Field]string{}}
	for i, c := range recognised.Columns {
		said, ok := q[columnParameter+strconv.Itoa(i)]
		if !ok {
			continue
		}
		field := exchange.Field(first(said))
		if field == "" {
			field = "-"
		}
		if field != c.Field && !(field == "-" && c.Field == "") {
			setup.Columns[c.Name] = field
		}
	}
	for _, name := range []exchange.Field{exchange.From, exchange.To, exchange.Origin, exchange.Entered, exchange.Currency, exchange.Known, exchange.Closed} {
		if value := first(q["set."+string(name)]); value != "" {
			setup.Constants[name] = value
		}
	}
	for line := range strings.Lines(first(q["further"])) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			setup.Constants[exchange.Field(strings.TrimSpace(name))] = strings.TrimSpace(value)
		} else if line = strings.TrimSpace(line); line != "" {
			setup.Constants[exchange.Field(line)] = "" // Inspect says that it is no field
		}
	}
	return setup
}

// postStart has a file answered under the setup of the form.
func (s *site) postStart(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	b, err := s.Batches.Batch(r.Context(), r.PathValue("id"))
	if err == nil {
		err = r.ParseForm()
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	recognised, err := s.Batches.Inspect(r.Context(), b.ID, Setup{Sheet: first(r.PostForm["sheet"])})
	if err == nil {
		err = s.Batches.Start(r.Context(), b.ID, readSetup(r.PostForm, recognised))
	}
	switch {
	case errors.Is(err, ErrNoBatch):
		s.fail(w, r, err)
	case err != nil && !errors.Is(err, ErrNotReady):
		s.showFile(w, r, http.StatusUnprocessableEntity, b, r.PostForm, []string{sentence(err.Error())})
	default: // one that was started before is where it was to go
		http.Redirect(w, r, "/files/"+b.ID, http.StatusSeeOther)
	}
}

func (s *site) postStop(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if err := s.Batches.Stop(r.Context(), id); err != nil && !errors.Is(err, ErrNotReady) { // one that ended before is where it was to go
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/files/"+id, http.StatusSeeOther)
}

func (s *site) postRemove(w http.ResponseWriter, r *http.Request) {
	if err := s.Batches.Remove(r.Context(), r.PathValue("id")); err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/files", http.StatusSeeOther)
}

func (s *site) getResult(w http.ResponseWriter, r *http.Request) {
	result, err := s.Batches.Open(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer result.Close()
	w.Header().Set("Content-Type", result.MediaType)
	w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(result.Name))
	http.ServeContent(w, r, result.Name, result.Changed, io.ReadSeeker(result))
}

// places are the decimal places of sums of money on the pages.
const places = 2

// moneyRange is a range of sums in figures.
func moneyRange(r quantity.Range) string {
	least := determination.Grouped(r.Least.StringFixed(places), places)
	switch {
	case r.Unbounded:
		return "at least " + least
	case r.IsExact():
		return least
	}
	return least + " to " + determination.Grouped(r.Most.StringFixed(places), places)
}

func (s *site) newTotals(t *exchange.Totals) *totalsView {
	t.Words.Questions = s.Engine.Questions()
	v := &totalsView{rows: t.Rows, answered: t.Answered, open: t.Open, currency: t.Currency, duty: moneyRange(t.Duty), fees: moneyRange(t.Fees)}
	for _, o := range []determination.Outcome{determination.Free, determination.LicenceRequired, determination.Refer, determination.Prohibited} {
		if n := t.Outcomes[string(o)]; n > 0 {
			v.outcomes = append(v.outcomes, countRow{string(o), n})
		}
	}
	v.programmes, v.origins, v.months = sums(t.Programmes), sums(t.Origins), sums(t.Months)
	for i := range v.origins {
		v.origins[i].name = countryName(v.origins[i].name)
	}
	for _, currency := range slices.Sorted(maps.Keys(t.Apart)) {
		v.apart = append(v.apart, sumRow{name: currency, rows: t.Apart[currency].Rows, duty: moneyRange(t.Apart[currency].Amount)})
	}
	slices.SortFunc(v.months, func(a, b sumRow) int { return strings.Compare(a.name, b.name) })
	top := 0.0
	deciding := t.Deciding(10)
	for _, name := range deciding {
		text := t.Questions[name].Range.String()
		x, _ := extentOf(&text, &text)
		top = max(top, x.most)
	}
	for _, name := range deciding {
		c := t.Questions[name]
		text := c.Range.String()
		x, _ := extentOf(&text, &text)
		row := questionRow{fact: name, question: t.Question(name).Question, rows: c.Rows, unbounded: c.Unbounded}
		if !c.Range.IsZero() {
			row.closes = determination.Grouped(c.Range.StringFixed(places), places)
			row.bar = []block{across(0, x.most/roundUp(top)*100, "bar-open")}
		}
		v.questions = append(v.questions, row)
	}
	for _, kind := range slices.Sorted(maps.Keys(t.Faults)) {
		v.faults = append(v.faults, countRow{kind, t.Faults[kind]})
	}
	v.problems = t.Problems[:min(len(t.Problems), mostShown)]
	all := 0
	for _, n := range t.Faults {
		all += n
	}
	v.more = all - len(v.problems)
	return v
}

// sums are the sums of a totals, the largest first, with bars on one scale.
func sums(all map[string]*exchange.Sum) []sumRow {
	names := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		x, y := all[a].Amount, all[b].Amount
		if c := y.Most.Max(y.Least).Cmp(x.Most.Max(x.Least)); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	extents := make([]extent, len(names))
	top := 0.0
	for i, name := range names {
		r := all[name].Amount
		least, most := r.Least.String(), r.Most.String()
		if r.Unbounded {
			extents[i], _ = extentOf(&least, nil)
		} else {
			extents[i], _ = extentOf(&least, &most)
		}
		top = max(top, extents[i].least, extents[i].most)
	}
	top = roundUp(top)
	var out []sumRow
	for i, name := range names {
		x := extents[i]
		row := sumRow{name: name, duty: moneyRange(all[name].Amount), rows: all[name].Rows, bar: []block{across(0, x.least/top*100, "bar-total")}}
		if x.unbounded {
			row.bar = append(row.bar, across(x.least/top*100, 100, "bar-open"))
		} else if x.most > x.least {
			row.bar = append(row.bar, across(x.least/top*100, x.most/top*100, "bar-open"))
		}
		out = append(out, row)
	}
	return out
}

// instantWords is an instant of the clock, with its zone.
func instantWords(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04Z")
}

func stateWords(s BatchState) string {
	return map[BatchState]string{Uploaded: "not started", Queued: "waits for its turn", Running: "is being answered", Stopped: "stopped", Done: "done", Failed: "failed"}[s]
}

func rowCount(n int) string {
	if n == 1 {
		return "1 row"
	}
	return determination.Grouped(fmt.Sprint(n), 0) + " rows"
}

// progressWords is how far a file has come.
func progressWords(v *fileView) string {
	s := rowCount(v.b.Rows) + " answered"
	if v.percent >= 0 {
		s += fmt.Sprintf(", %d %% of the file read", v.percent)
	}
	return s
}
