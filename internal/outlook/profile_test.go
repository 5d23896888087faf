package outlook

import (
	"context"
	"strings"
	"testing"
)

// TestShippedProfiles reads every profile that is shipped and fits it to the packs.
func TestShippedProfiles(t *testing.T) {
	for _, name := range Profiles() {
		p, ok := ShippedProfile(name)
		if !ok || p.Name != name || p.Title == "" {
			t.Errorf("the profile %s cannot be read, or is named otherwise", name)
			continue
		}
		o := options(t, "2026-01-01", name)
		o.Goods, o.Origins = nil, nil
		o.Goods = append(o.Goods, "0101210010")
		if _, err := New(context.Background(), law(), o); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestProfileFaults: what a person may write wrong in a profile is told, with the
// place and the way out.
func TestProfileFaults(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "the profile is empty"},
		{"no name", "title: x\n", "the profile has no name"},
		{"unknown member", "profile: x\nfact: {a: 1}\n", "line 2"},
		{"two documents", "profile: x\n---\nprofile: y\n", "more follows the first"},
		{"rule without facts", "profile: x\nrules:\n- {goods: ['73']}\n", "rule 1 states no facts"},
		{"not YAML", "profile: [", "x.yaml"},
	} {
		if _, err := ParseProfile([]byte(test.text), "x.yaml"); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v, want %q", test.name, err, test.want)
		}
	}
	for _, test := range []struct{ name, text, want string }{
		{"unknown fact", "profile: x\nfacts: {content.stele: 1}\n", "did you mean content.steel?"},
		{"value out of bounds", "profile: x\nfacts: {content.steel: 7}\n", "content.steel"},
		{"field of the case", "profile: x\nfacts: {origin: CN}\n", "no pack knows this fact"},
		{"unknown list", "profile: x\nrules: [{lists: [us.nothing], facts: {content.us: 0}}]\n", `"us.nothing"`},
		{"unknown country", "profile: x\nrules: [{origin: [Atlantis], facts: {content.us: 0}}]\n", "Atlantis"},
		{"no code", "profile: x\nrules: [{goods: [bolts], facts: {content.us: 0}}]\n", "goods:"},
		{"another day fixes the law", "profile: x\nfacts: {zone_admitted: 2025-01-01}\n", "no other can fix its law"},
		{"another country", "profile: x\ninto: CN\n", "not US"},
	} {
		p, err := ParseProfile([]byte(test.text), "x.yaml")
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		o := options(t, "2026-01-01", "closed")
		o.Profile = p
		if _, err := New(context.Background(), law(), o); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v, want %q", test.name, err, test.want)
		}
	}
}

// FuzzParseProfile: no text makes the reader of profiles panic, and what it takes
// it can put into words.
func FuzzParseProfile(f *testing.F) {
	for _, name := range Profiles() {
		data, err := shipped.ReadFile("profiles/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParseProfile(data, "fuzz.yaml")
		if err == nil && len(p.Words()) < 2 {
			t.Error("a profile without words")
		}
	})
}
