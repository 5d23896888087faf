package exchange

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
)

// workbookWriter writes the sheets of a workbook one after the other, row by row, and
// holds none of them. It writes what answers need: texts, numbers and links, a
// header that stays in sight. What one sheet has no room for goes on in the next, under
// the same header. The writer of excelize would keep the methods of every type in the
// binary (decision 24).
type workbookWriter struct {
	zip    *zip.Writer
	most   int // rows of a sheet, the header among them
	sheets []string
	sheet  *bufio.Writer // nil: none is under way
	row    int           // the last of it, from 1
	table  string        // under way; it may go over several sheets
	header []string
	nth    int // sheet of the table, from 1
}

// style is how a cell shows; an index of the styles in workbookStyles.
type style int

const (
	plainCell  style = iota
	headCell         // bold, broken to lines
	amountCell       // 1,234.50
	rateCell         // 0.25 to 0.2512
)

// cell is a value with its style. A link shows its address.
type cell struct {
	style style
	value any // nil, a string, an int or a float64
	link  string
}

const (
	xmlHead       = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainSpace     = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relationSpace = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packageSpace  = "http://schemas.openxmlformats.org/package/2006/"
	mediaType     = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	mostCellText  = 32_767 // characters that a cell has room for
	columnWidth   = 16     // in characters
)

const workbookStyles = xmlHead + `<styleSheet xmlns="` + mainSpace + `">` +
	`<numFmts count="2"><numFmt numFmtId="164" formatCode="#,##0.00"/><numFmt numFmtId="165" formatCode="0.00##"/></numFmts>` +
	`<fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font><font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>` +
	`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
	`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
	`<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
	`<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>` +
	`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>` +
	`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`

func newWorkbookWriter(out io.Writer) *workbookWriter {
	w := &workbookWriter{zip: zip.NewWriter(out), most: mostSheetRows}
	w.zip.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.DefaultCompression) })
	return w
}

// begin ends the table before and begins one with a header.
func (w *workbookWriter) begin(name string, header []string) error {
	if n := len(header); n > mostSheetColumns {
		return fmt.Errorf("a sheet has room for %d columns, and there are %d: write CSV, NDJSON or Parquet instead", mostSheetColumns, n)
	}
	w.table, w.header, w.nth = name, header, 1
	return w.open(name)
}

// open ends the sheet before and begins one with the header of the table.
func (w *workbookWriter) open(name string) error {
	if err := w.end(); err != nil {
		return err
	}
	header := w.header
	w.sheets = append(w.sheets, name)
	part, err := w.zip.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", len(w.sheets)))
	if err != nil {
		return err
	}
	w.sheet, w.row = bufio.NewWriterSize(part, 64<<10), 0
	selected := ""
	if len(w.sheets) == 1 {
		selected = ` tabSelected="1"`
	}
	fmt.Fprintf(w.sheet, xmlHead+`<worksheet xmlns="%s"><sheetViews><sheetView%s workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`+
		`<cols><col min="1" max="%d" width="%d" customWidth="1"/></cols><sheetData>`, mainSpace, selected, max(len(header), 1), columnWidth)
	cells := make([]any, len(header))
	for i, h := range header {
		cells[i] = cell{style: headCell, value: h}
	}
	return w.add(cells)
}

// add writes a row of cells, of texts and numbers alone or with a style; nil is an
// empty one.
func (w *workbookWriter) add(cells []any) error {
	if w.row == w.most {
		w.nth++
		if err := w.open(fmt.Sprintf("%s %d", w.table, w.nth)); err != nil {
			return err
		}
	}
	w.row++
	out := w.sheet
	number := strconv.Itoa(w.row)
	out.WriteString(`<row r="` + number + `">`)
	for i, v := range cells {
		c, ok := v.(cell)
		if !ok {
			c = cell{value: v}
		}
		if c.value == nil && c.link == "" {
			continue
		}
		out.WriteString(`<c r="` + columnName(i) + number + `"`)
		if c.style != plainCell {
			out.WriteString(` s="` + strconv.Itoa(int(c.style)) + `"`)
		}
		if c.link != "" {
			out.WriteString(` t="str"><f>HYPERLINK("`)
			escape(out, strings.ReplaceAll(c.link, `"`, "%22"))
			out.WriteString(`")</f><v>`)
			escape(out, c.link)
			out.WriteString(`</v></c>`)
			continue
		}
		switch v := c.value.(type) {
		case string:
			out.WriteString(` t="inlineStr"><is><t xml:space="preserve">`)
			escape(out, sheetText(v))
			out.WriteString(`</t></is></c>`)
		case int:
			out.WriteString(`><v>` + strconv.Itoa(v) + `</v></c>`)
		case float64:
			out.WriteString(`><v>`)
			out.Write(strconv.AppendFloat(out.AvailableBuffer(), v, 'f', -1, 64))
			out.WriteString(`</v></c>`)
		default:
			return fmt.Errorf("a cell of a workbook cannot hold a %T", v)
		}
	}
	_, err := out.WriteString("</row>") // the first error of all is kept by the writer
	return err
}

// end ends the sheet that is under way.
func (w *workbookWriter) end() error {
	if w.sheet == nil {
		return nil
	}
	w.sheet.WriteString("</sheetData></worksheet>")
	err := w.sheet.Flush()
	w.sheet = nil
	return err
}

// close ends the last sheet and writes what names them all.
func (w *workbookWriter) close() error {
	if err := w.end(); err != nil {
		return err
	}
	var types, sheets, relations strings.Builder
	for i, name := range w.sheets {
		n := i + 1
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, n, mediaType)
		sheets.WriteString(`<sheet name="`)
		escape(&sheets, name)
		fmt.Fprintf(&sheets, `" sheetId="%d" r:id="rId%d"/>`, n, n)
		fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, n, relationSpace, n)
	}
	for _, part := range [][2]string{
		{"xl/workbook.xml", `<workbook xmlns="` + mainSpace + `" xmlns:r="` + relationSpace + `"><sheets>` + sheets.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + packageSpace + `relationships">` + relations.String() +
			fmt.Sprintf(`<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/></Relationships>`, len(w.sheets)+1, relationSpace)},
		{"_rels/.rels", `<Relationships xmlns="` + packageSpace + `relationships"><Relationship Id="rId1" Type="` + relationSpace + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"[Content_Types].xml", `<Types xmlns="` + packageSpace + `content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + mediaType + `sheet.main+xml"/>` +
			`<Override PartName="/xl/styles.xml" ContentType="` + mediaType + `styles+xml"/>` + types.String() + `</Types>`},
	} {
		if err := w.part(part[0], xmlHead+part[1]); err != nil {
			return err
		}
	}
	if err := w.part("xl/styles.xml", workbookStyles); err != nil {
		return err
	}
	return w.zip.Close()
}

func (w *workbookWriter) part(name, text string) error {
	part, err := w.zip.Create(name)
	if err != nil {
		return err
	}
	_, err = io.WriteString(part, text)
	return err
}

// columnName is the letters of a column from 0: A to Z, AA and so on.
func columnName(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return columnName(i/26-1) + string(rune('A'+i%26))
}

// escaped are the escapes of characters that spreadsheets read within texts.
var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// sheetText is a text as a cell can hold it: a longer one ends with an ellipsis.
func sheetText(text string) string {
	if strings.Contains(text, "_x") {
		text = escaped.ReplaceAllString(text, "_x005F$0")
	}
	if len(text) > mostCellText && utf8.RuneCountInString(text) > mostCellText {
		text = string([]rune(text)[:mostCellText-1]) + "…"
	}
	return text
}

// escape writes a text within XML. A character that XML has no place for becomes
// the replacement character.
func escape(out io.Writer, text string) {
	_ = xml.EscapeText(out, []byte(text)) // both writers keep their first error
}
