package postgres

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/store/storetest"
)

// TestMain is also the process of its own that a test has killed.
func TestMain(m *testing.M) { storetest.Main(m, engine()) }

func TestDesk(t *testing.T) { storetest.Run(t, engine()) }

func BenchmarkDesk(b *testing.B) { storetest.Bench(b, engine()) }

// engine keeps each desk in a database of its own.
func engine() storetest.Engine {
	return storetest.Engine{
		New:  storetest.Database,
		Open: func(address string) (storetest.Closer, error) { return OpenDesk(context.Background(), address) },
		Spoil: func(t testing.TB, s licence.Store, statement string) {
			statement = strings.ReplaceAll(statement, "CAST(record AS TEXT)", "convert_from(record, 'UTF8')")
			if _, err := s.(*Desk).db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		},
		Cut: func(t testing.TB, address string) {
			db, err := sql.Open("pgx", address)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"); err != nil {
				t.Fatal(err)
			}
		},
	}
}
