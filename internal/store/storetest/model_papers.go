package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// stranger is somebody with the code by which he is refused what only an applicant
// with its own file, intake and officers may do; the first three may.
type stranger struct {
	actor string
	role  licence.Role
	code  licence.Code
}

// strangers are they.
var strangers = []stranger{
	{"Harbour Magnets", licence.Applicant, ""}, {"intake", licence.Intake, ""}, {"officer", licence.Officer, ""},
	{"Other Works", licence.Applicant, licence.NotFound}, {"defence", licence.Agency, licence.NotFound},
	{"port", licence.Customs, licence.WrongRole}, {"second", licence.Countersigner, licence.WrongRole}, {"inspector", licence.Enforcement, licence.WrongRole},
	{"auditor", licence.Auditor, licence.WrongRole}, {"head", licence.Administrator, licence.WrongRole},
}

// someone draws who acts on the papers of a file: mostly one who may.
func someone(rt *rapid.T) stranger {
	if rapid.IntRange(0, 3).Draw(rt, "stranger") > 0 {
		return strangers[rapid.IntRange(0, 2).Draw(rt, "who")]
	}
	return rapid.SampledFrom(strangers).Draw(rt, "who")
}

// firstOf is the first code that is not empty.
func firstOf(codes ...licence.Code) licence.Code {
	for _, c := range codes {
		if c != "" {
			return c
		}
	}
	return ""
}

// when is the code where something is so.
func when(so bool, code licence.Code) licence.Code {
	if so {
		return code
	}
	return ""
}

// decideAlone takes a draft all the way to an approval by one officer.
func (g *game) decideAlone(rt *rapid.T, id string) {
	g.expect(rt, g.by("Harbour Magnets", licence.Applicant), &licence.Submit{Application: id}, "")
	g.expect(rt, g.by("intake", licence.Intake), &licence.Accept{Application: id}, "")
	g.expect(rt, g.by("officer", licence.Officer), &licence.Claim{Application: id}, "")
	g.expect(rt, g.by("officer", licence.Officer), &licence.Decide{Application: id, Proposal: approve()}, "")
}

// testEndorsementModel plays the endorsement chain of one file: steps in and out of
// their order, by those who may and those who may not, that lapse and are taken
// again, for destinations of different chains, before and after the decision. The
// model is a pile: a step that is taken lies on those before it, and one that
// lapses or is taken again takes down all that lies on it.
func testEndorsementModel(t *testing.T, e Engine) {
	shanghai := zone("Asia/Shanghai")
	authority := mofcom(t)
	chains := map[string][]string{
		"US": {"prepared", "received by exporter", "lodged", "at province", "at ministry", "decided", "presented at customs", "used"},
		"IN": {"prepared", "attested", "endorsed by embassy", "received by exporter", "lodged", "at province", "at ministry", "decided", "presented at customs", "used"},
	}
	type taken struct {
		name       string
		day, lapse quantity.Date
	}
	newStage(t, e).play(func(rt *rapid.T, g *game) {
		c := content("cn.expedited")
		c.Lines[0].To = rapid.SampledFrom([]string{"US", "IN", "IN"}).Draw(rt, "destination")
		id := g.must(g.by("Harbour Magnets", licence.Applicant), &licence.File{Content: c}).Object.ID
		var history []taken
		stage, decided := licence.StageDraft, quantity.Date(0)
		today := func() quantity.Date { return g.at.Date(shanghai) }
		// pile is what stands of the chain on a day.
		pile := func(day quantity.Date) (out []taken) {
			chain := chains[c.Lines[0].To]
			lapse := func(on quantity.Date) {
				if decided != 0 {
					on = min(on, decided)
				}
				if i := slices.IndexFunc(out, func(s taken) bool { return s.lapse != 0 && s.lapse < on }); i >= 0 {
					out = out[:i]
				}
			}
			for _, s := range history {
				lapse(s.day)
				if i := slices.IndexFunc(out, func(o taken) bool { return o.name == s.name }); i >= 0 {
					out = out[:i]
				}
				if len(out) < len(chain) && chain[len(out)] == s.name {
					out = append(out, s)
				}
			}
			lapse(day)
			return out
		}
		next := func() string {
			if chain, n := chains[c.Lines[0].To], len(pile(today())); n < len(chain) {
				return chain[n]
			}
			return ""
		}
		rt.Repeat(map[string]func(*rapid.T){
			"endorse": func(rt *rapid.T) {
				who, want := someone(rt), next()
				step := licence.Step{Name: want, Holder: "courier"}
				if rapid.IntRange(0, 3).Draw(rt, "another step") == 0 {
					step.Name = rapid.SampledFrom(append([]string{"", "burnt"}, chains["IN"]...)).Draw(rt, "step")
				}
				step.Form = rapid.SampledFrom([]string{"original", "original", "copy", "", "parchment"}).Draw(rt, "form")
				if days := rapid.SampledFrom([]int{0, 0, 1, 10, 60, -1}).Draw(rt, "lapses after days"); days != 0 {
					step.Lapses = today().AddDays(days)
				}
				code := firstOf(who.code, when(stage == licence.StageWithdrawn || want == "" || step.Name != want, licence.WrongState),
					when(step.Form == "parchment" || step.Lapses != 0 && step.Lapses < today(), licence.Invalid))
				if g.expect(rt, g.by(who.actor, who.role), &licence.Endorse{Application: id, Step: step}, code); code == "" {
					history = append(history, taken{step.Name, today(), step.Lapses})
				}
			},
			"another destination": func(rt *rapid.T) { // has another chain
				to := rapid.SampledFrom([]string{"US", "IN"}).Draw(rt, "destination")
				lines := slices.Clone(c.Lines)
				lines[0].To = to
				n := c
				n.Lines = lines
				code := when(stage != licence.StageDraft, licence.WrongState)
				if g.expect(rt, g.by("Harbour Magnets", licence.Applicant), &licence.Amend{Application: id, Content: n}, code); code == "" {
					c = n
				}
			},
			"end": func(rt *rapid.T) {
				if stage != licence.StageDraft || rapid.IntRange(0, 5).Draw(rt, "really") > 0 {
					rt.Skip("not now")
				}
				if rapid.Bool().Draw(rt, "withdrawn") {
					g.expect(rt, g.by("Harbour Magnets", licence.Applicant), &licence.Withdraw{Application: id}, "")
					stage = licence.StageWithdrawn
					return
				}
				g.decideAlone(rt, id)
				stage, decided = licence.StageClosed, today()
			},
			"time passes": g.pass,
			"": func(rt *rapid.T) {
				g.look(rt, func(ctx context.Context, r licence.Reader) error {
					a, err := licence.ReadApplication(ctx, r, id)
					if err != nil {
						return err
					}
					if a.Stage != stage || len(a.Chain) != len(history) {
						rt.Fatalf("it is %s with %d steps; the model says %s with %d", a.Stage, len(a.Chain), stage, len(history))
					}
					for _, days := range []int{0, 1, 11, 61} { // the answer of today, and of days to come
						on := today().AddDays(days)
						standing := pile(on)
						steps := authority.ChainOf(a, on)
						if len(steps) != len(chains[c.Lines[0].To]) {
							rt.Fatalf("the chain for %s is %+v", c.Lines[0].To, steps)
						}
						for i, s := range steps {
							want := ""
							switch ever := slices.ContainsFunc(history, func(h taken) bool { return h.name == s.Name }); {
							case i < len(standing):
								want = "taken"
							case ever:
								want = "lapsed"
							}
							got := ""
							switch {
							case s.Lapsed:
								got = "lapsed"
							case s.Taken != nil:
								got = "taken"
							}
							if got != want || s.Name != chains[c.Lines[0].To][i] || got == "taken" && s.Taken.Lapses != standing[i].lapse {
								rt.Fatalf("on %s step %d, %s, is %q; the model says %q (%+v of %+v)", on, i+1, s.Name, got, want, standing, history)
							}
						}
					}
					return nil
				})
			},
		})
	})
}

// testDocumentModel plays the papers of one file: attached in every form and term,
// with their bytes, without, and with others; replaced, out of date; asked for by
// the lane; and the file handed in, returned, ended.
func testDocumentModel(t *testing.T, e Engine) {
	shanghai := zone("Asia/Shanghai")
	const certificate, contract = "End-user certificate", "Contract" // wanted as the original, and as a copy
	type paper struct {
		licence.Document
		bytes string
	}
	newStage(t, e).play(func(rt *rapid.T, g *game) {
		today := func() quantity.Date { return g.at.Date(shanghai) }
		texts := []string{"for pumps of " + g.name, "for fans of " + g.name, ""}
		some := func(rt *rapid.T) paper {
			bytes := rapid.SampledFrom(texts).Draw(rt, "text")
			d := licence.Document{Kind: rapid.SampledFrom([]string{certificate, certificate, contract, "Letter"}).Draw(rt, "kind"),
				Form: rapid.SampledFrom([]string{"original", "copy", "electronic"}).Draw(rt, "form"), Digest: licence.DigestOf([]byte(bytes))}
			if days := rapid.SampledFrom([]int{0, 0, 0, -1, 2}).Draw(rt, "valid from"); days != 0 {
				d.From = today().AddDays(days)
			}
			if days := rapid.SampledFrom([]int{0, 0, 3, 8, 41}).Draw(rt, "valid until"); days != 0 {
				d.Until = today().AddDays(days)
			}
			return paper{d, bytes}
		}
		wants := func(c *licence.Content) (out [][2]string) {
			for _, w := range [][2]string{{c.Facts["paper"], "original"}, {c.Facts["copy"], "copy"}} {
				if w[0] != "" {
					out = append(out, w)
				}
			}
			return out
		}
		missing := func(c *licence.Content, attached []licence.Document, on quantity.Date) (out []string) {
			for _, w := range wants(c) {
				if !slices.ContainsFunc(attached, func(d licence.Document) bool {
					return d.Kind == w[0] && (d.Form == w[1] || w[1] == "copy" && d.Form == "original") && d.From <= on && (d.Until == 0 || on <= d.Until)
				}) {
					out = append(out, w[0])
				}
			}
			return out
		}
		wanting := func(rt *rapid.T) licence.Content {
			c := content("cn.expedited")
			if rapid.IntRange(0, 3).Draw(rt, "certificate") > 0 {
				c.Facts["paper"] = certificate
			}
			if rapid.Bool().Draw(rt, "contract") {
				c.Facts["copy"] = contract
			}
			return c
		}
		applicant := func() licence.By { return g.by("Harbour Magnets", licence.Applicant) }
		kept := map[string]string{} // bytes by digest

		// A file is begun with papers or without, and handed in at once if it can be.
		c := wanting(rt)
		begin := &licence.File{Content: c, Submit: rapid.Bool().Draw(rt, "submit")}
		for range rapid.IntRange(0, 2).Draw(rt, "papers") {
			begin.Documents = append(begin.Documents, some(rt).Document)
		}
		lacks := begin.Submit && len(missing(&c, begin.Documents, today())) > 0
		r := g.expect(rt, applicant(), begin, when(lacks, licence.Incomplete))
		stage := licence.StageDraft
		switch {
		case lacks:
			begin.Submit = false
			r = g.expect(rt, applicant(), begin, "")
		case begin.Submit:
			stage = licence.StageSubmitted
		}
		id, documents := r.Object.ID, begin.Documents
		attempts := 0
		rt.Repeat(map[string]func(*rapid.T){
			"attach": func(rt *rapid.T) {
				who, p := someone(rt), some(rt)
				a := &licence.Attach{Application: id, Document: p.Document, Bytes: []byte(p.bytes)}
				invalid, differs := false, false
				switch rapid.SampledFrom([]string{"", "", "", "", "", "no bytes", "other bytes", "no kind", "no digest", "form", "term"}).Draw(rt, "fault of it") {
				case "no bytes": // they are kept elsewhere
					a.Bytes = nil
				case "other bytes":
					a.Bytes, differs = []byte(p.bytes+"!"), true
				case "no kind":
					a.Document.Kind, invalid = "", true
				case "no digest":
					a.Document.Digest, invalid = "sha256:none", true
				case "form":
					a.Document.Form, invalid = "parchment", true
				case "term":
					a.Document.From, a.Document.Until, invalid = today(), today()-1, true
				}
				code := firstOf(who.code, when(stage == licence.StageClosed || stage == licence.StageWithdrawn, licence.WrongState),
					when(invalid, licence.Invalid), when(differs, licence.DigestDiffers))
				g.expect(rt, g.by(who.actor, who.role), a, code)
				switch {
				case code == licence.DigestDiffers:
					attempts++
				case code == "":
					documents = append(documents, a.Document)
					if a.Bytes != nil {
						kept[a.Document.Digest] = p.bytes
					}
				}
			},
			"submit": func(rt *rapid.T) {
				code := firstOf(when(stage != licence.StageDraft && stage != licence.StageReturned, licence.WrongState),
					when(len(missing(&c, documents, today())) > 0, licence.Incomplete))
				if g.expect(rt, applicant(), &licence.Submit{Application: id}, code); code == "" {
					stage = licence.StageSubmitted
				}
			},
			"amend": func(rt *rapid.T) { // and other papers are wanted
				n := wanting(rt)
				code := when(stage != licence.StageDraft && stage != licence.StageReturned, licence.WrongState)
				if g.expect(rt, applicant(), &licence.Amend{Application: id, Content: n}, code); code == "" {
					c = n
				}
			},
			"give back": func(rt *rapid.T) {
				code := when(stage != licence.StageSubmitted && stage != licence.StageReview, licence.WrongState)
				if g.expect(rt, g.by("intake", licence.Intake), &licence.GiveBack{Application: id, For: "the seal"}, code); code == "" {
					stage = licence.StageReturned
				}
			},
			"accept": func(rt *rapid.T) {
				code := when(stage != licence.StageSubmitted, licence.WrongState)
				if g.expect(rt, g.by("intake", licence.Intake), &licence.Accept{Application: id}, code); code == "" {
					stage = licence.StageReview
				}
			},
			"end": func(rt *rapid.T) {
				if rapid.IntRange(0, 7).Draw(rt, "really") > 0 {
					rt.Skip("not now")
				}
				switch {
				case stage == licence.StageReview:
					g.expect(rt, g.by("officer", licence.Officer), &licence.Claim{Application: id}, "")
					g.expect(rt, g.by("officer", licence.Officer), &licence.Decide{Application: id, Proposal: approve()}, "")
					stage = licence.StageClosed
				default:
					code := when(stage == licence.StageClosed || stage == licence.StageWithdrawn, licence.WrongState)
					g.expect(rt, applicant(), &licence.Withdraw{Application: id}, code)
					if code == "" {
						stage = licence.StageWithdrawn
					}
				}
			},
			"time passes": g.pass,
			"": func(rt *rapid.T) {
				g.look(rt, func(ctx context.Context, r licence.Reader) error {
					a, err := licence.ReadApplication(ctx, r, id)
					if err != nil {
						return err
					}
					if a.Stage != stage || !slices.Equal(a.Documents, documents) || a.Attempts < attempts {
						rt.Fatalf("it is %s with %d attempts and %+v; the model says %s with %d and %+v", a.Stage, a.Attempts, a.Documents, stage, attempts, documents)
					}
					for _, days := range []int{-2, -1, 0, 1, 3, 9, 42} {
						var got []string
						for _, m := range a.Missing(today().AddDays(days)) {
							got = append(got, m.What)
						}
						if want := missing(&c, documents, today().AddDays(days)); !slices.Equal(got, want) {
							rt.Fatalf("%d days from %s it lacks %v; the model says %v", days, today(), got, want)
						}
					}
					for _, text := range texts {
						digest := licence.DigestOf([]byte(text))
						want, is := kept[digest]
						got, ok, err := r.Paper(ctx, digest)
						if err != nil {
							return err
						}
						// The empty text is the same for all games on the desk.
						if (text != "" && ok != is) || is && string(got) != want {
							return fmt.Errorf("of %q %q is kept (%t); the model says %q (%t)", text, got, ok, want, is)
						}
					}
					return nil
				})
			},
		})
	})
}
