package web

import (
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/navicert/navicert"
)

const (
	magnet = "/ask?goods=8505.11.00.70&from=CN&to=US&on=2025-06-15&known=2025-06-15&value=10000+USD"
	bolts  = "/ask?goods=7318.15.20.61&from=CN&to=US&on=2025-06-16&known=2025-06-16&value=10000+USD"
	table  = "goods=9403.60.80.40&from=CN&to=US"
)

func TestAsk(t *testing.T) {
	h := pages(Options{})
	for address, texts := range map[string][]string{
		"/ask":                         {"Say what the goods are", "Electrical machinery and electronics"},
		magnet:                         {"3,210.00 USD, 32.1 % of 10,000.00 USD", "Five questions decide", `name="f.goods.Tb"`, "9903.91.06", "89 FR 76581", "Close, but no", "What comes next", "sha256:"},
		bolts:                          {"5,500.00 to 9,500.00 USD", `name="f.content.steel" value="1"`, "5,500.00 USD (55 %)", `fill="url(#hatch-open)"`},
		bolts + "&f.content.steel=0.5": {"7,500.00 USD, 75 %", `id="given-content.steel"`, "Take back"},
		"/ask?goods=permanent+magnet&from=CN&to=US&on=2025-06-15&known=2025-06-15":        {"8505.11.00.70", "no classification"},
		"/ask?goods=unobtainium&from=CN&to=US&on=2025-06-15&known=2025-06-15":             {"No line holds all of these words"},
		"/ask?goods=8505.11&from=CN&to=US&on=2025-06-15&known=2025-06-15":                 {"a duty needs one of its lines", "8505.11.00", "Electromagnets"},
		"/ask?goods=85&from=CN&to=US&on=2025-06-15&known=2025-06-15":                      {"8505", "All chapters"},
		"/ask?goods=9999.99&from=CN&to=US&on=2025-06-15&known=2025-06-15":                 {"The case cannot be answered"},
		"/ask?goods=8505.11.00.70&from=CN&to=Atlantis&on=2025-06-31&known=x&value=10+GBP": {"Atlantis", "2025-06-31", `href="#known"`, `href="#on"`},
		magnet + "&f.nothing.known=1":                                                     {"No pack knows this fact.", `href="#given-nothing.known"`},
		"/ask?goods=8505.11.00.70&from=FR&to=BR&on=2025-06-15&known=2025-06-15":           {"Not answered: the packs hold no export law of FR and no import law of BR."},
	} {
		code, page := get(t, h, address)
		if code != http.StatusOK {
			t.Errorf("%s: %d", address, code)
		}
		for _, text := range texts {
			if !strings.Contains(page, text) {
				t.Errorf("%s does not hold %q", address, text)
			}
		}
	}
}

// An address says all that the page rests on: what a form leaves open is left out,
// the days are written down, names become codes.
func TestOneAddressForOneState(t *testing.T) {
	h := pages(Options{})
	for form, want := range map[string]string{
		"/ask?goods=8505110070&from=China&to=United+States&value=10%2C000&currency=usd&f.goods.Dy=&origin=": "/ask?goods=8505.11.00.70&from=CN&to=US&on=2026-11-20&known=2026-11-20&value=10000+USD",
		"/ask?goods=8505&line=8505.11.00.70&from=CN&to=US&on=2025-06-15&known=2025-06-15":                   "/ask?goods=8505.11.00.70&from=CN&to=US&on=2025-06-15&known=2025-06-15",
		"/timeline?" + table: "/timeline?" + table + "&on=2026-11-20&known=2026-11-20&since=2025-01-01&until=2027-11-20",
		"/compare?" + table + "&on2=&scenario=truce-lapses": "/compare?" + table + "&on=2026-11-20&known=2026-11-20&scenario=truce-lapses",
	} {
		w := send(h, httptest.NewRequest("GET", form, nil))
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("%s leads to %s, and not to %s", form, w.Header().Get("Location"), want)
		}
		// htmx is told the address and has its page at once.
		r := httptest.NewRequest("GET", form, nil)
		r.Header.Set("HX-Request", "true")
		if w := send(h, r); w.Code != http.StatusOK || w.Header().Get("HX-Push-Url") != want {
			t.Errorf("%s: htmx is told %d, %s", form, w.Code, w.Header().Get("HX-Push-Url"))
		}
		if w := send(h, httptest.NewRequest("GET", want, nil)); w.Code != http.StatusOK {
			t.Errorf("%s: %d", want, w.Code)
		}
	}
}

func TestDownloads(t *testing.T) {
	h := pages(Options{})
	query := strings.TrimPrefix(magnet, "/ask")
	w := send(h, httptest.NewRequest("GET", "/ask/answer.json"+query, nil))
	if err := engine().Verify(w.Body.Bytes()); err != nil {
		t.Errorf("the sealed answer does not verify: %v", err)
	}
	var doc navicert.Document
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || !strings.Contains(w.Header().Get("Content-Disposition"), "determination.json") {
		t.Error(err, w.Header())
	}
	_, page := get(t, h, magnet)
	has(t, page, doc.Digest) // page and download are one answer
	_, markdown := get(t, h, "/ask/answer.md"+query)
	has(t, markdown, "# Sintered neodymium-iron-boron", "**Duty: 3,210.00 USD", doc.Digest)
	_, paper := get(t, h, "/ask/print"+query)
	has(t, paper, "<details open>", doc.Digest, "Five questions decide")
	if strings.Contains(paper, `class="question"`) {
		t.Error("the form is on paper")
	}
	for _, address := range []string{"/ask/answer.json?goods=nonsense&from=CN&to=US", "/ask/print?goods=8505&from=CN&to=US"} {
		if code, page := get(t, h, address); code != http.StatusUnprocessableEntity || !strings.Contains(page, "cannot be answered") {
			t.Errorf("%s: %d", address, code)
		}
	}
}

// What people write into an address is never markup of the page, and never breaks
// it.
func TestAnythingMayBeAsked(t *testing.T) {
	h := pages(Options{})
	const script = `"><script>alert(1)</script>`
	for _, page := range []string{"/ask", "/timeline", "/compare", "/law", "/law/measures", "/law/facts", "/law/instruments"} {
		q := url.Values{}
		for _, name := range []string{"goods", "from", "to", "origin", "on", "known", "value", "currency", "quantity", "only", "since", "until", "on2", "known2", "scenario", "suppose", "q", "pack", "programme", "kind", "f.goods.Dy", "f." + script} {
			q.Set(name, script)
		}
		w := send(h, httptest.NewRequest("GET", page+"?"+q.Encode(), nil))
		for w.Code == http.StatusSeeOther {
			w = send(h, httptest.NewRequest("GET", w.Header().Get("Location"), nil))
		}
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", page, w.Code)
		}
		if strings.Contains(w.Body.String(), "<script>alert") {
			t.Errorf("%s: a script came through", page)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		q := url.Values{}
		for _, name := range []string{"goods", "from", "to", "on", "known", "value", "f.goods.Dy", "since", "until"} {
			if rapid.Bool().Draw(t, name+"?") {
				q.Set(name, rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"8505.11.00.70", "CN", "US", "2025-06-15", "10000 USD", "0.1", "2030-01-01"})).Draw(t, name))
			}
		}
		for _, page := range []string{"/ask?", "/timeline?", "/compare?"} {
			w := send(h, httptest.NewRequest("GET", page+q.Encode(), nil))
			for w.Code == http.StatusSeeOther {
				location := w.Header().Get("Location")
				w = send(h, httptest.NewRequest("GET", location, nil))
				if w.Code == http.StatusSeeOther {
					t.Fatalf("%s leads on to %s", location, w.Header().Get("Location"))
				}
			}
			if w.Code != http.StatusOK {
				t.Fatalf("%s%s: %d", page, q.Encode(), w.Code)
			}
		}
	})
}

// No page has what the policy forbids.
func TestPagesKeepThePolicy(t *testing.T) {
	h := pages(Options{Batches: newFolder(t)})
	for _, v := range views {
		_, page := get(t, h, v.address)
		for _, forbidden := range []string{" style=", "<style", "javascript:", " onclick=", " onload=", "<script>", `src="http`, `href="//`, `action="http`} {
			if strings.Contains(page, forbidden) {
				t.Errorf("%s has %s", v.name, forbidden)
			}
		}
	}
}

// The waterfall adds up: each bar begins where the one before it ends, and the last
// ends where the least of the total does.
func TestWaterfallAddsUp(t *testing.T) {
	for _, c := range []navicert.Case{
		worked[0].c, worked[1].c,
		{Goods: "7318.15.20.61", From: "CN", To: "US", On: "2025-06-16", Known: "2025-06-16", Value: "10000 USD", Facts: map[string]string{"content.steel": "0.8"}},
		{Goods: "7318.15.20.61", From: "CN", To: "US", On: "2025-06-16", Known: "2025-06-16", Facts: map[string]string{"content.steel": "0.8"}},
	} {
		d, err := engine().Determine(c)
		if err != nil {
			t.Fatal(err)
		}
		doc := d.Document()
		s := newStack(doc, doc.Read())
		end := 0.0
		number := func(percent string) float64 {
			v, err := strconv.ParseFloat(strings.TrimSuffix(percent, "%"), 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		for _, row := range s.rows {
			if x := number(row[0].x); math.Abs(x-end) > 0.02 {
				t.Errorf("%s: a bar begins at %v, and the one before ends at %v", c.Goods, x, end)
			}
			end = number(row[0].x) + number(row[0].width)
		}
		if total := number(s.total[0].width); math.Abs(total-end) > 0.03 {
			t.Errorf("%s: the bars end at %v, the total at %v", c.Goods, end, total)
		}
	}
}

func TestTimelineIsWhatTheEngineSays(t *testing.T) {
	h := pages(Options{})
	_, page := get(t, h, "/timeline?"+table+"&on=2025-09-01&known=2025-06-15&since=2025-01-01&until=2026-06-01")
	steps, err := engine().Timeline(navicert.Case{Goods: "9403.60.80.40", From: "CN", To: "US", Known: "2025-06-15"}, "2025-01-01", "2026-06-01")
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range steps {
		has(t, page, `datetime="`+s.From+`"`, `id="step-`+strconv.Itoa(i)+`"`, `data-label="rate">`+s.Rate.Range()+"<")
	}
	has(t, page, "34 %</span> Reciprocal duty", "what is known today", "known 2025-06-15", "/law/instruments/eo-14298")
	for address, text := range map[string]string{
		"/timeline?goods=magnet&from=CN&to=US&on=2025-01-01&known=2025-01-01&since=2025-01-01&until=2026-01-01": "8505",
		"/timeline?" + table + "&on=2025-01-01&known=2025-01-01&since=2026-01-01&until=2025-01-01":              "is not after",
		"/timeline?" + table + "&on=2025-01-01&known=2025-01-01&since=nonsense&until=2025-01-01":                "nonsense",
	} {
		if _, page := get(t, h, address); !strings.Contains(page, text) {
			t.Errorf("%s does not hold %q", address, text)
		}
	}
}

func TestCompare(t *testing.T) {
	h := pages(Options{})
	base := "/compare?" + table + "&on=2025-11-20&known=2025-11-20&value=10000+USD"
	for address, texts := range map[string][]string{
		base:                            {"Nothing differs"},
		base + "&scenario=truce-lapses": {"+2,400.00 USD, +24 points", "Supposing: The truce lapses", "(hypothetical)"},
		base + "&scenario=none":         {"There is no scenario &#34;none&#34;."},
		base + "&scenario=..%2F..%2Fgo": {"There is no scenario"},
		base + "&suppose=" + url.QueryEscape("title: x\nacts:\n- {measures: [none], by: y}"): {"cannot be laid over the packs", "scenario:"},
		base + "&on2=2025-04-20": {"On 2025-04-20", "+12,500.00 USD, +125 points"},
		base + "&on2=2026-02-31": {"2026-02-31", `href="#on2"`},
		"/compare?" + table + "&on=2025-09-01&known=2025-06-15&value=10000+USD&known2=2026-08-01": {"As known on 2026-08-01", "−2,400.00 USD, −24 points"},
	} {
		code, page := get(t, h, address)
		if code != http.StatusOK {
			t.Errorf("%s: %d", address, code)
		}
		for _, text := range texts {
			if !strings.Contains(page, text) {
				t.Errorf("%s does not hold %q", address, text)
			}
		}
	}
}

// BenchmarkPages is the server time of pages with all packs.
func BenchmarkPages(b *testing.B) {
	h := pages(Options{})
	for _, x := range []struct{ name, address string }{
		{"ask", magnet}, {"ask-range", bolts}, {"words", "/ask?goods=permanent+magnet&from=CN&to=US&on=2025-06-15&known=2025-06-15"},
		{"timeline", "/timeline?" + table + "&on=2025-06-15&known=2026-11-20&since=2018-01-01&until=2027-06-01"},
		{"compare", "/compare?" + table + "&on=2025-11-20&known=2025-11-20&value=10000+USD&scenario=truce-lapses"},
		{"measures", "/law/measures?all=true"}, {"measure", "/law/measures/us.ieepa.reciprocal.cn"}, {"instruments", "/law/instruments"},
		{"facts", "/law/facts"}, {"list", "/law/lists/us.301.list-3"}, {"law", "/law"}, {"search", "/law?q=steel"},
	} {
		b.Run(x.name, func(b *testing.B) {
			for b.Loop() {
				if w := send(h, httptest.NewRequest("GET", x.address, nil)); w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
