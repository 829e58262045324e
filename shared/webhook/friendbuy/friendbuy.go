// Package friendbuy reads Friendbuy's webhooks: {"id","type","createdOn","data":[…]}, several events at a time. A friend's
// attribution is the invite; a reward's trigger names the order that it is of. Only rewards of money cost any.
package friendbuy

import (
	"strconv"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
	"tributary/shared/webhook/referral"
)

// Provider is Friendbuy.
var Provider = webhook.Provider{
	Name: "friendbuy", Title: "Friendbuy", Scheme: webhook.Friendbuy, Read: Read, Check: referral.Check,
	Events:       "`emailCapture` (invite and sign-up), `advocateReward`, `friendIncentive`: rewards, the sale attached to the order; `emailOptOut` and others under their own name",
	Verification: "`X-Friendbuy-Hmac-SHA256`: HMAC-SHA256 of the body, base64", Replay: "`rewardId`, `eventId`, else the call's `id`", Retries: "every 15 min for 24 h",
}

// Read says what the events of one call mean.
func Read(c *settings.Connection, d *webhook.Delivery) (webhook.Meaning, error) {
	v, err := payload.Parse(d.Body)
	if err != nil {
		return webhook.Meaning{}, err
	}
	says, err := referral.Parse(c)
	if err != nil {
		return webhook.Meaning{}, err
	}
	call, typ, list := v.Get("id").Text(), v.Get("type").Text(), v.Get("data")
	if call == "" || typ == "" || !list.IsArray() {
		return webhook.Meaning{}, fault.New(fault.MissingField, "data", "this is no webhook of Friendbuy's: it has no id, type or array of data")
	}
	var m webhook.Meaning
	i := 0
	for o := range list.Each() {
		id := webhook.Text(o.Get("rewardId").Text(), o.Get("eventId").Text(), call+"#"+strconv.Itoa(i))
		n := &referral.Notice{
			Says: says, ID: "friendbuy:" + typ + ":" + id, Time: webhook.Text(o.Get("createdOn").Text(), v.Get("createdOn").Text()),
			Props: map[string]any{"coupon": o.Get("couponCode").Text(), "campaign": o.Get("campaign", "name").Text(), "unit": o.Get("rewardUnit").Text()},
		}
		drafts := read(n, typ, o)
		if drafts == nil {
			drafts = n.Own(typ, person(o, "emailAddress", "customerId"))
		}
		m.Events = append(m.Events, drafts...)
		i++
	}
	return m, nil
}

func read(n *referral.Notice, typ string, o payload.Value) []webhook.Draft {
	switch typ {
	case "emailCapture":
		advocate := referral.Person{Email: o.Get("advocate", "email").Text(), UserID: o.Get("advocate", "customerId").Text()}
		return n.SignUp(webhook.Prefixed("friendbuy", webhook.Text(o.Get("attributionId").Text(), o.Get("eventId").Text())), person(o, "emailAddress", "customerId"), advocate, true)
	case "advocateReward":
		friend := o.Get("friends").First()
		return reward(n, o, person(friend, "friendEmailAddress", "friendCustomerId"))
	case "friendIncentive":
		return reward(n, o, person(o, "emailAddress", "customerId"))
	}
	return nil
}

// reward is a reward with the sale that it is of.
func reward(n *referral.Notice, o payload.Value, friend referral.Person) []webhook.Draft {
	trigger := o.Get("rewardTrigger")
	invite := webhook.Prefixed("friendbuy", webhook.Text(trigger.Get("attributionId").Text(), o.Get("attributionId").Text()))
	orders := webhook.Texts(trigger.Get("orderId").Text(), trigger.Get("purchase", "orderId").Text(), o.Get("orderId").Text())
	drafts := n.Sale(invite, friend, orders, "", "")
	if !isMoney(o.Get("rewardType").Text(), o.Get("rewardUnit").Text()) {
		return drafts
	}
	currency := o.Get("rewardUnit").Text()
	if len(currency) != 3 {
		currency = ""
	}
	return append(drafts, n.Reward(webhook.Prefixed("friendbuy", o.Get("rewardId").Text()), invite, orders, o.Get("rewardAmount").Text(), currency, false)...)
}

// isMoney tells rewards of money from points, percents and gifts.
func isMoney(typ, unit string) bool {
	switch strings.ToLower(unit) {
	case "percent", "%", "point", "points", "entry", "entries", "product":
		return false
	}
	return !strings.Contains(strings.ToLower(typ), "point")
}

func person(o payload.Value, email, customer string) referral.Person {
	return referral.Person{Email: o.Get(email).Text(), UserID: o.Get(customer).Text()}
}
