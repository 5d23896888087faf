package condition

import (
	"strings"
)

// Words is the condition as a person reads it, its facts by their names:
// "goods.meu is yes, and end_user.name is on the list us.entity-list".
func (e *Env) Words(x *Expr) string {
	if x == nil {
		return "always"
	}
	return e.words(x.nodes, &x.nodes[0], false).String()
}

// phrase is a condition in words. That of one comparison has a subject, and can be
// joined with those that say the same of others.
type phrase struct {
	subjects []string
	says     string // of them: "more than 0"
	nested   bool   // it is made of several, and stands in brackets within another
	any      bool   // of one of the subjects, and else of all
}

func (p phrase) String() string {
	switch {
	case len(p.subjects) == 0:
		return p.says
	case len(p.subjects) == 1:
		return p.subjects[0] + " is " + p.says
	case p.any:
		return listOf(p.subjects, "or") + " is " + p.says
	}
	return listOf(p.subjects, "and") + " are " + p.says
}

// words tells a node in words, or its contrary.
func (e *Env) words(nodes []node, n *node, contrary bool) phrase {
	if n.negate {
		contrary = !contrary
	}
	switch n.op {
	case opConst:
		if contrary {
			return phrase{says: "never"}
		}
		return phrase{says: "always"}
	case opIf:
		when, then, otherwise := e.words(nodes, &nodes[n.first], false), e.words(nodes, &nodes[n.first+1], contrary), e.words(nodes, &nodes[n.first+2], contrary)
		return phrase{says: "if " + bracketed(when) + " then " + bracketed(then) + ", else " + bracketed(otherwise), nested: true}
	case opAnd, opOr:
		return e.joined(nodes, n, (n.op == opOr) != contrary, contrary)
	}
	return phrase{subjects: []string{e.names[n.slot]}, says: e.says(n, contrary)}
}

// joined tells the operands of a node in words: that one of them holds, or all.
func (e *Env) joined(nodes []node, n *node, any, contrary bool) phrase {
	var parts []phrase
	for i := n.first; i < n.last; i++ {
		p := e.words(nodes, &nodes[i], contrary)
		if k := len(parts) - 1; k >= 0 && len(p.subjects) == 1 && p.says == parts[k].says && (len(parts[k].subjects) == 1 || parts[k].any == any) {
			parts[k].subjects, parts[k].any = append(parts[k].subjects, p.subjects[0]), any
			continue
		}
		parts = append(parts, p)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = bracketed(p)
	}
	conjunction := "and"
	if any {
		conjunction = "or"
	}
	last := len(texts) - 1
	return phrase{says: strings.Join(texts[:last], ", ") + ", " + conjunction + " " + texts[last], nested: true}
}

func bracketed(p phrase) string {
	if p.nested {
		return "(" + p.String() + ")"
	}
	return p.String()
}

// says is what a comparison says of its fact, or the contrary.
func (e *Env) says(n *node, contrary bool) string {
	not, want := "", n.want
	if contrary {
		not, want = "not ", (less|same|more)&^want
	}
	f := &e.facts[n.slot]
	switch n.op {
	case opBool:
		if contrary {
			return "no"
		}
		return "yes"
	case opSign, opNumber:
		return compared(want, n.number.String(), [...]string{"less than ", "or less", "or more", "more than "})
	case opAt:
		return compared(want, n.at.Format(n.zone), [...]string{"before ", "or earlier", "or later", "after "})
	case opText:
		return not + f.words(n.text)
	case opIn:
		texts := make([]string, len(n.texts))
		for i, text := range n.texts {
			texts[i] = f.words(text)
		}
		if contrary {
			return "none of " + listOf(texts, "and")
		}
		return listOf(texts, "or")
	case opListed:
		return not + "on the list " + e.partyLists[n.list]
	default: // opFacts
		other := e.names[n.other]
		switch want {
		case less | same:
			return "at most " + other
		case more | same:
			return "at least " + other
		}
		return compared(want, other, [...]string{"less than ", "", "", "more than "})
	}
}

// compared says how a fact stands to another value; the words are for less, less or
// the same, more or the same, and more.
func compared(want relation, value string, words [4]string) string {
	switch want {
	case less:
		return words[0] + value
	case less | same:
		return value + " " + words[1]
	case more | same:
		return value + " " + words[2]
	case more:
		return words[3] + value
	case same:
		return value
	}
	return "not " + value
}

// listOf is texts as a list: "a, b and c".
func listOf(texts []string, conjunction string) string {
	last := len(texts) - 1
	if last == 0 {
		return texts[0]
	}
	return strings.Join(texts[:last], ", ") + " " + conjunction + " " + texts[last]
}
