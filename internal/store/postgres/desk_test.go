package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/store/storetest"
)

var databases atomic.Int64

// newDatabase makes a database of its own for a test and returns its address.
func newDatabase(t testing.TB) string {
	t.Helper()
	address := os.Getenv("NAVICERT_POSTGRES")
	admin, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("desk_%d_%d", os.Getpid(), databases.Add(1))
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
		admin.Close()
	})
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func openDesk(t testing.TB, address string) *Desk {
	t.Helper()
	d, err := OpenDesk(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestDesk(t *testing.T) {
	wanted(t)
	storetest.Run(t, engine())
}

func BenchmarkDesk(b *testing.B) {
	wanted(b)
	storetest.Bench(b, engine())
}

// wanted skips where there is no PostgreSQL.
func wanted(t testing.TB) {
	if os.Getenv("NAVICERT_POSTGRES") == "" {
		t.Skip("NAVICERT_POSTGRES names no PostgreSQL; run the tests under .ci/postgres")
	}
}

// engine keeps each desk in a database of its own.
func engine() storetest.Engine {
	addresses := map[licence.Store]string{}
	return storetest.Engine{
		Open: func(t testing.TB) licence.Store {
			address := newDatabase(t)
			d := openDesk(t, address)
			addresses[d] = address
			return d
		},
		Again: func(t testing.TB, s licence.Store) licence.Store { return openDesk(t, addresses[s]) },
		Spoil: func(t testing.TB, s licence.Store, statement string) {
			statement = strings.ReplaceAll(statement, "CAST(record AS TEXT)", "convert_from(record, 'UTF8')")
			if _, err := s.(*Desk).db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		},
	}
}
