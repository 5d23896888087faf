package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/navicert/navicert/internal/batch"
	"github.com/navicert/navicert/internal/exchange"
	"github.com/navicert/navicert/internal/store"
)

// ServerStore is all that a server asks of a store.
type ServerStore interface {
	batch.Store
	KeepAnswers(ctx context.Context, answers ...store.Answer) error
	Answer(ctx context.Context, digest string) (store.Answer, error)
	Reserve(ctx context.Context, r store.Reply) (store.Reply, error)
	Complete(ctx context.Context, r store.Reply) error
	Release(ctx context.Context, key string) error
	ForgetReplies(ctx context.Context, before time.Time, unfinished bool) error
	Ping(ctx context.Context) error
}

// ServerQueue is the queue of a store.
type ServerQueue interface {
	batch.Queue
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

// ServerEngine opens stores to test.
type ServerEngine struct {
	// Open opens an empty store.
	Open func(t *testing.T) ServerStore
	// Again closes a store and opens it anew with what it holds.
	Again func(t *testing.T, s ServerStore) ServerStore
	// Queue makes a queue on a store, with so many workers.
	Queue func(t *testing.T, s ServerStore, workers int, work store.Work) ServerQueue
}

// RunServer holds that a store does what is asked of it.
func RunServer(t *testing.T, o ServerEngine) {
	for name, test := range map[string]func(*testing.T, ServerEngine){
		"answers are kept once":           answers,
		"a key is taken once":             keys,
		"replies are forgotten":           forgets,
		"batches come back as they were":  batches,
		"changes of a batch do not mix":   changes,
		"what is kept outlives the store": outlives,
		"jobs are worked on":              jobs,
		"jobs outlive a stop":             stops,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, o)
		})
	}
}

var noon = time.Date(2026, 8, 1, 12, 0, 0, 123e6, time.UTC)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func answers(t *testing.T, o ServerEngine) {
	s, ctx := o.Open(t), t.Context()
	must(t, s.Ping(ctx))
	if _, err := s.Answer(ctx, "sha256:a"); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("%v", err)
	}
	a := store.Answer{Digest: "sha256:a", Schedule: "sha256:s", Kept: noon, Document: []byte(`{"outcome":"free"}`)}
	later := a
	later.Kept = noon.Add(time.Hour)
	must(t, s.KeepAnswers(ctx, a))
	must(t, s.KeepAnswers(ctx, later, store.Answer{Digest: "sha256:b", Kept: noon, Document: []byte{0, 255}}))
	got, err := s.Answer(ctx, "sha256:a")
	must(t, err)
	same(t, got, a)
	got, err = s.Answer(ctx, "sha256:b")
	must(t, err)
	same(t, got.Document, []byte{0, 255})
}

func keys(t *testing.T, o ServerEngine) {
	s, ctx := o.Open(t), t.Context()
	first := store.Reply{Key: "POST /x k", Request: "one", Made: noon}
	_, err := s.Reserve(ctx, first)
	must(t, err)
	got, err := s.Reserve(ctx, store.Reply{Key: first.Key, Request: "two", Made: noon.Add(time.Minute)})
	if !errors.Is(err, store.ErrTaken) || got.Request != "one" || got.Status != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	must(t, s.Release(ctx, first.Key))
	_, err = s.Reserve(ctx, first)
	must(t, err)
	first.Status, first.Type, first.Location, first.Body = 201, "application/json", "/x/1", []byte("{}")
	must(t, s.Complete(ctx, first))
	got, err = s.Reserve(ctx, store.Reply{Key: first.Key, Request: "one", Made: noon})
	if !errors.Is(err, store.ErrTaken) {
		t.Fatal(err)
	}
	same(t, got, first)
	if err := s.Release(ctx, first.Key); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a finished reply is released: %v", err)
	}
	if err := s.Complete(ctx, store.Reply{Key: "other", Status: 200}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a key that was not reserved: %v", err)
	}

	// Of many at once one gets the key.
	var wg sync.WaitGroup
	won := make(chan int, 20)
	for i := range 20 {
		wg.Go(func() {
			if _, err := s.Reserve(ctx, store.Reply{Key: "hot", Request: fmt.Sprint(i), Made: noon}); err == nil {
				won <- i
			} else if !errors.Is(err, store.ErrTaken) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	same(t, len(won), 1)
}

func forgets(t *testing.T, o ServerEngine) {
	s, ctx := o.Open(t), t.Context()
	reserve := func(key string, at time.Time) error {
		_, err := s.Reserve(ctx, store.Reply{Key: key, Request: "r", Made: at})
		return err
	}
	for key, at := range map[string]time.Time{"old": noon.Add(-time.Hour), "new": noon, "unfinished": noon} {
		must(t, reserve(key, at))
		if key != "unfinished" {
			must(t, s.Complete(ctx, store.Reply{Key: key, Status: 200}))
		}
	}
	must(t, s.ForgetReplies(ctx, noon, false))
	must(t, reserve("old", noon))
	for _, key := range []string{"new", "unfinished"} {
		if err := reserve(key, noon); !errors.Is(err, store.ErrTaken) {
			t.Errorf("%s: %v", key, err)
		}
	}
	must(t, s.ForgetReplies(ctx, noon, true))
	must(t, reserve("unfinished", noon))
	if err := reserve("new", noon); !errors.Is(err, store.ErrTaken) {
		t.Errorf("new: %v", err)
	}
}

func sample(id string) *batch.Batch {
	return &batch.Batch{ID: id, Name: "entries.csv", Format: exchange.CSV, Size: 12, State: batch.Uploaded, Created: noon, Setup: batch.Setup{
		Columns: map[string]exchange.Field{"HTS \"x\"": exchange.Goods}, Constants: map[exchange.Field]string{exchange.To: "US"}}}
}

func batches(t *testing.T, o ServerEngine) {
	s, ctx := o.Open(t), t.Context()
	for _, id := range []string{"b", "a", "c"} {
		must(t, s.CreateBatch(ctx, sample(id)))
	}
	if err := s.CreateBatch(ctx, sample("a")); !errors.Is(err, store.ErrTaken) {
		t.Errorf("made twice: %v", err)
	}
	got, err := s.Batch(ctx, "a")
	must(t, err)
	same(t, got, sample("a"))
	for _, c := range []struct {
		before string
		n      int
		want   []string
	}{{"", 10, []string{"c", "b", "a"}}, {"", 2, []string{"c", "b"}}, {"b", 2, []string{"a"}}, {"a", 2, []string{}}} {
		page, err := s.Batches(ctx, c.before, c.n)
		must(t, err)
		ids := []string{}
		for _, b := range page {
			ids = append(ids, b.ID)
		}
		same(t, ids, c.want)
	}
	if _, err := s.Totals(ctx, "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("totals that are none: %v", err)
	}
	must(t, s.SetTotals(ctx, "a", []byte("sums")))
	totals, err := s.Totals(ctx, "a")
	must(t, err)
	same(t, totals, []byte("sums"))
	must(t, s.DeleteBatch(ctx, "a"))
	for what, err := range map[string]error{
		"batch":  func() error { _, err := s.Batch(ctx, "a"); return err }(),
		"totals": func() error { _, err := s.Totals(ctx, "a"); return err }(),
		"update": func() error {
			_, err := s.UpdateBatch(ctx, "a", func(*batch.Batch) error { return nil })
			return err
		}(),
		"set":    s.SetTotals(ctx, "a", nil),
		"delete": s.DeleteBatch(ctx, "a"),
	} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s of a batch that is none: %v", what, err)
		}
	}
}

func changes(t *testing.T, o ServerEngine) {
	s, ctx := o.Open(t), t.Context()
	must(t, s.CreateBatch(ctx, sample("a")))
	refused := errors.New("refused")
	if _, err := s.UpdateBatch(ctx, "a", func(b *batch.Batch) error { b.Rows = 99; return refused }); !errors.Is(err, refused) {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if _, err := s.UpdateBatch(ctx, "a", func(b *batch.Batch) error { b.Rows++; return nil }); err != nil {
					t.Error(err)
				}
				if _, err := s.Batches(ctx, "", 10); err != nil { // readers do not wait, nor fail
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got, err := s.Batch(ctx, "a")
	must(t, err)
	same(t, got.Rows, 80)
}

func outlives(t *testing.T, o ServerEngine) {
	s, ctx := o.Open(t), t.Context()
	must(t, s.CreateBatch(ctx, sample("a")))
	must(t, s.KeepAnswers(ctx, store.Answer{Digest: "d", Kept: noon, Document: []byte("x")}))
	s = o.Again(t, s)
	got, err := s.Batch(ctx, "a")
	must(t, err)
	same(t, got, sample("a"))
	_, err = s.Answer(ctx, "d")
	must(t, err)
}

// worked collects the names of jobs.
type worked struct {
	sync.Mutex
	names []string
	more  chan struct{}
}

func (w *worked) work(_ context.Context, name string, _ bool) error {
	w.Lock()
	w.names = append(w.names, name)
	w.Unlock()
	w.more <- struct{}{}
	return nil
}

func jobs(t *testing.T, o ServerEngine) {
	s := o.Open(t)
	w := &worked{more: make(chan struct{}, 10)}
	q := o.Queue(t, s, 2, w.work)
	must(t, q.Start(t.Context()))
	for _, name := range []string{"a", "b", "c"} {
		must(t, q.Add(t.Context(), name))
	}
	for range 3 {
		<-w.more
	}
	must(t, q.Stop(context.Background()))
	slices.Sort(w.names)
	same(t, w.names, []string{"a", "b", "c"})
}

func stops(t *testing.T, o ServerEngine) {
	s := o.Open(t)
	began := make(chan struct{})
	q := o.Queue(t, s, 1, func(ctx context.Context, _ string, _ bool) error {
		close(began)
		<-ctx.Done()
		return ctx.Err()
	})
	must(t, q.Start(t.Context()))
	must(t, q.Add(t.Context(), "a"))
	<-began
	must(t, q.Add(t.Context(), "b")) // nobody works on it yet
	must(t, q.Stop(context.Background()))
	s = o.Again(t, s)
	w := &worked{more: make(chan struct{}, 10)}
	q = o.Queue(t, s, 1, w.work)
	must(t, q.Start(t.Context()))
	<-w.more
	<-w.more
	must(t, q.Stop(context.Background()))
	slices.Sort(w.names)
	same(t, w.names, []string{"a", "b"})
}
