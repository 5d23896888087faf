package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

func zone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

func amount(s string) quantity.Quantity {
	q, err := quantity.ParseQuantity(s)
	if err != nil {
		panic(err)
	}
	return q
}

func money(s string) quantity.Money {
	if s == "" {
		return quantity.Money{}
	}
	m, err := quantity.ParseMoney(s)
	if err != nil {
		panic(err)
	}
	return m
}

func testLedger(t *testing.T, e Engine) {
	d := newDesk(t, e)
	d.record("L1", line("100 kg", "1000 USD"))
	d.record("L2", line("1 t", ""))
	r := d.mustMove(&licence.Draw{Takes: []licence.Take{take("L1", 0, "30 kg", "300 USD")}})
	d.holds("L1", 1, "0 kg", "30 kg", "70 kg")
	// Less is used than was set aside; the rest is free again.
	d.mustMove(&licence.CommitDraw{Drawdown: r.Object.ID, Takes: []licence.Take{take("L1", 1, "25 kg", "250 USD")}})
	d.holds("L1", 1, "25 kg", "0 kg", "75 kg")
	d.refusedMove(licence.WrongState, &licence.ReleaseDraw{Drawdown: r.Object.ID})
	// Goods come back, but not more than went.
	d.mustMove(&licence.ReturnGoods{Drawdown: r.Object.ID, Takes: []licence.Take{take("L1", 1, "5 kg", "50 USD")}})
	d.holds("L1", 1, "20 kg", "0 kg", "80 kg")
	d.refusedMove(licence.Overdraw, &licence.ReturnGoods{Drawdown: r.Object.ID, Takes: []licence.Take{take("L1", 1, "21 kg", "0 USD")}})
	// Two licences, all or none: the second has not enough, so the first is not touched.
	d.refusedMove(licence.Overdraw, draw(take("L1", 1, "80 kg", "800 USD"), take("L2", 1, "1001 kg", "")))
	d.holds("L1", 1, "20 kg", "0 kg", "80 kg")
	d.mustMove(draw(take("L1", 1, "80 kg", "800 USD"), take("L2", 1, "250000 g", "")))
	d.holds("L1", 1, "100 kg", "0 kg", "0 kg")
	d.holds("L2", 1, "0.25 t", "0 t", "0.75 t")
	// One line twice in one shipment counts twice.
	d.refusedMove(licence.Overdraw, draw(take("L2", 1, "400 kg", ""), take("L2", 1, "400 kg", "")))
	d.holds("L2", 1, "0.25 t", "0 t", "0.75 t")
	r = d.mustMove(&licence.Draw{Takes: []licence.Take{take("L2", 1, "0.75 t", "")}})
	d.mustMove(&licence.ReleaseDraw{Drawdown: r.Object.ID})
	d.holds("L2", 1, "0.25 t", "0 t", "0.75 t")
	d.lawful()
}

// lawful wants the law of the ledger on every balance, and every balance to be
// what its movements come to.
func (d *desk) lawful() {
	d.t.Helper()
	audit, err := licence.Audit(context.Background(), d.store, licence.AuditOptions{})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, f := range audit.Faults {
		d.t.Errorf("audit: %s", f)
	}
	d.view(func(ctx context.Context, r licence.Reader) error {
		return r.EachBalance(ctx, func(b licence.Balance) error {
			if !b.Lawful() {
				d.t.Errorf("line %d of %s breaks the law of the ledger: %+v", b.Line, b.Licence, b)
			}
			return nil
		})
	})
}

func testRefusals(t *testing.T, e Engine) {
	d := newDesk(t, e)
	d.record("L1", line("100 kg", "1000 USD"), line("5 No.", ""))
	tolerant := line("100 kg", "")
	tolerant.Tolerance = quantity.NewDecimal(5, 0)
	d.record("L2", tolerant)
	for _, c := range []struct {
		code licence.Code
		take licence.Take
	}{
		{licence.NotFound, take("L9", 1, "1 kg", "")},
		{licence.NotFound, take("L1", 0, "1 kg", "1 USD")}, // two lines: one has to be named
		{licence.NotFound, take("L1", 3, "1 kg", "1 USD")},
		{licence.WrongUnit, take("L1", 1, "1 liter", "1 USD")},
		{licence.WrongUnit, take("L1", 2, "1 kg", "")},
		{licence.WrongCurrency, take("L1", 1, "1 kg", "1 EUR")},
		{licence.WrongCurrency, take("L1", 1, "1 kg", "")},
		{licence.TooFine, take("L1", 1, "0.00000001 g", "1 USD")},
		{licence.TooFine, take("L1", 1, "1 kg", "0.00001 USD")},
		{licence.Invalid, take("L1", 1, "0 kg", "1 USD")},
		{licence.Overdraw, take("L1", 1, "100.000000001 kg", "1 USD")},
		{licence.Overdraw, take("L1", 1, "1 kg", "1000.0001 USD")},
		{licence.Overdraw, take("L2", 1, "105.000000001 kg", "")},
	} {
		d.refusedMove(c.code, draw(c.take))
	}
	d.holds("L1", 1, "0 kg", "0 kg", "100 kg")
	// The tolerance may be used, to its last step.
	d.mustMove(draw(take("L2", 1, "105 kg", "")))
	d.holds("L2", 1, "105 kg", "0 kg", "0 kg")
	// The term ends with the last second of its last day.
	customs := by("customs", licence.Customs)
	last := quantity.NewDate(2025, 12, 1).Start(zone("Asia/Shanghai"))
	customs.At, customs.Key = last, "after the last"
	d.refused(licence.OutsideTerm, customs, draw(take("L1", 2, "1 No.", "")))
	customs.At, customs.Key = last-1, "the last"
	d.must(customs, draw(take("L1", 2, "1 No.", "")))
	customs.At, customs.Key = quantity.NewDate(2025, 6, 1).Start(zone("Asia/Shanghai"))-1, "before the first"
	d.refused(licence.OutsideTerm, customs, draw(take("L1", 2, "1 No.", "")))
	// A return adds back only within the term.
	var drawn string
	d.view(func(ctx context.Context, r licence.Reader) error {
		return r.Movements(ctx, licence.MovementQuery{Licence: "L1"}, func(m licence.Movement) error { drawn = m.Drawdown; return nil })
	})
	customs.At, customs.Key = last, "back too late"
	d.refused(licence.OutsideTerm, customs, &licence.ReturnGoods{Drawdown: drawn})
	d.holds("L1", 2, "1 No.", "0 No.", "4 No.")
	// Attempts that matter are in the log.
	attempts := 0
	d.view(func(ctx context.Context, r licence.Reader) error {
		return r.Events(ctx, licence.EventQuery{Type: "attempted"}, func(licence.SealedEvent) error { attempts++; return nil })
	})
	if attempts != 6 {
		t.Errorf("%d attempts are in the log, want 6: three to draw too much, three outside the term", attempts)
	}
	if _, err := d.Do(context.Background(), by("customs", licence.Customs), draw(take("L1", 1, "1 kg", "1 USD"))); err == nil {
		t.Error("a movement without a key is carried out")
	}
	d.lawful()
}

func testIdempotency(t *testing.T, e Engine) {
	d := newDesk(t, e)
	d.record("L1", line("100 kg", ""))
	customs := by("customs", licence.Customs)
	customs.Key = "shipment 7"
	first := d.must(customs, draw(take("L1", 1, "60 kg", "")))
	again := d.must(customs, draw(take("L1", 1, "60 kg", "")))
	if again.Object != first.Object || !again.Repeated || first.Repeated {
		t.Errorf("the second time gives %+v after %+v", again, first)
	}
	d.holds("L1", 1, "60 kg", "0 kg", "40 kg")
	d.refused(licence.KeyReused, customs, draw(take("L1", 1, "61 kg", "")))
	// In one transaction too, and seen from another process.
	other := deskOn(t, e.open(t, d.address))
	customs.Key = "shipment 8"
	for i, r := range other.DoAll(context.Background(), []licence.Order{{By: customs, Command: draw(take("L1", 1, "10 kg", ""))}, {By: customs, Command: draw(take("L1", 1, "10 kg", ""))}}) {
		if r.Err != nil || r.Receipt.Repeated != (i == 1) {
			t.Errorf("order %d: %+v", i, r)
		}
	}
	d.holds("L1", 1, "70 kg", "0 kg", "30 kg")
	d.lawful()
}

func testSuspensions(t *testing.T, e Engine) {
	d := newDesk(t, e)
	d.record("L1", line("100 kg", ""))
	officer := by("officer", licence.Officer)
	reserved := d.mustMove(&licence.Draw{Takes: []licence.Take{take("L1", 1, "10 kg", "")}})
	for _, of := range [][2]string{{"party", "harbour  MAGNETS"}, {"item", "1C902"}, {"measure", "cn.2025-18"}} {
		d.must(officer, &licence.Impose{Of: of[0], Subject: of[1]})
		d.refusedMove(licence.NotActive, draw(take("L1", 1, "1 kg", "")))
		d.refusedMove(licence.NotActive, &licence.CommitDraw{Drawdown: reserved.Object.ID})
		var id string
		d.view(func(ctx context.Context, r licence.Reader) error {
			reg, err := licence.ReadRegister(ctx, r)
			id = reg.Suspensions[len(reg.Suspensions)-1].ID
			return err
		})
		d.must(officer, &licence.Lift{ID: id})
		d.refused(licence.NotFound, officer, &licence.Lift{ID: id})
		d.mustMove(draw(take("L1", 1, "1 kg", "")))
	}
	d.must(officer, &licence.Impose{Of: "party", Subject: "somebody else"})
	d.must(officer, &licence.Suspend{Licence: "L1"})
	d.refused(licence.WrongState, officer, &licence.Suspend{Licence: "L1"})
	d.refusedMove(licence.NotActive, draw(take("L1", 1, "1 kg", "")))
	d.must(officer, &licence.Resume{Licence: "L1"})
	d.mustMove(draw(take("L1", 1, "1 kg", "")))
	d.must(officer, &licence.EndLicence{Licence: "L1", How: licence.EndRevoked})
	d.refusedMove(licence.NotActive, draw(take("L1", 1, "1 kg", "")))
	d.refused(licence.NotActive, officer, &licence.Suspend{Licence: "L1"})
	// What was set aside can be freed whatever became of the licence.
	d.mustMove(&licence.ReleaseDraw{Drawdown: reserved.Object.ID})
	d.holds("L1", 1, "4 kg", "0 kg", "96 kg")
	d.lawful()
}

func testAmendments(t *testing.T, e Engine) {
	d := newDesk(t, e)
	d.record("L1", line("100 kg", "1000 USD"))
	d.mustMove(draw(take("L1", 1, "60 kg", "600 USD")))
	clerk := by("clerk", licence.Administrator)
	var terms licence.Terms
	d.view(func(ctx context.Context, r licence.Reader) error {
		l, err := licence.ReadLicence(ctx, r, "L1")
		terms = l.Terms
		return err
	})
	with := func(l ...licence.LicenceLine) *licence.AmendLicence {
		t := terms
		t.Lines = l
		return &licence.AmendLicence{Licence: "L1", Terms: t}
	}
	d.refused(licence.Overdraw, clerk, with(line("59 kg", "1000 USD")))
	d.refused(licence.Overdraw, clerk, with(line("100 kg", "599 USD")))
	d.refused(licence.WrongUnit, clerk, with(line("100 No.", "1000 USD")))
	d.refused(licence.WrongCurrency, clerk, with(line("100 kg", "1000 EUR")))
	d.refused(licence.Invalid, clerk, with(line("100 kg", "1000 USD"))) // nothing changes
	d.must(clerk, with(line("80 kg", "1000 USD"), line("7 No.", "")))
	d.holds("L1", 1, "60 kg", "0 kg", "20 kg")
	d.holds("L1", 2, "0 No.", "0 No.", "7 No.")
	d.refusedMove(licence.Overdraw, draw(take("L1", 1, "21 kg", "1 USD")))
	d.mustMove(draw(take("L1", 1, "20 kg", "1 USD")))
	d.view(func(ctx context.Context, r licence.Reader) error {
		l, err := licence.ReadLicence(ctx, r, "L1")
		if l.Version != 2 || len(l.Differences) != 1 || len(l.Differences[0].Changed) != 2 {
			t.Errorf("version %d with the differences %v, want version 2 with two", l.Version, l.Differences)
		}
		return err
	})
	d.lawful()
}

// testNewerTables holds that a program does not touch tables that a newer one made.
func testNewerTables(t *testing.T, e Engine) {
	d := newDesk(t, e)
	d.record("L1", line("50 kg", ""))
	e.Spoil(t, d.store, "INSERT INTO desk_migration (version_id, is_applied) VALUES (999, true)")
	other, err := e.Open(d.address)
	if err == nil {
		other.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "version 999") {
		t.Errorf("tables of version 999 are opened: %v", err)
	}
	e.Spoil(t, d.store, "DELETE FROM desk_migration WHERE version_id = 999")
	deskOn(t, e.open(t, d.address)).lawful()
}

func testNothingHalfDone(t *testing.T, e Engine) {
	s := &cutting{Store: e.open(t, e.New(t))}
	d := deskOn(t, s)
	d.record("L1", line("100 kg", ""))
	customs := by("customs", licence.Customs)
	order := draw(take("L1", 1, "10 kg", ""))
	customs.Key, s.before = "cut before", true
	if _, err := d.Do(context.Background(), customs, order); !errors.Is(err, errCut) {
		t.Fatalf("%v, want the connection to be cut", err)
	}
	s.before = false
	d.holds("L1", 1, "0 kg", "0 kg", "100 kg")
	if r := d.must(customs, order); r.Repeated {
		t.Error("what was lost is said to have been carried out")
	}
	d.holds("L1", 1, "10 kg", "0 kg", "90 kg")
	customs.Key, s.after = "cut after", true
	if _, err := d.Do(context.Background(), customs, order); !errors.Is(err, errCut) {
		t.Fatalf("%v, want the connection to be cut", err)
	}
	s.after = false
	d.holds("L1", 1, "20 kg", "0 kg", "80 kg")
	if r := d.must(customs, order); !r.Repeated {
		t.Error("what was carried out is carried out again")
	}
	d.holds("L1", 1, "20 kg", "0 kg", "80 kg")
	// A desk that read the balance before another wrote it cannot write.
	err := s.Store.Update(context.Background(), func(tx licence.Tx) error {
		head, err := tx.Head(context.Background())
		if err != nil {
			return err
		}
		b, err := tx.Balances(context.Background(), []string{"L1"})
		if err != nil {
			return err
		}
		stale := licence.ChangedBalance{Balance: b[0], Before: b[0].Version - 1}
		stale.Committed++
		stale.Version++
		return tx.Save(context.Background(), &licence.Changes{Before: head, After: head, Balances: []licence.ChangedBalance{stale}})
	})
	if !errors.Is(err, licence.ErrConflict) {
		t.Errorf("a stale balance is written: %v", err)
	}
	d.holds("L1", 1, "20 kg", "0 kg", "80 kg")
	d.lawful()
}
