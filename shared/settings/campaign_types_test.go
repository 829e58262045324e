package settings

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Ensures that campaigns' touch types are told once a set, in one order whatever order they were sent in.
func TestTypesOf(t *testing.T) {
	campaigns := []Campaign{
		{ID: "a", TouchTypes: []string{"visit", "impression"}},
		{ID: "b", Model: "linear"},
		{ID: "c", TouchTypes: []string{"click"}},
		{ID: "d", TouchTypes: []string{"impression", "visit"}},
		{ID: "e", TouchTypes: []string{}},
	}
	want := [][]string{{"click"}, {"impression", "visit"}}
	if d := cmp.Diff(want, TypesOf(campaigns)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	slices.Reverse(campaigns)
	if d := cmp.Diff(want, TypesOf(campaigns)); d != "" {
		t.Errorf("in another order (-want +got):\n%s", d)
	}
	if got := TypesOf(campaigns[1:1]); got != nil {
		t.Errorf("of none: got %v", got)
	}
}

// Ensures that only those sets ask more of a record which may have a touch that is none of the site's.
func TestOtherTypes(t *testing.T) {
	for _, c := range []struct {
		name, typ      string
		site, campaign []string
		other, touch   bool
	}{
		{"views", "impression", []string{"visit"}, []string{"impression", "visit"}, true, true},
		{"the site's, in another order", "impression", []string{"visit", "impression"}, []string{"impression", "visit"}, false, true},
		{"fewer", "impression", []string{"visit", "impression"}, []string{"visit"}, false, true},
		{"fewer, none of them the site's", "visit", []string{"impression"}, []string{"visit"}, true, true},
		{"clicks also where a visit followed", "click", []string{"visit", "click"}, []string{"click"}, true, true},
		{"neither's", "email_opened", []string{"visit"}, []string{"impression", "visit"}, true, false},
		{"a site that takes nothing", "visit", []string{}, []string{"visit"}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Site{TouchTypes: c.site, CampaignTypes: [][]string{c.campaign}}
			if got := len(s.OtherTypes()) > 0; got != c.other {
				t.Errorf("got %t, want %t", got, c.other)
			}
			if got := s.IsTouch(c.typ); got != c.touch {
				t.Errorf("%s is a touch: got %t, want %t", c.typ, got, c.touch)
			}
		})
	}
}
