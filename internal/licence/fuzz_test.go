package licence

import (
	"bytes"
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
