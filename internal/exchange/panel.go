package exchange

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"

	"github.com/navicert/navicert/internal/outlook"
	"github.com/navicert/navicert/internal/quantity"
)

// PanelOptions say how a panel is written.
type PanelOptions struct {
	Format Format // "" for what the name of the file tells
	// About is what the panel takes as given, by key in order; Parquet keeps it.
	About   [][2]string
	Workers int
	// Progress is told how many lines of the tariff are written; nil for nobody.
	Progress func(lines int)
	limits   panelLimits // of Parquet; of tests, else zero
}

// panelSink writes the rows of a panel, a line of the tariff at a time.
type panelSink interface {
	write(code string, b *outlook.Block) error
	finish() error
}

// WritePanel writes a panel as CSV, TSV or Parquet; "-" is the stream given. The
// file has its name only when it is whole. It returns how many rows were written.
func WritePanel(ctx context.Context, name string, stdout io.Writer, p *outlook.Panel, o PanelOptions) (rows int, err error) {
	out, format, err := begin(ctx, name, stdout, o.Format)
	if err != nil {
		return 0, err
	}
	var sink panelSink
	switch format {
	case CSV, TSV:
		sink, err = newPanelText(out.buffer, p.Columns(), format)
	case Parquet:
		sink = newPanelParquet(out.buffer, p.Columns(), &o)
	default:
		err = fmt.Errorf("a panel is written as csv, tsv or parquet, not %s", format)
	}
	if err != nil {
		out.Abort()
		return 0, err
	}
	lines := 0
	for code, b := range p.Blocks() {
		if err = ctx.Err(); err == nil {
			err = sink.write(string(code), b)
		}
		if err != nil {
			out.Abort()
			return rows, err
		}
		rows += b.Rows
		if lines++; o.Progress != nil {
			o.Progress(lines)
		}
	}
	return rows, out.end(sink.finish())
}

// panelText writes a panel as CSV or TSV. What the rows of a block say after their code
// and origin is written down once, and again with each of these.
type panelText struct {
	out     io.Writer
	columns []outlook.Column
	cells   []map[int32]string // by column, of the numbers met
	comma   byte
	text    map[*outlook.Block]*blockText
	size    int // of text
	buffer  []byte
}

// blockText is the rows of a block without code and origin, piece by piece.
type blockText struct {
	lines []byte
	ends  []int // of lines, by number of a series
}

// mostText is how much text of blocks is remembered.
const mostText = 32 << 20

func newPanelText(out io.Writer, columns []outlook.Column, format Format) (*panelText, error) {
	t := &panelText{out: out, columns: columns, comma: ',', text: map[*outlook.Block]*blockText{}}
	if format == TSV {
		t.comma = '\t'
	}
	header := []string{outlook.CodeColumn}
	for _, c := range columns {
		header = append(header, c.Name)
		t.cells = append(t.cells, map[int32]string{})
	}
	line, err := t.line(header)
	if err != nil {
		return nil, err
	}
	_, err = out.Write(line)
	return t, err
}

// line is one line of text.
func (t *panelText) line(cells []string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = rune(t.comma)
	err := w.Write(cells)
	w.Flush()
	return b.Bytes(), err
}

func (t *panelText) write(code string, b *outlook.Block) error {
	text, ok := t.text[b]
	if !ok {
		var err error
		if text, err = t.textOf(b); err != nil {
			return err
		}
		if t.size += len(text.lines); t.size > mostText {
			clear(t.text)
			t.size = len(text.lines)
		}
		t.text[b] = text
	}
	origins := b.Streams[t.columns[0].Stream].Layout
	t.buffer = t.buffer[:0]
	for n, piece := range origins.Of {
		origin, at := t.cell(0, int32(n)), 0
		from, until := origins.Pieces[piece], origins.Pieces[piece+1]
		if from > 0 {
			at = text.ends[from-1]
		}
		for _, end := range text.ends[from:until] {
			t.buffer = append(append(append(append(t.buffer, code...), t.comma), origin...), t.comma)
			t.buffer = append(t.buffer, text.lines[at:end]...)
			at = end
		}
	}
	_, err := t.out.Write(t.buffer)
	return err
}

// cell is the text of a cell.
func (t *panelText) cell(column int, n int32) string {
	text, ok := t.cells[column][n]
	if !ok {
		text = cellText(t.columns[column].Kind, t.columns[column].Value(n))
		t.cells[column][n] = text
	}
	return text
}

// textOf is the text of a block.
func (t *panelText) textOf(b *outlook.Block) (*blockText, error) {
	var out bytes.Buffer
	var text blockText
	w := csv.NewWriter(&out)
	w.Comma = rune(t.comma)
	cells := make([]string, len(t.columns)-1)
	for i := range b.Streams[t.columns[1].Stream].Numbers {
		for c := range cells {
			cells[c] = t.cell(c+1, b.Streams[t.columns[c+1].Stream].Numbers[i])
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
		w.Flush()
		text.ends = append(text.ends, out.Len())
	}
	text.lines = out.Bytes()
	return &text, w.Error()
}

func cellText(k outlook.Kind, v outlook.Value) string {
	switch {
	case v.Null:
		return ""
	case k == outlook.Points:
		return quantity.NewDecimal(v.Number, 4).String()
	}
	return v.Text
}

func (t *panelText) finish() error { return nil }
