package web

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// entries is a file as a broker keeps it: one column is not understood, a day is
// missing its format, and a row has a code that is none.
const entries = `HTS Code,Ctry,Export Country,Entry Date,Entered Value (USD),Remarks
8505.11.00.70,CN,CN,2025-06-15,10000,magnets
7318.15.20.61,CN,CN,2025-06-16,10000,bolts
9403.60.80.40,CN,CN,2025-11-20,5000,tables
8481.80.90.05,JP,JP,2025-08-20,2500,valves
0000.00,CN,CN,2025-06-15,100,nonsense
`

func uploadRequest(t *testing.T, name, content string) *http.Request {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	part.Write([]byte(content))
	form.Close()
	r := httptest.NewRequest("POST", "/files", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return r
}

func send(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func post(h http.Handler, address string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return send(h, r)
}

func TestFileFromUploadToResult(t *testing.T) {
	kept := newFolder(t)
	h := pages(Options{Batches: kept})

	w := send(h, uploadRequest(t, "entries.csv", entries))
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/files/b1" {
		t.Fatal(w.Code, w.Header())
	}
	_, page := get(t, h, "/files/b1")
	has(t, page, "Not ready to start", "No column holds the country that they enter.", "8505.11.00.70 | 7318.15.20.61", `<option value="goods" selected>`)
	if strings.Contains(page, `<option value="origin" selected>`) {
		t.Error("the column Ctry is taken for something")
	}

	// What is said is kept in the address, and looked at again.
	setup := url.Values{"c.0": {"goods"}, "c.1": {"origin"}, "c.2": {"from"}, "c.3": {"entered"}, "c.4": {"value"}, "c.5": {""}, "set.to": {"US"}}
	_, page = get(t, h, "/files/b1?"+setup.Encode())
	has(t, page, `<option value="origin" selected>`, `name="set.to" value="US"`)
	if strings.Contains(page, "Not ready") {
		t.Error("the file is not ready although all is said")
	}

	if w := post(h, "/files/b1/start", url.Values{"c.1": {"goods"}, "set.to": {"US"}, "further": {"facts.nothing=1"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a start with a fact that nobody knows: %d", w.Code)
	}
	if w := post(h, "/files/b1/start", setup); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body.String())
	}
	kept.running.Wait()
	_, page = get(t, h, "/files/b1")
	has(t, page, "Download the answers", "By programme", "Japan", "2025-11", "Which share of the customs value is the steel content?",
		"Rows with problems", "0000.00", `data-label="row">5<`)
	w = send(h, httptest.NewRequest("GET", "/files/b1/result", nil))
	if w.Code != http.StatusOK || strings.Count(w.Body.String(), "\n") != 6 || !strings.Contains(w.Header().Get("Content-Disposition"), "answers.csv") {
		t.Error(w.Code, w.Header(), w.Body.String())
	}
	if w := post(h, "/files/b1/start", setup); w.Code != http.StatusSeeOther {
		t.Errorf("a second start: %d", w.Code)
	}
	if w := post(h, "/files/b1/remove", nil); w.Code != http.StatusSeeOther {
		t.Error(w.Code)
	}
	if code, _ := get(t, h, "/files/b1"); code != http.StatusNotFound {
		t.Errorf("a file that was removed: %d", code)
	}
}

// A file that is stopped says so, and starts again as it was set up.
func TestFileStopped(t *testing.T) {
	kept := newFolder(t)
	kept.hold = make(chan struct{})
	h := pages(Options{Batches: kept})
	send(h, uploadRequest(t, "entries.csv", entries))
	setup := url.Values{"c.0": {"goods"}, "c.1": {"origin"}, "c.2": {"from"}, "c.3": {"entered"}, "c.4": {"value"}, "c.5": {""}, "set.to": {"US"}}
	if w := post(h, "/files/b1/start", setup); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body.String())
	}
	_, page := get(t, h, "/files/b1")
	has(t, page, "is being answered", `action="/files/b1/stop"`)
	for range 2 { // the second time there is nothing to stop
		if w := post(h, "/files/b1/stop", nil); w.Code != http.StatusSeeOther {
			t.Fatal(w.Code, w.Body.String())
		}
	}
	_, page = get(t, h, "/files/b1")
	has(t, page, "<strong>stopped</strong>", "It was stopped before its end", `<option value="origin" selected>`, `name="set.to" value="US"`)
	if strings.Contains(page, "hx-trigger") {
		t.Error("the page of a file that is stopped asks on")
	}
	close(kept.hold)
	kept.running.Wait()
	if w := post(h, "/files/b1/start", setup); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body.String())
	}
	kept.running.Wait()
	_, page = get(t, h, "/files/b1")
	has(t, page, "Download the answers")
	if w := post(h, "/files/none/stop", nil); w.Code != http.StatusNotFound {
		t.Error(w.Code)
	}
}

// The sums of the page are those of the rows: what the programmes add up to is the
// duty and the fees.
func TestSumsOfAFile(t *testing.T) {
	kept := newFolder(t)
	h := pages(Options{Batches: kept})
	send(h, uploadRequest(t, "entries.csv", entries))
	post(h, "/files/b1/start", url.Values{"c.1": {"origin"}, "set.to": {"US"}})
	kept.running.Wait()
	totals := kept.totals["b1"]
	_, page := get(t, h, "/files/b1")
	has(t, page, moneyRange(totals.Duty)+" USD", moneyRange(totals.Fees)+" USD")
	for _, sums := range []string{"Programmes", "Origins", "Months"} {
		all := map[string]int{"Programmes": len(totals.Programmes), "Origins": len(totals.Origins), "Months": len(totals.Months)}
		if all[sums] == 0 {
			t.Errorf("no %s", sums)
		}
	}
	for _, s := range totals.Programmes {
		has(t, page, moneyRange(s.Amount))
	}
}

func TestUploadsThatAreRefused(t *testing.T) {
	kept := newFolder(t)
	h := pages(Options{Batches: kept, MaxUpload: 1 << 20})
	for _, x := range []struct {
		name, content string
		code          int
		says          string
	}{
		{"entries.doc", entries, http.StatusUnprocessableEntity, "tells no format"},
		{"", entries, http.StatusBadRequest, "Choose a file first"},
		{"entries.csv", strings.Repeat("x", 2<<20), http.StatusRequestEntityTooLarge, "1 MiB"},
	} {
		w := send(h, uploadRequest(t, x.name, x.content))
		if w.Code != x.code || !strings.Contains(w.Body.String(), x.says) {
			t.Errorf("%s: %d, and not %d: %s", x.name, w.Code, x.code, x.says)
		}
	}
	if w := post(h, "/files", url.Values{"file": {"x"}}); w.Code != http.StatusBadRequest {
		t.Errorf("a form without a file: %d", w.Code)
	}
	if code, page := get(t, h, "/files"); code != http.StatusOK || !strings.Contains(page, "No file yet") {
		t.Error("something was kept")
	}
}

func TestNoPlaceForFiles(t *testing.T) {
	h := pages(Options{})
	_, page := get(t, h, "/files")
	has(t, page, "This server keeps no files.", "navicert batch")
	if code, _ := get(t, h, "/files/b1"); code != http.StatusNotFound {
		t.Error(code)
	}
}

func TestManyProblems(t *testing.T) {
	kept := newFolder(t)
	h := pages(Options{Batches: kept})
	var b strings.Builder
	b.WriteString("goods,from,to,on\n")
	for i := range 3 * mostShown {
		fmt.Fprintf(&b, "nonsense-%d,CN,US,2025-06-15\n", i)
	}
	send(h, uploadRequest(t, "bad.csv", b.String()))
	post(h, "/files/b1/start", nil)
	kept.running.Wait()
	_, page := get(t, h, "/files/b1")
	has(t, page, "And 400 more", "nonsense-199")
	if strings.Contains(page, "nonsense-200") {
		t.Error("more than the first problems are shown")
	}
}

// What a comma in a number parts is a choice of the page, and kept.
func TestFileWithDecimalCommas(t *testing.T) {
	h := pages(Options{Batches: newFolder(t)})
	send(h, uploadRequest(t, "entries.csv", entries))
	_, page := get(t, h, "/files/b1?decimal-comma=yes")
	has(t, page, `<option value="yes" selected>decimals (1.250,75)</option>`)
	if _, page = get(t, h, "/files/b1"); strings.Contains(page, `value="yes" selected`) {
		t.Error("commas part decimals, and nobody said so")
	}
}
