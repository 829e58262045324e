package webhook

import (
	"strings"
	"time"

	"tributary/shared/settings"
)

// Stamped is the scheme of Stripe and Paddle: one header carries a time and signatures as parts name=value, and what is
// signed is the time, a separator and the body, with the whole secret as key.
type Stamped struct {
	Header    string // lower case
	Parts     string // what stands between two parts
	Time, Sig string // names of the parts; others are passed over
	Joint     string // between time and body
}

// Check refuses an empty secret.
func (Stamped) Check(_ *settings.Connection, secret string) error { return notEmpty(secret) }

// Verify accepts the delivery when any of the signatures is the secret's, as senders send several while one is rolled.
func (s Stamped) Verify(_ *settings.Connection, secret string, d *Delivery) error {
	if secret == "" {
		return ErrSecret
	}
	header := d.Header[s.Header]
	if header == "" {
		return ErrMissing
	}
	stamp := part(header, s.Parts, s.Time)
	at, ok := unix(stamp)
	switch {
	case !ok:
		return ErrMalformed
	case !within(at, d.Now, Window):
		return ErrStale
	}
	want, reason := sign(secret, stamp, s.Joint, d.Body), ErrMissing
	for p := range strings.SplitSeq(header, s.Parts) {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if name != s.Sig {
			continue
		}
		if equalHex(value, want) {
			return nil
		}
		reason = ErrMismatch
	}
	return reason
}

// part is the value of the first part of that name.
func part(header, sep, name string) string {
	for p := range strings.SplitSeq(header, sep) {
		if n, value, ok := strings.Cut(strings.TrimSpace(p), "="); ok && n == name {
			return value
		}
	}
	return ""
}

// unix reads seconds since 1970, written plainly.
func unix(s string) (time.Time, bool) {
	n, ok := digits(s)
	return time.Unix(n, 0), ok
}

// Digits reads a whole number that is written plainly; see digits.
func Digits(s string) (int64, bool) { return digits(s) }

// digits reads up to 16 decimal digits without sign or leading zero: one text for one number, as the text is what is signed.
func digits(s string) (int64, bool) {
	if s == "" || len(s) > 16 || s[0] == '0' {
		return 0, false
	}
	var n int64
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}
