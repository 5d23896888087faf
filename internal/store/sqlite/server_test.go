package sqlite

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/store"
	"github.com/navicert/navicert/internal/store/storetest"
)

// keptServer is a store with the directory that it is in.
type keptServer struct {
	*Server
	dir string
}

func openServer(t *testing.T, dir string) *keptServer {
	t.Helper()
	db, err := OpenServer(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &keptServer{db, dir}
}

func TestServer(t *testing.T) {
	storetest.RunServer(t, storetest.ServerEngine{
		Open: func(t *testing.T) storetest.ServerStore { return openServer(t, t.TempDir()) },
		Again: func(t *testing.T, s storetest.ServerStore) storetest.ServerStore {
			if err := s.(*keptServer).Close(); err != nil {
				t.Fatal(err)
			}
			return openServer(t, s.(*keptServer).dir)
		},
		Queue: func(t *testing.T, s storetest.ServerStore, workers int, work store.Work) storetest.ServerQueue {
			q, err := s.(*keptServer).Queue(workers, work)
			if err != nil {
				t.Fatal(err)
			}
			return q
		},
	})
}

// One process uses a directory at a time.
func TestOneServerAtATime(t *testing.T) {
	dir := filepath.Join(t.TempDir())
	first := openServer(t, dir)
	_, err := OpenServer(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "another navicert serves this directory") {
		t.Fatalf("%v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	openServer(t, dir)
}
