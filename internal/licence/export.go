package licence

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/navicert/navicert/internal/quantity"
)

// exportFormat names what [Export] writes, and its edition.
const exportFormat = "navicert-desk-1"

// The files of an export. All but the manifest and the word to the reader are
// NDJSON; the bytes of documents are in a directory, by their digests.
const (
	fileEvents    = "events.ndjson"
	fileBalances  = "balances.ndjson"
	fileMovements = "movements.ndjson"
	fileReceipts  = "receipts.ndjson"
	fileDocuments = "documents.ndjson"
	fileManifest  = "manifest.json"
	fileReadme    = "README.txt"
	dirDocuments  = "documents/"
)

//go:embed export.txt
var exportReadme []byte

// exportedKinds are the kinds of objects in the order of their files.
var exportedKinds = []Kind{KindApplication, KindLicence, KindDrawdown, KindUndertaking, KindRegister}

// fileOf is the file of the objects of a kind.
func fileOf(k Kind) string { return string(k) + "s.ndjson" }

// Manifest says what an export holds.
type Manifest struct {
	Format string `json:"format"`
	// Head is the end of the log, as an audit gives it.
	Head string `json:"head"`
	// Files are all files but this one and the documents, in the order in which they
	// were written.
	Files []ExportedFile `json:"files"`
	// Documents are those whose bytes are in the export: how many, and bytes in all.
	Documents     int64 `json:"documents"`
	DocumentBytes int64 `json:"documentBytes"`
}

// ExportedFile is a file of an export.
type ExportedFile struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// exportedObject is an object with its state: what its events come to.
type exportedObject struct {
	ID      string          `json:"id"`
	Version int             `json:"version"`
	State   json.RawMessage `json:"state"`
}

// exportedBalance is a line of a licence with what is left on it.
type exportedBalance struct {
	Licence   string            `json:"licence"`
	Line      int               `json:"line"`
	Licensed  quantity.Quantity `json:"licensed"`
	Ceiling   quantity.Quantity `json:"ceiling"` // with the tolerance
	Reserved  quantity.Quantity `json:"reserved"`
	Committed quantity.Quantity `json:"committed"`
	// Value is absent where it is not limited.
	Value   *exportedValue `json:"value,omitempty"`
	Version int            `json:"version"`
}

type exportedValue struct {
	Ceiling   quantity.Money `json:"ceiling"`
	Reserved  quantity.Money `json:"reserved"`
	Committed quantity.Money `json:"committed"`
}

func exportBalance(b *Balance) *exportedBalance {
	amount := func(steps int64) quantity.Quantity {
		return quantity.Quantity{Amount: quantity.NewDecimal(steps, quantityPlaces), Unit: b.Unit}
	}
	out := &exportedBalance{b.Licence, b.Line, amount(b.Licensed), amount(b.Ceiling), amount(b.Reserved), amount(b.Committed), nil, b.Version}
	if b.Currency != "" {
		money := func(steps int64) quantity.Money {
			return quantity.Money{Amount: quantity.NewDecimal(steps, valuePlaces), Currency: b.Currency}
		}
		out.Value = &exportedValue{money(b.ValueCeiling), money(b.ValueReserved), money(b.ValueCommitted)}
	}
	return out
}

// exportedMovement is a line of the ledger. Quantity and value are in the unit and
// the currency of the line of the licence.
type exportedMovement struct {
	Event    int64            `json:"event"`
	Place    int              `json:"place"`
	At       quantity.Instant `json:"at"`
	Licence  string           `json:"licence"`
	Line     int              `json:"line"`
	Drawdown string           `json:"drawdown"`
	Kind     MovementKind     `json:"kind"`
	Quantity quantity.Decimal `json:"quantity"`
	Value    quantity.Decimal `json:"value"`
}

// exportedDocument is a paper of an application. File is where its bytes are, and
// absent where the desk has its digest alone.
type exportedDocument struct {
	Application string `json:"application"`
	Document
	File string `json:"file,omitempty"`
}

// Export writes all that a desk holds, from one state of it, as a ZIP archive: every
// event as it was hashed, the state of every object, the ledger, the receipts, and
// the bytes of every document, with a manifest. It is written as it is read, and an
// archive that was cut off has no end and does not open. Progress, where set, is told
// now and then how many of so many steps are done.
func Export(ctx context.Context, r Reader, w io.Writer, progress func(done, of int64)) (*Manifest, error) {
	head, err := r.Head(ctx)
	if err != nil {
		return nil, err
	}
	x := &export{zip: zip.NewWriter(w), manifest: Manifest{Format: exportFormat, Head: head.String(), Files: []ExportedFile{}},
		// Each event is gone through in the log, and in the version of its object.
		of: 2 * head.Size, progress: progress, kept: map[string]bool{}}
	x.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for _, step := range []func(context.Context, Reader) error{x.readme, x.events, x.objects, x.ledger, x.receipts, x.papers, x.documents, x.end} {
		if err := step(ctx, r); err != nil {
			return nil, err
		}
	}
	return &x.manifest, x.zip.Close()
}

// MayExport refuses whoever may not have all that a desk holds, which is for those
// who audit it or keep it.
func MayExport(role Role) error { return may(By{Role: role}, Ref{}, "", Auditor, Administrator) }

// ExportLog writes the log alone, as NDJSON: each event as it was hashed, in order.
func ExportLog(ctx context.Context, r Reader, w io.Writer) (events int64, err error) {
	err = r.Events(ctx, EventQuery{}, func(e SealedEvent) error {
		events++
		_, err := fmt.Fprintf(w, "%s\n", e.Record)
		return err
	})
	return events, err
}

// create begins a file of the archive. All have the first day that the format knows,
// so that one state of a desk gives the same bytes at all times.
func (x *export) create(name string) (io.Writer, error) {
	return x.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
}

type export struct {
	zip      *zip.Writer
	manifest Manifest
	done, of int64
	progress func(done, of int64)
	kept     map[string]bool // digests of documents whose bytes are there
}

func (x *export) step(n int64) {
	x.done += n
	if x.progress != nil {
		x.progress(x.done, x.of)
	}
}

// rows is a file of an export while its rows are written.
type rows struct {
	w    io.Writer // of the archive, and through its digest
	sum  hash.Hash
	file ExportedFile
}

// line writes a row that is JSON already.
func (f *rows) line(text []byte) error {
	f.file.Rows++
	f.file.Bytes += int64(len(text)) + 1
	if _, err := f.w.Write(text); err != nil {
		return err
	}
	_, err := f.w.Write([]byte{'\n'})
	return err
}

// row writes a row.
func (f *rows) row(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return f.line(text)
}

// file writes a file of rows into the archive and the manifest.
func (x *export) file(name string, fill func(*rows) error) error {
	w, err := x.create(name)
	if err != nil {
		return err
	}
	f := &rows{sum: sha256.New(), file: ExportedFile{Name: name}}
	f.w = io.MultiWriter(w, f.sum)
	if err := fill(f); err != nil {
		return err
	}
	f.file.SHA256 = hex.EncodeToString(f.sum.Sum(nil))
	x.manifest.Files = append(x.manifest.Files, f.file)
	return nil
}

func (x *export) readme(context.Context, Reader) error {
	return x.file(fileReadme, func(f *rows) error {
		for line := range bytes.Lines(exportReadme) {
			if err := f.line(bytes.TrimSuffix(line, []byte("\n"))); err != nil {
				return err
			}
		}
		return nil
	})
}

func (x *export) events(ctx context.Context, r Reader) error {
	return x.file(fileEvents, func(f *rows) error {
		return r.Events(ctx, EventQuery{}, func(e SealedEvent) error {
			x.step(1)
			return f.line(e.Record)
		})
	})
}

func (x *export) objects(ctx context.Context, r Reader) error {
	for _, kind := range exportedKinds {
		err := x.file(fileOf(kind), func(f *rows) error {
			after := ""
			for {
				page, err := r.ObjectsAfter(ctx, kind, after, objectStretch)
				if err != nil {
					return err
				}
				for i := range page {
					o := &page[i]
					if err := f.row(exportedObject{o.Ref.ID, o.Version, o.State}); err != nil {
						return fmt.Errorf("the state of %s: %w", o.Ref, err)
					}
					x.step(int64(o.Version))
				}
				if len(page) < objectStretch {
					return nil
				}
				after = page[len(page)-1].Ref.ID
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *export) ledger(ctx context.Context, r Reader) error {
	err := x.file(fileBalances, func(f *rows) error {
		return r.EachBalance(ctx, func(b Balance) error { return f.row(exportBalance(&b)) })
	})
	if err != nil {
		return err
	}
	return x.file(fileMovements, func(f *rows) error {
		return r.Movements(ctx, MovementQuery{}, func(m Movement) error {
			return f.row(exportedMovement{m.Seq, m.Place, m.At, m.Licence, m.Line, m.Drawdown, m.Kind,
				quantity.NewDecimal(m.Quantity, quantityPlaces), quantity.NewDecimal(m.Value, valuePlaces)})
		})
	})
}

func (x *export) receipts(ctx context.Context, r Reader) error {
	return x.file(fileReceipts, func(f *rows) error {
		return r.EachReceipt(ctx, func(c Receipt) error { return f.row(c) })
	})
}

// documentFile is where the bytes of a digest are.
func documentFile(digest string) string { return dirDocuments + strings.TrimPrefix(digest, "sha256:") }

func (x *export) papers(ctx context.Context, r Reader) error {
	return r.EachPaper(ctx, func(p StoredPaper) error {
		w, err := x.create(documentFile(p.Digest))
		if err != nil {
			return err
		}
		x.kept[p.Digest] = true
		x.manifest.Documents++
		x.manifest.DocumentBytes += int64(len(p.Bytes))
		_, err = w.Write(p.Bytes)
		return err
	})
}

// documents lists the papers of each application.
func (x *export) documents(ctx context.Context, r Reader) error {
	return x.file(fileDocuments, func(f *rows) error {
		return eachObject(ctx, r, KindApplication, func(a *struct {
			ID        string     `json:"id"`
			Documents []Document `json:"documents"`
		}) error {
			for _, d := range a.Documents {
				row := exportedDocument{Application: a.ID, Document: d}
				if x.kept[d.Digest] {
					row.File = documentFile(d.Digest)
				}
				if err := f.row(row); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func (x *export) end(context.Context, Reader) error {
	w, err := x.create(fileManifest)
	if err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(&x.manifest)
}
