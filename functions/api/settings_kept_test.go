package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/store/storetest"
)

// Ensures that a goal's match stands with its site for the doors, whoever writes the site meanwhile, and goes with the goal.
func TestGoalMatchesStandWithTheSite(t *testing.T) {
	b, id := newBench(t), storetest.Site(t)
	b.want(b.ask(http.MethodPut, "/v1/sites/"+id, `{"currency":"USD"}`), http.StatusCreated, "", "")
	reached := func() string {
		site, _, err := b.store.Site(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return site.Reached("page_view", "https://shop.example/thanks/1")
	}
	path := "/v1/goals/thanks?site=" + id
	b.want(b.ask(http.MethodPut, path, `{"kind":"lead","match":{"page":"/thanks*"}}`), http.StatusCreated, "", "")
	if got := reached(); got != "thanks" {
		t.Errorf("got %q, want the goal", got)
	}
	b.want(b.ask(http.MethodPut, "/v1/sites/"+id, `{"currency":"EUR"}`), http.StatusOK, "", "")
	if got := reached(); got != "thanks" {
		t.Errorf("after the site was written: got %q, want the goal", got)
	}
	if res := b.ask(http.MethodGet, "/v1/sites/"+id, ""); strings.Contains(res.Body, "matches") {
		t.Errorf("the site shows what is the goal's: %s", res.Body)
	}
	b.want(b.ask(http.MethodDelete, path, ""), http.StatusNoContent, "", "")
	if got := reached(); got != "" {
		t.Errorf("after the goal was deleted: got %q", got)
	}
}

// Ensures that the touch types of campaigns stand with their site for journey, each set once, whatever is written meanwhile, and go
// with the campaigns; and that a campaign without any leaves the site as it was.
func TestCampaignTypesStandWithTheSite(t *testing.T) {
	b, id := newBench(t), storetest.Site(t)
	path := "/v1/sites/" + id
	b.want(b.ask(http.MethodPut, path, `{}`), http.StatusCreated, "", "")
	for _, c := range []struct {
		name, method, campaign, body string
		want                         [][]string
		version                      string
	}{
		{"none of its own", http.MethodPut, "plain", `{"model":"linear"}`, nil, `"1"`},
		{"views", http.MethodPut, "spring", `{"touch_types":["visit","impression"]}`, [][]string{{"impression", "visit"}}, `"2"`},
		{"the same in other words", http.MethodPut, "summer", `{"touch_types":["impression","visit"]}`, [][]string{{"impression", "visit"}}, `"2"`},
		{"clicks", http.MethodPut, "autumn", `{"touch_types":["click"]}`, [][]string{{"click"}, {"impression", "visit"}}, `"3"`},
		{"one of two is gone", http.MethodDelete, "spring", "", [][]string{{"click"}, {"impression", "visit"}}, `"3"`},
		{"and the other", http.MethodDelete, "summer", "", [][]string{{"click"}}, `"4"`},
		{"and the last one's", http.MethodPut, "autumn", `{}`, nil, `"5"`},
	} {
		if res := b.ask(c.method, "/v1/campaigns/"+c.campaign+"?site="+id, c.body); res.StatusCode >= 300 || strings.Contains(res.Body, "warning") {
			t.Errorf("%s: got %d %s", c.name, res.StatusCode, res.Body)
		}
		site, _, err := b.store.Site(t.Context(), id)
		if d := cmp.Diff(c.want, site.CampaignTypes); err != nil || d != "" {
			t.Errorf("%s: %v (-want +got):\n%s", c.name, err, d)
		}
		if got := b.ask(http.MethodGet, path, "").Headers["etag"]; got != c.version {
			t.Errorf("%s: the site's version is %s, want %s", c.name, got, c.version)
		}
	}
}

// Ensures that a site which is made anew has what its goals and campaigns say, that writing it keeps that and shows nothing of it, and
// that one which was deleted does not come back.
func TestASiteMadeAnewKnowsItsCampaigns(t *testing.T) {
	b, id := newBench(t), storetest.Site(t)
	path := "/v1/sites/" + id
	b.want(b.ask(http.MethodPut, path, `{}`), http.StatusCreated, "", "")
	b.want(b.ask(http.MethodPut, "/v1/campaigns/spring?site="+id, `{"touch_types":["impression"]}`), http.StatusCreated, "", "")
	b.want(b.ask(http.MethodDelete, path, ""), http.StatusNoContent, "", "")
	b.want(b.ask(http.MethodGet, path, ""), http.StatusNotFound, "not_found", "id")
	for _, status := range []int{http.StatusCreated, http.StatusOK} {
		if body := b.want(b.ask(http.MethodPut, path, `{"model":"linear"}`), status, "", ""); strings.Contains(body, "campaign_types") {
			t.Errorf("the site shows what is its campaigns': %s", body)
		}
		site, _, err := b.store.Site(t.Context(), id)
		if d := cmp.Diff([][]string{{"impression"}}, site.CampaignTypes); err != nil || d != "" {
			t.Errorf("%v (-want +got):\n%s", err, d)
		}
	}
}
