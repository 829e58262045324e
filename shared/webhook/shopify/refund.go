package shopify

import (
	"math/big"
	"strconv"

	"tributary/shared/money"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
)

// refund is the delivery of refunds/create.
func (n *notice) refund() webhook.Meaning {
	drafts := refundDrafts(n.object, n.object.Get("order_id").Text())
	if len(drafts) == 0 { // goods came back, and no money went: nothing to take back
		return n.own()
	}
	return said(drafts...)
}

// refundDrafts are a refund's successful transactions: what was really given back. A refund without any gave nothing back yet.
func refundDrafts(refund payload.Value, order string) []webhook.Draft {
	var drafts []webhook.Draft
	for t := range refund.Get("transactions").Each() {
		if t.Get("kind").Text() != "refund" || t.Get("status").Text() != "success" || t.Get("test").True() {
			continue
		}
		value, currency := inShopMoney(t, refund)
		id := t.Get("id").Text()
		drafts = append(drafts, webhook.Draft{
			"id": "shopify:refund:" + id, "type": "refund", "time": webhook.Text(t.Get("processed_at").Text(), t.Get("created_at").Text()),
			"order_id": order, "value": value, "currency": currency,
			"props": map[string]any{"refund_id": id, "refund": refund.Get("id").Text()},
		})
	}
	return drafts
}

// inShopMoney is a transaction's amount in the shop's currency. Transactions are in the buyer's; where that is another one,
// the refund's own lines, which are in both, say at what rate it was sold.
func inShopMoney(t, refund payload.Value) (value, currency string) {
	if m := shop(t.Get("amount_set")); m.Has() {
		return m.Get("amount").Text(), m.Get("currency_code").Text()
	}
	value, currency = t.Get("amount").Text(), t.Get("currency").Text()
	s, p := both(refund)
	if s.currency == "" || s.currency == currency || p.currency != currency || p.minor == 0 {
		return value, currency
	}
	minor, err := money.ParseMinor(value, currency)
	if err != nil {
		return value, currency
	}
	return decimal(scaled(minor, s.minor, p.minor), s.currency), s.currency
}

// sum is an amount of one currency.
type sum struct {
	minor    int64
	currency string
}

func (s *sum) add(m payload.Value) {
	c := m.Get("currency_code").Text()
	n, err := money.ParseMinor(m.Get("amount").Text(), c)
	if err != nil {
		return
	}
	s.minor, s.currency = s.minor+max(n, -n), c
}

// both adds up what a refund's parts are worth in the shop's and in the buyer's currency.
func both(refund payload.Value) (inShop, presented sum) {
	for _, part := range []struct{ list, amount string }{
		{"refund_line_items", "subtotal_set"}, {"refund_line_items", "total_tax_set"}, {"order_adjustments", "amount_set"}, {"refund_shipping_lines", "subtotal_amount_set"},
	} {
		for one := range refund.Get(part.list).Each() {
			inShop.add(shop(one.Get(part.amount)))
			presented.add(one.Get(part.amount, "presentment_money"))
		}
	}
	return inShop, presented
}

// scaled is n * of / per, rounded half up.
func scaled(n, of, per int64) int64 {
	x := new(big.Int).Mul(big.NewInt(n), big.NewInt(of))
	x.Add(x.Lsh(x, 1), big.NewInt(per))
	return x.Quo(x, big.NewInt(2*per)).Int64()
}

func decimal(minor int64, currency string) string {
	exp, _ := money.Exponent(currency)
	return webhook.Decimal(strconv.FormatInt(minor, 10), exp)
}

// gross is what an order came to before money went back, whatever was edited since: what it comes to now and all that was
// refunded. Where it cannot be told, first stands.
func gross(o payload.Value, first, currency string) string {
	now := shop(o.Get("current_total_price_set"))
	n, err := money.ParseMinor(now.Get("amount").Text(), currency)
	if err != nil || now.Get("currency_code").Text() != currency {
		return first
	}
	for refund := range o.Get("refunds").Each() {
		for _, d := range refundDrafts(refund, "") {
			back, err := money.ParseMinor(d["value"].(string), currency)
			if err != nil || d["currency"] != currency {
				return first
			}
			n += back
		}
	}
	return decimal(n, currency)
}
