package scrub

import "strings"

// Lengths from which a run of letters and digits is a token: a short one opens nothing, and the numbers of things have
// fewer digits than a card.
const (
	tokenBytes  = 20
	numberBytes = 16
)

// tokens masks what no person wrote into a path: session ids, keys, invitations, UUIDs.
func tokens(path string) string {
	var b strings.Builder
	from := 0
	for i := 0; i < len(path); {
		if !isRun(path[i]) {
			i++
			continue
		}
		end := i
		for end < len(path) && isRun(path[end]) {
			end++
		}
		if isToken(path[i:end]) {
			b.WriteString(path[from:i] + Mask)
			from = end
		}
		i = end
	}
	if from == 0 {
		return path
	}
	b.WriteString(path[from:])
	return b.String()
}

func isRun(c byte) bool { return isWord(c) || c == '-' }

// isToken tells a token from a title by how often letters, digits and their cases take turns: in every second place of
// hexadecimal, in a fifth of CamelCase, hardly ever in words with dashes.
func isToken(run string) bool {
	if len(run) < numberBytes {
		return false
	}
	turns, digits, letters := 0, 0, 0
	last := byte(0)
	for i := range len(run) {
		kind := kindOf(run[i])
		switch kind {
		case '0':
			digits++
		case 'a', 'A':
			letters++
		}
		if kind != 0 && last != 0 && kind != last {
			turns++
		}
		last = kind
	}
	if letters == 0 {
		return digits >= numberBytes
	}
	return len(run) >= tokenBytes && digits > 0 && (4*turns >= len(run) || isUUID(run))
}

// kindOf is a, A or 0 for a letter, capital or digit; 0 between words.
func kindOf(c byte) byte {
	switch {
	case isDigit(c):
		return '0'
	case c >= 'a' && c <= 'z':
		return 'a'
	case c >= 'A' && c <= 'Z':
		return 'A'
	}
	return 0
}

// isUUID reports 8-4-4-4-12 hexadecimal digits.
func isUUID(s string) bool {
	if len(s) != 36 || strings.Trim(s, "0123456789abcdefABCDEF-") != "" || strings.Count(s, "-") != 4 {
		return false
	}
	return s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-'
}
