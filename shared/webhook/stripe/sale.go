package stripe

import (
	"strings"

	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
)

// Kinds of sale (props.kind). A payment intent and a charge cannot tell theirs; their invoice or session does.
const (
	kindOrder   = "order"
	kindTrial   = "trial"
	kindRenewal = "renewal"
	kindUpgrade = "upgrade"
)

// sale is a conversion under the first of its names; the others are its aliases.
func (e *notice) sale(amount payload.Value, kind string, names ...string) webhook.Draft {
	names = webhook.Texts(append([]string{e.object.Get("metadata", "order_id").Text()}, names...)...)
	d := e.draft("conversion")
	if len(names) > 0 {
		d["order_id"], d["order_aliases"] = names[0], names[1:]
	}
	if amount.Has() {
		d["value"], d["currency"] = amountOf(amount, e.object), currencyOf(e.object)
	}
	d["props"] = map[string]any{"kind": kind, "subscription": subscriptionOf(e.object)}
	return d
}

// session is a Checkout session that was completed: a sale once it is paid, a trial where the subscription begins with
// nothing to pay, and in any case the link between the page's visitor and the customer.
func (e *notice) session() []webhook.Draft {
	o := e.object
	id, invoice, intent := o.Get("id").Text(), idOf(o.Get("invoice")), idOf(o.Get("payment_intent"))
	subscription := idOf(o.Get("subscription"))
	free := o.Get("amount_total").Int() == 0
	switch status := o.Get("payment_status").Text(); {
	case o.Get("mode").Text() == "setup", status == "unpaid":
		return e.identified()
	case subscription != "" && free:
		return []webhook.Draft{e.sale(payload.Value{}, kindTrial, subscription, id, invoice)}
	case subscription != "":
		return []webhook.Draft{e.sale(o.Get("amount_total"), "", invoice, id, intent)}
	}
	return []webhook.Draft{e.sale(o.Get("amount_total"), kindOrder, invoice, intent, id)}
}

// identified links the ids of a session that sold nothing yet; nil when there are not two.
func (e *notice) identified() []webhook.Draft {
	d, ids := e.draft("identify"), 0
	for _, name := range []string{"anonymous_id", "user_id", "email", "phone"} {
		if d[name] != "" {
			ids++
		}
	}
	if ids+len(customerOf(e.object)) < 2 {
		return nil
	}
	return []webhook.Draft{d}
}

// intent is a payment that succeeded.
func (e *notice) intent() []webhook.Draft {
	o := e.object
	return []webhook.Draft{e.sale(o.Get("amount_received"), "", idOf(o.Get("invoice")), o.Get("id").Text(), idOf(o.Get("latest_charge")))}
}

// charge is a charge that was made, not one that only reserves.
func (e *notice) charge() []webhook.Draft {
	o := e.object
	if !o.Get("captured").True() {
		return nil
	}
	return []webhook.Draft{e.sale(o.Get("amount_captured"), "", idOf(o.Get("invoice")), idOf(o.Get("payment_intent")), o.Get("id").Text())}
}

// invoice is an invoice that was paid: a subscription's first is the sale, or with nothing to pay its trial; the next ones are
// renewals, of which journey makes the sale the first that is paid after a trial.
func (e *notice) invoice() []webhook.Draft {
	o := e.object
	id, amount, reason := o.Get("id").Text(), o.Get("amount_paid"), o.Get("billing_reason").Text()
	if at := o.Get("status_transitions", "paid_at").Int(); at > 0 {
		e.created = at * 1000
	}
	names := append([]string{id, idOf(o.Get("payment_intent")), idOf(o.Get("charge"))}, payments(o)...)
	kind := map[string]string{"subscription_cycle": kindRenewal, "subscription_threshold": kindRenewal, "subscription_update": kindUpgrade}[reason]
	switch {
	case amount.Int() > 0:
		return []webhook.Draft{e.sale(amount, webhook.Text(kind, kindOrder), names...)}
	case reason == "subscription_create" && subscriptionOf(o) != "":
		return []webhook.Draft{e.sale(payload.Value{}, kindTrial, subscriptionOf(o), id)}
	}
	return nil
}

// payments are the payment intents and charges of an invoice that comes with its payments (Basil, expanded).
func payments(invoice payload.Value) []string {
	var ids []string
	for p := range invoice.Get("payments", "data").Each() {
		ids = append(ids, idOf(p.Get("payment", "payment_intent")), idOf(p.Get("payment", "charge")))
	}
	return ids
}

// invoicePayment says that a payment intent, or a charge, is an invoice's (Basil). It names no amount: an invoice may be paid
// in parts.
func (e *notice) invoicePayment() []webhook.Draft {
	o := e.object
	names := webhook.Texts(idOf(o.Get("invoice")), idOf(o.Get("payment", "payment_intent")), idOf(o.Get("payment", "charge")))
	if len(names) < 2 || !strings.HasPrefix(names[0], "in_") {
		return nil
	}
	return []webhook.Draft{e.sale(payload.Value{}, "", names...)}
}

// subscription tells of a trial, which is the subscription's own sale without a value: when it begins, or at the latest when
// it ends.
func (e *notice) subscription() []webhook.Draft {
	o := e.object
	begins := e.typ == "customer.subscription.created" && o.Get("status").Text() == "trialing"
	ends := e.before.Get("status").Text() == "trialing"
	if !begins && !ends {
		return nil
	}
	if at := o.Get("trial_start").Int(); at > 0 {
		e.created = at * 1000
	}
	return []webhook.Draft{e.sale(payload.Value{}, kindTrial, o.Get("id").Text())}
}

// ended is the end of a subscription.
func (e *notice) ended() []webhook.Draft {
	if len(customerOf(e.object)) == 0 {
		return nil
	}
	d := e.draft("cancel")
	d["props"] = map[string]any{"subscription": subscriptionOf(e.object), "reason": e.object.Get("cancellation_details", "reason").Text()}
	return []webhook.Draft{d}
}

// subscriptionOf is the subscription of an object, where versions before and since Basil have it.
func subscriptionOf(o payload.Value) string {
	if o.Get("object").Text() == "subscription" {
		return o.Get("id").Text()
	}
	return webhook.Text(idOf(o.Get("parent", "subscription_details", "subscription")), idOf(o.Get("subscription")))
}
