//go:build ignore

// This program writes the tables of each pack into its tables.zip, which the
// program embeds. An archive that holds the same stays as it is.
package main

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"log"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

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

// generate writes the archive of the pack in the directory, unless it holds
// what it should.
func generate(dir string) error {
	tables, err := rulepack.Files(os.DirFS("."), dir)
	if err != nil {
		return err
	}
	maps.DeleteFunc(tables, func(name string, _ []byte) bool { return path.Ext(name) != ".csv" })
	file := filepath.Join(dir, "tables.zip")
	if len(tables) == 0 {
		if err := os.Remove(file); !os.IsNotExist(err) {
			return err
		}
		return nil
	}
	kept, err := os.ReadFile(file)
	if err == nil && holds(kept, dir, tables) {
		return nil
	}
	archive, err := archiveOf(dir, tables)
	if err != nil {
		return err
	}
	log.Printf("%s: %d tables, %d bytes", file, len(tables), len(archive))
	return os.WriteFile(file, archive, 0o644)
}

// archiveOf makes the archive of tables, in order of their names and without a
// time, so that a change of one table changes its bytes and no others.
func archiveOf(dir string, tables map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	w.RegisterCompressor(zstd.ZipMethodWinZip, zstd.ZipCompressor(zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(zstd.MaxWindowSize>>7)))
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: path.Join(dir, name), Method: zstd.ZipMethodWinZip})
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(tables[name]); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// holds tells whether an archive holds these tables and no others.
func holds(archive []byte, dir string, tables map[string][]byte) bool {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil || len(r.File) != len(tables) {
		return false
	}
	r.RegisterDecompressor(zstd.ZipMethodWinZip, zstd.ZipDecompressor())
	for name, data := range tables {
		kept, err := fs.ReadFile(r, path.Join(dir, name))
		if err != nil || !bytes.Equal(kept, data) {
			return false
		}
	}
	return true
}
