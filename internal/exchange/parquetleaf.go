package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
)

// leaf is a column of a Parquet file being read, page by page. What stands in a
// dictionary is made a text once; texts of a page are parts of one.
type leaf struct {
	at    int  // among the leaves of the file
	most  byte // the level at which a value is there
	text  func([]byte, parquet.Value) []byte
	plain bool                // text is what a text is
	chunk parquet.ColumnChunk // of the row group
	pages parquet.Pages       // of the chunk; nil before the first is read

	page    parquet.Page // nil where none is read
	begun   int          // pages of the chunk, the last in hand
	first   int          // row of the row group with which that page begins, from 0
	row     int          // of the page, the next to be read
	levels  []byte       // of the page; empty where a value is always there
	coded   bool         // the page has indices into words; else words are its values in turn
	indices []int32
	words   []string
	turn    int // of the words

	dictionary parquet.Dictionary // of which words are the texts; nil: of a page
	cells      []string           // of the rows read
	joined     []byte
	ends       []uint32
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
		if err := l.take(n); err != nil {
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
	l.row, l.levels = 0, l.page.DefinitionLevels()
	data, d := l.page.Data(), l.page.Dictionary()
	switch l.coded = d != nil; {
	case !l.coded:
		l.dictionary, l.turn = nil, 0
		if l.plain {
			l.cut(data.ByteArray())
			return nil
		}
		return l.join(l.page.Values())
	case d != l.dictionary:
		l.dictionary = d
		words := d.Page()
		if texts := words.Data(); l.plain {
			l.cut(texts.ByteArray())
		} else if err := l.join(words.Values()); err != nil {
			return err
		}
	}
	l.indices = data.Int32()
	return nil
}

// take takes the cells of n rows of the page.
func (l *leaf) take(n int) error {
	if len(l.levels) == 0 || bytes.Count(l.levels[l.row:l.row+n], []byte{l.most}) == n {
		return l.values(n)
	}
	for _, level := range l.levels[l.row : l.row+n] {
		if level != l.most {
			l.cells = append(l.cells, "")
		} else if err := l.values(1); err != nil {
			return err
		}
	}
	return nil
}

// values takes the next n values of the page.
func (l *leaf) values(n int) error {
	there := 0
	if l.coded {
		there = min(n, len(l.indices))
		for _, i := range l.indices[:there] {
			l.cells = append(l.cells, l.words[i])
		}
		l.indices = l.indices[there:]
	} else {
		there = min(n, len(l.words)-l.turn)
		l.cells = append(l.cells, l.words[l.turn:l.turn+there]...)
		l.turn += there
	}
	if there < n {
		return errShortPage
	}
	return nil
}

var errShortPage = errors.New("the file is broken: a page is shorter than it says")

// join makes the words of values.
func (l *leaf) join(values parquet.ValueReader) error {
	var some [rowsAhead]parquet.Value
	l.joined, l.ends = l.joined[:0], append(l.ends[:0], 0)
	for {
		n, err := values.ReadValues(some[:])
		for _, v := range some[:n] {
			if !v.IsNull() {
				l.joined = l.text(l.joined, v)
				l.ends = append(l.ends, uint32(len(l.joined)))
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			l.cut(l.joined, l.ends)
			return nil
		case err != nil:
			return err
		case n == 0:
			return errShortPage
		}
	}
}

// cut makes the words of texts that follow one another, each from where it begins to
// where the next does.
func (l *leaf) cut(texts []byte, places []uint32) {
	all, valid := string(texts), utf8.Valid(texts)
	l.words = l.words[:0]
	for i := 1; i < len(places); i++ {
		word := strings.TrimSpace(all[places[i-1]:places[i]])
		if !valid { // bytes that are no text
			word = strings.ToValidUTF8(word, string(utf8.RuneError))
		}
		l.words = append(l.words, word)
	}
}

// release gives the page back.
func (l *leaf) release() {
	parquet.Release(l.page)
	l.page, l.indices, l.levels = nil, nil, nil
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
