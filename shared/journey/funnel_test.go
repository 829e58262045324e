package journey

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFunnel ensures the closed funnel of kpis.md: each step at or after the chosen time of the one before, the first such.
func TestFunnel(t *testing.T) {
	opened := func(at int64, steps map[string][]int64, sales ...Part) Told {
		told := Told{Steps: steps}
		if at >= 0 {
			told.Opening = &Opening{Touch: Touch{ID: "v", Time: at}}
		}
		for i, p := range sales {
			put(&told.Sales, fmt.Sprint("O#", i), p)
		}
		return told
	}
	type times = map[string][]int64
	for _, c := range []struct {
		name   string
		steps  string
		begun  int64
		visits []Told
		want   string
	}{
		{"nobody", "visit,add_to_cart", 0, nil, "visit 0 - -, add_to_cart 0 - -; "},
		{"who went no further counts", "visit,view_item", 4, []Told{opened(10, times{"view_item": {30}})}, "visit 4 3/4 20, view_item 1 - -; visit"},
		{
			"the first at or after the step before, not the first of all", "visit,view_item,add_to_cart", 1,
			[]Told{opened(10, times{"view_item": {20, 50}, "add_to_cart": {15, 20, 60}})},
			"visit 1 0/1 10, view_item 1 0/1 0, add_to_cart 1 - -; visit",
		},
		{
			"a step before the one before does not count", "visit,view_item,add_to_cart", 1,
			[]Told{opened(10, times{"view_item": {20}, "add_to_cart": {15}})},
			"visit 1 0/1 10, view_item 1 1/1 -, add_to_cart 0 - -; view_item",
		},
		{
			"an order and a goal are steps, what belongs elsewhere is not", "visit,conversion,signup", 3,
			[]Told{
				opened(1, nil, Part{Time: 5, Order: true}, Part{Time: 9, Goal: "signup"}), opened(1, nil, Part{Rev: 2}),
				opened(1, nil, Part{Time: 5, Goal: "signup"}),
			},
			"visit 3 2/3 4, conversion 1 0/1 4, signup 1 - -; visit",
		},
		{
			"any order of steps, without the visit", "add_to_cart,view_item", 0,
			[]Told{opened(-1, times{"view_item": {20}, "add_to_cart": {15}}), opened(1, times{"view_item": {20}})},
			"add_to_cart 1 0/1 5, view_item 1 - -; add_to_cart",
		},
		{
			"the middle two of an even count, the earliest of two worst", "visit,a,b,c", 4,
			[]Told{
				opened(0, times{"a": {10}, "b": {11}}), opened(0, times{"a": {13}}),
				opened(0, nil), opened(0, nil),
			},
			"visit 4 1/2 23/2, a 2 1/2 1, b 1 1/1 -, c 0 - -; b",
		},
	} {
		f := NewFunnel(strings.Split(c.steps, ","))
		for i := range c.visits {
			f.Add(&c.visits[i])
		}
		if f.FromVisits() {
			f.Begun(c.begun)
		}
		if diff := cmp.Diff(c.want, shown(f)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// shown writes a funnel as "step reached drop-off median, …; bottleneck".
func shown(f *Funnel) string {
	steps, bottleneck := f.Result()
	var list []string
	for _, s := range steps {
		drop, median := "-", "-"
		if s.DropOff != nil {
			drop = s.DropOff.String()
		}
		if s.Median != nil {
			median = s.Median.RatString()
		}
		list = append(list, fmt.Sprint(s.Name, " ", s.Reached, " ", drop, " ", median))
	}
	return strings.Join(list, ", ") + "; " + bottleneck
}
