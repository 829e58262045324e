package webhook

import (
	"time"

	"tributary/shared/settings"
	"tributary/shared/webhook/payload"
)

// mailgunWindow is an hour more than the 8 for which Mailgun tries again.
const mailgunWindow = 9 * time.Hour

// Mailgun is the scheme of Mailgun: time, token and the HMAC of both stand in the body, whose other parts nobody signs. So
// the token counts for one body only (Provider.Once).
type Mailgun struct{}

// Check refuses an empty signing key.
func (Mailgun) Check(_ *settings.Connection, secret string) error { return notEmpty(secret) }

// Verify reads the three parts of the signature, and only then and only these, out of the body.
func (Mailgun) Verify(_ *settings.Connection, secret string, d *Delivery) error {
	if secret == "" {
		return ErrSecret
	}
	stamp, token, given := mailgunParts(d)
	if stamp == "" || token == "" || given == "" {
		return ErrMissing
	}
	at, ok := unix(stamp)
	switch {
	case !ok || len(token) > 256:
		return ErrMalformed
	case !equalHex(given, sign(secret, stamp, token, nil)):
		return ErrMismatch
	case !within(at, d.Now, mailgunWindow):
		return ErrStale
	}
	return nil
}

// MailgunToken is the token that may be used once.
func MailgunToken(d *Delivery) string {
	_, token, _ := mailgunParts(d)
	return token
}

// mailgunParts are time, token and signature, from JSON or from the form of old.
func mailgunParts(d *Delivery) (stamp, token, signature string) {
	if form, ok := d.Form(); ok {
		return form.Get("timestamp"), form.Get("token"), form.Get("signature")
	}
	v, err := payload.Parse(d.Body)
	if err != nil {
		return "", "", ""
	}
	s := v.Get("signature")
	return s.Get("timestamp").Text(), s.Get("token").Text(), s.Get("signature").Text()
}
