package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/shared/alert"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// TestRuleLife ensures that a rule is kept, listed and removed, that its site is known to have rules before, and that an alert
// which it has raised goes with it.
func TestRuleLife(t *testing.T) {
	b := newBench(t)
	b.clock = time.Now() // engines remove what has outlived its time
	site := storetest.MakeSite(t, b.store, `{}`)
	path, in := "/v1/rules/slow", "?site="+site
	want := `{"id":"slow","kpi":"visits","over":"1d","below":"30"}`
	body := `{"kpi":"visits","over":"1d","below":30}`
	if got := b.want(b.ask("PUT", path+in, body), http.StatusCreated, "", ""); got != want {
		t.Errorf("put: got %s, want %s", got, want)
	}
	b.want(b.ask("PUT", path+in, want), http.StatusOK, "", "")
	if got := b.want(b.ask("GET", "/v1/rules"+in, ""), http.StatusOK, "", ""); got != `{"rules":[`+want+`]}` {
		t.Errorf("listed: %s", got)
	}
	ruled, err := b.store.RuledSites(t.Context())
	if err != nil || !slices.Contains(ruled, site) {
		t.Errorf("sites with rules: %v, %v", ruled, err)
	}
	a := &alert.Alert{ID: "1772366400000-slow", Site: site, Rule: "slow", State: alert.Raised}
	if _, err := b.store.PutAlertState(t.Context(), site, alert.State{Rule: "slow", Standing: a}, a, time.Now()); err != nil {
		t.Fatal(err)
	}
	b.want(b.ask("DELETE", path+in, ""), http.StatusNoContent, "", "")
	b.want(b.ask("GET", path+in, ""), 404, "not_found", "id")
	list, err := b.store.Alerts(t.Context(), site, "", "", 10)
	if err != nil || len(list) != 1 || list[0].State != alert.Cleared {
		t.Errorf("alerts of a rule that is gone: %+v, %v", list, err)
	}
}

// TestRulesRefused ensures, with the real figures, that a rule which could never be judged is refused by the name of its field.
func TestRulesRefused(t *testing.T) {
	b := newBench(t)
	site := storetest.MakeSite(t, b.store, `{}`)
	in := "?site=" + site
	b.want(b.ask("PUT", "/v1/campaigns/total"+in, `{"budget":{"amount":"100"}}`), http.StatusCreated, "", "")
	b.want(b.ask("PUT", "/v1/campaigns/month"+in, `{"budget":{"amount":"100","period":"month"}}`), http.StatusCreated, "", "")
	b.want(b.ask("PUT", "/v1/campaigns/none"+in, `{}`), http.StatusCreated, "", "")
	for _, row := range []struct{ name, body, code, field string }{
		{"a kpi that is none", `{"kpi":"vists","above":1}`, "invalid_field", "kpi"},
		{"a kpi that only the site has", `{"kpi":"retention_rate","campaign":"c","below":"0.5"}`, "invalid_field", "kpi"},
		{"whole conversions by channel", `{"kpi":"conversions","channel":"Email","below":"5"}`, "invalid_field", "kpi"},
		{"credited ones of the site", `{"kpi":"conversions_micro","below":"5"}`, "invalid_field", "kpi"},
		{"at least a ratio", `{"kpi":"cpa_minor","above":1,"at_least":{"ctr":1}}`, "invalid_field", "at_least"},
		{"at least what is not there", `{"kpi":"cpa_minor","channel":"Email","above":1,"at_least":{"conversions":1}}`, "invalid_field", "at_least"},
		{"visitors of part of a day", `{"kpi":"visitors","falls":"0.5"}`, "invalid_field", "over"},
		{"a pace of an unknown campaign", `{"campaign":"nobody","pace":{"over":"1.1"}}`, "invalid_field", "campaign"},
		{"a pace without a budget", `{"campaign":"none","pace":{"over":"1.1"}}`, "invalid_field", "campaign"},
		{"a pace without an end", `{"campaign":"total","pace":{"over":"1.1"}}`, "invalid_field", "campaign"},
		{"a count below nothing", `{"kpi":"visits","below":0}`, "invalid_field", "below"},
		{"a rate below zero", `{"kpi":"ctr","below":"-0.1"}`, "invalid_field", "below"},
		{"a share of more than all", `{"kpi":"csat","above":5}`, "invalid_field", "above"},
		{"a share of more than all, just", `{"kpi":"cart_abandonment_rate","above":1}`, "invalid_field", "above"},
		{"below what it wants at least", `{"kpi":"visits","below":50,"at_least":{"visits":50}}`, "invalid_field", "at_least"},
		{"no condition", `{"kpi":"visits"}`, "missing_field", "above"},
		{"no JSON", `kpi=visits`, "invalid_json", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			b.t = t
			b.want(b.ask("PUT", "/v1/rules/r"+in, row.body), 400, row.code, row.field)
		})
	}
	b.t = t
	for name, body := range map[string]string{
		"pace": `{"campaign":"month","pace":{"under":"0.5"}}`, "page": `{"kpi":"landing_page_conversion_rate","page":"/","over":"7d","falls":"0.2"}`,
		"goal": `{"kpi":"conversions","goal":"signup","over":"today","below":"1"}`, "type": `{"kpi":"events","type":"quiz","rises":"2"}`,
		"social": `{"kpi":"social_engagement_rate_reach","rises":"0.5"}`, "loss": `{"kpi":"revenue_net_minor","below":0}`,
	} {
		b.want(b.ask("PUT", "/v1/rules/"+name+in, body), http.StatusCreated, "", "")
	}
	for i := range maxRules - 6 {
		if _, err := b.store.PutSetting(t.Context(), store.ShelfOf(site, "rules"), store.Setting{ID: fmt.Sprint("x", i), Body: []byte(`{}`)}); err != nil {
			t.Fatal(err)
		}
	}
	b.want(b.ask("PUT", "/v1/rules/onemore"+in, `{"kpi":"visits","below":1}`), 400, "too_many", "id")
	b.want(b.ask("PUT", "/v1/rules/x1"+in, `{"kpi":"visits","below":1}`), http.StatusOK, "", "")
	b.want(b.ask("PUT", "/v1/rules/r?site=nowhere", `{"kpi":"visits","below":1}`), 400, "unknown_site", "site")
}

// TestRulesWarn ensures that a rule which can say nothing as of now is taken with a warning of why, and one that can without.
func TestRulesWarn(t *testing.T) {
	b := newBench(t)
	site := storetest.MakeSite(t, b.store, `{}`)
	b.want(b.ask("PUT", "/v1/campaigns/spring?site="+site, `{"aliases":["fruehling"]}`), http.StatusCreated, "", "")
	for _, row := range []struct{ name, body, says string }{
		{"a change without a past", `{"kpi":"visits","over":"1d","falls":"0.3"}`, "there is nothing on the same weekdays before"},
		{"a ratio of nothing", `{"kpi":"cpa_minor","above":"100"}`, "its denominator is 0"},
		{"a campaign that is not there", `{"kpi":"visits","campaign":"sprimg","below":"10"}`, `nothing was counted yet of the campaign \"sprimg\" (did you mean \"spring\"?)`},
		{"a goal that nobody reached", `{"kpi":"conversions","goal":"signup","below":"10"}`, `of the goal \"signup\"`},
		{"a campaign that is set", `{"kpi":"visits","campaign":"spring","below":"10"}`, ""},
		{"a campaign by its alias", `{"kpi":"visits","campaign":"fruehling","below":"10"}`, ""},
		{"a bound", `{"kpi":"visits","below":"10"}`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			b.t = t
			body := b.want(b.ask("PUT", "/v1/rules/r?site="+site, row.body), http.StatusCreated, "", "")
			warning, warned := fieldsOf(t, body)["warning"]
			if warned != (row.says != "") || !strings.Contains(body, row.says) {
				t.Errorf("got %v, want %q: %s", warning, row.says, body)
			}
			if kept := b.ask("GET", "/v1/rules/r?site="+site, "").Body; strings.Contains(kept, "warning") {
				t.Errorf("the warning is kept: %s", kept)
			}
			b.want(b.ask("DELETE", "/v1/rules/r?site="+site, ""), http.StatusNoContent, "", "")
		})
	}
}

// TestAlertsAreListed ensures that alerts come the latest first, by state, in pages, and that what is no question is refused.
func TestAlertsAreListed(t *testing.T) {
	b := newBench(t)
	site := storetest.MakeSite(t, b.store, `{}`)
	for i := range 3 {
		a := &alert.Alert{
			ID: fmt.Sprintf("177236640000%d-r", i), Site: site, Rule: "r", State: []string{alert.Raised, alert.Cleared}[i%2], KPI: "cpa_minor",
			Filter: map[string]string{"campaign": "spring"}, Condition: "above", From: "2026-02-22", To: "2026-03-01", Value: "6210.5", Bound: "5000", Raised: "2026-03-01T12:00:00.000Z", Why: "because",
		}
		if _, err := b.store.PutAlertState(t.Context(), site, alert.State{Rule: fmt.Sprint(i), Standing: a}, a, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	list := func(query string) (ids []string, next any) {
		t.Helper()
		answer := fieldsOf(t, b.want(b.ask("GET", "/v1/alerts?site="+site+query, ""), http.StatusOK, "", ""))
		for _, one := range answer["alerts"].([]any) {
			ids = append(ids, one.(map[string]any)["id"].(string)[12:13])
		}
		return ids, answer["next"]
	}
	for query, want := range map[string]string{
		"": "[2 1 0] <nil>", "&state=all": "[2 1 0] <nil>", "&state=raised": "[2 0] <nil>", "&state=cleared": "[1] <nil>",
		"&limit=2": "[2 1] 1772366400001-r", "&limit=2&next=1772366400001-r": "[0] <nil>",
	} {
		if ids, next := list(query); fmt.Sprint(ids, " ", next) != want {
			t.Errorf("%s: got %v %v, want %s", query, ids, next, want)
		}
	}
	want := `{"site":"` + site + `","alerts":[{"id":"1772366400002-r","site":"` + site + `","rule":"r","state":"raised","kpi":"cpa_minor","filter":{"campaign":"spring"},"condition":"above",` +
		`"from":"2026-02-22","to":"2026-03-01","value":6210.5,"bound":5000,"before":null,"raised":"2026-03-01T12:00:00.000Z","why":"because"}],"next":"1772366400002-r"}`
	if got := b.want(b.ask("GET", "/v1/alerts?limit=1&site="+site, ""), http.StatusOK, "", ""); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for query, field := range map[string]string{"&state=open": "state", "&limit=0": "limit", "&limit=1001": "limit", "&next=%23": "next", "&rule=r": "rule"} {
		b.want(b.ask("GET", "/v1/alerts?site="+site+query, ""), http.StatusBadRequest, "invalid_query", field)
	}
	b.want(b.ask("GET", "/v1/alerts?site="+settings.DefaultID, ""), http.StatusOK, "", "")
}
