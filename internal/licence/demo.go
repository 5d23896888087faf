package licence

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/navicert/navicert/internal/quantity"
)

// Backlog is an invented desk, shaped like the one that was reported of June
// 2025: applications for rare-earth goods since the licence began on 4 April, a
// fast lane since 10 June, most files still waiting. Every party in it is
// invented. One seed gives one backlog.
type Backlog struct {
	Seed         uint64
	Applications int
	// Progress, where set, is told how many applications are done.
	Progress func(done int)
}

// demoAuthority is whose desk is invented.
const demoAuthority = "CN.MOFCOM"

// The days between which the invented desk works; it ends at the noon of the last.
var demoFirst, demoLast = quantity.NewDate(2025, 4, 7), quantity.NewDate(2025, 6, 30)

// Fill plays the backlog on an empty desk. It returns the instant at which the
// play ends.
func (b Backlog) Fill(ctx context.Context, d *Desk) (quantity.Instant, error) {
	authority, err := d.Authority(demoAuthority)
	if err != nil {
		return 0, err
	}
	end := demoLast.Start(authority.Zone()) + 12*3600
	if _, err := d.Do(ctx, By{Actor: "demonstration", Role: System, At: end}, &BeginDemonstration{b.Seed}); err != nil {
		return 0, err
	}
	orders := b.script(authority, end)
	n, filed := 0, 0
	next := func() (Order, bool) {
		if n == len(orders) {
			return Order{}, false
		}
		n++
		return orders[n-1].make(d.law, authority), true
	}
	at := 0
	err = d.Stream(ctx, next, func(r Result) error {
		o := &orders[at]
		at++
		if r.Err != nil {
			// Lanes and papers follow from the law: a part of the play may not fit it.
			if _, refused := r.Err.(*Refusal); !refused || o.act == demoFile {
				return fmt.Errorf("%s: %w", o.id(), r.Err)
			}
		}
		if o.act == demoFile {
			if filed++; b.Progress != nil {
				b.Progress(filed)
			}
		}
		return nil
	})
	return end, err
}

// demoAct is what happens to an invented file.
type demoAct uint8

const (
	demoFile demoAct = iota
	demoAccept
	demoAsk
	demoAnswer
	demoRefer
	demoAdvise
	demoPropose
	demoCountersign
	demoDraw
	demoWithdraw
	demoEndorse
)

// demoOrder is one act of the play.
type demoOrder struct {
	at     quantity.Instant
	act    demoAct
	number int
	seed   uint64
	refuse bool
	step   int // of the endorsement chain
}

func (o *demoOrder) id() string { return fmt.Sprintf("A%06d", o.number) }

// script writes the play in the order of time.
func (b Backlog) script(authority *Authority, end quantity.Instant) []demoOrder {
	rng := rand.New(rand.NewPCG(b.Seed, 1))
	cal := authority.Calendar()
	var days []quantity.Date
	for d := demoFirst; d < demoLast; d++ {
		if working, _ := cal.Working(d); working {
			days = append(days, d)
		}
	}
	var out []demoOrder
	for n := 1; n <= b.Applications; n++ {
		// More come every week, and most since the fast lane.
		x := rng.Float64()
		day := days[min(int(float64(len(days))*(1-(1-x)*(1-x)*0.4-(1-x)*0.6)), len(days)-1)]
		at := day.Start(cal.Zone) + quantity.Instant(9*3600+rng.IntN(8*3600))
		seed := rng.Uint64()
		act := func(after float64, a demoAct) {
			if at += quantity.Instant(after * 86400 * (0.5 + rng.Float64())); at < end {
				out = append(out, demoOrder{at: at, act: a, number: n, seed: seed})
			}
		}
		act(0, demoFile)
		out = append(out, demoChain(authority, n, seed, at, end)...)
		if rng.Float64() < 0.03 {
			continue // nobody has looked at it yet
		}
		act(1.5, demoAccept)
		switch x := rng.Float64(); {
		case x < 0.07:
			act(8, demoAsk)
			if rng.Float64() < 0.5 {
				act(9, demoAnswer)
			}
		case x < 0.12:
			act(7, demoRefer)
			if rng.Float64() < 0.4 {
				act(12, demoAdvise)
			}
		case x < 0.19:
			act(15, demoPropose)
			out[len(out)-1].refuse = rng.Float64() < 0.12
			act(2, demoCountersign)
			if act(3, demoDraw); rng.Float64() < 0.4 {
				act(4, demoDraw)
			}
		case x < 0.20:
			act(10, demoWithdraw)
		}
	}
	slices.SortStableFunc(out, func(x, y demoOrder) int { return cmp.Compare(x.at, y.at) })
	return out
}

// demoSteps are how many days the steps of an endorsement chain take, those that are
// not named a day.
var demoSteps = map[string]float64{"attested": 9, "endorsed by embassy": 14, "received by exporter": 3, "at province": 2, "at ministry": 12}

// demoChain are the steps that the papers of a file have taken, from when it was filed
// on. Those of a destination with steps of its own are all told, and of the others some.
func demoChain(authority *Authority, n int, seed uint64, at, end quantity.Instant) (out []demoOrder) {
	rng := rand.New(rand.NewPCG(seed, uint64(demoEndorse)))
	c := demoContent(rand.New(rand.NewPCG(seed, uint64(demoFile))))
	chain := authority.chain(c.Destination())
	if len(chain) == len(authority.chain("")) && rng.IntN(15) > 0 {
		return nil
	}
	for i, step := range chain {
		if step == "decided" {
			break // what follows is seen from the decision and the ledger
		}
		if at += quantity.Instant(86400 * cmp.Or(demoSteps[step], 1) * (0.5 + rng.Float64())); at >= end {
			break
		}
		out = append(out, demoOrder{at: at, act: demoEndorse, number: n, seed: seed, step: i})
	}
	return out
}

// make writes the order of an act.
func (o *demoOrder) make(law Law, authority *Authority) Order {
	rng := rand.New(rand.NewPCG(o.seed, uint64(o.act)))
	by := func(role Role, n int) By {
		return By{Actor: fmt.Sprintf("%s-%02d", role, 1+rng.IntN(n)), Role: role, At: o.at, Reason: "demonstration"}
	}
	id := o.id()
	switch o.act {
	case demoFile:
		c := demoContent(rng)
		f := &File{ID: id, Content: c, Submit: true, invented: true}
		x := law.Assess(&c, authority, o.at.Date(authority.Zone()))
		for _, u := range x.Undertakings {
			f.Content.Undertakings = append(f.Content.Undertakings, Promise{Kind: "stated", Says: u, By: c.Parties[0].Name})
		}
		for _, p := range x.Papers {
			form := p.Form
			if form == "" {
				form = "copy"
			}
			f.Documents = append(f.Documents, Document{Kind: p.Title, Form: form, Digest: DigestOf([]byte(id + p.Title))})
		}
		x.Content = 1
		f.assessed = &x
		return Order{o.applicant(&c), f}
	case demoEndorse:
		return o.endorse(authority)
	case demoAccept:
		return Order{by(Intake, 12), &Accept{id}}
	case demoAsk:
		return Order{by(Officer, 30), &Ask{id, demoQuestions[rng.IntN(len(demoQuestions))], "demonstration"}}
	case demoAnswer:
		return Order{o.applicant(nil), &Answer{id, "see the paper attached"}}
	case demoRefer:
		return Order{by(Officer, 30), &Refer{id, demoAgencies[o.seed%2], "is the use civil?", "demonstration"}}
	case demoAdvise:
		agency := demoAgencies[o.seed%2]
		return Order{By{Actor: agency, Role: Agency, At: o.at, Reason: "demonstration"}, &Advise{Application: id, Agency: agency, Kind: AdviseApprove}}
	case demoPropose:
		p := Proposal{Outcome: Approved, Reason: "civil use; end user and use are plausible"}
		if o.refuse {
			p = Proposal{Outcome: Refused, Reason: "the end use is not shown to be civil", Grounds: []string{"Export Control Law of China, Article 13"}}
		}
		return Order{by(Officer, 30), &proposeAs{Decide{id, p, "demonstration"}}}
	case demoCountersign:
		return Order{by(Countersigner, 10), &Countersign{id, true}}
	case demoWithdraw:
		return Order{o.applicant(nil), &Withdraw{id}}
	}
	b := by(Customs, 6)
	b.Key = fmt.Sprintf("demonstration %s %d", id, o.at)
	share := quantity.NewDecimal(int64(10+rng.IntN(40)), 2)
	return Order{b, &drawShare{licenceID(id), share}}
}

// demoAttested is for how many days an attestation counts.
const demoAttested = 45

// endorse takes a step of the endorsement chain: the applicant as long as it has the
// papers, then who receives them.
func (o *demoOrder) endorse(authority *Authority) Order {
	c := demoContent(rand.New(rand.NewPCG(o.seed, uint64(demoFile))))
	by := o.applicant(&c)
	step := Step{Name: authority.chain(c.Destination())[o.step], Holder: c.Applicant.Name, Form: "original"}
	switch step.Name {
	case "prepared":
		step.Holder = c.Parties[0].Name
	case "attested":
		step.Holder, step.Lapses = c.Parties[0].Name, o.at.Date(authority.Zone()).AddDays(demoAttested)
	case "at province", "at ministry":
		by.Actor, by.Role, step.Holder = fmt.Sprintf("%s-%02d", Intake, 1+o.seed%12), Intake, "commerce department of the province"
		if step.Name == "at ministry" {
			step.Holder = authority.Title
		}
	}
	return Order{by, &Endorse{o.id(), step}}
}

// applicant is the applicant of the file at work: that of the content, or of the
// content that its filing drew.
func (o *demoOrder) applicant(c *Content) By {
	if c == nil {
		drawn := demoContent(rand.New(rand.NewPCG(o.seed, uint64(demoFile))))
		c = &drawn
	}
	return By{Actor: c.Applicant.Name, Role: Applicant, At: o.at, Reason: "demonstration"}
}

// proposeAs decides a file where one officer may, and recommends it where two are
// wanted.
type proposeAs struct{ Decide }

func (c *proposeAs) decide(s *Set, by By) ([]change, error) {
	if a, authority, err := s.file(c.Application); err == nil && a.Assessment != nil && authority.Lane(a.Assessment.Lane).countersigned(a.ID) {
		return (&Recommend{c.Application, c.Proposal, c.Bulk}).decide(s, by)
	}
	return c.Decide.decide(s, by)
}

// drawShare draws a share of what the first line of a licence allows.
type drawShare struct {
	Licence string
	Share   quantity.Decimal
}

// Name implements [Command].
func (*drawShare) Name() string { return "draw" }

func (c *drawShare) needs(*Set, By) Needs { return Needs{Objects: []Ref{licence(c.Licence)}} }

func (c *drawShare) decide(s *Set, by By) ([]change, error) {
	l, err := s.licence(c.Licence)
	if err != nil {
		return nil, err
	}
	line := l.Lines[0]
	t := Take{Licence: l.ID, Line: 1, Quantity: quantity.Quantity{Amount: line.Quantity.Amount.Mul(c.Share).Round(0, quantity.Up), Unit: line.Quantity.Unit},
		Value: quantity.Money{Amount: line.Value.Amount.Mul(c.Share).Round(0, quantity.Down), Currency: line.Value.Currency}}
	return (&Draw{Takes: []Take{t}, Commit: true}).decide(s, by)
}

var (
	demoAgencies  = []string{"expert panel", "defence industry office"}
	demoQuestions = []string{
		"in which product will the magnets be built, and who buys it?",
		"the quantity exceeds a year's production of the plant; explain",
		"the translation of the end-user certificate is not certified",
	}
	// Names are put together of syllables and trades, so that they are nobody's.
	demoBegins = []string{"Al", "Bor", "Cal", "Den", "Elo", "Fer", "Gam", "Hol", "Ist", "Jor", "Kel", "Lum", "Mar", "Nor", "Ost", "Pel", "Quil", "Rav", "Sil", "Tor", "Ul", "Ven", "Wex", "Yar", "Zel"}
	demoEnds   = []string{"ara", "bex", "cor", "dane", "eton", "fara", "gard", "holt", "iver", "jarn", "kent", "lund", "mere", "nova", "orin", "pont", "quay", "rost", "stad", "tern"}
	demoTrades = []string{"Motors", "Pumps", "Robotics", "Acoustics", "Turbines", "Medical", "Automation", "Mobility", "Optics", "Instruments"}
	demoForms  = map[string]string{"US": "Inc.", "DE": "GmbH", "JP": "K.K.", "KR": "Co.", "IN": "Pvt. Ltd.", "FR": "SA", "IT": "SpA", "GB": "Ltd", "VN": "Co.", "MX": "SA de CV"}
	demoUses   = []string{
		"traction motors of electric cars", "servo motors of machine tools", "pumps of heating systems", "loudspeakers", "generators of wind turbines",
		"magnetic resonance scanners", "sensors of brakes", "hard disks", "phosphors of lamps", "capacitors",
	}
)

var demoDestinations = []struct {
	country string
	weight  int
}{{"US", 38}, {"DE", 16}, {"JP", 13}, {"KR", 10}, {"IN", 8}, {"FR", 4}, {"IT", 4}, {"GB", 3}, {"VN", 2}, {"MX", 2}}

var demoGoods = []struct {
	weight      int
	code        string
	description string
	facts       map[string]string
	least, most int // kg
	price       int // USD a kg
}{
	{42, "8505.11", "sintered NdFeB magnets with dysprosium", map[string]string{"goods.magnet_family": "NdFeB", "goods.Dy": "2.4", "goods.form": "permanent-magnet"}, 100, 20000, 75},
	{15, "8505.11", "sintered NdFeB magnets with dysprosium and terbium", map[string]string{"goods.magnet_family": "NdFeB", "goods.Dy": "1.1", "goods.Tb": "0.6", "goods.form": "permanent-magnet"}, 50, 8000, 110},
	{15, "8505.11", "samarium-cobalt magnets", map[string]string{"goods.magnet_family": "SmCo", "goods.Sm": "24", "goods.form": "permanent-magnet"}, 20, 3000, 160},
	{8, "2846.90", "dysprosium oxide", map[string]string{"goods.form": "oxide", "goods.Dy": "87"}, 100, 5000, 240},
	{5, "2846.90", "terbium oxide", map[string]string{"goods.form": "oxide", "goods.Tb": "85"}, 20, 1000, 900},
	{5, "2846.90", "yttrium oxide", map[string]string{"goods.form": "oxide", "goods.Y": "78"}, 500, 20000, 8},
	{4, "2846.90", "gadolinium oxide", map[string]string{"goods.form": "oxide", "goods.Gd": "86"}, 200, 8000, 25},
	{3, "2846.90", "scandium oxide", map[string]string{"goods.form": "oxide", "goods.Sc": "65"}, 1, 50, 900},
	{3, "2805.30", "lutetium metal", map[string]string{"goods.form": "metal", "goods.Lu": "99"}, 1, 20, 2500},
}

// weighted draws a place by its weight.
func weighted(rng *rand.Rand, n int, weight func(int) int) int {
	total := 0
	for i := range n {
		total += weight(i)
	}
	x := rng.IntN(total)
	for i := range n {
		if x -= weight(i); x < 0 {
			return i
		}
	}
	return n - 1
}

func demoName(n uint64) string {
	r := rand.New(rand.NewPCG(n, 7))
	return demoBegins[r.IntN(len(demoBegins))] + demoEnds[r.IntN(len(demoEnds))] + " " + demoTrades[r.IntN(len(demoTrades))]
}

// demoContent invents an application.
func demoContent(rng *rand.Rand) Content {
	to := demoDestinations[weighted(rng, len(demoDestinations), func(i int) int { return demoDestinations[i].weight })].country
	g := &demoGoods[weighted(rng, len(demoGoods), func(i int) int { return demoGoods[i].weight })]
	// A few exporters and end users have many files, and many have few.
	exporter := uint64(rng.ExpFloat64() * 90)
	user := uint64(rng.ExpFloat64() * 700)
	kg := g.least + int(float64(g.most-g.least)*rng.Float64()*rng.Float64())
	if kg >= 100 {
		kg -= kg % 10
	}
	military := "no"
	if rng.Float64() < 0.03 {
		military = "yes"
	}
	c := Content{
		Authority: demoAuthority,
		Applicant: Party{Role: "applicant", Name: demoName(100_000+exporter) + " Magnetics Co.", Country: "CN"},
		Parties:   []Party{{Role: RoleEndUser, Name: demoName(user*16+uint64(to[0])) + " " + demoForms[to], Country: to}},
		Lines: []Line{{Goods: g.code, Description: g.description, From: "CN", To: to, Facts: g.facts,
			Quantity: quantity.Quantity{Amount: quantity.NewDecimal(int64(kg), 0), Unit: quantity.Kilogram},
			Value:    quantity.Money{Amount: quantity.NewDecimal(int64(kg*g.price), 0), Currency: "USD"}}},
		EndUse:   demoUses[rng.IntN(len(demoUses))],
		Contract: fmt.Sprintf("C-%05d", rng.IntN(100_000)),
		Facts:    map[string]string{"end_user.military": military, "end_use.military": military},
		Closed:   true,
	}
	c.OurReference = strings.ToUpper(c.Applicant.Name[:3]) + "-" + c.Contract[2:]
	return c
}
