package stripe

import "tributary/shared/webhook"

// back is a refund, or its reversal, under the names of the payment that a refund, dispute or charge has.
func (e *notice) back(typ, suffix, id string) webhook.Draft {
	o := e.object
	charge := idOf(o.Get("charge"))
	if o.Get("object").Text() == "charge" {
		charge = o.Get("id").Text()
	}
	return webhook.Draft{
		"id": "stripe:" + e.id + suffix, "type": typ, "time": e.created, "provider_ids": customerOf(o),
		"order_id":      o.Get("metadata", "order_id").Text(),
		"order_aliases": webhook.Texts(idOf(o.Get("payment_intent")), charge),
		"value":         amountOf(o.Get("amount"), o), "currency": currencyOf(o),
		"props": map[string]any{"refund_id": id, "charge": charge, "reason": o.Get("reason").Text()},
	}
}

// refund is a refund in any state. It counts from when it was made, and is taken back when it fails; whichever of its events
// come, refund_id makes them one.
func (e *notice) refund() []webhook.Draft {
	o, at := e.object, e.created
	id, status := o.Get("id").Text(), o.Get("status").Text()
	if status == "requires_action" {
		return nil
	}
	if made := o.Get("created").Int(); made > 0 {
		e.created = made * 1000
	}
	drafts := []webhook.Draft{e.back("refund", "", id)}
	if status == "failed" || status == "canceled" {
		reversed := e.back("refund_reversed", "/reversed", id)
		reversed["time"] = at
		drafts = append(drafts, reversed)
	}
	return drafts
}

// refundedCharge is the fallback for who sends no refund.*: a charge with all that was given back of it so far. Versions
// before 2022-11-15 list the refunds; later ones tell the sum alone, of which journey counts what no refund has told.
func (e *notice) refundedCharge() []webhook.Draft {
	charge := e.object
	if list := charge.Get("refunds", "data"); list.First().Has() {
		var drafts []webhook.Draft
		for one := range list.Each() {
			e.object = one
			for _, d := range e.refund() {
				d["id"] = d["id"].(string) + "/" + one.Get("id").Text()
				if d["order_id"] == "" {
					d["order_id"] = charge.Get("metadata", "order_id").Text()
				}
				drafts = append(drafts, d)
			}
		}
		return drafts
	}
	d := e.back("refund", "", "")
	d["value"] = amountOf(charge.Get("amount_refunded"), charge)
	d["props"] = map[string]any{"refund_total": true, "charge": charge.Get("id").Text()}
	return []webhook.Draft{d}
}

// withdrawn is a dispute for which the money was taken.
func (e *notice) withdrawn() []webhook.Draft {
	d := e.back("refund", "", e.object.Get("id").Text())
	d["props"].(map[string]any)["dispute"] = true
	return []webhook.Draft{d}
}

// reinstated is a dispute that was won.
func (e *notice) reinstated() []webhook.Draft {
	return []webhook.Draft{e.back("refund_reversed", "", e.object.Get("id").Text())}
}
