package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/navicert/navicert/internal/licence"
)

// meeting is a store that tells when it is first asked for an update.
type meeting struct {
	licence.Store
	once   sync.Once
	arrive func()
}

func (m *meeting) Update(ctx context.Context, fn func(licence.Tx) error) error {
	m.once.Do(m.arrive)
	return m.Store.Update(ctx, fn)
}

// race lets clients, each a process of its own, work at one desk at once. The
// barrier is an update that holds the database until each client has asked for one
// of its own: so all of them stand at the same door when it opens.
func (d *desk) race(e Engine, clients int, client func(n int, own *licence.Desk)) {
	d.t.Helper()
	var arrived, done sync.WaitGroup
	arrived.Add(clients)
	began, failed := make(chan struct{}), make(chan error, 1)
	go func() {
		failed <- d.store.Update(context.Background(), func(tx licence.Tx) error {
			if _, err := tx.Head(context.Background()); err != nil {
				return err
			}
			close(began)
			arrived.Wait()
			return nil
		})
	}()
	<-began
	for n := range clients {
		own := onStore(d.t, &meeting{Store: e.open(d.t, d.address), arrive: arrived.Done})
		done.Go(func() { client(n, own) })
	}
	done.Wait()
	if err := <-failed; err != nil {
		d.t.Fatal(err)
	}
}

// testRace lets clients draw on one licence at the same instant.
func testRace(t *testing.T, e Engine) {
	const clients, each = 8, 12
	d := newDesk(t, e)
	d.record("L1", line("50 kg", ""))
	drawn := make([]int, clients)
	d.race(e, clients, func(c int, own *licence.Desk) {
		for i := range each {
			customs := by("customs", licence.Customs)
			customs.Key = fmt.Sprintf("client %d, draw %d", c, i)
			_, err := own.Do(context.Background(), customs, draw(take("L1", 1, "1 kg", "")))
			switch {
			case err == nil:
				drawn[c]++
			case !errors.Is(err, &licence.Refusal{Code: licence.Overdraw}):
				t.Error(err)
			}
		}
	})
	total := 0
	for _, n := range drawn {
		total += n
	}
	if total != 50 {
		t.Errorf("%d kg are drawn on a licence of 50 kg by %d clients that wanted %d", total, clients, clients*each)
	}
	d.holds("L1", 1, "50 kg", "0 kg", "0 kg")
	d.lawful()
}

// testClaimRace lets officers ask for the next file at the same instant, and then
// all of them for one and the same.
func testClaimRace(t *testing.T, e Engine) {
	const officers, each, files = 8, 4, 20
	d := newDesk(t, e)
	for range files {
		d.file(content("cn.expedited"))
	}
	var mu sync.Mutex
	holders := map[string]string{}
	claim := func(c licence.Command, own *licence.Desk, officer string, none licence.Code) {
		r, err := own.Do(context.Background(), by(officer, licence.Officer), c)
		if errors.Is(err, &licence.Refusal{Code: none}) {
			return
		}
		if err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if other := holders[r.Object.ID]; other != "" {
			t.Errorf("%s is given to %s and to %s", r.Object.ID, other, officer)
		}
		holders[r.Object.ID] = officer
	}
	d.race(e, officers, func(n int, own *licence.Desk) {
		for range each {
			claim(&licence.ClaimNext{Authority: "CN.MOFCOM"}, own, fmt.Sprintf("officer %d", n), licence.NothingWaiting)
		}
	})
	if len(holders) != files {
		t.Errorf("%d of %d files are given out to %d officers who asked for %d", len(holders), files, officers, officers*each)
	}
	for id, officer := range holders {
		if got := d.application(id).Held(now); got != officer {
			t.Errorf("%s is held by %q, and was given to %s", id, got, officer)
		}
	}
	one := d.file(content("cn.expedited"))
	d.race(e, officers, func(n int, own *licence.Desk) {
		claim(&licence.Claim{Application: one}, own, fmt.Sprintf("officer %d", n), licence.ClaimedByOther)
	})
	if got := d.application(one).Held(now); got == "" || got != holders[one] {
		t.Errorf("%s is held by %q, and was given to %q", one, got, holders[one])
	}
	d.lawful()
}
