package rulepack

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReport(t *testing.T) {
	fsys := goodPacks(t)
	replace(t, fsys, tableFile, "8505.19.00,2025-01-01,,kg,See note 1,,45%,Other", "8505.19.00,2025-01-01,2025-02-01,kg,See note 1,,45%,Other\n8505.19.00,2025-02-01,,kg,See note 1,See (S),As agreed,Other")
	replace(t, fsys, "dexter/schedule/chapter-99.csv", "9903.88.01,2025-01-01,", "9903.81.91,2025-01-01,,,Metals\n9903.88.01,2025-01-01,2025-03-01")
	set := mustRead(t, fsys)
	reports := Report(set, instant(t, "2026-05-01T00:00Z"))
	if len(reports) != 2 {
		t.Fatalf("%d reports", len(reports))
	}
	want := `dexter: Tariff of Dexter
  known through 2025-06-30; 4 instruments, 5 facts, 4 measures (8 acts), 1 relation, 0 lanes
  lists: 3 goods rows, 0 item rows, 0 party rows; schedule: 10 lines

  not covered (1)
    Fees.

  instruments without an address at which they can be read (4)
    eo-1  EO 1
    eo-2  EO 2
    hts  HTS
    ruling  1 F.5th 1

  not known whether they apply (1)
    us.afloat  dexter/measures/duties.yaml:30

  acts that say that something is not known (1)
    us.afloat  dexter/measures/duties.yaml:37  whether it ended

  not checked against the text (2)
    us.list  memory  dexter/measures/duties.yaml:4
    us.steel  memory  dexter/measures/duties.yaml:13

  headings that the schedule does not print (1)
    9903.88.01  not while the act runs  us.list  dexter/measures/duties.yaml:11

  rates that cannot be read (3 texts in 2 lines)
    general      2  8505.19.00  "See note 1"
    other        1  8505.19.00  "As agreed"
    special      1  8505.19.00  "See"
`
	if diff := cmp.Diff(want, reports[1].String()); diff != "" {
		t.Errorf("report of dexter (-want +got):\n%s", diff)
	}
	lorica := reports[0]
	if lorica.Instruments != 2 || lorica.ItemRows != 2 || lorica.PartyRows != 1 || lorica.Lanes != 1 || len(lorica.Unverified) != 1 ||
		len(lorica.UnknownActs) != 1 || lorica.UnknownActs[0].Act.Then == nil || len(lorica.UnreadableRates) != 0 {
		t.Errorf("report of lorica is %+v", lorica)
	}
}
