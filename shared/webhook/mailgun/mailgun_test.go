package mailgun

import (
	"testing"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/webhook"
	"tributary/shared/webhook/webhooktest"
)

// Ensures what each of Mailgun's events becomes: of one message and recipient, machines marked, failures told apart.
func TestEvents(t *testing.T) {
	c := webhooktest.Connection(t, `{"provider":"mailgun"}`)
	for _, w := range []struct{ file, typ, agent, bounce string }{
		{"accepted", "email_sent", "human", ""},
		{"delivered", "email_delivered", "human", ""},
		{"opened", "email_opened", "human", ""},
		{"opened.machine", "email_opened", event.AgentMailProxy, ""},
		{"clicked", "email_clicked", "human", ""},
		{"clicked.scanner", "email_clicked", event.AgentScanner, ""},
		{"failed.permanent", "email_bounced", "human", `{"bounce":"hard","code":"550","reason":"bounce","severity":"permanent"}`},
		{"failed.temporary", "email_deferred", "human", `{"code":"452","reason":"generic","severity":"temporary"}`},
		{"failed.old", "email_bounced", "human", `{"bounce":"soft","code":"602","reason":"old","severity":"permanent"}`},
		{"failed.suppressed", "suppressed", "human", ""},
		{"complained", "email_complained", "human", ""},
		{"unsubscribed", "email_unsubscribed", "human", ""},
		{"stored", "stored", "human", ""},
	} {
		got, _ := webhooktest.Read(t, &Provider, c, webhooktest.Delivery(t, w.file+".json", map[string]string{"content-type": "application/json"}))
		e := got[0]
		if len(got) != 1 || e.Type != w.typ || e.Agent != w.agent || w.bounce != "" && e.Props != w.bounce || e.MessageID != "20260301120000.1.AB12@mg.example.org" ||
			e.Email == "" || e.UserID != "u-1" || e.Channel != "Email" || e.Campaign != "spring" || e.Time < 1772366400873 {
			t.Errorf("%s: got %+v", w.file, e)
		}
	}
}

// Ensures that the forms of old are read, and that what is no event is told.
func TestForms(t *testing.T) {
	form := &webhook.Delivery{
		Header: map[string]string{"content-type": "application/x-www-form-urlencoded"},
		Body:   []byte("event=bounced&recipient=ada%40example.org&Message-Id=%3Cm1%40x%3E&timestamp=1772366400&token=t1&signature=00&code=550"),
	}
	got, _ := webhooktest.Read(t, &Provider, webhooktest.Connection(t, `{"provider":"mailgun"}`), form)
	if e := got[0]; e.Type != "email_bounced" || e.MessageID != "m1@x" || e.Time != 1772366400000 || e.ID != "mailgun:t1" {
		t.Errorf("got %+v", e)
	}
	if _, err := Read(nil, &webhook.Delivery{Body: []byte(`{"event-data":{}}`)}); fault.Of(err) == nil {
		t.Errorf("got %v", err)
	}
}
