// Package mapped reads any JSON webhook by a mapping that the connection declares: which events it is about, where in the
// payload their fields stand, what is constant, and how times and amounts are written.
//
//	{"each": "orders[*]",
//	 "rules": [
//	   {"when": {"$.event": ["order.paid", "order.imported"], "test": [false]},
//	    "type": "conversion",
//	    "fields": {
//	      "id": "$.delivery_id",
//	      "order_id": {"path": "id", "required": true},
//	      "value": {"path": "total", "as": "cents"},
//	      "currency": {"const": "EUR"},
//	      "time": {"path": "paid_at", "as": "unix"},
//	      "email": "buyer.email",
//	      "provider_ids": {"path": "buyer.id", "prefix": "crm:"},
//	      "props.kind": {"path": "plan", "values": {"m": "renewal"}, "default": "order"}}},
//	   {"type": {"path": "$.event", "values": {"order.refunded": "refund"}}, "fields": {"order_id": "id"}}]}
//
// A word in quotes is a path, but for type, where it is the type itself. A type whose values do not have what is found is
// stored under its own name.
package mapped

import (
	"strconv"

	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
)

// maxEvents bounds what one delivery makes.
const maxEvents = 500

// Provider is every sender of JSON that a mapping can describe.
var Provider = webhook.Provider{
	Name: "mapped", Title: "any JSON, by a mapping", Scheme: Scheme{}, Read: Read, Check: Check,
	Events: "as `mapping` says (below)", Verification: "with `encoding`: HMAC-SHA256 as `hmac`; else a token as `token`",
	Replay: "the `id` that is mapped, or the body itself", Retries: "the sender's",
}

// Scheme verifies by HMAC where the connection says how a signature is written, else by token.
type Scheme struct{}

func (Scheme) of(c *settings.Connection) webhook.Scheme {
	if c.Encoding != "" {
		return webhook.Configured{}
	}
	return webhook.Token{}
}

// Check is that of the scheme that is used.
func (s Scheme) Check(c *settings.Connection, secret string) error { return s.of(c).Check(c, secret) }

// Verify is that of the scheme that is used.
func (s Scheme) Verify(c *settings.Connection, secret string, d *webhook.Delivery) error {
	return s.of(c).Verify(c, secret, d)
}

// Check refuses a connection whose mapping cannot be followed.
func Check(c *settings.Connection) error {
	if len(c.Mapping) == 0 {
		return fault.New(fault.MissingField, "mapping", `say where the fields stand: {"rules":[{"type":"conversion","fields":{"order_id":"data.id"}}]}`)
	}
	_, err := parse(c.Mapping)
	return err
}

// Read makes events of a delivery as the connection's mapping says.
func Read(c *settings.Connection, d *webhook.Delivery) (webhook.Meaning, error) {
	m, err := parse(c.Mapping)
	if err != nil {
		return webhook.Meaning{}, err
	}
	body, err := payload.Parse(d.Body)
	if err != nil {
		return webhook.Meaning{}, err
	}
	elements := []payload.Value{body}
	if m.each != nil {
		elements = m.each.find(body, body)
	}
	if len(elements) > maxEvents {
		return webhook.Meaning{}, fault.New(fault.TooMany, "mapping.each", "the delivery has %d elements; at most %d are taken", len(elements), maxEvents)
	}
	var out webhook.Meaning
	var first error
	for _, e := range elements {
		r := m.rule(body, e)
		if r == nil {
			continue
		}
		draft, err := r.draft(c, body, e)
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		out.Events = append(out.Events, draft)
	}
	tellApart(out.Events)
	return out, first
}

// rule is the first that an element meets; nil when there is none.
func (m *mapping) rule(body, element payload.Value) *rule {
	for i := range m.rules {
		if m.rules[i].met(body, element) {
			return &m.rules[i]
		}
	}
	return nil
}

func (r *rule) met(body, element payload.Value) bool {
	for i := range r.when {
		if !r.when[i].met(body, element) {
			return false
		}
	}
	return true
}

func (c *condition) met(body, element payload.Value) bool {
	found := c.path.find(body, element)
	if c.absent || len(c.wanted) == 0 {
		return (len(found) == 0) == c.absent
	}
	for _, v := range found {
		for _, w := range c.wanted {
			if v.Text() == w {
				return true
			}
		}
	}
	return false
}

// draft follows a rule. Ids are the connection's own: two senders may count from 1.
func (r *rule) draft(c *settings.Connection, body, element payload.Value) (webhook.Draft, error) {
	d, groups := webhook.Draft{}, map[string]map[string]any{}
	for i := range r.fields {
		t := &r.fields[i]
		v, err := t.value(body, element)
		switch {
		case err != nil:
			return nil, err
		case v == nil:
		case t.group == "":
			d[t.name] = v
		default:
			if groups[t.group] == nil {
				groups[t.group] = map[string]any{}
			}
			groups[t.group][t.name] = v
		}
	}
	for name, g := range groups {
		d[name] = g
	}
	if id, _ := d["id"].(string); id != "" {
		d["id"] = c.ID + ":" + id
	}
	return d, nil
}

// tellApart makes ids of events that share one, as the elements of a list do where the delivery alone has an id.
func tellApart(drafts []webhook.Draft) {
	seen := map[string]int{}
	for _, d := range drafts {
		id, _ := d["id"].(string)
		if id == "" {
			continue
		}
		if n := seen[id]; n > 0 {
			d["id"] = id + "#" + strconv.Itoa(n)
		}
		seen[id]++
	}
}
