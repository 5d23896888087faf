package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

func newDeskStatistics(k *desk) *cobra.Command {
	var from, to string
	cmd := &cobra.Command{
		Use:   "statistics",
		Short: "Count what came in, was decided and is pending",
		Long: `Statistics counts in the form in which licensing authorities report: received,
decided, pending by age, median days to a decision and shares within 20 and 60
working days (pauses do not count), in all and by destination, control item,
lane and month. --output csv writes one table of all of it.`,
		Example: `  navicert desk statistics --from 2025-04-01 --to 2025-06-30
  navicert desk statistics --output csv > june.csv`,
		Args: exactly(0, "flags alone"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return k.view(cmd.Context(), func(ctx context.Context, r licence.Reader, a *licence.Authority, at quantity.Instant) error {
				last := at.Date(a.Zone())
				first := last.AddDays(-364)
				for _, p := range []struct {
					flag, text string
					into       *quantity.Date
				}{{"from", from, &first}, {"to", to, &last}} {
					if p.text == "" {
						continue
					}
					d, err := quantity.ParseDate(p.text)
					if err != nil {
						return usagef("--%s: %v", p.flag, err)
					}
					*p.into = d
				}
				s, err := licence.ReadStatistics(ctx, r, a, first, last)
				if err != nil {
					return err
				}
				switch k.output {
				case "json":
					return writeJSON(k.out, s)
				case "csv":
					return s.WriteCSV(k.out)
				}
				return k.writeStatistics(s)
			})
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "first `day` (default: a year before the last)")
	cmd.Flags().StringVar(&to, "to", "", "last `day`, inclusive (default: today)")
	outputFlag(cmd, &k.output, "text", "json", "csv")
	return cmd
}

func (k *desk) writeStatistics(s *licence.Statistics) error {
	fmt.Fprintf(k.out, "%s, %s to %s\n\n", s.Authority, s.From, s.To)
	all := &s.Total
	fmt.Fprintf(k.out, "pending by working days since acceptance: to 20 %d, to 45 %d, to 60 %d, longer %d\n", all.Ages[0], all.Ages[1], all.Ages[2], all.Ages[3])
	if all.Median >= 0 {
		fmt.Fprintf(k.out, "decided within 20 working days: %d %%, within 60: %d %%\n", all.Within20, all.Within60)
	}
	fmt.Fprintln(k.out)
	head := []string{"", "Received", "Decided", "Approved", "Refused", "Pending", "over 45", "Median", ""}
	row := func(name string, t *licence.Tally) []string {
		median := "-"
		if t.Median >= 0 {
			median = fmt.Sprintf("%d days", t.Median)
		}
		return []string{name, fmt.Sprint(t.Received), fmt.Sprint(t.Decided), fmt.Sprint(t.Approved), fmt.Sprint(t.Refused), fmt.Sprint(t.Pending), fmt.Sprint(t.Ages[2] + t.Ages[3]), median, ""}
	}
	rows := [][]string{row("all", &s.Total)}
	for _, d := range []string{licence.ByLane, licence.ByCountry, licence.ByItem, licence.ByMonth} {
		rows = append(rows, []string{""}, []string{"by " + d})
		for _, key := range s.Rows(d) {
			rows = append(rows, row("  "+key, s.By[d][key]))
		}
	}
	return k.table(k.out, head, rows)
}

func newDeskForecast(k *desk) *cobra.Command {
	p := licence.Plan{Officers: 30, Seed: 1, Waive: map[string]string{}}
	var waive []string
	cmd := &cobra.Command{
		Use:   "forecast [FILE...]",
		Short: "Tell when the queue clears, and what if",
		Long: `Forecast simulates the queue of reviews from the day asked about: officers take
files in their turns, new ones arrive, each takes its time, and the averages of
both are themselves in doubt (10 and 15 %). It answers with ranges: in eight
runs of ten the day lies between the two. Files that are named get their own.

What if: other --officers; other --arrivals; or --waive LANE=WORDS, which moves
the files to a faster lane that nothing but the reason with these words keeps
out of it. Handling times are the authority's settings.`,
		Example: `  navicert desk forecast --officers 30 A000042
  navicert desk forecast --officers 40
  navicert desk forecast --waive "cn.expedited=samarium"`,
		Args: between(0, -1, "ids of files"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, w := range waive {
				lane, words, ok := strings.Cut(w, "=")
				if !ok || lane == "" || words == "" {
					return usagef("--waive: %q: write LANE=WORDS (cn.expedited=samarium)", w)
				}
				p.Waive[lane] = words
			}
			return k.view(cmd.Context(), func(ctx context.Context, r licence.Reader, a *licence.Authority, at quantity.Instant) error {
				f, err := licence.ReadForecast(ctx, r, a, at, p, args)
				if err != nil {
					return err
				}
				if k.output == "json" {
					return writeJSON(k.out, f)
				}
				fmt.Fprintf(k.out, "%d files wait on %s; %d officers; %.1f arrive a working day; %d runs\n", f.Pending, f.At.Date(a.Zone()), f.Officers, f.Arrivals, f.Runs)
				if f.Moved > 0 {
					fmt.Fprintf(k.out, "%d of them moved to a faster lane\n", f.Moved)
				}
				fmt.Fprintln(k.out)
				var rows [][]string
				for _, l := range f.Lanes {
					rows = append(rows, []string{l.Lane, fmt.Sprint(l.Pending), fmt.Sprintf("%d min", l.Minutes), spanWords(l.Clears)})
				}
				for _, id := range args {
					words := "is not in the queue of reviews"
					if s := f.Files[id]; s.Middle != 0 {
						words = spanWords(s)
					}
					rows = append(rows, []string{id, "", "", words})
				}
				return k.table(k.out, []string{"Lane", "Files", "Each", "Cleared by"}, rows)
			})
		},
	}
	f := cmd.Flags()
	f.IntVar(&p.Officers, "officers", p.Officers, "how many review")
	f.IntVar(&p.Hours, "hours", 6, "a day that each spends on files")
	f.Float64Var(&p.Arrivals, "arrivals", 0, "`files` a working day (default: as in the last 20)")
	f.IntVar(&p.Runs, "runs", 200, "of the simulation")
	f.Uint64Var(&p.Seed, "seed", p.Seed, "`number` that chance follows from")
	f.StringArrayVar(&waive, "waive", nil, "`LANE=WORDS` of a reason; may be repeated")
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}

func spanWords(s licence.Span) string {
	if s.Never {
		return "not within ten years: more comes in than is worked off"
	}
	return fmt.Sprintf("%s (%s to %s)", s.Middle, s.Least, s.Most)
}

func newDeskLaw(k *desk) *cobra.Command {
	var since string
	var mark bool
	cmd := &cobra.Command{
		Use:   "law",
		Short: "Find the files and licences that a change of law touches",
		Long: `Law compares the law of the day asked about, as known on that day, with that of
an earlier day: which measures of export started, ended, were suspended, revived
or became uncertain. Every open file is determined anew; those whose lane
changes are listed with the reason, and so are the live licences that rest on a
measure that changed. With --mark the files and licences are marked: a lane is
lost or gained with an event, and where the law is uncertain shipments are held.`,
		Example: `  navicert desk law --since 2025-06-01 --at 2025-06-30
  navicert desk law --since 2025-06-01 --at 2025-06-30 --mark --as chief`,
		Args: exactly(0, "flags alone"),
	}
	cmd.Flags().StringVar(&since, "since", "", "earlier `day` (wanted)")
	cmd.Flags().BoolVar(&mark, "mark", false, "mark what is touched, and reassess the files")
	k.actorFlags(cmd, licence.Administrator)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !mark && k.actor == "" {
			k.actor = "reader" // nothing is done, so nobody has to answer for it
		}
		before, err := quantity.ParseDate(since)
		if err != nil {
			return usagef("--since: %v", err)
		}
		d, s, done, err := k.desk(cmd.Context(), false)
		if err != nil {
			return err
		}
		defer done()
		authority, err := k.who()
		if err != nil {
			return err
		}
		by, err := k.by(cmd.Context(), s, false)
		if err != nil {
			return err
		}
		review, err := d.ReviewLaw(cmd.Context(), by, authority, before, mark)
		if err != nil {
			return err
		}
		if k.output == "json" {
			err = writeJSON(k.out, review)
		} else {
			err = k.writeTouched(review.Changes, review.Touched, mark)
		}
		if err == nil && review.Failed > 0 {
			return fmt.Errorf("%d of %d were not marked: they changed meanwhile (give the command again)", review.Failed, len(review.Touched))
		}
		return err
	}
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}

func (k *desk) writeTouched(changes []licence.MeasureChange, touched []licence.Touched, marked bool) error {
	var rows [][]string
	for _, c := range changes {
		rows = append(rows, []string{c.Measure, c.From, c.To, c.Title + " (" + c.Citation + ")"})
	}
	if len(rows) == 0 {
		rows = [][]string{{"no measure of export changed its state"}}
	}
	if err := k.table(k.out, []string{"Measure", "Was", "Is", ""}, rows); err != nil {
		return err
	}
	kinds := map[string]int{}
	var order []string
	for _, t := range touched {
		what := string(t.Object.Kind) + ": " + strings.Join(t.What, "; ")
		if kinds[what] == 0 {
			order = append(order, what)
		}
		kinds[what]++
	}
	fmt.Fprintf(k.out, "\n%d files and licences are touched\n", len(touched))
	rows = nil
	for _, what := range order {
		rows = append(rows, []string{fmt.Sprint(kinds[what]), what})
	}
	if err := k.table(k.out, nil, rows); err != nil {
		return err
	}
	if !marked && len(touched) > 0 {
		fmt.Fprintln(k.out, "nothing was marked (--mark does)")
	}
	return nil
}

func newDeskLetter(k *desk) *cobra.Command {
	var output string // its usual form is another than that of other commands
	cmd := &cobra.Command{
		Use:   "letter FILE",
		Short: "Write the decision letter of a file, in Markdown",
		Long: `Letter writes what the applicant is told: the decision, its reason, the law, the
licence with its term and conditions, or the grounds and the last day for an
appeal. What only the authority may know is not in it.`,
		Example: `  navicert desk letter A42 > letter.md`,
		Args:    exactly(1, "the id of a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return k.view(cmd.Context(), func(ctx context.Context, r licence.Reader, a *licence.Authority, _ quantity.Instant) error {
				f, err := licence.ReadApplication(ctx, r, args[0])
				if err != nil {
					return err
				}
				letter, decided := a.Letter(f)
				if !decided {
					return fmt.Errorf("%s is not decided, so there is no letter", f.ID)
				}
				text := letter.Markdown()
				if output == "json" {
					return writeJSON(k.out, map[string]any{"letter": letter, "markdown": text})
				}
				_, err = io.WriteString(k.out, text)
				return err
			})
		},
	}
	outputFlag(cmd, &output, "md", "json")
	return cmd
}

func newDeskMine(k *desk) *cobra.Command {
	var needed string
	cmd := &cobra.Command{
		Use:   "mine NAME",
		Short: "Show a trader its own applications and licences",
		Long: `Mine shows what one applicant has with all authorities: open files with the step
of the endorsement chain, licences with what is left and how many days, and with
--needed the latest safe day to file for a licence that is needed then: nine of
ten of its own files took no longer.`,
		Example: `  navicert desk mine "Harbour Magnets" --needed 2025-12-01`,
		Args:    exactly(1, "the name of an applicant"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return k.view(cmd.Context(), func(ctx context.Context, r licence.Reader, _ *licence.Authority, at quantity.Instant) error {
				list, err := licence.Authorities()
				if err != nil {
					return err
				}
				byID := map[string]*licence.Authority{}
				for _, a := range list {
					byID[a.ID] = a
				}
				own, err := licence.ReadOwn(ctx, r, byID, args[0], at)
				if err != nil {
					return err
				}
				fileBy := ""
				if needed != "" {
					day, err := quantity.ParseDate(needed)
					if err != nil {
						return usagef("--needed: %v", err)
					}
					fileBy = "not known: too few of its own files were decided to tell"
					if latest, days, known := own.FileBy(day); known {
						fileBy = fmt.Sprintf("%s: nine of ten of its own files took %d days or fewer", latest, days)
					}
				}
				if k.output == "json" {
					return writeJSON(k.out, map[string]any{"own": own, "fileBy": fileBy})
				}
				var rows [][]string
				for _, f := range own.Files {
					rows = append(rows, []string{f.ID, f.Authority, f.Status, orDash(f.Step), fmt.Sprintf("%s %s for %s, day %d", f.Quantity, f.Goods, f.EndUser, f.Clock.Elapsed)})
				}
				if len(rows) > 0 {
					if err := k.table(k.out, []string{"File", "Authority", "Is", "Step", ""}, rows); err != nil {
						return err
					}
				} else {
					fmt.Fprintln(k.out, "no file is open")
				}
				rows = nil
				for _, h := range own.Holdings {
					rows = append(rows, []string{h.Licence, h.Standing.Status, h.Last.String(), fmt.Sprintf("%d days", h.DaysLeft), strings.Join(append(h.Left, h.Warnings...), "; ")})
				}
				if len(rows) > 0 {
					fmt.Fprintln(k.out)
					if err := k.table(k.out, []string{"Licence", "Is", "Last day", "Left", "Balance"}, rows); err != nil {
						return err
					}
				}
				if fileBy != "" {
					fmt.Fprintf(k.out, "\nfile by %s\n", fileBy)
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&needed, "needed", "", "`day` on which a licence is needed")
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}
