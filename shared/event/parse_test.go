package event

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// now is the arrival of every event in these tests.
var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixMilli()

// public and keyed are doors; site is a site in New York.
func public() Door { return Door{Now: now, NewID: func() string { return "fresh" }} }

func keyed() Door {
	d := public()
	d.Trust = TrustKeyed
	return d
}

func site(t testing.TB) Site {
	t.Helper()
	loc, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return Site{Location: loc, RetentionDays: 400}
}

func TestParseReadsEveryField(t *testing.T) {
	raw := `{"id":"e1","type":"purchase","time":"2026-02-01T13:00:00.250+01:00","site":"shop","anonymous_id":"a1","user_id":"u1",
	"email":" Ada@Example.org ","phone":"0049 30 123456","provider_ids":["stripe:cus_1"],"session_id":"s1","campaign":"Spring","campaign_id":"c-9","channel":"Email",
	"source":"Newsletter","medium":"EMAIL","content":"top","term":"shoes","click_ids":{"gclid":"g1"},"page":"https://shop.example/thanks?x=1#top",
	"referrer":"https://pay.example/","link":"l1","goal":"won","value":"12.34","currency":"USD","cost":0.05,"order_id":"o1","order_aliases":["o2","ch_3"],
	"cart_id":"k1","message_id":"m1","invite_id":"i1","post_id":"p1","score":5,"items":[{"sku":"b","n":1.50}],"props":{"kind":"order","deep":{"b":1,"a":[]}},
	"traits":{"plan":"pro","email":"other@example.org"},"consent":"granted","agent":"bot","newer":{"x":1}}`
	got, err := Parse([]byte(raw), keyed())
	if err != nil {
		t.Fatal(err)
	}
	want := &Event{
		ID: "e1", Type: "conversion", Site: "shop", Time: time.Date(2026, 2, 1, 12, 0, 0, 250e6, time.UTC).UnixMilli(), Received: now,
		AnonymousID: "a1", UserID: "u1", Email: digest("ada@example.org"), Phone: digest("+4930123456"), ProviderIDs: []string{"stripe:cus_1"},
		SessionID: "s1", Campaign: "Spring", CampaignID: "c-9", Channel: "Email", Source: "newsletter", Medium: "email", Content: "top", Term: "shoes",
		ClickIDs: map[string]string{"gclid": "g1"}, Page: "https://shop.example/thanks?x=1", Referrer: "https://pay.example/", Link: "l1", Goal: "won",
		HasValue: true, Value: 1234, HasCost: true, Cost: 50000, Currency: "USD", OrderID: "o1", OrderAliases: []string{"o2", "ch_3"}, CartID: "k1",
		MessageID: "m1", InviteID: "i1", PostID: "p1", Score: 5, Items: `[{"n":1.50,"sku":"b"}]`,
		Props: `{"deep":"{\"a\":[],\"b\":1}","kind":"order","newer":"{\"x\":1}"}`, Traits: `{"plan":"pro"}`, Consent: "granted",
		Agent: AgentBot, AgentReason: "sender", Trust: TrustKeyed, Hash: got.Hash,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	back, err := FromAttrs(got.Attrs())
	if diff := cmp.Diff(got, back); err != nil || diff != "" {
		t.Errorf("the event does not survive its attributes: %v (-want +got):\n%s", err, diff)
	}
}
