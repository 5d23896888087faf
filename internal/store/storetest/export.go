package storetest

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/licence"
)

// busyDesk is a desk on which something of everything was done.
func busyDesk(t *testing.T, e Engine) *desk {
	d := newDesk(t, e)
	applicant := by("Harbour Magnets", licence.Applicant)
	c := content("cn.expedited")
	c.Facts["paper"] = "End-user certificate"
	c.Undertakings = []licence.Promise{{Kind: "no-transfer", Says: "No transfer", By: "Prairie Pumps"}}
	id := d.must(applicant, &licence.File{Content: c}).Object.ID
	for _, text := range []string{"we shall use it for pumps", "and for <fans> & lifts\r\n\x00", ""} {
		paper := licence.Document{Kind: "End-user certificate", Form: "original", Digest: licence.DigestOf([]byte(text))}
		d.must(applicant, &licence.Attach{Application: id, Document: paper, Bytes: []byte(text)})
	}
	elsewhere := licence.Document{Kind: "Contract", Form: "copy", Digest: licence.DigestOf([]byte("kept elsewhere"))}
	d.must(applicant, &licence.Attach{Application: id, Document: elsewhere})
	d.must(applicant, &licence.Endorse{Application: id, Step: licence.Step{Name: "prepared"}})
	d.must(applicant, &licence.Submit{Application: id})
	d.must(by("intake", licence.Intake), &licence.Accept{Application: id})
	d.claimed("officer", id)
	d.must(by("officer", licence.Officer), &licence.Decide{Application: id, Proposal: approve()})
	d.refused(licence.AlreadyDecided, by("officer", licence.Officer), &licence.Decide{Application: id, Proposal: approve()})
	l := d.application(id).Decision.Licence
	held := d.mustMove(&licence.Draw{Takes: []licence.Take{take(l, 1, "10.5 kg", "100 USD")}}).Object.ID
	d.mustMove(&licence.CommitDraw{Drawdown: held})
	d.mustMove(draw(take(l, 1, "1 kg", "0.0001 USD")))
	d.record("paper licence", line("5 kg", ""))
	d.mustMove(&licence.Draw{Takes: []licence.Take{take("paper licence", 1, "1 kg", "")}})
	d.must(by("officer", licence.Officer), &licence.Impose{Of: "item", Subject: "7A001"})
	// A command with a key that came to nothing has a receipt, and no event.
	same := by("officer", licence.Officer)
	same.Key = "the same again"
	open := d.file(content("cn.ordinary"))
	orders := []licence.Order{{By: same, Command: &licence.Reassess{Application: open}}}
	for range 2500 { // more than an import takes in at once
		orders = append(orders, licence.Order{By: by("officer", licence.Officer), Command: &licence.Claim{Application: open}})
	}
	for _, r := range d.DoAll(context.Background(), orders) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	return d
}

func (d *desk) exported() ([]byte, *licence.Manifest) {
	d.t.Helper()
	var b bytes.Buffer
	var m *licence.Manifest
	d.view(func(ctx context.Context, r licence.Reader) (err error) {
		m, err = licence.Export(ctx, r, &b, nil)
		return err
	})
	return b.Bytes(), m
}

// imports imports an export into the store of the desk.
func (d *desk) imports(x *licence.Archive) ([]string, error) {
	authorities, err := licence.Authorities()
	if err != nil {
		return nil, err
	}
	return licence.Import(context.Background(), d.store, authorities, x, nil)
}

func archive(t testing.TB, text []byte) *licence.Archive {
	t.Helper()
	x, err := licence.OpenArchive(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// unpacked are the files of an archive.
func unpacked(t testing.TB, text []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(b)
	}
	return out
}

// packed is an archive of files.
func packed(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// testExport takes a desk apart into an export and puts it together again: all of it
// is there, byte for byte, and the desk goes on from where it was.
func testExport(t *testing.T, e Engine) {
	d := busyDesk(t, e)
	text, m := d.exported()
	files := unpacked(t, text)
	rows := map[string]int64{}
	for _, f := range m.Files {
		rows[f.Name] = f.Rows
		if n := int64(strings.Count(files[f.Name], "\n")); n != f.Rows {
			t.Errorf("%s has %d lines, and the manifest says %d", f.Name, n, f.Rows)
		}
	}
	want := map[string]int64{"applications.ndjson": 2, "licences.ndjson": 2, "drawdowns.ndjson": 3, "undertakings.ndjson": 1, "registers.ndjson": 1,
		"balances.ndjson": 2, "movements.ndjson": 5, "documents.ndjson": 4, "receipts.ndjson": 5}
	for name, n := range want {
		if rows[name] != n {
			t.Errorf("%s has %d rows, want %d:\n%s", name, rows[name], n, files[name])
		}
	}
	d.view(func(ctx context.Context, r licence.Reader) error { // every event, and the bytes of every document
		n := 0
		lines := strings.Split(strings.TrimSuffix(files["events.ndjson"], "\n"), "\n")
		err := r.Events(ctx, licence.EventQuery{}, func(s licence.SealedEvent) error {
			if lines[n] != string(s.Record) {
				return fmt.Errorf("event %d is exported as %s", n, lines[n])
			}
			n++
			return nil
		})
		if err != nil || n != len(lines) {
			return fmt.Errorf("%d events, and %d lines: %w", n, len(lines), err)
		}
		n = 0
		err = r.EachPaper(ctx, func(p licence.StoredPaper) error {
			n++
			if got, ok := files["documents/"+strings.TrimPrefix(p.Digest, "sha256:")]; !ok || licence.DigestOf([]byte(got)) != p.Digest {
				return fmt.Errorf("document %s is exported as %q", p.Digest, got)
			}
			return nil
		})
		if n != 3 {
			t.Errorf("%d documents are kept, want 3", n)
		}
		return err
	})
	x := archive(t, text)
	if faults, err := x.Verify(context.Background(), nil); err != nil || len(faults) > 0 {
		t.Fatalf("it is not proved: %v (%v)", faults, err)
	}

	fresh := newDesk(t, e)
	if differences, err := fresh.imports(x); err != nil || len(differences) > 0 {
		t.Fatalf("the import differs in %v (%v)", differences, err)
	}
	fresh.lawful()
	again, _ := fresh.exported()
	if one, two := files, unpacked(t, again); !maps.Equal(one, two) {
		for name := range one {
			if one[name] != two[name] {
				t.Errorf("after the import %s is\n%s\nand was\n%s", name, two[name], one[name])
			}
		}
	}
	// It goes on: with the same turn of ids, and no command twice.
	fresh.keys = d.keys
	b := by("customs", licence.Customs)
	b.Key = "key 1"
	l := fresh.application("A0").Decision.Licence
	if r, err := fresh.Do(context.Background(), b, &licence.Draw{Takes: []licence.Take{take(l, 1, "10.5 kg", "100 USD")}}); err != nil || !r.Repeated {
		t.Errorf("a command that was carried out before is %+v (%v)", r, err)
	}
	if one, two := d.file(content("cn.ordinary")), fresh.file(content("cn.ordinary")); one != two {
		t.Errorf("the next file is %s, and on the desk that was exported %s", two, one)
	}
	// Once more is nothing more; but into a desk with a log of its own it is refused.
	if _, err := fresh.imports(x); !errors.Is(err, &licence.Refusal{Code: licence.WrongState}) {
		t.Errorf("into a desk that went on it is imported: %v", err)
	}
	other := newDesk(t, e)
	other.record("L1", line("1 kg", ""))
	if _, err := other.imports(x); !errors.Is(err, &licence.Refusal{Code: licence.WrongState}) {
		t.Errorf("into another desk it is imported: %v", err)
	}
	testInterruptedImport(t, e, x)
	testSpoiledExport(t, e, files)
}

// testInterruptedImport cuts an import off, and goes on with it.
func testInterruptedImport(t *testing.T, e Engine, x *licence.Archive) {
	store := &cutting{Store: e.open(t, e.New(t)), after: true}
	d := deskOn(t, store)
	if _, err := d.imports(x); !errors.Is(err, errCut) {
		t.Fatalf("the import was not cut off: %v", err)
	}
	store.after = false
	d.view(func(ctx context.Context, r licence.Reader) error {
		if head, err := r.Head(ctx); err != nil || head.Size == 0 || head.String() == x.Manifest.Head {
			t.Errorf("the import was cut off at %s (%v)", head, err)
		}
		return nil
	})
	if differences, err := d.imports(x); err != nil || len(differences) > 0 {
		t.Fatalf("the import that goes on differs in %v (%v)", differences, err)
	}
	d.lawful()
}

// testSpoiledExport changes one thing of an export after another: each is found.
func testSpoiledExport(t *testing.T, e Engine, whole map[string]string) {
	document := "documents/" + strings.TrimPrefix(licence.DigestOf([]byte("we shall use it for pumps")), "sha256:")
	for name, c := range map[string]struct {
		spoil func(map[string]string)
		names string
	}{
		"nothing": {func(map[string]string) {}, ""},
		"an event": {func(f map[string]string) {
			f["events.ndjson"] = strings.Replace(f["events.ndjson"], "Harbour", "Harbor", 1)
		}, "do not give the head"},
		"an event less":      {func(f map[string]string) { _, f["events.ndjson"], _ = strings.Cut(f["events.ndjson"], "\n") }, "events.ndjson was changed"},
		"a state":            {func(f map[string]string) { f["licences.ndjson"] += "{}\n" }, "licences.ndjson was changed"},
		"a document":         {func(f map[string]string) { f[document] = "we shall not" }, document + " was changed"},
		"a document less":    {func(f map[string]string) { delete(f, document) }, document + " is missing"},
		"a document more":    {func(f map[string]string) { f["documents/0"] = "x" }, "documents/0 was changed"},
		"a file that is not": {func(f map[string]string) { f["more.ndjson"] = "{}\n" }, "more.ndjson"},
		"a file left out": {func(f map[string]string) {
			var m licence.Manifest
			if err := json.Unmarshal([]byte(f["manifest.json"]), &m); err != nil {
				t.Fatal(err)
			}
			m.Files = slices.DeleteFunc(m.Files, func(x licence.ExportedFile) bool { return x.Name == "movements.ndjson" })
			text, _ := json.Marshal(&m)
			f["manifest.json"] = string(text)
		}, "does not have movements.ndjson"},
	} {
		t.Run(name, func(t *testing.T) {
			files := maps.Clone(whole)
			c.spoil(files)
			faults, err := archive(t, packed(t, files)).Verify(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			switch found := strings.Join(faults, "\n"); {
			case c.names == "" && found != "":
				t.Errorf("nothing was changed, and found is %s", found)
			case !strings.Contains(found, c.names):
				t.Errorf("found is %q, want %q", found, c.names)
			}
		})
	}
	for name, text := range map[string][]byte{"no archive": []byte("PK"), "cut off": packed(t, whole)[:4000], "another archive": packed(t, map[string]string{"a": "b"})} {
		if _, err := licence.OpenArchive(bytes.NewReader(text), int64(len(text))); err == nil {
			t.Errorf("%s is opened", name)
		}
	}
}
