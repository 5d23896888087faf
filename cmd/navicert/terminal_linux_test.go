package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudo-terminal: what is written to inner is read from outer.
func terminal(t *testing.T) (outer, inner *os.File) {
	t.Helper()
	outer, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	t.Cleanup(func() { outer.Close() })
	if err := unix.IoctlSetPointerInt(int(outer.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(outer.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if inner, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(inner.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 100}); err != nil {
		t.Fatal(err)
	}
	return outer, inner
}

// repeated gives the first bytes, and then the others again and again.
type repeated struct{ first, then string }

func (r *repeated) Read(p []byte) (int, error) {
	if r.first == "" {
		r.first = r.then
	}
	n := copy(p, r.first)
	r.first = r.first[n:]
	return n, nil
}

// On a terminal a run shows how far it is, how fast, and how long it still takes. An
// interrupt ends it, and leaves neither a file under the name asked for nor one of
// its own, whatever the format.
func TestInterruptOnTerminal(t *testing.T) {
	const header, row = "HTS,Origin,Export Country,Entry Date,Value\n", "9403.60.80.40,VN,VN,2025-06-15,1000\n"
	closed := syscall.SIGHUP // the terminal is
	if signal.Ignored(closed) {
		closed = syscall.SIGTERM
	}
	for _, c := range []struct {
		in, out, want string
		signal        os.Signal
	}{
		{"in.csv", "out.csv", `\d rows, \d+ a second +\d+% .*\[\d+s:\d+.*\]`, os.Interrupt},
		{"in.csv", "out.parquet", `\d rows, \d+ a second`, closed},
		{"-", "out.xlsx", `\d rows, \d+ a second`, syscall.SIGTERM},
	} {
		t.Run(c.out, func(t *testing.T) {
			dir, temporary := t.TempDir(), t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "in.csv"), []byte(header+strings.Repeat(row, 2_000_000)), 0o600); err != nil {
				t.Fatal(err)
			}
			program, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			outer, inner := terminal(t)
			cmd := exec.Command(program, "batch", c.in, "--format", "csv", "--to", "US", "--currency", "USD", "--out", c.out)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "NAVICERT_TEST_COMMAND=1", "TMPDIR="+temporary)
			if c.in == "-" {
				in, err := cmd.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				defer in.Close()
				go io.Copy(in, &repeated{header, row}) // until the program ends
			}
			cmd.Stderr = inner
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			inner.Close()
			shown := regexp.MustCompile(c.want)
			var all strings.Builder
			interrupted := false
			for r := bufio.NewReader(outer); ; {
				part, err := r.ReadString('\r')
				all.WriteString(part)
				if !interrupted && shown.MatchString(part) {
					interrupted = true
					if err := cmd.Process.Signal(c.signal); err != nil {
						t.Fatal(err)
					}
				}
				if err != nil { // the terminal closes with the program
					break
				}
			}
			_ = cmd.Wait()
			if !interrupted {
				t.Fatalf("no progress like %s in:\n%s", c.want, all.String())
			}
			if code := cmd.ProcessState.ExitCode(); code != exitInput || !strings.Contains(all.String(), "interrupted after") {
				t.Errorf("exit code %d:\n%s", code, all.String())
			}
			for where, want := range map[string]string{dir: "in.csv", temporary: ""} {
				var names []string
				entries, err := os.ReadDir(where)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range entries {
					names = append(names, e.Name())
				}
				if got := strings.Join(names, " "); got != want {
					t.Errorf("left behind: %q", got)
				}
			}
		})
	}
}

// typing starts the command on a terminal of its own, whose keys outer types.
func typing(t *testing.T, cmd *exec.Cmd) (outer *os.File) {
	t.Helper()
	outer, inner := terminal(t)
	defer inner.Close()
	cmd.Stderr = inner
	cmd.Env = append(os.Environ(), "NAVICERT_TEST_COMMAND=1", "TMPDIR="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 2}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return outer
}

// Ctrl-C ends a run whose input has stopped coming and does not end.
func TestInterruptOfStalledInput(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const row = "E1,9403.60.80.40,VN,VN,2025-06-15,1000\n"
	for _, c := range []struct {
		name, header, rows string
		args               []string
	}{
		{"within the header", "HTS,", strings.Repeat("Origin,", 30_000), []string{"batch", "-", "--format", "csv", "--to", "US", "--out", "out.csv"}},
		{"while all is taken in", "Entry,HTS,Origin,From,Date,Value (USD)\n", strings.Repeat(row, 5000), []string{"batch", "-", "--format", "csv", "--to", "US", "--out", "out.csv"}},
		{"between rows", "No,HTS,Origin,From,Date,Value (USD)\n", strings.Repeat(row, 5000), []string{"batch", "-", "--format", "csv", "--to", "US", "--out", "out.csv"}},
		{"of a comparison", "No,HTS,Origin,From,Date,Value (USD)\n", strings.Repeat(row, 5000),
			[]string{"compare", "-", "--format", "csv", "--to", "US", "--known", "2025-06-15", "--and-known", "2026-01-01", "--out", "out.csv"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.Command(program, c.args...)
			cmd.Dir = t.TempDir()
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			outer := typing(t, cmd)
			// A pipe takes the rows only as they are read: what is written is read but for
			// the last 64 kB.
			if _, err := io.WriteString(in, c.header+c.rows); err != nil {
				t.Fatal(err)
			}
			if _, err := outer.WriteString("\x03"); err != nil {
				t.Fatal(err)
			}
			said, _ := io.ReadAll(outer) // the terminal closes with the program
			_ = cmd.Wait()
			left, err := os.ReadDir(cmd.Dir)
			if err != nil {
				t.Fatal(err)
			}
			if cmd.ProcessState.ExitCode() != exitInput || !strings.Contains(string(said), "interrupted") {
				t.Errorf("%v:\n%s", cmd.ProcessState, said)
			}
			if len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// Where nothing takes what the program writes it cannot end in good order: the second
// Ctrl-C ends it at once.
func TestSecondInterrupt(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	const header, row = "HTS,Origin,Export Country,Entry Date,Value\n", "9403.60.80.40,VN,VN,2025-06-15,1000\n"
	if err := os.WriteFile(filepath.Join(dir, "in.csv"), []byte(header+strings.Repeat(row, 200_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "batch", "in.csv", "--to", "US", "--currency", "USD", "--out", "-")
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	outer := typing(t, cmd)
	// It writes 256 kB at once, and a pipe has room for 64: with the first byte it waits.
	if _, err := io.ReadFull(out, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, outer) // the terminal closes with the program
	}()
	// One key leaves it waiting. Nothing tells from outside that the first was heeded, so
	// keys are typed, as a person types them, until it has ended.
	key := time.NewTicker(50 * time.Millisecond)
	defer key.Stop()
	for typing := true; typing; {
		select {
		case <-ended:
			typing = false
		case <-key.C:
			_, _ = outer.WriteString("\x03")
		}
	}
	_ = cmd.Wait()
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Error(cmd.ProcessState)
	}
}
