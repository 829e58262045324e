package main_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// advised is what GET /v1/advice shows of a campaign.
type advised struct {
	Campaign, Because, From, To string
	Advice                      *string
	Days                        int
	Spend                       int64   `json:"media_cost_micros"`
	Net                         int64   `json:"revenue_net_minor"`
	LagDays                     float64 `json:"lag_days"`
	Marginal                    *struct{ Value, Low, High, Elasticity float64 }
	Pace                        *struct {
		Spent int64 `json:"spent_micros"`
	}
}

// TestAdvice ensures, on the whole stack, that events come to advice that is the right way round, to targets with their distance, and
// to the link that got weak: one campaign pays at its margin, another does not, a third is thin, and for a week nobody fills a cart.
func TestAdvice(t *testing.T) {
	s := startStack(t, "", nil, "-engine", "dynoxide") // for speed: the judgement is about figures, which other tests compare on both engines
	for id, body := range map[string]any{
		"pays":   map[string]any{"target_roas": "4:1", "budget": map[string]string{"amount": "5000", "period": "total"}},
		"wastes": map[string]any{"target_roas": 4, "aliases": []string{"9001"}},
		"young":  map[string]any{"target_cpa": "10"},
	} {
		s.must(t, http.MethodPut, "/v1/campaigns/"+id, body, nil)
	}
	today := time.Now().UTC().Truncate(24 * time.Hour)
	var events []json.RawMessage
	add := func(format string, args ...any) { events = append(events, fmt.Appendf(nil, format, args...)) }
	spent := int64(0)
	for i := range 88 {
		d := today.AddDate(0, 0, i-88)
		spend := 40 + 15*(i*i%11)
		spent += int64(spend)
		for _, c := range []struct {
			id, called        string
			level, elasticity float64
		}{{"pays", "pays", 500, 0.8}, {"wastes", "9001", 60, 0.3}} {
			add(`{"id":"s-%s-%d","type":"spend","date":%q,"campaign":%q,"channel":"Paid Search","cost":"%d","currency":"USD"}`, c.id, i, d.Format(time.DateOnly), c.called, spend)
			who, at := fmt.Sprintf("%s-%d", c.id, i), d.Add(8*time.Hour)
			add(`{"id":"v-%s","type":"visit","time":%q,"anonymous_id":%q,"campaign":%q,"channel":"Paid Search"}`, who, at.Format(time.RFC3339), who, c.called)
			add(`{"id":"c-%s","type":"conversion","time":%q,"anonymous_id":%q,"order_id":%q,"value":"%.2f","currency":"USD"}`,
				who, at.Add(90*time.Minute).Format(time.RFC3339), who, who, c.level*math.Pow(float64(spend)/50, c.elasticity))
		}
		for k := range 5 {
			who, at := fmt.Sprintf("d-%d-%d", i, k), d.Add(time.Duration(10+k)*time.Hour)
			if i < 53 {
				break
			}
			for n, step := range []string{"visit", "view_item", "add_to_cart"} {
				if step != "add_to_cart" || k < 3 && i < 81 {
					add(`{"id":"%s-%d","type":%q,"time":%q,"anonymous_id":%q,"session_id":%q,"channel":"Direct"}`, who, n, step, at.Add(time.Duration(n)*time.Minute).Format(time.RFC3339), who, who)
				}
			}
		}
	}
	for chunk := range slices.Chunk(events, 100) {
		post(t, s, chunk)
	}
	s.idleWithin(t, 5*time.Minute)
	var a struct {
		Campaigns []advised
		Weakest   *struct{ Kind, Name, After string } `json:"weakest_link"`
	}
	s.must(t, http.MethodGet, "/v1/advice", nil, &a)
	got := map[string]advised{}
	for _, c := range a.Campaigns {
		got[c.Campaign] = c
	}
	for id, want := range map[string]string{"pays": "more", "wastes": "less"} {
		c := got[id]
		if c.Advice == nil || *c.Advice != want || c.Marginal == nil || c.Days < 54 || c.LagDays > 0.2 {
			t.Errorf("%s: got %+v, want %s", id, c, want)
		}
	}
	if c := got["pays"]; c.Marginal == nil || math.Abs(c.Marginal.Elasticity-0.8) > 0.001 || c.Pace == nil || c.Pace.Spent != spent*1e6 {
		t.Errorf("pays: got %+v, want an elasticity of 0.8 and %d spent", c, spent)
	}
	if c := got["young"]; c.Advice != nil || !strings.HasPrefix(c.Because, "thin: ") {
		t.Errorf("young: got %+v, want no advice on thin data", c)
	}
	if a.Weakest == nil || a.Weakest.Kind != "step" || a.Weakest.Name != "add_to_cart" || a.Weakest.After != "view_item" {
		t.Errorf("the weakest link is %+v, want the step to add_to_cart", a.Weakest)
	}
	checkTargets(t, s)
}

// checkTargets compares with what GET /v1/kpis says.
func checkTargets(t *testing.T, s *stack) {
	t.Helper()
	var targets struct {
		Targets []struct {
			Campaign string
			Actual   *float64
			Met      *bool
		}
	}
	var kpis struct{ Rows []map[string]any }
	s.must(t, http.MethodGet, "/v1/targets", nil, &targets)
	s.must(t, http.MethodGet, "/v1/kpis?last=28d&by=campaign&kpis=roas_net,media_cost_micros", nil, &kpis)
	roas := map[any]any{}
	for _, row := range kpis.Rows {
		roas[row["campaign"]] = row["roas_net"]
	}
	if len(targets.Targets) != 3 {
		t.Fatalf("got %+v, want three targets", targets.Targets)
	}
	for _, row := range targets.Targets {
		switch {
		case row.Campaign == "young":
			if row.Actual != nil || row.Met != nil {
				t.Errorf("got %+v of a campaign without spend", row)
			}
		case row.Actual == nil || roas[row.Campaign] != *row.Actual || row.Met == nil || *row.Met != (row.Campaign == "pays"):
			t.Errorf("got %+v, and a roas_net of %v", row, roas[row.Campaign])
		}
	}
}
