// Package hubspot reads HubSpot's webhooks: the arrays of events that an app subscribes to, and what a workflow sends.
//
// An app's event of a deal says only that something changed. With a token of HubSpot's own the rest is asked for by redrive,
// never while a delivery is answered: HubSpot waits 5 seconds, and its API may be slower than that or away.
package hubspot

import (
	"strconv"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
)

// Provider is HubSpot.
var Provider = webhook.Provider{
	Name: "hubspot", Title: "HubSpot", Scheme: webhook.HubSpot{}, Read: Read, Complete: Complete, Check: check,
	Events:       "workflow webhooks by `fields` and `stages`: leads, opportunities, won and lost deals; bare deal events with `token`; contacts: ids, stages; `contact.privacyDeletion`: erases; others under their own name",
	Verification: "`X-HubSpot-Signature-v3`: HMAC-SHA256 of method, address (`public_url`), body and time; v2 and v1, which have no time, where `signature` asks for them",
	Replay:       "time within 5 min (v3); `eventId`, `subscriptionId` and `occurredAt` together, a workflow's bytes",
	Retries:      "up to 10 over 24 h, none after 400 to 405",
}

func check(c *settings.Connection) error {
	for field := range c.Fields {
		if !fields[field] {
			return fault.New(fault.InvalidField, "fields."+field, "there is no such field of a deal; known are contact_id, deal_id, email, phone, anonymous_id, user_id, order_id, amount, currency, stage, pipeline, time")
		}
	}
	return nil
}

// Read says what a delivery means: an array of an app's events, each on its own, or one object of a workflow.
func Read(c *settings.Connection, d *webhook.Delivery) (webhook.Meaning, error) {
	v, err := payload.Parse(d.Body)
	if err != nil {
		return webhook.Meaning{}, err
	}
	if v.IsObject() && !v.Get("eventId").Has() {
		return workflow(c, v)
	}
	if v.IsObject() {
		return webhook.Meaning{}, add(&webhook.Meaning{}, c, v)
	}
	if !v.IsArray() {
		return webhook.Meaning{}, fault.New(fault.InvalidJSON, "", "this is neither an array of HubSpot's events nor an object of a workflow")
	}
	var m webhook.Meaning
	var wrong error
	for one := range v.Each() {
		if err := add(&m, c, one); err != nil && wrong == nil {
			wrong = err
		}
	}
	return m, wrong
}

// add adds what one event of an app means.
func add(m *webhook.Meaning, c *settings.Connection, v payload.Value) error {
	n := &notice{
		typ: v.Get("subscriptionType").Text(), object: v.Get("objectId").Text(), at: v.Get("occurredAt").Int(),
		property: v.Get("propertyName").Text(), value: v.Get("propertyValue").Text(),
	}
	if n.typ == "" || !v.Get("eventId").Has() {
		return fault.New(fault.MissingField, "eventId", "this is no event of HubSpot's: it has no eventId or no subscriptionType")
	}
	// eventId alone is not promised to be unique, and stays the same over attempts.
	n.id = strings.Join([]string{"hubspot", v.Get("portalId").Text(), v.Get("eventId").Text(), v.Get("subscriptionId").Text(), strconv.FormatInt(n.at, 10)}, ":")
	n.name(v.Get("objectTypeId").Text())
	n.read(m, c)
	return nil
}

// notice is one event of an app.
type notice struct {
	id, typ, object, property, value string
	at                               int64 // Unix milliseconds
}

// name gives the events that HubSpot calls object.… the name of what they are about, as the older ones have it.
func (n *notice) name(objectType string) {
	if rest, ok := strings.CutPrefix(n.typ, "object."); ok {
		switch objectType {
		case "0-1":
			n.typ = "contact." + rest
		case "0-3":
			n.typ = "deal." + rest
		}
	}
}

func (n *notice) read(m *webhook.Meaning, c *settings.Connection) {
	switch {
	case n.typ == "contact.privacyDeletion":
		m.Erase = append(m.Erase, webhook.Person{ProviderIDs: []string{contact(n.object)}})
	case c.Token != "" && n.isDeal():
		m.Lookups = append(m.Lookups, webhook.Lookup{ID: n.id, Object: "deals", Key: n.object, Time: n.at})
	default:
		m.Events = append(m.Events, n.draft())
	}
}

// isDeal tells an event after which a deal may be worth another look.
func (n *notice) isDeal() bool {
	return n.typ == "deal.creation" || n.typ == "deal.propertyChange" && (n.property == "dealstage" || n.property == "amount" || n.property == "pipeline")
}

// draft is what an event says by itself: a contact's stage and addresses; all else under its own name.
func (n *notice) draft() webhook.Draft {
	d := webhook.Draft{"id": n.id, "type": n.typ, "time": n.at, "props": map[string]any{"object": n.object, "property": n.property}}
	if !strings.HasPrefix(n.typ, "contact.") {
		return d
	}
	d["provider_ids"] = []string{contact(n.object)}
	if n.typ != "contact.propertyChange" {
		return d
	}
	switch {
	case n.property == "lifecyclestage" && n.value == "lead":
		d["type"] = "lead"
	case n.property == "lifecyclestage" && n.value == "opportunity":
		d["type"] = "opportunity"
	case n.property == "email" && webhook.Email(n.value) != "":
		d["type"], d["email"] = "identify", n.value
	case n.property == "phone" && webhook.Phone(n.value) != "":
		d["type"], d["phone"] = "identify", n.value
	}
	return d
}

// contact is a contact as an id of a person.
func contact(id string) string { return webhook.Prefixed("hubspot", id) }
