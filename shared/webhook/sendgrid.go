package webhook

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"time"

	"tributary/shared/fault"
	"tributary/shared/settings"
)

// sendgridWindow is two hours more than the 24 for which SendGrid tries again.
const sendgridWindow = 26 * time.Hour

// SendGrid is the scheme of SendGrid's event webhook: ECDSA over the time and the body, under the public key (base64 of
// DER) that its settings show.
type SendGrid struct{}

// Check refuses what is no ECDSA public key.
func (SendGrid) Check(_ *settings.Connection, secret string) error {
	if sendgridKey(secret) == nil {
		return fault.New(fault.InvalidField, "secrets", "send the verification key that SendGrid shows under Signed Event Webhook, a base64 text that begins with MF")
	}
	return nil
}

func sendgridKey(secret string) *ecdsa.PublicKey {
	der, err := base64.StdEncoding.DecodeString(secret)
	if err != nil || len(der) == 0 {
		return nil
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil
	}
	public, _ := key.(*ecdsa.PublicKey) // another kind of key is none
	return public
}

// Verify checks the signature; the line end at the end of SendGrid's body is signed too.
func (SendGrid) Verify(_ *settings.Connection, secret string, d *Delivery) error {
	key := sendgridKey(secret)
	if key == nil {
		return ErrSecret
	}
	given, stamp := d.Header["x-twilio-email-event-webhook-signature"], d.Header["x-twilio-email-event-webhook-timestamp"]
	if given == "" || stamp == "" {
		return ErrMissing
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(given)
	at, ok := unix(stamp)
	switch {
	case err != nil || !ok:
		return ErrMalformed
	case !within(at, d.Now, sendgridWindow):
		return ErrStale
	}
	h := sha256.New()
	h.Write([]byte(stamp))
	h.Write(d.Body)
	if !ecdsa.VerifyASN1(key, h.Sum(nil), sig) {
		return ErrMismatch
	}
	return nil
}
