package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// How the test below tells events of a site.
const (
	typesTouch = `{"site":%q,"id":%q,"type":%q,"anonymous_id":%q,"time":"2026-03-%s:00Z","channel":%q,"campaign":%q,"click_ids":{%s}}`
	typesSale  = `{"site":%q,"id":%q,"type":"conversion","anonymous_id":%q,"time":"2026-03-31T12:00:00Z","order_id":%q,"value":%q,"currency":"USD"}`
)

// typesStory are five people of a site that takes the last visit. The campaign "display" shares alike among visits and (for 7 days)
// impressions, "search" takes clicks alone. What comes late is apart.
func typesStory(site string) (story, late []json.RawMessage) {
	touch := func(id, kind, by, at, channel, campaign, clicks string) json.RawMessage {
		return fmt.Appendf(nil, typesTouch, site, id, kind, by, at, channel, campaign, clicks)
	}
	sale := func(by, order, value string) json.RawMessage {
		return fmt.Appendf(nil, typesSale, site, by+"s", by, order, value)
	}
	story = []json.RawMessage{
		// a saw display, then visited by another campaign.
		touch("a1", "impression", "a", "29T12:00", "Display", "display", ""),
		touch("a2", "visit", "a", "30T12:00", "Email", "news", ""),
		sale("a", "A-1", "100.01"),
		// b only saw it, c too long before.
		touch("b1", "impression", "b", "28T12:00", "Display", "display", ""),
		sale("b", "B-1", "50.00"),
		touch("c1", "impression", "c", "23T12:00", "Display", "display", ""),
		sale("c", "C-1", "20.00"),
		// d clicked, and visited by that click: one touch for whoever takes both.
		touch("k1", "click", "d", "30T12:00", "Paid Search", "search", `"trb":"k1"`),
		touch("d2", "visit", "d", "30T12:01", "Paid Search", "search", `"trb":"k1"`),
		sale("d", "D-1", "30.00"),
		// e visited by display's link; that it was seen before comes late.
		touch("e1", "visit", "e", "30T12:00", "Paid Social", "display", ""),
		sale("e", "E-1", "40.00"),
	}
	return story, []json.RawMessage{touch("e0", "impression", "e", "29T12:00", "Display", "display", "")}
}

// TestCampaignsOwnTouchTypes ensures, on the whole stack, that a campaign is credited by touches which the site does not take: those from
// before the setting once records are restated, later ones as they come, late ones too; and that all of the site's figures, reports and
// journeys are those of a site whose campaigns have no such settings. Every number was worked out by hand.
func TestCampaignsOwnTouchTypes(t *testing.T) {
	s := startStack(t, "", nil, "-engine", "dynoxide") // for speed, as above
	for _, site := range []string{"one", "two"} {
		s.must(t, http.MethodPut, "/v1/sites/"+site, map[string]any{"retention_days": 5000}, nil)
		for _, campaign := range []string{"display", "search"} {
			s.must(t, http.MethodPut, "/v1/campaigns/"+campaign+"?site="+site, map[string]any{}, nil)
		}
		story, _ := typesStory(site)
		post(t, s, story)
	}
	s.idle(t)
	before, answer := s.restatements(t, "two"), map[string]any{}
	s.must(t, http.MethodPut, "/v1/campaigns/display?site=two", map[string]any{"model": "linear", "touch_types": []string{"visit", "impression"}, "view_lookback_days": 7}, &answer)
	s.must(t, http.MethodPut, "/v1/campaigns/search?site=two", map[string]any{"touch_types": []string{"click"}}, &answer)
	if _, warned := answer["warning"]; warned {
		t.Errorf("the settings are taken with a warning: %v", answer)
	}
	s.must(t, http.MethodPost, "/2015-03-31/functions/reconcile/invocations", map[string]any{"restate": true, "site": "two"}, nil)
	s.idle(t)
	if after := s.restatements(t, "two"); before == 0 || after != before {
		t.Errorf("the site's figures changed %d times before records were restated, %d after", before, after)
	}
	want := map[string]ownFigures{
		"display Display own:linear":        {1_500_000, 10001, 1_500_000, 10001}, // half of A-1 with the odd cent, B-1
		"display Paid Social own:linear":    {1_000_000, 4000, 1_000_000, 4000},   // E-1
		"search Paid Search own:last_touch": {1_000_000, 3000, 1_000_000, 3000},   // D-1, of the click
	}
	checkOwnTypes(t, s, "restated", want)
	for _, site := range []string{"one", "two"} {
		_, late := typesStory(site)
		post(t, s, late)
	}
	s.idle(t)
	want["display Display own:linear"] = ownFigures{2_000_000, 12001, 2_000_000, 12001} // and half of E-1
	want["display Paid Social own:linear"] = ownFigures{500_000, 2000, 500_000, 2000}
	checkOwnTypes(t, s, "with the late impression", want)
}

// checkOwnTypes compares the campaigns' own credit with what is wanted, and all else between the sites.
func checkOwnTypes(t *testing.T, s *stack, when string, want map[string]ownFigures) {
	t.Helper()
	const report = "/v1/reports/%s/range/2026-03-01/"
	got := map[string]ownFigures{}
	for _, site := range []string{"one", "two"} {
		s.report(t, site)
		for name, row := range s.ownRows(t, fmt.Sprintf(report, site)+"campaigns.csv", "campaign", "channel", "model") {
			if strings.Contains(name, "own:") {
				got[name] = row
			}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s, campaigns.csv (-want +got):\n%s", when, d)
	}
	var own struct {
		Rows []struct {
			Campaign string
			Micro    int64 `json:"conversions_micro"`
			Value    int64 `json:"revenue_gross_minor"`
		}
	}
	const march = "from=2026-03-01&to=2026-04-01"
	s.must(t, http.MethodGet, "/v1/kpis?site=two&by=campaign&model=own&kpis=conversions_micro,revenue_gross_minor&"+march, nil, &own)
	sums, told := map[string]int64{}, map[string]int64{}
	for name, row := range want {
		campaign, _, _ := strings.Cut(name, " ")
		sums[campaign], sums[campaign+" micro"] = sums[campaign]+row.Value, sums[campaign+" micro"]+row.Conversions
	}
	for _, row := range own.Rows {
		if row.Campaign != "news" {
			told[row.Campaign], told[row.Campaign+" micro"] = row.Value, row.Micro
		}
	}
	if d := cmp.Diff(sums, told); d != "" {
		t.Errorf("%s, KPIs under model=own (-want +got):\n%s", when, d)
	}
	for _, path := range []string{
		"/v1/kpis?site=%s&" + march, "/v1/kpis?site=%s&by=day&" + march, "/v1/kpis?site=%s&by=channel&" + march, "/v1/kpis?site=%s&by=campaign&" + march,
		"/v1/kpis?site=%s&by=campaign&model=linear&kpis=conversions_micro,revenue_net_minor&" + march, "/v1/funnel?site=%s&steps=visit,conversion&touches=1&" + march,
		"/v1/explain?site=%s&kpi=conversions&" + march, "/v1/journeys/a?site=%s", "/v1/journeys/b?site=%s", "/v1/journeys/D-1?site=%s", "/v1/journeys/e?site=%s",
		report + "channels.csv", report + "paths.csv", report + "offline_conversions.csv",
	} {
		if d := cmp.Diff(s.ofSite(t, path, "one"), s.ofSite(t, path, "two")); d != "" {
			t.Errorf("%s, %s (-without campaigns' types +with):\n%s", when, path, d)
		}
	}
	if d := cmp.Diff(s.reportOf(t, report, "one"), s.reportOf(t, report, "two")); d != "" {
		t.Errorf("%s, report.json (-without campaigns' types +with):\n%s", when, d)
	}
}

// ofSite is what an answer says of a site, without the site's name and times of answering.
func (s *stack) ofSite(t *testing.T, path, site string) string {
	t.Helper()
	text := strings.ReplaceAll(s.text(t, fmt.Sprintf(path, site)), site, "-")
	return regexp.MustCompile(`"(as_of|at|restated)":"[^"]*"`).ReplaceAllString(text, "")
}

// restatements counts how often figures of a site changed.
func (s *stack) restatements(t *testing.T, site string) int {
	t.Helper()
	var a struct{ Restatements []any }
	s.must(t, http.MethodGet, "/v1/restatements?limit=1000&site="+site, nil, &a)
	return len(a.Restatements)
}

// reportOf is a report but for its campaigns' rows, which are judged by their own settings.
func (s *stack) reportOf(t *testing.T, path, site string) map[string]any {
	t.Helper()
	var r map[string]any
	s.must(t, http.MethodGet, fmt.Sprintf(path, site)+"report.json", nil, &r)
	for _, name := range []string{"site", "campaigns", "changes"} {
		delete(r, name)
	}
	return r
}
