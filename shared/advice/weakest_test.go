package advice

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A share is tested against its past by two proportions; what is too little to tell is left out.
func TestLost(t *testing.T) {
	step := Link{Kind: Step, Name: "add_to_cart", After: "view_item"}
	for _, c := range []struct {
		name        string
		link        Link
		now, before Tally
		lost        bool
		want        Link // figures alone
		ok          bool
	}{
		// z as of statsmodels.stats.proportion.proportions_ztest
		{"a step loses a quarter", step, Tally{60, 200}, Tally{320, 800}, false, Link{Now: 0.3, Was: val(0.4), Shortfall: 0.25, Z: 2.60599}, true},
		{"a rate of those who did not pass", Link{Kind: KPI, Name: "cart_abandonment_rate"}, Tally{60, 200}, Tally{320, 800}, true, Link{Now: 0.7, Was: val(0.6), Shortfall: 0.25, Z: 2.60599}, true},
		{"better than before", step, Tally{100, 200}, Tally{320, 800}, false, Link{Now: 0.5, Was: val(0.4), Shortfall: -0.25, Z: -2.56284}, true},
		{"29 visits", step, Tally{10, 29}, Tally{320, 800}, false, Link{}, false},
		{"too few would pass", step, Tally{0, 30}, Tally{40, 800}, false, Link{}, false},
		{"nobody passed before", step, Tally{10, 100}, Tally{0, 800}, false, Link{}, false},
		{"more than all", step, Tally{110, 100}, Tally{90, 100}, false, Link{}, false},
		{"all of all", step, Tally{100, 100}, Tally{400, 400}, false, Link{}, false},
		{"nobody there", step, Tally{}, Tally{}, false, Link{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := c.link.Lost(c.now, c.before, c.lost)
			want := c.link
			want.Now, want.Was, want.Shortfall, want.Z = c.want.Now, c.want.Was, c.want.Shortfall, c.want.Z
			got.Because = ""
			if d := cmp.Diff(want, got); ok != c.ok || d != "" {
				t.Errorf("%v (-want +got):\n%s", ok, d)
			}
		})
	}
}

// A ratio of money is tested by how its days differ, against its past and against a target, and a cost the other way round.
func TestDroppedAndMissed(t *testing.T) {
	days := func(n int, num, den float64) (list []Daily) {
		for i := range n {
			list = append(list, Daily{num * (0.9 + 0.2*float64(i%2)), den})
		}
		return list
	}
	for _, c := range []struct {
		name string
		get  func() (Link, bool)
		want Link
		ok   bool
	}{
		{"a ratio drops", func() (Link, bool) {
			return Link{Name: "aov_net_minor"}.Dropped(days(6, 80, 1), days(28, 100, 1), false, "USD")
		}, Link{Now: 80, Was: val(100), Shortfall: 0.2}, true},
		{"a ratio rises", func() (Link, bool) { return Link{}.Dropped(days(6, 120, 1), days(28, 100, 1), false, "USD") }, Link{Now: 120, Was: val(100), Shortfall: -0.2}, true},
		{"a cost rises", func() (Link, bool) { return Link{}.Dropped(days(6, 125, 1), days(28, 100, 1), true, "USD") }, Link{Now: 125, Was: val(100), Shortfall: 0.2}, true},
		{"a return misses", func() (Link, bool) { return Link{}.Missed(days(28, 3, 1), 4, false, "USD") }, Link{Now: 3, Aim: val(4), Shortfall: 0.25}, true},
		{"a cost misses", func() (Link, bool) { return Link{}.Missed(days(28, 20, 1), 15, true, "USD") }, Link{Now: 20, Aim: val(15), Shortfall: 0.25}, true},
		{"a cost is met", func() (Link, bool) { return Link{}.Missed(days(28, 10, 1), 15, true, "USD") }, Link{Now: 10, Aim: val(15), Shortfall: -0.5}, true},
		{"four days", func() (Link, bool) { return Link{}.Missed(days(4, 3, 1), 4, false, "USD") }, Link{}, false},
		{"no cost at all", func() (Link, bool) { return Link{}.Missed(days(28, 3, 0), 4, false, "USD") }, Link{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := c.get()
			if got.Z*got.Shortfall < 0 || c.ok && math.Abs(got.Z) < 2 {
				t.Errorf("z is %v", got.Z)
			}
			got.Z, got.Because, got.Name = 0, "", ""
			if d := cmp.Diff(c.want, got); ok != c.ok || d != "" {
				t.Errorf("%v (-want +got):\n%s", ok, d)
			}
		})
	}
}

// The largest shortfall is named among what is clear; the more links there are the clearer it must be.
func TestWeakest(t *testing.T) {
	for _, c := range []struct {
		name  string
		links []Link
		want  string
	}{
		{"none", nil, ""},
		{"one, clear", []Link{{Name: "a", Shortfall: 0.1, Z: 2.01}}, "a"},
		{"one, not clear", []Link{{Name: "a", Shortfall: 0.9, Z: 1.99}}, ""},
		{"the largest", []Link{{Name: "a", Shortfall: 0.1, Z: 9}, {Name: "b", Shortfall: 0.3, Z: 3}}, "b"},
		{"the largest that is clear", []Link{{Name: "a", Shortfall: 0.1, Z: 9}, {Name: "b", Shortfall: 0.3, Z: 2}}, "a"},
		{"two are not enough where there are many", append(make([]Link, 19), Link{Name: "a", Shortfall: 0.1, Z: 2.9}), ""},
		{"three are", append(make([]Link, 19), Link{Name: "a", Shortfall: 0.1, Z: 3.1}), "a"},
		{"the first of equals", []Link{{Name: "a", Shortfall: 0.1, Z: 3}, {Name: "b", Shortfall: 0.1, Z: 3}}, "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if l := Weakest(c.links); l != nil {
				got = l.Name
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Where all is as it was, noise is rarely called weak, however many links are looked at.
func TestNoiseIsNotWeak(t *testing.T) {
	r, named := rand.New(rand.NewPCG(4, 2)), 0
	const looks = 400
	for range looks {
		var links []Link
		for range 16 {
			l, ok := (Link{Name: "rate", Kind: KPI}).Lost(drawn(r, 300, 0.3), drawn(r, 1200, 0.3), false)
			if !ok {
				t.Fatal("90 of 300 are too few to tell")
			}
			links = append(links, l)
		}
		if Weakest(links) != nil {
			named++
		}
	}
	if named > looks*4/100 {
		t.Errorf("%d of %d looks name noise, want about 1 in 40", named, looks)
	}
}

func drawn(r *rand.Rand, n int, p float64) Tally {
	t := Tally{Of: float64(n)}
	for range n {
		if r.Float64() < p {
			t.Passed++
		}
	}
	return t
}

// A sentence holds both figures and what they are of.
func TestLinkSentences(t *testing.T) {
	now, before := Tally{60, 200}, Tally{320, 800}
	step, _ := Link{Kind: Step, Name: "add_to_cart", After: "view_item"}.Lost(now, before, false)
	page, _ := Link{Kind: KPI, Name: "landing_page_conversion_rate", Of: map[string]string{"page": "/spring"}}.Lost(now, before, false)
	aim, _ := Link{Kind: Target, Name: "roas_net", Of: map[string]string{"campaign": "spring"}}.Missed(make([]Daily, 0), 4, false, "USD")
	days := func(n int, num float64) []Daily { return slices.Repeat([]Daily{{num, 1}}, n) }
	money, _ := Link{Kind: KPI, Name: "aov_net_minor"}.Dropped(days(7, 6350), days(28, 11450), false, "USD")
	yen, _ := Link{Kind: KPI, Name: "aov_net_minor"}.Dropped(days(7, 6350), days(28, 11450), false, "JPY")
	cost, _ := Link{Kind: Target, Name: "cpa_minor", Of: map[string]string{"campaign": "spring"}}.Missed(days(28, 2000), 1500, true, "USD")
	roas, _ := Link{Kind: Target, Name: "roas_net", Of: map[string]string{"campaign": "spring"}}.Missed(days(28, 2.5), 4, false, "USD")
	for _, c := range []struct{ got, want string }{
		{step.Because, "30 % of those at view_item came to add_to_cart, after 40 % in the four weeks before"},
		{page.Because, "landing_page_conversion_rate of page /spring was 30 %, after 40 % in the four weeks before"},
		{aim.Because, ""},
		{money.Because, "aov_net was 63.50 USD, after 114.50 USD in the four weeks before"},
		{yen.Because, "aov_net was 6350 JPY, after 11450 JPY in the four weeks before"},
		{cost.Because, "cpa of campaign spring was 20.00 USD, and its target is 15.00 USD"},
		{roas.Because, "roas_net of campaign spring was 2.5, and its target is 4"},
	} {
		if !strings.EqualFold(c.got, c.want) {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
