package exchange

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
)

// outline is what a sheet says beside its rows: how far it reaches, and which
// cells are merged. Excelize would tell too, and for it take all cells of the
// sheet into memory: 13 GB for a million rows.
type outline struct {
	dimension string // A1:I1000001; "" where the sheet does not say
	merged    []string
}

// relationships are the parts that a part of a package names.
type relationships struct {
	To []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

// outlineOf reads the outline of a sheet of the workbook in a file (ECMA-376,
// part 1, 18.3.1.35 and 18.3.1.55).
func outlineOf(name, sheet string) (*outline, error) {
	archive, err := zip.OpenReader(name)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	book, err := related(&archive.Reader, "", func(_, kind string) bool { return strings.HasSuffix(kind, "/officeDocument") })
	if err != nil {
		return nil, err
	}
	var sheets struct {
		Sheet []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"id,attr"` // of the relationship
		} `xml:"sheets>sheet"`
	}
	if err := readPart(&archive.Reader, book, &sheets); err != nil {
		return nil, err
	}
	for _, s := range sheets.Sheet {
		if s.Name != sheet {
			continue
		}
		part, err := related(&archive.Reader, book, func(id, _ string) bool { return id == s.ID })
		if err != nil {
			return nil, err
		}
		f, err := archive.Open(part)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return scanOutline(f)
	}
	return nil, fmt.Errorf("there is no sheet %q", sheet)
}

// related is the name of the first part that another names and that is wanted.
func related(archive *zip.Reader, part string, wanted func(id, kind string) bool) (string, error) {
	dir, base := path.Split(part)
	var all relationships
	if err := readPart(archive, path.Join(dir, "_rels", base+".rels"), &all); err != nil {
		return "", err
	}
	for _, r := range all.To {
		if wanted(r.ID, r.Type) {
			if target, ok := strings.CutPrefix(r.Target, "/"); ok {
				return target, nil
			}
			return path.Join(dir, r.Target), nil
		}
	}
	return "", fmt.Errorf("%s names no such part", part)
}

func readPart(archive *zip.Reader, name string, into any) error {
	f, err := archive.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return xml.NewDecoder(f).Decode(into)
}

// outlineTag is a tag of the outline. What a cell says cannot be taken for one: a
// < in a text is written as &lt;.
var outlineTag = regexp.MustCompile(`<(?:\w+:)?(dimension|mergeCell)\s[^>]*?\bref=["']([^"']*)["']`)

// scanOutline finds the outline in the XML of a sheet, which is scanned as bytes: the
// merged cells stand behind all rows.
func scanOutline(r io.Reader) (*outline, error) {
	o := new(outline)
	buf := make([]byte, 0, 1<<20)
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		end := bytes.LastIndexByte(buf, '>') + 1 // whole tags
		for tags := buf[:end]; ; {
			// Few pieces hold a tag with a reference, and to look for its letters is faster.
			at := bytes.Index(tags, []byte("ref="))
			if at < 0 {
				break
			}
			from := bytes.LastIndexByte(tags[:at], '<')
			to := at + bytes.IndexByte(tags[at:], '>') + 1
			if m := outlineTag.FindSubmatch(tags[max(from, 0):to]); m != nil {
				if string(m[1]) == "dimension" {
					o.dimension = string(m[2])
				} else {
					o.merged = append(o.merged, string(m[2]))
				}
			}
			tags = tags[to:]
		}
		rest := buf[end:]
		if len(rest) == cap(buf) {
			rest = rest[len(rest)-64:] // no tag of the outline is as long
		}
		buf = append(buf[:0], rest...)
		if errors.Is(err, io.EOF) {
			return o, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
