package condition

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// samples are conditions and what is nearly one.
var samples = []string{"", "true", "!true", "!!true", typical, `!(goods.form == 'metal') ? military : loaded >= timestamp("2025-02-01T00:01:00-05:00")`,
	`listed(end_user.name, "cn.control-list") || origin == from`, "goods.Dy in [0, 1.5, -3]", "goods.Dy > 1e-9", "0x10 < value", `b"x" == use`, `r"\x" == use`,
	"use == '''x\n'''", `use == ""`, `use == "a" "b"`, "a.b.c.d", "a .b", "not x", "x = 1", "a\n&& b", "a && b && c || d && !e || (f || g)", "a ? b : c ? d : e", "a ? b ? c : d : e",
	"goods.Dy == 0.1234567890123456", "goods.Dy == 1.", "goods.Dy == .5", "goods.Dy == 1u", "goods.Dy == -1", "goods.Dy == - 1", "goods.Dy - 1 == 2", "a == b == c", "a in [b in c]",
	"origin in [\"CN\",]", "package.x", "x.package", "listed.x", "timestamp", "a(1)", "a.b(1)", "a[0]", "a{}", "a // b", "has(a.b)", strings.Repeat("(", 300) + "a" + strings.Repeat(")", 300)}

// What is parsed plainly is what CEL parses, and compiles to the same.
func FuzzPlain(f *testing.F) {
	env, err := NewEnv(testFacts(), testLists)
	if err != nil {
		f.Fatal(err)
	}
	for _, src := range samples {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		parsed, ok := parsePlain(src)
		if !ok {
			return
		}
		want, issues := env.cel.Parse(src)
		if issues.Err() != nil {
			t.Fatalf("%q is no condition: %v", src, issues.Err())
		}
		if !sameTree(parsed, want.NativeRep().Expr()) {
			t.Fatalf("%q is another condition", src)
		}
		x, err := env.Compile(src)
		y, celErr := env.compileCEL(src)
		if (err == nil) != (celErr == nil) || err != nil && err.Error() != celErr.Error() || !reflect.DeepEqual(x, y) {
			t.Fatalf("%q: %+v, %v, not %+v, %v", src, x, err, y, celErr)
		}
	})
}

// sameTree compares expressions, of which CEL nests chains of && and || in a way of its own.
func sameTree(a, b ast.Expr) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case ast.LiteralKind:
		return a.AsLiteral() == b.AsLiteral()
	case ast.IdentKind:
		return a.AsIdent() == b.AsIdent()
	case ast.SelectKind:
		return a.AsSelect().FieldName() == b.AsSelect().FieldName() && !b.AsSelect().IsTestOnly() && sameTree(a.AsSelect().Operand(), b.AsSelect().Operand())
	case ast.ListKind:
		return len(b.AsList().OptionalIndices()) == 0 && slices.EqualFunc(a.AsList().Elements(), b.AsList().Elements(), sameTree)
	case ast.CallKind:
		name := a.AsCall().FunctionName()
		if name != b.AsCall().FunctionName() || b.AsCall().IsMemberFunction() {
			return false
		}
		return slices.EqualFunc(operands(name, a), operands(name, b), sameTree)
	}
	return false
}

func operands(name string, x ast.Expr) (out []ast.Expr) {
	for _, a := range x.AsCall().Args() {
		if chain := name == operators.LogicalAnd || name == operators.LogicalOr; chain && a.Kind() == ast.CallKind && a.AsCall().FunctionName() == name {
			out = append(out, operands(name, a)...)
		} else {
			out = append(out, a)
		}
	}
	return out
}

// The conditions of the packs are written plainly, and parsed as CEL parses them.
func TestPlainPacks(t *testing.T) {
	env, err := NewEnv(testFacts(), testLists)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	files, _ := filepath.Glob("../../packs/*/measures/*.yaml")
	when := regexp.MustCompile(`when: '((?:[^']|'')*)'`)
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range when.FindAllStringSubmatch(string(text), -1) {
			seen[strings.ReplaceAll(m[1], "''", "'")] = true
		}
	}
	lists, _ := filepath.Glob("../../packs/*/lists/*.csv")
	for _, name := range lists {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(file).ReadAll()
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		if column := slices.Index(rows[0], "when"); column >= 0 {
			for _, row := range rows[1:] {
				seen[row[column]] = true
			}
		}
	}
	delete(seen, "")
	plainly := 0
	for src := range seen {
		parsed, ok := parsePlain(src)
		if !ok {
			continue
		}
		plainly++
		want, issues := env.cel.Parse(src)
		if issues.Err() != nil || !sameTree(parsed, want.NativeRep().Expr()) {
			t.Errorf("%s is another condition: %v", src, issues.Err())
		}
	}
	if len(seen) < 300 || plainly < len(seen)*95/100 {
		t.Errorf("%d of %d conditions are parsed plainly", plainly, len(seen))
	}
	t.Logf("%d of %d", plainly, len(seen))
}

// What CEL takes for what [BenchmarkCompile] compiles plainly.
func BenchmarkCompileCEL(b *testing.B) {
	env, err := NewEnv(testFacts(), testLists)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := env.compileCEL(typical); err != nil {
			b.Fatal(err)
		}
	}
}
