package settings

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/attribution"
)

// A campaign's credit is its own where it says so, and the site's in all else.
func TestCampaignCredit(t *testing.T) {
	yes := true
	site := Site{
		Model: "last_touch", LookbackDays: 30, HalfLifeDays: 7, ViewLookbackDays: 1, TouchTypes: []string{"visit", "impression"},
	}
	ofSite := Credit{Model: attribution.LastTouch, HalfLife: 7 * attribution.Day, Options: attribution.Options{
		Lookback: 30 * attribution.Day, ViewLookback: attribution.Day, Types: site.TouchTypes,
	}}
	for _, c := range []struct {
		name     string
		campaign Campaign
		want     func(*Credit)
	}{
		{"nothing of its own", Campaign{}, func(*Credit) {}},
		{"a model", Campaign{Model: "linear"}, func(c *Credit) { c.Model = attribution.Linear }},
		{"look-backs and a half-life", Campaign{LookbackDays: 7, ViewLookbackDays: 2, HalfLifeDays: 3}, func(c *Credit) {
			c.Options.Lookback, c.Options.ViewLookback, c.HalfLife = 7*attribution.Day, 2*attribution.Day, 3*attribution.Day
		}},
		{"touches", Campaign{TouchTypes: []string{"visit"}, ExcludeDirect: &yes, ResetAfterConversion: &yes}, func(c *Credit) {
			c.Options.Types, c.Options.ExcludeDirect, c.Options.ResetAfterConversion = []string{"visit"}, true, true
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := ofSite
			c.want(&want)
			if d := cmp.Diff(want, c.campaign.Credit(&site)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// A return may be written as people say it, and is kept as the decimal that it is.
func TestTargetROAS(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"a string", `"4"`, "4"},
		{"a number", `4`, "4"},
		{"to one", `"4:1"`, "4"},
		{"a fraction to one", `"2.5:1"`, "2.5"},
		{"to two", `"4:2"`, ""},
		{"to one twice", `"4:1:1"`, ""},
		{"to one alone", `":1"`, ""},
		{"negative", `"-4:1"`, ""},
		{"no number", `"four"`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseCampaign("spring", []byte(`{"target_roas":`+c.body+`}`), "USD")
			if got.TargetROAS != c.want || (err == nil) != (c.want != "") {
				t.Errorf("got %q, %v; want %q", got.TargetROAS, err, c.want)
			}
		})
	}
}
