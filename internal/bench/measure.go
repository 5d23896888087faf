package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/navicert/navicert"
	law "github.com/navicert/navicert/internal/measure"
)

// result is one row of the table.
type result struct {
	name    string
	command string
	wall    time.Duration
	cpu     time.Duration // of all cores
	done    int           // things done: lines, determinations
	peak    int64         // resident bytes; 0: not measured
}

// measure is `bench run`.
func measure(args []string) error {
	f := flag.NewFlagSet("run", flag.ContinueOnError)
	lines := f.Int("lines", 1_000_000, "how many lines the files have")
	out := f.String("out", "", "write the results to this `file` too, as benchstat reads them")
	only := f.String("only", "", "measure only what has this in its name")
	keep := f.String("dir", "", "`directory` for the files, kept; a temporary one is removed")
	if err := f.Parse(args); err != nil {
		return err
	}
	dir := *keep
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "navicert-bench-*"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	b := bench{dir: dir, binary: filepath.Join(dir, "navicert"), lines: *lines, only: *only, kept: new(bytes.Buffer)}
	failed := b.run() // what was measured before is shown
	b.table(os.Stdout)
	if failed != nil {
		return failed
	}
	if *out == "" {
		return nil
	}
	return os.WriteFile(*out, b.kept.Bytes(), 0o644)
}

type bench struct {
	dir, binary string
	lines       int
	only        string
	results     []result
	kept        *bytes.Buffer // in the format of Go benchmarks
}

func (b *bench) run() error {
	fmt.Fprintf(b.kept, "goos: %s\ngoarch: %s\npkg: github.com/navicert/navicert\ncpu: %s\n", runtime.GOOS, runtime.GOARCH, processor())
	if err := command("go", "build", "-o", b.binary, "./cmd/navicert").Run(); err != nil {
		return fmt.Errorf("building navicert: %w", err)
	}
	steps := []func() error{b.inProcess, b.coldStart, b.files, b.growth, b.panels}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func command(name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	c.Stderr = os.Stderr
	return c
}

func (b *bench) wanted(name string) bool { return strings.Contains(name, b.only) }

// inProcess runs Go benchmarks: one determination after the other, the compilation of
// the packs, and what lies around the answers of a file.
func (b *bench) inProcess() error {
	const pattern = "Benchmark(Determine|Document|EntryDocument|CompilePacks|DecimalMachine|Sample|Around)"
	if !b.wanted("in process") {
		return nil
	}
	c := command("go", "test", "-run", "^$", "-bench", pattern, "-benchmem", ".", "./internal/exchange")
	text, err := c.Output()
	if err != nil {
		return fmt.Errorf("go test -bench: %w\n%s", err, text)
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		b.kept.WriteString(line)
		r := result{name: "in process: " + strings.TrimSuffix(strings.TrimPrefix(fields[0], "Benchmark"), "-"+strconv.Itoa(runtime.GOMAXPROCS(0))), command: "go test -bench " + fields[0], done: 1}
		for i := 2; i+1 < len(fields); i += 2 {
			n, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return fmt.Errorf("%s: %w", line, err)
			}
			switch fields[i+1] {
			case "ns/op":
				r.wall = time.Duration(n)
			case "determinations/core-s":
				r.cpu = time.Duration(1e9 / n)
			}
		}
		b.results = append(b.results, r)
	}
	return nil
}

// child runs the program and keeps what it took. Rows with problems are no error:
// a real file has some.
func (b *bench) child(name string, done int, args ...string) error {
	if !b.wanted(name) {
		return nil
	}
	c := exec.Command(b.binary, args...)
	var errs bytes.Buffer
	c.Stderr = &errs
	begun := time.Now()
	err := c.Run()
	wall := time.Since(begun)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 && strings.Contains(errs.String(), "rows have problems") {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("navicert %s: %w\n%s", strings.Join(args, " "), err, &errs)
	}
	for i, a := range args {
		args[i] = strings.TrimPrefix(a, b.dir+string(filepath.Separator))
	}
	r := result{name: name, command: "navicert " + strings.Join(args, " "), wall: wall, cpu: c.ProcessState.UserTime() + c.ProcessState.SystemTime(), done: done, peak: peak(c.ProcessState)}
	b.results = append(b.results, r)
	fmt.Fprintf(b.kept, "Benchmark%s 1 %d ns/op %.0f core-ns/line %d peak-B\n", strings.NewReplacer(": ", "/", " ", "_", ",", "").Replace(name), wall.Nanoseconds(),
		float64(r.cpu.Nanoseconds())/float64(max(done, 1)), r.peak)
	fmt.Fprintf(os.Stderr, "%s: %s\n", name, wall.Round(time.Millisecond))
	return nil
}

func (b *bench) coldStart() error {
	return b.child("cold start: first answer", 1, "determine", "--goods", "8505.11.00.70", "--from", "CN", "--to", "US", "--on", "2025-06-15", "--value", "10000 USD")
}

// files answers a generated file in each format, and in Parquet with each detail
// and for both sides of the border.
func (b *bench) files() error {
	if !b.wanted("file to file") {
		return nil
	}
	e, err := navicert.OpenEmbedded()
	if err != nil {
		return err
	}
	// A tenth of the lines for what keeps 15 kB a line.
	small := max(b.lines/10, 1)
	for _, f := range []struct {
		format string
		lines  int
	}{{"parquet", b.lines}, {"csv", b.lines}, {"ndjson", b.lines}, {"tsv.gz", b.lines}, {"csv.zst", b.lines}, {"xlsx", min(b.lines, 1_000_000)}} {
		in, out := filepath.Join(b.dir, "in."+f.format), filepath.Join(b.dir, "out."+f.format)
		if err := writeSample(e, in, draw{lines: f.lines, seed: 1}); err != nil {
			return err
		}
		if err := b.child("file to file: "+f.format, f.lines, "batch", in, "--to", "US", "--only", "import", "--closed", "--known", "2026-08-21", "--out", out); err != nil {
			return err
		}
		if f.format != "parquet" {
			os.Remove(in)
			os.Remove(out)
		}
	}
	in, tenth, out := filepath.Join(b.dir, "in.parquet"), filepath.Join(b.dir, "tenth.parquet"), filepath.Join(b.dir, "out.parquet")
	if err := writeSample(e, tenth, draw{lines: small, seed: 1}); err != nil {
		return err
	}
	for _, o := range []struct {
		name, in string
		lines    int
		args     []string
	}{
		{"detail none", in, b.lines, []string{"--only", "import", "--closed", "--detail", "none"}},
		{"one core", in, b.lines, []string{"--only", "import", "--closed", "--workers", "1"}},
		{"by entry", in, b.lines, []string{"--only", "import", "--closed", "--by", "entry"}},
		{"open facts, both sides, a tenth", tenth, small, nil},
		{"detail full, a hundredth", tenth, max(small/10, 1), []string{"--only", "import", "--closed", "--detail", "full"}},
	} {
		in := o.in
		if o.lines < small {
			in = filepath.Join(b.dir, "hundredth.parquet")
			if err := writeSample(e, in, draw{lines: o.lines, seed: 1}); err != nil {
				return err
			}
		}
		if err := b.child("file to file: parquet, "+o.name, o.lines, append([]string{"batch", in, "--to", "US", "--known", "2026-08-21", "--out", out}, o.args...)...); err != nil {
			return err
		}
	}
	return nil
}

// growth answers files that differ in one thing alone, at three sizes: in rows, in the
// law that was known (and with it in measures), in origins and in days of entry.
func (b *bench) growth() error {
	if !b.wanted("growth") {
		return nil
	}
	e, err := navicert.OpenEmbedded()
	if err != nil {
		return err
	}
	tenth := max(b.lines/10, 1)
	type size struct {
		name, known string
		draw
	}
	var sizes []size
	for _, rows := range []int{max(b.lines/100, 1), tenth, b.lines} {
		sizes = append(sizes, size{fmt.Sprintf("rows, %d", rows), "", draw{lines: rows}})
	}
	for _, known := range []string{"2018-03-01", "2025-02-01", "2026-08-21"} {
		n := 0
		for _, m := range e.Measures() {
			if len(m.Acts) == 0 || slices.ContainsFunc(m.Acts, func(a law.Act) bool { return a.Announced.String() <= known }) {
				n++
			}
		}
		sizes = append(sizes, size{fmt.Sprintf("measures, %d known on %s", n, known), known, draw{lines: tenth}})
	}
	for _, origins := range []int{1, 10, 0} {
		name := fmt.Sprintf("origins, %d", origins)
		if origins == 0 {
			name = "origins, all"
		}
		sizes = append(sizes, size{name, "", draw{lines: tenth, origins: origins}})
	}
	for _, days := range []int{1, 30, 570} {
		sizes = append(sizes, size{fmt.Sprintf("days, %d", days), "", draw{lines: tenth, days: days}})
	}
	in, out := filepath.Join(b.dir, "growth.parquet"), filepath.Join(b.dir, "growth.out.parquet")
	for _, s := range sizes {
		s.seed = 1
		if err := writeSample(e, in, s.draw); err != nil {
			return err
		}
		if err := b.child("growth with "+s.name, s.lines, "batch", in, "--to", "US", "--only", "import", "--closed", "--known", cmp.Or(s.known, "2026-08-21"), "--out", out); err != nil {
			return err
		}
	}
	return nil
}

// panels computes the rate panels where the program has the command.
func (b *bench) panels() error {
	if help, err := exec.Command(b.binary, "panel", "--help").Output(); err != nil || !bytes.Contains(help, []byte("navicert panel")) {
		return nil
	}
	for _, from := range []string{"2025-01-01", "2018-01-01"} {
		if err := b.child("panel since "+from[:4], 1, "panel", "--into", "US", "--from", from, "--out", filepath.Join(b.dir, "panel.parquet")); err != nil {
			return err
		}
	}
	return nil
}

// table prints what was measured.
func (b *bench) table(w io.Writer) {
	commit, _ := exec.Command("git", "describe", "--always", "--dirty").Output()
	fmt.Fprintf(w, "%s, %d cores, %s/%s, %s, navicert %s\n\n", processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), strings.TrimSpace(string(commit)))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\ttime\ta second\ta second and core\tpeak MB\tcommand")
	for _, r := range b.results {
		rate := func(d time.Duration) string {
			if d == 0 || r.done == 0 {
				return ""
			}
			return fmt.Sprintf("%.0f", float64(r.done)/d.Seconds())
		}
		size := ""
		if r.peak > 0 {
			size = fmt.Sprintf("%d", r.peak>>20)
		}
		wall := r.wall.Round(time.Millisecond).String()
		if r.wall < time.Millisecond {
			wall = r.wall.String()
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", r.name, wall, rate(r.wall), rate(r.cpu), size, r.command)
	}
	t.Flush()
}

// processor is the name of the machine's processor, where the system tells it.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if name, ok := strings.CutPrefix(s.Text(), "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return runtime.GOARCH
}
