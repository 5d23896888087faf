package exchange

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Sink is a table being written, part by part.
type Sink interface {
	// NewPart returns a part without rows.
	NewPart() Part
	// WritePart writes the rows of a part, which has none then. Rows have the order in
	// which their parts are written.
	WritePart(p Part) error
	// Finish ends the table, where a workbook has further sheets for the totals.
	Finish(t Sheets) error
}

// Part is rows as the format of a sink has them, in memory. Each part may be filled by
// a goroutine of its own.
type Part interface {
	// Add adds a row, or tells why the format cannot hold it.
	Add(r *Record) error
}

// Sheets are totals that write further sheets of a workbook.
type Sheets interface {
	sheets(s *workbookSink) error
}

// Output is a file being written. It has its name only when it is whole.
type Output struct {
	Sink
	name, partial string         // "" where it is written under its name
	file          *os.File       // nil for the stream given
	packed        io.WriteCloser // nil where nothing is packed
	buffer        *bufio.Writer
	part          Part // rows of [Output.Write]
	waiting       int  // of them
	record        Record
}

// Create begins a file of answers: columns of the rows themselves, then those of
// answers. "-" is the stream given. Where format is "" the name tells it. Nothing
// more is written once ctx is done, and the file then never gets its name.
func Create(ctx context.Context, name string, stdout io.Writer, format Format, rows []string, answers []OutColumn) (*Output, error) {
	o, format, err := begin(ctx, name, stdout, format)
	if err != nil {
		return nil, err
	}
	header := Header(rows, answers)
	kinds := make([]kind, len(header))
	var full *nested
	for i, c := range answers {
		kinds[len(rows)+i] = c.kind
		if c.of != nil {
			full = nestedOf(c.of)
		}
	}
	switch format {
	case CSV, TSV:
		o.Sink, err = newDelimitedSink(o.buffer, format, header)
	case NDJSON:
		o.Sink, err = newNDJSONSink(o.buffer, header)
	case XLSX:
		for i, c := range recognised(rows) {
			if c.Field.measured("") {
				kinds[i] = measure
			}
		}
		var sink *workbookSink
		sink, err = newWorkbookSink(o.buffer, header, kinds)
		o.Sink = inTurn{sink}
	case Parquet:
		o.Sink = newParquetSink(o.buffer, header, kinds, full)
	}
	if err != nil {
		o.Abort()
		return nil, err
	}
	return o, nil
}

// Workers says how many goroutines may encode at once what is written; as many as
// there are processors, if it is not said.
func (o *Output) Workers(n int) {
	if p, ok := o.Sink.(*parquetSink); ok {
		p.workers = n
	}
}

// begin begins a file of some format, "" for what its name tells, under a name of
// its own.
func begin(ctx context.Context, name string, stdout io.Writer, format Format) (*Output, Format, error) {
	packing := plain
	if format == "" {
		if name == "-" {
			format = CSV
		} else {
			var err error
			if format, packing, err = formatOf(name); err != nil {
				return nil, format, err
			}
		}
	} else if f, c, err := formatOf(name); err == nil && f != XLSX && f != Parquet {
		packing = c
	}
	o, err := newOutput(name)
	if err != nil {
		return nil, format, err
	}
	out := stdout
	if o.file != nil {
		out = o.file
	}
	out = heedful{ctx, out}
	switch packing {
	case gzipped:
		o.packed = gzip.NewWriter(out)
		out = o.packed
	case zstandard:
		z, err := zstd.NewWriter(out, zstd.WithEncoderConcurrency(1))
		if err != nil {
			o.Abort()
			return nil, format, err
		}
		o.packed, out = z, z
	}
	o.buffer = bufio.NewWriterSize(out, 1<<18)
	return o, format, nil
}

// newOutput opens a file under a name of its own, beside the one it is to have; what
// is no file, a device or a pipe, is written to as it is.
func newOutput(name string) (*Output, error) {
	if name == "-" {
		return &Output{name: name}, nil
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real // a link stays one
	}
	switch info, err := os.Stat(name); {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s is a folder, and no file", name)
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		return &Output{name: name, file: f}, err
	}
	dir := filepath.Dir(name)
	if _, err := os.Stat(dir); os.IsNotExist(err) {
		return nil, fmt.Errorf("%s: there is no folder %s", name, dir)
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(name)+".*.partial")
	if err != nil {
		return nil, err
	}
	return &Output{name: name, file: f, partial: f.Name()}, nil
}

// IsStream reports whether what is written to a file of that name cannot be taken
// back: standard output, a device or a pipe.
func IsStream(name string) bool {
	info, err := os.Stat(name)
	return name == "-" || err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// heedful writes nothing once its context is done.
type heedful struct {
	ctx context.Context
	to  io.Writer
}

func (h heedful) Write(p []byte) (int, error) {
	if err := h.ctx.Err(); err != nil {
		return 0, err
	}
	return h.to.Write(p)
}

// Write writes a row of texts.
func (o *Output) Write(cells []string) error {
	if o.part == nil {
		o.part = o.NewPart()
	}
	o.record.begin(cells)
	if err := o.part.Add(&o.record); err != nil {
		return err
	}
	if o.waiting++; o.waiting < chunkRows {
		return nil
	}
	o.waiting = 0
	return o.WritePart(o.part)
}

// Close ends the table and gives the file its name.
func (o *Output) Close(t Sheets) error {
	if o.waiting > 0 {
		if err := o.WritePart(o.part); err != nil {
			return o.end(err)
		}
	}
	return o.end(o.Finish(t))
}

// end gives the file its name, unless something failed.
func (o *Output) end(failed error) error {
	err := errors.Join(failed, o.buffer.Flush())
	if o.packed != nil {
		err = errors.Join(err, o.packed.Close())
	}
	if o.file == nil {
		return err
	}
	if o.partial == "" {
		err = errors.Join(err, o.file.Close())
	} else {
		err = errors.Join(err, o.file.Chmod(0o644), o.file.Close())
		if err == nil {
			err = os.Rename(o.partial, o.name)
		}
		if err != nil {
			os.Remove(o.partial)
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", o.name, err)
	}
	return nil
}

// Abort leaves no file behind.
func (o *Output) Abort() {
	if o.file != nil {
		o.file.Close()
	}
	if o.partial != "" {
		os.Remove(o.partial)
	}
}

// delimitedSink writes CSV and TSV.
type delimitedSink struct {
	out   io.Writer
	comma rune
}

func newDelimitedSink(out io.Writer, format Format, header []string) (*delimitedSink, error) {
	s := &delimitedSink{out, ','}
	if format == TSV {
		s.comma = '\t'
	}
	p := s.NewPart()
	if err := p.Add(&Record{file: header}); err != nil {
		return nil, err
	}
	return s, s.WritePart(p)
}

// NewPart implements [Sink].
func (s *delimitedSink) NewPart() Part {
	p := &delimitedPart{}
	p.w = csv.NewWriter(&p.text)
	p.w.Comma = s.comma
	return p
}

// WritePart implements [Sink].
func (s *delimitedSink) WritePart(part Part) error {
	p := part.(*delimitedPart)
	p.w.Flush()
	_, err := p.text.WriteTo(s.out)
	return err
}

// Finish implements [Sink].
func (s *delimitedSink) Finish(Sheets) error { return nil }

type delimitedPart struct {
	text  bytes.Buffer
	w     *csv.Writer
	cells []string
}

// Add implements [Part].
func (p *delimitedPart) Add(r *Record) error {
	p.cells = r.strings(p.cells[:0])
	return p.w.Write(p.cells)
}

// ndjsonSink writes an object a line; an empty cell is no member of it.
type ndjsonSink struct {
	out  io.Writer
	keys [][]byte
}

func newNDJSONSink(out io.Writer, header []string) (*ndjsonSink, error) {
	s := &ndjsonSink{out: out}
	for _, name := range header {
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		s.keys = append(s.keys, append(key, ':'))
	}
	return s, nil
}

// NewPart implements [Sink].
func (s *ndjsonSink) NewPart() Part { return &ndjsonPart{keys: s.keys} }

// WritePart implements [Sink].
func (s *ndjsonSink) WritePart(part Part) error {
	p := part.(*ndjsonPart)
	_, err := s.out.Write(p.text)
	p.text = p.text[:0]
	return err
}

// Finish implements [Sink].
func (s *ndjsonSink) Finish(Sheets) error { return nil }

type ndjsonPart struct {
	text []byte
	keys [][]byte
}

// Add implements [Part].
func (p *ndjsonPart) Add(r *Record) (err error) {
	first := len(p.text)
	for i, c := range r.file {
		if p.text, err = appendMember(p.text, first, p.keys[i], c); err != nil {
			return err
		}
	}
	texts, ends := r.shown()
	begin := 0
	for n, end := range ends {
		i := len(r.file) + n
		if i == r.wholeAt && r.whole.value != nil {
			p.text = r.whole.appendJSON(appendKey(p.text, first, p.keys[i]))
		} else if p.text, err = appendMember(p.text, first, p.keys[i], texts[begin:end]); err != nil {
			return err
		}
		begin = end
	}
	if len(p.text) == first {
		p.text = append(p.text, '{')
	}
	p.text = append(p.text, "}\n"...)
	return nil
}

// appendMember appends a member of the object that begins at a place, where its cell is
// not empty.
func appendMember[T string | []byte](text []byte, first int, key []byte, cell T) ([]byte, error) {
	if len(cell) == 0 {
		return text, nil
	}
	text = appendKey(text, first, key)
	switch {
	case cell[0] == '{' && json.Valid([]byte(cell)): // a determination, of a file before
		return append(text, cell...), nil
	case isBare(cell):
		return append(append(append(text, '"'), cell...), '"'), nil
	}
	quoted, err := json.Marshal(string(cell))
	return append(text, quoted...), err
}

// appendKey appends what stands before the value of a member.
func appendKey(text []byte, first int, key []byte) []byte {
	between := byte(',')
	if len(text) == first {
		between = '{'
	}
	return append(append(text, between), key...)
}

// isBare reports whether JSON needs no escapes for a text.
func isBare[T string | []byte](s T) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c >= utf8.RuneSelf, c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}

// inTurn is a sink that encodes no row before the rows before it are written.
type inTurn struct {
	rows interface {
		Write(cells []string, full any) error
		Finish(t Sheets) error
	}
}

// NewPart implements [Sink].
func (inTurn) NewPart() Part { return new(textPart) }

// WritePart implements [Sink].
func (s inTurn) WritePart(part Part) error {
	p := part.(*textPart)
	defer func() { p.n = 0 }()
	for _, cells := range p.rows[:p.n] {
		if err := s.rows.Write(cells, nil); err != nil {
			return err
		}
	}
	return nil
}

// Finish implements [Sink].
func (s inTurn) Finish(t Sheets) error { return s.rows.Finish(t) }

// textPart is rows as texts.
type textPart struct {
	rows [][]string
	n    int
}

// Add implements [Part].
func (p *textPart) Add(r *Record) error {
	if p.n == len(p.rows) {
		p.rows = append(p.rows, nil)
	}
	p.rows[p.n] = r.strings(p.rows[p.n][:0])
	p.n++
	return nil
}
