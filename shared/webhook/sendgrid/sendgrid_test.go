package sendgrid

import (
	"testing"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/webhook"
	"tributary/shared/webhook/webhooktest"
)

// Ensures what each of SendGrid's events becomes: of one message and recipient, machine opens marked, bounces told apart.
func TestBatch(t *testing.T) {
	c := webhooktest.Connection(t, `{"provider":"sendgrid"}`)
	got, _ := webhooktest.Read(t, &Provider, c, webhooktest.Delivery(t, "batch.json", nil))
	for i, want := range []struct{ typ, agent, props string }{
		{"email_sent", "human", `{}`},
		{"email_deferred", "human", `{"attempt":"5"}`},
		{"email_delivered", "human", ``},
		{"email_opened", event.AgentMailProxy, ``},
		{"email_opened", "human", ``},
		{"email_clicked", "human", ``},
		{"email_bounced", "human", `{"bounce":"hard","reason":"550","status":"5.1.1"}`},
		{"email_bounced", "human", `{"bounce":"soft","reason":"452 mailbox full","status":"4.2.2"}`},
		{"email_complained", "human", ``},
		{"email_unsubscribed", "human", ``},
		{"email_unsubscribed", "human", ``},
		{"dropped", "human", `{"reason":"Bounced Address","status":"5.0.0"}`},
	} {
		e := got[i]
		if e.Type != want.typ || e.Agent != want.agent || want.props != "" && want.props != "{}" && e.Props != want.props || e.Email == "" || e.MessageID == "" || e.Channel != "Email" {
			t.Errorf("%d: got %s by %s with %s of %q, want %+v", i, e.Type, e.Agent, e.Props, e.MessageID, want)
		}
	}
	first, click := got[0], got[5]
	if first.MessageID != "14c5d75ce93dfd64b469" || first.MessageID != click.MessageID || first.ID != "sendgrid:cmVjLXByb2Nlc3NlZA" || first.Time != 1772366400000 || first.UserID != "u-1" {
		t.Errorf("got %+v", first)
	}
	if click.Campaign != "spring" || click.Page == "" || len(got) != 12 {
		t.Errorf("%d events, %+v", len(got), click)
	}
}

// Ensures that what is no batch is told.
func TestNoBatch(t *testing.T) {
	if _, err := Read(nil, &webhook.Delivery{Body: []byte(`{"event":"open"}`)}); fault.Of(err) == nil {
		t.Errorf("got %v", err)
	}
}
