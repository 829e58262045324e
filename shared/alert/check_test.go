package alert

import (
	"net/url"
	"testing"
	"time"

	"tributary/shared/fault"
	"tributary/shared/settings"
)

// TestCheck ensures that a rule which could never be judged is refused by the name of its field. What the figures accept, the api's
// test shows with the real ones.
func TestCheck(t *testing.T) {
	now := time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC)
	month := &settings.Budget{Amount: "100", Currency: "USD", Period: "month"}
	for _, row := range []struct {
		name, rule string
		budget     *settings.Budget
		refuses    string // a kpi that the figures do not have
		field      string // empty: accepted
	}{
		{"a threshold of a ratio", `{"kpi":"cpa_minor","above":1,"at_least":{"conversions":1}}`, nil, "", ""},
		{"a kpi that cannot be had", `{"kpi":"customers","campaign":"c","above":1}`, nil, "customers", "kpi"},
		{"at least a ratio", `{"kpi":"cpa_minor","above":1,"at_least":{"ctr":1}}`, nil, "", "at_least"},
		{"at least what cannot be had", `{"kpi":"cpa_minor","above":1,"at_least":{"customers":1}}`, nil, "customers", "at_least"},
		{"a change of a ratio over whole days", `{"kpi":"ctr","over":"1d","rises":"0.1"}`, nil, "", ""},
		{"a change today of what hours add up to", `{"kpi":"cpa_minor","rises":"0.1"}`, nil, "", ""},
		{"a change today of people", `{"kpi":"visitors","rises":"0.1"}`, nil, "", "over"},
		{"a change today of what platforms tell by the day", `{"kpi":"ctr","falls":"0.1"}`, nil, "", "over"},
		{"a change today that wants enough people", `{"kpi":"visits","falls":"0.1","at_least":{"customers":3}}`, nil, "", "over"},
		{"a pace", `{"campaign":"c","pace":{"over":1}}`, month, "", ""},
		{"a pace without a budget", `{"campaign":"c","pace":{"over":1}}`, nil, "", "campaign"},
		{"a pace of a budget without end", `{"campaign":"c","pace":{"over":1}}`, &settings.Budget{Amount: "100", Currency: "USD", Period: "total"}, "", "campaign"},
		{"a pace of a budget without a rate", `{"campaign":"c","pace":{"over":1}}`, &settings.Budget{Amount: "100", Currency: "EUR", Period: "day"}, "", "campaign"},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := Check(rule(t, row.rule), site(t, `{}`), row.budget, now, func(p url.Values) error {
				if row.refuses != "" && p.Get("kpis") == row.refuses {
					return errRefused
				}
				return nil
			})
			switch f := fault.Of(err); {
			case row.field == "" && err != nil:
				t.Errorf("refused: %v", err)
			case row.field != "" && (f == nil || f.Field != row.field || f.Code != fault.InvalidField):
				t.Errorf("got %v, want a fault of %q", err, row.field)
			}
		})
	}
}
