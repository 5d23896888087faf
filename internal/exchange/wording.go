package exchange

import (
	"cmp"
	"slices"
	"sync"

	"github.com/navicert/navicert/internal/determination"
)

// wording is what is written and counted of a summary beside its figures, and beside
// the heading and rate of the ordinary duty.
type wording struct {
	texts []byte // those of the lines, one after another; then the citations
	lines []lineWords
}

// lineWords are the words of a duty or fee.
type lineWords struct {
	amount, end         int32 // of texts: where the amount stands, and where the next line begins
	programme, citation int32 // numbers of a register
	ordinary            bool  // heading and rate stand before the amount, and are of the goods
}

// write fills in the words of a summary.
func (w *wording) write(s *determination.Summary, number func(name string) int) {
	w.texts, w.lines = w.texts[:0], w.lines[:0]
	for i := range s.Lines {
		l := &s.Lines[i]
		if i > 0 {
			w.texts = append(w.texts, "; "...)
		}
		if !l.Ordinary {
			w.texts = appendRate(w.texts, l)
		}
		words := lineWords{amount: int32(len(w.texts)), programme: int32(number(cmp.Or(l.Programme, l.Measure))), citation: int32(number(l.Citation)), ordinary: l.Ordinary}
		w.texts = append(append(append(w.texts, " ("...), l.Measure...), ')')
		if l.Open {
			w.texts = append(w.texts, '?')
		}
		words.end = int32(len(w.texts))
		w.lines = append(w.lines, words)
	}
	first := len(w.texts)
	for i := range s.Lines {
		c := s.Lines[i].Citation
		if c == "" || slices.ContainsFunc(s.Lines[:i], func(l determination.SummaryLine) bool { return l.Citation == c }) {
			continue
		}
		if len(w.texts) > first {
			w.texts = append(w.texts, "; "...)
		}
		w.texts = append(w.texts, c...)
	}
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
	start := int32(0)
	for i := range w.lines {
		words, l := &w.lines[i], &s.Lines[i]
		if b = append(b, w.texts[start:words.amount]...); words.ordinary {
			b = appendRate(b, l)
		}
		if s.Valued {
			b = l.Amount.Least.AppendFixed(append(b, " = "...), s.Places)
			switch {
			case l.Amount.Unbounded:
				b = append(b, "..?"...)
			case !l.Amount.Most.Equal(l.Amount.Least):
				b = l.Amount.Most.AppendFixed(append(b, ".."...), s.Places)
			}
		}
		b, start = append(b, w.texts[words.amount:words.end]...), words.end
	}
	return b
}

// law is the citations behind the lines.
func (w *wording) law() []byte {
	if len(w.lines) == 0 {
		return nil
	}
	return w.texts[w.lines[len(w.lines)-1].end:]
}

// wordings are the words of the summaries that one goroutine met.
type wordings struct {
	register *register
	numbers  map[string]int // of the register
	made     map[determination.Bill]*wording
	own      wording // of the summary asked for last, where it has no bill
}

// mostWordings is how many are kept; a million lines have 1,200.
const mostWordings = 4096

// of returns the words of a summary. They are good until the next call.
func (w *wordings) of(s *determination.Summary) *wording {
	if s.Bill == (determination.Bill{}) {
		w.own.write(s, w.number)
		return &w.own
	}
	if made := w.made[s.Bill]; made != nil {
		return made
	}
	if w.made == nil || len(w.made) == mostWordings {
		w.made = map[determination.Bill]*wording{}
	}
	made := new(wording)
	made.write(s, w.number)
	w.made[s.Bill] = made
	return made
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
