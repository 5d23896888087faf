// Command chaos draws on licences from several processes while these are killed
// and the database is restarted, and then asks whether anything was lost, counted
// twice or overdrawn.
//
//	.ci/postgres go run ./internal/store/chaos --for 2m
//	go run ./internal/store/chaos --engine sqlite --for 20s
//
// Each client writes into a journal what it is about to do, does it, and writes
// what came of it. A client that was killed between the two gives the same command
// again with the same key when it comes back. In the end the journals are what the
// clients know, and the ledger has to agree with them to the gram.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/store/postgres"
	"github.com/navicert/navicert/internal/store/sqlite"
)

const (
	clients  = 4
	licences = 100
	hot      = "HOT"
)

// campaign is what one run is about.
type campaign struct {
	engine, dir, address string
	lasts                time.Duration
	seed                 uint64
}

func main() {
	var c campaign
	client := flag.Int("client", -1, "be this client of a campaign in --dir (used by the campaign itself)")
	flag.StringVar(&c.engine, "engine", "postgres", "postgres (at NAVICERT_POSTGRES) or sqlite")
	flag.StringVar(&c.dir, "dir", "", "directory of journals (default: a temporary one)")
	flag.DurationVar(&c.lasts, "for", 2*time.Minute, "how long")
	flag.Uint64Var(&c.seed, "seed", uint64(time.Now().UnixNano()), "number that the killing follows from")
	flag.Parse()
	c.address = os.Getenv("NAVICERT_POSTGRES")
	if c.engine == "postgres" && c.address == "" {
		fail(errors.New("NAVICERT_POSTGRES names no PostgreSQL; run it under .ci/postgres"))
	}
	if *client >= 0 {
		c.draw(*client)
		return
	}
	fail(c.run())
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// nothing is a law that nobody asks.
type nothing struct{}

// Digest implements [licence.Law].
func (nothing) Digest() string { return "none" }

// Assess implements [licence.Law].
func (nothing) Assess(*licence.Content, *licence.Authority, quantity.Date) licence.Assessment {
	return licence.Assessment{}
}

// Preview implements [licence.Law].
func (nothing) Preview(*licence.Content, *licence.Authority, quantity.Date) licence.Assessment {
	return licence.Assessment{}
}

// term is that of every licence, and at is when everything happens.
var (
	first = quantity.NewDate(2025, 6, 1)
	at    = quantity.Instant(1_750_000_000) // 2025-06-15
)

// open opens the desk, again and again while the database is away.
func (c *campaign) open(ctx context.Context) (*licence.Desk, licence.Store, error) {
	for {
		var s licence.Store
		var err error
		if c.engine == "sqlite" {
			s, err = sqlite.OpenDesk(ctx, filepath.Join(c.dir, "desk.db"))
		} else {
			s, err = postgres.OpenDesk(ctx, c.address)
		}
		if err == nil {
			authorities, err := licence.Authorities()
			return licence.NewDesk(s, nothing{}, authorities, func() quantity.Instant { return at }), s, err
		}
		select {
		case <-ctx.Done():
			return nil, nil, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// entry is a line of a journal: what is about to be done, or with Done what came
// of it.
type entry struct {
	Key      string
	Draw     *licence.Draw        `json:",omitempty"`
	Commit   *licence.CommitDraw  `json:",omitempty"`
	Release  *licence.ReleaseDraw `json:",omitempty"`
	Return   *licence.ReturnGoods `json:",omitempty"`
	Done     bool                 `json:",omitempty"`
	Drawdown string               `json:",omitempty"`
	Refused  licence.Code         `json:",omitempty"`
}

func (e *entry) command() licence.Command {
	switch {
	case e.Draw != nil:
		return e.Draw
	case e.Commit != nil:
		return e.Commit
	case e.Return != nil:
		return e.Return
	}
	return e.Release
}

// send gives a command until it is known what came of it, or the context ends.
func send(ctx context.Context, d *licence.Desk, e entry) (entry, bool) {
	by := licence.By{Actor: "client", Role: licence.Customs, At: at, Key: e.Key}
	for ctx.Err() == nil {
		r, err := d.Do(ctx, by, e.command())
		var refused *licence.Refusal
		switch {
		case err == nil:
			return entry{Key: e.Key, Done: true, Drawdown: r.Object.ID}, true
		case errors.As(err, &refused):
			return entry{Key: e.Key, Done: true, Refused: refused.Code}, true
		}
		time.Sleep(20 * time.Millisecond)
	}
	return entry{}, false
}

// journal is what a client did: what it began, in order, and what came of each.
type journal struct {
	begun []entry
	done  map[string]entry
}

// read reads a journal. A last line that was cut off by a kill is as if it had
// never been written.
func read(name string) (journal, error) {
	j := journal{done: map[string]entry{}}
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return j, nil
	} else if err != nil {
		return j, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e entry
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		if e.Done {
			j.done[e.Key] = e
		} else {
			j.begun = append(j.begun, e)
		}
	}
	return j, lines.Err()
}

func (c *campaign) journal(client int) string {
	return filepath.Join(c.dir, fmt.Sprintf("client-%d.journal", client))
}

// draw is the life of a client.
func (c *campaign) draw(client int) {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	j, err := read(c.journal(client))
	fail(err)
	f, err := os.OpenFile(c.journal(client), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	fail(err)
	write := func(e entry) {
		line, err := json.Marshal(e)
		fail(err)
		// A newline before it too, so that what a kill cut off stays by itself.
		_, err = f.Write([]byte("\n" + string(line) + "\n"))
		fail(err)
	}
	d, _, err := c.open(ctx)
	if err != nil {
		return // told to end
	}
	do := func(e entry) (entry, bool) {
		done, known := send(ctx, d, e)
		if known {
			write(done)
		}
		return done, known
	}
	var mine drawdowns
	for _, e := range j.begun {
		done, known := j.done[e.Key]
		if !known {
			if done, known = do(e); !known {
				return
			}
		}
		mine.add(&e, &done)
	}
	rng := rand.New(rand.NewPCG(uint64(client), uint64(len(j.begun))))
	for n := len(j.begun); ctx.Err() == nil; n++ {
		e := mine.next(rng)
		e.Key = fmt.Sprintf("client %d, %d", client, n)
		write(e)
		done, known := do(e)
		if !known {
			return
		}
		mine.add(&e, &done)
	}
}

// drawdowns are those of a client.
type drawdowns struct {
	open []string // set aside
	used []string // committed
}

// add takes what came of a command.
func (d *drawdowns) add(e, done *entry) {
	finished := func(list []string) []string {
		return slices.DeleteFunc(list, func(id string) bool { return id == done.Drawdown })
	}
	switch {
	case done.Refused != "":
	case e.Draw != nil && e.Draw.Commit:
		d.used = append(d.used, done.Drawdown)
	case e.Draw != nil:
		d.open = append(d.open, done.Drawdown)
	case e.Commit != nil:
		d.open, d.used = finished(d.open), append(d.used, done.Drawdown)
	case e.Release != nil:
		d.open = finished(d.open)
	case e.Return != nil:
		d.used = finished(d.used)
	}
}

// mostUsed is how many drawdowns a client leaves committed before it returns some:
// so the licences are always nearly used up, and never for good.
const mostUsed = 200

// next is what a client does next.
func (d *drawdowns) next(rng *rand.Rand) (e entry) {
	switch x := rng.IntN(10); {
	case x < 2 && len(d.open) > 0:
		e.Commit = &licence.CommitDraw{Drawdown: d.open[0]}
	case x < 4 && len(d.open) > 0:
		e.Release = &licence.ReleaseDraw{Drawdown: d.open[0]}
	case x < 7 && len(d.used) > mostUsed:
		e.Return = &licence.ReturnGoods{Drawdown: d.used[0]}
	default:
		e.Draw = &licence.Draw{Commit: rng.IntN(3) > 0, Takes: []licence.Take{someOf(hot, rng)}}
		if rng.IntN(2) == 0 {
			e.Draw.Takes = []licence.Take{someOf(name(rng.IntN(licences)), rng)}
		}
		if rng.IntN(4) == 0 {
			e.Draw.Takes = append(e.Draw.Takes, someOf(name(rng.IntN(licences)), rng))
		}
	}
	return e
}

func name(n int) string { return fmt.Sprintf("N%03d", n) }

func someOf(id string, rng *rand.Rand) licence.Take {
	return licence.Take{Licence: id, Line: 1, Quantity: quantity.Quantity{Amount: quantity.NewDecimal(int64(1+rng.IntN(999)), 3), Unit: quantity.Kilogram}}
}

// run is the campaign: prepare, kill, settle, judge.
func (c *campaign) run() (err error) {
	if c.dir == "" {
		if c.dir, err = os.MkdirTemp("", "navicert-chaos"); err != nil {
			return err
		}
		defer os.RemoveAll(c.dir)
	}
	ctx := context.Background()
	d, s, err := c.open(ctx)
	if err != nil {
		return err
	}
	if err := prepare(ctx, d); err != nil {
		return err
	}
	kills, restarts, err := c.kill()
	if err != nil {
		return err
	}
	// What a client was killed over and had not the time to find out.
	known := map[string]entry{}
	var begun []entry
	settled := 0
	for n := range clients {
		j, err := read(c.journal(n))
		if err != nil {
			return err
		}
		for _, e := range j.begun {
			done, ok := j.done[e.Key]
			if !ok {
				settled++
				if done, ok = send(ctx, d, e); !ok {
					return fmt.Errorf("%s cannot be settled", e.Key)
				}
			}
			known[e.Key] = done
			begun = append(begun, e)
		}
	}
	v, err := judge(ctx, s, begun, known)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %s, seed %d: %d processes killed, %d restarts of the database\n", c.engine, c.lasts, c.seed, kills, restarts)
	fmt.Printf("%d commands, %d carried out, %d refused for want of balance, %d settled after a kill\n", len(begun), v.carried, v.overdrawn, settled)
	for _, f := range v.faults {
		fmt.Println("FAULT:", f)
	}
	if len(v.faults) > 0 {
		return fmt.Errorf("%d faults", len(v.faults))
	}
	if len(begun) == 0 || kills == 0 {
		return errors.New("nothing happened, so nothing is shown")
	}
	fmt.Printf("nothing lost, nothing double, nothing overdrawn; the log of %d events is proved\n", v.events)
	return nil
}

func prepare(ctx context.Context, d *licence.Desk) error {
	term, err := licence.TermOf(first, 6, licence.DayBefore, "Asia/Shanghai")
	if err != nil {
		return err
	}
	for n := range licences + 1 {
		id, kg := name(n), int64(3)
		if n == licences {
			id, kg = hot, 200
		}
		terms := licence.Terms{Term: term, Lines: []licence.LicenceLine{{Goods: "8505.11", Quantity: quantity.Quantity{Amount: quantity.NewDecimal(kg, 0), Unit: quantity.Kilogram}}}}
		if _, err := d.Do(ctx, licence.By{Actor: "clerk", Role: licence.Administrator, At: at}, &licence.IssueLicence{ID: id, Authority: "CN.MOFCOM", Holder: "nobody", Terms: terms}); err != nil {
			return err
		}
	}
	return nil
}

// kill runs the clients and kills them at random, and restarts the database twice,
// the first time as if its power had failed.
func (c *campaign) kill() (kills, restarts int, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, 0, err
	}
	start := func(n int) (*exec.Cmd, error) {
		p := exec.Command(self, "--engine", c.engine, "--dir", c.dir, "--client", fmt.Sprint(n))
		p.Stderr = os.Stderr
		return p, p.Start()
	}
	running := make([]*exec.Cmd, clients)
	for n := range running {
		if running[n], err = start(n); err != nil {
			return 0, 0, err
		}
	}
	rng := rand.New(rand.NewPCG(c.seed, 1))
	begun := time.Now()
	for time.Since(begun) < c.lasts {
		time.Sleep(time.Duration(100+rng.IntN(900)) * time.Millisecond)
		n := rng.IntN(clients)
		if err := running[n].Process.Kill(); err != nil {
			return kills, restarts, fmt.Errorf("client %d ended by itself: %w", n, err)
		}
		_ = running[n].Wait() // it was killed
		kills++
		if running[n], err = start(n); err != nil {
			return kills, restarts, err
		}
		if c.engine == "postgres" && restarts < 2 && time.Since(begun) > time.Duration(restarts+1)*c.lasts/3 {
			mode := []string{"immediate", "fast"}[restarts]
			if err := restart(mode); err != nil {
				return kills, restarts, err
			}
			restarts++
		}
	}
	for _, p := range running {
		if err := p.Process.Signal(syscall.SIGTERM); err != nil {
			return kills, restarts, err
		}
	}
	for n, p := range running {
		if err := p.Wait(); err != nil && !strings.Contains(err.Error(), "signal") {
			return kills, restarts, fmt.Errorf("client %d: %w", n, err)
		}
	}
	return kills, restarts, nil
}

// restart stops and starts the PostgreSQL that .ci/postgres runs.
func restart(mode string) error {
	dir, bin := os.Getenv("NAVICERT_POSTGRES_DIR"), os.Getenv("NAVICERT_POSTGRES_BIN")
	if dir == "" || bin == "" {
		return errors.New("NAVICERT_POSTGRES_DIR names no PostgreSQL that may be restarted; run it under .ci/postgres")
	}
	args := []string{filepath.Join(bin, "pg_ctl"), "-D", filepath.Join(dir, "data"), "-l", filepath.Join(dir, "log"), "-m", mode, "-w", "restart"}
	if os.Getuid() == 0 {
		args = append([]string{"setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"}, args...)
	}
	p := exec.Command(args[0], args[1:]...)
	p.Dir = dir
	if out, err := p.CombinedOutput(); err != nil {
		return fmt.Errorf("restart of the database: %w\n%s", err, out)
	}
	return nil
}

// verdict is what a campaign came to.
type verdict struct {
	carried, overdrawn int
	events             int64
	faults             []string
}

// judge compares the ledger with what the clients know, and audits the desk.
func judge(ctx context.Context, s licence.Store, begun []entry, known map[string]entry) (v verdict, err error) {
	fault := func(format string, args ...any) { v.faults = append(v.faults, fmt.Sprintf(format, args...)) }
	type sum struct{ reserved, committed quantity.Decimal }
	want := map[string]*sum{}
	of := func(id string) *sum {
		if want[id] == nil {
			want[id] = &sum{}
		}
		return want[id]
	}
	drawn := map[string]*licence.Draw{}
	var keys []string
	for _, e := range begun {
		done := known[e.Key]
		switch {
		case done.Refused == licence.Overdraw:
			v.overdrawn++
			continue
		case done.Refused != "":
			fault("%s was refused as %s", e.Key, done.Refused)
			continue
		}
		v.carried++
		keys = append(keys, e.Key)
		if e.Draw == nil {
			continue
		}
		if drawn[done.Drawdown] != nil {
			fault("drawdown %s is the answer to two commands", done.Drawdown)
		}
		drawn[done.Drawdown] = e.Draw
		for _, t := range e.Draw.Takes {
			x := of(t.Licence)
			if e.Draw.Commit {
				x.committed = x.committed.Add(t.Quantity.Amount)
			} else {
				x.reserved = x.reserved.Add(t.Quantity.Amount)
			}
		}
	}
	for _, e := range begun {
		if known[e.Key].Refused != "" || e.Draw != nil {
			continue
		}
		id := known[e.Key].Drawdown
		if drawn[id] == nil {
			fault("%s finished the drawdown %s, which nobody began", e.Key, id)
			continue
		}
		for _, t := range drawn[id].Takes {
			x := of(t.Licence)
			if e.Return != nil {
				x.committed = x.committed.Sub(t.Quantity.Amount)
				continue
			}
			x.reserved = x.reserved.Sub(t.Quantity.Amount)
			if e.Commit != nil {
				x.committed = x.committed.Add(t.Quantity.Amount)
			}
		}
	}
	err = s.View(ctx, func(r licence.Reader) error {
		kept, err := r.Receipts(ctx, keys)
		if err != nil {
			return err
		}
		if len(kept) != len(keys) {
			fault("clients hold %d receipts, and the desk %d of them: some are lost", len(keys), len(kept))
		}
		for _, r := range kept {
			if told := known[r.Key].Drawdown; told != r.Object.ID {
				fault("%s came to the drawdown %s, and its client was told %s", r.Key, r.Object.ID, told)
			}
		}
		n, after := 0, ""
		for more := true; more; {
			page, err := r.ObjectsAfter(ctx, licence.KindDrawdown, after, 1000)
			if err != nil {
				return err
			}
			if more = len(page) > 0; more {
				after = page[len(page)-1].Ref.ID
			}
			n += len(page)
		}
		if n != len(drawn) {
			fault("the desk holds %d drawdowns, and the clients know of %d", n, len(drawn))
		}
		return r.EachBalance(ctx, func(b licence.Balance) error {
			x := of(b.Licence)
			if !b.Lawful() {
				fault("the law of the ledger is broken on %s: %+v", b.Licence, b)
			}
			if !b.Drawn().Amount.Equal(x.committed) || !b.Held().Amount.Equal(x.reserved) {
				fault("%s has %s committed and %s reserved, and by the clients' receipts %s and %s", b.Licence, b.Drawn(), b.Held(), x.committed, x.reserved)
			}
			return nil
		})
	})
	if err != nil {
		return v, err
	}
	report, err := licence.Audit(ctx, s, licence.AuditOptions{})
	v.events = report.Events
	v.faults = append(v.faults, report.Faults...)
	return v, err
}
