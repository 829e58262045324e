package settings

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/fault"
)

// TestParseRule ensures that what can be said is read as it was meant, can be stored and can be sent again.
func TestParseRule(t *testing.T) {
	rows := []struct {
		name, body string
		want       Rule
	}{
		{"today unless it says otherwise", `{"kpi":"visits","below":10}`, Rule{ID: "r", KPI: "visits", Over: "today", Below: "10"}},
		{"a threshold of a campaign", `{"kpi":"cpa_minor","campaign":"spring","over":"7d","above":"5000","at_least":{"conversions":20,"visits":100}}`, Rule{
			ID: "r", KPI: "cpa_minor", Campaign: "spring", Over: "7d", Above: "5000", AtLeast: map[string]int64{"conversions": 20, "visits": 100},
		}},
		{"below zero", `{"kpi":"roi_revenue","over":"28d","below":"-0.1"}`, Rule{ID: "r", KPI: "roi_revenue", Over: "28d", Below: "-0.1"}},
		{"a change that has to last", `{"kpi":"visits","over":"1d","falls":0.3,"for":"3h"}`, Rule{ID: "r", KPI: "visits", Over: "1d", Falls: "0.3", For: "3h"}},
		{"a pace", `{"campaign":"spring","pace":{"over":"1.1","under":"0.8"}}`, Rule{ID: "r", KPI: PaceKPI, Campaign: "spring", Pace: &Pace{Over: "1.1", Under: "0.8"}}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := ParseRule("r", []byte(row.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			stored, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			if back, err := Decode[Rule](stored); err != nil || !cmp.Equal(back, got) {
				t.Errorf("read back: %+v, %v", back, err)
			}
			if again, err := ParseRule("r", stored); err != nil || !cmp.Equal(again, got) {
				t.Errorf("sent again: %+v, %v", again, err)
			}
		})
	}
}

// TestParseRuleRefuses ensures that what means nothing, or two things, is refused by the name of the field.
func TestParseRuleRefuses(t *testing.T) {
	for _, row := range []struct {
		name, body string
		code       fault.Code
		field      string
	}{
		{"no condition", `{"kpi":"visits"}`, fault.MissingField, "above"},
		{"two conditions", `{"kpi":"visits","above":1,"below":2}`, fault.InvalidField, "below"},
		{"a pace and a threshold", `{"campaign":"c","above":1,"pace":{"over":1}}`, fault.InvalidField, "pace"},
		{"no kpi", `{"above":1}`, fault.MissingField, "kpi"},
		{"two filters", `{"kpi":"visits","above":1,"source":"s","channel":"c"}`, fault.InvalidField, "source"},
		{"a period of its own", `{"kpi":"visits","above":1,"over":"14d"}`, fault.InvalidField, "over"},
		{"a change of the month to date", `{"kpi":"visits","rises":"0.2","over":"mtd"}`, fault.InvalidField, "over"},
		{"no decimal", `{"kpi":"visits","above":"1e3"}`, fault.InvalidField, "above"},
		{"a fraction", `{"kpi":"visits","above":"1/3"}`, fault.InvalidField, "above"},
		{"half a decimal", `{"kpi":"visits","above":"1."}`, fault.InvalidField, "above"},
		{"a hundred digits", `{"kpi":"visits","above":"` + strings.Repeat("9", 100) + `"}`, fault.InvalidField, "above"},
		{"a rise of nothing", `{"kpi":"visits","rises":"0.0"}`, fault.InvalidField, "rises"},
		{"a fall below nothing", `{"kpi":"visits","falls":"1"}`, fault.InvalidField, "falls"},
		{"a pace of no campaign", `{"pace":{"over":"1.1"}}`, fault.MissingField, "campaign"},
		{"a pace of another kpi", `{"kpi":"visits","campaign":"c","pace":{"over":"1.1"}}`, fault.InvalidField, "kpi"},
		{"a pace over days", `{"campaign":"c","over":"7d","pace":{"over":"1.1"}}`, fault.InvalidField, "over"},
		{"a pace without bounds", `{"campaign":"c","pace":{}}`, fault.InvalidField, "pace"},
		{"a pace that crosses", `{"campaign":"c","pace":{"over":"0.8","under":"1.1"}}`, fault.InvalidField, "pace.under"},
		{"at least nothing", `{"kpi":"visits","above":1,"at_least":{}}`, fault.InvalidField, "at_least"},
		{"at least none", `{"kpi":"visits","above":1,"at_least":{"visits":0}}`, fault.InvalidField, "at_least.visits"},
		{"at least a half", `{"kpi":"visits","above":1,"at_least":{"visits":0.5}}`, fault.InvalidField, "at_least.visits"},
		{"for days", `{"kpi":"visits","above":1,"for":"2d"}`, fault.InvalidField, "for"},
		{"for too long", `{"kpi":"visits","above":1,"for":"169h"}`, fault.InvalidField, "for"},
		{"unknown field", `{"kpi":"visits","more_than":1}`, fault.InvalidField, "more_than"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := ParseRule("r", []byte(row.body))
			if f := fault.Of(err); f == nil || f.Code != row.code || f.Field != row.field {
				t.Errorf("got %v, want %s of %q", err, row.code, row.field)
			}
		})
	}
}

// FuzzParseRule ensures that whatever is sent, only rules that can be read back are taken.
func FuzzParseRule(f *testing.F) {
	f.Add(`{"kpi":"cpa_minor","campaign":"spring","over":"7d","above":"5000","at_least":{"conversions":20}}`)
	f.Add(`{"campaign":"spring","pace":{"over":"1.1","under":"0.8"},"for":"3h"}`)
	f.Fuzz(func(t *testing.T, body string) {
		r, err := ParseRule("r", []byte(body))
		if err != nil {
			if fault.Of(err) == nil {
				t.Errorf("%v is no fault", err)
			}
			return
		}
		stored, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParseRule("r", stored); err != nil || !cmp.Equal(again, r) {
			t.Errorf("%s sent again: %+v, %v", stored, again, err)
		}
	})
}
