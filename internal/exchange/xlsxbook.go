package exchange

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// book is what a workbook says of its sheets.
type book struct {
	sheets   []bookSheet // at least one
	serials  Serials
	texts    string // the part of the texts that cells share; "" for none
	styles   string // the part of styles; "" for none, or where the year of serials is not known
	nameless bool   // the names of the sheets are lost: they have those of their parts
}

// bookSheet is a sheet and the part that holds it.
type bookSheet struct{ name, part string }

// relationships are the parts that a part of a package names.
type relationships struct {
	To []relationship `xml:"Relationship"`
}

type relationship struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

// Ends of the types of relationships; what stands before them has two forms.
const (
	toBook   = "/officeDocument"
	toSheet  = "/worksheet"
	toTexts  = "/sharedStrings"
	toStyles = "/styles"
)

// book reads what the workbook says of its sheets. Where its file is cut off and
// that is lost, it goes by the names of parts.
func (p *parts) book() (*book, error) {
	b, err := p.namedBook()
	if err == nil || p.whole != nil {
		return b, err
	}
	b = &book{texts: "xl/sharedStrings.xml", nameless: true}
	for _, name := range p.names() {
		if strings.HasPrefix(name, "xl/worksheets/") && strings.HasSuffix(name, ".xml") {
			b.sheets = append(b.sheets, bookSheet{name, name})
		}
	}
	if len(b.sheets) == 0 {
		return nil, fmt.Errorf("%w, and no sheet is in what is left", errCutOff)
	}
	return b, nil
}

func (p *parts) namedBook() (*book, error) {
	roots, err := p.related("")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(roots, func(r relationship) bool { return strings.HasSuffix(r.Type, toBook) })
	if i < 0 {
		return nil, errors.New("no workbook: the archive names none")
	}
	var said struct {
		Props struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name string     `xml:"name,attr"`
			Attr []xml.Attr `xml:",any,attr"` // among them the id of the relationship
		} `xml:"sheets>sheet"`
	}
	if err := p.read(roots[i].Target, &said); err != nil {
		return nil, err
	}
	related, err := p.related(roots[i].Target)
	if err != nil {
		return nil, err
	}
	b := &book{serials: From1900}
	if said.Props.Date1904 == "1" || said.Props.Date1904 == "true" {
		b.serials = From1904
	}
	for _, s := range said.Sheets {
		for _, r := range related {
			isID := func(a xml.Attr) bool { return a.Name.Local == "id" && a.Value == r.ID }
			if strings.HasSuffix(r.Type, toSheet) && slices.ContainsFunc(s.Attr, isID) {
				b.sheets = append(b.sheets, bookSheet{s.Name, r.Target})
			}
		}
	}
	for _, r := range related {
		switch {
		case strings.HasSuffix(r.Type, toTexts):
			b.texts = r.Target
		case strings.HasSuffix(r.Type, toStyles):
			b.styles = r.Target
		}
	}
	if len(b.sheets) == 0 {
		return nil, errors.New("the workbook has no sheet of cells")
	}
	return b, nil
}

// related are the parts that another names, with their names in the archive.
func (p *parts) related(part string) ([]relationship, error) {
	dir, base := path.Split(part)
	var all relationships
	if err := p.read(path.Join(dir, "_rels", base+".rels"), &all); err != nil {
		return nil, err
	}
	for i, r := range all.To {
		if target, ok := strings.CutPrefix(r.Target, "/"); ok {
			all.To[i].Target = target
		} else {
			all.To[i].Target = path.Join(dir, r.Target)
		}
	}
	return all.To, nil
}

func (p *parts) read(name string, into any) error {
	f, err := p.open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	d, err := partDecoder(f)
	if err == nil {
		err = d.Decode(into)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// partDecoder reads the XML of a part, which is in UTF-8 or UTF-16 (ECMA-376, part 2).
func partDecoder(r io.Reader) (*xml.Decoder, error) {
	text, err := decoded(r)
	if err != nil {
		return nil, err
	}
	d := xml.NewDecoder(text)
	d.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		switch strings.ToLower(charset) {
		case "utf8", "us-ascii":
			return in, nil
		case "utf-16": // is UTF-8 by now
			return in, nil
		}
		return nil, fmt.Errorf("it is written in %s, and parts of workbooks are written in UTF-8", charset)
	}
	return d, nil
}
