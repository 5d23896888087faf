// Package rulepack answers what a pack says: it reads the law that people write
// as YAML and CSV, reports every fault of every file at once, each with its
// place and, where there is one, a way out, and hands on the law as typed
// values.
//
// [Read] decodes and resolves; [Check] looks for what is well formed and yet
// wrong, such as two duties that nothing orders; [Report] counts what a reader
// of the pack should know of it. The format is described in docs/packs.md.
//
// The package reads through fs.FS, never writes a file, knows no clock and
// decides nothing about a shipment. A [Set] never changes and is safe for any
// number of goroutines.
package rulepack

import (
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// Set is packs that were read together. Ids of measures, lanes and lists and
// names of facts are unique in it.
type Set struct {
	Packs      []*Pack                     // dependencies before those that depend on them, otherwise as given
	Env        *condition.Env              // the facts of all packs
	Formulas   []*condition.Formula        // of the facts that are computed from others, in an order of computing
	Measures   map[string]*measure.Measure // by id; base measures have none, see [Base]
	GoodsLists map[string]*GoodsList       // by id
	ItemLists  map[string]*ItemList        // by id
	PartyLists []*PartyList                // in the order in which Env numbers them
	Scenarios  []*Scenario                 // laid over the packs, see [Set.With]; none: the law as the packs have it

	lint *lint // places of things, for Check and Report
}

// Pack is the law of one jurisdiction on one subject. The maps of instruments,
// lists, groups and portions hold the pack's own and those of the packs it
// depends on; everything else is its own.
type Pack struct {
	ID           string
	Dir          string // its directory in the file system it was read from
	Title        string
	Jurisdiction string // ISO 3166-1 alpha-2, or EU
	Zone         *time.Location
	Currency     string        // ISO 4217; "" where the pack has no duties
	Begins       quantity.Date // first day it speaks of
	KnownThrough quantity.Date // day of the last check
	DependsOn    []string
	Licence      string
	NotCovered   []string  // what a reader might expect and the pack does not hold
	Rounding     *Rounding // nil where the pack has no duties
	Base         *Base     // nil where it has no base rates
	FixedBy      string    // instant fact of kind claim: import law is judged at it, where it is given; "" where there is none
	FixedSlot    int       // its slot; -1 where there is none
	Portions     map[string]Portion
	Groups       map[string][]Membership
	// Classification is how goods are classified for control; nil where the
	// pack has no lists that go by it.
	Classification *Classification
	FilingOrder    []FilingOrder // in order of From

	Instruments map[string]*measure.Instrument
	Facts       []condition.Fact
	// Contradictions are what the facts of a case cannot be together.
	Contradictions []Contradiction
	Lanes          []*Lane
	Measures       []*measure.Measure
	Relations      []measure.Relation
	Terms          []measure.Term
	GoodsLists     map[string]*GoodsList
	ItemLists      map[string]*ItemList
	PartyLists     map[string]*PartyList
	// Table is every file of schedule/ that is neither Headings nor Concordance
	// nor the programmes of the base; nil where there is none.
	Table *nomenclature.Table
	// Headings is schedule/chapter-99.csv: filing headings as the schedule
	// prints them; nil where there is none.
	Headings *nomenclature.Table
	// Concordance is which lines took the place of which; nil where no file of
	// schedule/ says.
	Concordance *nomenclature.Concordance

	// Digest is the SHA-256 of the files that are law: for each, in order of
	// its path in the pack, the path, a zero byte and the SHA-256 of its
	// content. Cases are no part of it.
	Digest [32]byte
}

// Contradiction is facts that cannot be together: a case that states them is
// refused.
type Contradiction struct {
	When         *condition.Expr // the first fact that it names and a case states is the one to correct
	Says, Remedy string
}

// Rounding is how each duty line is rounded, once.
type Rounding struct {
	Places int
	Mode   quantity.Mode
	By     *measure.Instrument
}

// Base is the ordinary duty. Its measures exist through it alone: no file of
// measures/ declares them, and patterns in relations match their ids.
type Base struct {
	Measure       string // id of the measure of column `general`
	HeadingDigits int    // the duty is filed under this many digits of the code
	Table         string // path in the pack of the file with the rates
	By            *measure.Instrument
	Title         string // what the rate of column `general` is called
	// HeldUntil is where the editions held end: later rates are not known, and
	// lines may have been added. quantity.MaxInstant: they do not end.
	HeldUntil  quantity.Instant
	Other      *OtherColumn // nil where the schedule has one column
	Claim      string       // enum fact: the symbol of the programme claimed; "" where there are none
	ClaimSlot  int          // its slot; -1 where there is none
	Programmes []Programme
	Editions   []Edition // in order of time
}

// Edition is a period for which the table holds another edition of the schedule
// than those of the days themselves.
type Edition struct {
	Period quantity.Period
	By     *measure.Instrument // the edition that is held
	Digits int                 // its lines have that many digits at the most; 0: as the schedule has them
	Note   string
}

// EditionAt returns the edition that stands in for that of the instant; nil
// where the table holds the instant's own.
func (b *Base) EditionAt(at quantity.Instant) *Edition {
	for i := range b.Editions {
		if b.Editions[i].Period.Contains(at) {
			return &b.Editions[i]
		}
	}
	return nil
}

// OtherColumn is which origins take the column `other`.
type OtherColumn struct {
	Origin  []measure.Place
	Measure string // id of the measure of that column
	Title   string // what its rate is called
}

// Programme is a row of schedule/programmes.csv: a preference that column
// `special` names by its symbol.
type Programme struct {
	Symbol   string // as column `special` prints it
	Name     string
	Origins  []measure.Place // who may claim it; none: anybody
	Period   quantity.Period
	By       *measure.Instrument
	EndedBy  *measure.Instrument // nil: the end was known from the beginning
	Unknown  string              // why it is not known whether a line grants it; "": it does
	Note     string
	Position string
}

// Portion is a part of the value that a duty can stand on. The portions whole
// and remainder are built in and not listed.
type Portion struct {
	Name  string
	Fact  string // number, 0 to 1
	Slot  int    // of the fact
	Less  bool   // the portion is 1 minus the fact
	Group string // of the fact; shares of one group are disjoint parts of one whole
}

// Membership is who belongs to a group of countries in a period.
type Membership struct {
	Origins []nomenclature.Country
	Period  quantity.Period
	By      *measure.Instrument // nil in pack.yaml, where groups name none
}

// Classification is a control list whose codes a case states by a fact. The
// rows of its lists are codes of it: each holds the goods that are classified
// under it or within it.
type Classification struct {
	Fact     string   // text: the code of the goods
	Slot     int      // of the fact
	Register string   // id of the list that holds every code
	None     []string // what the fact says of goods that are no item of it
	Lists    []string // ids of the lists that go by it, the register among them, in order
}

// FilingOrder is the order in which duties are filed from an instant on:
// patterns over headings, first first.
type FilingOrder struct {
	From  quantity.Instant
	By    *measure.Instrument
	Order []string
}

// GoodsList is goods codes, dated.
type GoodsList struct {
	ID   string
	Pack string // id of the pack that holds it
	File string
	Rows []GoodsRow // in the order of the file
}

// GoodsRow is one code of a list during a period.
type GoodsRow struct {
	Code     nomenclature.Code // and all codes within it
	Except   []nomenclature.Code
	Period   quantity.Period
	By       *measure.Instrument
	EndedBy  *measure.Instrument // nil: the end was known from the beginning; else from this instrument's date
	Note     string
	Position string
}

// ItemList is control items, dated.
type ItemList struct {
	ID   string
	Pack string
	File string
	// Classified tells that each row holds the goods classified under its item
	// or within it, see [Classification].
	Classified bool
	Rows       []ItemRow
}

// ItemRow is one control item during a period.
type ItemRow struct {
	Item        string
	Designation string
	When        *condition.Expr // nil: whatever the facts
	WhenSource  string
	Codes       []nomenclature.Code // where the item is usually classified; none: no presumption
	// Class is the item as a code, and Except codes within it that are not
	// meant; of a classified list only.
	Class      nomenclature.ControlCode
	Except     []nomenclature.ControlCode
	Period     quantity.Period
	By         *measure.Instrument
	EndedBy    *measure.Instrument // see GoodsRow
	Confidence measure.Confidence
	Note       string
	Position   string
}

// PartyList is persons and firms, dated.
type PartyList struct {
	ID   string
	Pack string
	File string
	rows func() []PartyRow
}

// Rows are the rows of the list, in the order of the file. They are the list's own: read
// them only.
func (l *PartyList) Rows() []PartyRow { return l.rows() }

// PartyRow is one listed party during a period.
type PartyRow struct {
	Name        string
	Country     nomenclature.Country // "" where the list names none, or several
	Identifiers []string             // by which the list, or somebody else, tells the party from all others
	Aliases     []string
	Period      quantity.Period
	// Earliest is the beginning of the period, or where since when the party is
	// listed is not known that of the list: from then on it may have been.
	Earliest  quantity.Instant
	Announced quantity.Date // the day from which the listing is known
	By        *measure.Instrument
	EndedBy   *measure.Instrument // see GoodsRow
	Note      string
	Position  string
}

// Case is a worked case of a pack. What is asked and what is expected stay YAML
// for the package that answers.
type Case struct {
	ID         string
	Title      string
	Citations  []string
	Confidence measure.Confidence
	Note       string
	Input      *yaml.Node
	Expect     *yaml.Node
	File       string
	Line       int
}
