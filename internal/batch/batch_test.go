package batch_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/batch"
	"github.com/navicert/navicert/internal/exchange"
	"github.com/navicert/navicert/internal/store"
	"github.com/navicert/navicert/internal/store/sqlite"
)

var embedded = sync.OnceValues(navicert.OpenEmbedded)

// held is a queue whose jobs a test works on itself.
type held struct{ ids []string }

func (h *held) Add(_ context.Context, id string) error {
	h.ids = append(h.ids, id)
	return nil
}

type bench struct {
	*batch.Service
	*held
	store *sqlite.Server
	dir   string
}

func newBench(t *testing.T, change ...func(*batch.Options)) *bench {
	t.Helper()
	e, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	dir, quiet := t.TempDir(), slog.New(slog.DiscardHandler)
	kept, err := sqlite.OpenServer(t.Context(), dir, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kept.Close() })
	o := batch.Options{Engine: e, Store: kept, Dir: filepath.Join(dir, "batches"), Now: func() time.Time { return time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC) }, Log: quiet}
	for _, f := range change {
		f(&o)
	}
	s, err := batch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{s, &held{}, kept, o.Dir}
	if err := s.Begin(t.Context(), b.held); err != nil {
		t.Fatal(err)
	}
	return b
}

const file = "HTS,Origin,Value\n8505.11.00.70,CN,10000\n850,CN,1\n9403.60.80.40,VN,500\n"

var setup = batch.Setup{Format: exchange.CSV, Constants: map[exchange.Field]string{exchange.From: "CN", exchange.To: "US", exchange.On: "2025-06-15", exchange.Currency: "USD"}}

func (b *bench) started(t *testing.T, text string) *batch.Batch {
	t.Helper()
	made, err := b.Create(t.Context(), `C:\files\entries.csv`, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if made, err = b.Start(t.Context(), made.ID, setup); err != nil {
		t.Fatal(err)
	}
	return made
}

func (b *bench) state(t *testing.T, id string, want batch.State) *batch.Batch {
	t.Helper()
	got, err := b.Batch(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if got.State != want {
		t.Fatalf("%+v, want %s", got, want)
	}
	return got
}

// A file goes from upload to result; a bad row keeps no other from its answer.
func TestWay(t *testing.T) {
	b := newBench(t)
	made, err := b.Create(t.Context(), `C:\files\entries.csv`, strings.NewReader(file))
	if err != nil || made.Name != "entries.csv" || made.Size != int64(len(file)) {
		t.Fatalf("%+v, %v", made, err)
	}
	var problems batch.Problems
	if _, err := b.Start(t.Context(), made.ID, batch.Setup{Detail: "much"}); !errors.As(err, &problems) || len(problems) != 4 {
		t.Errorf("%q", problems)
	}
	if _, err := b.Totals(t.Context(), made.ID); !errors.Is(err, batch.ErrNotReady) {
		t.Errorf("%v", err)
	}
	if _, err := b.Open(t.Context(), made.ID); !errors.Is(err, batch.ErrNotReady) {
		t.Errorf("%v", err)
	}
	if _, err := b.Start(t.Context(), made.ID, setup); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Start(t.Context(), made.ID, setup); !errors.Is(err, batch.ErrNotReady) {
		t.Errorf("started twice: %v", err)
	}
	for range 2 { // a queue may give a job twice
		if err := b.Work(t.Context(), b.ids[0], false); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.state(t, made.ID, batch.Done); got.Rows != 3 || got.Runs != 1 || got.Schedule == "" {
		t.Errorf("%+v", got)
	}
	r, err := b.Open(t.Context(), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil || len(rows) != 4 || rows[1][3] != "refer" || !strings.Contains(strings.Join(rows[2], " "), "3 digits") || r.Name != "entries-answers.csv" {
		t.Errorf("%s, %v, %q", r.Name, err, rows)
	}
	totals, err := b.Totals(t.Context(), made.ID)
	if err != nil || totals.Rows != 3 || totals.Answered != 2 || totals.Duty.Least.IsZero() {
		t.Errorf("%v, %+v", err, totals)
	}
	if err := b.Remove(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(b.dir); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	if _, err := b.Open(t.Context(), made.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

// Lines of one entry may stand anywhere in a file, those at fault among them: the
// result has every row at its place, with its share of what the entry counts once.
func TestScatteredEntries(t *testing.T) {
	b := newBench(t)
	const lines = 60
	text := "Entry,HTS,Origin,Value\n"
	for i := range lines {
		code := "9403.60.80.40"
		if i == 7 {
			code = "85"
		}
		text += fmt.Sprintf("E%d,%s,VN,%d\n", i%3, code, 100+i) // of E0, E1, E2, E0 ...
	}
	made := b.started(t, text)
	if err := b.Work(t.Context(), b.ids[0], false); err != nil {
		t.Fatal(err)
	}
	if got := b.state(t, made.ID, batch.Done); got.Rows != lines || got.Fault != "" {
		t.Fatalf("%+v", got)
	}
	r, err := b.Open(t.Context(), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil || len(rows) != 1+lines {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	var cents [3]int
	least, most, problems := slices.Index(rows[0], "fees_least"), slices.Index(rows[0], "fees_most"), slices.Index(rows[0], "problems")
	for i, row := range rows[1:] {
		entry := i % 3
		if row[0] != fmt.Sprint("E", entry) || row[3] != fmt.Sprint(100+i) || (row[problems] != "") != (i == 7) {
			t.Errorf("row %d is %q", i+1, row)
		}
		switch known := row[most] != ""; {
		case entry == 1: // a line of it is at fault: what it shares is not known
			if known {
				t.Errorf("row %d: fees of %s at most", i+1, row[most])
			}
		case row[least] != row[most]:
			t.Errorf("row %d: fees of %s to %s", i+1, row[least], row[most])
		default:
			n, err := strconv.Atoi(strings.Replace(row[least], ".", "", 1))
			if err != nil {
				t.Fatal(err)
			}
			cents[entry] += n
		}
	}
	// The merchandise processing fee of June 2025 is 32.71 USD an entry at least, and the
	// harbor maintenance fee 0.125 % of 2,570 and 2,610 USD.
	if cents[0] != 3271+321 || cents[2] != 3271+326 {
		t.Errorf("the lines of E0 share fees of %d cents, those of E2 of %d", cents[0], cents[2])
	}
}

// A file that breaks off has the rows before it answered, and says where it did.
func TestBrokenOff(t *testing.T) {
	b := newBench(t)
	made := b.started(t, file+strings.Repeat("x", 17<<20)+"\n8505.11.00.70,CN,10000\n")
	if err := b.Work(t.Context(), b.ids[0], false); err != nil {
		t.Fatal(err)
	}
	if got := b.state(t, made.ID, batch.Done); got.Rows != 3 || !strings.Contains(got.Fault, "after row 3") || !strings.Contains(got.Fault, "longer than 16 MiB") || !strings.Contains(got.Fault, "3 of them") {
		t.Errorf("%+v", got)
	}
	r, err := b.Open(t.Context(), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if rows, err := csv.NewReader(r).ReadAll(); err != nil || len(rows) != 4 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if totals, err := b.Totals(t.Context(), made.ID); err != nil || totals.Rows != 3 {
		t.Errorf("%+v, %v", totals, err)
	}
}

// endless is a file that takes longer to answer than a test needs to stop it.
func endless() string {
	var text strings.Builder
	text.WriteString("HTS,Origin,Value\n")
	for i := range 200_000 {
		fmt.Fprintf(&text, "8505.11.00.70,CN,%d\n", i)
	}
	return text.String()
}

// running starts the work on a batch and returns when it is under way.
func (b *bench) running(t *testing.T, ctx context.Context, id string) <-chan error {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- b.Work(ctx, id, false) }()
	for {
		if got, err := b.Batch(t.Context(), id); err != nil || got.State == batch.Running {
			return ended
		}
	}
}

func (b *bench) noResult(t *testing.T, id string) {
	t.Helper()
	for _, pattern := range []string{"result.*", ".*.partial"} {
		if left, _ := filepath.Glob(filepath.Join(b.dir, id, pattern)); len(left) > 0 {
			t.Errorf("%v is left", left)
		}
	}
}

// What a person stops leaves no result, and may be started again.
func TestCancel(t *testing.T) {
	b := newBench(t)
	made := b.started(t, endless())
	ended := b.running(t, t.Context(), made.ID)
	if _, err := b.Cancel(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	b.state(t, made.ID, batch.Cancelled)
	b.noResult(t, made.ID)
	if _, err := b.Cancel(t.Context(), made.ID); !errors.Is(err, batch.ErrNotReady) {
		t.Errorf("cancelled twice: %v", err)
	}
	if _, err := b.Start(t.Context(), made.ID, setup); err != nil {
		t.Error(err)
	}
}

// A server that stops leaves its files to the next, which begins them anew.
func TestStopAndTakeUp(t *testing.T) {
	b := newBench(t)
	made := b.started(t, endless())
	ctx, stop := context.WithCancel(t.Context())
	ended := b.running(t, ctx, made.ID)
	stop()
	if err := <-ended; err == nil {
		t.Error("a run that was cut off is no success")
	}
	if got := b.state(t, made.ID, batch.Queued); got.Runs != 0 {
		t.Errorf("a stop in good order counts as a run that died: %+v", got)
	}
	b.noResult(t, made.ID)
	next := &held{}
	if err := b.Begin(t.Context(), next); err != nil || len(next.ids) != 1 || next.ids[0] != made.ID {
		t.Errorf("%v, %v", err, next.ids)
	}
}

// A file whose runs end the process is given up.
func TestGivenUp(t *testing.T) {
	b := newBench(t)
	made := b.started(t, file)
	if _, err := b.store.UpdateBatch(t.Context(), made.ID, func(b *batch.Batch) error { b.State, b.Runs = batch.Running, 5; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := b.Work(t.Context(), made.ID, false); err != nil {
		t.Fatal(err)
	}
	if got := b.state(t, made.ID, batch.Failed); !strings.Contains(got.Fault, "ended 5 times") {
		t.Errorf("%s", got.Fault)
	}
}

// Limits are named, and a file that is no table is not kept.
func TestLimits(t *testing.T) {
	b := newBench(t, func(o *batch.Options) { o.MaxRows, o.MaxKept = 2, 1 })
	if _, err := b.Create(t.Context(), "entries.xlsx", strings.NewReader("no workbook")); err == nil || strings.Contains(err.Error(), b.dir) {
		t.Errorf("%v", err)
	}
	if _, err := b.Create(t.Context(), "entries.csv", io.MultiReader(strings.NewReader(file), broken{})); err == nil {
		t.Error("an upload that broke off is kept")
	}
	if left, _ := os.ReadDir(b.dir); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	made := b.started(t, file)
	if err := b.Work(t.Context(), made.ID, false); err != nil {
		t.Fatal(err)
	}
	if got := b.state(t, made.ID, batch.Failed); !strings.Contains(got.Fault, "limit of 2") {
		t.Errorf("%s", got.Fault)
	}
	b.noResult(t, made.ID)
	if _, err := b.Create(t.Context(), "entries.csv", strings.NewReader(file)); !errors.Is(err, batch.ErrFull) || !strings.Contains(err.Error(), "1 is the limit") {
		t.Errorf("%v", err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the line is dead") }

// A comma in a number parts decimals where that is said; where semicolons part the
// values it is a problem of its row until then.
func TestDecimalComma(t *testing.T) {
	b := newBench(t)
	const text = "goods;origin;value\n8505.11.00.70;CN;10.000,50\n"
	duties := func(text string, said bool) (least, problems string) {
		t.Helper()
		made, err := b.Create(t.Context(), "entries.csv", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		with := setup
		with.DecimalComma = said
		if made, err = b.Start(t.Context(), made.ID, with); err != nil {
			t.Fatal(err)
		}
		if err := b.Work(t.Context(), made.ID, false); err != nil {
			t.Fatal(err)
		}
		if kept := b.state(t, made.ID, batch.Done); kept.Setup.DecimalComma != said {
			t.Errorf("the setup is kept as %+v", kept.Setup)
		}
		r, err := b.Open(t.Context(), made.ID)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		rows, err := csv.NewReader(r).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%q, %v", rows, err)
		}
		return rows[1][slices.Index(rows[0], "duty_least")], rows[1][slices.Index(rows[0], "problems")]
	}
	want, _ := duties("goods,origin,value\n8505.11.00.70,CN,10000.50\n", false)
	if least, problems := duties(text, true); want == "" || least != want || problems != "" {
		t.Errorf("the least duty is %q, want %q; problems: %s", least, want, problems)
	}
	if least, problems := duties(text, false); least != "" || !strings.Contains(problems, "comma") {
		t.Errorf("not said: the least duty is %q; problems: %s", least, problems)
	}
}
