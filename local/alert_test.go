package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// alerted is what GET /v1/alerts shows of an alert.
type alerted struct {
	ID, Rule, State, KPI, Condition, Raised, Cleared, Why string
	Filter                                                map[string]string
	Value, Bound                                          float64
	ClearedValue                                          *float64 `json:"cleared_value"`
}

// TestAlerts ensures, on the whole stack, that events which carry a figure over a rule's bound raise one alert, that more of them
// and the hourly run raise no second one, that events which bring it back clear it, and that EventBridge hears of both though it is
// away at first.
func TestAlerts(t *testing.T) {
	bridge := newBridge(t)
	s := startStack(t, "", []string{"AWS_ENDPOINT_URL_EVENTBRIDGE=" + bridge.URL})
	put := func(id string, rule map[string]any) {
		t.Helper()
		s.must(t, http.MethodPut, "/v1/rules/"+id, rule, nil)
	}
	put("expensive", map[string]any{"kpi": "cpa_minor", "campaign": "spring", "above": "1000", "at_least": map[string]int{"visits": 1}})
	put("broken", map[string]any{"kpi": "visits", "below": 1})
	spend := func(version int, cost string) {
		t.Helper()
		post(t, s, []json.RawMessage{fmt.Appendf(nil, `{"id":"s1","type":"spend","version":%d,"date":%q,"campaign":"spring","channel":"Paid Search","cost":%q,"currency":"USD"}`,
			version, time.Now().UTC().Format(time.DateOnly), cost)})
		s.idle(t)
	}
	list := func(state string) []alerted {
		t.Helper()
		var a struct{ Alerts []alerted }
		s.must(t, http.MethodGet, "/v1/alerts?state="+state, nil, &a)
		return a.Alerts
	}
	hourly := func() (out struct{ Judged, Raised, Cleared int }) {
		t.Helper()
		s.must(t, http.MethodPost, "/2015-03-31/functions/alert/invocations", map[string]string{"scheduled_time": "2026-03-01T12:02:00Z"}, &out)
		return out
	}
	if got := hourly(); got.Judged != 2 || got.Raised != 1 {
		t.Errorf("before anything came: %+v, want one alert, of no visits", got)
	}
	post(t, s, []json.RawMessage{
		json.RawMessage(`{"id":"v1","type":"visit","anonymous_id":"a1","campaign":"spring","channel":"Paid Search","source":"google","medium":"cpc"}`),
		json.RawMessage(`{"id":"c1","type":"conversion","anonymous_id":"a1","order_id":"o1","value":"50.00","currency":"USD"}`),
	})
	spend(1, "10.00")
	if got := list("raised"); len(got) != 0 {
		t.Errorf("10.00 for one order: %+v", got)
	}
	spend(2, "10.01")
	first := list("raised")
	want := []alerted{{
		Rule: "expensive", State: "raised", KPI: "cpa_minor", Filter: map[string]string{"campaign": "spring"}, Condition: "above", Value: 1001, Bound: 1000,
	}}
	if d := cmp.Diff(want, stripped(first)); d != "" {
		t.Fatalf("10.01 for one order (-want +got):\n%s\n%s", d, s.out)
	}
	spend(3, "25.00")
	if got := hourly(); got.Raised != 0 || got.Cleared != 0 {
		t.Errorf("judged again: %+v", got)
	}
	if d := cmp.Diff(first, list("raised")); d != "" {
		t.Errorf("more of the same raised again (-before +after):\n%s", d)
	}
	post(t, s, []json.RawMessage{
		json.RawMessage(`{"id":"v2","type":"visit","anonymous_id":"a2","campaign":"spring","channel":"Paid Search","source":"google","medium":"cpc"}`),
		json.RawMessage(`{"id":"v3","type":"visit","anonymous_id":"a3","campaign":"spring","channel":"Paid Search","source":"google","medium":"cpc"}`),
		json.RawMessage(`{"id":"c2","type":"conversion","anonymous_id":"a2","order_id":"o2","value":"50.00","currency":"USD"}`),
		json.RawMessage(`{"id":"c3","type":"conversion","anonymous_id":"a3","order_id":"o3","value":"50.00","currency":"USD"}`),
	})
	s.idle(t)
	if got := list("raised"); len(got) != 0 {
		t.Errorf("25.00 for three orders: %+v", got)
	}
	ended := list("cleared")
	if len(ended) != 2 || ended[0].ID != first[0].ID || ended[0].Cleared == "" || ended[0].ClearedValue == nil || *ended[0].ClearedValue >= 1000 || ended[1].Rule != "broken" {
		t.Errorf("cleared: %+v", ended)
	}
	if got := list("all"); len(got) != 2 {
		t.Errorf("in all: %+v, want each once", got)
	}
	heard := []string{"tributary, Tributary Alert: broken raised", "tributary, Tributary Alert: broken cleared", "tributary, Tributary Alert: expensive raised", "tributary, Tributary Alert: expensive cleared"}
	if d := cmp.Diff(heard, bridge.told()); d != "" {
		t.Errorf("EventBridge heard (-want +got):\n%s", d)
	}
}

// bridge is an EventBridge that fails the first call and takes every other.
type bridge struct {
	*httptest.Server
	mu    sync.Mutex
	calls int
	heard []string
}

func newBridge(t *testing.T) *bridge {
	t.Helper()
	b := &bridge{}
	b.Server = httptest.NewServer(http.HandlerFunc(b.serve))
	t.Cleanup(b.Close)
	return b
}

func (b *bridge) serve(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var in struct {
		Entries []struct{ Source, DetailType, Detail, EventBusName string }
	}
	b.calls++
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || b.calls == 1 || !strings.Contains(r.Header.Get("Authorization"), "/events/aws4_request") {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	out := map[string][]map[string]string{"Entries": {}}
	for _, e := range in.Entries {
		var a alerted
		if err := json.Unmarshal([]byte(e.Detail), &a); err != nil || e.EventBusName != "default" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		b.heard = append(b.heard, fmt.Sprintf("%s, %s: %s %s", e.Source, e.DetailType, a.Rule, a.State))
		out["Entries"] = append(out["Entries"], map[string]string{"EventId": a.ID})
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (b *bridge) told() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.heard
}

// stripped leaves out what differs from run to run.
func stripped(list []alerted) []alerted {
	out := make([]alerted, 0, len(list))
	for _, a := range list {
		a.ID, a.Raised, a.Why = "", "", ""
		out = append(out, a)
	}
	return out
}
