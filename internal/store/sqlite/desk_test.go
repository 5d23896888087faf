package sqlite

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/store/storetest"
)

func openDesk(t testing.TB, path string) *Desk {
	t.Helper()
	d, err := OpenDesk(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestDesk(t *testing.T) { storetest.Run(t, engine()) }

func BenchmarkDesk(b *testing.B) { storetest.Bench(b, engine()) }

// engine keeps desks in files of the test.
func engine() storetest.Engine {
	paths := map[licence.Store]string{}
	return storetest.Engine{
		Open: func(t testing.TB) licence.Store {
			path := filepath.Join(t.TempDir(), "desk.db")
			d := openDesk(t, path)
			paths[d] = path
			return d
		},
		Again: func(s licence.Store) (storetest.Closer, error) { return OpenDesk(context.Background(), paths[s]) },
		Spoil: func(t testing.TB, s licence.Store, statement string) {
			statement = strings.ReplaceAll(strings.ReplaceAll(statement, "replace(", "CAST(replace("), ")::bytea", ") AS BLOB)")
			if _, err := s.(*Desk).write.Exec(statement); err != nil {
				t.Fatal(err)
			}
		},
	}
}
