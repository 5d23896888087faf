package main

import (
	"io"
	"strings"
	"unicode/utf8"
)

// table writes rows in columns two spaces apart. What stands in the last column
// is wrapped at the width and set beside the others; a row of one cell is
// wrapped over the whole width, behind the spaces with which it begins.
func (e *env) table(w io.Writer, head []string, rows [][]string) error {
	all := rows
	if head != nil {
		all = append([][]string{head}, rows...)
	}
	var widths []int
	for _, r := range all {
		if len(r) < 2 {
			continue
		}
		for i, c := range r[:len(r)-1] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	var b strings.Builder
	for i, r := range all {
		indent := 0
		var line strings.Builder
		for j, c := range r[:max(0, len(r)-1)] {
			line.WriteString(c + strings.Repeat(" ", widths[j]-utf8.RuneCountInString(c)+2))
			indent += widths[j] + 2
		}
		last := ""
		if len(r) > 0 {
			last = r[len(r)-1]
		}
		if len(r) == 1 {
			indent = len(last) - len(strings.TrimLeft(last, " "))
			line.WriteString(strings.Repeat(" ", indent))
		}
		lines := wrap(last, max(20, e.width-indent))
		if len(lines) == 0 {
			lines = []string{""}
		}
		for k, l := range lines {
			text := line.String() + l
			if k > 0 {
				text = strings.Repeat(" ", indent) + l
			}
			text = strings.TrimRight(text, " ")
			if head != nil && i == 0 && e.colour {
				text = "\x1b[2m" + text + "\x1b[0m"
			}
			b.WriteString(text + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// wrap breaks text between words into lines of at most width characters.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
