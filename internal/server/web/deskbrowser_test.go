package web

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// TestDeskInBrowser goes through the desk in a real browser, in each role: with
// axe-core, narrow and wide, light and dark.
func TestDeskInBrowser(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join("testdata", "axe", "axe.min.js"))
	if err != nil {
		needs(t, "axe-core is not here: run .ci/browser")
	}
	d := newDesk(t, 400)
	ctx, address := browser(t, Options{Desk: d})
	auditor := enter(t, d, licence.Auditor, "auditor-1")
	number := auditor.first("/desk/licences", "licences", "active</span>")
	asked := auditor.first("/desk/queue?queue=applicant", "files", "waits for the applicant")
	decided := "A" + strings.TrimPrefix(number, "L")
	var applicant string
	err = d.View(t.Context(), func(r licence.Reader) error {
		a, err := licence.ReadApplication(t.Context(), r, asked)
		applicant = a.Content.Applicant.Name
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wanted := os.Getenv("NAVICERT_SCREENSHOTS")
	shoot := func(name string, width int64, dark bool) {
		t.Helper()
		if wanted == "" || wanted != "all" && !strings.HasPrefix(name, wanted) {
			return
		}
		folder := filepath.Join("testdata", "screenshots")
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		file := fmt.Sprintf("%s-%d-%s.png", name, width, map[bool]string{false: "light", true: "dark"}[dark])
		if err := os.WriteFile(filepath.Join(folder, file), see(t, ctx, chromedp.FullScreenshot(100)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	look := func(name, at string) {
		t.Helper()
		for _, width := range []int64{360, 800, 1440} {
			for _, dark := range []bool{false, true} {
				if wanted == "" && dark != (width == 1440) {
					continue
				}
				do(t, ctx, scheme(dark), chromedp.EmulateViewport(width, 900), chromedp.Navigate(address+at))
				if see(t, ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > document.documentElement.clientWidth`)) {
					t.Errorf("%s is wider than a window of %d", name, width)
				}
				if width == 360 && !dark || width == 1440 && dark {
					check(t, ctx, fmt.Sprintf("%s at %d", name, width), string(axe))
				}
				shoot(name, width, dark)
			}
		}
	}
	as := func(role licence.Role, name string) {
		t.Helper()
		do(t, ctx, chromedp.Navigate(address+"/desk"))
		see(t, ctx, chromedp.Evaluate[bool](fmt.Sprintf(`(document.querySelector("input[value=%s]").checked = true, document.querySelector("#name").value = %q, true)`, role, name)))
		do(t, ctx, chromedp.Click(`button.main`), chromedp.WaitVisible(`.desk-head`))
	}
	look("desk-entrance", "/desk")
	as(licence.Officer, "officer-7")
	look("desk-queue", "/desk/queue")
	look("desk-decided", "/desk/files/"+decided)
	// Space, where nothing has the focus, claims the next.
	do(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(address+"/desk/queue"))
	see(t, ctx, chromedp.Evaluate[bool](`(document.activeElement.blur(), document.body.dispatchEvent(new KeyboardEvent("keydown", {key: " ", bubbles: true})), true)`))
	do(t, ctx, chromedp.WaitVisible(`#letter`))
	claimed := strings.TrimPrefix(see(t, ctx, chromedp.Evaluate[string]("location.pathname")), "/desk/files/")
	look("desk-file", "/desk/files/"+claimed)
	// The letter follows what is chosen.
	do(t, ctx, chromedp.Navigate(address+"/desk/files/"+claimed))
	see(t, ctx, chromedp.Evaluate[bool](`(() => { const o = document.querySelector("#outcome"); o.value = "refused"; o.dispatchEvent(new Event("change", {bubbles: true})); return true })()`))
	refused := `document.querySelector("#letter").innerText.includes("The application is refused.")`
	for range 50 {
		if see(t, ctx, chromedp.Evaluate[bool](refused)) {
			break
		}
		do(t, ctx, chromedp.Sleep(100*time.Millisecond))
	}
	if !see(t, ctx, chromedp.Evaluate[bool](refused)) {
		t.Error("the letter does not follow the decision that is chosen")
	}
	look("desk-bulk", "/desk/bulk?"+bulkOf(t, d, 2).Encode())
	look("desk-keeping", "/desk/licences/"+number)
	look("desk-suspensions", "/desk/suspensions")
	look("desk-law", "/desk/law?since=2025-05-01")
	look("desk-licences", "/desk/licences")
	look("desk-statistics", "/desk/statistics?from=2025-04-01&to=2025-06-30")
	look("desk-forecast", "/desk/forecast?compare=yes")
	as(licence.Countersigner, "countersigner-7")
	look("desk-countersign", "/desk/queue?queue=countersign")
	as(licence.Customs, "customs-1")
	look("desk-lookup", "/desk/licences")
	look("desk-licence", "/desk/licences/"+number)
	look("desk-match", "/desk/match?goods=8505.11&quantity=100000+kg&to=US&value=9000+USD")
	drawn := reserve(t, d, number)
	look("desk-drawdown", "/desk/drawdowns/"+drawn)
	as(licence.Applicant, applicant)
	look("desk-mine", "/desk/mine")
	look("desk-answer", "/desk/files/"+asked)
	look("desk-amend", "/desk/files/"+asked+"/edit")
	look("desk-new", "/desk/new")
	// A new application is checked, kept as a draft, and its page says what is missing.
	do(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(address+"/desk/new"))
	for name, value := range magnetForm() {
		if name == "closed" || name == "parties.2.role" {
			continue
		}
		see(t, ctx, chromedp.Evaluate[bool](fmt.Sprintf(`(document.getElementsByName(%q)[0].value = %q, true)`, name, value[0])))
	}
	see(t, ctx, chromedp.Evaluate[bool](`(document.getElementsByName("closed")[0].checked = true)`))
	do(t, ctx, chromedp.Click(`.buttons button[value=check]`), chromedp.WaitVisible(`.check-result`))
	check(t, ctx, "the check of an application", string(axe))
	shoot("desk-check", 1440, false)
	do(t, ctx, chromedp.Click(`.buttons button[value=save]`), chromedp.WaitVisible(`.file`))
	look("desk-draft", strings.TrimPrefix(see(t, ctx, chromedp.Evaluate[string]("location.href")), address))
	// A fault stands at its field.
	do(t, ctx, chromedp.Navigate(address+"/desk/new"), chromedp.Click(`.buttons button[value=save]`), chromedp.WaitVisible(`.fault`))
	check(t, ctx, "the faults of an application", string(axe))
	shoot("desk-faults", 1440, false)
	as(licence.Auditor, "auditor-1")
	look("desk-log", "/desk/log")
	look("desk-exceptions", "/desk/exceptions")
}

// bulkOf are files of the queue that are alike, as the page of a bulk decision is
// asked for them.
func bulkOf(t *testing.T, d *licence.Desk, n int) url.Values {
	t.Helper()
	alike := map[string][]string{}
	var out url.Values
	err := d.View(t.Context(), func(r licence.Reader) error {
		rows, err := r.Files(t.Context(), licence.FileQuery{Authority: "CN.MOFCOM", Queue: licence.QueueReview})
		for _, row := range rows {
			kind := row.Lane + row.Item + row.Country
			if alike[kind] = append(alike[kind], row.ID); len(alike[kind]) == n {
				out = url.Values{"file": alike[kind]}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// reserve sets a little of a licence aside.
func reserve(t *testing.T, d *licence.Desk, number string) string {
	t.Helper()
	var at quantity.Instant
	var take licence.Take
	err := d.View(t.Context(), func(r licence.Reader) (err error) {
		if at, _, err = d.Time(t.Context(), r); err != nil {
			return err
		}
		v, err := licence.ReadLicenceView(t.Context(), r, number, "auditor-1", licence.Auditor, at)
		if err == nil {
			take = licence.Take{Licence: number, Line: 1, Quantity: quantity.Quantity{Amount: quantity.NewDecimal(1, 0), Unit: v.Lines[0].Left.Unit}}
			if v.Lines[0].ValueLeft != nil {
				take.Value = quantity.Money{Amount: quantity.NewDecimal(1, 0), Currency: v.Lines[0].ValueLeft.Currency}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := d.Do(t.Context(), licence.By{Actor: "customs-1", Role: licence.Customs, At: at, Key: "browser"}, &licence.Draw{Takes: []licence.Take{take}, Shipment: "B/L 815"})
	if err != nil {
		t.Fatal(err)
	}
	return receipt.Object.ID
}
