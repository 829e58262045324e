package budget

import (
	"math/big"
	"testing"
	"time"

	"tributary/shared/settings"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// A budget's period is the calendar's of the site's zone, and its share that has passed is by the clock.
func TestSpanOf(t *testing.T) {
	for _, c := range []struct {
		name, period, zone, now, from, to, passed string
	}{
		{"a day, a quarter gone", "day", "UTC", "2026-03-10T06:00:00Z", "2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z", "1/4"},
		{"the first moment of a day", "day", "UTC", "2026-03-10T00:00:00Z", "2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z", "0"},
		{"the site's day is not UTC's", "day", "Asia/Tokyo", "2026-03-10T15:00:00Z", "2026-03-10T15:00:00Z", "2026-03-11T15:00:00Z", "0"},
		{"a day of 23 hours", "day", "Europe/Berlin", "2026-03-29T10:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "11/23"},
		{"a day of 25 hours", "day", "Europe/Berlin", "2026-10-25T11:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "13/25"},
		{"a week begins on Monday", "week", "UTC", "2026-03-12T12:00:00Z", "2026-03-09T00:00:00Z", "2026-03-16T00:00:00Z", "1/2"},
		{"on Sunday night it is still the week before", "week", "UTC", "2026-03-15T23:59:59Z", "2026-03-09T00:00:00Z", "2026-03-16T00:00:00Z", "604799/604800"},
		{"a month of 28 days", "month", "UTC", "2026-02-15T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "1/2"},
		{"a month of a leap year", "month", "UTC", "2028-02-02T00:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z", "1/29"},
		{"a total is all up to tonight", "total", "Asia/Tokyo", "2026-03-10T16:00:00Z", "2019-12-31T15:00:00Z", "2026-03-11T15:00:00Z", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, c.now)
			if err != nil {
				t.Fatal(err)
			}
			s := SpanOf(&settings.Budget{Period: c.period}, now, zone(t, c.zone))
			passed := ""
			if s.Passed != nil {
				passed = s.Passed.RatString()
			}
			from, to := s.From.UTC().Format(time.RFC3339), s.To.UTC().Format(time.RFC3339)
			if from != c.from || to != c.to || passed != c.passed {
				t.Errorf("got %s to %s, %q passed; want %s to %s, %q", from, to, passed, c.from, c.to, c.passed)
			}
		})
	}
}

// A total's figures can be had of every site that counts by the hour.
func TestTotalOfEveryHourZone(t *testing.T) {
	for _, name := range []string{"UTC", "Asia/Singapore", "Europe/Amsterdam", "America/Caracas", "Asia/Pyongyang"} {
		s := SpanOf(&settings.Budget{Period: "total"}, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), zone(t, name))
		if s.Fractional() {
			t.Errorf("%s had days of half hours since %s", name, s.From)
		}
	}
}

// A pace is exact, and what cannot be said is nil.
func TestPaceOf(t *testing.T) {
	for _, c := range []struct {
		name, passed           string
		budget, spent          int64
		meant, pace, projected string
	}{
		{"on time", "1/2", 100, 50, "50", "1", "100"},
		{"twice as fast", "1/4", 100, 50, "25", "2", "200"},
		{"nothing spent", "1/3", 100, 0, "100/3", "0", "0"},
		{"over before it is over", "1/2", 100, 150, "50", "3", "300"},
		{"the first moment", "0", 100, 5, "0", "", ""},
		{"a budget of nothing", "1/2", 0, 5, "0", "", "10"},
		{"a total has no pace", "", 100, 50, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Span{}
			if c.passed != "" {
				s.Passed, _ = new(big.Rat).SetString(c.passed)
			}
			p := s.PaceOf(c.budget, c.spent)
			if got := [3]string{text(p.Meant), text(p.Pace), text(p.Projected)}; got != [3]string{c.meant, c.pace, c.projected} {
				t.Errorf("meant, pace, projected: got %q, want %q %q %q", got, c.meant, c.pace, c.projected)
			}
		})
	}
}

func text(r *big.Rat) string {
	if r == nil {
		return ""
	}
	return r.RatString()
}

// A budget in another currency is converted by the rate of the day; without one there is no budget to compare with.
func TestMicros(t *testing.T) {
	site, err := settings.ParseSite("s", []byte(`{"currency":"USD","fx":[{"currency":"EUR","from":"2026-01-01","rate":"1.10"}]}`), settings.Site{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, amount, currency, day string
		want                        int64
		ok                          bool
	}{
		{"the site's own", "100.50", "USD", "2025-01-01", 100_500_000, true},
		{"by its rate", "100", "EUR", "2026-03-01", 110_000_000, true},
		{"before there was a rate", "100", "EUR", "2025-12-31", 0, false},
		{"no rate at all", "100", "GBP", "2026-03-01", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			day, _ := time.Parse(time.DateOnly, c.day)
			got, ok := Micros(&settings.Budget{Amount: c.amount, Currency: c.currency}, &site, day.UnixMilli())
			if got != c.want || ok != c.ok {
				t.Errorf("got %d, %v; want %d, %v", got, ok, c.want, c.ok)
			}
		})
	}
}
