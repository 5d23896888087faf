package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// The pages in a real browser. Without one the tests are skipped; where
// NAVICERT_BROWSER is "required", as in .ci/run, that is a failure; "off" skips
// them. axe-core comes
// from testdata/axe (.ci/browser). Where NAVICERT_SCREENSHOTS is set, to "all" or
// to the beginning of the name of a view, screenshots go to testdata/screenshots.
// Git ignores both.

// needs skips a test for want of something, or fails it where it must be there.
func needs(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("NAVICERT_BROWSER") == "required" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// browser starts a browser for the test, and a server of the pages.
func browser(t *testing.T, o Options) (ctx context.Context, address string) {
	t.Helper()
	return browse(t, pages(o))
}

// chromium is where the browser is; the test ends where there is none.
func chromium(t *testing.T) string {
	t.Helper()
	if os.Getenv("NAVICERT_BROWSER") == "off" {
		t.Skip("NAVICERT_BROWSER is off")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	needs(t, "no chromium is installed (apt-get install chromium)")
	return ""
}

// browse starts the browser, and a server of the handler.
func browse(t *testing.T, h http.Handler) (ctx context.Context, address string) {
	t.Helper()
	path := chromium(t)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("hide-scrollbars", true))...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		needs(t, "the browser does not start: "+err.Error())
	}
	faults := make(chan string, 100)
	complain := func(what string) {
		select {
		case faults <- what:
		default:
		}
	}
	if err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			complain(e.ExceptionDetails.Text)
		case *log.EventEntryAdded: // what the policy refused, and what was not found
			if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
				complain(e.Entry.Text)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, log.Enable, cdp.Empty{})
		return err
	}))
	t.Cleanup(func() {
		for len(faults) > 0 {
			t.Errorf("the page complained: %s", <-faults)
		}
	})
	return ctx, server.URL
}

// do runs actions and fails the test where one does.
func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// see runs an action and returns what it gives.
func see[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// scheme is light or dark.
func scheme(dark bool) chromedp.Action[chromedp.Void] {
	value := "light"
	if dark {
		value = "dark"
	}
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia,
			emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}}})
		return err
	})
}

// views are the pages that are looked at: name and address.
var views = []struct{ name, address string }{
	{"front", "/"},
	{"ask-empty", "/ask"},
	{"ask-words", "/ask?goods=permanent+magnet&from=CN&to=US&on=2025-06-15&known=2025-06-15"},
	{"ask-tree", "/ask?goods=8505.11&from=CN&to=US&on=2025-06-15&known=2025-06-15"},
	{"ask-magnet", "/ask?goods=8505.11.00.70&from=CN&to=US&on=2025-06-15&known=2025-06-15&value=10000+USD"},
	{"ask-bolts", "/ask?goods=7318.15.20.61&from=CN&to=US&on=2025-06-16&known=2025-06-16&value=10000+USD"},
	{"ask-faults", "/ask?goods=8505.11.00.70&from=CN&to=Atlantis&on=2025-06-31&known=2025-06-15&value=10000&f.goods.Dyy=3"},
	{"ask-prohibited", "/ask?from=US&to=CN&origin=US&on=2025-06-15&known=2025-06-15&only=export&closed=true&f.goods.eccn=3A090.a&f.end_user.name=Huawei+Technologies+Co.,+Ltd."},
	{"print", "/ask/print?goods=7318.15.20.61&from=CN&to=US&on=2025-06-16&known=2025-06-16&value=10000+USD"},
	{"timeline-empty", "/timeline"},
	{"timeline-table", "/timeline?goods=9403.60.80.40&from=CN&to=US&on=2025-06-15&known=2026-11-20&since=2018-01-01&until=2027-06-01"},
	{"timeline-then", "/timeline?goods=9403.60.80.40&from=CN&to=US&on=2025-09-01&known=2025-06-15&since=2025-01-01&until=2026-06-01"},
	{"timeline-bolts", "/timeline?goods=7318.15.20.61&from=CN&to=US&on=2025-06-15&known=2026-11-20&since=2025-01-01&until=2027-11-20"},
	{"law", "/law"},
	{"law-search", "/law?q=magnet"},
	{"law-nothing", "/law?q=unobtainium"},
	{"law-measures", "/law/measures?pack=us-tariff&programme=Reciprocal+duty&on=2025-06-15&known=2025-06-15&all=true"},
	{"law-measure", "/law/measures/us.ieepa.reciprocal.cn"},
	{"law-licence", "/law/measures/cn.2025-18"},
	{"law-instruments", "/law/instruments?q=proclamation"},
	{"law-instrument", "/law/instruments/eo-14298"},
	{"law-pack", "/law/packs/us-tariff"},
	{"law-list", "/law/lists/us.301.list-3?q=9403"},
	{"law-parties", "/law/lists/cn.control-list-21"},
	{"law-facts", "/law/facts?q=content"},
	{"files", "/files"},
	{"file-done", "/files/b1"},
	{"file-setup", "/files/b2"},
	{"file-running", "/files/b3"},
	{"compare-empty", "/compare"},
	{"compare-known", "/compare?goods=9403.60.80.40&from=CN&to=US&on=2025-09-01&known=2025-06-15&value=10000+USD&known2=2026-08-01"},
	{"compare-scenario", "/compare?goods=9403.60.80.40&from=CN&to=US&on=2025-11-20&known=2025-11-20&value=10000+USD&scenario=truce-lapses"},
	{"compare-bolts", "/compare?goods=7318.15.20.61&from=CN&to=US&on=2025-06-03&known=2026-08-01&value=10000+USD&on2=2025-06-04"},
	{"desk", "/desk"},
	{"missing", "/nowhere"},
}

// seeded keeps a file that is answered, one that is not started, and one that is
// under way.
func seeded(t *testing.T) *folder {
	t.Helper()
	f := newFolder(t)
	h := pages(Options{Batches: f})
	for i, name := range []string{"entries of June to November.csv", "entries.csv", "a year of purchase orders.csv"} {
		w := send(h, uploadRequest(t, name, entries))
		if w.Code != http.StatusSeeOther {
			t.Fatal(w.Code)
		}
		if i == 1 {
			continue
		}
		if i == 2 {
			f.hold = make(chan struct{})
			t.Cleanup(func() { close(f.hold) })
		}
		post(h, fmt.Sprintf("/files/b%d/start", i+1), url.Values{"c.1": {"origin"}, "set.to": {"US"}})
		if i == 0 {
			f.running.Wait()
		}
	}
	return f
}

// TestAccessibility runs axe-core over every page, light and dark, narrow and
// wide.
func TestAccessibility(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join("testdata", "axe", "axe.min.js"))
	if err != nil {
		needs(t, "axe-core is not here: run .ci/browser")
	}
	ctx, address := browser(t, Options{Batches: seeded(t), Desk: newDesk(t, 0)})
	for _, v := range views {
		for _, look := range []struct {
			width int64
			dark  bool
		}{{360, false}, {1440, true}} {
			do(t, ctx, scheme(look.dark), chromedp.EmulateViewport(look.width, 900), chromedp.Navigate(address+v.address))
			check(t, ctx, fmt.Sprintf("%s at %d", v.name, look.width), string(axe))
		}
	}
}

// TestFits looks whether each page fits into narrow and wide windows, and keeps
// what it looked like where that is asked for.
func TestFits(t *testing.T) {
	ctx, address := browser(t, Options{Batches: seeded(t), Desk: newDesk(t, 0)})
	wanted := os.Getenv("NAVICERT_SCREENSHOTS")
	schemes := []bool{false}
	folder := filepath.Join("testdata", "screenshots")
	if wanted != "" {
		schemes = []bool{false, true}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range views {
		for _, dark := range schemes {
			for _, width := range []int64{360, 800, 1440} {
				if wanted != "" && wanted != "all" && !strings.HasPrefix(v.name, wanted) {
					continue
				}
				do(t, ctx, scheme(dark), chromedp.EmulateViewport(width, 900), chromedp.Navigate(address+v.address))
				if see(t, ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > document.documentElement.clientWidth`)) {
					t.Errorf("%s is wider than a window of %d", v.name, width)
				}
				if wanted == "" {
					continue
				}
				name := fmt.Sprintf("%s-%d-%s.png", v.name, width, map[bool]string{false: "light", true: "dark"}[dark])
				if err := os.WriteFile(filepath.Join(folder, name), see(t, ctx, chromedp.FullScreenshot(100)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// check reports what axe finds on the page that is open.
func check(t *testing.T, ctx context.Context, name, axe string) {
	t.Helper()
	type violation struct {
		ID, Help string
		Nodes    []struct{ HTML, FailureSummary string }
	}
	see(t, ctx, chromedp.Evaluate[int](axe+";0"))
	found := see(t, ctx, chromedp.Evaluate[[]violation](`axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(v => ({ID: v.id, Help: v.help, Nodes: v.nodes.slice(0, 3).map(n => ({HTML: n.html, FailureSummary: n.failureSummary}))})))`,
		chromedp.EvalAwaitPromise))
	for _, f := range found {
		for _, n := range f.Nodes {
			t.Errorf("%s: %s: %s\n%s\n%s", name, f.ID, f.Help, n.HTML, n.FailureSummary)
		}
	}
}

// until asks again and again, on whatever page the browser then is, until what it
// asks is so; patience ends it where it never is.
func until(t *testing.T, ctx context.Context, what string, holds func(ctx context.Context) bool) {
	t.Helper()
	patience, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for !holds(patience) {
		select {
		case <-patience.Done():
			body, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("main").innerText`))
			t.Fatalf("not so: %s\n%s", what, body)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// soon waits until an expression holds in the page.
func soon(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	until(t, ctx, expression, func(ctx context.Context) bool {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		return err == nil && ok
	})
}

// says is an expression: that the answer holds a text.
func says(text string) string {
	return fmt.Sprintf("document.querySelector('#answer').innerText.includes(%q)", text)
}

// at is an expression: that the address holds a text.
func at(text string) string { return fmt.Sprintf("location.search.includes(%q)", text) }

// empty empties a field.
func empty(field string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[int](fmt.Sprintf(`document.querySelector(%q).value = ""; 0`, field)))
		return err
	})
}

// back goes to the page before, which the browser may have kept as it was.
func back(t *testing.T, ctx context.Context) {
	t.Helper()
	see(t, ctx, chromedp.Evaluate[int](`history.back(); 0`))
}

func TestAskAsItIsFilledIn(t *testing.T) {
	ctx, address := browser(t, Options{})
	do(t, ctx, chromedp.EmulateViewport(1200, 900), chromedp.Navigate(address+"/ask"), chromedp.SendKeys("#goods", "permanent magnet"))
	soon(t, ctx, says("Sintered neodymium-iron-boron"))
	soon(t, ctx, at("goods=permanent+magnet"))

	// The code, the days and the value make the answer, with no button pressed.
	do(t, ctx, empty("#goods"), chromedp.SendKeys("#goods", "7318.15.20.61"), empty("#on"), chromedp.SendKeys("#on", "2025-06-16"),
		empty("#known"), chromedp.SendKeys("#known", "2025-06-16"), chromedp.SendKeys("#value", "10000\t"))
	soon(t, ctx, says("5,500.00 to 9,500.00 USD"))
	soon(t, ctx, at("value=10000+USD"))
	soon(t, ctx, "document.querySelector('.range .bar-open') !== null")

	// Answering the question closes the range.
	do(t, ctx, chromedp.Click(`#asked button[value="1"]`))
	soon(t, ctx, says("9,500.00 USD, 95 %"))
	soon(t, ctx, at("f.content.steel=1"))
	soon(t, ctx, "document.querySelector('.range .bar-open') === null && document.querySelector('#asked').innerText.trim() === ''")
	soon(t, ctx, "document.querySelector('#given input').value === '1'")
	soon(t, ctx, "document.querySelector('#said').textContent.includes('9,500.00 USD')")

	// The address alone gives the same, and the way back is open.
	do(t, ctx, chromedp.Navigate(see(t, ctx, chromedp.Location())))
	soon(t, ctx, says("9,500.00 USD, 95 %"))
	back(t, ctx)
	soon(t, ctx, "location.pathname === '/ask' && !location.search.includes('f.content.steel')")
}

func TestLinesOpenToTheLaw(t *testing.T) {
	ctx, address := browser(t, Options{})
	do(t, ctx, chromedp.EmulateViewport(1200, 900), chromedp.Navigate(address+"/ask?goods=9403.60.80.40&from=CN&to=US&on=2025-06-15&known=2025-06-15&value=10000+USD"))
	// By keys alone: to the second line of the duty, and open it.
	see(t, ctx, chromedp.Evaluate[int](`document.querySelectorAll(".waterfall summary")[1].focus(); 0`))
	do(t, ctx, chromedp.KeyEvent("\r"))
	soon(t, ctx, `document.querySelectorAll(".waterfall details")[1].open && document.activeElement.tagName === "SUMMARY"`)
	soon(t, ctx, `document.querySelectorAll(".waterfall details")[1].innerText.includes("84 FR 20459")`)
	do(t, ctx, chromedp.Click(`.waterfall details[open] a[href^="/law/measures/"]`))
	soon(t, ctx, `document.querySelector("h1").innerText.includes("Section 301, list 3")`)
	// The bars add up: each begins where the one before it ends.
	back(t, ctx)
	soon(t, ctx, `(() => {
		const bars = [...document.querySelectorAll(".waterfall .bar-step")].map(r => [parseFloat(r.getAttribute("x")), parseFloat(r.getAttribute("width"))]);
		let end = 0;
		for (const [x, width] of bars) { if (Math.abs(x - end) > 0.05) return false; end = x + width; }
		return bars.length >= 3;
	})()`)
}

func TestKnowledgeAxis(t *testing.T) {
	ctx, address := browser(t, Options{})
	do(t, ctx, chromedp.EmulateViewport(1200, 900), chromedp.Navigate(address+"/timeline?goods=9403.60.80.40&from=CN&to=US&on=2025-09-01&known=2026-08-01&since=2025-01-01&until=2026-06-01"))
	soon(t, ctx, says("45 %"))
	soon(t, ctx, "!document.querySelector('.slide').hidden")
	// Dragged back to June 2025, the 79 % that were then expected appear.
	see(t, ctx, chromedp.Evaluate[int](`{ const s = document.querySelector("#known-slider"); s.value = Date.parse("2025-06-15") / 86400000; s.dispatchEvent(new Event("input", {bubbles: true})); 0 }`))
	soon(t, ctx, says("79 %"))
	soon(t, ctx, at("known=2025-06-15"))
	soon(t, ctx, "document.querySelectorAll('.came').length > 1 && document.querySelector('#known').value === '2025-06-15'")
	// A point opens the act.
	see(t, ctx, chromedp.Evaluate[int](`document.querySelector('.plot a[href="/law/instruments/eo-14228"]').dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true})); 0`))
	soon(t, ctx, `document.querySelector("h1").innerText.includes("EO 14228")`)
}

func TestFileInTheBrowser(t *testing.T) {
	kept := newFolder(t)
	kept.hold = make(chan struct{})
	ctx, address := browser(t, Options{Batches: kept})
	name := filepath.Join(t.TempDir(), "entries.csv")
	if err := os.WriteFile(name, []byte(entries), 0o644); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.EmulateViewport(1200, 900), chromedp.Navigate(address+"/files"), chromedp.SetUploadFiles("#file", []string{name}), chromedp.Click(`.drop button`))
	soon(t, ctx, `location.pathname === "/files/b1" && document.body.innerText.includes("Not ready to start")`)
	do(t, ctx, chromedp.SetValue(`select[name="c.1"]`, "origin"), chromedp.SendKeys("#set-to", "US"), chromedp.Click(`button:not([formaction])[type=submit]`))
	soon(t, ctx, `location.search.includes("c.1=origin") && !document.body.innerText.includes("Not ready to start")`)
	do(t, ctx, chromedp.Click(`button[formaction]`))
	soon(t, ctx, `document.querySelector("progress") !== null && document.body.innerText.includes("33 % of the file")`)
	close(kept.hold)
	soon(t, ctx, `document.body.innerText.includes("Download the answers") && document.querySelectorAll(".bars .bar-total").length > 3`)
}

func TestCompareInTheBrowser(t *testing.T) {
	ctx, address := browser(t, Options{})
	do(t, ctx, chromedp.EmulateViewport(1200, 900), chromedp.Navigate(address+"/compare?goods=9403.60.80.40&from=CN&to=US&on=2025-11-20&known=2025-11-20&value=10000+USD"))
	soon(t, ctx, says("Nothing differs"))
	see(t, ctx, chromedp.Evaluate[int](`{ const s = document.querySelector("#scenario"); s.value = "truce-lapses"; s.dispatchEvent(new Event("change", {bubbles: true})); 0 }`))
	soon(t, ctx, says("+2,400.00 USD, +24 points"))
	soon(t, ctx, at("scenario=truce-lapses"))
}

func TestLawInTheBrowser(t *testing.T) {
	ctx, address := browser(t, Options{})
	do(t, ctx, chromedp.EmulateViewport(1200, 900), chromedp.Navigate(address+"/law"), chromedp.SendKeys("#q", "9903.01.63\r"))
	soon(t, ctx, at("q=9903.01.63"))
	do(t, ctx, chromedp.Click(`a[href="/law/measures/us.ieepa.reciprocal.cn"]`))
	soon(t, ctx, `document.querySelectorAll(".log tbody tr").length > 5 && document.body.innerText.includes("Worked cases")`)
}

// Where the server fails, the page says so and keeps the answer that it has.
func TestAnswerThatDoesNotCome(t *testing.T) {
	h := pages(Options{})
	var down atomic.Bool
	ctx, address := browse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		h.ServeHTTP(w, r)
	}))
	do(t, ctx, chromedp.EmulateViewport(1200, 900), chromedp.Navigate(address+magnet))
	soon(t, ctx, says("3,210.00 USD"))
	down.Store(true)
	do(t, ctx, empty("#value"), chromedp.SendKeys("#value", "100000\t"))
	soon(t, ctx, `!document.querySelector("#answer-fault").hidden && document.querySelector("#answer-fault").innerText.includes("could not be fetched")`)
	soon(t, ctx, says("3,210.00 USD"))
	down.Store(false)
	do(t, ctx, chromedp.Click(".submit button"))
	soon(t, ctx, says("32,100.00 USD"))
	soon(t, ctx, `document.querySelector("#answer-fault").hidden`)
}

// Without a script everything can still be asked, by submitting the form.
func TestWithoutScript(t *testing.T) {
	ctx, address := browser(t, Options{})
	do(t, ctx, chromedp.EmulateViewport(1200, 900), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}), chromedp.Navigate(address+"/ask?goods=7318.15.20.61&from=CN&to=US&on=2025-06-16&known=2025-06-16"), chromedp.SendKeys("#value", "10000\r"))
	wait := func(text string) {
		t.Helper()
		until(t, ctx, text, func(ctx context.Context) bool {
			body, err := chromedp.Run(ctx, chromedp.TextContent("#answer"))
			return err == nil && strings.Contains(body, text)
		})
	}
	wait("5,500.00 to 9,500.00 USD")
	do(t, ctx, chromedp.Click(`#asked button[value="0"]`))
	wait("5,500.00 USD, 55 %")
	if location := see(t, ctx, chromedp.Location()); !strings.HasSuffix(location, "&value=10000+USD&f.content.steel=0") {
		t.Errorf("the address is %s", location)
	}
}
