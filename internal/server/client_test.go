package server

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/navicert/navicert/internal/server/clienttest"
)

// The client in clienttest is generated from the document that is served.
func TestClientIsOfTheServedDocument(t *testing.T) {
	h := newServer(t)
	_, served := send(t, "GET", h.URL+"/v1/openapi-3.0.json", "")
	const name = "clienttest/openapi-3.0.json"
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(name, []byte(served), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, []byte(served)) {
		t.Errorf("the served document is another than that of the client: make golden, then go generate ./internal/server/clienttest")
	}
}

// The generated client asks what the document says can be asked, and reads the
// answers into its types.
func TestGeneratedClient(t *testing.T) {
	h := newServer(t)
	c, err := clienttest.NewClientWithResponses(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	goods, on, value := "8505.11.00.70", "2025-06-15", "10000 USD"
	one := clienttest.Case{Goods: &goods, From: "CN", To: "US", On: &on, Value: &value, Facts: &map[string]any{"goods.Dy": 2.5}}
	var body clienttest.DetermineJSONRequestBody
	if err := body.FromCase(one); err != nil {
		t.Fatal(err)
	}
	keep := true
	full, err := c.DetermineWithResponse(ctx, &clienttest.DetermineParams{Keep: &keep}, body)
	if err != nil || full.StatusCode() != http.StatusOK {
		t.Fatalf("%v: %s", err, full.Body)
	}
	if err := engine(t).Verify(full.Body); err != nil {
		t.Error(err)
	}
	doc, err := full.JSON200.AsDocument()
	if err != nil || doc.Duty == nil || len(doc.Lines) == 0 || doc.Digest == nil {
		t.Fatalf("%v: %+v", err, doc)
	}
	kept, err := c.GetDeterminationWithResponse(ctx, *doc.Digest)
	if err != nil || !bytes.Equal(kept.Body, full.Body) {
		t.Errorf("%v: another answer is kept", err)
	}
	verdict, err := c.VerifyDeterminationWithResponse(ctx, *doc.Digest)
	if err != nil || verdict.JSON200 == nil || !verdict.JSON200.Verified {
		t.Errorf("%v: %s", err, verdict.Body)
	}
	from := "XX"
	if err := body.FromCase(clienttest.Case{Goods: &goods, From: from, To: "US"}); err != nil {
		t.Fatal(err)
	}
	refused, err := c.DetermineWithResponse(ctx, nil, body)
	if err != nil || refused.ApplicationproblemJSON422 == nil || len(*refused.ApplicationproblemJSON422.Errors) == 0 {
		t.Errorf("%v: %s", err, refused.Body)
	}
	limit := int64(5)
	measures, err := c.ListMeasuresWithResponse(ctx, &clienttest.ListMeasuresParams{Limit: &limit, On: &on})
	if err != nil || measures.JSON200 == nil || len(measures.JSON200.Measures) != 5 || measures.JSON200.Next == nil {
		t.Fatalf("%v: %s", err, measures.Body)
	}
	measure, err := c.GetMeasureWithResponse(ctx, measures.JSON200.Measures[0].Id, nil)
	if err != nil || measure.JSON200 == nil || measure.JSON200.Title == "" {
		t.Errorf("%v: %s", err, measure.Body)
	}
	schedule, err := c.GetScheduleWithResponse(ctx)
	if err != nil || schedule.JSON200 == nil || schedule.JSON200.Digest != engine(t).Digest() {
		t.Errorf("%v: %s", err, schedule.Body)
	}
	found, err := c.SearchGoodsWithResponse(ctx, &clienttest.SearchGoodsParams{Q: "permanent magnet"})
	if err != nil || found.JSON200 == nil || len(found.JSON200.Lines) == 0 {
		t.Errorf("%v: %s", err, found.Body)
	}
	later := "2026-03-01"
	after := one
	after.On = &later
	compared, err := c.CompareWithResponse(ctx, clienttest.CompareJSONRequestBody{Before: one, After: after})
	if err != nil || compared.JSON200 == nil || !compared.JSON200.Changed {
		t.Errorf("%v: %s", err, compared.Body)
	}
	name := "entries.csv"
	upload, err := c.UploadBatchWithBodyWithResponse(ctx, &clienttest.UploadBatchParams{Name: &name}, "application/octet-stream", strings.NewReader("HTS,Origin\n8505.11.00.70,CN\n"))
	if err != nil || upload.JSON201 == nil || len(upload.JSON201.Columns) != 2 || len(upload.JSON201.Problems) == 0 {
		t.Fatalf("%v: %s", err, upload.Body)
	}
	started, err := c.StartBatchWithResponse(ctx, upload.JSON201.Id, clienttest.Setup{Constants: &map[string]string{"to": "US", "from": "CN", "on": on}})
	if err != nil || started.JSON202 == nil {
		t.Errorf("%v: %s", err, started.Body)
	}
}
