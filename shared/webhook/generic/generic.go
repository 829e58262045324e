// Package generic reads senders who send Tributary's own events, or the envelope of Standard Webhooks: one object, an array
// of them, or {"events":[…]}. What is no field of the contract becomes a property, and a type that is not known is stored
// under its own name.
package generic

import (
	"strconv"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
)

// Providers are the three ways to sign what this package reads.
var Providers = []webhook.Provider{
	{
		Name: "standard", Title: "Standard Webhooks, Svix", Scheme: webhook.Standard{}, Read: Read, Headers: []string{"webhook-id", "svix-id"},
		Events: "as sent, or by `type`", Verification: "HMAC-SHA256 or Ed25519 (`webhook-*`, `svix-*` headers)",
		Replay: "time within 5 min; `webhook-id`", Retries: "10 over 75 h",
	},
	{
		Name: "hmac", Title: "GitHub and its like", Scheme: webhook.Configured{}, Read: Read, Headers: []string{"x-github-delivery", "x-github-event"},
		Events: "as sent, or by `type`", Verification: "HMAC-SHA256 of the body; `header`, `encoding` (hex, base64), `prefix` as set",
		Replay: "the body's `id`, the delivery's id, or the body itself", Retries: "the sender's; GitHub: none by itself",
	},
	{
		Name: "token", Title: "who signs nothing", Scheme: webhook.Token{}, Read: Read,
		Events: "as sent, or by `type`", Verification: "token of 16 characters or more: Bearer, `header`, `?token=`, or `/hooks/{connection}~{token}`",
		Replay: "the body's `id`, or the body itself", Retries: "the sender's",
	},
}

// Read makes drafts of the body's events.
func Read(_ *settings.Connection, d *webhook.Delivery) (webhook.Meaning, error) {
	v, err := payload.Parse(d.Body)
	if err != nil {
		return webhook.Meaning{}, err
	}
	base := deliveryID(d)
	if list := v.Get("events"); list.IsArray() {
		v = list
	}
	var m webhook.Meaning
	switch {
	case v.IsObject():
		m.Events = []webhook.Draft{draft(v, base, d.Header["x-github-event"])}
	case v.IsArray():
		n := 0
		for one := range v.Each() {
			if !one.IsObject() {
				return m, fault.New(fault.InvalidJSON, "events", "an event is a JSON object")
			}
			id := base
			if id != "" && n > 0 {
				id += "#" + strconv.Itoa(n)
			}
			m.Events = append(m.Events, draft(one, id, ""))
			n++
		}
	default:
		return m, fault.New(fault.InvalidJSON, "", "the body is neither an event nor an array of events")
	}
	return m, nil
}

// deliveryID is what the sender calls the delivery; empty when it does not say.
func deliveryID(d *webhook.Delivery) string {
	if id := webhook.StandardID(d); id != "" {
		return id
	}
	return d.Header["x-github-delivery"]
}

// draft takes an object's members as fields. The envelope's timestamp is the time, and what lies in data counts as if it
// stood outside.
func draft(v payload.Value, id, typ string) webhook.Draft {
	m := webhook.Draft{}
	for name, value := range v.Members() {
		m[name.Text()] = value.Any()
	}
	if inner, ok := m["data"].(map[string]any); ok && !event.Known(v.Get("type").Text()) {
		delete(m, "data")
		for name, value := range inner {
			if _, taken := m[name]; !taken && name != "type" && name != "id" {
				m[name] = value
			}
		}
	}
	if at, ok := m["timestamp"]; ok && m["time"] == nil {
		delete(m, "timestamp")
		m["time"] = at
	}
	if s, ok := m["id"].(string); !ok || s == "" {
		delete(m, "id")
		if id != "" {
			m["id"] = id
		}
	}
	if m["type"] == nil && typ != "" {
		m["type"] = typ
	}
	delete(m, "site")
	return m
}
