package ingest

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tributary/shared/event"
	"tributary/shared/kpi"
)

// Preview is what a dry run answers for one event: every attribute that would be stored, the person's ids and the names
// of the KPIs that it would move.
func Preview(index int, e *event.Event) map[string]any {
	out := map[string]any{"index": index, "agent": event.AgentHuman, "ids": e.IDs(), "kpis": moved(e)}
	if e.IDs() == nil {
		out["ids"] = []string{}
	}
	for _, a := range e.Attrs() {
		switch {
		case a.Name == "time" || a.Name == "received":
			continue
		case a.Name == "hash" || a.Name == "ttl" || a.Name == "trust" || a.Name == "quarter":
			continue // the table's business
		case a.Number:
			out[a.Name] = json.Number(a.Value)
		default:
			out[a.Name] = a.Value
		}
	}
	out["time"] = time.UnixMilli(e.Time).UTC().Format("2006-01-02T15:04:05.000Z")
	return out
}

// moved names the KPIs that an event moves: the sums it is part of at once, and those that its conversion's record
// brings.
func moved(e *event.Event) []string {
	names := []string{}
	for _, m := range kpi.Moves(e) {
		name, _, _ := strings.Cut(string(m.Measure), ":")
		names = append(names, name)
	}
	if e.Human() {
		names = append(names, ofRecords(e)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ofRecords names what comes by way of a conversion's record.
func ofRecords(e *event.Event) []string {
	switch {
	case e.Sells() && e.HasValue:
		return []string{"conversions", "revenue_gross_minor", "revenue_net_minor"}
	case e.Sells():
		return []string{"conversions"}
	case e.Type == "refund" || e.Type == "refund_reversed":
		return []string{"refunds_minor", "revenue_net_minor"}
	}
	switch e.Type { // by way of the records of carts, messages, invites and posts
	case "add_to_cart":
		if e.CartID != "" {
			return []string{"cart_abandonment_rate"}
		}
	case "email_sent", "email_delivered", "email_deferred", "email_complained", "email_unsubscribed":
		return []string{"email_sent", "email_delivered"}
	case "email_bounced":
		return []string{"email_bounce_rate", "email_delivered"}
	case "email_opened":
		return []string{"email_open_rate"}
	case "email_clicked":
		return []string{"email_click_rate"}
	case "invite":
		return []string{"referral_purchase_conversion", "referral_signup_conversion", "viral_coefficient_k"}
	case "invite_signup":
		return []string{"referral_signup_conversion"}
	case "social_post":
		return []string{"social_engagement_rate_reach"}
	}
	return nil
}
