package hubspot

import (
	"net/http"
	"net/url"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
)

// api is HubSpot's; no delivery can name another.
const api = "https://api.hubapi.com/crm/v3/objects/"

// dealProperties and contactProperties are those that are asked for, besides what the connection's fields name.
var (
	dealProperties    = []string{"amount", "deal_currency_code", "dealstage", "pipeline", "closedate", "order_id", "hs_lastmodifieddate"}
	contactProperties = []string{"email", "phone", "tributary_id", "user_id"}
)

// Complete asks HubSpot what a deal is now, and who its contact is. A deal that is gone means nothing; any other answer than
// the deal is an error, after which it is asked again later.
func Complete(c *settings.Connection, l webhook.Lookup, ask webhook.Ask) (webhook.Meaning, error) {
	v, err := object(c, ask, "deals/"+url.PathEscape(l.Key)+"?associations=contacts&properties="+strings.Join(dealProperties, ","))
	if err != nil || !v.Has() {
		return webhook.Meaning{}, err
	}
	p := func(name string) string { return v.Get("properties", name).Text() }
	w := deal{
		id: l.Key, order: p("order_id"), amount: p("amount"), currency: p("deal_currency_code"), stage: p("dealstage"), pipeline: p("pipeline"), at: l.Time,
	}
	for one := range v.Get("associations", "contacts", "results").Each() {
		if id := one.Get("id").Text(); id != "" {
			w.contacts = webhook.Texts(append(w.contacts, id)...)
		}
	}
	if len(w.contacts) > 0 {
		w.contacts = w.contacts[:1] // the others are other people: to link them would make them one
		who, err := object(c, ask, "contacts/"+url.PathEscape(w.contacts[0])+"?properties="+strings.Join(contactProperties, ","))
		if err != nil {
			return webhook.Meaning{}, err
		}
		q := func(name string) string { return who.Get("properties", name).Text() }
		w.email, w.phone, w.anonymous, w.user = q("email"), q("phone"), q("tributary_id"), q("user_id")
	}
	d := w.draft(c, l.ID)
	if d["type"] == "conversion" {
		d["props"].(map[string]any)["revised"] = l.Time // an amount that is changed later is the deal's
	}
	return webhook.Meaning{Events: []webhook.Draft{d}}, nil
}

// object asks for one object; absent when it is gone. Of an answer nothing but its status is told: it may repeat the token.
func object(c *settings.Connection, ask webhook.Ask, path string) (payload.Value, error) {
	status, body, err := ask(api+path, c.Token)
	switch {
	case err != nil:
		return payload.Value{}, err
	case status == http.StatusNotFound:
		return payload.Value{}, nil
	case status != http.StatusOK:
		return payload.Value{}, &webhook.Unanswered{Status: status}
	}
	v, err := payload.Parse(body)
	if err == nil && !v.IsObject() {
		err = fault.New(fault.InvalidJSON, "", "HubSpot's answer is no object")
	}
	return v, err
}
