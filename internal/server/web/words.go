package web

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/navicert/navicert/internal/determination"
)

// navigation is the pages that every page leads to.
var navigation = []struct{ section, title, address string }{
	{"ask", "Ask", "/ask"},
}

// htmxConfig keeps htmx within the [Policy]: it adds no style and evaluates
// nothing.
const htmxConfig = `{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,"historyCacheSize":0,"scrollIntoViewOnBoost":false,` +
	`"responseHandling":[{"code":"204","swap":false},{"code":"[2-5]..","swap":true}]}`

// sentence makes an error, which begins small and ends bare, a sentence.
func sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return ""
	}
	s = string(unicode.ToUpper(r)) + s[n:]
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "?") {
		s += "."
	}
	return s
}

// size is a number of bytes as people say it.
func size(bytes int64) string {
	switch {
	case bytes < 1<<10:
		return fmt.Sprintf("%d bytes", bytes)
	case bytes < 1<<20:
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}

// mark is the sign of a confidence and what it means.
func mark(confidence string) (sign, meaning string) { return determination.Mark(confidence) }

// linkable reports whether an address may be linked to.
func linkable(url string) bool {
	return strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
}
