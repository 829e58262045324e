package figures

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Ensures that a figure of a campaign is taken apart into what it was computed from, and that each part lists the very events and
// orders behind it, under all names of the campaign; what bots did is told beside it.
func TestExplain(t *testing.T) {
	b := newBench(t)
	b.alias()
	for _, c := range []struct {
		name, params, of string
		value            any
		inputs           map[string]int64
		behind           map[string]int64 // by event, and record where there is one
	}{
		{
			"the return on spend, its revenue", "campaign=777&kpis=roas_net", "", 2.0,
			map[string]int64{"revenue_net_minor": 1000, "media_cost_micros": 5_000_000},
			map[string]int64{"sold-o1 O#o1": 1000},
		},
		{
			"and its cost", "campaign=spring&kpis=roas_net", "media_cost_micros", 2.0,
			map[string]int64{"revenue_net_minor": 1000, "media_cost_micros": 5_000_000},
			map[string]int64{"s1": 4_000_000, "s2": 1_000_000},
		},
		{"visits of a channel", "channel=Email&kpis=visits", "", int64(1), map[string]int64{"visits": 1}, map[string]int64{"v6": 1}},
		{"conversions of the site", "kpis=conversions", "", int64(2), map[string]int64{"conversions": 2}, map[string]int64{"sold-o1 O#o1": 1, "sold-o2 O#o2": 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := b.Explain(t.Context(), b.query(c.params), c.of, "")
			if err != nil {
				t.Fatal(err)
			}
			inputs, behind := map[string]int64{}, map[string]int64{}
			for _, in := range a.Inputs {
				inputs[in.Name] = in.Value
			}
			for _, e := range a.Events {
				name := e.ID
				if e.Record != "" {
					name += " " + e.Record
				}
				behind[name] += e.Amount
			}
			if a.Value != c.value || a.Next != "" {
				t.Errorf("the figure is %v (%T), want %v; next %q", a.Value, a.Value, c.value, a.Next)
			}
			if a.LeftOut.InvalidClicks != 1 {
				t.Errorf("%d clicks of bots are told, want 1", a.LeftOut.InvalidClicks)
			}
			if d := cmp.Diff(c.inputs, inputs); d != "" {
				t.Errorf("inputs (-want +got):\n%s", d)
			}
			if d := cmp.Diff(c.behind, behind); d != "" {
				t.Errorf("behind it (-want +got):\n%s", d)
			}
		})
	}
}
