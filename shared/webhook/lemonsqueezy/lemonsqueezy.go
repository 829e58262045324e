// Package lemonsqueezy reads Lemon Squeezy's webhooks. An order is the sale: custom_data.order_id names it, else its own id,
// and its identifier is an alias. A subscription's first invoice is its order's; later ones are sales of their own.
package lemonsqueezy

import (
	"strings"

	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
)

// Provider is Lemon Squeezy.
var Provider = webhook.Provider{
	Name: "lemonsqueezy", Title: "Lemon Squeezy", Scheme: webhook.LemonSqueezy, Read: Read,
	Events: "`order_created`: sales; `subscription_payment_success`: renewals, upgrades; `order_refunded`, `subscription_payment_refunded`: refunds; `subscription_created`: trials, ids; " +
		"`subscription_expired`: cancels; test mode is skipped; others under their own name",
	Verification: "`X-Signature`: HMAC-SHA256 of the body",
	Replay:       "event, object and its `updated_at`", Retries: "3, within 155 s; needs 200",
}

// notice is one webhook.
type notice struct {
	name, id string
	o        payload.Value // data.attributes
	custom   payload.Value
}

var readers = map[string]func(n *notice) []webhook.Draft{
	"order_created": (*notice).order, "order_refunded": (*notice).refundedOrder,
	"subscription_payment_success": (*notice).invoice, "subscription_payment_recovered": (*notice).invoice, "subscription_payment_refunded": (*notice).refundedInvoice,
	"subscription_created": (*notice).subscription, "subscription_expired": (*notice).expired,
}

// Read says what one webhook means.
func Read(_ *settings.Connection, d *webhook.Delivery) (webhook.Meaning, error) {
	v, err := payload.Parse(d.Body)
	if err != nil {
		return webhook.Meaning{}, err
	}
	n := &notice{name: v.Get("meta", "event_name").Text(), id: v.Get("data", "id").Text(), o: v.Get("data", "attributes"), custom: v.Get("meta", "custom_data")}
	switch {
	case n.name == "":
		return webhook.Meaning{}, fault.New(fault.MissingField, "meta.event_name", "this is no webhook of Lemon Squeezy's")
	case n.o.Get("test_mode").True() || v.Get("meta", "test_mode").True():
		return webhook.Meaning{}, nil
	}
	var drafts []webhook.Draft
	if read := readers[n.name]; read != nil {
		drafts = read(n)
	}
	if drafts == nil {
		drafts = []webhook.Draft{n.draft(n.name)}
	}
	return webhook.Meaning{Events: drafts}, nil
}

// draft begins an event. Lemon Squeezy gives webhooks no id: what happened to what, and when, is one.
func (n *notice) draft(typ string) webhook.Draft {
	d := webhook.Draft{
		"id": strings.Join([]string{"lemonsqueezy", n.name, n.id, n.o.Get("updated_at").Text()}, ":"), "type": typ,
		"anonymous_id": n.custom.Get("anonymous_id").Text(), "user_id": n.custom.Get("user_id").Text(), "email": webhook.Email(n.o.Get("user_email").Text()),
		"provider_ids": webhook.Texts(named(n.o.Get("customer_id").Text())),
		"props":        map[string]any{"status": n.o.Get("status").Text(), "product": n.o.Get("first_order_item", "product_name").Text()},
	}
	if at := webhook.Text(n.o.Get("created_at").Text(), n.o.Get("updated_at").Text()); at != "" {
		d["time"] = at
	}
	return d
}

// named is an object of Lemon Squeezy's among those of others: its ids count from 1.
func named(id string) string { return webhook.Prefixed("lemonsqueezy", id) }

// sale is a conversion under an order, whose value is the total of the object.
func (n *notice) sale(kind, order string, aliases ...string) webhook.Draft {
	d := n.draft("conversion")
	names := webhook.Texts(append([]string{order}, aliases...)...)
	d["order_id"], d["order_aliases"] = names[0], names[1:]
	if kind != "trial" {
		d["value_minor"], d["currency"] = n.o.Get("total").Number(), n.o.Get("currency").Text()
	}
	d["props"] = map[string]any{"kind": kind, "subscription": named(n.o.Get("subscription_id").Text())}
	return d
}

// order is an order that was paid. One of nothing may begin a trial, which its subscription tells.
func (n *notice) order() []webhook.Draft {
	if n.o.Get("status").Text() != "paid" && n.o.Get("status").Text() != "refunded" && n.o.Get("status").Text() != "partial_refund" {
		return nil
	}
	kind := "order"
	if n.o.Get("total").Int() == 0 {
		kind = ""
	}
	return []webhook.Draft{n.sale(kind, webhook.Text(n.custom.Get("order_id").Text(), named(n.id)), named(n.id), n.o.Get("identifier").Text())}
}

// invoice is a later payment of a subscription; the first is its order's.
func (n *notice) invoice() []webhook.Draft {
	kind := map[string]string{"renewal": "renewal", "updated": "upgrade"}[n.o.Get("billing_reason").Text()]
	if kind == "" {
		return nil
	}
	return []webhook.Draft{n.sale(kind, named("invoice:"+n.id))}
}

// subscription tells of a trial, which is its order's sale without a value; a subscription that is paid for is told by its
// order and only named here.
func (n *notice) subscription() []webhook.Draft {
	if n.o.Get("status").Text() != "on_trial" {
		return nil
	}
	d := n.sale("trial", webhook.Text(n.custom.Get("order_id").Text(), named(n.o.Get("order_id").Text()), named("subscription:"+n.id)), named(n.o.Get("order_id").Text()))
	d["props"].(map[string]any)["subscription"] = named(n.id)
	return []webhook.Draft{d}
}

func (n *notice) expired() []webhook.Draft {
	d := n.draft("cancel")
	d["time"] = webhook.Text(n.o.Get("ends_at").Text(), n.o.Get("updated_at").Text())
	d["props"] = map[string]any{"subscription": named(n.id)}
	return []webhook.Draft{d}
}

func (n *notice) refundedOrder() []webhook.Draft { return n.refund(named(n.id)) }

func (n *notice) refundedInvoice() []webhook.Draft {
	if n.o.Get("billing_reason").Text() == "initial" {
		return nil // its order's refund tells
	}
	return n.refund(named("invoice:" + n.id))
}

// refund is all that was given back so far (refund_total), so that two parts count as one whole; without the sum it is all
// that is left.
func (n *notice) refund(order string) []webhook.Draft {
	d := n.draft("refund")
	d["time"] = webhook.Text(n.o.Get("refunded_at").Text(), n.o.Get("updated_at").Text())
	d["order_aliases"] = []string{order}
	props := map[string]any{}
	if sum := n.o.Get("refunded_amount"); sum.Int() > 0 {
		d["value_minor"], d["currency"] = sum.Number(), n.o.Get("currency").Text()
		props["refund_total"], props["charge"] = true, order
	}
	d["props"] = props
	return []webhook.Draft{d}
}
