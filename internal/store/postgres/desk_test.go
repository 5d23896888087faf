package postgres

import (
	"context"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/store/storetest"
)

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
	storetest.Run(t, engine())
}

func BenchmarkDesk(b *testing.B) {
	storetest.Bench(b, engine())
}

// engine keeps each desk in a database of its own.
func engine() storetest.Engine {
	addresses := map[licence.Store]string{}
	return storetest.Engine{
		Open: func(t testing.TB) licence.Store {
			address := storetest.Database(t)
			d := openDesk(t, address)
			addresses[d] = address
			return d
		},
		Again: func(s licence.Store) (storetest.Closer, error) { return OpenDesk(context.Background(), addresses[s]) },
		Spoil: func(t testing.TB, s licence.Store, statement string) {
			statement = strings.ReplaceAll(statement, "CAST(record AS TEXT)", "convert_from(record, 'UTF8')")
			if _, err := s.(*Desk).db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		},
	}
}
