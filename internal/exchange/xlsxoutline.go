package exchange

import (
	"bytes"
	"errors"
	"io"
	"regexp"
)

// outline is what a sheet says beside its rows: how far it reaches, and which
// cells are merged, which it says behind all rows.
type outline struct {
	dimension string // A1:I1000001; "" where the sheet does not say
	merged    []string
}

// outlineTag is a tag of the outline. What a cell says cannot be taken for one: a
// < in a text is written as &lt;.
var outlineTag = regexp.MustCompile(`<(?:\w+:)?(dimension|mergeCell)\s[^>]*?\bref=["']([^"']*)["']`)

// scanOutline finds the outline in the XML of a sheet (ECMA-376, part 1, 18.3.1.35 and
// 18.3.1.55), which is scanned as bytes. Where the sheet breaks off it is what stands
// before, with the error.
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
			return o, err
		}
	}
}
