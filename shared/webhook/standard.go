package webhook

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/settings"
)

// Standard is the scheme of Standard Webhooks 1.0.0 (Svix, Resend, Clerk, …): id, time and signatures in three headers,
// webhook-* or svix-*; HMAC (v1) under a secret whsec_…, Ed25519 (v1a) under a public key whpk_….
type Standard struct{}

// Prefixes of keys, as the specification has them.
const (
	hmacPrefix   = "whsec_"
	publicPrefix = "whpk_"
)

// Check refuses a secret that is no base64 of a key.
func (Standard) Check(_ *settings.Connection, secret string) error {
	if key, public := standardKey(secret); len(key) > 0 && (!public || len(key) == ed25519.PublicKeySize) {
		return nil
	}
	return fault.New(fault.InvalidField, "secrets", "send the secret as the provider shows it: whsec_… for HMAC, whpk_… for Ed25519, each followed by base64")
}

// standardKey is the key within a secret, and whether it is an Ed25519 public key.
func standardKey(secret string) ([]byte, bool) {
	text, public := strings.CutPrefix(secret, publicPrefix)
	if !public {
		text = strings.TrimPrefix(secret, hmacPrefix)
	}
	key, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, public
	}
	return key, public
}

// Verify accepts the delivery when any of the signatures of the key's own kind is right.
func (s Standard) Verify(c *settings.Connection, secret string, d *Delivery) error {
	if s.Check(c, secret) != nil {
		return ErrSecret
	}
	id, stamp, list := standardHeaders(d.Header)
	if id == "" || stamp == "" || list == "" {
		return ErrMissing
	}
	at, ok := unix(stamp)
	switch {
	case !ok:
		return ErrMalformed
	case !within(at, d.Now, Window):
		return ErrStale
	}
	key, public := standardKey(secret)
	verify := standardHMAC(key, id, stamp, d.Body)
	label := "v1"
	if public {
		label, verify = "v1a", standardEd25519(key, id, stamp, d.Body)
	}
	for one := range strings.SplitSeq(list, " ") {
		if version, given, ok := strings.Cut(one, ","); ok && version == label && verify(given) {
			return nil
		}
	}
	return ErrMismatch
}

// standardHeaders are id, time and signatures, by either name.
func standardHeaders(h map[string]string) (id, stamp, list string) {
	prefix := "webhook-"
	if h["webhook-id"] == "" && h["svix-id"] != "" {
		prefix = "svix-"
	}
	return h[prefix+"id"], h[prefix+"timestamp"], h[prefix+"signature"]
}

// StandardID is the id that a sender of Standard Webhooks gives a message, the same over its retries.
func StandardID(d *Delivery) string {
	id, _, _ := standardHeaders(d.Header)
	return id
}

func standardHMAC(key []byte, id, stamp string, body []byte) func(string) bool {
	want := sign(string(key), id+"."+stamp, ".", body)
	return func(given string) bool { return equalBase64(given, want) }
}

func standardEd25519(key []byte, id, stamp string, body []byte) func(string) bool {
	signed := append([]byte(id+"."+stamp+"."), body...)
	return func(given string) bool {
		sig, err := base64.StdEncoding.Strict().DecodeString(given)
		return err == nil && len(key) == ed25519.PublicKeySize && ed25519.Verify(key, signed, sig)
	}
}
