package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// testBadInput gives a desk what it must not take. Each is refused with its code and
// with what to do instead, leaves an event where the attempt itself matters, and
// changes nothing else.
func testBadInput(t *testing.T, e Engine) {
	d := newDesk(t, e)
	d.record("L1", line("100 kg", "1000 USD"))
	officer, second, customs, applicant := by("officer", licence.Officer), by("second", licence.Countersigner), by("customs", licence.Customs), by("Harbour Magnets", licence.Applicant)
	reserved := d.mustMove(&licence.Draw{Takes: []licence.Take{take("L1", 1, "10 kg", "100 USD")}}).Object.ID
	drawn := d.mustMove(draw(take("L1", 1, "10 kg", "100 USD"))).Object.ID

	decided := d.file(content("cn.expedited"))
	d.claimed("officer", decided)
	d.must(officer, &licence.Decide{Application: decided, Proposal: approve()})
	held := d.file(content("cn.ordinary"))
	d.claimed("officer", held)
	proposed := d.file(content("cn.ordinary"))
	d.claimed("officer", proposed)
	d.must(officer, &licence.Recommend{Application: proposed, Proposal: approve()})
	asked := d.file(content("cn.ordinary"))
	d.claimed("officer", asked)
	d.must(officer, &licence.Ask{Application: asked, Text: "why?"})

	at := func(b licence.By, days int) licence.By {
		b.At += quantity.Instant(days * 86400)
		return b
	}
	paper := licence.Document{Kind: "End-user certificate", Form: "original", Digest: licence.DigestOf([]byte("as it was signed"))}
	for _, c := range []struct {
		name    string
		by      licence.By
		command licence.Command
		code    licence.Code
		kept    bool // the attempt is an event
	}{
		{"more than is left", customs, draw(take("L1", 1, "80.000000001 kg", "1 USD")), licence.Overdraw, true},
		{"more value than is left", customs, draw(take("L1", 1, "1 kg", "800.0001 USD")), licence.Overdraw, true},
		{"before the term", at(customs, -30), draw(take("L1", 1, "1 kg", "1 USD")), licence.OutsideTerm, true},
		{"after the term", at(customs, 200), draw(take("L1", 1, "1 kg", "1 USD")), licence.OutsideTerm, true},
		{"a reservation committed after the term", at(customs, 200), &licence.CommitDraw{Drawdown: reserved}, licence.OutsideTerm, true},
		{"goods that come back after the term", at(customs, 200), &licence.ReturnGoods{Drawdown: drawn}, licence.OutsideTerm, true},
		{"a volume of what is licensed by weight", customs, draw(take("L1", 1, "1 liter", "1 USD")), licence.WrongUnit, false},
		{"pieces of what is licensed by weight", customs, draw(take("L1", 1, "1 No.", "1 USD")), licence.WrongUnit, false},
		{"another currency", customs, draw(take("L1", 1, "1 kg", "1 EUR")), licence.WrongCurrency, false},
		{"finer than the ledger counts", customs, draw(take("L1", 1, "0.0000000001 kg", "1 USD")), licence.TooFine, false},
		{"a second decision", officer, &licence.Decide{Application: decided, Proposal: approve()}, licence.AlreadyDecided, true},
		{"a second recommendation", officer, &licence.Recommend{Application: decided, Proposal: approve()}, licence.AlreadyDecided, true},
		{"a second countersign", second, &licence.Countersign{Application: decided, Agree: true}, licence.AlreadyDecided, true},
		{"a claim that ran out", at(officer, 1), &licence.Recommend{Application: held, Proposal: approve()}, licence.LeaseExpired, true},
		{"one officer where two are wanted", officer, &licence.Decide{Application: held, Proposal: approve()}, licence.NoCountersign, true},
		{"one's own recommendation", officer, &licence.Countersign{Application: proposed, Agree: true}, licence.SamePerson, true},
		{"an answer after its last day", at(applicant, 90), &licence.Answer{Application: asked, Text: "so"}, licence.WindowClosed, true},
		{"a document that is another", applicant, &licence.Attach{Application: held, Document: paper, Bytes: []byte("as it was not")}, licence.DigestDiffers, true},
		{"a claim of what is held", second, &licence.Claim{Application: held}, licence.ClaimedByOther, false},
		{"a licence that there is not", customs, draw(take("L9", 1, "1 kg", "1 USD")), licence.NotFound, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := d.attempts()
			c.by.Key = c.name
			_, err := d.Do(context.Background(), c.by, c.command)
			var r *licence.Refusal
			if !errors.As(err, &r) || r.Code != c.code {
				t.Fatalf("%v, want a refusal %s", err, c.code)
			}
			if r.Message == "" || r.Remedy == "" {
				t.Errorf("it does not say what was wrong and what to do instead: %+v", r)
			}
			after := d.attempts()
			switch {
			case !c.kept && len(after) != len(before):
				t.Errorf("the log tells of %d attempts, and told of %d", len(after), len(before))
			case c.kept && len(after) != len(before)+1:
				t.Fatalf("the log tells of %d attempts, and told of %d", len(after), len(before))
			case c.kept:
				last := after[len(after)-1]
				if x := last.Data.(*licence.Attempted); x.Code != c.code || x.Message != r.Message || last.Actor != c.by.Actor || last.Object != r.Object {
					t.Errorf("the log tells of %+v", last)
				}
			}
			d.holds("L1", 1, "10 kg", "10 kg", "80 kg")
		})
	}
	d.lawful()
}

// attempts are the events of refused attempts.
func (d *desk) attempts() (out []licence.Event) {
	d.t.Helper()
	d.view(func(ctx context.Context, r licence.Reader) error {
		return r.Events(ctx, licence.EventQuery{Type: "attempted"}, func(s licence.SealedEvent) error {
			e, err := licence.ReadRecord(s.Record)
			out = append(out, e)
			return err
		})
	})
	return out
}
