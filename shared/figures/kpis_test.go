package figures

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Ensures that figures are what was counted: of the site, by dimension and time, chosen by filters, under another model, beside the
// days before. Every number follows from the story of newBench, by hand.
func TestKPIs(t *testing.T) {
	b := newBench(t)
	b.alias()
	for _, c := range []struct {
		name, params string
		want         []string
	}{
		{"the site", "kpis=visits,media_cost_micros,conversions,revenue_net_minor,roas_net", []string{
			"conversions=2 media_cost_micros=5000000 revenue_net_minor=1500 roas_net=3 visits=4",
		}},
		{"by day, each with its own", "by=day&kpis=visits,conversions", []string{"conversions=0 day=2026-01-05 visits=2", "conversions=2 day=2026-01-06 visits=2"}},
		{"by campaign, all names under one", "by=campaign&kpis=visits,media_cost_micros,conversions_micro,revenue_gross_minor,revenue_net_minor", []string{
			"campaign=spring conversions_micro=1000000 media_cost_micros=5000000 revenue_gross_minor=3000 revenue_net_minor=1000 visits=3",
		}},
		{"a campaign by channel", "campaign=spring&by=channel&kpis=visits,media_cost_micros,revenue_net_minor", []string{
			"channel=Email media_cost_micros=1000000 revenue_net_minor=1000 visits=1", "channel=Paid Search media_cost_micros=4000000 revenue_net_minor=0 visits=2",
		}},
		{"a campaign by its other name", "campaign=777&kpis=visits,roas_net", []string{"roas_net=2 visits=3"}},
		{"a channel of a campaign", "campaign=spring&channel=Paid Search&kpis=visits,cpc_minor", []string{"cpc_minor=<nil> visits=2"}},
		{"a channel", "channel=Direct&kpis=visits,revenue_net_minor", []string{"revenue_net_minor=500 visits=1"}},
		{"by channel under another model", "by=channel&model=linear&kpis=conversions_micro,revenue_net_minor", []string{
			"channel=Direct conversions_micro=1000000 revenue_net_minor=500", "channel=Email conversions_micro=500000 revenue_net_minor=500",
			"channel=Paid Search conversions_micro=500000 revenue_net_minor=500",
		}},
		{"beside the days before", "kpis=visits,conversions&compare=previous", []string{"conversions=2 previous=map[conversions:0 visits:3] visits=4"}},
		{"by campaign beside the days before", "by=campaign&kpis=visits&compare=previous", []string{
			"campaign=newsletter previous=map[visits:2] visits=0", "campaign=spring previous=map[visits:1] visits=3",
		}},
		{"a ratio with its parts", "campaign=spring&kpis=roas_net&explain=1", []string{"explain=map[roas_net:map[denominator:500 numerator:1000]] roas_net=2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, b.rows(c.params)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// Ensures that a name told late mends history at once: before, it is a campaign of its own.
func TestALateAlias(t *testing.T) {
	b := newBench(t)
	const params = "by=campaign&kpis=visits,media_cost_micros"
	want := []string{"campaign=777 media_cost_micros=4000000 visits=1", "campaign=spring media_cost_micros=1000000 visits=2"}
	if d := cmp.Diff(want, b.rows(params)); d != "" {
		t.Errorf("before (-want +got):\n%s", d)
	}
	b.alias()
	if d := cmp.Diff([]string{"campaign=spring media_cost_micros=5000000 visits=3"}, b.rows(params)); d != "" {
		t.Errorf("after (-want +got):\n%s", d)
	}
}
