package packs

import (
	"testing"
	"testing/fstest"
)

// What is laid together is a file system like any other: every file can be
// opened, read in pieces and found in its directory.
func TestFS(t *testing.T) {
	err := fstest.TestFS(FS, "us-tariff/pack.yaml", "us-tariff/measures/us-301.yaml", "us-tariff/schedule/hts.csv", "parties/lists/us.sdn.csv", "us-tariff/cases/edges.yaml")
	if err != nil {
		t.Fatal(err)
	}
}
