package main

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/navicert/navicert"
)

// The packs in the binary are compiled once for all scripts.
var embedded = sync.OnceValues(navicert.OpenEmbedded)

// testEnv is a world with a fixed day: nothing depends on when tests run.
func testEnv(dir string, in io.Reader, out, err io.Writer) *env {
	return &env{in: in, out: out, err: err, width: 80, dir: dir, embedded: embedded,
		now: func() time.Time { return time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC) }}
}

// TestScripts runs the command in process: `navicert ARGS` in a script, with
// `<FILE` for standard input and `! navicert` where it fails; `exits N` then
// tells the codes apart.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"navicert": func(ts *testscript.TestScript, neg bool, args []string) {
				var in io.Reader = strings.NewReader("")
				if n := len(args); n > 0 && strings.HasPrefix(args[n-1], "<") {
					in = strings.NewReader(ts.ReadFile(args[n-1][1:]))
					args = args[:n-1]
				}
				var out bytes.Buffer
				code := run(args, testEnv(ts.Getenv("WORK"), in, io.MultiWriter(ts.Stdout(), &out), ts.Stderr()))
				if err := os.WriteFile(ts.MkAbs("out"), out.Bytes(), 0o666); err != nil {
					ts.Fatalf("%v", err)
				}
				ts.Setenv("code", strconv.Itoa(code))
				if neg != (code != 0) {
					ts.Fatalf("navicert %s: exit code %d", strings.Join(args, " "), code)
				}
			},
			"exits": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) != 1 {
					ts.Fatalf("usage: exits N")
				}
				if got := ts.Getenv("code"); got != args[0] {
					ts.Fatalf("exit code %s, want %s", got, args[0])
				}
			},
			"width80": func(ts *testscript.TestScript, neg bool, args []string) {
				for i, line := range strings.Split(ts.ReadFile("stdout"), "\n") {
					if n := len([]rune(line)); n > 80 && len(strings.Fields(line)) > 1 {
						ts.Fatalf("line %d has %d columns: %s", i+1, n, line)
					}
				}
			},
		},
	})
}

var update = flag.Bool("update", os.Getenv("UPDATE_GOLDEN") != "", "write docs/commands.md anew")

// TestCommandReference holds that docs/commands.md is what the commands say of
// themselves.
func TestCommandReference(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("# Commands\n\nWhat the commands say of themselves with `--help`; written by `make golden`, so that it is never out of date.\n")
	describe(&b, newRoot(testEnv("", nil, io.Discard, io.Discard)))
	path := filepath.Join("..", "..", "docs", "commands.md")
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("docs/commands.md is out of date; run make golden (-file +commands):\n%s", diff)
	}
}

func describe(b *bytes.Buffer, c *cobra.Command) {
	b.WriteString("\n## " + c.CommandPath() + "\n\n" + c.Long + "\n\n```\n" + c.UseLine() + "\n```\n")
	if c.Example != "" {
		b.WriteString("\nExamples:\n\n```\n" + strings.ReplaceAll(strings.TrimPrefix(c.Example, "  "), "\n  ", "\n") + "\n```\n")
	}
	flags := func(f *pflag.FlagSet, title string) {
		if !f.HasAvailableFlags() {
			return
		}
		b.WriteString("\n" + title + "\n\n| flag | says |\n| --- | --- |\n")
		f.VisitAll(func(f *pflag.Flag) {
			name, usage := pflag.UnquoteUsage(f)
			b.WriteString("| `--" + strings.TrimSpace(f.Name+" "+name) + "` | " + strings.ReplaceAll(usage, "|", `\|`))
			if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" {
				b.WriteString(" (`" + f.DefValue + "`)")
			}
			b.WriteString(" |\n")
		})
	}
	flags(c.LocalNonPersistentFlags(), "Flags:")
	flags(c.PersistentFlags(), "Flags of all commands:")
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" && sub.Name() != "completion" {
			describe(b, sub)
		}
	}
}

// TestEveryCommandTeaches holds that each command has a long help and an
// example, and that those that answer and end write JSON.
func TestEveryCommandTeaches(t *testing.T) {
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Long == "" || c.Example == "" {
			t.Errorf("%s: no long help or no example", c.CommandPath())
		}
		for _, l := range strings.Split(c.Long+"\n"+c.UsageString(), "\n") {
			if len([]rune(l)) > 80 {
				t.Errorf("%s: help wider than 80 columns: %s", c.CommandPath(), l)
			}
		}
		if !c.HasSubCommands() && c.Name() != "serve" && c.Name() != "mcp" && c.Flags().Lookup("output") == nil {
			t.Errorf("%s: no --output", c.CommandPath())
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(testEnv("", nil, io.Discard, io.Discard)))
}

// TestColourIsForTerminals holds that nothing but a terminal's environment gets
// escapes.
func TestColourIsForTerminals(t *testing.T) {
	for _, colour := range []bool{false, true} {
		var out bytes.Buffer
		e := testEnv("", nil, &out, io.Discard)
		e.colour = colour
		if code := run([]string{"determine", filepath.Join("..", "..", "examples", "magnet.yaml")}, e); code != exitAnswered {
			t.Fatalf("exit code %d", code)
		}
		if got := strings.Contains(out.String(), "\x1b["); got != colour {
			t.Errorf("colour %v: escapes %v", colour, got)
		}
	}
}

// TestReadme holds that the README's first answer is a real one: all its lines
// are in the answer, in order, but for those it leaves out with "…".
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	const command = "$ go run ./cmd/navicert determine examples/magnet.yaml\n"
	_, after, ok := strings.Cut(string(readme), command)
	if !ok {
		t.Fatalf("README.md has no %q", command)
	}
	shown, _, _ := strings.Cut(after, "```")
	var out bytes.Buffer
	if code := run([]string{"determine", filepath.Join("..", "..", "examples", "magnet.yaml")}, testEnv("", nil, &out, io.Discard)); code != exitAnswered {
		t.Fatalf("exit code %d", code)
	}
	rest := out.String()
	for _, line := range strings.Split(strings.TrimSpace(shown), "\n") {
		if strings.TrimSpace(line) == "…" {
			continue
		}
		_, below, ok := strings.Cut(rest, line+"\n")
		if !ok {
			t.Errorf("README.md shows a line that the answer does not have there: %q", line)
			continue
		}
		rest = below
	}
}

// TestExamples holds that every example is answered.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "examples", "*.yaml"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	for _, f := range files {
		var out, errs bytes.Buffer
		if code := run([]string{"determine", f}, testEnv("", nil, &out, &errs)); code != exitAnswered {
			t.Errorf("%s: exit code %d: %s", f, code, errs.String())
		}
	}
}
