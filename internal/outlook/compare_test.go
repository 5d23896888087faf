package outlook

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/rulepack"
	"github.com/navicert/navicert/internal/schedule"
	"github.com/navicert/navicert/packs"
)

// edited is the law with one text of a file replaced by another.
func edited(t *testing.T, file, old, new string) *schedule.Schedule {
	t.Helper()
	files := fstest.MapFS{}
	var dirs []string
	err := fs.WalkDir(packs.FS, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if name != "." && !strings.Contains(name, "/") {
				dirs = append(dirs, name)
			}
			return nil
		}
		data, err := fs.ReadFile(packs.FS, name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	text := string(files[file].Data)
	if strings.Count(text, old) != 1 {
		t.Fatalf("%s has %q %d times", file, old, strings.Count(text, old))
	}
	files[file].Data = []byte(strings.Replace(text, old, new, 1))
	set, problems := rulepack.Read(files, dirs...)
	if faults := problems.Faults(); len(faults) > 0 {
		t.Fatal(faults)
	}
	return schedule.Compile(set)
}

// TestCompare changes one rate of one act and finds it in the goods, origins and
// interval that it reaches, and nowhere else.
func TestCompare(t *testing.T) {
	changed := edited(t, "us-tariff/measures/us-ieepa-fentanyl.yaml",
		`{by: eo-14228, from: "2025-03-04T00:01-05:00", rate: 20%, heading: "9903.01.24"}`,
		`{by: eo-14228, from: "2025-03-04T00:01-05:00", rate: 21%, heading: "9903.01.24"}`)
	o := options(t, "2025-01-01", "closed")
	o.Goods, o.Origins = []nomenclature.Code{"0101", "9403"}, []nomenclature.Country{"CN", "HK", "DE"}
	before := panel(t, o)
	if changes := Compare(before, panel(t, o)); len(changes) > 0 {
		t.Errorf("the same law differs: %+v", changes)
	}
	after, err := New(t.Context(), changed, o)
	if err != nil {
		t.Fatal(err)
	}
	changes := Compare(before, after)
	if len(changes) != 1 {
		t.Fatalf("%d changes, want one: %+v", len(changes), changes)
	}
	c := changes[0]
	zone := before.pack.Zone
	if got, want := strings.Join(c.What, " "), "- us.ieepa.fentanyl.cn 20% + us.ieepa.fentanyl.cn 21%"; got != want {
		t.Errorf("what changes is %s, want %s", got, want)
	}
	if len(c.Goods) != len(before.lines) || len(c.Origins) != 2 || c.Origins[0] != "CN" || c.Origins[1] != "HK" {
		t.Errorf("it reaches %d of %d lines, of %v", len(c.Goods), len(before.lines), c.Origins)
	}
	if got, want := c.Period.From.Format(zone)+" "+c.Period.Until.Format(zone), "2025-03-04T00:01-05:00 2025-11-10T00:01-05:00"; got != want {
		t.Errorf("the interval is %s, want %s", got, want)
	}
	if !c.Before.Least.Add(one).Equal(c.After.Least) || !c.Before.Most.Add(one).Equal(c.After.Most) {
		t.Errorf("from %s..%s to %s..%s is not one point more", c.Before.Least, c.Before.Most, c.After.Least, c.After.Most)
	}
}
