package exchange

import (
	"cmp"
	"slices"
	"sync"

	"github.com/navicert/navicert/internal/determination"
)

// wording is what is written and counted of a summary beside its figures, and beside
// the heading and rate of the ordinary duty. Its texts are few and shared by many, so
// that they stay near.
type wording struct {
	lines []lineWords
	last  string // what follows the amount of the last line
	law   string // the citations
}

// lineWords are the words of a duty or fee.
type lineWords struct {
	before              string // what stands between the amount of the line before and this one's
	programme, citation int32  // numbers of a register
	ordinary            bool   // heading and rate stand before the amount, and are of the goods
	further             bool   // a line before is of the programme too
}

// write fills in the words of a summary.
func (w *wordings) write(made *wording, s *determination.Summary) {
	text := w.text[:0]
	made.lines = made.lines[:0]
	for i := range s.Lines {
		l := &s.Lines[i]
		if i > 0 {
			text = append(text, "; "...)
		}
		if !l.Ordinary {
			text = appendRate(text, l)
		}
		programme := int32(w.number(cmp.Or(l.Programme, l.Measure)))
		further := slices.ContainsFunc(made.lines, func(l lineWords) bool { return l.programme == programme })
		made.lines = append(made.lines, lineWords{w.shared(text), programme, int32(w.number(l.Citation)), l.Ordinary, further})
		text = append(append(append(text[:0], " ("...), l.Measure...), ')')
		if l.Open {
			text = append(text, '?')
		}
	}
	made.last = w.shared(text)
	text = text[:0]
	for i := range s.Lines {
		c := s.Lines[i].Citation
		if c == "" || slices.ContainsFunc(s.Lines[:i], func(l determination.SummaryLine) bool { return l.Citation == c }) {
			continue
		}
		if len(text) > 0 {
			text = append(text, "; "...)
		}
		text = append(text, c...)
	}
	made.law = w.shared(text)
	w.text = text
}

// appendRate appends the heading and the rate of a line.
func appendRate(b []byte, l *determination.SummaryLine) []byte {
	if l.Heading != "" {
		b = append(append(b, l.Heading...), ' ')
	}
	return append(b, l.Rate...)
}

// appendLines appends each duty and fee of the summary.
func (w *wording) appendLines(b []byte, s *determination.Summary) []byte {
	for i := range w.lines {
		words, l := &w.lines[i], &s.Lines[i]
		if b = append(b, words.before...); words.ordinary {
			b = appendRate(b, l)
		}
		if !s.Valued {
			continue
		}
		b = l.Amount.Least.AppendFixed(append(b, " = "...), s.Places)
		switch {
		case l.Amount.Unbounded:
			b = append(b, "..?"...)
		case !l.Amount.Most.Equal(l.Amount.Least):
			b = l.Amount.Most.AppendFixed(append(b, ".."...), s.Places)
		}
	}
	return append(b, w.last...)
}

// wordings are the words of the summaries that one goroutine met.
type wordings struct {
	register *register
	numbers  map[string]int // of the register
	made     map[determination.Bill]*wording
	own      wording           // of the summary asked for last, where it has no bill
	texts    map[string]string // of wordings
	text     []byte            // memory for the next
}

// How many are kept; a million lines have 1,140 wordings of 1,120 texts.
const (
	mostWordings = 1 << 12
	mostPhrases  = 1 << 14
)

// of returns the words of a summary. They are good until the next call.
func (w *wordings) of(s *determination.Summary) *wording {
	if s.Bill == (determination.Bill{}) {
		w.write(&w.own, s)
		return &w.own
	}
	if made := w.made[s.Bill]; made != nil {
		return made
	}
	if w.made == nil || len(w.made) == mostWordings {
		w.made = map[determination.Bill]*wording{}
	}
	made := new(wording)
	w.write(made, s)
	w.made[s.Bill] = made
	return made
}

// shared is a text that is one for all wordings.
func (w *wordings) shared(text []byte) string {
	if s, ok := w.texts[string(text)]; ok {
		return s
	}
	if w.texts == nil || len(w.texts) == mostPhrases {
		w.texts = map[string]string{}
	}
	s := string(text)
	w.texts[s] = s
	return s
}

// number is the number of a name, the same for all goroutines of a run.
func (w *wordings) number(name string) int {
	n, ok := w.numbers[name]
	if !ok {
		if w.numbers == nil {
			w.numbers = map[string]int{}
		}
		n = w.register.number(name)
		w.numbers[name] = n
	}
	return n
}

// register gives names numbers, from 0.
type register struct {
	lock    sync.RWMutex
	numbers map[string]int
	names   []string
}

func (r *register) number(name string) int {
	r.lock.Lock()
	defer r.lock.Unlock()
	n, ok := r.numbers[name]
	if !ok {
		if r.numbers == nil {
			r.numbers = map[string]int{}
		}
		n = len(r.names)
		r.numbers[name], r.names = n, append(r.names, name)
	}
	return n
}

func (r *register) name(number int) string {
	r.lock.RLock()
	defer r.lock.RUnlock()
	return r.names[number]
}
