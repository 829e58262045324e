// Package nearest finds the name that somebody meant who wrote another.
package nearest

import "strings"

// longest is the most bytes of what was written that are looked at: a name is no text.
const longest = 64

// Hint is ` (did you mean "ctr"?)` where one of the names is near to what was written, else empty.
func Hint(written string, names []string) string {
	if name, ok := To(written, names); ok {
		return ` (did you mean "` + name + `"?)`
	}
	return ""
}

// To is the name that is nearest to what was written, the first of equals; false where none is near. Near is a slip in every third
// letter at most, or the beginning of a name.
func To(written string, names []string) (string, bool) {
	written = strings.ToLower(written)
	if len(written) < 2 || len(written) > longest {
		return "", false
	}
	best, least := "", max(1, len(written)/3)+1
	for _, name := range names {
		d := slips(written, strings.ToLower(name))
		if len(written) > 2 && strings.HasPrefix(strings.ToLower(name), written) {
			d = min(d, 1)
		}
		if d < least {
			best, least = name, d
		}
	}
	return best, best != ""
}

// slips is how many letters are to be put in, left out, changed or swapped with their neighbour (optimal string alignment).
func slips(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
