// Package measure holds the law as data: instruments, the acts by which they
// change measures, the timelines those acts fold into, and the relations by
// which duties stack. It reads no file and knows no clock; a measure is made by
// package rulepack and never changes afterwards.
package measure

import (
	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// Confidence tells how far a fact of the law was checked.
type Confidence string

// The confidences, best first.
const (
	Verified  Confidence = "verified"  // read in the primary text
	Secondary Confidence = "secondary" // a law-firm, trade or press account
	Memory    Confidence = "memory"    // general knowledge, unchecked
	Supposed  Confidence = "supposed"  // of a scenario: there is no text to check
)

// Standing tells how firm an instrument is.
type Standing string

// The standings. A reported act never decides an answer.
const (
	Enacted   Standing = "enacted"   // the text is published
	Announced Standing = "announced" // signed, not yet published
	Reported  Standing = "reported"  // press only
	// Hypothetical is the standing of what a scenario supposes. It decides
	// answers, which then are no answers of law.
	Hypothetical Standing = "hypothetical"
)

// Instrument is a legal text with a citation, or a report of one.
type Instrument struct {
	ID         string
	Kind       string // order, proclamation, announcement, ruling, statute, report ...
	Title      string
	Citation   string
	URL        string
	Note       string
	Date       quantity.Date // the day it became public
	Confidence Confidence
	Standing   Standing
}

// Kind is what a measure is.
type Kind string

// The kinds of measure.
const (
	Duty        Kind = "duty"
	Fee         Kind = "fee"
	Licence     Kind = "licence"
	Prohibition Kind = "prohibition"
	Exemption   Kind = "exemption"
	Undertaking Kind = "undertaking"
	Quota       Kind = "quota"
)

// Leg is the part of a movement that a measure looks at.
type Leg string

// The legs of a movement.
const (
	Export   Leg = "export"    // leaving a territory, judged at export
	Reexport Leg = "re-export" // control of goods abroad, judged at export
	Import   Leg = "import"    // entering a customs territory, judged at entry
)

// Measure is one rule about goods. Its acts are in order of announcement.
type Measure struct {
	ID    string
	Kind  Kind
	Title string
	// ProgrammeID and Programme are the id and the title of the programme it belongs
	// to; both "" for the ordinary duty.
	ProgrammeID string
	Programme   string
	Pack        string // id of its pack
	Heading     string // filing heading, where acts name none
	Leg         Leg
	Scope       Scope
	When        *condition.Expr // nil: always
	WhenSource  string
	On          string   // portion of the value, "whole" where the pack says nothing
	PerEntry    bool     // a fee that is computed once for all lines of an entry
	Exempts     []string // patterns over measure ids
	Leaves      string   // exemption: the fact that is the share of the value on which they still stand; "" where nothing is left
	InLieuOf    []string // patterns over measure ids
	Acts        Timeline
	Authority   string
	Review      string   // policy of review, in words
	Reviews     []string // patterns over measure ids whose policy of review this one's replaces
	Note        string
	Confidence  Confidence // of the reading; "" where the acts' own confidence governs
	Position    string     // file:line of its text
}

// Scope is the goods and the movement a measure is about. Empty means all.
type Scope struct {
	Territory    []Place // into, out-of or reexport-from, by Leg
	From         []Place
	To           []Place
	Origin       []Place
	GoodsLists   []string            // ids of goods lists
	Goods        []nomenclature.Code // codes named directly
	ExceptLists  []string
	Except       []nomenclature.Code
	Items        []string // ids of item lists
	ControlledBy []string // ids of licence measures
}

// AllGoods reports whether the scope names no goods at all.
func (s *Scope) AllGoods() bool {
	return len(s.GoodsLists) == 0 && len(s.Goods) == 0 && len(s.Items) == 0 && len(s.ControlledBy) == 0
}

// Place is a country or a group of countries in a scope; Not excludes it.
type Place struct {
	Name string // ISO 3166-1 alpha-2 code or group
	Not  bool
}

// Term is what the law says of measures beside whether and at what rate they
// apply.
type Term struct {
	Measures   []string // patterns over measure ids
	About      About
	Says       string          // one of the words for what it is about
	Period     quantity.Period // on the law axis
	By         *Instrument
	EndedBy    *Instrument // nil: the end of Period was known from the start
	Confidence Confidence  // of the reading; "" where that of By governs
	Note       string
	Position   string
}

// About is what a Term is about.
type About string

// What terms are about, and what they say.
const (
	Drawback About = "drawback" // whether the duty is paid back when goods are exported: none, manufacturing, allowed
	Zone     About = "zone"     // goods of a foreign-trade zone: privileged (they must be admitted in that status), entry (judged at entry whatever the status)
)

// AtEntry is what a Term about zones says of measures that are judged at entry
// though another instant is fixed for the goods.
const AtEntry = "entry"

// Terms are the words that terms may say, by what they are about.
func Terms(a About) []string {
	switch a {
	case Drawback:
		return []string{"none", "manufacturing", "allowed"}
	case Zone:
		return []string{"privileged", AtEntry}
	}
	return nil
}

// Relation says how measures stand to one another on the same goods.
type Relation struct {
	Measures []string // patterns over measure ids
	With     []string
	Kind     RelationKind
	Period   quantity.Period // on the law axis
	By       *Instrument
	EndedBy  *Instrument // nil: the end of Period was known from the start
	Position string
}

// RelationKind is what a Relation declares.
type RelationKind string

// The relations.
const (
	AddsTo   RelationKind = "adds-to"   // both stand on the same value
	YieldsTo RelationKind = "yields-to" // Measures give up the portion With stands on
	Apart    RelationKind = "apart"     // never due on the same goods
)

// Match reports whether the pattern, in which * stands for any run of
// characters, matches the id.
func Match(pattern, id string) bool {
	for i := 0; i < len(pattern); i++ {
		if pattern[i] == '*' {
			rest := pattern[i+1:]
			if rest == "" {
				return true
			}
			for j := i; j <= len(id); j++ {
				if Match(rest, id[j:]) {
					return true
				}
			}
			return false
		}
		if i >= len(id) || pattern[i] != id[i] {
			return false
		}
	}
	return len(pattern) == len(id)
}

// MatchAny reports whether one of the patterns matches the id.
func MatchAny(patterns []string, id string) bool {
	for _, p := range patterns {
		if Match(p, id) {
			return true
		}
	}
	return false
}
