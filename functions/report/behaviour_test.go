package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	events "tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/report"
)

// Ensures that the sections beside the conversions hold what GET /v1/kpis and /v1/funnel would answer of the period: a funnel
// without the steps of a shop that nobody took, messages, and invitations. What did not happen is not there.
func TestBehaviour(t *testing.T) {
	s := newShop(t, `{}`)
	if got := s.beside(t); got != `{}` {
		t.Errorf("of nothing: %s", got)
	}
	noon := at("2026-03-01T12:00:00Z")
	step := func(typ, session string, after int64) *events.Event {
		return &events.Event{ID: typ + session, Hash: "h", Site: s.site.ID, Agent: events.AgentHuman, Type: typ, Time: noon + after, Received: noon + after, AnonymousID: session, SessionID: session}
	}
	bought := step("conversion", "s2", 9000)
	bought.Goal, bought.OrderID = "purchase", "o"
	restater := journey.Restater{Links: s.store, Records: s.store, Events: s.store, Settings: s.store, Now: func() time.Time { return time.UnixMilli(noon) }}
	var inputs []journey.Input
	for _, e := range []*events.Event{
		step("visit", "s1", 0), step("visit", "s2", 0), step("visit", "s3", 0),
		step("add_to_cart", "s1", 1000), step("add_to_cart", "s2", 4000), bought,
	} {
		if _, err := s.store.PutEvent(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, journey.Input{Sequence: e.ID, Event: e})
	}
	if failed, err := restater.Handle(t.Context(), inputs); err != nil {
		t.Fatal(failed, err)
	}
	s.count(kpi.BySite, "", map[kpi.Measure]int64{
		kpi.Visits: 4, kpi.EmailSent: 10, kpi.EmailBounced: 2, kpi.EmailOpened: 4, kpi.EmailClicked: 1, kpi.Invites: 5, kpi.InvitesSignedUp: 3, kpi.InvitesBought: 1,
	})
	want := `{"email":{"sent":10,"delivered":8,"opened":4,"clicked":1,"bounced":2},` +
		`"funnel":{"steps":[{"name":"visit","reached":4,"drop_off":0.5,"median_ms":2500},` +
		`{"name":"add_to_cart","reached":2,"drop_off":0.5,"median_ms":5000},{"name":"conversion","reached":1,"drop_off":null,"median_ms":null}],"bottleneck":"visit"},` +
		`"referral":{"invites":5,"signups":3,"purchases":1,"new_customers":1,"referred":0}}`
	if d := cmp.Diff(want, s.beside(t)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// beside is what report.json of 1 March 2026 tells beside the conversions.
func (s *shop) beside(t *testing.T) string {
	t.Helper()
	var told struct {
		Email    json.RawMessage `json:"email,omitempty"`
		Funnel   json.RawMessage `json:"funnel,omitempty"`
		Referral json.RawMessage `json:"referral,omitempty"`
	}
	if err := json.Unmarshal(s.document(report.Daily, "2026-03-01"), &told); err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(told)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// Ensures that a week tells what to do about each campaign's budget, and that a day does not.
func TestAdvice(t *testing.T) {
	s := newShop(t, `{}`)
	for _, d := range []string{"20", "21"} { // a look-back before: their conversions have had time to come
		s.spend(kpi.ByCampaign, "spring", "Email", "2026-01-"+d+"T12", "USD", 5_000_000)
	}
	for period, want := range map[string]string{
		report.Weekly: `[{"campaign":"spring","advice":"","because":"thin: 2 complete days with spend, 14 are needed"}]`,
		report.Daily:  ``,
	} {
		var told struct{ Advice json.RawMessage }
		if err := json.Unmarshal(s.document(period, "2026-03-02"), &told); err != nil {
			t.Fatal(err)
		}
		if got := string(told.Advice); got != want {
			t.Errorf("%s: got %s, want %s", period, got, want)
		}
	}
}
