// Package navicert answers what it takes to move goods across a border on a
// given day: whether they may move, under which licence, what duties stack at
// the border and by which law, which missing facts would change the answer, and
// what comes next.
//
// An [Engine] is built once from rule packs and never changes; share it between
// goroutines. Answers depend only on the packs, the case and its two dates (the
// law date and the knowledge date), so that every answer can be replayed byte
// for byte years later.
//
//	eng, err := navicert.OpenEmbedded()
//	d, err := eng.Determine(navicert.Case{
//		Goods: "8505.11.00.70", From: "CN", To: "US",
//		On: "2025-06-15", Known: "2025-06-15", Value: "10000 USD",
//	})
//	fmt.Println(d.Outcome())
//	fmt.Println(d.Duty())
//	for _, q := range d.Document().Questions {
//		fmt.Println(q.Question)
//	}
//
// The package links no database and no HTTP, reads no clock and, once opened,
// does no I/O.
package navicert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/quantity"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
	"github.com/navicert/navicert/packs"
)

// The types of cases and answers.
type (
	// Case is what is asked.
	Case = determination.Case
	// Determination is the answer to one case, as values.
	Determination = determination.Determination
	// Document is the answer written out, as JSON has it.
	Document = determination.Document
	// Outcome says whether the goods may move.
	Outcome = determination.Outcome
	// Consignment is what is asked of an entry with several lines.
	Consignment = determination.Consignment
	// EntryDetermination is the answer to a consignment, as values.
	EntryDetermination = determination.EntryDetermination
	// Lines is the answer to cases that are lines of one entry.
	Lines = determination.Lines
	// Shared is what lines of one entry share.
	Shared = determination.Shared
	// EntryDocument is the answer to a consignment written out, as JSON has it.
	EntryDocument = determination.EntryDocument
	// Problem is one fault of a case.
	Problem = determination.Problem
	// Problems is every fault of a case; the error of [Engine.Determine].
	Problems = determination.Problems
	// Question is a fact that is open and would change an answer.
	Question = determination.Question
	// Step is a stretch of law time in which an answer stays the same.
	Step = determination.Step
	// Range is the least and the most of an amount.
	Range = quantity.Range
	// PackProblems is every fault of the packs; the error of [Open].
	PackProblems = rulepack.Problems
	// Instrument is a legal text, or a report of one.
	Instrument = measure.Instrument
	// Measure is one rule about goods.
	Measure = measure.Measure
	// Comparison is what differs between two answers to one case.
	Comparison = determination.Comparison
	// ComparisonDocument is a comparison written out, as JSON has it.
	ComparisonDocument = determination.ComparisonDocument
	// Difference is the least and the most by which an amount differs.
	Difference = determination.Difference
	// Fact declares a fact that conditions read.
	Fact = condition.Fact
	// Scenario is what was laid over the packs by [Engine.With].
	Scenario = rulepack.Scenario
)

// The outcomes, mildest first.
const (
	Free            = determination.Free
	LicenceRequired = determination.LicenceRequired
	Refer           = determination.Refer
	Prohibited      = determination.Prohibited
)

// Engine is an immutable, compiled set of rule packs. All its methods are safe
// for concurrent use.
type Engine struct {
	schedule *schedule.Schedule
}

// Open reads and compiles the rule packs found in the directories of fsys, or
// in all its top-level directories that hold a pack.yaml. Faults are reported
// all at once: the error is then [PackProblems].
func Open(fsys fs.FS, dirs ...string) (*Engine, error) {
	if len(dirs) == 0 {
		found, err := fs.Glob(fsys, "*/pack.yaml")
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			dirs = append(dirs, strings.TrimSuffix(f, "/pack.yaml"))
		}
		if len(dirs) == 0 {
			return nil, errors.New("no pack is here: a pack is a directory with a pack.yaml")
		}
	}
	set, problems := rulepack.Read(fsys, dirs...)
	if faults := problems.Faults(); len(faults) > 0 {
		return nil, faults
	}
	return &Engine{schedule.Compile(set)}, nil
}

// OpenEmbedded opens the packs that are part of the module.
func OpenEmbedded() (*Engine, error) { return Open(packs.FS) }

// With returns an engine that answers under a scenario: one more log of acts,
// laid over the packs ("the truce lapses", "the court voids it"), written as
// docs/scenarios.md describes. The name is that of its file, for the faults; the
// error is [PackProblems], every fault of the scenario. The engine itself stays
// as it is. Scenarios may be laid over one another.
//
// Answers name the scenario, and mark as hypothetical what rests on it. The new
// engine has another digest.
func (e *Engine) With(name string, scenario []byte) (*Engine, error) {
	set, problems := e.schedule.Set.With(name, scenario)
	if faults := problems.Faults(); len(faults) > 0 {
		return nil, faults
	}
	return &Engine{schedule.Compile(set)}, nil
}

// Scenarios returns what was laid over the packs, the first first.
func (e *Engine) Scenarios() []*Scenario { return e.schedule.Set.Scenarios }

// ParseCase reads a case written in YAML or JSON; name is that of the file, for
// the problems. The error is [Problems].
func ParseCase(data []byte, name string) (Case, error) { return determination.ParseCase(data, name) }

// ParseConsignment reads a case file that may hold several lines; one that holds
// none has no Lines. The error is [Problems].
func ParseConsignment(data []byte, name string) (Consignment, error) {
	return determination.ParseConsignment(data, name)
}

// DetermineEntry answers a consignment: each line, the fees of the entry, and
// what all comes to. The error is [Problems].
func (e *Engine) DetermineEntry(c Consignment) (*EntryDetermination, error) {
	return determination.DetermineEntry(e.schedule, c)
}

// Determine answers a case. The error is [Problems]: every fault of the case,
// each with its field and the way out.
func (e *Engine) Determine(c Case) (*Determination, error) {
	return determination.Determine(e.schedule, c)
}

// Compare finds what differs between two answers to one case: which measures and
// why, whether the goods may move, by how much the duty differs. The answers may
// be of two days, of two days of knowledge, or of an engine and of the same engine
// [Engine.With] a scenario.
func Compare(before, after *Determination) *Comparison { return determination.Compare(before, after) }

// Append answers a case in place of the one that dst held, reusing its memory:
// for hot loops. After an error, which is [Problems], dst holds no answer.
func (e *Engine) Append(dst *Determination, c *Case) error {
	return dst.Determine(e.schedule, c)
}

// ReadAhead reads of cases what is then at hand when [Engine.Append] and its like answer
// them: for hot loops, some hundreds of cases at a time. It changes no answer, and what
// it found is kept in the cases; one that is changed after is read as it stands.
func (e *Engine) ReadAhead(cases []Case) { determination.ReadAhead(e.schedule, cases) }

// AppendLines answers cases that are the lines of one entry in place of those
// that dst held, reusing its memory and that of errs: what is at fault in a line
// is its error.
func (e *Engine) AppendLines(dst *Lines, cases []Case, errs []error) []error {
	return dst.Determine(e.schedule, cases, errs)
}

// AppendSome answers some lines of an entry, from that of the number first on, as
// they are among all its lines. What these share is what [Lines] tells after
// [Engine.AppendLines] of all.
func (e *Engine) AppendSome(dst *Lines, of *Shared, first int, cases []Case, errs []error) []error {
	return dst.DetermineSome(e.schedule, of, first, cases, errs)
}

// Timeline answers the case for every stretch of law from since (inclusive) to
// until (exclusive), days or instants, as known on the day that the case says.
func (e *Engine) Timeline(c Case, since, until string) ([]Step, error) {
	from, err := quantity.ParseMoment(since)
	if err != nil {
		return nil, Problems{{Field: "since", Message: err.Error()}}
	}
	to, err := quantity.ParseMoment(until)
	if err != nil {
		return nil, Problems{{Field: "until", Message: err.Error()}}
	}
	return determination.Timeline(e.schedule, c, from, to)
}

// Digest names the compiled packs: "sha256:" and a hash over their content.
func (e *Engine) Digest() string { return e.schedule.Digest }

// Set returns the packs as read. It is shared and must not be changed.
func (e *Engine) Set() *rulepack.Set { return e.schedule.Set }

// Schedule returns the compiled packs.
func (e *Engine) Schedule() *schedule.Schedule { return e.schedule }

// Measures returns every measure, in the order of packs and files, the
// ordinary duties among them.
func (e *Engine) Measures() []*Measure {
	entries := e.schedule.Entries()
	out := make([]*Measure, len(entries))
	for i := range entries {
		out[i] = entries[i].Measure
	}
	return out
}

// Instruments returns every instrument of the packs, by date and id.
func (e *Engine) Instruments() []*Instrument {
	var out []*Instrument
	for _, p := range e.schedule.Set.Packs {
		for _, in := range p.Instruments {
			if !slices.Contains(out, in) {
				out = append(out, in)
			}
		}
	}
	slices.SortFunc(out, func(a, b *Instrument) int {
		if a.Date != b.Date {
			return int(a.Date) - int(b.Date)
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// Facts returns the facts that the packs declare, in their order.
func (e *Engine) Facts() []*Fact {
	env := e.schedule.Set.Env
	var out []*Fact
	for slot := range env.Len() {
		if f := env.Fact(slot); f.Pack != "" {
			out = append(out, f)
		}
	}
	return out
}

// Questions words what [Determination.Summarise] names as open: each fact, and the
// line of the goods and their quantity, by name.
func (e *Engine) Questions() map[string]Question { return determination.Questions(e.Facts()) }

// Links tells where a citation can be read.
func (e *Engine) Links() map[string]string {
	out := map[string]string{}
	for _, i := range e.Instruments() {
		out[i.Citation] = i.URL
	}
	return out
}

// sealed is a document that carries its digest.
type sealed interface {
	Seal() error
	JSON() ([]byte, error)
}

// Verify re-runs a document, as [Document.JSON] or [EntryDocument.JSON] wrote it,
// and compares the bytes. It returns nil if this engine gives the same answer,
// and an error that says what differs if not.
func (e *Engine) Verify(document []byte) error {
	var kept struct {
		Case     json.RawMessage           `json:"case"`
		Schedule determination.ScheduleRef `json:"schedule"`
		Digest   string                    `json:"digest"`
	}
	if err := json.Unmarshal(document, &kept); err != nil {
		return fmt.Errorf("not a determination: %w", err)
	}
	c, caseErr := ParseConsignment(kept.Case, "case")
	var doc sealed
	var digest *string
	if len(c.Lines) > 0 {
		entry := new(EntryDocument)
		doc, digest = entry, &entry.Digest
	} else {
		line := new(Document)
		doc, digest = line, &line.Digest
	}
	dec := json.NewDecoder(bytes.NewReader(document))
	dec.DisallowUnknownFields()
	if err := dec.Decode(doc); err != nil {
		return fmt.Errorf("not a determination: %w", err)
	}
	if err := doc.Seal(); err != nil {
		return err
	}
	if kept.Digest == "" {
		return errors.New("the document has no seal: that of a line of an entry has none, and the entry's own is sealed (navicert batch --by entry --detail full)")
	}
	if *digest != kept.Digest {
		return fmt.Errorf("the seal is broken: the document says %s, its content gives %s", kept.Digest, *digest)
	}
	if kept.Schedule.Digest != e.Digest() {
		if err := e.scenariosDiffer(kept.Schedule.Scenarios); err != nil {
			return err
		}
		var differ []string
		for _, was := range kept.Schedule.Packs {
			i := slices.IndexFunc(e.schedule.Set.Packs, func(p *rulepack.Pack) bool { return p.ID == was.ID })
			if i < 0 {
				differ = append(differ, was.ID+" is not here")
			} else if now := fmt.Sprintf("sha256:%x", e.schedule.Set.Packs[i].Digest); now != was.Digest {
				differ = append(differ, was.ID+" is another version")
			}
		}
		return fmt.Errorf("the document rests on other packs (%s): open them with --packs", strings.Join(differ, ", "))
	}
	if caseErr != nil {
		return caseErr
	}
	again, err := e.answer(c)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, bytes.TrimSpace(document)) {
		return errors.New("the case answered again gives another document")
	}
	return nil
}

// scenariosDiffer says which scenario a document rests on and the engine has not,
// or the other way round.
func (e *Engine) scenariosDiffer(kept []determination.ScenarioRef) error {
	here := e.Scenarios()
	for i, was := range kept {
		switch {
		case i >= len(here):
			return fmt.Errorf("the document supposes the scenario “%s” (%s), which is not here: lay it over the packs with --scenario FILE", was.Title, was.Digest)
		case fmt.Sprintf("sha256:%x", here[i].Digest) != was.Digest:
			return fmt.Errorf("the document supposes the scenario “%s” (%s), and %s is another or was changed since", was.Title, was.Digest, here[i].File)
		}
	}
	if len(here) > len(kept) {
		return fmt.Errorf("the document does not suppose the scenario “%s”: leave it out", here[len(kept)].Title)
	}
	return nil
}

// answer is the sealed document of a case or a consignment.
func (e *Engine) answer(c Consignment) ([]byte, error) {
	if len(c.Lines) > 0 {
		d, err := e.DetermineEntry(c)
		if err != nil {
			return nil, err
		}
		return d.Document().JSON()
	}
	d, err := e.Determine(c.Case)
	if err != nil {
		return nil, err
	}
	return d.Document().JSON()
}
