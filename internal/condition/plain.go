package condition

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// plain parses conditions of CEL that are written plainly, as nearly all are: names,
// comparisons, lists, calls of listed and timestamp, decimal numbers, texts without
// escapes, and what &&, ||, !, ?: and parentheses make of them. It makes of them the
// tree that CEL makes. Everything else, and everything that is wrong, it leaves to CEL,
// which takes ten times as long and words the faults.
type plain struct {
	src     string
	at      int
	depth   int
	id      int64
	factory ast.ExprFactory
	failed  bool
}

const (
	// mostPlain is the longest condition that is parsed plainly, in bytes.
	mostPlain = 2_000
	// deepestPlain is how far what is parsed plainly may be nested.
	deepestPlain = 32
)

// parsePlain parses a condition, if it is plain.
func parsePlain(src string) (ast.Expr, bool) {
	if len(src) > mostPlain || !utf8.ValidString(src) {
		return nil, false
	}
	p := plain{src: src, factory: ast.NewExprFactory()}
	x := p.choice()
	return x, !p.failed && p.rest() == ""
}

// rest is what is left behind white space.
func (p *plain) rest() string {
	for p.at < len(p.src) && strings.IndexByte(" \t\n", p.src[p.at]) >= 0 {
		p.at++
	}
	return p.src[p.at:]
}

// take goes behind a sign, if it comes next.
func (p *plain) take(sign string) bool {
	if p.failed || !strings.HasPrefix(p.rest(), sign) {
		return false
	}
	p.at += len(sign)
	return true
}

// need goes behind a sign that must come next.
func (p *plain) need(sign string) {
	if !p.take(sign) {
		p.failed = true
	}
}

func (p *plain) next() int64 {
	p.id++
	return p.id
}

func (p *plain) call(name string, args ...ast.Expr) ast.Expr {
	return p.factory.NewCall(p.next(), name, args...)
}

// choice parses what ?: makes of conditions.
func (p *plain) choice() ast.Expr {
	if p.depth++; p.depth > deepestPlain {
		p.failed = true
	}
	defer func() { p.depth-- }()
	if p.failed {
		return nil
	}
	x := p.chain("||", operators.LogicalOr, func() ast.Expr {
		return p.chain("&&", operators.LogicalAnd, p.relation)
	})
	if !p.take("?") {
		return x
	}
	// CEL takes no other ?: between the two signs.
	yes := p.chain("||", operators.LogicalOr, func() ast.Expr {
		return p.chain("&&", operators.LogicalAnd, p.relation)
	})
	p.need(":")
	return p.call(operators.Conditional, x, yes, p.choice())
}

// chain parses operands that a sign joins.
func (p *plain) chain(sign, name string, operand func() ast.Expr) ast.Expr {
	x := operand()
	for p.take(sign) {
		x = p.call(name, x, operand())
	}
	return x
}

// comparisons are the signs of comparisons, those that begin others last.
var comparisons = [...]struct{ sign, name string }{
	{"==", operators.Equals}, {"!=", operators.NotEquals}, {"<=", operators.LessEquals}, {">=", operators.GreaterEquals}, {"<", operators.Less}, {">", operators.Greater},
}

// relation parses one comparison, or what stands by itself. A comparison of a
// comparison is left to CEL.
func (p *plain) relation() ast.Expr {
	x := p.unary()
	for _, c := range comparisons {
		if p.take(c.sign) {
			return p.call(c.name, x, p.unary())
		}
	}
	if rest := p.rest(); len(rest) > 2 && rest[:2] == "in" && !isWord(rest[2]) {
		p.at += 2
		return p.call(operators.In, x, p.unary())
	}
	return x
}

// unary parses what may have one ! before it. Of two CEL makes none.
func (p *plain) unary() ast.Expr {
	if p.take("!") {
		if strings.HasPrefix(p.rest(), "!") {
			p.failed = true
			return nil
		}
		return p.call(operators.LogicalNot, p.primary())
	}
	return p.primary()
}

func (p *plain) primary() ast.Expr {
	rest := p.rest()
	switch {
	case p.failed || rest == "":
		p.failed = true
		return nil
	case p.take("("):
		x := p.choice()
		p.need(")")
		return x
	case p.take("["):
		elements := []ast.Expr{p.choice()}
		for p.take(",") {
			elements = append(elements, p.choice())
		}
		p.need("]")
		return p.factory.NewList(p.next(), elements, nil)
	case rest[0] == '"' || rest[0] == '\'':
		return p.quoted(rest)
	case rest[0] == '-' || isDigit(rest[0]):
		return p.number(rest)
	}
	return p.named(rest)
}

// quoted parses a text. One with an escape, or in three quotes, is left to CEL.
func (p *plain) quoted(rest string) ast.Expr {
	end := strings.IndexByte(rest[1:], rest[0])
	if end < 0 || strings.ContainsAny(rest[1:end+1], "\\\n\r") || strings.HasPrefix(rest[end+2:], rest[:1]) {
		p.failed = true
		return nil
	}
	p.at += end + 2
	return p.factory.NewLiteral(p.next(), types.String(rest[1:end+1]))
}

// number parses digits, with a sign before them and a point within them or not. More
// digits than are surely exact are left to CEL.
func (p *plain) number(rest string) ast.Expr {
	end, points := 0, 0
	if rest[0] == '-' {
		end++
	}
	first := end
	for ; end < len(rest) && (isDigit(rest[end]) || rest[end] == '.'); end++ {
		if rest[end] == '.' {
			points++
		}
	}
	text := rest[:end]
	if end == first || !isDigit(rest[first]) || !isDigit(rest[end-1]) || points > 1 || end-first > maxDigits || end < len(rest) && isWord(rest[end]) {
		p.failed = true
		return nil
	}
	p.at += end
	if points == 0 {
		n, err := strconv.ParseInt(text, 10, 64)
		p.failed = p.failed || err != nil
		return p.factory.NewLiteral(p.next(), types.Int(n))
	}
	n, err := strconv.ParseFloat(text, 64)
	p.failed = p.failed || err != nil
	return p.factory.NewLiteral(p.next(), types.Double(n))
}

// named parses a dotted name, a call, true or false.
func (p *plain) named(rest string) ast.Expr {
	word := p.word(rest)
	switch word {
	case "true", "false":
		return p.factory.NewLiteral(p.next(), types.Bool(word == "true"))
	case "listed", "timestamp":
		if p.take("(") {
			args := []ast.Expr{p.choice()}
			for p.take(",") {
				args = append(args, p.choice())
			}
			p.need(")")
			return p.call(word, args...)
		}
	}
	if p.failed || slices.Contains(reserved, word) {
		p.failed = true
		return nil
	}
	x := p.factory.NewIdent(p.next(), word)
	for p.at < len(p.src) && p.src[p.at] == '.' {
		p.at++
		if word = p.word(p.src[p.at:]); p.failed || slices.Contains(reserved, word) {
			p.failed = true
			return nil
		}
		x = p.factory.NewSelect(p.next(), x, word)
	}
	if rest := p.rest(); rest != "" && strings.IndexByte("([{.", rest[0]) >= 0 {
		p.failed = true
	}
	return x
}

// word takes the letters, digits and underscores that come next, a letter first.
func (p *plain) word(rest string) string {
	end := 0
	for end < len(rest) && isWord(rest[end]) {
		end++
	}
	if end == 0 || isDigit(rest[0]) || end < len(rest) && (rest[end] == '"' || rest[end] == '\'') {
		p.failed = true
		return ""
	}
	p.at += end
	return rest[:end]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWord(c byte) bool {
	return isDigit(c) || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
