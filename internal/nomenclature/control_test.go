package nomenclature

import (
	"strings"
	"testing"
)

func TestParseControlCode(t *testing.T) {
	for in, want := range map[string]ControlCode{
		"3A001": "3A001", "3a001.A.7": "3A001.a.7", " 3A001 .a.7 ": "3A001.a.7", "1C350.d.10": "1C350.d.10", "ML10.b": "ML10.b",
	} {
		if got, err := ParseControlCode(in); err != nil || got != want {
			t.Errorf("ParseControlCode(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", ".", "3A001.", ".a", "3A001..a", "3A001-a", "3A001.é"} {
		if got, err := ParseControlCode(in); err == nil {
			t.Errorf("ParseControlCode(%q) = %q, and is no code", in, got)
		}
	}
}

func TestControlCodeWithin(t *testing.T) {
	tests := []struct {
		code, other ControlCode
		want        bool
	}{
		{"3A001.a.7", "3A001.a.7", true},
		{"3A001.a.7", "3A001.a", true},
		{"3A001.a.7", "3A001", true},
		{"3A001.a.7", "", true},
		{"3A001.a.10", "3A001.a.1", false}, // by paragraph, not by letter
		{"3A001.a", "3A001.a.7", false},
		{"3A002", "3A001", false},
	}
	for _, test := range tests {
		if got := test.code.Within(test.other); got != test.want {
			t.Errorf("%s within %q: %v", test.code, test.other, got)
		}
	}
	for code, want := range map[ControlCode]ControlCode{"3A001.a.7": "3A001.a", "3A001.a": "3A001", "3A001": ""} {
		if got := code.Parent(); got != want {
			t.Errorf("the parent of %s is %q, want %q", code, got, want)
		}
	}
}

func FuzzParseControlCode(f *testing.F) {
	f.Add("3A001.a.7")
	f.Add("3a001 .A")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseControlCode(s)
		if err != nil {
			return
		}
		if again, err := ParseControlCode(string(c)); err != nil || again != c {
			t.Errorf("%q is read as %q, and that as %q, %v", s, c, again, err)
		}
		if !c.Within(c.Entry()) || !c.Within(c.Parent()) || strings.Contains(string(c.Entry()), ".") {
			t.Errorf("%q lies not within %q or %q", c, c.Entry(), c.Parent())
		}
	})
}
