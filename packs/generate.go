//go:build ignore

// This program writes the tables of each pack into its tables.zip and its worked
// cases into its cases.zip, which the program embeds. An archive that holds the
// same stays as it is.
package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/navicert/navicert/internal/rulepack"
)

func main() {
	log.SetFlags(0)
	packs, err := filepath.Glob("*/pack.yaml")
	if err != nil {
		log.Fatal(err)
	}
	for _, pack := range packs {
		if err := generate(filepath.Dir(pack)); err != nil {
			log.Fatalf("%s: %v", pack, err)
		}
	}
}

// generate writes the archives of the pack in the directory.
func generate(dir string) error {
	tables, err := rulepack.Files(os.DirFS("."), dir)
	if err != nil {
		return err
	}
	maps.DeleteFunc(tables, func(name, _ string) bool { return path.Ext(name) != ".csv" })
	if err := write(dir, "tables.zip", tables); err != nil {
		return err
	}
	names, err := filepath.Glob(filepath.Join(dir, "cases", "*.yaml"))
	if err != nil {
		return err
	}
	cases := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		cases[path.Join("cases", filepath.Base(name))] = string(text)
	}
	return write(dir, "cases.zip", cases)
}

// write writes the archive of that name in the directory of a pack, unless it
// holds these files and no others.
func write(dir, archiveName string, files map[string]string) error {
	file := filepath.Join(dir, archiveName)
	if len(files) == 0 {
		if err := os.Remove(file); !os.IsNotExist(err) {
			return err
		}
		return nil
	}
	kept, err := os.ReadFile(file)
	if err == nil && holds(kept, dir, files) {
		return nil
	}
	archive, err := archiveOf(dir, files)
	if err != nil {
		return err
	}
	log.Printf("%s: %d files, %d bytes", file, len(files), len(archive))
	return os.WriteFile(file, archive, 0o644)
}

// archiveOf makes the archive of files, in order of their names and without a
// time, so that a change of one file changes its bytes and no others.
func archiveOf(dir string, files map[string]string) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	w.RegisterCompressor(zstd.ZipMethodWinZip, zstd.ZipCompressor(zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(zstd.MaxWindowSize>>7)))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: path.Join(dir, name), Method: zstd.ZipMethodWinZip, Comment: outline(name, files[name])})
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(f, files[name]); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// outline is what an archive tells of a table without unpacking it: its SHA-256, and its
// first line.
func outline(name, text string) string {
	if path.Ext(name) != ".csv" {
		return ""
	}
	head, _, _ := strings.Cut(text, "\n")
	return fmt.Sprintf("%x %s", sha256.Sum256([]byte(text)), head)
}

// holds tells whether an archive holds these files and no others.
func holds(archive []byte, dir string, files map[string]string) bool {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil || len(r.File) != len(files) {
		return false
	}
	r.RegisterDecompressor(zstd.ZipMethodWinZip, zstd.ZipDecompressor())
	for name, text := range files {
		kept, err := fs.ReadFile(r, path.Join(dir, name))
		i := slices.IndexFunc(r.File, func(f *zip.File) bool { return f.Name == path.Join(dir, name) })
		if err != nil || string(kept) != text || r.File[i].Comment != outline(name, text) {
			return false
		}
	}
	return true
}
