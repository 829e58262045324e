package kpi

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/fault"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// cases are the hand-entered vectors of the specification.
type cases struct {
	Ratios []struct {
		KPI         string
		Numerator   json.RawMessage
		Denominator json.RawMessage
		Scale       int64
		Expected    *string
	}
	TimeBuckets []struct {
		TS    string `json:"ts"`
		Day   string `json:"day"`
		Week  string `json:"iso_week"`
		Month string `json:"month"`
	} `json:"time_buckets"`
}

func vectors(t *testing.T) cases {
	t.Helper()
	b, err := os.ReadFile("testdata/kpi_cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var c cases
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// Ensures days, ISO weeks and months of the specification's vectors, by way of the bucket that holds the event.
func TestGrainVectors(t *testing.T) {
	for _, c := range vectors(t).TimeBuckets {
		at, err := time.Parse(time.RFC3339, c.TS)
		if err != nil {
			t.Fatal(err)
		}
		start, err := BucketTime(Bucket(at.UnixMilli(), false))
		if err != nil {
			t.Fatal(err)
		}
		week := Week.Start(start)
		y, w := week.ISOWeek()
		if got := time.Date(y, 1, 4, 0, 0, 0, 0, time.UTC).Format("2006") + "-W" + twoDigits(w); got != c.Week || week.Weekday() != time.Monday {
			t.Errorf("%s: got week %s of %s, want %s", c.TS, got, Week.Label(week), c.Week)
		}
		if got := Day.Label(Day.Start(start)); got != c.Day {
			t.Errorf("%s: got day %s, want %s", c.TS, got, c.Day)
		}
		if got := Month.Label(Month.Start(start)); got != c.Month {
			t.Errorf("%s: got month %s, want %s", c.TS, got, c.Month)
		}
	}
}

func twoDigits(n int) string { return string([]byte{'0' + byte(n/10), '0' + byte(n%10)}) }

// Ensures that days begin and end where their zone says, also where clocks skip midnight or strike it twice.
func TestDays(t *testing.T) {
	for _, c := range []struct {
		name, zone, day, start string
		hours                  float64
	}{
		{"UTC", "UTC", "2026-01-01", "2026-01-01T00:00:00Z", 24},
		{"spring forward", "Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", 23},
		{"fall back", "Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", 25},
		{"midnight skipped", "America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", 23},
		{"clocks back at midnight, into the day before", "America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z", 24},
		{"the day that lasts into it", "America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00:00Z", 25},
		{"midnight twice", "America/Havana", "2026-11-01", "2026-11-01T04:00:00Z", 25},
		{"midnight skipped in Havana", "America/Havana", "2026-03-08", "2026-03-08T05:00:00Z", 23},
		{"half an hour", "Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z", 23.5},
		{"quarters", "Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15:00Z", 24},
		{"a day that is not there", "Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", 24},
	} {
		t.Run(c.name, func(t *testing.T) {
			start, err := parseDay("from", c.day, zone(t, c.zone))
			if err != nil {
				t.Fatal(err)
			}
			if got := start.UTC().Format(time.RFC3339); got != c.start {
				t.Errorf("start: got %s, want %s", got, c.start)
			}
			if got := Day.Next(start).Sub(start).Hours(); got != c.hours {
				t.Errorf("hours: got %v, want %v", got, c.hours)
			}
			if got := Day.Start(start.Add(20 * time.Hour)); !got.Equal(start) {
				t.Errorf("start of 20 hours later: got %s, want %s", got, start)
			}
		})
	}
}

func TestParsePeriod(t *testing.T) {
	// In Berlin it is the second of March already.
	now := time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC)
	for _, c := range []struct{ from, to, last, wantFrom, wantTo string }{
		{"", "", "", "2026-03-02", "2026-03-03"},
		{"", "", "today", "2026-03-02", "2026-03-03"},
		{"", "", "yesterday", "2026-03-01", "2026-03-02"},
		{"", "", "1d", "2026-03-02", "2026-03-03"},
		{"", "", "7d", "2026-02-24", "2026-03-03"},
		{"", "", "28d", "2026-02-03", "2026-03-03"},
		{"", "", "mtd", "2026-03-01", "2026-03-03"},
		{"", "", "ytd", "2026-01-01", "2026-03-03"},
		{"", "", "2026-02", "2026-02-01", "2026-03-01"},
		{"", "", "2025-12", "2025-12-01", "2026-01-01"},
		{"2026-01-01", "2026-05-01", "", "2026-01-01", "2026-05-01"},
		{"2026-02-27", "", "", "2026-02-27", "2026-03-03"},
	} {
		p, err := ParsePeriod(c.from, c.to, c.last, now, zone(t, "Europe/Berlin"))
		if err != nil {
			t.Errorf("%v: %v", c, err)
			continue
		}
		if d := cmp.Diff([]string{c.wantFrom, c.wantTo}, []string{Day.Label(p.From), Day.Label(p.To)}); d != "" {
			t.Errorf("%v (-want +got):\n%s", c, d)
		}
	}
}

func TestParsePeriodRefuses(t *testing.T) {
	for _, c := range []struct{ from, to, last, field string }{
		{"2026-1-1", "2026-05-01", "", "from"},
		{"2026-02-30", "2026-05-01", "", "from"},
		{"2026-01-01T00:00:00Z", "2026-05-01", "", "from"},
		{"2026-01-01", "01.05.2026", "", "to"},
		{"2026-05-01", "2026-05-01", "", "from"},
		{"2026-05-02", "2026-05-01", "", "from"},
		{"2027-01-01", "", "", "from"},
		{"0001-01-01", "2026-05-01", "", "from"},
		{"", "2026-05-01", "", "from"},
		{"2026-01-01", "", "7d", "last"},
		{"", "", "0d", "last"},
		{"", "", "-7d", "last"},
		{"", "", "99999d", "last"},
		{"", "", "d", "last"},
		{"", "", "2026-13", "last"},
		{"", "", "fortnight", "last"},
	} {
		_, err := ParsePeriod(c.from, c.to, c.last, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.UTC)
		f := fault.Of(err)
		if f == nil || f.Code != fault.InvalidQuery || f.Field != c.field {
			t.Errorf("%v: got %v, want an invalid_query of %s", c, err, c.field)
		}
	}
}

func TestPeriodBuckets(t *testing.T) {
	for _, c := range []struct {
		zone, from, to string
		fractional     bool
	}{
		{"UTC", "2026-01-01T00", "2026-05-01T00", false},
		{"Europe/Berlin", "2025-12-31T23", "2026-04-30T22", false},
		{"Asia/Kathmandu", "2025-12-31T18:15", "2026-04-30T18:15", true},
		{"Australia/Lord_Howe", "2025-12-31T13", "2026-04-30T13:30", true}, // half an hour in winter only
	} {
		p, err := ParsePeriod("2026-01-01", "2026-05-01", "", time.Time{}, zone(t, c.zone))
		if err != nil {
			t.Fatal(err)
		}
		if from, to := p.Buckets(); from != c.from || to != c.to {
			t.Errorf("%s: got %s to %s, want %s to %s", c.zone, from, to, c.from, c.to)
		}
		if p.Fractional() != c.fractional {
			t.Errorf("%s: fractional is %v", c.zone, p.Fractional())
		}
	}
}

// Ensures that hours are labelled with their offset, so that the two of a fall back differ, and no row is left out.
func TestGrainRows(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	for _, c := range []struct {
		grain    Grain
		from, to string
		want     []string
	}{
		{Day, "2026-10-24", "2026-10-27", []string{"2026-10-24", "2026-10-25", "2026-10-26"}},
		{Week, "2026-01-01", "2026-01-13", []string{"2025-12-29", "2026-01-05", "2026-01-12"}},
		{Month, "2026-01-31", "2026-03-02", []string{"2026-01", "2026-02", "2026-03"}},
	} {
		p, err := ParsePeriod(c.from, c.to, "", time.Time{}, berlin)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for at := c.grain.Start(p.From); at.Before(p.To); at = c.grain.Next(at) {
			got = append(got, c.grain.Label(at))
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.grain, d)
		}
	}
	first := time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC).In(berlin)
	if a, b := Hour.Label(first), Hour.Label(Hour.Next(first)); a != "2026-10-25T02:00:00+02:00" || b != "2026-10-25T02:00:00+01:00" {
		t.Errorf("got %s and %s", a, b)
	}
	late := time.Date(2026, 1, 1, 0, 20, 5, 7, zone(t, "Asia/Kathmandu"))
	if got := Hour.Label(Hour.Start(late)); got != "2026-01-01T00:00:00+05:45" {
		t.Errorf("got %s", got)
	}
	if g, ok := ParseGrain("day"); !ok || g != Day {
		t.Errorf("got %q, %v", g, ok)
	}
	if _, ok := ParseGrain("fortnight"); ok {
		t.Error("fortnight is no grain")
	}
}
