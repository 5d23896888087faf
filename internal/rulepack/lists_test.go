package rulepack

import (
	"testing"

	"pgregory.net/rapid"
)

func TestFoldName(t *testing.T) {
	for _, names := range [][2]string{
		{"Acme Trading Co., Ltd.", "  ACME\ttrading co ltd "},
		{"Xi\u2019an Naura (Equipment)", "Xi'an Naura Equipment"},
		{"\u201cGAMMA\u201d Works", "\"gamma\" works"},
	} {
		if a, b := FoldName(names[0]), FoldName(names[1]); a != b {
			t.Errorf("%q folds to %q, %q to %q", names[0], a, names[1], b)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		if once := FoldName(name); FoldName(once) != once {
			t.Fatalf("%q folds to %q, and that to %q", name, once, FoldName(once))
		}
	})
}
