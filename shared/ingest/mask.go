package ingest

import (
	"strings"

	"tributary/shared/event"
)

// mask puts the hash that ingest itself would keep in the place of every e-mail address, in JSON or in a query, and of
// what stands behind the name phone. So the input can still be replayed; what cannot be hashed is blotted out.
func mask(raw string) string {
	var b strings.Builder
	last := ""
	for raw != "" {
		n := strings.IndexAny(raw, delimiters)
		switch {
		case n < 0:
			n = len(raw)
		case n == 0:
			b.WriteByte(raw[0])
			raw = raw[1:]
			continue
		}
		token := raw[:n]
		b.WriteString(maskToken(last, token))
		if raw = raw[n:]; strings.TrimSpace(token) != "" {
			last = token
		}
	}
	return b.String()
}

// delimiters end a token in JSON and in a query. White space is none inside a phone number, so that is masked whole.
const delimiters = "\"'<>&=?,;:\\{}[]\t\r\n"

// maskToken hides one token; last is the token before it, which in JSON and in a query is a value's name.
func maskToken(last, token string) string {
	plain := strings.NewReplacer("%40", "@", "%2B", "+", "%2b", "+", "%20", " ").Replace(token)
	switch {
	case last == "phone" && strings.ContainsAny(token, "0123456789"):
		if h, err := event.HashPhone(plain); err == nil {
			return h
		}
		return "…"
	case strings.Contains(plain, "@"):
		if h, err := event.HashEmail(plain); err == nil {
			return h
		}
		return "…@…"
	}
	return token
}
