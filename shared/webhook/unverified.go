package webhook

import (
	"encoding/json"
	"time"

	"tributary/shared/fault"
)

// Headers under which providers send signatures, and those that belong to a signature. A signature opens nothing but the
// delivery that it is of, so it may be stored; a token may not.
var (
	signatures = [...]string{
		"stripe-signature", "paddle-signature", "x-shopify-hmac-sha256", "x-rewardful-signature", "x-friendbuy-hmac-sha256", "dub-signature",
		"x-hubspot-signature-v3", "x-hubspot-signature", "x-twilio-email-event-webhook-signature", "webhook-signature", "svix-signature",
	}
	beside = [...]string{
		"content-type", "x-hubspot-request-timestamp", "x-hubspot-signature-version", "x-twilio-email-event-webhook-timestamp",
		"webhook-id", "webhook-timestamp", "svix-id", "svix-timestamp", "x-shopify-topic", "x-shopify-webhook-id", "x-shopify-event-id",
		"x-shopify-shop-domain", "x-shopify-triggered-at", "x-shopify-test", "x-event-name",
	}
)

// unverified is a delivery that waits until its connection can be read.
type unverified struct {
	kept
	URL    string `json:"url"`
	Source string `json:"source,omitempty"`
}

// KeepUnverified is a delivery as it may wait to be verified later. False where it carries no signature that is known
// without its connection, or a token: that is never stored.
func KeepUnverified(connection string, d *Delivery) ([]byte, bool) {
	u := unverified{URL: d.URL, Source: d.Source, kept: kept{
		Connection: connection, Method: d.Method, Header: map[string]string{}, Query: d.Query, Body: d.Body, Received: d.Now.UnixMilli(),
	}}
	signed := false
	for _, name := range signatures {
		if v := d.Header[name]; v != "" {
			u.Header[name], signed = v, true
		}
	}
	if !signed || d.Path != "" || d.Param(TokenParam) != "" || d.Header["authorization"] != "" {
		return nil, false
	}
	for _, name := range beside {
		if v := d.Header[name]; v != "" {
			u.Header[name] = v
		}
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
		Method: u.Method, URL: u.URL, Header: u.Header, Query: u.Query, Body: u.Body, Source: u.Source, Now: time.UnixMilli(u.Received),
	}, nil
}
