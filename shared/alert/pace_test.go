package alert

import (
	"testing"

	"tributary/shared/settings"
)

// TestPace ensures that what was spent is held against the exact share of the period that is over, in the site's money and by its clock.
func TestPace(t *testing.T) {
	month := func(amount string) *settings.Budget {
		return &settings.Budget{Amount: amount, Currency: "USD", Period: "month"}
	}
	const both = `{"campaign":"c","pace":{"over":"1.2","under":"0.5"}}`
	for _, row := range []struct {
		name, rule, now, spent string // spent: cents on the day before, at noon
		cents                  int64
		budget                 *settings.Budget
		holds                  bool
		condition              string
		value, bound, due      string
		silent                 string
	}{
		// April has 30 days: at noon on the 16th just 15.5 of them are over.
		{"over", both, "2026-04-16 12:00", "2026-04-02", 63_000, month("1000"), true, "pace over", "630000000", "620000000", "1550000000/3", ""},
		{"just at the bound is not over", both, "2026-04-16 12:00", "2026-04-02", 62_000, month("1000"), false, "pace over", "620000000", "620000000", "1550000000/3", ""},
		{"under", both, "2026-04-16 12:00", "2026-04-02", 25_000, month("1000"), true, "pace under", "250000000", "775000000/3", "1550000000/3", ""},
		{"nothing spent is under", `{"campaign":"c","pace":{"under":"0.5"}}`, "2026-04-16 12:00", "2026-03-31", 1, month("1000"), true, "pace under", "0", "775000000/3", "1550000000/3", ""},
		{"the first days say nothing", both, "2026-04-03 23:59", "2026-04-02", 90_000, month("1000"), false, "pace", "", "", "", "less than a tenth of the budget's month is over"},
		{"a tenth is enough", both, "2026-04-04 00:00", "2026-04-02", 12_001, month("1000"), true, "pace over", "120010000", "120000000", "100000000", ""},
		// The last Sunday of March 2026 is the 29th: the day has 23 hours, and at noon 11 of them are over.
		{"a short day", both, "2026-03-29 12:00", "2026-03-29", 60_000, &settings.Budget{Amount: "1000", Currency: "USD", Period: "day"}, true, "pace over", "600000000", "13200000000/23", "11000000000/23", ""},
		{"a week begins on Monday", both, "2026-04-15 12:00", "2026-04-13", 50_000, &settings.Budget{Amount: "700", Currency: "USD", Period: "week"}, true, "pace over", "500000000", "300000000", "250000000", ""},
		{"in another currency", both, "2026-04-16 12:00", "2026-04-02", 63_000, &settings.Budget{Amount: "500", Currency: "EUR", Period: "month"}, true, "pace over", "630000000", "620000000", "1550000000/3", ""},
		{"in one without a rate", both, "2026-04-16 12:00", "2026-04-02", 63_000, &settings.Budget{Amount: "500", Currency: "GBP", Period: "month"}, false, "pace", "", "", "", "the budget is in GBP, and site \"shop\" has no rate for it; set fx"},
		{"without a budget", both, "2026-04-16 12:00", "2026-04-02", 63_000, nil, false, "pace", "", "", "", "campaign \"c\" has no budget to keep pace with; give it one with PUT /v1/campaigns/{id}"},
		{"of a budget without end", both, "2026-04-16 12:00", "2026-04-02", 63_000, &settings.Budget{Amount: "500", Currency: "USD", Period: "total"}, false, "pace", "", "", "", "the budget of campaign \"c\" has no end to keep pace with; give it the period day, week or month"},
		{"of a budget of nothing", both, "2026-04-16 12:00", "2026-04-02", 1, month("0"), true, "pace over", "10000", "0", "0", ""},
		{"of few clicks", `{"campaign":"c","pace":{"over":"1.2"},"at_least":{"visits":1}}`, "2026-04-16 12:00", "2026-04-02", 63_000, month("1000"), false, "pace", "630000000", "", "1550000000/3", "visits is below 1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, l := site(t, `{"tz":"Europe/Berlin","fx":[{"currency":"EUR","from":"2026-01-01","rate":"3"},{"currency":"EUR","from":"2026-04-01","rate":"2"}]}`), newLedger()
			l.at(moment(t, s, row.spent+" 09:00"), sums{cost: row.cents})
			v, err := Judge(t.Context(), l, s, rule(t, row.rule), row.budget, moment(t, s, row.now))
			if err != nil {
				t.Fatal(err)
			}
			if v.Holds != row.holds || v.Condition != row.condition || v.Silent != row.silent {
				t.Errorf("got holds %t, %s, silent %q; want %t, %s, %q", v.Holds, v.Condition, v.Silent, row.holds, row.condition, row.silent)
			}
			if shown(v.Value) != row.value || shown(v.Bound) != row.bound || shown(v.Before) != row.due {
				t.Errorf("got %s beyond %s of %s due; want %s, %s, %s", shown(v.Value), shown(v.Bound), shown(v.Before), row.value, row.bound, row.due)
			}
		})
	}
}
