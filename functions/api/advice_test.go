package main

import (
	"net/http"
	"strings"
	"testing"

	"tributary/shared/store/storetest"
)

// TestAdviceRoutes ensures that advice and targets are answered behind a key, and that what they cannot answer is refused by name.
// What they say is tested where it is made: shared/adviser and shared/advice.
func TestAdviceRoutes(t *testing.T) {
	b := newBench(t)
	site := "site=" + storetest.Site(t)
	b.want(b.ask(http.MethodPut, "/v1/sites/"+strings.TrimPrefix(site, "site="), `{}`), http.StatusCreated, "", "")
	b.want(b.ask(http.MethodPut, "/v1/campaigns/spring?"+site, `{"target_roas":"4:1","aliases":["fruehling"],"budget":{"amount":"100","period":"month"}}`), http.StatusCreated, "", "")
	for _, c := range []struct {
		name, target string
		status       int
		code, field  string
		holds        []string
	}{
		{"advice", "/v1/advice?" + site, 200, "", "", []string{`"campaigns":[{"campaign":"spring","advice":null,"because":"thin: 0 complete days with spend, 14 are needed"`, `"weakest_link":null`, `"pace":{"period":"month"`}},
		{"advice on a campaign by its alias", "/v1/advice?campaign=fruehling&" + site, 200, "", "", []string{`"campaigns":[{"campaign":"spring"`}},
		{"advice on a campaign that is not there", "/v1/advice?campaign=sprimg&" + site, 400, "invalid_query", "campaign", []string{`did you mean \"spring\"?`, "there are spring"}},
		{"targets of a campaign that is not there", "/v1/targets?campaign=none&" + site, 400, "invalid_query", "campaign", []string{"there are spring"}},
		{"targets of a campaign by its alias", "/v1/targets?campaign=fruehling&" + site, 200, "", "", []string{`"targets":[{"campaign":"spring"`}},
		{"days that cannot be", "/v1/advice?days=1&" + site, 400, "invalid_query", "days", nil},
		{"an unknown parameter", "/v1/advice?by=campaign&" + site, 400, "invalid_query", "by", nil},
		{"targets", "/v1/targets?" + site, 200, "", "", []string{`"targets":[{"campaign":"spring","kpi":"roas_net","target":4,"actual":null,"distance":null,"distance_share":null,"met":null`}},
		{"a period that cannot be", "/v1/targets?last=x&" + site, 400, "invalid_query", "last", nil},
		{"an unknown site", "/v1/targets?site=nobody", 400, "unknown_site", "site", nil},
		{"an unknown site's advice", "/v1/advice?site=nobody", 400, "unknown_site", "site", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := b.want(b.ask(http.MethodGet, c.target, ""), c.status, c.code, c.field)
			for _, part := range c.holds {
				if !strings.Contains(body, part) {
					t.Errorf("%s is not in %s", part, body)
				}
			}
		})
	}
	for _, path := range []string{"/v1/advice", "/v1/targets"} {
		b.want(b.ask(http.MethodGet, path, "", "authorization", ""), http.StatusUnauthorized, "unauthorized", "")
	}
}
