package licence

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Archive is an export that is read ([Export] wrote it).
type Archive struct {
	zip      *zip.Reader
	Manifest Manifest
	head     Head // without its edge
	byName   map[string]*zip.File
}

// OpenArchive opens an export of so many bytes. What is in it is proved by
// [Archive.Verify].
func OpenArchive(r io.ReaderAt, size int64) (*Archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("it is no export of a desk, or was cut off: %w", err)
	}
	x := &Archive{zip: z, byName: map[string]*zip.File{}}
	for _, f := range z.File {
		if x.byName[f.Name] != nil {
			return nil, fmt.Errorf("it has %s twice", f.Name)
		}
		x.byName[f.Name] = f
	}
	text, err := x.read(fileManifest)
	if err != nil {
		return nil, fmt.Errorf("it is no export of a desk: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&x.Manifest); err != nil {
		return nil, fmt.Errorf("its manifest cannot be read: %w", err)
	}
	if x.Manifest.Format != exportFormat {
		return nil, fmt.Errorf("it is of the form %q, and this program reads %s", x.Manifest.Format, exportFormat)
	}
	if x.head, err = ParseHead(x.Manifest.Head); err != nil {
		return nil, fmt.Errorf("its manifest: %w", err)
	}
	return x, nil
}

// read reads a small file whole.
func (x *Archive) read(name string) ([]byte, error) {
	f := x.byName[name]
	if f == nil {
		return nil, fmt.Errorf("it has no %s", name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// lines calls fn for each line of a file, without its line feed, with its number
// from 1. The text is good until fn returns.
func (x *Archive) lines(name string, fn func(n int, text []byte) error) error {
	f := x.byName[name]
	if f == nil {
		return fmt.Errorf("it has no %s", name)
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	in := bufio.NewReaderSize(r, 64<<10)
	var text []byte
	for n := 1; ; n++ {
		text = text[:0]
		for {
			part, err := in.ReadSlice('\n')
			text = append(text, part...)
			if err == nil {
				break
			}
			if errors.Is(err, io.EOF) {
				if len(text) > 0 {
					return fmt.Errorf("%s: line %d has no end", name, n)
				}
				return nil
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				return fmt.Errorf("%s: line %d: %w", name, n, err)
			}
		}
		if err := fn(n, text[:len(text)-1]); err != nil {
			return err
		}
	}
}

// Verify proves an export: that each file is as its digest in the manifest, that the
// events give the head, that each document is that of its name, and that none is
// missing. It returns what is not so, or an error where it cannot be read. Progress,
// where set, is told how many of so many lines were gone through.
func (x *Archive) Verify(ctx context.Context, progress func(done, of int64)) ([]string, error) {
	var f faults
	var done, of int64
	for _, e := range x.Manifest.Files {
		of += e.Rows
	}
	step := func() error {
		if done++; progress != nil {
			progress(done, of)
		}
		return ctx.Err()
	}
	log, err := OpenLog(Head{})
	if err != nil {
		return nil, err
	}
	listed := map[string]bool{fileManifest: true}
	wanted := map[string]bool{} // documents that should be there
	for _, e := range x.Manifest.Files {
		listed[e.Name] = true
		sum, rows, size := sha256.New(), int64(0), int64(0)
		err := x.lines(e.Name, func(n int, text []byte) error {
			rows, size = rows+1, size+int64(len(text))+1
			sum.Write(text)
			sum.Write([]byte{'\n'})
			switch e.Name {
			case fileEvents:
				if err := log.Append(tlog.RecordHash(text)); err != nil {
					return err
				}
			case fileDocuments:
				var d exportedDocument
				if err := json.Unmarshal(text, &d); err != nil {
					return fmt.Errorf("%s: line %d: %w", e.Name, n, err)
				}
				if d.File != "" {
					wanted[d.File] = true
				}
			}
			return step()
		})
		if err != nil {
			return f, err
		}
		if got := hex.EncodeToString(sum.Sum(nil)); got != e.SHA256 || rows != e.Rows || size != e.Bytes {
			f.add("%s was changed: %d rows, %d bytes, SHA-256 %s; the manifest has %d, %d, %s", e.Name, rows, size, got, e.Rows, e.Bytes, e.SHA256)
		}
	}
	for _, name := range x.names() {
		if !listed[name] {
			f.add("the manifest does not have %s", name)
		}
	}
	root, err := log.root()
	if err != nil {
		return f, err
	}
	if log.size != x.head.Size || root != x.head.Root {
		f.add("its events do not give the head of its manifest: %d %s and not %s", log.size, root, x.Manifest.Head)
	}
	return x.verifyDocuments(ctx, f, wanted)
}

// names are the files that an export has by their kind: every one of these has to
// be in the manifest.
func (x *Archive) names() []string {
	out := []string{fileReadme, fileEvents, fileBalances, fileMovements, fileReceipts, fileDocuments}
	for _, k := range exportedKinds {
		out = append(out, fileOf(k))
	}
	for _, z := range x.zip.File {
		if !slices.Contains(out, z.Name) && !strings.HasPrefix(z.Name, dirDocuments) {
			out = append(out, z.Name)
		}
	}
	return out
}

func (x *Archive) verifyDocuments(ctx context.Context, f faults, wanted map[string]bool) ([]string, error) {
	var count, size int64
	for _, z := range x.zip.File {
		if !strings.HasPrefix(z.Name, dirDocuments) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return f, err
		}
		text, err := x.read(z.Name)
		if err != nil {
			return f, fmt.Errorf("%s: %w", z.Name, err)
		}
		if documentFile(DigestOf(text)) != z.Name {
			f.add("%s was changed: its bytes are %s", z.Name, DigestOf(text))
		}
		count, size = count+1, size+int64(len(text))
		delete(wanted, z.Name)
	}
	for name := range wanted {
		f.add("%s is missing", name)
	}
	if count != x.Manifest.Documents || size != x.Manifest.DocumentBytes {
		f.add("%d documents of %d bytes are in it; the manifest has %d of %d", count, size, x.Manifest.Documents, x.Manifest.DocumentBytes)
	}
	slices.Sort(f)
	return f, nil
}

// importStretch is how many events one transaction of an import takes in.
const importStretch = 2048

// Import puts an export into a store: its events happen again one by one, with the
// receipts and documents that belong to them; no law is asked. The store has to be
// empty, or to hold the beginning of the same log, as where an import was interrupted;
// what it holds is not touched. Then what came of it is compared with the states and
// balances of the export; differences are returned. Verify it first. Progress is told
// how many of so many steps are done.
func Import(ctx context.Context, s Store, authorities []*Authority, x *Archive, progress func(done, of int64)) (differences []string, err error) {
	i := &importing{desk: NewDesk(s, nil, authorities, nil), archive: x}
	receipts, stop := iter.Pull2(x.receipts())
	defer stop()
	i.receipts = receipts
	of := 2 * x.head.Size
	tell := func(n int64) {
		if progress != nil {
			progress(min(n, of), of)
		}
	}
	if err := i.begin(ctx); err != nil {
		return nil, err
	}
	has := i.head.Size
	err = x.lines(fileEvents, func(n int, text []byte) error {
		if int64(n) <= has {
			return i.known(text)
		}
		e, err := ReadRecord(text)
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", fileEvents, n, err)
		}
		i.events = append(i.events, importedEvent{e, bytes.Clone(text)})
		if len(i.events) == importStretch {
			tell(int64(n))
			return i.save(ctx)
		}
		return nil
	})
	if err == nil {
		err = i.save(ctx)
	}
	if err != nil {
		return nil, err
	}
	if i.head.Size != x.head.Size || i.head.Root != x.head.Root {
		return nil, fmt.Errorf("the log of the desk ends at %s, and that of the export at %s", i.head, x.Manifest.Head)
	}
	return x.compare(ctx, s, func(n int64) { tell(x.head.Size + n) })
}

type importedEvent struct {
	Event
	record []byte
}

type importing struct {
	desk    *Desk
	archive *Archive
	head    Head // of the desk
	prefix  *Log // over the events of the export that the desk has
	events  []importedEvent
	// receipts gives those of the export, by their last events; receipt is the next
	// that is not saved, nil where there is none.
	receipts func() (*Receipt, error, bool)
	receipt  *Receipt
}

// begin reads where the desk stands, and leaves out the receipts that it has.
func (i *importing) begin(ctx context.Context) error {
	err := i.desk.store.View(ctx, func(r Reader) (err error) {
		i.head, err = r.Head(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if i.head.Size > i.archive.head.Size {
		return i.another()
	}
	if i.prefix, err = OpenLog(Head{}); err != nil {
		return err
	}
	if err := i.nextReceipt(); err != nil || i.head.Size == 0 {
		return err
	}
	for i.receipt != nil && i.receipt.Last < i.head.Size {
		if err := i.nextReceipt(); err != nil {
			return err
		}
	}
	return nil
}

func (i *importing) nextReceipt() (err error) {
	if i.receipt, err, _ = i.receipts(); err != nil {
		i.receipt = nil
	}
	return err
}

// receipts are those of an export, in its order.
func (x *Archive) receipts() iter.Seq2[*Receipt, error] {
	return func(yield func(*Receipt, error) bool) {
		err := x.lines(fileReceipts, func(n int, text []byte) error {
			r := new(Receipt)
			if err := json.Unmarshal(text, r); err != nil {
				return fmt.Errorf("%s: line %d: %w", fileReceipts, n, err)
			}
			if !yield(r, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && err != errEnough {
			yield(nil, err)
		}
	}
}

func (i *importing) another() error {
	return refuse(WrongState, register, "import into an empty desk", "the desk holds a log of its own, of %d events, with which that of the export does not begin", i.head.Size)
}

// known takes an event that the desk has; the last of them has to give the head of
// the desk.
func (i *importing) known(text []byte) error {
	if err := i.prefix.Append(tlog.RecordHash(text)); err != nil {
		return err
	}
	if i.prefix.size < i.head.Size {
		return nil
	}
	if root, err := i.prefix.root(); err != nil || root != i.head.Root {
		return i.another()
	}
	return nil
}

// save carries out the events that were gathered, in one transaction.
func (i *importing) save(ctx context.Context) error {
	if len(i.events) == 0 {
		return nil
	}
	var after Head
	err := i.desk.store.Update(ctx, func(tx Tx) error {
		head, err := tx.Head(ctx)
		if err != nil {
			return err
		}
		if head.Size != i.head.Size || head.Root != i.head.Root {
			return fmt.Errorf("%w: somebody works at it", ErrConflict)
		}
		s, err := newSet(i.desk, head)
		if err != nil {
			return err
		}
		if err := i.replay(ctx, tx, s); err != nil {
			return err
		}
		changes, err := s.changes()
		if err != nil {
			return err
		}
		after = changes.After
		return tx.Save(ctx, changes)
	})
	if err != nil {
		return err
	}
	i.head, i.events = after, i.events[:0]
	return nil
}

// replay lets the events happen again.
func (i *importing) replay(ctx context.Context, r Reader, s *Set) error {
	refs := map[Ref]bool{}
	for k := range i.events {
		e := &i.events[k]
		refs[e.Object] = true
		moves, err := movements(&e.Event)
		if err != nil {
			return fmt.Errorf("event %d: %w", e.Seq, err)
		}
		for _, m := range moves {
			refs[licence(m.Licence)] = true
		}
	}
	if err := s.loadObjects(ctx, r, refs); err != nil {
		return err
	}
	for k := range i.events {
		e := &i.events[k]
		o := s.objects[e.Object]
		if o == nil {
			o = &object{state: newState(e.Object)}
			s.objects[e.Object] = o
		}
		switch {
		case o.state == nil:
			return fmt.Errorf("event %d is of %s, and objects of this kind are not known here", e.Seq, e.Object)
		case e.Seq != s.next():
			return fmt.Errorf("event %d stands where event %d should", e.Seq, s.next())
		case e.Version != o.version+1:
			return fmt.Errorf("event %d is version %d of %s, after version %d", e.Seq, e.Version, e.Object, o.version)
		}
		if err := s.happen(o, &e.Event, e.record); err != nil {
			return fmt.Errorf("event %d: %w", e.Seq, err)
		}
		if err := i.papers(s, &e.Event); err != nil {
			return err
		}
	}
	for i.receipt != nil && i.receipt.Last < s.next() {
		s.kept = append(s.kept, *i.receipt)
		if err := i.nextReceipt(); err != nil {
			return err
		}
	}
	return nil
}

// papers keeps the bytes of the documents that an event tells of, where they are in
// the export.
func (i *importing) papers(s *Set, e *Event) error {
	var list []Document
	switch d := e.Data.(type) {
	case *Drafted:
		list = d.Documents
	case *DocumentAttached:
		list = []Document{d.Document}
	}
	for _, d := range list {
		name := documentFile(d.Digest)
		if i.archive.byName[name] == nil {
			continue
		}
		text, err := i.archive.read(name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if got := DigestOf(text); got != d.Digest {
			return fmt.Errorf("%s was changed: its bytes are %s", name, got)
		}
		s.papers = append(s.papers, StoredPaper{d.Digest, text})
	}
	return nil
}

// compare holds what a store came to against the states and balances of an export.
func (x *Archive) compare(ctx context.Context, s Store, tell func(int64)) ([]string, error) {
	var f faults
	done := int64(0)
	for _, kind := range exportedKinds {
		err := stretches(x, fileOf(kind), func(list []exportedObject) error {
			refs := make([]Ref, len(list))
			for i, o := range list {
				refs[i] = Ref{kind, o.ID}
				done += int64(o.Version)
			}
			tell(done)
			return s.View(ctx, func(r Reader) error {
				found, err := r.Objects(ctx, refs)
				if err != nil {
					return err
				}
				byID := map[string]*Object{}
				for i := range found {
					byID[found[i].Ref.ID] = &found[i]
				}
				for i := range list {
					if o := byID[list[i].ID]; o == nil || o.Version != list[i].Version || !bytes.Equal(o.State, list[i].State) {
						f.add("%s is not as in the export", refs[i])
					}
				}
				return nil
			})
		})
		if err != nil {
			return f, err
		}
	}
	err := stretches(x, fileBalances, func(list []exportedBalance) error {
		var ids []string
		for i := range list {
			ids = append(ids, list[i].Licence)
		}
		return s.View(ctx, func(r Reader) error {
			found, err := r.Balances(ctx, slices.Compact(ids))
			if err != nil {
				return err
			}
			kept := map[string]bool{}
			for i := range found {
				text, err := json.Marshal(exportBalance(&found[i]))
				if err != nil {
					return err
				}
				kept[string(text)] = true
			}
			for i := range list {
				text, err := json.Marshal(&list[i])
				if err != nil {
					return err
				}
				if !kept[string(text)] {
					f.add("line %d of licence %s is not as in the export", list[i].Line, list[i].Licence)
				}
			}
			return nil
		})
	})
	slices.Sort(f)
	return f, err
}

// stretches calls fn with the rows of a file of an export, some at a time.
func stretches[T any](x *Archive, name string, fn func([]T) error) error {
	var list []T
	err := x.lines(name, func(n int, text []byte) error {
		var v T
		if err := json.Unmarshal(text, &v); err != nil {
			return fmt.Errorf("%s: line %d: %w", name, n, err)
		}
		if list = append(list, v); len(list) < objectStretch {
			return nil
		}
		err := fn(list)
		list = list[:0]
		return err
	})
	if err != nil || len(list) == 0 {
		return err
	}
	return fn(list)
}
