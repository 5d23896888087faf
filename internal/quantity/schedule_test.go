package quantity

import (
	"encoding/csv"
	"errors"
	"os"
	"strings"
	"testing"
)

// notReadable is how the files of testdata mark a text that must not be read.
const notReadable = "not readable"

// readings are the rows of a file of testdata: each shape of text that the
// schedule of 2025 (revision 14) and 2026 (revision 10) prints outside chapters
// 98 and 99, where numbers may differ, and how it reads as a pack would write it.
func readings(t testing.TB, name string) [][2]string {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out [][2]string
	for _, row := range rows[1:] {
		out = append(out, [2]string{row[0], row[1]})
	}
	if len(out) == 0 {
		t.Fatalf("%s is empty", name)
	}
	return out
}

// reading is what a text of the schedule is read as.
func reading(t testing.TB, text string) string {
	t.Helper()
	r, err := ParseScheduleRate(text)
	switch {
	case err == nil:
		return r.String()
	case r != nil || !errors.Is(err, ErrNotReadable):
		t.Errorf("ParseScheduleRate(%q) = %v, %v", text, r, err)
	case !strings.Contains(err.Error(), strings.TrimSpace(text)):
		t.Errorf("the error for %q does not say so: %v", text, err)
	}
	return notReadable
}

func TestParseScheduleRate(t *testing.T) {
	for _, row := range readings(t, "hts-rates.csv") {
		text, want := row[0], row[1]
		if got := reading(t, text); got != want {
			t.Errorf("%q is read as %s, want %s", text, got, want)
		}
		if want == notReadable {
			continue
		}
		if r, err := ParseRate(want); err != nil || r.String() != want {
			t.Errorf("ParseRate(%q) = %v, %v", want, r, err)
		}
	}
}

// TestScheduleRateIsNeverGuessed tries text near to what can be read.
func TestScheduleRateIsNeverGuessed(t *testing.T) {
	for _, text := range []string{
		"", "free", "Free.", "Free 1/", "Freee", "2.1", "2.1 %", "2,1%", "2.1% 1/", "2.1% or 3%", ".5%", "$/kg", "¢/kg", "4.4/kg",
		"4.4¢", "$5", "$5 + 3%", "4.4¢ kg", "4.4¢/kg/m", "4.4¢/kg each", "4.4¢/", "$4.4¢/kg", "¢4.4/kg", "4.4¢ per kg",
		"4.4¢/kg on leda content", "4.4¢/kg on the lead content", "4.4¢/M", "-4.4¢/kg", "4.4¢/kg - 2%", "2% less 1%", "2% + ", "+ 2%",
		"total 15%", "4.4 USD/kg", "<script>2%</script>", "2%<", "2% <u", "3% but not less than", "3% but", "2% on the entire set of tools",
		"The duty provided in the applicable subheading + 25%", "No change", "1.4¢/kg less 0.02¢/kg for each degree",
		"1.4¢/kg less 0.02¢/kg for each degree under 100 degrees but not less 0.9¢/kg",
		"1.4¢/kg less 0.02¢/kg for each degree under 100 degrees (and fractions of a degree in proportion) but not more than 0.9¢/kg of it",
		"5¢/kg for each degree under 100 degrees", "1234567890123456789¢/kg",
	} {
		if got := reading(t, text); got != notReadable {
			t.Errorf("%q is read as %s", text, got)
		}
	}
}

func TestParseSpecial(t *testing.T) {
	for _, row := range readings(t, "hts-special.csv") {
		text, want := row[0], row[1]
		special, err := ParseSpecial(text)
		if err != nil {
			if want != notReadable || special != nil || !errors.Is(err, ErrNotReadable) {
				t.Errorf("ParseSpecial(%q) = %v, %v; want %s", text, special, err, want)
			}
			continue
		}
		var parts []string
		for _, s := range special {
			parts = append(parts, reading(t, s.Text)+" ("+strings.Join(s.Programmes, " ")+")")
		}
		if got := strings.Join(parts, "; "); got != want {
			t.Errorf("%q is read as %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{
		"", "Free", "Free (", "Free ()", "Free (A", "(A)", "Free (A) 3%", "Free (A))", "Free (A,)", "Free (a)", "Free (ABC)", "Free (A) (B)",
	} {
		if special, err := ParseSpecial(text); !errors.Is(err, ErrNotReadable) {
			t.Errorf("ParseSpecial(%q) = %v, %v", text, special, err)
		}
	}
}

func FuzzParseScheduleRate(f *testing.F) {
	for _, row := range readings(f, "hts-rates.csv") {
		f.Add(row[0])
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseScheduleRate(s)
		if err != nil {
			if !errors.Is(err, ErrNotReadable) {
				t.Fatal(err)
			}
			return
		}
		if _, total := r.Total(); total {
			t.Fatalf("%q is read as %s, which the schedule cannot write", s, r)
		}
		checkRate(t, s, r)
	})
}
