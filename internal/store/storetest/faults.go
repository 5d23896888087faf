package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// errCut is an error of a connection.
var errCut = errors.New("the connection was cut")

// cutting is a store whose connection is cut as it commits: before, so that nothing
// is kept, or after, so that all is kept and nobody is told.
type cutting struct {
	licence.Store
	before, after bool
	// cut, where set, cuts the connection indeed instead of only saying so.
	cut func()
}

func (c *cutting) Update(ctx context.Context, fn func(licence.Tx) error) error {
	err := c.Store.Update(ctx, func(tx licence.Tx) error {
		err := fn(tx)
		switch {
		case err == nil && c.cut != nil:
			c.cut()
		case err == nil && c.before:
			err = errCut
		}
		return err
	})
	if err == nil && c.after {
		return errCut
	}
	return err
}

// fatal is a command that a process of its own carries out, and is killed over.
type fatal struct {
	Address string
	When    string // before, after: it commits
	By      licence.By
	Type    string
	Command json.RawMessage
	Bytes   []byte // of an attachment, which are no part of its record
}

// fatalEnv hands a [fatal] to the process.
const fatalEnv = "NAVICERT_STORETEST_FATAL"

// Main is TestMain for an engine: it runs the tests, or where the environment says
// so it is the process that a test has killed.
func Main(m *testing.M, e Engine) {
	if text := os.Getenv(fatalEnv); text != "" {
		fmt.Fprintln(os.Stderr, "not killed:", e.carryOutAndDie([]byte(text)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// commands are the kinds of commands that a process may be killed over.
var commands = []licence.Command{
	&licence.File{}, &licence.Attach{}, &licence.Endorse{},
	&licence.Draw{}, &licence.CommitDraw{}, &licence.ReleaseDraw{}, &licence.ReturnGoods{},
	&licence.Submit{}, &licence.Accept{}, &licence.GiveBack{}, &licence.Claim{}, &licence.Unclaim{}, &licence.Ask{}, &licence.Answer{}, &licence.Amend{},
	&licence.Refer{}, &licence.Advise{}, &licence.Recommend{}, &licence.Decide{}, &licence.Countersign{}, &licence.Appeal{}, &licence.Withdraw{},
	&licence.AmendLicence{}, &licence.Suspend{}, &licence.Resume{}, &licence.EndLicence{}, &licence.Impose{}, &licence.Lift{},
	&licence.Breach{}, &licence.ReleaseUndertaking{},
}

// carryOutAndDie kills its own process where the command says; it returns where
// that did not happen.
func (e Engine) carryOutAndDie(text []byte) error {
	var f fatal
	if err := json.Unmarshal(text, &f); err != nil {
		return err
	}
	for _, c := range commands {
		if reflect.TypeOf(c).Elem().Name() != f.Type {
			continue
		}
		if err := json.Unmarshal(f.Command, c); err != nil {
			return err
		}
		if a, ok := c.(*licence.Attach); ok {
			a.Bytes = f.Bytes
		}
		s, err := e.Open(f.Address)
		if err != nil {
			return err
		}
		authorities, err := licence.Authorities()
		if err != nil {
			return err
		}
		_, err = licence.NewDesk(&dying{s, f.When}, law{}, authorities, func() quantity.Instant { return now }).Do(context.Background(), f.By, c)
		return err
	}
	return fmt.Errorf("commands of the type %q are not known", f.Type)
}

// dying is a store that kills its process as it commits.
type dying struct {
	licence.Store
	when string
}

func (d *dying) Update(ctx context.Context, fn func(licence.Tx) error) error {
	err := d.Store.Update(ctx, func(tx licence.Tx) error {
		err := fn(tx)
		if d.when == "before" {
			die()
		}
		return err
	})
	die()
	return err
}

func die() {
	if p, err := os.FindProcess(os.Getpid()); err == nil && p.Kill() == nil {
		select {}
	}
}

// kill has a process of its own carry a command out and be killed over it.
func kill(f fatal, c licence.Command) error {
	var err error
	if f.Command, err = json.Marshal(c); err != nil {
		return err
	}
	f.Type = reflect.TypeOf(c).Elem().Name()
	if a, ok := c.(*licence.Attach); ok {
		f.Bytes = a.Bytes
	}
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	p := exec.Command(os.Args[0])
	p.Env = append(os.Environ(), fatalEnv+"="+string(text))
	out, err := p.CombinedOutput()
	if p.ProcessState == nil || p.ProcessState.Exited() { // and was not killed
		return fmt.Errorf("%s: %w: %s", f.Type, err, out)
	}
	return nil
}

// mostKills is how many processes one test has killed; each takes its time.
const mostKills = 12

// stage is where random games are played on one desk, one after another.
type stage struct {
	*desk
	engine Engine
	faulty *cutting
	games  int
	kills  int
}

func newStage(t *testing.T, e Engine) *stage {
	address := e.New(t)
	s := &cutting{Store: e.open(t, address)}
	d := deskOn(t, s)
	d.address = address
	return &stage{desk: d, engine: e, faulty: s}
}

// game is one of them.
type game struct {
	*stage
	name string
	at   quantity.Instant
	step int
}

// play plays games with faults thrown in, and audits the desk.
func (s *stage) play(rules func(*rapid.T, *game)) {
	rapid.Check(s.t, func(rt *rapid.T) {
		s.games++
		rules(rt, &game{stage: s, name: fmt.Sprintf("game %d", s.games), at: now})
	})
	s.lawful()
	if s.kills == 0 {
		s.t.Error("no process was killed")
	}
}

// by is somebody who acts now.
func (g *game) by(actor string, role licence.Role) licence.By {
	b := by(actor, role)
	b.At = g.at
	return b
}

// pass lets time pass.
func (g *game) pass(rt *rapid.T) {
	const day = 86400
	g.at += rapid.SampledFrom([]quantity.Instant{1, 60, 59 * 60, day, 7 * day, 40 * day}).Draw(rt, "time")
}

// expect gives a command and wants it to be refused with the code, and with what
// to do instead; or to be carried out, where the code is empty.
func (g *game) expect(rt *rapid.T, b licence.By, c licence.Command, code licence.Code) licence.Receipt {
	r, refused := g.give(rt, b, c)
	switch {
	case code == "" && refused != nil:
		rt.Fatalf("%s by %s (%s) is allowed; it came to %s: %v", c.Name(), b.Actor, b.Role, refused.Code, refused)
	case code != "" && (refused == nil || refused.Code != code):
		rt.Fatalf("%s by %s (%s) is to be refused as %s; it came to: %+v", c.Name(), b.Actor, b.Role, code, refused)
	case code != "" && (refused.Message == "" || refused.Remedy == ""):
		rt.Fatalf("%s by %s does not say why it is refused, or what to do instead: %+v", c.Name(), b.Actor, refused)
	}
	return r
}

// give gives a command until it is known what became of it, whatever fault there
// is: it is carried out once, or refused.
func (g *game) give(rt *rapid.T, b licence.By, c licence.Command) (licence.Receipt, *licence.Refusal) {
	g.step++
	b.Key = fmt.Sprintf("%s step %d", g.name, g.step)
	fault := rapid.SampledFrom([]string{"", "", "", "", "", "", "", "", "before", "after", "cut", "killed before", "killed after"}).Draw(rt, "fault")
	when, killed := strings.CutPrefix(fault, "killed ")
	var r licence.Receipt
	var err error
	switch {
	case killed && g.kills < mostKills:
		g.kills++
		if err := kill(fatal{Address: g.address, When: when, By: b}, c); err != nil {
			rt.Fatal(err)
		}
		err = errCut
	default:
		if fault == "cut" {
			when = "before"
			if g.engine.Cut != nil {
				g.faulty.cut = func() { g.engine.Cut(g.t, g.address) }
			}
		}
		g.faulty.before, g.faulty.after = when == "before", when == "after"
		r, err = g.Do(context.Background(), b, c)
		*g.faulty = cutting{Store: g.faulty.Store}
	}
	var refused *licence.Refusal
	for try := 0; err != nil && !errors.As(err, &refused); try++ {
		if try == 50 {
			rt.Fatalf("%s is not known to be carried out: %v", c.Name(), err)
		}
		r, err = g.Do(context.Background(), b, c)
	}
	if err == nil && r.Repeated != (when == "after") {
		rt.Fatalf("%s after a fault %q, sent again, was carried out before: %t", c.Name(), fault, r.Repeated)
	}
	return r, refused
}

// look reads the desk, again where a connection was cut.
func (g *game) look(rt *rapid.T, fn func(context.Context, licence.Reader) error) {
	var err error
	for range 50 {
		if err = g.store.View(context.Background(), func(r licence.Reader) error { return fn(context.Background(), r) }); err == nil {
			return
		}
	}
	rt.Fatal(err)
}
