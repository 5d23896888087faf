package navicert

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/measure"
	"github.com/navicert/navicert/internal/rulepack"
)

var updateCoverage = flag.Bool("update-coverage", false, "write testdata/untested.txt anew")

const untestedFile = "testdata/untested.txt"

// excuse is a line of testdata/untested.txt: why no case has the measures on a
// side.
type excuse struct{ side, pattern, reason string }

// Every measure of every embedded pack applies in some worked case, does not
// apply in some case that comes near it, and is met before it begins and after
// it has ended. Those of which that cannot be, or is not yet, are in
// testdata/untested.txt with the reason.
func TestCoverage(t *testing.T) {
	e := engine(t)
	var cases []rulepack.Case
	for _, dir := range packDirs(t) {
		found, _ := rulepack.ReadCases(packText, dir)
		cases = append(cases, found...)
	}
	gaps := determination.Untested(determination.Cover(e.schedule, cases))
	excuses := readExcuses(t)
	if *updateCoverage {
		writeExcuses(t, excuses, gaps)
		return
	}
	for _, gap := range gaps {
		for _, name := range gap.Measures {
			if excuseOf(excuses, gap.Side, name) == nil {
				t.Errorf("%s: %s: write one, or tell in %s why there can be none", name, gap.Lacks, untestedFile)
			}
		}
		for _, x := range excuses {
			if x.side == gap.Side && !slices.ContainsFunc(gap.Measures, func(name string) bool { return measure.Match(x.pattern, name) }) {
				t.Logf("%s: %s %s is tested: leave it out (go test -run TestCoverage -update-coverage .)", untestedFile, x.side, x.pattern)
			}
		}
	}
}

func excuseOf(excuses []excuse, side, name string) *excuse {
	i := slices.IndexFunc(excuses, func(x excuse) bool { return x.side == side && measure.Match(x.pattern, name) })
	if i < 0 {
		return nil
	}
	return &excuses[i]
}

func readExcuses(t *testing.T) []excuse {
	t.Helper()
	f, err := os.Open(untestedFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []excuse
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.SplitN(line, " ", 3)
		if len(fields) < 3 || !slices.Contains([]string{"inside", "outside", "before", "after"}, fields[0]) {
			t.Fatalf("%s: %q: write inside, outside, before or after, the measure, and the reason", untestedFile, line)
		}
		out = append(out, excuse{fields[0], fields[1], fields[2]})
	}
	return out
}

// writeExcuses names each measure that is not tested, with the reason that the
// file has for it.
func writeExcuses(t *testing.T, excuses []excuse, gaps []determination.Gap) {
	t.Helper()
	var b strings.Builder
	b.WriteString("# Measures that no worked case has inside (it applies) or outside (it comes near and does not), or meets before they begin\n# or after they have ended, and why.\n")
	for _, gap := range gaps {
		for _, name := range gap.Measures {
			reason := "no case yet"
			if x := excuseOf(excuses, gap.Side, name); x != nil {
				reason = x.reason
			}
			fmt.Fprintf(&b, "%s %s %s\n", gap.Side, name, reason)
		}
	}
	if err := os.WriteFile(untestedFile, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}
