package condition

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// Error is a fault of a condition.
type Error struct {
	Line, Column int // from 1, in characters of the condition
	Message      string
	Hint         string // what to write instead; "" where nothing is known
}

// Error returns the fault in one line: column 8: message (hint).
func (e *Error) Error() string {
	var b strings.Builder
	if e.Line > 1 {
		fmt.Fprintf(&b, "line %d, ", e.Line)
	}
	fmt.Fprintf(&b, "column %d: %s", e.Column, e.Message)
	if e.Hint != "" {
		fmt.Fprintf(&b, " (%s)", e.Hint)
	}
	return b.String()
}

// fault makes an error at the expression.
func (c *compiler) fault(x ast.Expr, hint, format string, args ...any) *Error {
	// CEL places a dotted name at its dot; its first part is meant here.
	for x.Kind() == ast.SelectKind {
		x = x.AsSelect().Operand()
	}
	at := c.info.GetStartLocation(x.ID())
	column := max(at.Column(), 0)
	if x.Kind() == ast.CallKind {
		column -= c.called(x)
	}
	return &Error{Line: max(at.Line(), 1), Column: column + 1, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// called returns how many characters before its place in CEL's eyes, the
// parenthesis, a function's name begins; 0 for an operator.
func (c *compiler) called(x ast.Expr) int {
	r, ok := c.info.GetOffsetRange(x.ID())
	name := []rune(x.AsCall().FunctionName())
	begin := int(r.Start) - len(name)
	if !ok || begin < 0 || int(r.Start) > len(c.src) || !slices.Equal(c.src[begin:r.Start], name) {
		return 0
	}
	return len(name)
}

// describe says what sort of constant the expression is.
func (c *compiler) describe(x ast.Expr) string {
	if x.Kind() == ast.CallKind {
		return "an instant"
	}
	switch x.AsLiteral().(type) {
	case types.Bool:
		return "true or false"
	case types.String:
		return "a text"
	case types.Int, types.Double:
		return "a number"
	case types.Null:
		return "null: a fact that is not given needs no test"
	}
	return "this constant"
}

// unsupported refuses what CEL can say and conditions cannot.
func (c *compiler) unsupported(x ast.Expr) *Error {
	switch x.Kind() {
	case ast.CallKind:
		switch name := x.AsCall().FunctionName(); name {
		case operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo, operators.Negate:
			return c.fault(x, "declare a fact with this formula in facts.yaml and compare that", "conditions do no arithmetic")
		case operators.Index:
			return c.fault(x, "name facts with dots, like goods.Dy", "facts have no parts to pick by [ ]")
		case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional, operators.In:
			return c.fault(x, "join conditions by &&, || and !", "only facts and constants can be compared")
		case "has":
			return c.fault(x, "a condition over a fact that is not given is open by itself", "conditions do not ask whether a fact is given")
		case "timestamp":
			return c.fault(x, "compare a fact with it", "an instant by itself is neither true nor false")
		default:
			return c.fault(x, "there are listed and timestamp", "conditions have no function %s", name)
		}
	case ast.ListKind:
		return c.fault(x, `like origin in ["CN", "HK"]`, "a list stands only after in")
	case ast.SelectKind:
		return c.unsupported(x.AsSelect().Operand())
	}
	if x.Kind() == ast.LiteralKind {
		return c.fault(x, "name facts with dots, like goods.Dy", "a constant has no parts")
	}
	return c.fault(x, "", "conditions cannot say this")
}

// example returns a comparison that the fact allows.
func example(f *Fact) string {
	switch f.Type {
	case Bool:
		return f.Name + " == true"
	case Number:
		return f.Name + " > 0"
	case Enum:
		return f.Name + " == " + strconv.Quote(f.Values[0])
	case InstantType:
		return f.Name + ` >= timestamp("2025-02-01T00:01-05:00")`
	}
	if f.form == countryText {
		return f.Name + ` == "CN"`
	}
	return f.Name + ` == "…"`
}

// complaints are how CEL's parser introduces what it did not expect.
var complaints = []string{"mismatched input ", "extraneous input ", "no viable alternative at input ", "token recognition error at: "}

// syntaxError makes an error of what CEL cannot parse.
func syntaxError(src string, issues *cel.Issues) *Error {
	faults := issues.Errors()
	if len(faults) == 0 { // the source was too long to be read
		return &Error{Line: 1, Column: 1, Message: issues.Err().Error(), Hint: "split it"}
	}
	first := faults[0]
	if strings.TrimSpace(src) == "" {
		return &Error{Line: 1, Column: 1, Message: "the condition is empty", Hint: "leave it out where it always holds"}
	}
	e := &Error{Line: max(first.Location.Line(), 1), Column: max(first.Location.Column(), 0) + 1}
	e.Message, _, _ = strings.Cut(strings.TrimPrefix(first.Message, "Syntax error: "), " expecting ")
	for _, c := range complaints {
		if rest, ok := strings.CutPrefix(e.Message, c); ok {
			e.Message = "unexpected " + rest
		}
	}
	if e.Message == "unexpected '<EOF>'" {
		e.Message = "the condition ends too early"
	}
	e.Message = strings.ReplaceAll(e.Message, "'<EOF>'", "the end")
	e.Hint = slip(src, e.Line, e.Column)
	return e
}

// slips are what people write who know other languages, or whose editor
// knows better.
var slips = []struct{ begins, hint string }{
	{"=", "write == to compare"},
	{"<>", "write != for not equal"}, {">", "write != for not equal"},
	{"&", "write && for and"}, {"|", "write || for or"},
	{",", "write a decimal with a point"},
	{"“", "write straight quotes"}, {"”", "write straight quotes"},
	{"‘", "write straight quotes"}, {"’", "write straight quotes"},
	{"'", "close the quotes"}, {`"`, "close the quotes"},
}

// slip says what was probably meant at a place that cannot be parsed, "" where
// that is not plain.
func slip(src string, line, column int) string {
	lines := strings.Split(src, "\n")
	if line > len(lines) || column > len([]rune(lines[line-1])) {
		return ""
	}
	before, rest := string([]rune(lines[line-1])[:column-1]), string([]rune(lines[line-1])[column-1:])
	word := rest
	if i := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) }); i >= 0 {
		word = rest[:i]
	}
	switch strings.ToLower(word) {
	case "and":
		return "write && for and"
	case "or":
		return "write || for or"
	}
	if fields := strings.Fields(before); len(fields) > 0 && strings.EqualFold(fields[len(fields)-1], "not") {
		return "write ! for not"
	}
	for _, s := range slips {
		if !strings.HasPrefix(rest, s.begins) {
			continue
		}
		switch s.begins {
		case ">":
			if !strings.HasSuffix(before, "<") {
				return ""
			}
		case "'", `"`:
			if strings.Count(rest, s.begins)%2 == 0 {
				return ""
			}
		}
		return s.hint
	}
	return ""
}
