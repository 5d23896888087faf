package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

func newDeskShow(k *desk) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show a file with its lane, or a licence with its balance",
		Long: `Show tells how an object stands now, or on any past or future day (--at): a file
with its lane and why it is not faster, its clocks, what it lacks and what was
done; a licence with its term, whether it may be used, and its balance.`,
		Example: `  navicert desk show A000042
  navicert desk show A000042 --at 2025-06-01
  navicert desk show L000042 --output json`,
		Args: exactly(1, "the id of a file, a licence, a drawdown or an undertaking"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return k.view(cmd.Context(), func(ctx context.Context, r licence.Reader, a *licence.Authority, at quantity.Instant) error {
				ref, err := k.ref(ctx, r, args[0])
				if err != nil {
					return err
				}
				switch ref.Kind {
				case licence.KindApplication:
					return k.showFile(ctx, r, a, ref.ID, at)
				case licence.KindLicence:
					return k.showLicence(ctx, r, ref.ID, at)
				}
				found, err := r.Objects(ctx, []licence.Ref{ref})
				if err != nil {
					return err
				}
				return writeJSON(k.out, rawJSON(found[0].State))
			})
		},
	}
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}

type rawJSON []byte

// MarshalJSON gives the text as it is.
func (r rawJSON) MarshalJSON() ([]byte, error) { return r, nil }

// showFile writes a file: what it asks for, its lane and why, its clocks, what is
// missing, what was done.
func (k *desk) showFile(ctx context.Context, r licence.Reader, authority *licence.Authority, id string, at quantity.Instant) error {
	a, err := licence.ReadApplication(ctx, r, id)
	if err != nil {
		return err
	}
	zone := authority.Zone()
	day := at.Date(zone)
	clocks := authority.Readings(a, at)
	missing := a.Missing(day)
	if k.output == "json" {
		return writeJSON(k.out, map[string]any{"application": a, "at": at, "status": a.Status(at, zone), "heldBy": a.Held(at), "clocks": clocks, "missing": missing, "chain": authority.ChainOf(a, day)})
	}
	var rows [][]string
	row := func(name, format string, args ...any) {
		rows = append(rows, []string{name, fmt.Sprintf(format, args...)})
	}
	head := func(title string) { rows = append(rows, []string{""}, []string{title}) }
	row("File", "%s, %s, on %s", a.ID, a.Status(at, zone), day)
	row("Applicant", "%s", a.Content.Applicant.Name)
	for _, p := range a.Content.Parties {
		row(strings.ToUpper(p.Role[:1])+p.Role[1:], "%s, %s", p.Name, p.Country)
	}
	for i, l := range a.Content.Lines {
		text := strings.Join(strings.Fields(fmt.Sprintf("%s %s %s to %s", l.Quantity, l.Goods, l.Description, l.To)), " ")
		if l.Value.Currency != "" {
			text += ", worth " + l.Value.String()
		}
		row(fmt.Sprintf("Line %d", i+1), "%s", text)
	}
	row("End use", "%s", a.Content.EndUse)
	if h := a.Held(at); h != "" {
		row("Held by", "%s until %s", h, a.Lease.Until.Format(zone))
	}
	if x := a.Assessment; x != nil {
		head("Lane")
		row("  "+x.Lane, "%s, by the law of %s", orDash(x.Title), x.On)
		if x.Standing != "" {
			row("", "%s: %s", x.Standing, x.Citation)
		}
		for _, l := range x.WhyNotFaster() {
			row("  not "+l.ID, "%s", strings.Join(l.Reasons, "; "))
		}
		for _, p := range x.Problems {
			row("  fault", "%s", p)
		}
		if len(x.Questions) > 0 {
			row("  open", "%s", strings.Join(x.Questions, ", "))
		}
		for _, c := range a.LaneChanges {
			row("  changed", "%s: %s became %s: %s", c.At.Date(zone), c.From, c.To, strings.Join(c.Reasons, "; "))
		}
	}
	head("Clocks")
	for _, c := range clocks {
		text := c.State
		if c.Stopped != 0 {
			text += " on " + c.Stopped.String()
		}
		text += fmt.Sprintf(", day %d", c.Elapsed)
		if c.Limited {
			text += fmt.Sprintf(", %d left, due %s", c.Left, c.Due)
		}
		if c.Presumed {
			text += " (some working days are presumed: the calendar is not known)"
		}
		if c.Citation != "" {
			text += ", " + c.Citation
		}
		row("  "+c.For, "%s", text)
	}
	if taken := chainRows(authority.ChainOf(a, day), zone); len(taken) > 0 {
		head("Endorsements")
		rows = append(rows, taken...)
	}
	if len(missing) > 0 {
		head("Missing")
		for _, m := range missing {
			row("  "+m.Form, "%s: %s", m.What, m.Why)
		}
	}
	if len(a.Links) > 0 {
		head("Alike")
		for _, l := range a.Links {
			row("  "+l.Other, "%d %%: %s", l.Percent, strings.Join(l.Reasons, ", "))
		}
	}
	if q := a.Queries; len(q) > 0 {
		head("Queries")
		for _, x := range q {
			answer := "open, due " + x.Due.String()
			if x.Answered != 0 {
				answer = "answered " + x.Answered.Date(zone).String() + ": " + x.Answer
			}
			row("  "+x.Asked.Date(zone).String(), "%s (%s)", x.Text, answer)
		}
	}
	if len(a.Advice) > 0 {
		head("Advice")
		for _, x := range a.Advice {
			text := string(x.Kind)
			if x.Text != "" {
				text += ": " + x.Text
			}
			if x.Content != a.ContentVersion {
				text += " (about an earlier version of the file)"
			}
			row("  "+x.Agency, "%s", text)
		}
	}
	if rec := a.Recommendation; rec != nil {
		head("Recommended")
		row("  "+string(rec.Outcome), "by %s on %s: %s", rec.By, rec.At.Date(zone), rec.Reason)
	}
	if d := a.Decision; d != nil {
		head("Decided")
		row("  "+string(d.Outcome), "by %s on %s: %s", strings.TrimSuffix(d.Officer+" and "+d.Countersigner, " and "), d.At.Date(zone), d.Reason)
		if d.Licence != "" {
			row("  licence", "%s", d.Licence)
		}
		if d.AppealUntil != 0 {
			row("  appeal", "until %s", d.AppealUntil)
		}
	}
	for _, m := range a.Marks {
		row("Law changed", "%s: %s became %s (%s)", m.Measure, m.From, m.To, m.Citation)
	}
	return k.table(k.out, nil, rows)
}

// chainRows are the steps of an endorsement chain that were taken, and the next one;
// none where nobody has begun it.
func chainRows(chain []licence.ChainStep, zone *time.Location) (rows [][]string) {
	for _, c := range chain {
		if c.Taken == nil {
			if len(rows) > 0 {
				rows = append(rows, []string{"  " + c.Name, "is next"})
			}
			break
		}
		text := c.Taken.At.Date(zone).String()
		if c.Taken.Form != "" {
			text += ", " + c.Taken.Form
		}
		if c.Taken.Holder != "" {
			text += " with " + c.Taken.Holder
		}
		switch {
		case c.Lapsed:
			text += "; counts no more, and is to be taken again"
		case c.Taken.Lapses != 0:
			text += "; counts until " + c.Taken.Lapses.String()
		}
		rows = append(rows, []string{"  " + c.Name, text})
	}
	return rows
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// showLicence writes a licence with its balance.
func (k *desk) showLicence(ctx context.Context, r licence.Reader, id string, at quantity.Instant) error {
	l, err := licence.ReadLicence(ctx, r, id)
	if err != nil {
		return err
	}
	reg, err := licence.ReadRegister(ctx, r)
	if err != nil {
		return err
	}
	balances, err := r.Balances(ctx, []string{id})
	if err != nil {
		return err
	}
	standing := l.Standing(at, reg, balances)
	if k.output == "json" {
		type line struct {
			Line                       int
			Allowed, Drawn, Held, Left string
			ValueLeft                  string `json:",omitempty"`
			Percent                    int
		}
		var lines []line
		for i := range balances {
			b := &balances[i]
			x := line{Line: b.Line, Allowed: b.Allowed().String(), Drawn: b.Drawn().String(), Held: b.Held().String(), Left: b.Left().String(), Percent: b.UsedPercent()}
			if v, capped := b.ValueLeft(); capped {
				x.ValueLeft = v.String()
			}
			lines = append(lines, x)
		}
		return writeJSON(k.out, map[string]any{"licence": l, "at": at, "standing": standing, "balances": lines})
	}
	var rows [][]string
	row := func(name, format string, args ...any) {
		rows = append(rows, []string{name, fmt.Sprintf(format, args...)})
	}
	row("Licence", "%s, version %d, %s", l.ID, l.Version, standing.Status)
	for _, why := range standing.Reasons {
		row("", "%s", why)
	}
	row("Holder", "%s", l.Holder)
	row("Valid", "%s", l.Term)
	if l.Application != "" {
		row("File", "%s", l.Application)
	}
	for _, c := range l.Conditions {
		row("Condition", "%s", c)
	}
	if len(l.Undertakings) > 0 {
		row("Rests on", "%s", strings.Join(l.Undertakings, ", "))
	}
	for i := range balances {
		b := &balances[i]
		line := &l.Lines[b.Line-1]
		row(fmt.Sprintf("Line %d", b.Line), "%s %s to %s", line.Goods, line.Description, line.Destination)
		row("", "%s allowed, %s drawn, %s reserved, %s left; %d %% used", b.Allowed(), b.Drawn(), b.Held(), b.Left(), b.UsedPercent())
		if v, capped := b.ValueLeft(); capped {
			row("", "goods worth %s left", v)
		}
	}
	for _, d := range l.Differences {
		row(fmt.Sprintf("Version %d", d.Version), "%s", strings.Join(d.Changed, "; "))
	}
	return k.table(k.out, nil, rows)
}

func newDeskLicences(k *desk) *cobra.Command {
	var q licence.LicenceQuery
	var all bool
	cmd := &cobra.Command{
		Use:   "licences",
		Short: "List licences with what is left and how long",
		Long: `Licences lists the licences in their term, the one that ends first before the
others, with a warning 60, 30 and 14 days before the end and from 80 % use on.`,
		Example: `  navicert desk licences --holder "Harbour Magnets"
  navicert desk licences --all --output json`,
		Args: exactly(0, "flags alone"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return k.view(cmd.Context(), func(ctx context.Context, r licence.Reader, _ *licence.Authority, at quantity.Instant) error {
				if !all {
					q.At = at
				}
				list, err := licence.ReadHoldings(ctx, r, q, at)
				if err != nil {
					return err
				}
				if k.output == "json" {
					return writeJSON(k.out, list)
				}
				var rows [][]string
				for _, h := range list {
					text := fmt.Sprintf("%s: %s", h.Holder, strings.Join(h.Left, ", "))
					if len(h.Warnings) > 0 {
						text += "; " + strings.Join(h.Warnings, ", ")
					}
					rows = append(rows, []string{h.Licence, h.Standing.Status, h.Last.String(), fmt.Sprintf("%d days", h.DaysLeft), text})
				}
				if len(rows) == 0 {
					fmt.Fprintln(k.out, "no licence is in its term (--all shows the others)")
					return nil
				}
				return k.table(k.out, []string{"Licence", "Is", "Last day", "Left", "Holder and balance"}, rows)
			})
		},
	}
	cmd.Flags().StringVar(&q.Holder, "holder", "", "licences of this `name` alone")
	cmd.Flags().BoolVar(&all, "all", false, "also those that are out of their term or ended")
	cmd.Flags().IntVar(&q.Limit, "limit", 50, "how many; 0: all")
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}

func newDeskMatch(k *desk) *cobra.Command {
	var ship licence.Shipment
	var amount, value string
	cmd := &cobra.Command{
		Use:   "match",
		Short: "Find which licences a planned shipment may draw on",
		Long: `Match looks at every licence in its term: which lines cover the goods, the one
that expires earliest first, what each would give, and for each other why not.
Nothing is drawn.`,
		Example: `  navicert desk match --goods 8505.11.00.70 --quantity "120 kg" --to US \
      --holder "Harbour Magnets"`,
		Args: exactly(0, "flags alone"),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if ship.Quantity, err = quantity.ParseQuantity(amount); err != nil {
				return usagef("--quantity: %v", err)
			}
			if value != "" {
				if ship.Value, err = quantity.ParseMoney(value); err != nil {
					return usagef("--value: %v", err)
				}
			}
			if ship.Goods == "" {
				return usagef("--goods: name the goods code of the shipment")
			}
			return k.view(cmd.Context(), func(ctx context.Context, r licence.Reader, _ *licence.Authority, at quantity.Instant) error {
				found, short, err := licence.MatchFor(ctx, r, ship, "", licence.System, at)
				if err != nil {
					return err
				}
				if k.output == "json" {
					return writeJSON(k.out, map[string]any{"candidates": found, "short": short})
				}
				var rows [][]string
				others := 0
				for _, c := range found {
					switch {
					case c.Take != nil:
						rows = append(rows, []string{c.Licence, fmt.Sprint(c.Line), c.Last.String(), c.Left, "gives " + c.Take.Quantity.String()})
					case c.Fits:
						rows = append(rows, []string{c.Licence, fmt.Sprint(c.Line), c.Last.String(), c.Left, "fits, and is not needed"})
					case others < 20:
						others++
						rows = append(rows, []string{c.Licence, fmt.Sprint(c.Line), c.Last.String(), c.Left, "no: " + strings.Join(c.Why, "; ")})
					}
				}
				if err := k.table(k.out, []string{"Licence", "Line", "Last day", "Left", ""}, rows); err != nil {
					return err
				}
				if short.Amount.Sign() > 0 {
					fmt.Fprintf(k.out, "%s are covered by no licence\n", short)
				}
				return nil
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&ship.Goods, "goods", "", "`code` of the goods")
	f.StringVar(&amount, "quantity", "", "`amount` and unit: 120 kg")
	f.StringVar(&value, "value", "", "`amount` and currency: 9000 USD")
	f.StringVar(&ship.Destination, "to", "", "`country` of destination")
	f.StringVar(&ship.Holder, "holder", "", "`name` of the holder of the licence")
	f.StringVar(&ship.EndUser, "end-user", "", "`name` of the end user")
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}
