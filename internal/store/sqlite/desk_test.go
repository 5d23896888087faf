package sqlite

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/store/storetest"
)

// TestMain is also the process of its own that a test has killed.
func TestMain(m *testing.M) { storetest.Main(m, engine()) }

func TestDesk(t *testing.T) { storetest.Run(t, engine()) }

func BenchmarkDesk(b *testing.B) { storetest.Bench(b, engine()) }

// engine keeps desks in files of the test.
func engine() storetest.Engine {
	return storetest.Engine{
		New:  func(t testing.TB) string { return filepath.Join(t.TempDir(), "desk.db") },
		Open: func(address string) (storetest.Closer, error) { return OpenDesk(context.Background(), address) },
		Spoil: func(t testing.TB, s licence.Store, statement string) {
			statement = strings.ReplaceAll(strings.ReplaceAll(statement, "replace(", "CAST(replace("), ")::bytea", ") AS BLOB)")
			if _, err := s.(*Desk).write.Exec(statement); err != nil {
				t.Fatal(err)
			}
		},
	}
}
