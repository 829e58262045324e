package settings

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCampaignsOwnCredit(t *testing.T) {
	no := false
	got, err := ParseCampaign("spring", []byte(`{"model":"linear","lookback_days":7,"view_lookback_days":2,"half_life_days":3,
		"touch_types":["visit","impression"],"exclude_direct_unless_only":false}`), "USD")
	want := Campaign{
		ID: "spring", Model: "linear", LookbackDays: 7, ViewLookbackDays: 2, HalfLifeDays: 3,
		TouchTypes: []string{"visit", "impression"}, ExcludeDirect: &no,
	}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if !got.Own() {
		t.Error("it is not seen that the campaign has settings of its own")
	}
	if plain := (Campaign{ID: "a", Name: "A", TargetCPA: "5"}); plain.Own() {
		t.Error("a name and a target are no settings of credit")
	}
	for _, body := range []string{`{"touch_types":["page_view"]}`, `{"view_lookback_days":91}`, `{"reset_after_conversion":1}`, `{"half_life_days":0}`} {
		if _, err := ParseCampaign("spring", []byte(body), "USD"); err == nil {
			t.Errorf("%s is taken", body)
		}
	}
}
