package report

import (
	"testing"
	"time"
	_ "time/tzdata" // the test must not depend on the machine's zones

	"tributary/shared/fault"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestPeriodOf(t *testing.T) {
	for _, c := range []struct{ kind, date, from, to string }{
		{Daily, "2026-03-01", "2026-03-01", "2026-03-02"},
		{Daily, "2024-02-28", "2024-02-28", "2024-02-29"},
		{Weekly, "2026-03-01", "2026-02-23", "2026-03-02"}, // a Sunday is the week's last day
		{Weekly, "2026-03-02", "2026-03-02", "2026-03-09"}, // a Monday its first
		{Weekly, "2027-01-01", "2026-12-28", "2027-01-04"}, // ISO week 53 of 2026
		{Monthly, "2026-12-31", "2026-12-01", "2027-01-01"},
		{Monthly, "2024-02-29", "2024-02-01", "2024-03-01"},
	} {
		p, err := PeriodOf(c.kind, c.date, time.UTC)
		if err != nil || p.From != c.from || p.To != c.to || p.Kind != c.kind {
			t.Errorf("%s of %s: %s to %s, %v; want %s to %s", c.kind, c.date, p.From, p.To, err, c.from, c.to)
		}
	}
}

func TestPeriodsThatAreNone(t *testing.T) {
	_, noKind := PeriodOf("yearly", "2026-03-01", time.UTC)
	_, noDay := PeriodOf(Daily, "2026-02-30", time.UTC)
	_, early := PeriodOf(Daily, "1969-12-31", time.UTC)
	_, empty := RangeOf("2026-03-01", "2026-03-01", time.UTC)
	_, backwards := RangeOf("2026-03-02", "2026-03-01", time.UTC)
	_, long := RangeOf("2000-01-01", "2026-03-01", time.UTC)
	_, noFrom := RangeOf("", "2026-03-01", time.UTC)
	_, noTo := RangeOf("2026-03-01", "01.04.2026", time.UTC)
	for field, errs := range map[string][]error{"period": {noKind}, "date": {noDay, early}, "to": {empty, backwards, long, noTo}, "from": {noFrom}} {
		for i, err := range errs {
			if f := fault.Of(err); f == nil || f.Field != field || f.Code != fault.InvalidField {
				t.Errorf("%s %d: got %v, want a fault of the field", field, i, err)
			}
		}
	}
}

func TestClosed(t *testing.T) {
	kiritimati, la := zone(t, "Pacific/Kiritimati"), zone(t, "America/Los_Angeles")
	for _, c := range []struct {
		name, kind, at string
		zone           *time.Location
		back           int
		from, to       string
	}{
		{"the day before", Daily, "2026-03-01T00:05:00Z", time.UTC, 0, "2026-02-28", "2026-03-01"},
		{"the instant a day ends", Daily, "2026-03-01T00:00:00Z", time.UTC, 0, "2026-02-28", "2026-03-01"},
		{"two days further", Daily, "2026-03-01T00:05:00Z", time.UTC, 2, "2026-02-26", "2026-02-27"},
		{"where it is tomorrow already", Daily, "2026-02-28T10:05:00Z", kiritimati, 0, "2026-02-28", "2026-03-01"},
		{"where it is yesterday still", Daily, "2026-03-01T07:05:00Z", la, 0, "2026-02-27", "2026-02-28"},
		{"a week in its middle", Weekly, "2026-03-05T12:00:00Z", time.UTC, 0, "2026-02-23", "2026-03-02"},
		{"a week on its Monday", Weekly, "2026-03-02T00:00:00Z", time.UTC, 0, "2026-02-23", "2026-03-02"},
		{"a week on its Sunday", Weekly, "2026-03-01T23:59:59Z", time.UTC, 0, "2026-02-16", "2026-02-23"},
		{"the month before, over a year's end", Monthly, "2026-01-01T00:05:00Z", time.UTC, 0, "2025-12-01", "2026-01-01"},
		{"the month before a 31st", Monthly, "2026-03-31T12:00:00Z", time.UTC, 0, "2026-02-01", "2026-03-01"},
		{"two months further", Monthly, "2026-03-31T12:00:00Z", time.UTC, 2, "2025-12-01", "2026-01-01"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if p := Closed(c.kind, at, c.zone, c.back); p.From != c.from || p.To != c.to {
			t.Errorf("%s: %s to %s, want %s to %s", c.name, p.From, p.To, c.from, c.to)
		}
	}
}

func TestBounds(t *testing.T) {
	for _, c := range []struct{ name, zone, date, from, to string }{
		{"plain", "UTC", "2026-03-01", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"},
		{"a day of 23 hours", "Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"a day of 25 hours", "Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		{"an offset of 45 minutes", "Asia/Kathmandu", "2026-03-01", "2026-02-28T18:15:00Z", "2026-03-01T18:15:00Z"},
		{"no midnight: the day begins at one", "America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
		{"two midnights: the first", "America/Havana", "2025-11-02", "2025-11-02T04:00:00Z", "2025-11-03T05:00:00Z"},
		{"clocks turned back at midnight", "America/Sao_Paulo", "2019-02-17", "2019-02-17T03:00:00Z", "2019-02-18T03:00:00Z"},
		{"and the day before, of 25 hours", "America/Sao_Paulo", "2019-02-16", "2019-02-16T02:00:00Z", "2019-02-17T03:00:00Z"},
		{"a day that was left out has no length", "Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
	} {
		p, err := PeriodOf(Daily, c.date, zone(t, c.zone))
		if err != nil {
			t.Fatal(err)
		}
		from, to, err := p.Bounds()
		if err != nil {
			t.Fatal(err)
		}
		got := [2]string{time.UnixMilli(from).UTC().Format(time.RFC3339), time.UnixMilli(to).UTC().Format(time.RFC3339)}
		if want := [2]string{c.from, c.to}; got != want {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
	}
}

// Days follow one another without a gap and without overlap, in every zone and all year.
func TestDaysMeet(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/Havana", "America/Sao_Paulo", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"} {
		loc := zone(t, name)
		for year := 2009; year < 2027; year += 2 {
			day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
			for range 730 {
				next := day.AddDate(0, 0, 1)
				a, b := startOf(day, loc), startOf(next, loc)
				if length := b.Sub(a); length < 0 || length > 25*time.Hour || b.In(loc).Add(-time.Millisecond).Day() == next.Day() {
					t.Fatalf("%s %s: %s long", name, day.Format(time.DateOnly), length)
				}
				day = next
			}
		}
	}
}
