// Package paddle reads Paddle Billing's notifications. A transaction is the sale: custom_data.order_id names it, else its own
// id, and the invoice is its alias. Amounts are whole minor units of ISO 4217.
package paddle

import (
	"encoding/json"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
)

// Provider is Paddle Billing.
var Provider = webhook.Provider{
	Name: "paddle", Title: "Paddle Billing", Scheme: webhook.Paddle, Read: Read,
	Events: "`transaction.paid`, `transaction.completed`: sales, trials, renewals, upgrades; `adjustment.*`: approved refunds, chargebacks and their reversal; " +
		"`subscription.trialing`, `subscription.created`: trials; `subscription.canceled`: cancels; `customer.*`: ids; others under their own name",
	Verification: "`Paddle-Signature`: HMAC-SHA256 of time and body, several while a secret is rolled",
	Replay:       "time within 5 min; `event_id`", Retries: "60 over 3 days",
}

// notice is one notification.
type notice struct {
	id, typ, at string
	data        payload.Value
}

var readers = map[string]func(n *notice) []webhook.Draft{
	"transaction.paid": (*notice).sale, "transaction.completed": (*notice).sale,
	"adjustment.created": (*notice).adjustment, "adjustment.updated": (*notice).adjustment,
	"subscription.created": (*notice).subscription, "subscription.trialing": (*notice).subscription, "subscription.canceled": (*notice).canceled,
	"customer.created": (*notice).customer, "customer.updated": (*notice).customer,
}

// Read says what one notification means.
func Read(_ *settings.Connection, d *webhook.Delivery) (webhook.Meaning, error) {
	v, err := payload.Parse(d.Body)
	if err != nil {
		return webhook.Meaning{}, err
	}
	n := &notice{id: v.Get("event_id").Text(), typ: v.Get("event_type").Text(), at: v.Get("occurred_at").Text(), data: v.Get("data")}
	if n.id == "" || n.typ == "" {
		return webhook.Meaning{}, fault.New(fault.MissingField, "event_id", "this is no notification of Paddle's: it has no event_id or no event_type")
	}
	var drafts []webhook.Draft
	if read := readers[n.typ]; read != nil {
		drafts = read(n)
	}
	if drafts == nil {
		drafts = []webhook.Draft{n.draft(n.typ)}
	}
	return webhook.Meaning{Events: drafts}, nil
}

// draft begins an event of the notification, of the customer and whoever custom_data names.
func (n *notice) draft(typ string) webhook.Draft {
	custom := n.data.Get("custom_data")
	d := webhook.Draft{
		"id": "paddle:" + n.id, "type": typ, "anonymous_id": custom.Get("anonymous_id").Text(), "user_id": custom.Get("user_id").Text(),
		"provider_ids": webhook.Texts(webhook.Prefixed("paddle", n.data.Get("customer_id").Text())),
		"props":        map[string]any{"object": n.data.Get("id").Text(), "status": n.data.Get("status").Text()},
	}
	if n.at != "" {
		d["time"] = n.at
	}
	return d
}

// kinds are what a transaction's origin makes of its sale; any other is an order.
var kinds = map[string]string{"subscription_recurring": "renewal", "subscription_update": "upgrade"}

// sale is a transaction that was paid. One of nothing is the beginning of a trial, or a change of the payment method.
func (n *notice) sale() []webhook.Draft {
	o, totals := n.data, n.data.Get("details", "totals")
	id, subscription, origin := o.Get("id").Text(), o.Get("subscription_id").Text(), o.Get("origin").Text()
	total := totals.Get("grand_total").Text()
	if strings.Trim(total, "0") == "" && subscription != "" {
		if origin != "web" && origin != "api" {
			return nil
		}
		return []webhook.Draft{n.trial(subscription)}
	}
	names := webhook.Texts(o.Get("custom_data", "order_id").Text(), id, o.Get("invoice_id").Text())
	d := n.draft("conversion")
	if at := o.Get("billed_at").Text(); at != "" {
		d["time"] = at // the same of both notifications
	}
	if len(names) > 0 {
		d["order_id"], d["order_aliases"] = names[0], names[1:]
	}
	d["value_minor"], d["currency"] = json.Number(total), webhook.Text(totals.Get("currency_code").Text(), o.Get("currency_code").Text())
	d["props"] = map[string]any{"kind": webhook.Text(kinds[origin], "order"), "subscription": subscription, "origin": origin}
	return []webhook.Draft{d}
}

// trial is the subscription's own sale, without a value.
func (n *notice) trial(subscription string) webhook.Draft {
	d := n.draft("conversion")
	d["order_id"], d["props"] = subscription, map[string]any{"kind": "trial", "subscription": subscription}
	return d
}

func (n *notice) subscription() []webhook.Draft {
	if n.data.Get("status").Text() != "trialing" {
		return nil
	}
	d := n.trial(n.data.Get("id").Text())
	if at := n.data.Get("started_at").Text(); at != "" {
		d["time"] = at
	}
	return []webhook.Draft{d}
}

func (n *notice) canceled() []webhook.Draft {
	d := n.draft("cancel")
	d["props"] = map[string]any{"subscription": n.data.Get("id").Text()}
	return []webhook.Draft{d}
}

// customer links Paddle's customer with the address.
func (n *notice) customer() []webhook.Draft {
	email := webhook.Email(n.data.Get("email").Text())
	if email == "" {
		return nil
	}
	d := n.draft("identify")
	d["email"], d["provider_ids"] = email, webhook.Texts(webhook.Prefixed("paddle", n.data.Get("id").Text()))
	return []webhook.Draft{d}
}

// adjustment is a refund once it is approved, or a dispute and its end; the adjustment's id makes one of its notifications.
// A credit lowers what is billed later and a warning nothing.
func (n *notice) adjustment() []webhook.Draft {
	a := n.data
	typ := map[string]string{"refund": "refund", "chargeback": "refund", "chargeback_reverse": "refund_reversed"}[a.Get("action").Text()]
	if typ == "" || a.Get("status").Text() != "approved" {
		return nil
	}
	d := n.draft(typ)
	if at := a.Get("created_at").Text(); at != "" {
		d["time"] = at
	}
	d["order_aliases"] = webhook.Texts(a.Get("transaction_id").Text())
	d["value_minor"], d["currency"] = json.Number(a.Get("totals", "total").Text()), webhook.Text(a.Get("totals", "currency_code").Text(), a.Get("currency_code").Text())
	props := map[string]any{"refund_id": a.Get("id").Text(), "reason": a.Get("reason").Text()}
	if typ == "refund_reversed" {
		delete(props, "refund_id") // an adjustment of its own: it says how much comes back
	}
	d["props"] = props
	return []webhook.Draft{d}
}
