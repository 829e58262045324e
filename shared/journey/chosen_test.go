package journey

import (
	"strings"
	"testing"

	"tributary/shared/attribution"
)

// A campaign's own options choose among the touches of a record, whatever the site's chose.
func TestChosen(t *testing.T) {
	c := Conversion{Time: 100 * attribution.Day, Previous: 95 * attribution.Day, Touches: []Touch{
		{ID: "old", Time: 60 * attribution.Day, Channel: "Email"},
		{ID: "seen", Time: 94 * attribution.Day, Type: "impression", Channel: "Display"},
		{ID: "click", Time: 97 * attribution.Day, Type: "click", Channel: "Paid Search"},
		{ID: "direct", Time: 99 * attribution.Day, Channel: attribution.Direct},
	}}
	for _, row := range []struct {
		name    string
		options attribution.Options
		want    string
	}{
		{"visits and clicks within the look-back", attribution.Options{Lookback: 30 * attribution.Day}, "click direct"},
		{"a longer look-back", attribution.Options{Lookback: 90 * attribution.Day}, "old click direct"},
		{"impressions have their own", attribution.Options{Lookback: 30 * attribution.Day, ViewLookback: 7 * attribution.Day, Types: []string{"impression"}}, "seen"},
		{"not Direct", attribution.Options{Lookback: 30 * attribution.Day, ExcludeDirect: true}, "click"},
		{"after the conversion before", attribution.Options{Lookback: 90 * attribution.Day, ResetAfterConversion: true}, "click direct"},
		{"none", attribution.Options{Lookback: 30 * attribution.Day, Types: []string{"email_opened"}}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			var ids []string
			for _, touch := range c.Chosen(row.options) {
				ids = append(ids, touch.ID)
			}
			if got := strings.Join(ids, " "); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}
