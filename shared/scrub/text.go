package scrub

import "strings"

// Text is s with every e-mail address masked, also where its @ is escaped as in an address of the web.
func Text(s string) string {
	var b strings.Builder
	done := 0 // s is written, or masked, up to here
	for at, n := nextAt(s, 0); at >= 0; at, n = nextAt(s, at+n) {
		left, right := at, at+n
		for left > done && isLocal(s[left-1]) {
			left--
		}
		for right < len(s) && isDomain(s[right]) {
			right++
		}
		if left < at && strings.IndexByte(strings.Trim(s[at+n:right], ".-"), '.') >= 0 {
			b.WriteString(s[done:left] + Mask)
			done, n = right, right-at
		}
	}
	if done == 0 {
		return s
	}
	return b.String() + s[done:]
}

// nextAt finds an @ from a place on, plain or escaped once or twice, and how long it is; -1 when there is none.
func nextAt(s string, from int) (at, n int) {
	for at = from; at < len(s); at++ {
		switch s[at] {
		case '@':
			return at, 1
		case '%':
			for _, form := range [...]string{"%40", "%2540"} {
				if strings.HasPrefix(s[at:], form) {
					return at, len(form)
				}
			}
		}
	}
	return -1, 0
}

// isLocal reports bytes before the @ of an address; escapes and everything beyond ASCII are among them.
func isLocal(c byte) bool {
	return isWord(c) || c >= 0x80 || strings.IndexByte(".%+-!#$'^`{|}~", c) >= 0
}

// isDomain reports bytes behind the @.
func isDomain(c byte) bool { return isWord(c) || c >= 0x80 || c == '.' || c == '-' }

// isWord reports letters, digits and underscores.
func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c == '_'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
