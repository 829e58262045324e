package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"tributary/shared/settings"
)

// HubSpot is the scheme of HubSpot's signature v3: the HMAC of method, address, body and time in milliseconds. The older v1
// and v2 are plain hashes without a time; a connection must ask for them, as HubSpot's workflows still sign by v2.
type HubSpot struct{}

// Check refuses an empty client secret.
func (HubSpot) Check(_ *settings.Connection, secret string) error { return notEmpty(secret) }

// Verify signs the address as HubSpot called it: the connection's public_url, where another stands before the API's own.
func (s HubSpot) Verify(c *settings.Connection, secret string, d *Delivery) error {
	switch {
	case secret == "":
		return ErrSecret
	case c.Signature == "v1":
		return s.hashed("v1", d, secret)
	case c.Signature == "v2":
		return s.hashed("v2", d, secret+d.Method+hubspotAddress(c, d))
	}
	given, stamp := d.Header["x-hubspot-signature-v3"], d.Header["x-hubspot-request-timestamp"]
	if given == "" || stamp == "" {
		return ErrMissing
	}
	ms, ok := digits(stamp)
	switch {
	case !ok:
		return ErrMalformed
	case !within(time.UnixMilli(ms), d.Now, Window):
		return ErrStale
	}
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(d.Method + hubspotEscapes.Replace(hubspotAddress(c, d))))
	m.Write(d.Body)
	m.Write([]byte(stamp))
	sig, err := base64.StdEncoding.Strict().DecodeString(given)
	if err != nil {
		return ErrMalformed
	}
	if !hmac.Equal(sig, m.Sum(nil)) {
		return ErrMismatch
	}
	return nil
}

// hashed is v1 and v2: SHA-256 of what stands before the body, and the body.
func (HubSpot) hashed(version string, d *Delivery, before string) error {
	given := d.Header["x-hubspot-signature"]
	if given == "" || d.Header["x-hubspot-signature-version"] != version {
		return ErrMissing
	}
	h := sha256.New()
	h.Write([]byte(before))
	h.Write(d.Body)
	if !equalHex(given, h.Sum(nil)) {
		return ErrMismatch
	}
	return nil
}

// hubspotAddress is the address that HubSpot called.
func hubspotAddress(c *settings.Connection, d *Delivery) string {
	switch {
	case c.PublicURL == "":
		return d.URL
	case d.Query == "":
		return c.PublicURL
	}
	return c.PublicURL + "?" + d.Query
}

// hubspotEscapes undoes the escapes that HubSpot undoes before it signs.
var hubspotEscapes = strings.NewReplacer("%3A", ":", "%2F", "/", "%3F", "?", "%40", "@", "%21", "!", "%24", "$", "%27", "'", "%28", "(", "%29", ")",
	"%2A", "*", "%2C", ",", "%3B", ";", "%3a", ":", "%2f", "/", "%3f", "?", "%2a", "*", "%2c", ",", "%3b", ";")
