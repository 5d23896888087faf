// Package exchange reads cases from files that people keep (CSV, TSV, XLSX,
// NDJSON, Parquet) and writes answers to them.
//
// A file is a table: a header and rows of text cells, whatever its format. The
// invariants: every row read has exactly one row written, in order; a cell that
// cannot be read is a fault of its row and never of the file; a fault of the file
// itself names the place, and the rows before it are kept. The package knows no
// law: what a cell means is for the caller to decide with a [Mapping].
package exchange

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// Format is how a table is written down.
type Format string

// The formats.
const (
	CSV     Format = "csv"
	TSV     Format = "tsv"
	NDJSON  Format = "ndjson"
	XLSX    Format = "xlsx"
	Parquet Format = "parquet"
)

// Formats are all formats, in the order in which help lists them.
var Formats = []Format{CSV, TSV, XLSX, NDJSON, Parquet}

// compression is how the bytes of a format are packed.
type compression string

const (
	plain     compression = ""
	gzipped   compression = "gzip"
	zstandard compression = "zstd"
)

// ErrNoFormat is the error of a name whose end tells no format.
var ErrNoFormat = errors.New("the end of the name tells no format: one of .csv, .tsv, .xlsx, .ndjson, .parquet")

// FormatOf tells the format of a file by the end of its name; a further .gz or
// .zst says that it is packed.
func FormatOf(name string) (Format, error) {
	f, _, err := formatOf(name)
	return f, err
}

func formatOf(name string) (Format, compression, error) {
	base, packed := strings.ToLower(filepath.Base(name)), plain
	for end, c := range map[string]compression{".gz": gzipped, ".zst": zstandard} {
		if rest, ok := strings.CutSuffix(base, end); ok {
			base, packed = rest, c
		}
	}
	f := map[string]Format{".csv": CSV, ".tsv": TSV, ".tab": TSV, ".ndjson": NDJSON, ".jsonl": NDJSON, ".xlsx": XLSX, ".parquet": Parquet}[filepath.Ext(base)]
	switch {
	case f == "":
		return "", packed, fmt.Errorf("%s: %w", name, ErrNoFormat)
	case packed != plain && (f == XLSX || f == Parquet):
		return "", packed, fmt.Errorf("%s: an %s file is packed by itself: leave off .gz or .zst", name, f)
	}
	return f, packed, nil
}

// ParseFormat reads the name of a format.
func ParseFormat(s string) (Format, error) {
	if f := Format(strings.ToLower(s)); slices.Contains(Formats, f) {
		return f, nil
	}
	return "", fmt.Errorf("%q is no format: csv, tsv, xlsx, ndjson or parquet", s)
}

// Fault is what is wrong with one cell or with a whole row.
type Fault struct {
	Column  string // of the file; "" for the whole row
	Field   string // of the case, where the fault is in what a cell means
	Kind    string // for counting: "goods", "value", "row" …
	Message string
	Hint    string
}

// Error gives the fault in one line.
func (f Fault) Error() string {
	var b strings.Builder
	if f.Column != "" {
		fmt.Fprintf(&b, "%s: ", f.Column)
	} else if f.Field != "" {
		fmt.Fprintf(&b, "%s: ", f.Field)
	}
	b.WriteString(f.Message)
	if f.Hint != "" {
		fmt.Fprintf(&b, " (%s)", strings.Join(strings.Fields(f.Hint), " "))
	}
	return b.String()
}

// Row is one row of a table. The cells are in the order of the columns; what
// the file leaves out is "".
type Row struct {
	Number int // of the row, the first below the header being 1
	Cells  []string
	Faults []Fault
}

// kept is the row with texts of its own: those that were read may be parts of the text
// of many rows.
func (r *Row) kept() Row {
	cells := make([]string, len(r.Cells))
	for i, c := range r.Cells {
		cells[i] = strings.Clone(c)
	}
	return Row{r.Number, cells, slices.Clone(r.Faults)}
}

// Source is a table being read, row by row.
type Source interface {
	// Columns are the names of the columns, in order. They stay as they are.
	Columns() []string
	// Next reads the next row into row, whose memory it may use again. It returns
	// io.EOF after the last one, and any other error where the file itself ends
	// before its time; the rows before it are good.
	Next(row *Row) error
	// Progress is how far the file has been read, of how much, in some unit; total
	// is 0 where that is not known.
	Progress() (done, total int64)
	io.Closer
}

// OpenOptions say how to read a file.
type OpenOptions struct {
	Format Format // "" to tell by the name
	Sheet  string // of a workbook; "" for the first
	// Encoding is what text is in, by its name in the web, such as windows-1252 or gb18030;
	// "" for UTF-8, and for UTF-16 by its first bytes.
	Encoding string
}

// Open opens a file for reading; "-" is the standard input given. Packed text is
// unpacked, whatever its name.
func Open(name string, stdin io.Reader, o OpenOptions) (Source, error) {
	format := o.Format
	if format == "" {
		if name == "-" {
			return nil, errors.New("standard input has no name that tells its format: say it with --format")
		}
		var err error
		if format, err = FormatOf(name); err != nil {
			return nil, fmt.Errorf("%w, or say it with --format", err)
		}
	}
	if format == XLSX || format == Parquet {
		if o.Encoding != "" {
			return nil, fmt.Errorf("%s has no encoding of its text to be said", format)
		}
		if name == "-" {
			return spool(format, stdin, o)
		}
		return openWhole(format, name, o)
	}
	decode, err := decoder(o.Encoding)
	if err != nil {
		return nil, err
	}
	c := &counted{Reader: stdin}
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		c.Reader, c.Closer = f, f
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			c.total = info.Size()
		}
	}
	unpacked, err := unpack(c)
	if err == nil && (format != NDJSON || o.Encoding != "") {
		unpacked, err = decode(unpacked)
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var s Source
	switch format {
	case CSV:
		s, err = newDelimited(unpacked, ",;\t", c)
	case TSV:
		s, err = newDelimited(unpacked, "\t", c)
	default:
		s, err = newNDJSON(unpacked, c)
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// counted counts the bytes that are read of a file.
type counted struct {
	io.Reader
	io.Closer // nil for a stream
	done      atomic.Int64
	total     int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.done.Add(int64(n))
	return n, err
}

// Progress is in bytes.
func (c *counted) Progress() (done, total int64) { return c.done.Load(), c.total }

// Close closes the file.
func (c *counted) Close() error {
	if c.Closer == nil {
		return nil
	}
	return c.Closer.Close()
}

func openWhole(format Format, name string, o OpenOptions) (Source, error) {
	var s Source
	var err error
	if format == XLSX {
		s, err = newXLSX(name, o.Sheet)
	} else {
		s, err = newParquet(name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// spool keeps a stream in a file of its own, for formats whose directory is at
// their end.
func spool(format Format, in io.Reader, o OpenOptions) (Source, error) {
	f, err := os.CreateTemp("", "navicert-*."+string(format))
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(f, in)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(f.Name())
		return nil, err
	}
	s, err := openWhole(format, f.Name(), o)
	if err != nil {
		os.Remove(f.Name())
		return nil, fmt.Errorf("standard input: %w", errors.Unwrap(err))
	}
	return &spooled{s, f.Name()}, nil
}

type spooled struct {
	Source
	name string
}

// Close closes the source and removes its file.
func (s *spooled) Close() error { return errors.Join(s.Source.Close(), os.Remove(s.name)) }

// unpack unpacks gzip and zstd, told by their first bytes.
func unpack(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	head, err := b.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case len(head) >= 2 && head[0] == 0x1f && head[1] == 0x8b:
		z, err := gzip.NewReader(b)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("the packed file is cut off (%w)", err)
		}
		return unpacker{z}, err
	case string(head) == "\x28\xb5\x2f\xfd":
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
		if err != nil {
			return nil, err
		}
		return unpacker{z.IOReadCloser()}, nil
	}
	return b, nil
}

// errPacking is of what was packed and changed since.
var errPacking = errors.New("the packed file is broken")

// unpacker reads what was packed. Its errors say that it is the packing that is broken.
type unpacker struct{ io.Reader }

func (u unpacker) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	switch {
	case err == nil || errors.Is(err, io.EOF):
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("the packed file is cut off (%w)", err)
	default:
		err = fmt.Errorf("%w (%w)", errPacking, err)
	}
	return n, err
}

// decoder is how text in an encoding is made UTF-8.
func decoder(encoding string) (func(io.Reader) (io.Reader, error), error) {
	if encoding == "" {
		return decoded, nil
	}
	e, err := htmlindex.Get(encoding)
	if err != nil {
		return nil, fmt.Errorf("encoding %q is not known: one like windows-1252, gb18030, big5, shift_jis, utf-16le", encoding)
	}
	return func(r io.Reader) (io.Reader, error) { return e.NewDecoder().Reader(r), nil }, nil
}

// decoded makes UTF-8 of text in UTF-16, as spreadsheets save "Unicode text", told by
// its first bytes.
func decoded(r io.Reader) (io.Reader, error) {
	b, ok := r.(*bufio.Reader)
	if !ok {
		b = bufio.NewReaderSize(r, 1<<16)
	}
	head, err := b.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if string(head) == "\xff\xfe" || string(head) == "\xfe\xff" {
		return unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Reader(b), nil
	}
	return b, nil
}
