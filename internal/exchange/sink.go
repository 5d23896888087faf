package exchange

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

// Sink is a table of answers being written.
type Sink interface {
	// Write writes a row: the cells of [Answer.Cells], and the determination for a
	// format that has room for it as it is; nil for none.
	Write(cells []string, full any) error
	// Finish ends the table, where a workbook has further sheets for the totals.
	Finish(t Sheets) error
}

// Sheets are totals that write further sheets of a workbook.
type Sheets interface {
	sheets(s *workbookSink) error
}

// Output is a file being written. It has its name only when it is whole.
type Output struct {
	Sink
	name, partial string
	file          *os.File
	packed        io.WriteCloser // nil where nothing is packed
	buffer        *bufio.Writer
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
		w := csv.NewWriter(o.buffer)
		if format == TSV {
			w.Comma = '\t'
		}
		o.Sink, err = &delimitedSink{w}, w.Write(header)
	case NDJSON:
		o.Sink, err = newNDJSONSink(o.buffer, header)
	case XLSX:
		o.Sink, err = newWorkbookSink(o.buffer, header, kinds)
	case Parquet:
		o.Sink, err = newParquetSink(o.buffer, header, kinds, full)
	}
	if err != nil {
		o.Abort()
		return nil, err
	}
	return o, nil
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
	o := &Output{name: name}
	out := stdout
	if name != "-" {
		f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*.partial")
		if err != nil {
			return nil, format, err
		}
		o.file, o.partial, out = f, f.Name(), f
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

// Close ends the table and gives the file its name.
func (o *Output) Close(t Sheets) error { return o.end(o.Finish(t)) }

// end gives the file its name, unless something failed.
func (o *Output) end(failed error) error {
	err := errors.Join(failed, o.buffer.Flush())
	if o.packed != nil {
		err = errors.Join(err, o.packed.Close())
	}
	if o.file == nil {
		return err
	}
	err = errors.Join(err, o.file.Chmod(0o644), o.file.Close())
	if err == nil {
		err = os.Rename(o.partial, o.name)
	}
	if err != nil {
		os.Remove(o.partial)
		return fmt.Errorf("%s: %w", o.name, err)
	}
	return nil
}

// Abort leaves no file behind.
func (o *Output) Abort() {
	if o.file != nil {
		o.file.Close()
		os.Remove(o.partial)
	}
}

type delimitedSink struct{ w *csv.Writer }

func (d *delimitedSink) Write(cells []string, _ any) error { return d.w.Write(cells) }

func (d *delimitedSink) Finish(Sheets) error {
	d.w.Flush()
	return d.w.Error()
}

type ndjsonSink struct {
	out  *bufio.Writer
	keys [][]byte
}

func newNDJSONSink(out *bufio.Writer, header []string) (*ndjsonSink, error) {
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

func (s *ndjsonSink) Write(cells []string, _ any) error {
	s.out.WriteByte('{')
	first := true
	for i, c := range cells {
		if c == "" {
			continue
		}
		if !first {
			s.out.WriteByte(',')
		}
		first = false
		s.out.Write(s.keys[i])
		if c[0] == '{' && json.Valid([]byte(c)) { // a determination
			s.out.WriteString(c)
			continue
		}
		text, err := json.Marshal(c)
		if err != nil {
			return err
		}
		s.out.Write(text)
	}
	_, err := s.out.WriteString("}\n")
	return err
}

func (s *ndjsonSink) Finish(Sheets) error { return nil }
