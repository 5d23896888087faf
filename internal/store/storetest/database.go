package storetest

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"sync/atomic"
	"testing"
)

var databases atomic.Int64

// Database makes an empty database for a test on the PostgreSQL that
// NAVICERT_POSTGRES names, and returns its address; it ends with the test. Where
// there is no PostgreSQL the test is skipped. The driver "pgx" has to be linked.
func Database(t testing.TB) string {
	t.Helper()
	address := os.Getenv("NAVICERT_POSTGRES")
	if address == "" {
		t.Skip("NAVICERT_POSTGRES names no PostgreSQL; run the tests under .ci/postgres")
	}
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
