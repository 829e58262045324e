package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/settings"
)

// Encodings of a signature.
const (
	Hex    = "hex"
	Base64 = "base64"
)

// Plain is the scheme of most: a header carries the HMAC-SHA256 of the body, with the whole secret as key.
type Plain struct {
	Header   string // lower case
	Encoding string // Hex or Base64
	Prefix   string // before the signature, like sha256=
}

// Check refuses an empty secret.
func (Plain) Check(_ *settings.Connection, secret string) error { return notEmpty(secret) }

// Verify compares the header with the secret's own signature of the body.
func (p Plain) Verify(_ *settings.Connection, secret string, d *Delivery) error {
	if secret == "" {
		return ErrSecret
	}
	header := d.Header[p.Header]
	given, ok := strings.CutPrefix(header, p.Prefix)
	switch {
	case given == "":
		return ErrMissing
	case !ok && !d.isSealed(header):
		return ErrMalformed
	}
	if !p.equal(d, header, given, sign(secret, "", "", d.Body)) {
		return ErrMismatch
	}
	return nil
}

// equal compares a signature, which may be sealed together with its prefix.
func (p Plain) equal(d *Delivery, header, given string, want []byte) bool {
	switch {
	case d.isSealed(header) && p.Encoding == Base64:
		return d.shows(header, p.Prefix+base64.StdEncoding.EncodeToString(want))
	case d.isSealed(header):
		return d.shows(header, p.Prefix+hex.EncodeToString(want))
	case p.Encoding == Base64:
		return equalBase64(given, want)
	}
	return equalHex(given, want)
}

// Configured is Plain as the connection's header, encoding and prefix say: the provider hmac, for GitHub and its like.
type Configured struct{}

// Check refuses an empty secret, and a connection that does not say where the signature stands.
func (Configured) Check(c *settings.Connection, secret string) error {
	if c.Header == "" {
		return fault.New(fault.MissingField, "header", "name the header that carries the signature, like X-Hub-Signature-256")
	}
	return notEmpty(secret)
}

// Verify is Plain's.
func (Configured) Verify(c *settings.Connection, secret string, d *Delivery) error {
	p := Plain{Header: strings.ToLower(c.Header), Encoding: c.Encoding, Prefix: c.Prefix}
	if p.Encoding == "" {
		p.Encoding = Hex
	}
	return p.Verify(c, secret, d)
}

// notEmpty refuses a secret that is none.
func notEmpty(secret string) error {
	if strings.TrimSpace(secret) == "" {
		return fault.New(fault.MissingField, "secrets", "send the secret that the provider signs with, as {\"secrets\":[\"…\"]}")
	}
	return nil
}

// sign is the HMAC-SHA256 of a, b and body in turn.
func sign(key, a, b string, body []byte) []byte {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte(a))
	m.Write([]byte(b))
	m.Write(body)
	return m.Sum(nil)
}

// equalHex compares bytes, not text: the case of the digits does not matter.
func equalHex(given string, want []byte) bool {
	b, err := hex.DecodeString(given)
	return err == nil && hmac.Equal(b, want)
}

func equalBase64(given string, want []byte) bool {
	b, err := base64.StdEncoding.Strict().DecodeString(given)
	return err == nil && hmac.Equal(b, want)
}
