package quantity

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

type written struct {
	Number   Decimal
	Day      Date
	At       Instant
	Goods    Quantity
	Worth    Money
	NoGoods  Quantity
	NoAmount Money
}

// What is written as JSON is read back as the same values, and looks as people
// write it.
func TestWrittenAsText(t *testing.T) {
	v := written{Number: MustDecimal("0.50"), Day: NewDate(2025, 6, 15), At: Instant(NewDate(2025, 6, 4))*day + 4*3600 + 60,
		Goods: Quantity{NewDecimal(120, 0), Kilogram}, Worth: Money{NewDecimal(1250, 2), "USD"}}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"Number":"0.5","Day":"2025-06-15","At":"2025-06-04T04:01Z","Goods":"120 kg","Worth":"12.5 USD","NoGoods":"","NoAmount":""}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	var back written
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil || string(again) != want {
		t.Errorf("read back as %s (%v)", again, err)
	}
	if err := json.Unmarshal([]byte(`{"Goods":"120"}`), &back); err == nil {
		t.Error("a quantity without its unit is read")
	}
}

func TestTextOfInstantsAndDaysReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := Instant(rapid.Int64Range(int64(MinInstant), int64(MaxInstant)).Draw(t, "instant"))
		text, _ := i.MarshalText()
		var j Instant
		if err := j.UnmarshalText(text); err != nil || i != j {
			t.Fatalf("%d is written %s and read %d (%v)", i, text, j, err)
		}
		d := Date(rapid.Int32Range(int32(MinDate), int32(MaxDate)).Draw(t, "day"))
		text, _ = d.MarshalText()
		var e Date
		if err := e.UnmarshalText(text); err != nil || d != e {
			t.Fatalf("%d is written %s and read %d (%v)", d, text, e, err)
		}
	})
}
