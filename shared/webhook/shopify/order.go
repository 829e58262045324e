package shopify

import (
	"time"

	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
)

// maxItems is how many lines of an order are kept with it.
const maxItems = 100

// order is an order in whatever state: the sale, the refunds that it lists, and what a cancellation leaves unpaid.
func (n *notice) order() webhook.Meaning {
	o := n.object
	if o.Get("order_edit").IsObject() {
		return n.edit()
	}
	m := said(n.sale())
	for refund := range o.Get("refunds").Each() {
		m.Events = append(m.Events, refundDrafts(refund, o.Get("id").Text())...)
	}
	if at := o.Get("cancelled_at").Text(); at != "" && unpaid(o.Get("financial_status").Text()) {
		m.Events = append(m.Events, webhook.Draft{ // of all that is left
			"id": "shopify:cancelled:" + o.Get("id").Text(), "type": "refund", "time": at, "order_id": o.Get("id").Text(),
			"props": map[string]any{"refund_id": "cancelled:" + o.Get("id").Text(), "reason": o.Get("cancel_reason").Text()},
		})
	}
	return m
}

// unpaid tells a cancelled order whose money never came; of any other the transactions tell what went back.
func unpaid(financial string) bool {
	switch financial {
	case "pending", "authorized", "voided", "expired", "unpaid":
		return true
	}
	return false
}

// sale is the order as a conversion. A later state of it says so (props.revised), and then its value stands.
func (n *notice) sale() webhook.Draft {
	o := n.object
	value, currency := total(o)
	props := map[string]any{
		"kind": kindOf(o), "tax": shop(o.Get("total_tax_set")).Get("amount").Text(), "shipping": shop(o.Get("total_shipping_price_set")).Get("amount").Text(),
		"coupon": o.Get("discount_codes").First().Get("code").Text(),
	}
	if n.topic == "orders/updated" || n.topic == "orders/edited" {
		if at, err := time.Parse(time.RFC3339, o.Get("updated_at").Text()); err == nil && !o.Get("cancelled_at").Has() {
			props["revised"] = at.UnixMilli()
			value = gross(o, value, currency)
		}
	}
	return n.whose(webhook.Draft{
		"id": webhook.Prefixed("shopify", n.id), "type": "conversion", "time": webhook.Text(o.Get("processed_at").Text(), o.Get("created_at").Text()),
		"order_id": o.Get("id").Text(), "order_aliases": webhook.Texts(o.Get("admin_graphql_api_id").Text(), o.Get("checkout_token").Text()),
		"value": value, "currency": currency, "cart_id": o.Get("cart_token").Text(), "items": items(o.Get("line_items")), "props": props,
	})
}

// kindOf tells an order that a subscription made by itself.
func kindOf(o payload.Value) string {
	if o.Get("source_name").Text() == "subscription_contract" {
		return "renewal"
	}
	return "order"
}

// total is what the order came to when it was made, in the shop's currency.
func total(o payload.Value) (value, currency string) {
	if m := shop(o.Get("total_price_set")); m.Has() {
		return m.Get("amount").Text(), m.Get("currency_code").Text()
	}
	return o.Get("total_price").Text(), o.Get("currency").Text()
}

// shop is the side of an amount that is in the shop's currency.
func shop(set payload.Value) payload.Value { return set.Get("shop_money") }

// items are the order's lines.
func items(lines payload.Value) []any {
	var list []any
	for line := range lines.Each() {
		if len(list) == maxItems {
			break
		}
		list = append(list, map[string]any{
			"item_id": line.Get("product_id").Text(), "variant_id": line.Get("variant_id").Text(), "sku": line.Get("sku").Text(),
			"item_name": line.Get("title").Text(), "quantity": line.Get("quantity").Number(), "price": webhook.Text(shop(line.Get("price_set")).Get("amount").Text(), line.Get("price").Text()),
		})
	}
	return list
}

// edit is the delivery of orders/edited, which tells lines and no amount: orders/updated, which comes with every edit, tells
// that. It is kept under its own name.
func (n *notice) edit() webhook.Meaning {
	e := n.object.Get("order_edit")
	return said(webhook.Draft{
		"id": webhook.Prefixed("shopify", n.id), "type": n.topic, "time": webhook.Text(e.Get("committed_at").Text(), n.at),
		"order_id": e.Get("order_id").Text(), "props": map[string]any{"object": e.Get("id").Text()},
	})
}
