package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/determination"
)

// asking is the flags that make a case.
type asking struct {
	c     navicert.Case
	facts []string
}

func (a *asking) register(f *pflag.FlagSet) {
	f.StringVar(&a.c.Goods, "goods", "", "goods `code`: 8505.11.00.70")
	f.StringVar(&a.c.From, "from", "", "`country` the goods leave: CN, China")
	f.StringVar(&a.c.To, "to", "", "`country` they enter")
	f.StringVar(&a.c.Origin, "origin", "", "`country` of origin (default: the one they leave)")
}

func (a *asking) registerFacts(f *pflag.FlagSet) {
	f.StringVar(&a.c.Known, "known", "", "what was announced by this `day` counts (default: today)")
	f.StringVar(&a.c.Value, "value", "", "customs value: \"10000 USD\"")
	f.StringArrayVar(&a.c.Quantity, "quantity", nil, "quantity: \"120 kg\"; may be repeated")
	f.StringArrayVar(&a.facts, "fact", nil, "`name=value` of a fact; may be repeated (navicert facts lists them)")
	f.BoolVar(&a.c.Closed, "closed", false, "every fact not given is known to be absent")
}

// flagOf maps the fields of a case to the flags that set them.
func flagOf(field string) (flag, detail string) {
	name, rest, _ := strings.Cut(field, ".")
	switch name {
	case "facts":
		return "fact", rest
	case "entered", "exported":
		return "on", ""
	}
	return name, ""
}

// fill lays the flags that were set over the case of a file. Facts are added to
// those of the file.
func (a *asking) fill(f *pflag.FlagSet, c *navicert.Case) error {
	f.Visit(func(set *pflag.Flag) {
		switch set.Name {
		case "goods":
			c.Goods = a.c.Goods
		case "from":
			c.From = a.c.From
		case "to":
			c.To = a.c.To
		case "origin":
			c.Origin = a.c.Origin
		case "on":
			// The day asked for on the command line replaces every day of the file.
			c.On, c.Entered, c.Exported = a.c.On, "", ""
		case "known":
			c.Known = a.c.Known
		case "value":
			c.Value = a.c.Value
		case "quantity":
			c.Quantity = a.c.Quantity
		case "closed":
			c.Closed = a.c.Closed
		case "only":
			c.Only = a.c.Only
		}
	})
	facts := map[string]string{}
	for name, value := range c.Facts {
		facts[name] = value
	}
	given := map[string]bool{}
	for _, arg := range a.facts {
		name, value, ok := strings.Cut(arg, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return usagef("--fact: %q is not name=value (try --fact goods.Dy=0)", arg)
		}
		if given[name] {
			return usagef("--fact: %s is given twice", name)
		}
		given[name] = true
		facts[name] = strings.TrimSpace(value)
	}
	if len(facts) > 0 {
		c.Facts = facts
	}
	return nil
}

// asked reports whether any flag that makes a case is set.
func asked(f *pflag.FlagSet) bool {
	any := false
	f.Visit(func(set *pflag.Flag) {
		switch set.Name {
		case "goods", "from", "to", "origin", "on", "known", "value", "quantity", "fact", "closed", "only":
			any = true
		}
	})
	return any
}

// inFlags says of the faults of a case by which flag the value came, where it
// came by one.
func (a *asking) inFlags(f *pflag.FlagSet, fromFile bool, err error) error {
	var problems determination.Problems
	if !errors.As(err, &problems) {
		return err
	}
	given := map[string]bool{}
	for _, arg := range a.facts {
		name, _, _ := strings.Cut(arg, "=")
		given[strings.TrimSpace(name)] = true
	}
	out := make(determination.Problems, len(problems))
	for i, p := range problems {
		flag, fact := flagOf(p.Field)
		known := f.Lookup(flag) != nil
		byFlag := known && (!fromFile || f.Changed(flag))
		if flag == "fact" && fromFile {
			byFlag = given[fact]
		}
		if byFlag {
			p.File, p.Line, p.Column = "", 0, 0
			p.Field = strings.TrimSpace("--" + flag + " " + fact)
		}
		out[i] = p
	}
	return out
}

func newDetermine(e *env) *cobra.Command {
	var a asking
	var output string
	var strict bool
	cmd := &cobra.Command{
		Use:   "determine [FILE|-]",
		Short: "Answer for one shipment: may it move, what does it cost, why",
		Long: `Determine answers for one shipment: may it move (free, licence, prohibited, or
refer: a person must decide), every duty at the border with the law behind it,
what came close but does not apply, which missing facts would change the
answer, and what comes next.

The case comes from a file in YAML or JSON, from standard input (-), from
flags, or from a file with flags laid over it. A file has these fields: goods,
from, to, origin, on (or entered and exported), known, value, quantity, facts,
closed, only. Under lines it may have the lines of one entry, each with goods,
value, quantity, and where they differ from, origin, facts and reference: fees
are then counted for the entry as a whole.

A fact that is not given is not held against you and not in your favour: where
it matters the answer is a range, and the question is asked. A claim (a
preference, an exclusion) that is not made is not granted; the answer says what
it would save. With --closed every fact that is not given is known to be
absent.

--known replays what could be known on a day: announcements made later do not
count. Without it, today's date is taken, and without --on too.

Forms of the answer: text for people, md for a file note, lines for the entry
summary (heading, rate, duty, separated by tabs, in filing order), json for
programs and for keeping: it is sealed with a digest, and navicert verify
replays it.`,
		Example: `  navicert determine --goods 8505.11.00.70 --from CN --to US \
      --on 2025-06-15 --known 2025-06-15 --value "10000 USD"
  navicert determine examples/magnet.yaml
  navicert determine examples/magnet.yaml --on 2025-09-01 --fact goods.Dy=0
  navicert determine examples/magnet.yaml --output json > answer.json`,
		Args: between(0, 1, "one file, or flags"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var c navicert.Consignment
			if len(args) == 0 && !asked(cmd.Flags()) {
				return usagef("determine wants a case file or flags (try navicert determine --goods 8505.11.00.70 --from CN --to US --value \"10000 USD\")")
			}
			if len(args) == 1 {
				var err error
				if c, err = e.readConsignment(args[0]); err != nil {
					return err
				}
			}
			if err := a.fill(cmd.Flags(), &c.Case); err != nil {
				return err
			}
			e.setToday(&c.Case)
			eng, err := e.open()
			if err != nil {
				return err
			}
			if len(c.Lines) > 0 {
				det, err := eng.DetermineEntry(c)
				if err != nil {
					return a.inFlags(cmd.Flags(), len(args) == 1, err)
				}
				doc := det.Document()
				if err := e.writeDocument(doc, output); err != nil {
					return err
				}
				if strict {
					return notFinal(doc.Outcome, len(doc.Legs), len(doc.Questions))
				}
				return nil
			}
			det, err := eng.Determine(c.Case)
			if err != nil {
				return a.inFlags(cmd.Flags(), len(args) == 1, err)
			}
			doc := det.Document()
			if err := e.writeDocument(doc, output); err != nil {
				return err
			}
			if strict {
				return notFinal(doc.Outcome, len(doc.Legs), len(doc.Questions))
			}
			return nil
		},
	}
	a.register(cmd.Flags())
	cmd.Flags().StringVar(&a.c.On, "on", "", "`day` or instant for which the law is asked (default: today)")
	a.registerFacts(cmd.Flags())
	cmd.Flags().StringVar(&a.c.Only, "only", "", "ask one `leg` alone: import or export")
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with 3 where the answer is refer or questions are open")
	outputFlag(cmd, &output, "text", "json", "md", "lines")
	scenarioFlag(cmd, e)
	e.completeCase(cmd)
	return cmd
}

// setToday gives a case the days it does not name. Only here is the clock read.
func (e *env) setToday(c *navicert.Case) {
	if c.On == "" && c.Entered == "" && c.Exported == "" {
		c.On = e.today()
	}
	if c.Known == "" {
		c.Known = e.today()
	}
}

func inputName(arg string) string {
	if arg == "-" {
		return "standard input"
	}
	return arg
}

// document is the answer to a case or to a consignment.
type document interface {
	Seal() error
	JSON() ([]byte, error)
	Markdown(io.Writer) error
	FilingLines(io.Writer) error
	Text(io.Writer, determination.TextOptions) error
}

func (e *env) writeDocument(doc document, output string) error {
	if err := doc.Seal(); err != nil {
		return err
	}
	if output == "lines" && len(e.scenarios) > 0 {
		return usagef("--output lines: what a scenario supposes is not filed (leave out --scenario)")
	}
	switch output {
	case "json":
		data, err := doc.JSON()
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(e.out, "%s\n", data)
		return err
	case "md":
		return doc.Markdown(e.out)
	case "lines":
		return doc.FilingLines(e.out)
	}
	return doc.Text(e.out, e.textOptions())
}

// notFinal is the error of a strict command whose answer may still move.
func notFinal(outcome navicert.Outcome, legs, questions int) error {
	var why []string
	switch {
	case legs == 0:
		why = append(why, "no law is held of either side")
	case outcome == determination.Refer:
		why = append(why, "a person must decide")
	}
	switch n := questions; {
	case n == 1:
		why = append(why, "one question is open")
	case n > 1:
		why = append(why, fmt.Sprintf("%d questions are open", n))
	}
	if len(why) == 0 {
		return nil
	}
	return &openError{"strict: " + strings.Join(why, ", ")}
}
