package exchange

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// leaf is a column of a Parquet file being read, page by page. What stands in a
// dictionary is made a text once, and else the texts of some rows are parts of one.
type leaf struct {
	at    int  // among the leaves of the file
	most  byte // the level at which a value is there
	text  func([]byte, parquet.Value) []byte
	chunk parquet.ColumnChunk // of the row group
	pages parquet.Pages       // of the chunk; nil before the first is read

	page    parquet.Page // nil where none is read
	begun   int          // pages of the chunk, the last in hand
	first   int          // row of the row group with which that page begins, from 0
	row     int          // of the page, the next to be read
	levels  []byte       // of the page; empty where a value is always there
	indices []int32      // of the page, into words
	values  parquet.ValueReader

	dictionary parquet.Dictionary // of which words are the texts
	words      []string
	cells      []string // of the rows read
	buffer     [rowsAhead]parquet.Value
	joined     []byte
	ends       []int
}

// read reads the cells of rowsAhead rows; fewer where the row group ends, or fails.
func (l *leaf) read() (err error) {
	l.cells = l.cells[:0]
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the file is broken: %v", p)
		}
	}()
	for len(l.cells) < rowsAhead {
		if l.page == nil {
			if err := l.next(); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
		n := min(rowsAhead-len(l.cells), int(l.page.NumValues())-l.row)
		if l.values == nil {
			l.indexed(n)
		} else if err := l.plain(n); err != nil {
			return err
		}
		if l.row += n; l.row == int(l.page.NumValues()) {
			l.first += l.row
			l.release()
		}
	}
	return nil
}

// next takes the next page in hand.
func (l *leaf) next() (err error) {
	if l.pages == nil {
		l.pages, l.begun, l.first = l.chunk.Pages(), 0, 0
	}
	l.begun++
	if l.page, err = l.pages.ReadPage(); err != nil {
		l.page = nil
		return err
	}
	l.row, l.levels, l.values = 0, l.page.DefinitionLevels(), nil
	d := l.page.Dictionary()
	if d == nil {
		l.values = l.page.Values()
		return nil
	}
	data := l.page.Data()
	if l.indices = data.Int32(); d != l.dictionary {
		l.dictionary = d
		l.words = l.texts(l.words[:0], d.Len(), func(i int) parquet.Value { return d.Index(int32(i)) })
	}
	return nil
}

// indexed reads n rows of a page of indices.
func (l *leaf) indexed(n int) {
	if len(l.levels) == 0 {
		for _, i := range l.indices[:n] {
			l.cells = append(l.cells, l.words[i])
		}
		l.indices = l.indices[n:]
		return
	}
	for _, level := range l.levels[l.row : l.row+n] {
		cell := ""
		if level == l.most {
			cell, l.indices = l.words[l.indices[0]], l.indices[1:]
		}
		l.cells = append(l.cells, cell)
	}
}

// plain reads n rows of a page of values.
func (l *leaf) plain(n int) error {
	for read := 0; read < n; {
		k, err := l.values.ReadValues(l.buffer[read:n])
		if read += k; read < n && k == 0 {
			if err == nil || errors.Is(err, io.EOF) {
				err = errors.New("the file is broken: a page is shorter than it says")
			}
			return err
		}
	}
	l.cells = l.texts(l.cells, n, func(i int) parquet.Value { return l.buffer[i] })
	return nil
}

// texts appends the texts of n values, "" for one that is not there.
func (l *leaf) texts(to []string, n int, value func(int) parquet.Value) []string {
	l.joined, l.ends = l.joined[:0], l.ends[:0]
	for i := range n {
		if v := value(i); !v.IsNull() {
			l.joined = l.text(l.joined, v)
		}
		l.ends = append(l.ends, len(l.joined))
	}
	all, start := string(l.joined), 0
	for _, end := range l.ends {
		to = append(to, strings.TrimSpace(all[start:end]))
		start = end
	}
	return to
}

// release gives the page back.
func (l *leaf) release() {
	parquet.Release(l.page)
	l.page, l.values, l.indices, l.levels = nil, nil, nil, nil
}

// close ends the reading of a row group.
func (l *leaf) close() {
	if l.page != nil {
		l.release()
	}
	if l.pages != nil {
		l.pages.Close()
	}
	l.pages, l.dictionary = nil, nil
}
