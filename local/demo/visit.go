package demo

import (
	"fmt"
	"time"

	"tributary/local/send"
)

var products = []struct {
	page  string
	cents int
}{{"/p/teapot", 3_490}, {"/p/kettle", 7_950}, {"/p/grinder", 12_900}, {"/p/espresso", 38_900}, {"/p/cups", 2_400}}

// visit is one visit, as far as it goes: half of the visitors look at a product, one in twelve buys.
func (sc *scene) visit(at time.Time, p person, from map[string]any) {
	who := map[string]any{"anonymous_id": p.anonymous, "session_id": "s-" + sc.id}
	switch {
	case from["link"] != nil:
		sc.say(at, "click", who, from)
	case from["medium"] == "display":
		sc.say(at.Add(-sc.within(sc.page)), "impression", who, from)
	}
	sc.say(at, "visit", who, from)
	for range 1 + sc.IntN(3) {
		sc.say(at, "page_view", who, map[string]any{"page": from["page"]})
		at = at.Add(sc.within(sc.page))
	}
	if sc.often(4) {
		sc.say(at, "lead", who, map[string]any{"email": p.email})
	}
	if !sc.often(60) {
		return
	}
	product := products[sc.IntN(len(products))]
	step := func(typ string, fields map[string]any) {
		at = at.Add(sc.within(sc.page))
		sc.say(at, typ, who, map[string]any{"page": shop + product.page}, fields)
	}
	step("view_item", nil)
	cart := map[string]any{"cart_id": "cart-" + sc.id}
	if !sc.often(45) {
		return
	}
	step("add_to_cart", cart)
	if !sc.often(60) {
		return
	}
	step("begin_checkout", cart)
	if sc.often(60) {
		sc.buy(at.Add(sc.within(sc.page)), p, who, product.cents, from["campaign"] == "friends")
	}
}

// buy is one sale that several tell of: the page, the payment, and the referral tool where a friend led to it.
func (sc *scene) buy(at time.Time, p person, who map[string]any, cents int, referred bool) {
	order, value := "o-"+sc.id, decimal(cents)
	sc.say(at, "conversion", who, map[string]any{
		"order_id": order, "cart_id": "cart-" + sc.id, "user_id": p.user, "email": p.email, "value": value, "currency": "USD", "page": shop + "/thanks",
	})
	paid := send.Change{Order: order, Value: value, Currency: "USD", Email: p.email, Anonymous: p.anonymous}
	sc.hook(at.Add(2*time.Second), "stripe", "checkout.session.completed", paid)
	if referred {
		sc.hook(at.Add(-time.Second), "rewardful", "referral.lead", send.Change{Order: order, Email: p.email})
		sc.hook(at.Add(6*time.Second), "rewardful", "commission.created", send.Change{Order: order, Value: value})
	}
	if sc.often(12) {
		back := cents
		if sc.IntN(100) < 40 {
			back = cents / 3
		}
		sc.hook(at.Add(time.Minute+sc.within(sc.later)), "stripe", "refund.created", send.Change{Order: order, Value: decimal(back), Currency: "USD"})
	}
	sc.after(at, p)
}

// after is what some customers do: say how it was, and tell a friend, who may join.
func (sc *scene) after(at time.Time, p person) {
	if sc.often(25) {
		sc.say(at.Add(sc.within(sc.later)), "rating", map[string]any{"user_id": p.user, "score": 5 - sc.IntN(8)/3})
	}
	if !sc.often(20) {
		return
	}
	invite := map[string]any{"invite_id": "i-" + sc.id}
	sc.say(at.Add(time.Minute), "invite", invite, map[string]any{"user_id": p.user})
	if sc.often(40) {
		joins := at.Add(time.Minute + sc.within(sc.later))
		friend := sc.story.person(at, 1_000_000+sc.IntN(1_000_000))
		sc.say(joins, "invite_signup", invite, map[string]any{"user_id": friend.user, "anonymous_id": friend.anonymous, "email": friend.email})
		if sc.often(50) {
			sc.follow(joins, friend, invite)
		}
	}
}

// follow is the first order of a friend who took up an invite.
func (sc *scene) follow(at time.Time, friend person, invite map[string]any) {
	f := sc.story.scene("friend-"+sc.id, sc.pace)
	who := map[string]any{"anonymous_id": friend.anonymous, "session_id": "s-" + f.id, "invite_id": invite["invite_id"]}
	f.say(at.Add(time.Second), "visit", who, map[string]any{"page": shop + "/welcome"})
	f.say(at.Add(f.within(f.page)), "add_to_cart", who, map[string]any{"cart_id": "cart-" + f.id})
	f.buy(at.Add(f.page+f.within(f.page)), friend, who, products[f.IntN(len(products))].cents, false)
	sc.steps = append(sc.steps, f.steps...)
}

func decimal(cents int) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }
