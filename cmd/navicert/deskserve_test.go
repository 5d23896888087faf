package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/store/storetest"
)

// deskAct gives a command to a server and returns its receipt, or the code of the
// refusal.
func deskAct(t *testing.T, address, name, as string, role licence.Role, key string, command licence.Command) (r licence.Receipt, code licence.Code) {
	text, err := json.Marshal(command)
	if err != nil {
		t.Error(err)
		return
	}
	req, err := http.NewRequestWithContext(t.Context(), "POST", fmt.Sprintf("%s/v1/desk/acts/%s?as=%s&role=%s", address, name, as, role), bytes.NewReader(text))
	if err != nil {
		t.Error(err)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return
	}
	defer res.Body.Close()
	text, err = io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
		return
	}
	var problem struct{ Code licence.Code }
	into := any(&r)
	if res.StatusCode != http.StatusOK {
		into = &problem
	}
	if err := json.Unmarshal(text, into); err != nil || res.StatusCode != http.StatusOK && problem.Code == "" {
		t.Errorf("%s as %s: %s: %s", name, as, res.Status, text)
	}
	return r, problem.Code
}

// Two servers on one PostgreSQL work one desk: no file is given to two officers, no
// licence is overdrawn, and what one server kept is there when it was killed.
func TestTwoServersWorkOneDesk(t *testing.T) {
	database := storetest.Database(t)
	// Both begin on an empty database at once, so both want to make its tables.
	var servers [2]string
	var processes [2]*exec.Cmd
	var began sync.WaitGroup
	for n := range servers {
		began.Go(func() { servers[n], processes[n] = serve(t, t.TempDir(), "--database", database) })
	}
	began.Wait()
	if t.Failed() {
		t.FailNow()
	}
	if code := run([]string{"desk", "demo", "--applications", "150", "--database", database}, testEnv("", nil, io.Discard, io.Discard)); code != exitAnswered {
		t.Fatalf("desk demo: exit code %d", code)
	}
	queue := fetch[licence.Page](t, "GET", servers[0]+"/v1/desk/queues/review?as=head&role=administrator&free=true&limit=1000", nil)
	if len(queue.Files) < 40 {
		t.Fatalf("%d files wait, and the test wants more", len(queue.Files))
	}
	term, err := licence.TermOf(quantity.NewDate(2025, 6, 1), 6, licence.DayBefore, "Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	kilograms := func(n int64) quantity.Quantity {
		return quantity.Quantity{Amount: quantity.NewDecimal(n, 0), Unit: quantity.Kilogram}
	}
	deskAct(t, servers[0], "record-licence", "clerk", licence.Administrator, "record", &licence.IssueLicence{ID: "HOT", Authority: "CN.MOFCOM", Holder: "Harbour Magnets",
		Terms: licence.Terms{Term: term, Lines: []licence.LicenceLine{{Goods: "8505.11", Quantity: kilograms(200)}}}})

	// A transaction of the test holds the end of the log until both servers stand
	// before it, so that they are sure to meet.
	db, err := sql.Open("pgx", database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	barrier, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer barrier.Rollback()
	if _, err := barrier.Exec("SELECT size FROM desk_head FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	const officers, draws = 8, 30
	var mu sync.Mutex
	held := map[string]string{}
	drawn := 0
	var all sync.WaitGroup
	for n := range 2 * officers {
		officer, address := fmt.Sprintf("officer-%d", n), servers[n%2]
		all.Go(func() {
			for i := 0; ; i++ {
				r, code := deskAct(t, address, "claim-next", officer, licence.Officer, fmt.Sprintf("%s %d", officer, i), &licence.ClaimNext{Authority: "CN.MOFCOM", Minutes: 60})
				if code != "" {
					if code != licence.NothingWaiting {
						t.Errorf("%s claims: %s", officer, code)
					}
					return
				}
				mu.Lock()
				if other := held[r.Object.ID]; other != "" {
					t.Errorf("%s is given to %s and to %s", r.Object.ID, other, officer)
				}
				held[r.Object.ID] = officer
				mu.Unlock()
			}
		})
		all.Go(func() {
			for i := range draws {
				_, code := deskAct(t, address, "draw", "customs", licence.Customs, fmt.Sprintf("port %d, %d", n, i), &licence.Draw{Commit: true, Takes: []licence.Take{{Licence: "HOT", Line: 1, Quantity: kilograms(1)}}})
				switch code {
				case "":
					mu.Lock()
					drawn++
					mu.Unlock()
				case licence.Overdraw:
				default:
					t.Errorf("a drawdown: %s", code)
				}
			}
		})
	}
	for waiting := 0; waiting < 2; {
		if err := db.QueryRow("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting); err != nil {
			t.Fatal(err)
		}
	}
	if err := barrier.Commit(); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if len(held) != len(queue.Files) {
		t.Errorf("%d files waited, and %d are given out", len(queue.Files), len(held))
	}
	if drawn != 200 {
		t.Errorf("%d kg are drawn on a licence of 200 kg, and %d were wanted", drawn, 2*officers*draws)
	}

	// One server is killed. The other goes on: a command that was carried out is not
	// carried out again, and what an officer of the first held is still his.
	if err := processes[0].Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	processes[0].Wait()
	if r, code := deskAct(t, servers[1], "claim-next", "officer-0", licence.Officer, "officer-0 0", &licence.ClaimNext{Authority: "CN.MOFCOM", Minutes: 60}); !r.Repeated || held[r.Object.ID] != "officer-0" {
		t.Errorf("a claim that is sent again gives %+v (%s)", r, code)
	}
	for id, officer := range held {
		if _, code := deskAct(t, servers[1], "claim", "somebody", licence.Officer, "steal "+id, &licence.Claim{Application: id}); code != licence.ClaimedByOther {
			t.Errorf("%s, which %s holds, can be claimed by another: %q", id, officer, code)
		}
		break
	}
	var out strings.Builder
	if code := run([]string{"desk", "audit", "--database", database}, testEnv("", nil, &out, io.Discard)); code != exitAnswered || !strings.Contains(out.String(), "proved") {
		t.Errorf("the audit: exit code %d: %s", code, &out)
	}
	var ready *http.Response
	if ready, err = http.Get(servers[1] + "/readyz"); err != nil || ready.StatusCode != http.StatusOK {
		t.Errorf("the other server is not ready: %v, %v", ready, err)
	} else {
		ready.Body.Close()
	}
}
