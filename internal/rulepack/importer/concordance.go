package importer

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/navicert/navicert/internal/nomenclature"
	"github.com/navicert/navicert/internal/quantity"
)

// ConcordanceSource is what [USConcordance] reads.
type ConcordanceSource struct {
	Tables []io.Reader // the files of schedule/ with the lines of all times
	HS     io.Reader   // correlation of HS 2022 with HS 2017: columns hs2022, hs2017
	HSBy   string      // the instrument that brought HS 2022 into the schedule
	Lines  io.Reader   // pairs of statistical lines of later editions: columns old_hts10, new_hts10
	By     string      // the instrument of those editions
}

// ConcordanceReport counts what [USConcordance] wrote.
type ConcordanceReport struct {
	Ended, Succeeded int // lines that ended with HS 2017, and those with a successor
	Narrowed         int // of them, those told by their rate
	Pairs, Used      int // of statistical lines
	Rows             int
}

// String returns the report for people.
func (r *ConcordanceReport) String() string {
	return fmt.Sprintf("%d lines ended with HS 2017: %d have successors, %d of them told by the rate\n%d of %d pairs of statistical lines used\n%d rows written\n",
		r.Ended, r.Succeeded, r.Narrowed, r.Used, r.Pairs, r.Rows)
}

func stands(t *nomenclature.Table, c nomenclature.Code, on quantity.Instant) bool {
	_, ok := t.Locate(c, on)
	return ok
}

// USConcordance writes which lines of the schedule took the place of which, in
// the form of docs/packs.md.
//
// The successors of a line that ended with HS 2017 are the lines that began with
// HS 2022 in the subheadings which the correlation of the two names; where some
// of these have the general rate of the line that ended, only those, because
// the conversion kept rates. Those of a statistical line are the pairs given, as
// far as the tables have the one end where the other is there.
func USConcordance(in ConcordanceSource, out io.Writer) (*ConcordanceReport, error) {
	bad := &problems{file: "concordance"}
	r := &ConcordanceReport{}
	var lines []nomenclature.Line
	for _, t := range in.Tables {
		table(t, "the schedule", bad, []string{"code", "from", "until", "general"}, func(line int, get func(string) string) {
			code, err := nomenclature.ParseCode(get("code"))
			if err != nil {
				bad.add(line, "", "%v", err)
				return
			}
			l := nomenclature.Line{Code: code, General: get("general"), Period: quantity.Always}
			for _, end := range []struct {
				text string
				into *quantity.Instant
			}{{get("from"), &l.Period.From}, {get("until"), &l.Period.Until}} {
				if end.text == "" {
					continue
				}
				d, err := quantity.ParseDate(end.text)
				if err != nil {
					bad.add(line, "", "%v", err)
				}
				*end.into = d.Start(time.UTC)
			}
			lines = append(lines, l)
		})
	}
	correlated := map[nomenclature.Code][]nomenclature.Code{}
	table(in.HS, "the correlation", bad, []string{"hs2022", "hs2017"}, func(line int, get func(string) string) {
		now, err1 := nomenclature.ParseCode(get("hs2022"))
		then, err2 := nomenclature.ParseCode(get("hs2017"))
		if err := cmp.Or(err1, err2); err != nil {
			bad.add(line, "", "correlation: %v", err)
			return
		}
		correlated[then] = append(correlated[then], now)
	})
	if err := bad.err(); err != nil {
		return nil, err
	}

	w := csv.NewWriter(out)
	w.Write([]string{"code", "successor", "on", "by", "note"}) // errors wait for Flush
	type succession struct {
		code, successor nomenclature.Code
		on              quantity.Date
		by              string
	}
	var all []succession
	t := nomenclature.NewTable(lines)
	day := newServes.Start(time.UTC)
	var ended, begun []*nomenclature.Line
	for l := range t.All() {
		if l.Code.Digits() != 8 || l.Code.HasPrefix("98") {
			continue
		}
		if _, after := t.Find(l.Code, day); l.Period.Until == day && !after {
			ended = append(ended, l)
		}
		if _, before := t.Find(l.Code, day-1); l.Period.From == day && !before {
			begun = append(begun, l)
		}
	}
	r.Ended = len(ended)
	for _, e := range ended {
		var any, same []*nomenclature.Line
		for _, b := range begun {
			if b.Code[:6] != e.Code[:6] && !slices.Contains(correlated[e.Code[:6]], b.Code[:6]) {
				continue
			}
			any = append(any, b)
			if slices.ContainsFunc(t.Versions(e.Code), func(l nomenclature.Line) bool { return sameRate(l.General, b.General) }) {
				same = append(same, b)
			}
		}
		if len(same) > 0 && len(same) < len(any) {
			any = same
			r.Narrowed++
		}
		if len(any) > 0 {
			r.Succeeded++
		}
		for _, b := range any {
			all = append(all, succession{e.Code, b.Code, newServes, in.HSBy})
		}
	}
	table(in.Lines, "the pairs", bad, []string{"old_hts10", "new_hts10"}, func(line int, get func(string) string) {
		if get("old_hts10") == "NA" || get("new_hts10") == "NA" {
			return
		}
		r.Pairs++
		before, err1 := nomenclature.ParseCode(get("old_hts10"))
		after, err2 := nomenclature.ParseCode(get("new_hts10"))
		if err := cmp.Or(err1, err2); err != nil {
			bad.add(line, "", "pairs: %v", err)
			return
		}
		versions := t.Versions(before)
		if before == after || len(versions) == 0 {
			return
		}
		end := versions[len(versions)-1].Period.Until
		if _, there := t.Locate(after, end); end == quantity.Always.Until || !there {
			return
		}
		// A statistical change moves no goods from one line of eight digits that
		// stays into another: such pairs only have words in common.
		if before[:8] != after[:8] && (len(t.Children(before[:8], end)) > 0 || stands(t, before[:8], end)) {
			return
		}
		r.Used++
		all = append(all, succession{before, after, end.Date(time.UTC), in.By})
	})
	if err := bad.err(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b succession) int {
		return cmp.Or(strings.Compare(string(a.code), string(b.code)), strings.Compare(string(a.successor), string(b.successor)))
	})
	for _, s := range slices.Compact(all) {
		w.Write([]string{s.code.String(), s.successor.String(), s.on.String(), s.by, ""})
		r.Rows++
	}
	w.Flush()
	return r, w.Error()
}
