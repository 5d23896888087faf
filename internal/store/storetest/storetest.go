// Package storetest says what an engine under a licence desk must do. The tests of
// each engine run all of it, so that no desk can tell on which it works.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// Engine opens stores to test.
type Engine struct {
	// New makes an empty place for a desk, which ends with the test, and returns its
	// address.
	New func(t testing.TB) string
	// Open opens the store at an address, as another process would.
	Open func(address string) (Closer, error)
	// Spoil changes rows of a store that Open returned behind the desk's back, with
	// one statement of SQL.
	Spoil func(t testing.TB, s licence.Store, statement string)
	// Cut cuts every connection to the store at an address; nil where there is none
	// to cut.
	Cut func(t testing.TB, address string)
}

// Closer is a store that can be closed.
type Closer interface {
	licence.Store
	Close() error
}

// open opens a store, which ends with the test.
func (e Engine) open(t testing.TB, address string) licence.Store {
	t.Helper()
	s, err := e.Open(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Run tests an engine.
func Run(t *testing.T, e Engine) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Engine)
	}{
		{"the law of the ledger", testLedger},
		{"refusals", testRefusals},
		{"bad input", testBadInput},
		{"idempotency", testIdempotency},
		{"a way through the desk", testWay},
		{"four eyes", testFourEyes},
		{"roles", testRoles},
		{"leases", testLeases},
		{"queues", testQueues},
		{"suspensions", testSuspensions},
		{"amendments", testAmendments},
		{"undertakings", testUndertakings},
		{"likeness", testLikeness},
		{"documents", testDocuments},
		{"the audit", testAudit},
		{"an export", testExport},
		{"nothing half done", testNothingHalfDone},
		{"a race", testRace},
		{"a race for files", testClaimRace},
		{"newer tables", testNewerTables},
		{"ledger against a model", testLedgerModel},
		{"applications against a model", testApplicationModel},
		{"licences against a model", testLicenceModel},
		{"undertakings against a model", testUndertakingModel},
		{"endorsements against a model", testEndorsementModel},
		{"documents against a model", testDocumentModel},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, e) })
	}
}

// law is a law that puts every file into one lane, which the goods name.
type law struct{}

// Digest implements [licence.Law].
func (law) Digest() string { return "sha256:test" }

// Assess implements [licence.Law].
func (law) Assess(c *licence.Content, _ *licence.Authority, on quantity.Date) licence.Assessment {
	lane := "cn.ordinary"
	if f := c.Facts["lane"]; f != "" {
		lane = f
	}
	a := licence.Assessment{On: on, Schedule: "sha256:test", Outcome: "licence", Lane: lane, Title: lane, Measures: []string{"cn.2025-18"}, Items: []string{"1C902"},
		Months: 6, Ends: licence.DayBefore, Limit: licence.DecisionLimit{Days: 45, Counted: licence.WorkingDays}}
	for fact, form := range map[string]string{"paper": "original", "copy": "copy"} {
		if title := c.Facts[fact]; title != "" {
			a.Papers = append(a.Papers, licence.Paper{Title: title, Form: form})
		}
	}
	slices.SortFunc(a.Papers, func(x, y licence.Paper) int { return strings.Compare(y.Form, x.Form) })
	return a
}

// Preview implements [licence.Law].
func (l law) Preview(c *licence.Content, a *licence.Authority, on quantity.Date) licence.Assessment {
	return l.Assess(c, a, on)
}

// now is when the tests begin: noon of 16 June 2025 in Shanghai, a Monday.
var now = quantity.NewDate(2025, 6, 16).Start(zone("Asia/Shanghai")) + 12*3600

// desk is a desk on a store, and its store.
type desk struct {
	*licence.Desk
	t       testing.TB
	store   licence.Store
	address string
	keys    int
}

func newDesk(t testing.TB, e Engine) *desk {
	t.Helper()
	address := e.New(t)
	d := deskOn(t, e.open(t, address))
	d.address = address
	return d
}

func deskOn(t testing.TB, s licence.Store) *desk {
	t.Helper()
	return &desk{Desk: onStore(t, s), t: t, store: s}
}

func onStore(t testing.TB, s licence.Store) *licence.Desk {
	t.Helper()
	authorities, err := licence.Authorities()
	if err != nil {
		t.Fatal(err)
	}
	return licence.NewDesk(s, law{}, authorities, func() quantity.Instant { return now })
}

// mofcom is the authority of the tests.
func mofcom(t testing.TB) *licence.Authority {
	t.Helper()
	list, err := licence.Authorities()
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

func (d *desk) key() string {
	d.keys++
	return fmt.Sprintf("key %d", d.keys)
}

func by(actor string, role licence.Role) licence.By {
	return licence.By{Actor: actor, Role: role, At: now, Reason: "test"}
}

// must carries a command out.
func (d *desk) must(by licence.By, c licence.Command) licence.Receipt {
	d.t.Helper()
	r, err := d.Do(context.Background(), by, c)
	if err != nil {
		d.t.Fatalf("%s: %v", c.Name(), err)
	}
	return r
}

// refused wants a command to be refused with the code, and with a remedy.
func (d *desk) refused(code licence.Code, by licence.By, c licence.Command) {
	d.t.Helper()
	_, err := d.Do(context.Background(), by, c)
	var r *licence.Refusal
	if !errors.As(err, &r) || r.Code != code {
		d.t.Fatalf("%s: %v, want a refusal %s", c.Name(), err, code)
	}
	if r.Remedy == "" {
		d.t.Fatalf("%s: %v, and no word of what to do instead", c.Name(), err)
	}
}

// move is customs at work, with a key of its own.
func (d *desk) move(c licence.Command) (licence.Receipt, error) {
	b := by("customs", licence.Customs)
	b.Key = d.key()
	return d.Do(context.Background(), b, c)
}

func (d *desk) mustMove(c licence.Command) licence.Receipt {
	d.t.Helper()
	r, err := d.move(c)
	if err != nil {
		d.t.Fatalf("%s: %v", c.Name(), err)
	}
	return r
}

func (d *desk) refusedMove(code licence.Code, c licence.Command) {
	d.t.Helper()
	_, err := d.move(c)
	var r *licence.Refusal
	if !errors.As(err, &r) || r.Code != code {
		d.t.Fatalf("%s: %v, want a refusal %s", c.Name(), err, code)
	}
}

// record puts a licence on the desk that is valid for half a year around now.
func (d *desk) record(id string, lines ...licence.LicenceLine) {
	d.t.Helper()
	d.must(by("clerk", licence.Administrator), &licence.IssueLicence{ID: id, Authority: "CN.MOFCOM", Holder: "Harbour Magnets", Terms: d.term(lines...)})
}

// term are the terms of a licence that is valid for half a year around now.
func (d *desk) term(lines ...licence.LicenceLine) licence.Terms {
	d.t.Helper()
	term, err := licence.TermOf(quantity.NewDate(2025, 6, 1), 6, licence.DayBefore, "Asia/Shanghai")
	if err != nil {
		d.t.Fatal(err)
	}
	return licence.Terms{Lines: lines, Term: term, Items: []string{"1C902"}, Measures: []string{"cn.2025-18"}}
}

func line(quantity, value string) licence.LicenceLine {
	return licence.LicenceLine{Goods: "8505.11", Destination: "US", Quantity: amount(quantity), Value: money(value)}
}

func take(id string, line int, quantity, value string) licence.Take {
	return licence.Take{Licence: id, Line: line, Quantity: amount(quantity), Value: money(value)}
}

func draw(takes ...licence.Take) *licence.Draw { return &licence.Draw{Takes: takes, Commit: true} }

// balance reads the balance of a line.
func (d *desk) balance(id string, line int) licence.Balance {
	d.t.Helper()
	var found licence.Balance
	d.view(func(ctx context.Context, r licence.Reader) error {
		list, err := r.Balances(ctx, []string{id})
		for _, b := range list {
			if b.Line == line {
				found = b
			}
		}
		return err
	})
	if found.Licence == "" {
		d.t.Fatalf("line %d of licence %s has no balance", line, id)
	}
	return found
}

func (d *desk) view(fn func(context.Context, licence.Reader) error) {
	d.t.Helper()
	ctx := context.Background()
	if err := d.store.View(ctx, func(r licence.Reader) error { return fn(ctx, r) }); err != nil {
		d.t.Fatal(err)
	}
}

// holds wants a balance of so much committed, reserved and left.
func (d *desk) holds(id string, line int, committed, reserved, left string) {
	d.t.Helper()
	b := d.balance(id, line)
	if got := [3]string{b.Drawn().String(), b.Held().String(), b.Left().String()}; got != [3]string{committed, reserved, left} {
		d.t.Fatalf("line %d of %s: %s committed, %s reserved, %s left; want %s, %s, %s", line, id, got[0], got[1], got[2], committed, reserved, left)
	}
}
