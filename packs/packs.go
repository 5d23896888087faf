// Package packs holds the rule packs that are part of Navicert: the law as
// text, embedded.
//
// The YAML of a pack is embedded as it stands. Its tables, the CSV, and its
// worked cases are embedded compressed: they are most of the text, and a tenth
// of it when they are packed. An archive tells of each table its SHA-256 and its first
// line, so that it is unpacked only when it is asked. The text in the repository is the truth: after a
// change of a table or a case run go generate ./packs. Tables of which a pack
// says nothing as law are not embedded.
package packs

import (
	"archive/zip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

//go:generate go run generate.go

//go:embed */*.yaml */measures/*.yaml
var texts embed.FS

// archives holds up to two archives a pack: its tables, and its worked cases.
//
//go:embed */tables.zip */cases.zip
var archives embed.FS

// FS holds one directory a pack: each file of it that is law, and its worked
// cases. It is safe for concurrent use. The packs in it are without fault: tests see to
// it.
var FS fs.FS = open()

// files are the files of the packs.
type files struct {
	overlay
	outlines map[string]outline
}

// outline is what is told of a file without unpacking it.
type outline struct {
	sum  [sha256.Size]byte
	head string
}

// Outline returns the SHA-256 of a table and its first line; it is not ok for other
// files.
func (f *files) Outline(name string) (sum [sha256.Size]byte, head string, ok bool) {
	o, ok := f.outlines[name]
	return o.sum, o.head, ok
}

// open lays what is in the archives over the texts. It panics if an archive cannot be read:
// it is part of the program.
func open() *files {
	all := &files{overlay{texts}, map[string]outline{}}
	names, err := fs.Glob(archives, "*/*.zip")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		archive, err := openArchive(name)
		if err != nil {
			panic(name + ": " + err.Error())
		}
		all.overlay = append(all.overlay, archive)
		for _, f := range archive.File {
			if f.Comment == "" {
				continue
			}
			sum, head, _ := strings.Cut(f.Comment, " ")
			o := outline{head: head}
			if n, err := hex.Decode(o.sum[:], []byte(sum)); err != nil || n != len(o.sum) {
				panic(name + ": " + f.Name + " is not told of: " + f.Comment)
			}
			all.outlines[f.Name] = o
		}
	}
	return all
}

func openArchive(name string) (*zip.Reader, error) {
	f, err := archives.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(f.(io.ReaderAt), info.Size())
	if err == nil {
		archive.RegisterDecompressor(zstd.ZipMethodWinZip, zstd.ZipDecompressor())
	}
	return archive, err
}

// overlay is several file systems as one. A file is in one of them; a directory
// holds what it holds in any.
type overlay []fs.FS

// Open opens the file or directory of that name.
func (o overlay) Open(name string) (fs.File, error) {
	for _, layer := range o {
		f, err := layer.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if _, dir := f.(fs.ReadDirFile); !dir {
			return f, nil
		}
		entries, err := o.ReadDir(name)
		return &directory{f, entries}, err
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadDir returns the entries of a directory in order of their names.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	var all []fs.DirEntry
	found := false
	for _, layer := range o {
		entries, err := fs.ReadDir(layer, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all, found = append(all, entries...), true
	}
	if !found {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	byName := func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) }
	slices.SortFunc(all, byName)
	return slices.CompactFunc(all, func(a, b fs.DirEntry) bool { return a.Name() == b.Name() }), nil
}

// directory is one that is open.
type directory struct {
	fs.File
	rest []fs.DirEntry
}

// ReadDir returns the next n entries, or all that are left if n is not positive.
func (d *directory) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(d.rest) {
		if n > 0 && len(d.rest) == 0 {
			return nil, io.EOF
		}
		n = len(d.rest)
	}
	next := d.rest[:n:n]
	d.rest = d.rest[n:]
	return next, nil
}
