// Package shopify reads Shopify's webhooks, as the Admin API's REST versions have them up to 2026-07.
//
// An order is told by its id; its GraphQL id and the checkout's token are its aliases, so that a pixel may name either. Every
// delivery of an order says all of it, the refunds included, so ids are made of what happened and not of the delivery: a refund
// that stands in ten deliveries is one event.
package shopify

import (
	"strings"

	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
)

// Provider is Shopify.
var Provider = webhook.Provider{
	Name: "shopify", Title: "Shopify", Scheme: webhook.Shopify, Read: Read, Headers: []string{topicHeader, idHeader, testHeader, timeHeader},
	Events: "`orders/create`, `paid`, `updated`, `edited`, `cancelled`: sales; `refunds/create`: refunds by successful transactions; `carts/*`, `checkouts/*`: steps; `customers/*`: ids; " +
		"`customers/redact`: erases; others under their own name",
	Verification: "`X-Shopify-Hmac-Sha256`: HMAC-SHA256 of the body under the app's client secret",
	Replay:       "ids of orders, transactions and deliveries",
	Retries:      "8 over 4 h, then a subscription made by API is deleted; answers within 5 s",
}

// Headers that say what the body is.
const (
	topicHeader = "x-shopify-topic"
	idHeader    = "x-shopify-webhook-id" // the same over retries
	testHeader  = "x-shopify-test"       // a test notification, made up
	timeHeader  = "x-shopify-triggered-at"
)

// notice is one delivery.
type notice struct {
	topic, id, at string
	object        payload.Value
}

// readers say what each topic means; what is not here is stored under its own name.
var readers = map[string]func(n *notice) webhook.Meaning{
	"orders/create":    (*notice).order,
	"orders/paid":      (*notice).order,
	"orders/updated":   (*notice).order,
	"orders/edited":    (*notice).order,
	"orders/cancelled": (*notice).order,
	"refunds/create":   (*notice).refund,
	"carts/create":     (*notice).cart,
	"carts/update":     (*notice).cart,
	"checkouts/create": (*notice).checkout,
	"checkouts/update": (*notice).checkout,
	"customers/create": (*notice).customer,
	"customers/update": (*notice).customer,
	"customers/redact": (*notice).redact,
}

// Read says what one delivery means. Test notifications and test orders mean nothing.
func Read(_ *settings.Connection, d *webhook.Delivery) (webhook.Meaning, error) {
	v, err := payload.Parse(d.Body)
	if err != nil {
		return webhook.Meaning{}, err
	}
	n := &notice{topic: d.Header[topicHeader], id: d.Header[idHeader], at: d.Header[timeHeader], object: v}
	switch {
	case n.topic == "" || !v.IsObject():
		return webhook.Meaning{}, fault.New(fault.MissingField, "", "this is no delivery of Shopify's: the header X-Shopify-Topic or the body's object is missing")
	case strings.EqualFold(d.Header[testHeader], "true"), v.Get("test").True():
		return webhook.Meaning{}, nil
	}
	if read := readers[n.topic]; read != nil {
		return read(n), nil
	}
	return n.own(), nil
}

// own is a delivery that means nothing to us: its topic, what it is about and whose it is.
func (n *notice) own() webhook.Meaning {
	d := webhook.Draft{
		"id": webhook.Prefixed("shopify", n.id), "type": n.topic, "time": n.at,
		"props": map[string]any{"object": n.object.Get("id").Text()},
	}
	if c := n.object.Get("customer"); c.IsObject() {
		d["provider_ids"] = customerIDs(c)
	}
	return said(d)
}

func said(drafts ...webhook.Draft) webhook.Meaning { return webhook.Meaning{Events: drafts} }

// whose are the ids of the person whom an order, checkout or customer is of.
func (n *notice) whose(d webhook.Draft) webhook.Draft {
	o, c := n.object, n.object.Get("customer")
	if strings.HasPrefix(n.topic, "customers/") {
		c = o
	}
	d["anonymous_id"] = anonymous(o)
	d["provider_ids"] = customerIDs(c)
	d["email"] = webhook.Email(webhook.Text(o.Get("email").Text(), o.Get("contact_email").Text(), c.Get("email").Text()))
	d["phone"] = webhook.Phone(webhook.Text(o.Get("phone").Text(), c.Get("phone").Text()))
	return d
}

func customerIDs(customer payload.Value) []string {
	return webhook.Texts(webhook.Prefixed("shopify", customer.Get("id").Text()))
}

// attributes are the names under which a theme may keep the tracker's anonymous id in the cart; an order has it as a note
// attribute then. Shopify hides those that begin with an underscore from the buyer.
var attributes = []string{"tributary_id", "_tributary_id", "tributary", "anonymous_id"}

// anonymous is the tracker's id; empty where the theme gave none.
func anonymous(o payload.Value) string {
	for _, name := range attributes {
		if id := o.Get("attributes", name).Text(); id != "" {
			return id
		}
		for one := range o.Get("note_attributes").Each() {
			if one.Get("name").Text() == name {
				return one.Get("value").Text()
			}
		}
	}
	return ""
}

// customer links what is known of a customer.
func (n *notice) customer() webhook.Meaning {
	d := n.whose(webhook.Draft{"id": webhook.Prefixed("shopify", n.id), "type": "identify", "time": n.at})
	if d["email"] == "" && d["phone"] == "" {
		return n.own()
	}
	return said(d)
}

// redact asks that a customer's data go.
func (n *notice) redact() webhook.Meaning {
	c := n.object.Get("customer")
	return webhook.Meaning{Erase: []webhook.Person{{
		ProviderIDs: customerIDs(c), Email: webhook.Email(c.Get("email").Text()), Phone: webhook.Phone(c.Get("phone").Text()),
	}}}
}
