// Package stripe reads Stripe's events, of API versions before and since Basil (2025-03-31).
//
// One sale has many names at Stripe: the order is metadata.order_id, else the invoice, else the payment intent; the others,
// the Checkout session and the charge are its aliases. Basil took the invoice out of payment intents and charges, so there
// invoice_payment.paid alone tells that a payment is an invoice's.
package stripe

import (
	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
)

// Provider is Stripe.
var Provider = webhook.Provider{
	Name: "stripe", Title: "Stripe", Scheme: webhook.Stripe, Read: Read,
	Events: "`checkout.session.completed`, `…async_payment_succeeded`, `invoice.paid`, `invoice_payment.paid`, `payment_intent.succeeded`, `charge.succeeded`, `charge.captured`: " +
		"sales, trials, renewals, upgrades; `refund.*`, `charge.refunded`, `charge.dispute.funds_*`: refunds; `customer.*`: ids, trials, cancels; others under their own name",
	Verification: "`Stripe-Signature`: HMAC-SHA256 of time and body, several while a secret is rolled",
	Replay:       "time within 5 min; the event's `id`",
	Retries:      "for 3 days, with growing gaps; in no order",
}

// notice is one event of Stripe's.
type notice struct {
	id, typ string
	created int64 // Unix milliseconds
	object  payload.Value
	before  payload.Value // data.previous_attributes
}

// readers say what each type means; what is not here is stored under its own name.
var readers = map[string]func(e *notice) []webhook.Draft{
	"checkout.session.completed":               (*notice).session,
	"checkout.session.async_payment_succeeded": (*notice).session,
	"payment_intent.succeeded":                 (*notice).intent,
	"charge.succeeded":                         (*notice).charge,
	"charge.captured":                          (*notice).charge,
	"charge.refunded":                          (*notice).refundedCharge,
	"charge.refund.updated":                    (*notice).refund,
	"charge.dispute.funds_withdrawn":           (*notice).withdrawn,
	"charge.dispute.funds_reinstated":          (*notice).reinstated,
	"refund.created":                           (*notice).refund,
	"refund.updated":                           (*notice).refund,
	"refund.failed":                            (*notice).refund,
	"invoice.paid":                             (*notice).invoice,
	"invoice.payment_succeeded":                (*notice).invoice,
	"invoice_payment.paid":                     (*notice).invoicePayment,
	"customer.created":                         (*notice).customer,
	"customer.updated":                         (*notice).customer,
	"customer.subscription.created":            (*notice).subscription,
	"customer.subscription.updated":            (*notice).subscription,
	"customer.subscription.deleted":            (*notice).ended,
}

// Read says what one event means.
func Read(_ *settings.Connection, d *webhook.Delivery) (webhook.Meaning, error) {
	v, err := payload.Parse(d.Body)
	if err != nil {
		return webhook.Meaning{}, err
	}
	e := &notice{
		id: v.Get("id").Text(), typ: v.Get("type").Text(), created: v.Get("created").Int() * 1000,
		object: v.Get("data", "object"), before: v.Get("data", "previous_attributes"),
	}
	if e.id == "" || e.typ == "" {
		return webhook.Meaning{}, fault.New(fault.MissingField, "id", "this is no event of Stripe's: it has no id or no type")
	}
	var drafts []webhook.Draft
	if read := readers[e.typ]; read != nil {
		drafts = read(e)
	}
	if drafts == nil {
		drafts = []webhook.Draft{e.own()}
	}
	return webhook.Meaning{Events: drafts}, nil
}

// own is an event that means nothing to us: its name, what it is about and whose it is.
func (e *notice) own() webhook.Draft {
	return webhook.Draft{
		"id": "stripe:" + e.id, "type": e.typ, "time": e.created, "provider_ids": customerOf(e.object),
		"props": map[string]any{"object": e.object.Get("id").Text()},
	}
}

// draft is an event of ours about a person and what they paid: with every id that the object has.
func (e *notice) draft(typ string) webhook.Draft {
	o := e.object
	return webhook.Draft{
		"id": "stripe:" + e.id, "type": typ, "time": e.created,
		"provider_ids": customerOf(o), "email": emailOf(o), "phone": phoneOf(o),
		"anonymous_id": webhook.Text(o.Get("client_reference_id").Text(), o.Get("metadata", "anonymous_id").Text()),
		"user_id":      o.Get("metadata", "user_id").Text(),
	}
}

// customerOf is the customer of an object, as an id of a person. Expanded objects come in the place of their ids.
func customerOf(o payload.Value) []string {
	id := idOf(o.Get("customer"))
	if o.Get("object").Text() == "customer" {
		id = o.Get("id").Text()
	}
	return webhook.Texts(webhook.Prefixed("stripe", id))
}

func emailOf(o payload.Value) string {
	return webhook.Email(webhook.Text(o.Get("customer_details", "email").Text(), o.Get("customer_email").Text(), o.Get("email").Text(),
		o.Get("billing_details", "email").Text(), o.Get("receipt_email").Text()))
}

func phoneOf(o payload.Value) string {
	return webhook.Phone(webhook.Text(o.Get("customer_details", "phone").Text(), o.Get("customer_phone").Text(), o.Get("phone").Text(),
		o.Get("billing_details", "phone").Text()))
}

// idOf is an id, or that of the object in its place.
func idOf(v payload.Value) string {
	if v.IsObject() {
		return v.Get("id").Text()
	}
	return v.Text()
}

// customer links what is known of a customer.
func (e *notice) customer() []webhook.Draft {
	if emailOf(e.object) == "" && phoneOf(e.object) == "" && e.object.Get("metadata", "anonymous_id").Text() == "" && e.object.Get("metadata", "user_id").Text() == "" {
		return nil
	}
	return []webhook.Draft{e.draft("identify")}
}
