package navicert_test

import (
	"errors"
	"fmt"
	"log"
	"slices"

	"github.com/navicert/navicert"
)

// A magnet of China, entered into the United States in the middle of June 2025,
// as the law was known on that day. The duty is certain; whether China lets the
// magnet out is not, until somebody says what is in it and who will use it.
func Example() {
	eng, err := navicert.OpenEmbedded()
	if err != nil {
		log.Fatal(err)
	}
	d, err := eng.Determine(navicert.Case{
		Goods: "8505.11.00.70", From: "CN", To: "US",
		On: "2025-06-15", Known: "2025-06-15", Value: "10000 USD",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d.Outcome())
	if duty, currency, ok := d.Duty(); ok {
		fmt.Println(duty, currency)
	}
	doc := d.Document()
	for _, leg := range doc.Legs {
		fmt.Println(leg.Title+":", leg.Best, "to", leg.Worst)
	}
	fmt.Println(doc.Questions[0].Question)
	// Output:
	// refer
	// 3210 USD
	// Leaving China: free to prohibited
	// Entering the United States: free to free
	// How much terbium do the goods contain, in % by weight?
}

// Orders of a year, answered on every core, in their order. One that is at fault has an
// error, and the others go on.
func ExampleEngine_All() {
	eng, err := navicert.OpenEmbedded()
	if err != nil {
		log.Fatal(err)
	}
	orders := []*navicert.Case{
		{Goods: "9403.60.80.40", From: "VN", To: "US", On: "2025-06-15", Known: "2025-06-15", Value: "1000 USD"},
		{Goods: "9403.60.80.40", From: "VN", To: "US", On: "2025-09-01", Known: "2025-06-15", Value: "1000"},
		{Goods: "9403.60.80.40", From: "VN", To: "US", On: "2025-09-01", Known: "2025-09-01", Value: "1000 USD"},
	}
	row := 0
	for d, err := range eng.All(slices.Values(orders)) {
		row++
		if err != nil {
			fmt.Println(row, err)
			continue
		}
		duty, currency, _ := d.Duty()
		fmt.Println(row, duty, currency)
	}
	// Output:
	// 1 100 USD
	// 2 value: amount "1000" has no currency in three capital letters: write one like 10000 USD
	// 3 200 USD
}

// The same order at many values: a determination that is used again takes no memory.
func ExampleEngine_Append() {
	eng, err := navicert.OpenEmbedded()
	if err != nil {
		log.Fatal(err)
	}
	c := navicert.Case{Goods: "9403.60.80.40", From: "VN", To: "US", On: "2025-06-15", Known: "2025-06-15"}
	var d navicert.Determination
	for _, value := range []string{"1000 USD", "2500.50 USD"} {
		c.Value = value
		if err := eng.Append(&d, &c); err != nil {
			log.Fatal(err)
		}
		duty, currency, _ := d.Duty()
		fmt.Println(duty, currency)
	}
	// Output:
	// 100 USD
	// 250.05 USD
}

// The law on one day as known on another: in June 2025 the truce with China was
// to end in August, and an entry in September was to pay 79 %. It was prolonged.
func ExampleEngine_Determine_knowledge() {
	eng, err := navicert.OpenEmbedded()
	if err != nil {
		log.Fatal(err)
	}
	for _, known := range []string{"2025-06-15", "2025-08-11"} {
		d, err := eng.Determine(navicert.Case{
			Goods: "9403.60.80.40", From: "CN", To: "US", Only: "import",
			On: "2025-09-01", Known: known, Value: "10000 USD",
		})
		if err != nil {
			log.Fatal(err)
		}
		duty, currency, _ := d.Duty()
		fmt.Println("known on", known+":", duty, currency)
	}
	// Output:
	// known on 2025-06-15: 7900 USD
	// known on 2025-08-11: 5500 USD
}

// A closed case declares every attribute that is not given absent, so that
// nothing is asked.
func ExampleEngine_Determine_closed() {
	eng, err := navicert.OpenEmbedded()
	if err != nil {
		log.Fatal(err)
	}
	c := navicert.Case{
		Goods: "8505.11.00.70", From: "CN", To: "US", Only: "export",
		On: "2025-06-15", Known: "2025-06-15", Closed: true,
		Facts: map[string]string{"goods.Dy": "2.5"},
	}
	d, err := eng.Determine(c)
	if err != nil {
		log.Fatal(err)
	}
	doc := d.Document()
	fmt.Println(doc.Outcome, len(doc.Questions))
	for _, l := range doc.Licences {
		fmt.Println(l.Authority, l.Items, l.Lane)
	}
	// Output:
	// licence 0
	// Ministry of Commerce of China (MOFCOM) [1C905.a.4] cn.expedited
}

// A duty needs a line of the schedule. The error names the field at fault and
// lists what to write instead.
func ExampleProblems() {
	eng, err := navicert.OpenEmbedded()
	if err != nil {
		log.Fatal(err)
	}
	_, err = eng.Determine(navicert.Case{Goods: "8505.11", From: "CN", To: "US", On: "2025-06-15"})
	var problems navicert.Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			fmt.Printf("%s: %s\n%s\n", p.Field, p.Message, p.Hint)
		}
	}
	// Output:
	// goods: 8505.11 is a subheading; a duty needs one of its lines
	// 5 lines below 8505.11:
	//     8505.11.00.10  Alnico
	//     8505.11.00.30  Ceramic
	//     8505.11.00.50  Sintered samarium-cobalt
	//     8505.11.00.70  Sintered neodymium-iron-boron
	//     8505.11.00.90  Other
}

// What a dining table of China met from day to day in 2025, as it was foreseen in
// the middle of June.
func ExampleEngine_Timeline() {
	eng, err := navicert.OpenEmbedded()
	if err != nil {
		log.Fatal(err)
	}
	steps, err := eng.Timeline(navicert.Case{
		Goods: "9403.60.80.40", From: "CN", To: "US", Only: "import", Known: "2025-06-15",
	}, "2025-01-01", "2026-01-01")
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range steps {
		fmt.Println(s.From, *s.Rate.Least+" %")
	}
	// Output:
	// 2025-01-01T00:00-05:00 25 %
	// 2025-02-04T00:01-05:00 35 %
	// 2025-03-04T00:01-05:00 45 %
	// 2025-04-05T00:01-04:00 55 %
	// 2025-04-09T00:01-04:00 129 %
	// 2025-04-10T00:01-04:00 170 %
	// 2025-05-14T00:01-04:00 55 %
	// 2025-08-12T00:01-04:00 79 %
}

// A sealed answer is replayed: the same packs and the same case give the same
// bytes. One changed byte breaks the seal.
func ExampleEngine_Verify() {
	eng, err := navicert.OpenEmbedded()
	if err != nil {
		log.Fatal(err)
	}
	d, err := eng.Determine(navicert.Case{
		Goods: "9403.60.80.40", From: "CN", To: "US", Origin: "CN",
		On: "2025-06-15", Known: "2025-06-15", Value: "10000 USD",
	})
	if err != nil {
		log.Fatal(err)
	}
	sealed, err := d.Document().JSON()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(eng.Verify(sealed))

	sealed[len(sealed)/2] ^= 1
	fmt.Println(eng.Verify(sealed) != nil)
	// Output:
	// <nil>
	// true
}

func ExampleCompare() {
	eng, err := navicert.OpenEmbedded()
	if err != nil {
		fmt.Println(err)
		return
	}
	c := navicert.Case{Goods: "9403.60.80.40", From: "CN", To: "US", On: "2025-06-15", Known: "2026-08-01", Value: "10000 USD"}
	before, err := eng.Determine(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	c.On = "2025-11-20"
	after, err := eng.Determine(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	x := navicert.Compare(before, after)
	by, currency, _ := x.Duty()
	fmt.Println(by.Least, currency)
	for _, why := range x.Why() {
		fmt.Println(why)
	}
	// Output:
	// -1000 USD
	// Fentanyl duty, China and Hong Kong: 20% → 10% (EO 14357 (2025-11-04))
}
