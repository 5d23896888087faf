package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/term"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/packs"
)

// env is the world a command sees, so that tests can give it another one.
type env struct {
	in       io.Reader
	out, err io.Writer
	now      func() time.Time
	width    int  // columns of out
	colour   bool // out is a terminal that wants colour

	dir      string                           // relative names of files start here; "": the working directory
	embedded func() (*navicert.Engine, error) // the packs in the binary

	packs     string   // --packs: a directory of packs instead of those in the binary
	scenarios []string // --scenario: files that are laid over the packs, the first first
}

// systemEnv is the world of the process. Colour is for terminals only, and not
// where NO_COLOR is set (https://no-color.org) or the terminal is dumb.
func systemEnv() *env {
	e := &env{in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now, width: 80, embedded: navicert.OpenEmbedded}
	if fd := int(os.Stdout.Fd()); term.IsTerminal(fd) {
		if w, _, err := term.GetSize(fd); err == nil && w > 0 {
			e.width = min(w, 100) // longer lines are hard to read
		}
		e.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	} else if w, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && w > 0 {
		e.width = w
	}
	return e
}

// today is the day on the clock of the person who asks.
func (e *env) today() string { return e.now().Format(time.DateOnly) }

func (e *env) textOptions() determination.TextOptions {
	return determination.TextOptions{Width: e.width, Colour: e.colour}
}

// open compiles the packs that the command line names, with the scenarios that it
// lays over them.
func (e *env) open() (*navicert.Engine, error) {
	eng, err := e.openPacks()
	if err != nil {
		return nil, err
	}
	return e.with(eng, e.scenarios)
}

// with lays the scenarios of files over an engine.
func (e *env) with(eng *navicert.Engine, files []string) (*navicert.Engine, error) {
	for _, name := range files {
		data, err := e.read(name)
		if err != nil {
			return nil, err
		}
		if eng, err = eng.With(inputName(name), data); err != nil {
			return nil, err
		}
	}
	return eng, nil
}

// openPacks compiles the packs alone.
func (e *env) openPacks() (*navicert.Engine, error) {
	defer collect(seldom)()
	if e.packs == "" {
		return e.embedded()
	}
	info, err := os.Stat(e.path(e.packs))
	if err != nil || !info.IsDir() {
		return nil, fmt.Errorf("--packs: %s is not a directory (name the directory that holds the packs, each in its own directory)", e.packs)
	}
	eng, err := navicert.Open(e.files())
	var problems navicert.PackProblems
	if errors.As(err, &problems) {
		s := shelf{root: e.packs}
		return nil, s.named(problems)
	}
	return eng, err
}

// files holds the packs that the command line names.
func (e *env) files() fs.FS {
	if e.packs == "" {
		return packs.FS
	}
	return os.DirFS(e.path(e.packs))
}

// readCase reads the case of a file, or of standard input for "-".
func (e *env) readCase(name string) (c navicert.Case, err error) {
	err = e.readWith(name, func(data []byte, name string) (err error) {
		c, err = navicert.ParseCase(data, name)
		return err
	})
	return c, err
}

// readConsignment reads a case that may have several lines.
func (e *env) readConsignment(name string) (c navicert.Consignment, err error) {
	err = e.readWith(name, func(data []byte, name string) (err error) {
		c, err = navicert.ParseConsignment(data, name)
		return err
	})
	return c, err
}

func (e *env) readWith(name string, parse func([]byte, string) error) error {
	data, err := e.read(name)
	if err != nil {
		return err
	}
	err = parse(data, inputName(name))
	var kept struct {
		Case   json.RawMessage `json:"case"`
		Digest string          `json:"digest"`
	}
	if err != nil && json.Unmarshal(data, &kept) == nil && kept.Case != nil && kept.Digest != "" {
		return fmt.Errorf("%s is an answer and no case (navicert verify determines it again)", inputName(name))
	}
	return err
}

// path is a name as the operating system finds it.
func (e *env) path(name string) string {
	if e.dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(e.dir, name)
}

// mostRead is the size of the largest file that a command reads at once. The
// largest that anybody needs, an annex with every code of a schedule, is far
// below it; a device that never ends is not.
const mostRead = 64 << 20

// read returns the bytes of a file, or of standard input for "-".
func (e *env) read(name string) ([]byte, error) {
	in := e.in
	if name != "-" {
		f, err := os.Open(e.path(name))
		if err != nil {
			return nil, fileError(name, err)
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, mostRead+1))
	if err != nil {
		return nil, fileError(inputName(name), err)
	}
	if len(data) > mostRead {
		return nil, fmt.Errorf("%s is larger than %d MiB: no case, answer or list is", inputName(name), mostRead>>20)
	}
	return data, nil
}

// fileError says in plain words why a file cannot be read.
func fileError(name string, err error) error {
	switch {
	case os.IsNotExist(err):
		return fmt.Errorf("%s: no such file", name)
	case os.IsPermission(err):
		return fmt.Errorf("%s: may not be read by this user", name)
	}
	if pe, ok := err.(*fs.PathError); ok {
		err = pe.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}
