package figures

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"tributary/shared/fault"
	"tributary/shared/kpi"
	"tributary/shared/settings"
)

var parsedAt = time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)

func parsed(t *testing.T, query string) (*Query, error) {
	t.Helper()
	params, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return Parse(params, settings.DefaultSite("shop"), parsedAt)
}

// TestParseRefuses ensures that each question which has no answer is refused by the name of its parameter, with what can be had.
func TestParseRefuses(t *testing.T) {
	for _, row := range []struct{ name, query, field, says string }{
		{"two grains", "by=day,week", "by", "both a grain of time"},
		{"a dimension twice", "by=page,page", "by", "twice"},
		{"dimensions that are not counted together", "by=page,channel", "by", "not counted together"},
		{"a filter beside another dimension", "by=page&channel=Email", "by", "not counted together"},
		{"a goal of types", "by=type&goal=signup", "goal", "have no goal"},
		{"a report's model", "by=channel&model=shapley", "model", "in reports only"},
		{"own settings of channels", "by=channel&model=own", "model", "by=campaign"},
		{"another comparison", "compare=next", "compare", "previous"},
		{"another format", "format=xml", "format", "csv"},
		{"no zone", "tz=Mars/Base", "tz", "IANA"},
		{"a zone within the hour", "tz=Asia/Kolkata", "tz", "full hours"},
		{"no day", "from=2026-13-01&to=2026-02-01", "from", ""},
		{"as of a day of the period", "from=2026-03-01&to=2026-03-10&as_of=2026-03-09", "as_of", "must have ended"},
		{"as of no day", "from=2026-03-01&to=2026-03-10&as_of=then", "as_of", "2026-03-01"},
		{"persons as of a day", "from=2026-03-01&to=2026-03-10&as_of=2026-03-20&kpis=customers", "kpis", "persons"},
		{"another model as of a day", "from=2026-03-01&to=2026-03-10&as_of=2026-03-20&by=channel&model=linear", "as_of", "as they are now"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := parsed(t, row.query)
			f := fault.Of(err)
			if f == nil || f.Field != row.field || !strings.Contains(f.Message, row.says) {
				t.Errorf("got %v, want %q at %s", err, row.says, row.field)
			}
		})
	}
}

// TestStartsOfBefore ensures that a period is laid over the one before day by day, and that days which one of them lacks meet none.
func TestStartsOfBefore(t *testing.T) {
	for _, row := range []struct {
		name, query, first, meets string
		days                      int
	}{
		{"a week", "from=2026-03-09&to=2026-03-16&by=day", "2026-03-02", "2026-03-09", 7},
		{"March over the shorter February", "last=2026-03&by=day", "2026-02-01", "2026-03-01", 28},
		{"February over the longer January", "last=2026-02&by=day", "2026-01-01", "2026-02-01", 28},
		{"a whole period has one row", "from=2026-03-09&to=2026-03-16", "", "", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			q, err := parsed(t, row.query)
			if err != nil {
				t.Fatal(err)
			}
			earlier := *q
			earlier.Period = q.Period.Before()
			got := q.starts(&earlier)
			if len(got) != row.days {
				t.Fatalf("%d days meet, want %d", len(got), row.days)
			}
			if row.days == 0 {
				return
			}
			first, _ := time.Parse(time.DateOnly, row.first)
			if met := kpi.Day.Label(time.Unix(got[first.Unix()], 0).UTC()); met != row.meets {
				t.Errorf("%s meets %s, want %s", row.first, met, row.meets)
			}
		})
	}
}

// TestAsOfTime ensures that a figure is of the end of the day that is asked for, and never of a time to come.
func TestAsOfTime(t *testing.T) {
	for _, row := range []struct{ name, day, want string }{
		{"now", "", "2026-03-31T12:00:00Z"},
		{"a day that is over", "2026-03-20", "2026-03-21T00:00:00Z"},
		{"today", "2026-03-31", "2026-03-31T12:00:00Z"},
	} {
		t.Run(row.name, func(t *testing.T) {
			q := &Query{AsOf: row.day}
			if got := q.asOfTime(parsedAt).Format(time.RFC3339); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}
