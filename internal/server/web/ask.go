package web

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/condition"
	"github.com/navicert/navicert/internal/determination"
	"github.com/navicert/navicert/internal/nomenclature"
)

// askView is a case as it is asked, and its answer as far as there is one.
type askView struct {
	c      navicert.Case
	action string // the page that it is asked of
	fields map[string][]determination.Problem
	others []determination.Problem // of no field that the page shows
	finder *finder
	given  []givenFact
	answer *answerView // nil where there is none
	empty  bool        // nothing was asked yet
}

// givenFact is a fact that the case states.
type givenFact struct {
	name, value     string
	fact            *condition.Fact // nil where no pack knows it
	without         string          // the address without it
	problems        []determination.Problem
	question, where string
}

// answerView is a determination with its charts.
type answerView struct {
	doc      *navicert.Document
	read     *determination.Reading
	stack    *stack
	controls int // of all legs
	query    string
	open     bool     // every part is shown, for paper
	claims   []string // the address with each claim made
}

func (s *site) getAsk(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	c := decode(q)
	address := "/ask"
	if len(q) > 0 {
		s.fillDays(&c)
		address += "?" + encode(&c)
		if moved(w, r, address) {
			return
		}
	}
	v := s.ask(c, len(q) == 0)
	title := "Ask"
	if v.answer != nil {
		title = v.answer.read.What + ", " + v.answer.read.Route
	}
	s.render(w, r, http.StatusOK, askPage(s.frame("ask", title), v))
}

// moved sends a reader to the one address of a state, so that every address can
// be shared and means the same later: with empty parameters left out and the days
// written down. htmx is told the address instead.
func moved(w http.ResponseWriter, r *http.Request, address string) bool {
	if r.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Push-Url", address)
		return false
	}
	if r.URL.RequestURI() == address {
		return false
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
	return true
}

// fillDays gives a case the days that it does not name.
func (s *site) fillDays(c *navicert.Case) {
	if c.On == "" && c.Entered == "" && c.Exported == "" {
		c.On = s.today()
	}
	if c.Known == "" {
		c.Known = s.today()
	}
}

// newAsk is a case before it is answered; one that is empty has what the form
// begins with.
func (s *site) newAsk(action string, c navicert.Case, empty bool) *askView {
	v := &askView{c: c, action: action, empty: empty, fields: map[string][]determination.Problem{}}
	if empty {
		v.c.From, v.c.To, v.c.On, v.c.Known = "CN", "US", s.today(), s.today()
	}
	return v
}

// ask answers a case as far as it goes.
func (s *site) ask(c navicert.Case, empty bool) *askView {
	v := s.newAsk("/ask", c, empty)
	if empty {
		v.finder = s.find(&v.c, v.action)
		return v
	}
	words := c.Goods != "" && !isCode(c.Goods)
	if !words && (c.Goods != "" || len(c.Facts) > 0) {
		d, err := s.Engine.Determine(c)
		if err == nil {
			v.answer = s.newAnswer(c, d)
		}
		v.fault(err)
	}
	s.giveFacts(v)
	if v.answer == nil && (len(v.fields["goods"]) > 0 || c.Goods == "" && len(c.Facts) == 0 || words) {
		v.finder = s.find(&c, v.action)
	}
	return v
}

// fault sorts the problems of a case by the fields of the page.
func (v *askView) fault(err error) {
	var problems determination.Problems
	if !errors.As(err, &problems) {
		if err != nil {
			v.others = append(v.others, determination.Problem{Message: err.Error()})
		}
		return
	}
	for _, p := range problems {
		field, _, _ := strings.Cut(p.Field, ".")
		switch field {
		case "goods", "from", "to", "origin", "on", "known", "value", "quantity", "only", "since", "until":
			v.fields[field] = append(v.fields[field], p)
		case "facts":
			v.fields[p.Field] = append(v.fields[p.Field], p)
		default:
			v.others = append(v.others, p)
		}
	}
}

// giveFacts lists the facts that the case states, those of no pack too.
func (s *site) giveFacts(v *askView) {
	facts := s.Engine.Facts()
	for _, name := range slices.Sorted(maps.Keys(v.c.Facts)) {
		g := givenFact{name: name, value: v.c.Facts[name], problems: v.fields["facts."+name], question: name}
		if i := slices.IndexFunc(facts, func(f *condition.Fact) bool { return f.Name == name }); i >= 0 {
			g.fact, g.question, g.where = facts[i], facts[i].Question, facts[i].Where
		}
		without := v.c
		without.Facts = maps.Clone(v.c.Facts)
		delete(without.Facts, name)
		g.without = v.action + "?" + encode(&without)
		v.given = append(v.given, g)
	}
}

// newAnswer reads a determination for a page.
func (s *site) newAnswer(c navicert.Case, d *navicert.Determination) *answerView {
	doc := d.Document()
	a := &answerView{doc: doc, read: doc.Read(), query: encode(&c)}
	if err := doc.Seal(); err != nil {
		s.Log.Error("answer not sealed", "case", a.query, "error", err)
	}
	a.stack = newStack(doc, a.read)
	for i := range a.read.Legs {
		a.controls += len(a.read.Legs[i].Controls)
	}
	for i := range doc.Claims {
		with := c
		with.Facts = maps.Clone(c.Facts)
		if with.Facts == nil {
			with.Facts = map[string]string{}
		}
		with.Facts[doc.Claims[i].Fact] = doc.Claims[i].Value
		a.claims = append(a.claims, "/ask?"+encode(&with))
	}
	return a
}

// answered answers a case for download: the determination, sealed.
func (s *site) answered(w http.ResponseWriter, r *http.Request) (navicert.Case, *navicert.Determination, bool) {
	c := decode(r.URL.Query())
	s.fillDays(&c)
	d, err := s.Engine.Determine(c)
	if err != nil {
		var lines []string
		for line := range strings.SplitSeq(err.Error(), "\n") {
			lines = append(lines, sentence(strings.TrimSpace(line)))
		}
		s.render(w, r, http.StatusUnprocessableEntity, faultPage(s.frame("ask", "Not answered"), "The case cannot be answered as it stands", strings.Join(lines, " ")))
		return c, nil, false
	}
	return c, d, true
}

// download sends the sealed answer as a file.
func (s *site) download(name, mediaType string, write func(http.ResponseWriter, *navicert.Document) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, d, ok := s.answered(w, r)
		if !ok {
			return
		}
		doc := d.Document()
		err := doc.Seal()
		if err == nil {
			w.Header().Set("Content-Type", mediaType)
			w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
			err = write(w, doc)
		}
		if err != nil {
			s.Log.ErrorContext(r.Context(), "answer not sent", "error", err)
		}
	}
}

func writeJSON(w http.ResponseWriter, doc *navicert.Document) error {
	data, err := doc.JSON()
	if err == nil {
		_, err = w.Write(append(data, '\n'))
	}
	return err
}

func writeMarkdown(w http.ResponseWriter, doc *navicert.Document) error { return doc.Markdown(w) }

func (s *site) getPrint(w http.ResponseWriter, r *http.Request) {
	c, d, ok := s.answered(w, r)
	if !ok {
		return
	}
	a := s.newAnswer(c, d)
	a.open = true
	s.render(w, r, http.StatusOK, printPage(s.frame("ask", a.read.What+", "+a.read.Route), a))
}

// first is the first of the values that is not empty.
func first(values []string) string {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			return v
		}
	}
	return ""
}

// countryName is the name of a country by its code; anything else as it is.
func countryName(code string) string {
	if c := nomenclature.Country(code); c.Known() {
		return c.Name()
	}
	return code
}

// amountAndCurrency takes a value apart for the two fields of the form.
func amountAndCurrency(value string) (amount, currency string) {
	amount, currency, _ = strings.Cut(value, " ")
	return amount, currency
}
