package webhook

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"tributary/shared/fault"
)

// plain are the headers that wait as they came: signatures, which open nothing but the delivery that they are of, what
// belongs to them, and what providers read. Any other may carry a token and is sealed.
var plain = []string{
	"stripe-signature", "paddle-signature", "x-shopify-hmac-sha256", "x-rewardful-signature", "x-friendbuy-hmac-sha256", "dub-signature",
	"x-hubspot-signature-v3", "x-hubspot-signature", "x-twilio-email-event-webhook-signature", "webhook-signature", "svix-signature",

	"content-type", "x-hubspot-request-timestamp", "x-hubspot-signature-version", "x-twilio-email-event-webhook-timestamp",
	"webhook-id", "webhook-timestamp", "svix-id", "svix-timestamp", "x-shopify-topic", "x-shopify-webhook-id", "x-shopify-event-id",
	"x-shopify-shop-domain", "x-shopify-triggered-at", "x-shopify-test", "x-event-name", "x-github-delivery", "x-github-event",
}

// unverified is a delivery that waits until its connection can be read.
type unverified struct {
	kept
	URL    string `json:"url,omitempty"`
	Path   string `json:"path,omitempty"` // sealed
	Source string `json:"source,omitempty"`
	Salt   []byte `json:"salt"`
}

// KeepUnverified is a delivery as it may wait to be verified later. Whatever of it may be a token is sealed under salt, which
// is to be random and of this delivery alone. False where that cannot be done: HubSpot signs the address, and one with a token
// in it would have to be kept as it is.
func KeepUnverified(connection string, d *Delivery, salt []byte) ([]byte, bool) {
	u := unverified{Source: d.Source, Salt: salt, kept: kept{
		Connection: connection, Method: d.Method, Header: map[string]string{}, Body: d.Body, Received: d.Now.UnixMilli(),
	}}
	if d.Header["x-hubspot-signature-v3"]+d.Header["x-hubspot-signature"] != "" {
		u.URL = d.URL
	}
	if d.salt != nil || u.URL != "" && (d.Path != "" || d.Param(TokenParam) != "") {
		return nil, false
	}
	for name, v := range d.Header {
		if slices.Contains(plain, name) {
			u.Header[name] = v
		} else if len(v) >= minToken {
			u.Header[name] = sealHeader(salt, v)
		}
	}
	if u.Query = sealQuery(salt, d.Query); d.Path != "" {
		u.Path = seal(salt, d.Path)
	}
	raw, err := json.Marshal(u)
	return raw, err == nil
}

// Unverified reads what KeepUnverified wrote: a delivery that is to be verified as of its arrival.
func Unverified(raw []byte) (string, *Delivery, error) {
	var u unverified
	if err := json.Unmarshal(raw, &u); err != nil || u.Connection == "" {
		return "", nil, fault.New(fault.InvalidJSON, "", "this is no delivery that waits")
	}
	return u.Connection, &Delivery{
		Method: u.Method, URL: u.URL, Header: u.Header, Query: u.Query, Path: u.Path, Body: u.Body, Source: u.Source,
		Now: time.UnixMilli(u.Received), salt: append([]byte{}, u.Salt...),
	}, nil
}

// sealHeader seals a header's value, of a bearer token the token alone.
func sealHeader(salt []byte, v string) string {
	if scheme, token, ok := strings.Cut(v, " "); ok && strings.EqualFold(scheme, "Bearer") {
		return scheme + " " + seal(salt, strings.TrimSpace(token))
	}
	return seal(salt, v)
}

// sealQuery seals the token in a query and leaves the rest as it was written.
func sealQuery(salt []byte, query string) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, v, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(name); err != nil || name != TokenParam {
			continue
		}
		token, err := url.QueryUnescape(v)
		if err != nil {
			token = v
		}
		pairs[i] = TokenParam + "=" + url.QueryEscape(seal(salt, token))
	}
	return strings.Join(pairs, "&")
}
