package hubspot

import (
	"strings"

	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
)

// deal is a deal, or without one a contact, whoever told of it.
type deal struct {
	contacts                                 []string // ids
	id, email, phone, anonymous, user        string
	order, amount, currency, stage, pipeline string
	at                                       any // when; nil: unknown
}

// fields are what a connection may say the place of.
var fields = map[string]bool{
	"contact_id": true, "deal_id": true, "email": true, "phone": true, "anonymous_id": true, "user_id": true, "order_id": true, "amount": true,
	"currency": true, "stage": true, "pipeline": true, "time": true,
}

// usual are where a workflow's payload has what, when the connection does not say: names of HubSpot's own properties, and the
// short ones that people give them.
var usual = map[string][]string{
	"contact_id": {"contact_id", "vid", "associatedcontactid"}, "deal_id": {"deal_id", "hs_deal_id"}, "email": {"email"}, "phone": {"phone"},
	"anonymous_id": {"anonymous_id", "tributary_id"}, "user_id": {"user_id"}, "order_id": {"order_id"}, "amount": {"amount"},
	"currency": {"currency", "deal_currency_code"}, "stage": {"stage", "dealstage"}, "pipeline": {"pipeline"}, "time": {"time"}, "closed": {"closedate"},
}

// workflow reads what a workflow sends.
func workflow(c *settings.Connection, v payload.Value) (webhook.Meaning, error) {
	get := func(field string) string { return place(c, v, field) }
	w := deal{
		contacts: webhook.Texts(get("contact_id")), id: get("deal_id"), email: get("email"), phone: get("phone"), anonymous: get("anonymous_id"), user: get("user_id"),
		order: get("order_id"), amount: get("amount"), currency: get("currency"), stage: get("stage"), pipeline: get("pipeline"),
	}
	if w.id == "" && strings.EqualFold(v.Get("objectType").Text(), "DEAL") {
		w.id = v.Get("objectId").Text()
	}
	at := get("time")
	if m := w.meaning(c); at == "" && (m == settings.StageWon || m == settings.StageLost) {
		at = get("closed") // before that it is a guess about the future
	}
	if at != "" {
		w.at = moment(at)
	}
	if w.id == "" && w.stage == "" && len(w.contacts) == 0 && webhook.Email(w.email) == "" {
		return webhook.Meaning{}, fault.New(fault.MissingField, "fields", "there is neither a deal nor a contact in what the workflow sent; say where they stand with the connection's fields")
	}
	return webhook.Meaning{Events: []webhook.Draft{w.draft(c, "")}}, nil
}

// place is a field's value: where the connection says, else in the usual places, plain or among the properties.
func place(c *settings.Connection, v payload.Value, field string) string {
	if path, ok := c.Fields[field]; ok {
		return text(v.Get(strings.Split(path, ".")...))
	}
	for _, name := range usual[field] {
		if s := webhook.Text(text(v.Get(name)), text(v.Get("properties", name))); s != "" {
			return s
		}
	}
	return ""
}

// text is a value, or what stands in its member value, as HubSpot's older objects have it.
func text(v payload.Value) string {
	if v.IsObject() {
		return v.Get("value").Text()
	}
	return v.Text()
}

// moment is a time as an event takes it: HubSpot writes milliseconds as text too.
func moment(s string) any {
	if n, ok := webhook.Digits(s); ok {
		return n
	}
	return s
}

// stages are those of the pipeline that HubSpot begins with, for connections that name none.
var stages = map[string]string{
	"closedwon": settings.StageWon, "closedlost": settings.StageLost, "appointmentscheduled": settings.StageOpportunity, "qualifiedtobuy": settings.StageOpportunity,
	"presentationscheduled": settings.StageOpportunity, "decisionmakerboughtin": settings.StageOpportunity, "contractsent": settings.StageOpportunity,
}

// meaning is what the deal's stage means in its pipeline; empty when nobody said.
func (w *deal) meaning(c *settings.Connection) string {
	if len(c.Stages) == 0 {
		return stages[w.stage]
	}
	return c.Stage(w.pipeline, w.stage)
}

// draft is what a deal in its stage is to us. id may be empty.
func (w *deal) draft(c *settings.Connection, id string) webhook.Draft {
	d := webhook.Draft{
		"id": id, "type": "identify", "time": w.at, "anonymous_id": w.anonymous, "user_id": w.user, "email": webhook.Email(w.email), "phone": webhook.Phone(w.phone),
		"provider_ids": w.ids(), "props": map[string]any{"deal": w.id, "stage": w.stage, "pipeline": w.pipeline},
	}
	switch stage := w.meaning(c); {
	case stage == settings.StageWon && w.id != "":
		d["type"], d["order_id"] = "conversion", webhook.Text(w.order, w.id)
		d["order_aliases"] = webhook.Texts(w.order, w.id)[1:]
		d["props"].(map[string]any)["kind"] = "deal"
		if w.amount != "" {
			d["value"], d["currency"] = w.amount, strings.ToUpper(webhook.Text(w.currency, c.Currency))
		}
	case stage == settings.StageLost:
		d["type"] = "opportunity_lost"
	case stage == settings.StageOpportunity:
		d["type"] = "opportunity"
	case stage == settings.StageLead:
		d["type"] = "lead"
	case w.id != "" || len(w.ids())+count(w.email, w.phone, w.anonymous, w.user) < 2:
		d["type"] = "deal" // a stage that means nothing, or a contact of whom nothing is to be linked
	}
	return d
}

// ids are the contacts; a deal without any stands for its buyer.
func (w *deal) ids() []string {
	var ids []string
	for _, id := range w.contacts {
		ids = append(ids, contact(id))
	}
	if len(ids) == 0 && count(w.email, w.phone, w.anonymous, w.user) == 0 && w.id != "" {
		return []string{"hubspot:deal:" + w.id}
	}
	return ids
}

func count(all ...string) int { return len(webhook.Texts(all...)) }
