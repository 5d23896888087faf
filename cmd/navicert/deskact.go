package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// act is a subcommand that does one thing to one object.
type act struct {
	use, short string
	long       string
	role       licence.Role // who usually does it
	args       int
	want       string // what the arguments are
	movement   bool   // of the ledger: it gets a key
	begins     bool   // it may be the first act of a desk
	// flags registers what the act needs besides and returns what makes it.
	flags func(*pflag.FlagSet) func(k *desk, args []string) (licence.Command, error)
}

// plain is an act without flags of its own.
func plain(make func(args []string) licence.Command) func(*pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
	return func(*pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
		return func(_ *desk, args []string) (licence.Command, error) { return make(args), nil }
	}
}

func newDeskActs(k *desk) []*cobra.Command {
	var out []*cobra.Command
	for _, a := range slices.Concat(fileActs(), reviewActs(), licenceActs(), ledgerActs()) {
		out = append(out, newDeskAct(k, a))
	}
	return append(out, newDeskBulk(k))
}

func newDeskAct(k *desk, a act) *cobra.Command {
	cmd := &cobra.Command{Use: a.use, Short: a.short, Args: exactly(a.args, a.want)}
	taught := lessons[cmd.Name()]
	cmd.Long, cmd.Example = a.long+taught.long, taught.example
	make := a.flags(cmd.Flags())
	k.actorFlags(cmd, a.role)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := make(k, args)
		if err != nil {
			return err
		}
		d, s, done, err := k.desk(cmd.Context(), a.begins)
		if err != nil {
			return err
		}
		defer done()
		by, err := k.by(cmd.Context(), s, a.movement)
		if err != nil {
			return err
		}
		r, err := d.Do(cmd.Context(), by, c)
		if err != nil {
			if !errors.As(err, new(*licence.Refusal)) && by.Key != "" {
				return fmt.Errorf("it is not known whether it was done: %w (give the same command again with --key %q)", err, by.Key)
			}
			return err
		}
		return k.writeReceipt(cmd.Context(), s, c.Name(), &r)
	}
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}

// actorFlags adds the flags that say who acts.
func (k *desk) actorFlags(cmd *cobra.Command, role licence.Role) {
	f := cmd.Flags()
	f.StringVar(&k.actor, "as", os.Getenv("USER"), "`name` of who acts")
	// Each command has a usual role of its own, so the flag has its own variable.
	as := f.String("role", string(role), "`role` in which: "+strings.Join(roleNames(), ", "))
	cmd.PreRunE = func(*cobra.Command, []string) error { k.role = *as; return nil }
	f.StringVar(&k.reason, "reason", "", "`words` why")
	f.StringVar(&k.key, "key", "", "`key` that makes the command safe to send again")
	f.IntVar(&k.ifVersion, "if-version", 0, "only if the object is of this `version`")
}

func roleNames() []string {
	var out []string
	for _, r := range licence.Roles() {
		out = append(out, string(r))
	}
	return out
}

// by is who acts.
func (k *desk) by(ctx context.Context, s licence.Store, movement bool) (licence.By, error) {
	at, err := k.instant(ctx, s)
	if err != nil {
		return licence.By{}, err
	}
	b := licence.By{Actor: k.actor, Role: licence.Role(k.role), At: at, Reason: k.reason, Key: k.key, IfVersion: k.ifVersion}
	if b.Actor == "" {
		return b, usagef("--as: name who acts")
	}
	if !slices.Contains(licence.Roles(), b.Role) {
		return b, usagef("--role: %q is no role (try %s)", k.role, strings.Join(roleNames(), ", "))
	}
	if movement && b.Key == "" {
		var random [12]byte
		if _, err := rand.Read(random[:]); err != nil {
			return b, err
		}
		b.Key = hex.EncodeToString(random[:])
	}
	return b, nil
}

// writeReceipt says what a command came to.
func (k *desk) writeReceipt(ctx context.Context, s licence.Store, name string, r *licence.Receipt) error {
	if k.output == "json" {
		return writeJSON(k.out, r)
	}
	if len(r.Objects) == 0 {
		_, err := fmt.Fprintf(k.out, "%s: nothing changed\n", name)
		return err
	}
	if r.Repeated {
		fmt.Fprintf(k.out, "%s: was done before with this key, and not again\n", name)
	}
	for _, o := range r.Objects {
		fmt.Fprintf(k.out, "%s %s\n", o.Kind, o.ID)
	}
	fmt.Fprintf(k.out, "%s: events %d to %d", name, r.First, r.Last)
	if r.Key != "" {
		fmt.Fprintf(k.out, ", key %s", r.Key)
	}
	fmt.Fprintln(k.out)
	if r.Object.Kind != licence.KindApplication {
		return nil
	}
	return s.View(ctx, func(rd licence.Reader) error {
		a, err := licence.ReadApplication(ctx, rd, r.Object.ID)
		if err != nil || a.Assessment == nil {
			return err
		}
		fmt.Fprintf(k.out, "it is %s, in the lane %s\n", a.Stage, a.Assessment.Lane)
		for _, p := range a.Assessment.Problems {
			fmt.Fprintf(k.out, "fault: %s\n", p)
		}
		return nil
	})
}

func fileActs() []act {
	return []act{
		{use: "file FILE", short: "File an application from a YAML or JSON file", role: licence.Applicant, args: 1, want: "a file with the content, or -", begins: true,
			long: `File begins an application. The file says what is asked for:

  authority: CN.MOFCOM
  applicant: {role: applicant, name: Harbour Magnets, country: CN}
  parties:
  - {role: end user, name: Prairie Pumps Inc., country: US}
  lines:
  - goods: "8505.11"
    from: CN
    to: US
    quantity: 120 kg
    value: 9000 USD
    facts: {goods.magnet_family: NdFeB, goods.Dy: 2.4}
  endUse: motors of water pumps
  facts: {end_user.military: no, end_use.military: no}
  closed: true

It answers with the lane that the law gives; desk show tells why, and which
papers are missing. With --submit the file is handed in at once.`,
			flags: func(f *pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
				submit := f.Bool("submit", false, "hand it in at once")
				trader := f.Bool("trader", false, "it is the trader's own, who writes down what an authority elsewhere does")
				id := f.String("id", "", "`id` of the file (default: the desk numbers it)")
				return func(k *desk, args []string) (licence.Command, error) {
					c := &licence.File{ID: *id, Submit: *submit}
					if *trader {
						c.Side = licence.TraderSide
					}
					return c, k.readInto(args[0], &c.Content)
				}
			}},
		{use: "amend ID FILE", short: "Replace the content of a file that may be mended", role: licence.Applicant, args: 2, want: "a file and its new content",
			flags: func(*pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
				return func(k *desk, args []string) (licence.Command, error) {
					c := &licence.Amend{Application: args[0]}
					return c, k.readInto(args[1], &c.Content)
				}
			}},
		{use: "attach ID PAPER", short: "Attach a paper to a file, with its digest", role: licence.Applicant, args: 2, want: "a file and a document on disk",
			flags: func(f *pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
				kind := f.String("kind", "", "`title` of the paper as the lane names it (desk show)")
				form := f.String("form", "copy", "original, copy or electronic")
				until := f.String("until", "", "last `day` on which it is valid")
				return func(k *desk, args []string) (licence.Command, error) {
					content, err := k.read(args[1])
					if err != nil {
						return nil, err
					}
					d := licence.Document{Kind: *kind, Name: args[1], Form: *form, Digest: licence.DigestOf(content)}
					if *until != "" {
						if d.Until, err = quantity.ParseDate(*until); err != nil {
							return nil, usagef("--until: %v", err)
						}
					}
					return &licence.Attach{Application: args[0], Document: d, Bytes: content}, nil
				}
			}},
		{use: "submit ID", short: "Hand a draft or a returned file in", role: licence.Applicant, args: 1, want: "a file",
			flags: plain(func(a []string) licence.Command { return &licence.Submit{Application: a[0]} })},
		{use: "accept ID", short: "Accept a submitted file: its clock starts", role: licence.Intake, args: 1, want: "a file",
			flags: plain(func(a []string) licence.Command { return &licence.Accept{Application: a[0]} })},
		{use: "give-back ID WHY", short: "Return a file to the applicant, to be mended", role: licence.Intake, args: 2, want: "a file and what is wrong with it",
			flags: plain(func(a []string) licence.Command { return &licence.GiveBack{Application: a[0], For: a[1]} })},
		{use: "withdraw ID", short: "Withdraw a file", role: licence.Applicant, args: 1, want: "a file",
			flags: plain(func(a []string) licence.Command { return &licence.Withdraw{Application: a[0]} })},
		{use: "endorse ID STEP", short: "Take the next step of the endorsement chain", role: licence.Applicant, args: 2, want: "a file and a step",
			flags: func(f *pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
				holder := f.String("holder", "", "`who` has the paper now")
				form := f.String("form", "original", "original or copy")
				lapses := f.String("lapses", "", "last `day` on which the step counts")
				return func(_ *desk, args []string) (licence.Command, error) {
					step := licence.Step{Name: args[1], Holder: *holder, Form: *form}
					if *lapses != "" {
						var err error
						if step.Lapses, err = quantity.ParseDate(*lapses); err != nil {
							return nil, usagef("--lapses: %v", err)
						}
					}
					return &licence.Endorse{Application: args[0], Step: step}, nil
				}
			}},
		{use: "reassess ID", short: "Determine the lane of an open file again", role: licence.Officer, args: 1, want: "a file",
			flags: plain(func(a []string) licence.Command { return &licence.Reassess{Application: a[0]} })},
	}
}

// proposing registers the flags of a proposal.
func proposing(f *pflag.FlagSet) func(k *desk, outcome string) (licence.Proposal, error) {
	conditions := f.StringArray("condition", nil, "`words` of a condition; may be repeated")
	grounds := f.StringArray("ground", nil, "`law` of a refusal; may be repeated")
	months := f.Int("months", 0, "`months` of the licence (default: the lane's)")
	ends := f.String("ends", "", "`rule` by which the last month ends: day-before, same-day, month-end (default: the lane's)")
	tolerance := f.String("tolerance", "0", "`per cent` by which more may be drawn")
	return func(k *desk, outcome string) (licence.Proposal, error) {
		t, err := quantity.ParseDecimal(*tolerance)
		if err != nil {
			return licence.Proposal{}, usagef("--tolerance: %v", err)
		}
		return licence.Proposal{Outcome: licence.Outcome(outcome), Reason: k.reason, Conditions: *conditions, Grounds: *grounds, Months: *months, Ends: licence.MonthEnd(*ends), Tolerance: t}, nil
	}
}

const outcomes = "approved, approved-with-conditions, refused, no-licence-needed"

func reviewActs() []act {
	return []act{
		{use: "next", short: "Claim the file whose turn it is", role: licence.Officer, want: "flags alone",
			flags: func(f *pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
				queue := f.String("queue", string(licence.QueueReview), "`name` of the queue")
				lane := f.String("lane", "", "files of this `lane` alone")
				minutes := f.Int("minutes", 60, "how long the claim lasts")
				return func(k *desk, _ []string) (licence.Command, error) {
					return &licence.ClaimNext{Authority: k.authority, Queue: licence.Queue(*queue), Lane: *lane, Minutes: *minutes}, nil
				}
			}},
		{use: "claim ID", short: "Claim one file; out of its turn with a --reason", role: licence.Officer, args: 1, want: "a file",
			flags: func(f *pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
				minutes := f.Int("minutes", 60, "how long the claim lasts")
				officer := f.String("for", "", "`officer` to whom it is assigned (default: who claims)")
				return func(_ *desk, args []string) (licence.Command, error) {
					return &licence.Claim{Application: args[0], For: *officer, Minutes: *minutes}, nil
				}
			}},
		{use: "unclaim ID", short: "Give a file back to its queue", role: licence.Officer, args: 1, want: "a file",
			flags: plain(func(a []string) licence.Command { return &licence.Unclaim{Application: a[0]} })},
		{use: "ask ID TEXT", short: "Put a query to the applicant: the clock stands still", role: licence.Officer, args: 2, want: "a file and a question",
			flags: plain(func(a []string) licence.Command { return &licence.Ask{Application: a[0], Text: a[1]} })},
		{use: "answer ID TEXT", short: "Answer the open query", role: licence.Applicant, args: 2, want: "a file and an answer",
			flags: plain(func(a []string) licence.Command { return &licence.Answer{Application: a[0], Text: a[1]} })},
		{use: "refer ID AGENCY", short: "Send a file to an agency for its advice", role: licence.Officer, args: 2, want: "a file and an agency",
			flags: func(f *pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
				question := f.String("question", "", "`words` of what is asked")
				return func(_ *desk, args []string) (licence.Command, error) {
					return &licence.Refer{Application: args[0], Agency: args[1], Question: *question}, nil
				}
			}},
		{use: "advise ID AGENCY KIND", short: "Advise on a file, for a line and a party", role: licence.Agency, args: 3, want: "a file, an agency and a kind of advice",
			flags: func(f *pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
				line := f.Int("line", 0, "`number` of the line it is about; 0: all")
				party := f.String("party", "", "`name` of the party it is about")
				text := f.String("text", "", "`words` of the advice")
				grounds := f.StringArray("ground", nil, "`law` of advice to refuse; may be repeated")
				return func(_ *desk, args []string) (licence.Command, error) {
					return &licence.Advise{Application: args[0], Agency: args[1], Kind: licence.AdviceKind(args[2]), Line: *line, Party: *party, Text: *text, Grounds: *grounds}, nil
				}
			}},
		{use: "recommend ID OUTCOME", short: "Propose a decision, which another officer has to agree to", role: licence.Officer, args: 2, want: "a file and an outcome: " + outcomes,
			flags: func(f *pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
				proposal := proposing(f)
				return func(k *desk, args []string) (licence.Command, error) {
					p, err := proposal(k, args[1])
					return &licence.Recommend{Application: args[0], Proposal: p}, err
				}
			}},
		{use: "countersign ID", short: "Agree with a recommendation, or --disagree", role: licence.Countersigner, args: 1, want: "a file",
			flags: func(f *pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
				disagree := f.Bool("disagree", false, "send it back, with a --reason")
				return func(_ *desk, args []string) (licence.Command, error) {
					return &licence.Countersign{Application: args[0], Agree: !*disagree}, nil
				}
			}},
		{use: "decide ID OUTCOME", short: "Decide a file, in the lanes where one officer may", role: licence.Officer, args: 2, want: "a file and an outcome: " + outcomes,
			flags: func(f *pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
				proposal := proposing(f)
				return func(k *desk, args []string) (licence.Command, error) {
					p, err := proposal(k, args[1])
					return &licence.Decide{Application: args[0], Proposal: p}, err
				}
			}},
		{use: "appeal ID GROUNDS", short: "Appeal against a refusal, within its window", role: licence.Applicant, args: 2, want: "a file and the grounds",
			flags: plain(func(a []string) licence.Command { return &licence.Appeal{Application: a[0], Grounds: a[1]} })},
	}
}

func licenceActs() []act {
	return []act{
		{use: "record FILE", short: "Record a licence that was given elsewhere", role: licence.Applicant, args: 1, want: "a file with the licence, or -", begins: true,
			long: `Record puts a licence on the desk that was not decided here. The file says:

  id: 25CN0815
  authority: CN.MOFCOM
  holder: Harbour Magnets
  terms:
    term: {first: 2025-06-20, last: 2025-12-19, zone: Asia/Shanghai}
    lines:
    - goods: "8505.11"
      destination: US
      quantity: 120 kg
      tolerance: 5
      value: 9000 USD`,
			flags: func(*pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
				return func(k *desk, args []string) (licence.Command, error) {
					var c licence.IssueLicence
					return &c, k.readInto(args[0], &c)
				}
			}},
		{use: "amend-licence ID FILE", short: "Give a licence new terms; what was drawn stays drawn", role: licence.Officer, args: 2, want: "a licence and its new terms",
			flags: func(*pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
				return func(k *desk, args []string) (licence.Command, error) {
					c := &licence.AmendLicence{Licence: args[0]}
					return c, k.readInto(args[1], &c.Terms)
				}
			}},
		{use: "suspend LICENCE", short: "Suspend one licence, with a --reason", role: licence.Officer, args: 1, want: "a licence",
			flags: plain(func(a []string) licence.Command { return &licence.Suspend{Licence: a[0]} })},
		{use: "resume LICENCE", short: "End the suspension of one licence", role: licence.Officer, args: 1, want: "a licence",
			flags: plain(func(a []string) licence.Command { return &licence.Resume{Licence: a[0]} })},
		{use: "revoke LICENCE", short: "Revoke a licence, with a --reason", role: licence.Officer, args: 1, want: "a licence",
			flags: plain(func(a []string) licence.Command {
				return &licence.EndLicence{Licence: a[0], How: licence.EndRevoked}
			})},
		{use: "surrender LICENCE", short: "Give a licence up, with a --reason", role: licence.Applicant, args: 1, want: "a licence",
			flags: plain(func(a []string) licence.Command {
				return &licence.EndLicence{Licence: a[0], How: licence.EndSurrendered}
			})},
		{use: "supersede LICENCE BY", short: "End a licence that another follows, with a --reason", role: licence.Officer, args: 2, want: "a licence and the one that follows",
			flags: plain(func(a []string) licence.Command {
				return &licence.EndLicence{Licence: a[0], How: licence.EndSuperseded, By: a[1]}
			})},
		{use: "impose OF SUBJECT", short: "Suspend all licences of a party, an item or a measure", role: licence.Officer, args: 2, want: "party, item or measure, and which",
			flags: plain(func(a []string) licence.Command { return &licence.Impose{Of: a[0], Subject: a[1]} })},
		{use: "lift SUSPENSION", short: "Lift what was imposed", role: licence.Officer, args: 1, want: "the id of a suspension",
			flags: plain(func(a []string) licence.Command { return &licence.Lift{ID: a[0]} })},
		{use: "breach UNDERTAKING FINDING", short: "Record the breach of an undertaking", role: licence.Enforcement, args: 2, want: "an undertaking and what was found",
			flags: plain(func(a []string) licence.Command { return &licence.Breach{Undertaking: a[0], Finding: a[1]} })},
		{use: "release-undertaking ID", short: "Free who gave an undertaking", role: licence.Officer, args: 1, want: "an undertaking",
			flags: plain(func(a []string) licence.Command { return &licence.ReleaseUndertaking{Undertaking: a[0]} })},
	}
}

// takes reads LICENCE[:LINE]=QUANTITY[,VALUE], as often as it is given.
func takes(list []string) ([]licence.Take, error) {
	var out []licence.Take
	for _, s := range list {
		name, what, ok := strings.Cut(s, "=")
		amount, value, valued := strings.Cut(what, ",")
		if !ok {
			return nil, usagef("%q: write LICENCE=QUANTITY, LICENCE:LINE=QUANTITY or LICENCE=QUANTITY,VALUE (\"L1=120 kg,9000 USD\")", s)
		}
		t := licence.Take{Licence: name}
		if id, line, numbered := strings.Cut(name, ":"); numbered {
			t.Licence = id
			if _, err := fmt.Sscanf(line, "%d", &t.Line); err != nil {
				return nil, usagef("%q: the line %q is no number", s, line)
			}
		}
		var err error
		if t.Quantity, err = quantity.ParseQuantity(amount); err != nil {
			return nil, usagef("%q: %v", s, err)
		}
		if valued {
			if t.Value, err = quantity.ParseMoney(value); err != nil {
				return nil, usagef("%q: %v", s, err)
			}
		}
		out = append(out, t)
	}
	return out, nil
}

func ledgerActs() []act {
	drawing := func(commit bool) func(*pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
		return func(f *pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
			list := f.StringArray("take", nil, "`LICENCE=QUANTITY,VALUE`; may be repeated: all or none")
			shipment := f.String("shipment", "", "`name` of the shipment")
			return func(*desk, []string) (licence.Command, error) {
				if len(*list) == 0 {
					return nil, usagef(`--take: say what is drawn of which licence (--take "L1=120 kg,9000 USD")`)
				}
				t, err := takes(*list)
				return &licence.Draw{Shipment: *shipment, Takes: t, Commit: commit}, err
			}
		}
	}
	some := func(make func(id string, t []licence.Take) licence.Command) func(*pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
		return func(f *pflag.FlagSet) func(*desk, []string) (licence.Command, error) {
			list := f.StringArray("take", nil, "only so much: `LICENCE=QUANTITY,VALUE`; may be repeated")
			return func(_ *desk, args []string) (licence.Command, error) {
				t, err := takes(*list)
				return make(args[0], t), err
			}
		}
	}
	return []act{
		{use: "reserve", short: "Set quantities of licences aside for a shipment", role: licence.Customs, want: "flags alone", movement: true, flags: drawing(false)},
		{use: "draw", short: "Use quantities of licences at once", role: licence.Customs, want: "flags alone", movement: true, flags: drawing(true)},
		{use: "commit DRAWDOWN", short: "Use what was set aside; what is not used is free again", role: licence.Customs, args: 1, want: "a drawdown", movement: true,
			flags: some(func(id string, t []licence.Take) licence.Command { return &licence.CommitDraw{Drawdown: id, Takes: t} })},
		{use: "release DRAWDOWN", short: "Free what was set aside", role: licence.Customs, args: 1, want: "a drawdown", movement: true,
			flags: plain(func(a []string) licence.Command { return &licence.ReleaseDraw{Drawdown: a[0]} })},
		{use: "return DRAWDOWN", short: "Put back what was used and came back, within the term", role: licence.Customs, args: 1, want: "a drawdown", movement: true,
			flags: some(func(id string, t []licence.Take) licence.Command { return &licence.ReturnGoods{Drawdown: id, Takes: t} })},
	}
}

func newDeskBulk(k *desk) *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "bulk OUTCOME FILE...",
		Short: "Decide many files that are alike, each by itself",
		Long: `Bulk decides files of one lane, one set of control items and one country of
destination; a set that is mixed is refused as a whole, and says in what. Where
the lane wants two officers the files are recommended, and each still has to be
countersigned. Each file is decided by itself: one that cannot be is told, the
others go on. With --dry-run nothing is done, and what would be is shown.`,
		Example: `  navicert desk bulk approved A101 A102 --reason "civil use" --as li --dry-run`,
		Args:    between(2, -1, "an outcome and at least one file"),
	}
	proposal := proposing(cmd.Flags())
	cmd.Flags().BoolVar(&dry, "dry-run", false, "show what would be done, and do nothing")
	k.actorFlags(cmd, licence.Officer)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p, err := proposal(k, args[0])
		if err != nil {
			return err
		}
		d, s, done, err := k.desk(cmd.Context(), false)
		if err != nil {
			return err
		}
		defer done()
		by, err := k.by(cmd.Context(), s, false)
		if err != nil {
			return err
		}
		results, err := d.Bulk(cmd.Context(), by, args[1:], p, dry)
		if err != nil {
			return err
		}
		if k.output == "json" {
			return writeJSON(k.out, results)
		}
		var rows [][]string
		failed := 0
		for _, r := range results {
			if r.Refusal != "" {
				failed++
				rows = append(rows, []string{r.Application, "refused", r.Refusal})
			} else {
				rows = append(rows, []string{r.Application, r.Done, r.Licence})
			}
		}
		if err := k.table(k.out, nil, rows); err != nil {
			return err
		}
		if dry {
			fmt.Fprintln(k.out, "a dry run: nothing was done")
		}
		if failed > 0 {
			return fmt.Errorf("%d of %d files were not decided", failed, len(results))
		}
		return nil
	}
	outputFlag(cmd, &k.output, "text", "json")
	return cmd
}
