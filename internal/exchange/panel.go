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
	// Progress is told how many rows are written; nil for nobody.
	Progress func(rows int)
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
	for code, b := range p.Blocks() {
		if err = ctx.Err(); err == nil {
			err = sink.write(string(code), b)
		}
		if err != nil {
			out.Abort()
			return rows, err
		}
		if rows += b.Rows; o.Progress != nil {
			o.Progress(rows)
		}
	}
	return rows, out.end(sink.finish())
}

// panelText writes a panel as CSV or TSV. The rows of a block are written down
// once, and again with each code.
type panelText struct {
	out     io.Writer
	columns []outlook.Column
	cells   []map[int32]string // by column, of the numbers met
	comma   byte
	text    map[*outlook.Block][]byte // rows without their code
	size    int                       // of text
	buffer  []byte
}

// mostText is how much text of blocks is remembered.
const mostText = 32 << 20

func newPanelText(out io.Writer, columns []outlook.Column, format Format) (*panelText, error) {
	t := &panelText{out: out, columns: columns, comma: ',', text: map[*outlook.Block][]byte{}}
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
	rows, ok := t.text[b]
	if !ok {
		var err error
		if rows, err = t.rows(b); err != nil {
			return err
		}
		if t.size += len(rows); t.size > mostText {
			clear(t.text)
			t.size = len(rows)
		}
		t.text[b] = rows
	}
	t.buffer = t.buffer[:0]
	for len(rows) > 0 {
		n := bytes.IndexByte(rows, '\n') + 1 // no cell has a line of its own
		t.buffer = append(append(append(t.buffer, code...), t.comma), rows[:n]...)
		rows = rows[n:]
	}
	_, err := t.out.Write(t.buffer)
	return err
}

// rows are the lines of a block without their codes.
func (t *panelText) rows(b *outlook.Block) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Comma = rune(t.comma)
	cells := make([]string, len(t.columns))
	for i := range b.Rows {
		for c := range t.columns {
			n := b.Numbers[t.columns[c].Stream][i]
			text, ok := t.cells[c][n]
			if !ok {
				text = cellText(t.columns[c].Kind, t.columns[c].Value(n))
				t.cells[c][n] = text
			}
			cells[c] = text
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
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
