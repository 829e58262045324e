package generic

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/webhooktest"
)

// Ensures what bodies of any sender become: Tributary's own events as they are, envelopes of Standard Webhooks under their own
// name, several one by one, each with an id that a retry repeats.
func TestRead(t *testing.T) {
	type said struct{ ID, Type, Order, Props string }
	for _, c := range []struct {
		name, body string
		header     map[string]string
		want       []said
	}{
		{"an event", `{"id":"e","type":"purchase","order_id":"o","value":"1.00","currency":"EUR","site":"other"}`, nil, []said{{"e", "conversion", "o", ""}}},
		{"several", `{"events":[{"id":"1","type":"lead","user_id":"u"},{"type":"lead","user_id":"u"}]}`, map[string]string{"webhook-id": "msg_1"}, []said{{"1", "lead", "", ""}, {"msg_1#1", "lead", "", ""}}},
		{"an envelope", `{"type":"user.created","timestamp":"2026-03-01T12:00:00Z","data":{"user_id":"u","plan":"pro"}}`, map[string]string{"svix-id": "msg_2"}, []said{{"msg_2", "user.created", "", `{"plan":"pro"}`}}},
		{"GitHub", `{"action":"opened","number":7}`, map[string]string{"x-github-delivery": "d-1", "x-github-event": "pull_request"}, []said{{"d-1", "pull_request", "", `{"action":"opened","number":7}`}}},
	} {
		d := &webhook.Delivery{Method: "POST", Header: c.header, Body: []byte(c.body)}
		events, _ := webhooktest.Read(t, &Providers[0], &settings.Connection{}, d)
		var got []said
		for _, e := range events {
			got = append(got, said{e.ID, e.Type, e.OrderID, e.Props})
			if e.Site != event.DefaultSite {
				t.Errorf("%s: the body names the site", c.name)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	for _, body := range []string{``, `7`, `[7]`, `{"events":[null]}`} {
		if _, err := Read(nil, &webhook.Delivery{Body: []byte(body)}); err == nil {
			t.Errorf("%q is taken", body)
		}
	}
}
