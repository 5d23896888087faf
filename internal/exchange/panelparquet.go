package exchange

import (
	"cmp"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/navicert/navicert/internal/outlook"
)

// panelParquet writes a panel as Parquet. Each line of the tariff is one page of
// each column, numbers into the dictionary of the column. Pages that say the same are
// encoded once: lines share series, series of a column that says less than they do share
// pages, and dictionaries only grow.
type panelParquet struct {
	file    *parquetFile
	columns []panelColumn
	chunks  []columnChunk
	workers int
	limits  panelLimits

	lines []panelLine // of the row group
	rows  int
}

type panelLine struct {
	code  string
	block *outlook.Block
}

// panelLimits are about how many rows a row group has, and the bytes of a dictionary and
// of the pages remembered beyond which a column begins anew with the next one.
type panelLimits struct {
	rows, dictionary, pages int
}

var usualLimits = panelLimits{rows: 1 << 21, dictionary: 4 << 20, pages: 8 << 20}

func newPanelParquet(out io.Writer, columns []outlook.Column, o *PanelOptions) *panelParquet {
	p := &panelParquet{workers: max(o.Workers, 1), limits: cmp.Or(o.limits, usualLimits)}
	root := table{Group: parquet.Group{}}
	for _, c := range append([]outlook.Column{{Name: outlook.CodeColumn, Kind: outlook.Text}}, columns...) {
		root.fields = append(root.fields, tableField{parquet.Optional(panelNode(c.Kind)), c.Name})
		p.columns = append(p.columns, newPanelColumn(c))
	}
	p.chunks = make([]columnChunk, len(p.columns))
	p.file = newParquetFile(out, "panel", &root, o.About)
	return p
}

func panelNode(k outlook.Kind) parquet.Node {
	switch k {
	case outlook.Points:
		return parquet.Decimal(4, 18, parquet.Int64Type)
	case outlook.Instant:
		return parquet.Timestamp(parquet.Millisecond)
	}
	return parquet.String()
}

func physical(k outlook.Kind) format.Type {
	if k == outlook.Text {
		return format.ByteArray
	}
	return format.Int64
}

func (p *panelParquet) write(code string, b *outlook.Block) error {
	p.lines = append(p.lines, panelLine{code, b})
	if p.rows += b.Rows; p.rows >= p.limits.rows {
		p.flush()
	}
	return p.file.err
}

// flush writes the row group, its columns encoded side by side.
func (p *panelParquet) flush() {
	if p.rows == 0 {
		return
	}
	sideBySide(p.workers, len(p.columns), func(i int) {
		p.columns[i].encode(p.lines, &p.limits, &p.chunks[i])
	})
	for i := range p.columns {
		p.file.fail(p.columns[i].page.err)
	}
	p.file.group(p.rows, p.chunks)
	p.lines, p.rows = p.lines[:0], 0
}

func (p *panelParquet) finish() error {
	p.flush()
	return p.file.finish()
}
