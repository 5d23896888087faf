package nomenclature

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseCode(t *testing.T) {
	for _, test := range []struct {
		in   string
		want Code
		err  string // a part of the message
	}{
		{"8505.11.00.70", "8505110070", ""},
		{"8505110070", "8505110070", ""},
		{" 8505 1100 70 ", "8505110070", ""},
		{"85", "85", ""},
		{"0805.10.00", "08051000", ""},
		{"9903.88.03", "99038803", ""},
		{"805.10.00", "", "leading"},
		{"8505.1", "", "5 digits"},
		{"", "", "empty"},
		{" . ", "", "empty"},
		{"7", "", "1 digits"},
		{"8505.11.00.70.11", "", "12 digits"},
		{"0005", "", "chapter 00"},
		{"8505-11", "", "not a goods code"},
		{"８５", "", "not a goods code"},
		{"magnets", "", "not a goods code"},
	} {
		got, err := ParseCode(test.in)
		if got != test.want {
			t.Errorf("ParseCode(%q) = %q, want %q", test.in, got, test.want)
		}
		if (err != nil) != (test.err != "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("ParseCode(%q): error %v, want one with %q", test.in, err, test.err)
		}
	}
}

func TestCodeString(t *testing.T) {
	for in, want := range map[Code]string{
		"": "", "85": "85", "8505": "8505", "850511": "8505.11", "85051100": "8505.11.00", "8505110070": "8505.11.00.70",
	} {
		if got := in.String(); got != want {
			t.Errorf("Code(%q).String() = %q, want %q", string(in), got, want)
		}
	}
}

func TestCodeFamily(t *testing.T) {
	c := Code("8505110070")
	var up []string
	for p := c; p != ""; p = p.Parent() {
		up = append(up, p.String())
		if !c.HasPrefix(p) {
			t.Errorf("%s does not have the prefix %s", c, p)
		}
	}
	if got, want := strings.Join(up, " "), "8505.11.00.70 8505.11.00 8505.11 8505 85"; got != want {
		t.Errorf("ancestors %s, want %s", got, want)
	}
	if Code("8505").HasPrefix(c) || c.HasPrefix("8506") || c.Digits() != 10 || Code("").Parent() != "" {
		t.Error("prefixes or digits are wrong")
	}
}

func TestCodeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[1-9][0-9]([0-9]{2}){0,4}`).Draw(t, "code")
		c, err := ParseCode(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseCode(c.String())
		if err != nil || back != c || string(c) != s {
			t.Fatalf("%q was read as %q and read again as %q, %v", s, c, back, err)
		}
	})
}

func FuzzParseCode(f *testing.F) {
	for _, s := range []string{"8505.11.00.70", "805", "", "00", "8 5", "99.03", "..", "85051100701", "\xff12"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCode(s)
		if err != nil {
			if c != "" {
				t.Errorf("ParseCode(%q) gives %q beside the error %v", s, c, err)
			}
			return
		}
		if n := c.Digits(); n < 2 || n > 10 || n%2 != 0 {
			t.Errorf("ParseCode(%q) has %d digits", s, n)
		}
		if back, err := ParseCode(c.String()); err != nil || back != c {
			t.Errorf("%q prints as %q, which reads as %q, %v", s, c.String(), back, err)
		}
	})
}

func TestChapter(t *testing.T) {
	for code, want := range map[Code]string{"85": "Electrical machinery and electronics", "8505110070": "Electrical machinery and electronics", "01": "Live animals",
		"99": "Temporary legislation and additional duties", "77": "", "": ""} {
		if got := code.Chapter(); got != want {
			t.Errorf("%q: %q, not %q", code, got, want)
		}
	}
}
