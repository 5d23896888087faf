package main

import "strings"

// near returns, of the names, those that hold the word, at most five; where none
// does, the one fewest edits away if it is near enough to be a slip.
func near(word string, names []string) []string {
	word = strings.ToLower(word)
	var out []string
	for _, n := range names {
		if word != "" && strings.Contains(strings.ToLower(n), word) && len(out) < 5 {
			out = append(out, n)
		}
	}
	if len(out) > 0 {
		return out
	}
	best, distance := "", len(word)/3+1
	for _, n := range names {
		if d := edits(word, strings.ToLower(n)); d < distance {
			best, distance = n, d
		}
	}
	if best == "" {
		return nil
	}
	return []string{best}
}

// edits is the Levenshtein distance of two strings, in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j]+1, row[j+1]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}

// didYouMean is the hint after an unknown name; empty where nothing is near.
func didYouMean(word string, names []string, list string) string {
	switch found := near(word, names); len(found) {
	case 0:
		return " (" + list + " lists them)"
	case 1:
		return " (did you mean " + found[0] + "?)"
	default:
		return " (did you mean one of " + strings.Join(found, ", ") + "?)"
	}
}
