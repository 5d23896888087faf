package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/navicert/navicert/internal/quantity"
)

func TestLawPages(t *testing.T) {
	h := pages(Options{})
	for address, texts := range map[string][]string{
		"/law":                   {"United States tariff", "Reciprocal duty, country rates"},
		"/law?q=9903.88.03":      {`href="/law/measures/us.301.list-3"`},
		"/law?q=dysprosium":      {"goods.Dy", "Facts"},
		"/law?q=14298":           {`href="/law/instruments/eo-14298"`},
		"/law?q=nothing+has+all": {"Nothing holds all of these words."},
		"/law/measures?pack=us-tariff&programme=Reciprocal+duty&on=2025-06-15&known=2025-06-15": {"suspended 34%", "more had not started or were over"},
		"/law/measures?on=2025-06-31":                 {"2025-06-31", `role="alert"`},
		"/law/measures/us.ieepa.reciprocal.cn":        {"Its acts on both axes", "2025-05-12", "suspended, then 34%", "origin CN, HK, MO", "US-T06"},
		"/law/measures/us.column-1":                   {"by the schedule"},
		"/law/measures/us.h200-2026":                  {"<p>goods.tpp is less than 21000, goods.dram_bandwidth is more than 0", "As the pack writes it (CEL)", "<code>goods.tpp &lt; 21000.0 &amp;&amp;"},
		"/law/measures/us.301.list-3":                 {`href="/law/lists/us.301.list-3"`},
		"/law/instruments":                            {"the latest first"},
		"/law/instruments/eo-14298":                   {"EO 14298", `href="/law/measures/us.ieepa.reciprocal.cn"`},
		"/law/packs/us-tariff":                        {"What it leaves out", "sha256:", "America/New_York"},
		"/law/lists/us.301.list-3":                    {"page 1 of", "Next page"},
		"/law/lists/us.301.list-3?page=2":             {"page 2 of", "Previous page"},
		"/law/lists/us.301.list-3?page=999999":        {"Previous page"},
		"/law/lists/cn.control-list-21?q=unobtainium": {"0 rows"},
		"/law/facts?q=steel":                          {"content.steel"},
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
	for _, address := range []string{"/law/measures/none", "/law/instruments/none", "/law/packs/none", "/law/lists/none"} {
		if code, page := get(t, h, address); code != http.StatusNotFound || !strings.Contains(page, "&#34;none&#34;") {
			t.Errorf("%s: %d", address, code)
		}
	}
}

// Every measure, instrument, list and pack has its page, and every page that they
// link to is there.
func TestEveryLawHasItsPage(t *testing.T) {
	h := pages(Options{})
	e := engine()
	for _, m := range e.Measures() {
		if code, _ := get(t, h, measureAddress(url.PathEscape(m.ID))); code != http.StatusOK {
			t.Errorf("%s: %d", m.ID, code)
		}
	}
	for _, in := range e.Instruments() {
		if code, _ := get(t, h, "/law/instruments/"+url.PathEscape(in.ID)); code != http.StatusOK {
			t.Errorf("%s: %d", in.ID, code)
		}
	}
	for id := range e.Set().GoodsLists {
		if code, _ := get(t, h, "/law/lists/"+url.PathEscape(id)); code != http.StatusOK {
			t.Errorf("%s: %d", id, code)
		}
	}
}

// The days of the log are those of the place whose law it is.
func TestActLogIsInItsZone(t *testing.T) {
	_, page := get(t, pages(Options{}), "/law/measures/cn.2025-18")
	has(t, page, "from 2025-04-04")
	if strings.Contains(page, "from 2025-04-03") {
		t.Error("a law of China is shown by the day of another place")
	}
}

// The log of acts shows what was known: before August 2025 the truce ends in
// August, afterwards in November.
func TestActLogIsWhatWasKnown(t *testing.T) {
	m := engine().Set().Measures["us.ieepa.reciprocal.cn"]
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	log := newActLog(m.Acts, zone, quantity.NewDate(2025, 6, 15), quantity.Instant(noon().Unix()))
	rows := map[string]actLogRow{}
	for _, r := range log.rows {
		rows[r.day] = r
	}
	for day, words := range map[string]string{
		"2025-04-02": "34% from 2025-04-09",
		"2025-05-12": "suspended 34% from 2025-05-14; 34% from 2025-08-12",
		"2025-08-11": "34% from 2025-11-10",
		"2025-05-28": "void from the start",
		"2026-02-20": "ended from 2026-02-24",
	} {
		if r, ok := rows[day]; !ok || !strings.HasSuffix(r.words, words) {
			t.Errorf("%s: %q does not end with %q", day, r.words, words)
		}
	}
	if r := rows["2025-05-29"]; strings.Contains(r.words, "void") || !strings.HasPrefix(r.words, "84% from 2025-04-09") {
		t.Errorf("a ruling that is stayed: %q", r.words)
	}
	if rows["2025-05-12"].later || !rows["2025-08-11"].later {
		t.Error("what was announced after the knowledge date is not told apart")
	}
}
