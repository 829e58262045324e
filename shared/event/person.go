package event

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"golang.org/x/text/unicode/norm"

	"tributary/shared/fault"
)

// HashEmail is the SHA-256 (hex) of an address in its normal form: NFC, trimmed, lower case. An address that comes as such
// a hash already stays as it is. Anything without an @ is invalid_field.
func HashEmail(address string) (string, error) {
	a := strings.ToLower(strings.TrimSpace(norm.NFC.String(address)))
	if isDigest(a) {
		return a, nil
	}
	at := strings.LastIndexByte(a, '@')
	if at < 1 || at == len(a)-1 || len(a) > maxID || strings.ContainsAny(a, " \t\r\n") {
		return "", fault.New(fault.InvalidField, "email", "this is no e-mail address; send one like ada@example.org, or its SHA-256 in hex")
	}
	return digest(a), nil
}

// HashPhone is the SHA-256 (hex) of a number in its normal form: + and digits (E.164), without spaces, dots, dashes,
// slashes and brackets; a leading 00 is a +. A number that comes as such a hash already stays as it is. Without a country
// code two people could share a number, so it is invalid_field.
func HashPhone(number string) (string, error) {
	n := strings.ToLower(strings.TrimSpace(number))
	if isDigest(n) {
		return n, nil
	}
	n = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-/()\u00a0", r) {
			return -1
		}
		return r
	}, n)
	if rest, ok := strings.CutPrefix(n, "00"); ok {
		n = "+" + rest
	}
	digits, plus := strings.CutPrefix(n, "+")
	if !plus || len(digits) < 7 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
		return "", fault.New(fault.InvalidField, "phone", "this is no phone number with its country code; send one like +4930123456, or its SHA-256 in hex")
	}
	return digest(n), nil
}

// digest is SHA-256 in hex.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// isDigest reports 64 lower-case hex digits.
func isDigest(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

// hideAddresses finds e-mail addresses that were sent as ids: such an id is the person's e-mail, and is kept as that.
func (e *Event) hideAddresses() {
	for _, id := range [...]*string{&e.UserID, &e.AnonymousID} {
		if strings.IndexByte(*id, '@') < 0 {
			continue
		}
		if h, err := HashEmail(*id); err == nil {
			*id, e.Email = "", or(e.Email, h)
		}
	}
	for i, id := range e.ProviderIDs {
		provider, address, _ := strings.Cut(id, ":")
		if h, err := HashEmail(address); err == nil {
			e.ProviderIDs[i] = provider + ":" + h
		}
	}
}
