package outlook

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
)

// Profile is what a panel takes as given of goods of which it knows no more than
// code and origin: the facts that it cannot know. It is named, and written out
// with every panel.
type Profile struct {
	Name  string `yaml:"profile" json:"profile"`
	Title string `yaml:"title" json:"title"`
	Note  string `yaml:"note" json:"note,omitempty"`
	// Into is the only country whose law the profile fits; "" where it fits any.
	Into string `yaml:"into" json:"into,omitempty"`
	// Closed tells that attributes which are not stated are absent. Where it is
	// false they are open, and duties are ranges.
	Closed bool              `yaml:"closed" json:"closed"`
	Facts  map[string]string `yaml:"facts" json:"facts,omitempty"` // of all goods
	Rules  []Rule            `yaml:"rules" json:"rules,omitempty"` // the first that fits the goods counts, over Facts
}

// Rule states facts of some goods, or of goods of some origins. What it leaves
// out fits all.
type Rule struct {
	Goods  []string          `yaml:"goods" json:"goods,omitempty"` // codes and all within them
	Lists  []string          `yaml:"lists" json:"lists,omitempty"` // ids of goods lists that hold the goods at some time of the panel
	Origin []string          `yaml:"origin" json:"origin,omitempty"`
	Facts  map[string]string `yaml:"facts" json:"facts"`
}

//go:embed profiles/*.yaml
var shipped embed.FS

// Profiles are the names of the profiles that are shipped, in order.
func Profiles() []string {
	files, _ := shipped.ReadDir("profiles") // embedded: it is there
	var out []string
	for _, f := range files {
		out = append(out, strings.TrimSuffix(f.Name(), ".yaml"))
	}
	return out
}

// ShippedProfile returns a profile that is shipped.
func ShippedProfile(name string) (*Profile, bool) {
	if !slices.Contains(Profiles(), name) {
		return nil, false
	}
	data, err := shipped.ReadFile(path.Join("profiles", name+".yaml"))
	if err != nil {
		return nil, false
	}
	p, err := ParseProfile(data, name+".yaml")
	return p, err == nil
}

// DefaultProfile names the shipped profile that a panel of the territory has
// where none is asked for.
func DefaultProfile(territory nomenclature.Country) string {
	if territory == "US" {
		return "metal-whole"
	}
	return "closed"
}

// ParseProfile reads a profile in YAML; name is that of the file, for the error.
// A member that profiles do not have is an error.
func ParseProfile(data []byte, name string) (*Profile, error) {
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	p := new(Profile)
	if err := d.Decode(p); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: the profile is empty: write at least profile, title and closed", name)
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: a file holds one profile, and more follows the first", name)
	}
	if p.Name == "" {
		return nil, fmt.Errorf("%s: the profile has no name: write profile: NAME", name)
	}
	for i, r := range p.Rules {
		if len(r.Facts) == 0 {
			return nil, fmt.Errorf("%s: rule %d states no facts", name, i+1)
		}
	}
	return p, nil
}

// Words are the assumptions in sentences, one a line.
func (p *Profile) Words() []string {
	out := []string{fmt.Sprintf("profile %s: %s", p.Name, p.Title)}
	if p.Note != "" {
		out = append(out, p.Note)
	}
	claims := "claims that are not stated are not made"
	if p.Closed {
		out = append(out, claims+"; attributes that are not stated are absent")
	} else {
		out = append(out, claims+"; attributes that are not stated are open")
	}
	stated := func(facts map[string]string) string {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(facts)) {
			parts = append(parts, name+" = "+facts[name])
		}
		return strings.Join(parts, ", ")
	}
	if len(p.Facts) > 0 {
		out = append(out, stated(p.Facts))
	}
	for _, r := range p.Rules {
		var fits []string
		if len(r.Goods) > 0 {
			fits = append(fits, strings.Join(r.Goods, ", "))
		}
		if len(r.Lists) > 0 {
			fits = append(fits, "goods of "+strings.Join(r.Lists, ", "))
		}
		if len(r.Origin) > 0 {
			fits = append(fits, "of "+strings.Join(r.Origin, ", "))
		}
		if len(fits) == 0 {
			fits = []string{"all other goods"}
		}
		out = append(out, strings.Join(fits, " ")+": "+stated(r.Facts))
	}
	return out
}

// bound is a profile read against the packs.
type bound struct {
	*Profile
	law    *schedule.Imports
	claim  string // the fact by which a preference is claimed, "" where no rule claims one
	rules  []boundRule
	values map[string]condition.Value // of all facts stated, by name and text
}

type boundRule struct {
	goods   []nomenclature.Code
	lists   []string
	origins []nomenclature.Country
	facts   map[string]string // those of the profile among them
}

// bind checks the profile against the packs: every fault of it at once.
func (p *Profile) bind(set *rulepack.Set, law *schedule.Imports) (*bound, error) {
	b := &bound{Profile: p, law: law, values: map[string]condition.Value{}}
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("profile "+p.Name+": "+format, args...))
	}
	pack := law.Pack()
	if p.Into != "" && p.Into != pack.Jurisdiction {
		fault("it is made for goods that enter %s, not %s (--profile %s, or a file of your own)", p.Into, pack.Jurisdiction, DefaultProfile(nomenclature.Country(pack.Jurisdiction)))
	}
	facts := func(where string, stated map[string]string) {
		for _, name := range slices.Sorted(maps.Keys(stated)) {
			slot, ok := set.Env.Slot(name)
			switch {
			case !ok || set.Env.Fact(slot).Pack == "":
				hint := "`navicert facts` lists them"
				if near := set.Env.Nearest(name); near != "" {
					hint = "did you mean " + near + "?"
				}
				fault("%s%s: no pack knows this fact; %s", where, name, hint)
				continue
			case slot == pack.FixedSlot:
				fault("%s%s: a panel goes by the instant of entry; no other can fix its law", where, name)
				continue
			}
			v, err := set.Env.Fact(slot).ParseValueIn(stated[name], pack.Zone)
			if err != nil {
				fault("%s%s: %w", where, name, err)
				continue
			}
			b.values[name+"\x00"+stated[name]] = v
		}
	}
	facts("facts: ", p.Facts)
	for i, r := range p.Rules {
		where := fmt.Sprintf("rule %d: ", i+1)
		facts(where, r.Facts)
		c := boundRule{lists: r.Lists, facts: maps.Clone(p.Facts)}
		if c.facts == nil {
			c.facts = map[string]string{}
		}
		maps.Copy(c.facts, r.Facts)
		for _, text := range r.Goods {
			code, err := nomenclature.ParseCode(text)
			if err != nil {
				fault("%sgoods: %w", where, err)
			}
			c.goods = append(c.goods, code)
		}
		for _, list := range r.Lists {
			if !law.Names(list) {
				fault("%slists: no measure on goods that enter %s is about a goods list %q", where, pack.Jurisdiction, list)
			}
		}
		for _, text := range r.Origin {
			o, err := nomenclature.ParseCountry(text)
			if err != nil {
				fault("%sorigin: %w", where, err)
			}
			c.origins = append(c.origins, o)
		}
		b.rules = append(b.rules, c)
	}
	b.rules = append(b.rules, boundRule{facts: p.Facts}) // what no rule fits
	if base := pack.Base; base.ClaimSlot >= 0 {
		name := set.Env.Fact(base.ClaimSlot).Name
		if slices.ContainsFunc(b.rules, func(r boundRule) bool { return r.facts[name] != "" }) {
			b.claim = name
		}
	}
	return b, errors.Join(faults...)
}

// appendGoods appends to a key what rules tell apart of codes that the law does
// not: those that name codes.
func (b *bound) appendGoods(key []byte, c nomenclature.Code) []byte {
	for _, r := range b.rules {
		if slices.ContainsFunc(r.goods, c.HasPrefix) {
			key = append(key, 1)
		} else {
			key = append(key, 0)
		}
	}
	return key
}

// fitsGoods tells of each rule whether the code is among its goods.
func (b *bound) fitsGoods(c nomenclature.Code) []bool {
	out := make([]bool, len(b.rules))
	for i, r := range b.rules {
		out[i] = len(r.goods) == 0 && len(r.lists) == 0 ||
			slices.ContainsFunc(r.goods, c.HasPrefix) ||
			slices.ContainsFunc(r.lists, func(list string) bool { return b.law.On(list, c) })
	}
	return out
}

// fitsOrigin tells of each rule whether the country is among its origins.
func (b *bound) fitsOrigin(o nomenclature.Country) []bool {
	out := make([]bool, len(b.rules))
	for i, r := range b.rules {
		out[i] = len(r.origins) == 0 || slices.Contains(r.origins, o)
	}
	return out
}

// firstRule is the first rule that fits both goods and origin.
func firstRule(goods, origin []bool) int {
	for i := range goods {
		if goods[i] && origin[i] {
			return i
		}
	}
	return len(goods) - 1
}

// factsOf is what a rule states of goods of which the code settles some facts:
// what the code says counts.
func (b *bound) factsOf(rule int, g *schedule.Goods, env *condition.Env) map[string]string {
	facts := b.rules[rule].facts
	for _, im := range g.Implied() {
		name := env.Fact(im.Slot).Name
		text, stated := facts[name]
		if stated && !im.Usual && !b.values[name+"\x00"+text].Equal(im.Value) {
			facts = maps.Clone(facts)
			delete(facts, name)
		}
	}
	return facts
}
