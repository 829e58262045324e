package main

import (
	"net/http"
	"strings"
	"testing"

	"tributary/shared/store/storetest"
)

// TestEveryRouteRefusesNonsense ensures that no route with a key passes over a parameter that it does not read.
func TestEveryRouteRefusesNonsense(t *testing.T) {
	b := newBench(t)
	for _, r := range b.routes {
		if r.access == open {
			continue
		}
		t.Run(r.method+" "+r.path, func(t *testing.T) {
			b.t = t
			path := strings.NewReplacer("{id}", "x", "{id...}", "x", "{report...}", "shop/daily/2026-03-01").Replace(r.path)
			query := "?nonsense=1"
			if path == "/v1/explain" {
				query += "&kpi=visits"
			}
			body := b.want(b.ask(r.method, path+query, "{}"), http.StatusBadRequest, "invalid_query", "nonsense")
			if !strings.Contains(body, `no parameter \"nonsense\" here`) {
				t.Errorf("got %s", body)
			}
		})
	}
}

// TestUnknownNames ensures that a name which does not exist is told from one of which there is nothing yet, with what there is.
func TestUnknownNames(t *testing.T) {
	b := newBench(t)
	site := storetest.MakeSite(t, b.store, `{}`)
	for _, row := range []struct{ name, target, code, field, says string }{
		{"a misspelt KPI", "/v1/kpis?kpis=vists", "invalid_query", "kpis", `did you mean \"visits\"?`},
		{"a KPI without its unit", "/v1/kpis?kpis=cpa", "invalid_query", "kpis", `did you mean \"cpa_minor\"?`},
		{"a KPI of the whole site only", "/v1/kpis?by=channel&kpis=visitors", "invalid_query", "kpis", "visitors cannot be had of channel"},
		{"a KPI like none", "/v1/kpis?kpis=weather", "invalid_query", "kpis", "README, Read"},
		{"a misspelt dimension", "/v1/kpis?by=chanel", "invalid_query", "by", `did you mean \"channel\"?`},
		{"a misspelt filter", "/v1/kpis?chanel=Email", "invalid_query", "chanel", `did you mean \"channel\"?`},
		{"a misspelt model", "/v1/kpis?by=channel&model=time-decay", "invalid_query", "model", `did you mean \"time_decay\"?`},
		{"a KPI to explain", "/v1/explain?kpi=roas_nett", "invalid_query", "kpi", `did you mean \"roas_net\"?`},
		{"a cohort of no time", "/v1/retention?by=channel", "invalid_query", "by", `is none of day, week, month",`},
		{"a misspelt cohort", "/v1/retention?by=mont", "invalid_query", "by", `is none of day, week, month (did you mean \"month\"?)`},
		{"a funnel by time", "/v1/funnel?steps=visit&by=week", "invalid_query", "by", "is none of campaign, channel"},
		{"a parameter of figures in unmatched spend", "/v1/campaigns?unmatched=1&by=day", "invalid_query", "by", "there are unmatched, site, from"},
		{"a campaign where there is none", "/v1/targets?campaign=x", "invalid_query", "campaign", "there is none yet"},
		{"no next of alerts", "/v1/alerts?next=xx", "invalid_query", "next", ""},
		{"no after of settings", "/v1/rules?after=%20", "invalid_query", "after", ""},
		{"an unknown site's quarantine", "/v1/quarantine?site=nowhere", "unknown_site", "site", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			b.t = t
			target := row.target
			if !strings.Contains(target, "site=") {
				target += "&site=" + site
			}
			body := b.want(b.ask(http.MethodGet, target, ""), http.StatusBadRequest, row.code, row.field)
			if !strings.Contains(body, row.says) {
				t.Errorf("%s is not in %s", row.says, body)
			}
		})
	}
}
