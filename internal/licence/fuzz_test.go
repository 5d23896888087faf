package licence

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"
)

// FuzzReadRecord reads what may have been tampered with: whatever it is, there is
// an error or an event that can be written, read and folded again.
func FuzzReadRecord(f *testing.F) {
	for _, e := range []Event{
		{Object: Ref{KindApplication, "A1"}, Version: 1, Type: "submitted", Actor: "a", Role: Applicant, Data: &Submitted{}},
		{Object: Ref{KindDrawdown, "D1"}, Version: 1, Type: "reserved", Actor: "a", Role: Customs, Data: &Reserved{Parts: []Part{{Licence: "L1", Line: 1}}}},
		{Object: Ref{KindLicence, "L1"}, Version: 1, Type: "issued", Actor: "a", Role: Officer, Data: &Issued{Terms: Terms{Lines: []LicenceLine{{Goods: "8505.11"}}}}},
	} {
		record, err := e.Record()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(record)
	}
	f.Add([]byte(`{"type":"issued","data":null}`))
	f.Fuzz(func(t *testing.T, record []byte) {
		e, err := ReadRecord(record)
		if err != nil {
			return
		}
		if state := newState(e.Object); state != nil {
			state.apply(&e)
		}
		if _, err := movements(&e); err != nil {
			return
		}
		once, err := e.Record()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadRecord(once)
		if err != nil {
			t.Fatalf("%s is written and not read: %v", once, err)
		}
		if twice, err := again.Record(); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%s becomes %s (%v)", once, twice, err)
		}
	})
}

// FuzzArchive proves what says that it is an export: whatever is in it, there are
// faults or an error, unless it holds what its manifest says.
func FuzzArchive(f *testing.F) {
	f.Add([]byte(`{"format": "navicert-desk-1", "head": "0 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "files": [
		{"name": "events.ndjson", "rows": 0, "bytes": 0, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}], "documents": 1, "documentBytes": 1}`),
		[]byte("{}\n"), []byte(`{"application": "A1", "kind": "Letter", "form": "copy", "file": "documents/x"}`+"\n"), "documents/x", []byte("x"))
	f.Add([]byte("{}"), []byte("no line feed"), []byte("null\n"), "manifest.json", []byte(nil))
	f.Fuzz(func(t *testing.T, manifest, events, documents []byte, name string, content []byte) {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, file := range []struct {
			name string
			text []byte
		}{{fileManifest, manifest}, {fileEvents, events}, {fileDocuments, documents}, {name, content}} {
			w, err := z.Create(file.name)
			if err == nil {
				_, err = io.Copy(w, bytes.NewReader(file.text))
			}
			if err != nil {
				return // no name of a file
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		x, err := OpenArchive(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			return
		}
		if faults, err := x.Verify(t.Context(), nil); err == nil && len(faults) == 0 {
			t.Fatalf("files are missing, and it is proved: %s", manifest)
		}
		for r, err := range x.receipts() {
			if (r == nil) == (err == nil) {
				t.Fatalf("a receipt %+v with the error %v", r, err)
			}
		}
	})
}
