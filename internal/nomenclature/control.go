package nomenclature

import (
	"fmt"
	"strings"
)

// ControlCode is the code of an item in a control list: an entry and, behind
// dots, the paragraph within it, like 3A001 or 3A001.a.7. The zero value, "", is
// what holds every entry.
type ControlCode string

// ParseControlCode reads a control code. Letters of the entry are brought to
// upper case and those of the paragraph to lower case; white space is passed
// over: "3a001.A.7" is 3A001.a.7.
func ParseControlCode(s string) (ControlCode, error) {
	text := strings.Join(strings.Fields(s), "")
	entry, paragraph, found := strings.Cut(text, ".")
	text = strings.ToUpper(entry)
	if found {
		text += "." + strings.ToLower(paragraph)
	}
	for part := range strings.SplitSeq(text, ".") {
		if part == "" {
			return "", fmt.Errorf("%q is not the code of a control item: write the entry and its paragraph, like 3A001.a.7", s)
		}
		for i := range len(part) {
			if c := part[i]; !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z') {
				return "", fmt.Errorf("%q is not the code of a control item: write the entry and its paragraph, like 3A001.a.7", s)
			}
		}
	}
	return ControlCode(text), nil
}

// Within reports whether the code is the other or a paragraph within it.
func (c ControlCode) Within(other ControlCode) bool {
	return other == "" || strings.HasPrefix(string(c), string(other)) && (len(c) == len(other) || c[len(other)] == '.')
}

// Parent returns the code that holds this one: that of an entry is "".
func (c ControlCode) Parent() ControlCode {
	i := strings.LastIndexByte(string(c), '.')
	return c[:max(i, 0)]
}

// Entry returns the code without its paragraph.
func (c ControlCode) Entry() ControlCode {
	entry, _, _ := strings.Cut(string(c), ".")
	return ControlCode(entry)
}
