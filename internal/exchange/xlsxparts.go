package exchange

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path"
	"strings"
)

// parts are the parts of a workbook, files in a ZIP archive. Where the directory of
// the archive is gone, which stands at its end, they are found by the headers that
// stand before each.
type parts struct {
	file  *os.File
	whole *zip.Reader // nil where the directory is gone
	local []localPart // then
}

// errCutOff is an archive without its directory.
var errCutOff = errors.New("the file is cut off: the directory at its end is missing")

// errNoPart is a part that others name and that the archive does not have.
var errNoPart = errors.New("is missing")

// openParts opens the archive of a workbook.
func openParts(name string) (*parts, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	p := &parts{file: f}
	if err := p.find(); err != nil {
		f.Close()
		return nil, err
	}
	return p, nil
}

func (p *parts) find() error {
	info, err := p.file.Stat()
	if err != nil {
		return err
	}
	head := make([]byte, 4)
	n, err := p.file.ReadAt(head, 0)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return errors.New("the file is empty")
	case string(head) == "\xd0\xcf\x11\xe0":
		return errors.New("an old workbook (.xls), or one with a password: save it as .xlsx without one")
	}
	if p.whole, err = zip.NewReader(p.file, info.Size()); err == nil {
		return nil
	}
	if !errors.Is(err, zip.ErrFormat) {
		return fmt.Errorf("no workbook that can be read: %w", err)
	}
	if p.local, err = localParts(p.file, info.Size()); err != nil {
		return err
	}
	if len(p.local) == 0 {
		return errors.New("no workbook: it does not begin as a file of .xlsx does")
	}
	return nil
}

// cutOff is errCutOff where the directory is gone.
func (p *parts) cutOff() error {
	if p.whole == nil {
		return errCutOff
	}
	return nil
}

// names are the names of the parts, in the order of the archive.
func (p *parts) names() []string {
	var out []string
	if p.whole != nil {
		for _, f := range p.whole.File {
			out = append(out, partName(f.Name))
		}
	}
	for _, l := range p.local {
		out = append(out, partName(l.name))
	}
	return out
}

// partName is a name as parts name one another.
func partName(name string) string { return strings.ReplaceAll(name, `\`, "/") }

// open opens a part, whose name may be written in any case. What can be read of a
// broken one is read, and then comes an error.
func (p *parts) open(name string) (io.ReadCloser, error) {
	if p.whole != nil {
		for _, f := range p.whole.File {
			if !strings.EqualFold(partName(f.Name), name) {
				continue
			}
			r, err := f.Open()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return partReader{unpacker{r}, r}, nil
		}
	}
	for _, l := range p.local {
		if strings.EqualFold(partName(l.name), name) {
			r := l.open()
			return partReader{unpacker{r}, r}, nil
		}
	}
	return nil, fmt.Errorf("the part %s %w", path.Base(name), errNoPart)
}

// partReader reads a part.
type partReader struct {
	io.Reader
	io.Closer
}

func (p *parts) Close() error { return p.file.Close() }

// localPart is a part found by the header that stands before it (APPNOTE.TXT of
// PKWARE, 4.3.7).
type localPart struct {
	name   string
	method uint16
	sum    uint32            // CRC-32 of what was packed
	size   uint32            // of it in bytes
	behind bool              // sum and size stand behind the part, and not in the header
	data   *io.SectionReader // to the header of the next part, or the end of the file
}

const (
	localHeader    = "PK\x03\x04"
	localHeaderLen = 30
	mostPartName   = 512
	sumBehind      = 1 << 3 // flags of a header
	encrypted      = 1 << 0
)

// localParts finds the parts of an archive from its beginning. The headers are found by
// their first letters: where a part ends that is broken, nothing else tells.
func localParts(r io.ReaderAt, size int64) ([]localPart, error) {
	var out []localPart
	var starts []int64 // of their data
	ends := func(at int64) {
		if n := len(out); n > 0 {
			out[n-1].data = io.NewSectionReader(r, starts[n-1], max(at-starts[n-1], 0))
		}
	}
	buf := make([]byte, 1<<20)
	for block := int64(0); block < size; {
		n, err := r.ReadAt(buf, block)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		i := bytes.Index(buf[:n], []byte(localHeader))
		if i < 0 {
			if err != nil {
				break
			}
			block += int64(n - len(localHeader) + 1)
			continue
		}
		at := block + int64(i)
		if part, start, ok := localPartAt(r, at); ok {
			ends(at)
			out, starts = append(out, part), append(starts, start)
			block = start
		} else {
			block = at + int64(len(localHeader))
		}
	}
	ends(size)
	return out, nil
}

// localPartAt reads the header of a part. It is none where it does not look like that
// of a part of a workbook: the letters may stand within what is packed.
func localPartAt(r io.ReaderAt, at int64) (part localPart, start int64, ok bool) {
	var h [localHeaderLen + mostPartName]byte
	n, _ := r.ReadAt(h[:], at)
	if n < localHeaderLen {
		return part, 0, false
	}
	flags, name := binary.LittleEndian.Uint16(h[6:]), int(binary.LittleEndian.Uint16(h[26:]))
	part.method, part.behind = binary.LittleEndian.Uint16(h[8:]), flags&sumBehind != 0
	part.sum, part.size = binary.LittleEndian.Uint32(h[14:]), binary.LittleEndian.Uint32(h[18:])
	if flags&encrypted != 0 || part.method != zip.Store && part.method != zip.Deflate || name == 0 || name > mostPartName || localHeaderLen+name > n {
		return part, 0, false
	}
	part.name = string(h[localHeaderLen : localHeaderLen+name])
	if strings.ContainsFunc(part.name, func(r rune) bool { return r < ' ' || r == '\ufffd' }) {
		return part, 0, false
	}
	return part, at + localHeaderLen + int64(name) + int64(binary.LittleEndian.Uint16(h[28:])), true
}

func (l *localPart) open() io.ReadCloser {
	if l.method == zip.Store {
		size := l.data.Size()
		if !l.behind {
			size = min(size, int64(l.size))
		}
		return io.NopCloser(io.NewSectionReader(l.data, 0, size))
	}
	packed := bufio.NewReader(io.NewSectionReader(l.data, 0, l.data.Size()))
	return &summed{localPart: l, packed: packed, ReadCloser: flate.NewReader(packed)}
}

// summed checks the sum of what it unpacks.
type summed struct {
	*localPart
	packed *bufio.Reader
	io.ReadCloser
	got uint32
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.got = crc32.Update(s.got, crc32.IEEETable, p[:n])
	if errors.Is(err, io.EOF) && s.got != s.want() {
		return n, zip.ErrChecksum
	}
	return n, err
}

// want is the sum that the archive gives.
func (s *summed) want() uint32 {
	if !s.behind {
		return s.sum
	}
	d, _ := s.packed.Peek(8)
	d = bytes.TrimPrefix(d, []byte("PK\x07\x08"))
	if len(d) < 4 {
		return s.got // cut off: nothing to compare with
	}
	return binary.LittleEndian.Uint32(d)
}
