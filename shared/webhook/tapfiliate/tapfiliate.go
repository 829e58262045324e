// Package tapfiliate reads Tapfiliate's trigger webhooks, which carry a conversion, a commission, a customer or an affiliate as
// its API has them: {"id","external_id","amount","commissions":[…],…}. A trigger does not say which event it is about: name it
// in the address, /hooks/{connection}~{token}?event=conversion.created, or as "event" in a body of your own.
package tapfiliate

import (
	"encoding/json"
	"strconv"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/money"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
	"tributary/shared/webhook/referral"
)

// Provider is Tapfiliate.
var Provider = webhook.Provider{
	Name: "tapfiliate", Title: "Tapfiliate", Scheme: webhook.Token{}, Read: Read, Check: referral.Check,
	Events:       "`?event=` `customer.created` (invite and sign-up), `conversion.created`, `commission.created`, `commission.approved`: the sale attached to its `external_id`, rewards; `commission.disapproved`, `conversion.deleted`: their reversal; others under their own name",
	Verification: "none of its own: token of 16 characters or more in a header of yours, `?token=`, or `/hooks/{connection}~{token}`",
	Replay:       "event and object; a commission's own id", Retries: "not documented",
}

// Read says what one trigger means.
func Read(c *settings.Connection, d *webhook.Delivery) (webhook.Meaning, error) {
	v, err := payload.Parse(d.Body)
	if err != nil {
		return webhook.Meaning{}, err
	}
	says, err := referral.Parse(c)
	if err != nil {
		return webhook.Meaning{}, err
	}
	o := v
	for _, inner := range []string{"conversion", "commission", "customer", "affiliate"} {
		if v.Get(inner).IsObject() && !v.Get("id").Has() {
			o = v.Get(inner)
		}
	}
	typ := strings.ReplaceAll(webhook.Text(v.Get("event").Text(), d.Param("event"), guess(o)), "_", ".")
	id := o.Get("id").Text()
	if id == "" {
		return webhook.Meaning{}, fault.New(fault.MissingField, "id", "the trigger's body has no id; send the conversion, commission or customer as Tapfiliate has it")
	}
	n := &referral.Notice{Says: says, ID: "tapfiliate:" + typ + ":" + id, Time: o.Get("created_at").Text(), Props: map[string]any{"program": o.Get("program", "id").Text()}}
	drafts := read(n, typ, o)
	if drafts == nil {
		drafts = n.Own(typ, referral.Person{})
	}
	return webhook.Meaning{Events: drafts}, nil
}

// guess tells an object's event where nobody names it: what was made.
func guess(o payload.Value) string {
	switch {
	case o.Get("commissions").IsArray() || o.Get("external_id").Has():
		return "conversion.created"
	case o.Get("customer_id").Has() || o.Get("referral").IsObject():
		return "customer.created"
	case o.Get("conversion_sub_amount").Has() || o.Get("conversion").IsObject():
		return "commission.created"
	}
	return "tapfiliate"
}

func read(n *referral.Notice, typ string, o payload.Value) []webhook.Draft {
	switch typ {
	case "customer.created":
		friend := referral.Person{UserID: o.Get("customer_id").Text(), Email: o.Get("meta_data", "email").Text(), ProviderIDs: webhook.Texts(webhook.Prefixed("tapfiliate", o.Get("id").Text()))}
		return n.SignUp(webhook.Prefixed("tapfiliate", o.Get("id").Text()), friend, advocate(o), true)
	case "conversion.created":
		return append(sale(n, o), commissions(n, o, false)...)
	case "conversion.deleted", "conversion.disapproved":
		return append(n.Refund(orders(o), "tapfiliate:"+o.Get("id").Text(), "", ""), commissions(n, o, true)...)
	case "commission.created", "commission.approved":
		return commission(n, o, o.Get("conversion"), false)
	case "commission.disapproved", "commission.deleted":
		return commission(n, o, o.Get("conversion"), true)
	}
	return nil
}

func orders(conversion payload.Value) []string {
	return webhook.Texts(conversion.Get("external_id").Text(), webhook.Prefixed("tapfiliate", conversion.Get("id").Text()))
}

// sale is the conversion; its amount is a decimal.
func sale(n *referral.Notice, o payload.Value) []webhook.Draft {
	currency := strings.ToUpper(webhook.Text(o.Get("currency").Text(), o.Get("program", "currency").Text(), n.Currency))
	var value json.Number
	if minor, err := money.ParseMinor(o.Get("amount").Text(), currency); err == nil {
		value = json.Number(strconv.FormatInt(minor, 10))
	}
	friend := referral.Person{UserID: o.Get("customer", "customer_id").Text(), Email: o.Get("meta_data", "email").Text()}
	return n.Sale(webhook.Prefixed("tapfiliate", o.Get("customer", "id").Text()), friend, orders(o), value, currency)
}

// commissions are those of a conversion.
func commissions(n *referral.Notice, o payload.Value, reversed bool) []webhook.Draft {
	var drafts []webhook.Draft
	for one := range o.Get("commissions").Each() {
		drafts = append(drafts, commission(n, one, o, reversed)...)
	}
	return drafts
}

func commission(n *referral.Notice, one, conversion payload.Value, reversed bool) []webhook.Draft {
	return n.Reward(webhook.Prefixed("tapfiliate:commission", one.Get("id").Text()), webhook.Prefixed("tapfiliate", conversion.Get("customer", "id").Text()),
		orders(conversion), one.Get("amount").Text(), webhook.Text(one.Get("currency").Text(), conversion.Get("program", "currency").Text()), reversed)
}

func advocate(o payload.Value) referral.Person {
	a := o.Get("affiliate")
	return referral.Person{Email: a.Get("email").Text(), ProviderIDs: webhook.Texts(webhook.Prefixed("tapfiliate:affiliate", a.Get("id").Text()))}
}
