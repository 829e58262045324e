package shopify

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"tributary/shared/webhook"
)

// cart is a cart with something in it. Only what stays the same over its updates is told, so that it counts once.
func (n *notice) cart() webhook.Meaning {
	o := n.object
	token := webhook.Text(o.Get("token").Text(), o.Get("id").Text())
	if anonymous(o) == "" || !o.Get("line_items").First().Has() {
		m := n.own()
		m.Events[0]["cart_id"] = token
		return m
	}
	return said(webhook.Draft{
		"id": "shopify:cart:" + token, "type": "add_to_cart", "time": o.Get("created_at").Text(), "cart_id": token, "anonymous_id": anonymous(o),
	})
}

// checkout is a checkout that was begun, and whom it made known.
func (n *notice) checkout() webhook.Meaning {
	o := n.object
	token, cart := o.Get("token").Text(), o.Get("cart_token").Text()
	var m webhook.Meaning
	if id := anonymous(o); id != "" {
		m.Events = append(m.Events, webhook.Draft{
			"id": "shopify:checkout:" + token, "type": "begin_checkout", "time": o.Get("created_at").Text(), "cart_id": cart, "anonymous_id": id,
		})
	}
	if d := n.whose(webhook.Draft{"type": "identify", "time": o.Get("created_at").Text()}); known(d) > 1 {
		d["id"] = "shopify:checkout:" + token + ":" + digest(d) // once for the same ids, not once an update
		m.Events = append(m.Events, d)
	}
	if len(m.Events) == 0 {
		m = n.own()
		m.Events[0]["cart_id"] = cart
	}
	return m
}

// known is how many ids of a person a draft has.
func known(d webhook.Draft) int {
	n := len(d["provider_ids"].([]string))
	for _, name := range []string{"anonymous_id", "email", "phone"} {
		if d[name] != "" {
			n++
		}
	}
	return n
}

// digest tells one set of ids from another.
func digest(d webhook.Draft) string {
	sum := sha256.Sum256([]byte(strings.Join(append(d["provider_ids"].([]string), d["anonymous_id"].(string), d["email"].(string), d["phone"].(string)), "\x00")))
	return hex.EncodeToString(sum[:8])
}
