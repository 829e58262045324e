package event

import (
	"encoding/json"

	"tributary/shared/fault"
)

// needs checks what the contract's table asks of each type. A visitor's hit needs no id of a person: whoever gives no
// consent is counted and belongs to nobody.
func (e *Event) needs() error {
	switch e.Type {
	case "impression", "click", "visit", "page_view", "view_item", "add_to_cart", "begin_checkout":
		if e.Trust != TrustPublic {
			return e.need("anonymous_id", e.AnonymousID)
		}
	case "email_sent", "email_delivered", "email_deferred", "email_bounced", "email_opened", "email_clicked", "email_complained", "email_unsubscribed":
		return first(e.need("message_id", e.MessageID), e.needPerson())
	case "identify":
		return e.needLink()
	case "conversion":
		return e.need("goal", e.Goal)
	case "lead", "opportunity", "opportunity_lost":
		return e.needPerson()
	case "refund", "refund_reversed":
		return e.needOrder("order_id")
	case "cancel":
		if len(e.IDs()) == 0 {
			return e.needOrder("order_id")
		}
	case "rating":
		if e.Score == 0 {
			return e.need("score", "")
		}
	case "invite", "invite_signup":
		return first(e.need("invite_id", e.InviteID), e.needPerson())
	case "reward", "reward_reversed":
		if e.InviteID == "" {
			return first(e.needOrder("order_id"), e.needCost())
		}
		return e.needCost()
	case "social_post", "social_engagement":
		return e.need("post_id", e.PostID)
	case "spend":
		return e.needSpend()
	}
	return nil
}

// need refuses an empty field.
func (e *Event) need(field, value string) error {
	if value != "" {
		return nil
	}
	return fault.New(fault.MissingField, field, "%s needs %s", e.Type, field)
}

func (e *Event) needPerson() error {
	if e.Trust == TrustPublic || len(e.IDs()) > 0 {
		return nil
	}
	return fault.New(fault.MissingField, "anonymous_id", "%s needs an id of the person: anonymous_id, user_id, email, phone or provider_ids", e.Type)
}

func (e *Event) needOrder(field string) error {
	if e.OrderID != "" || len(e.OrderAliases) > 0 {
		return nil
	}
	return fault.New(fault.MissingField, field, "%s needs order_id or one of order_aliases", e.Type)
}

func (e *Event) needCost() error {
	if e.HasCost {
		return nil
	}
	return e.need("cost", "")
}

func (e *Event) needLink() error {
	if n := len(e.IDs()); n > 1 || n == 1 && e.Traits != "" {
		return nil
	}
	return fault.New(fault.MissingField, "user_id", "identify needs two ids of the person, or one and traits")
}

func (e *Event) needSpend() error {
	if e.Campaign == "" && e.CampaignID == "" && e.Channel == "" && e.prop("category") == "" {
		return fault.New(fault.MissingField, "campaign", "spend needs campaign, campaign_id, channel or props.category")
	}
	if e.Date == "" && e.Time == 0 {
		return fault.New(fault.MissingField, "date", "spend needs date, a day like 2026-03-01 in the site's time zone, or time")
	}
	return e.needCost()
}

// prop is a property that is text; empty when absent.
func (e *Event) prop(name string) string {
	var m map[string]any
	if e.Props == "" || json.Unmarshal([]byte(e.Props), &m) != nil {
		return ""
	}
	s, _ := m[name].(string)
	return s
}

// first is the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
