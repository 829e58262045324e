package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/fault"
	"tributary/shared/report"
	"tributary/shared/settings"
)

// tick runs the schedule at a nominal time and returns the reports it names, new ones marked.
func (s *stage) tick(t *testing.T, when string) []string {
	t.Helper()
	out, err := s.handle(t.Context(), json.RawMessage(`{"scheduled_time":"`+when+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	return names(*out.(*batch))
}

func names(b batch) []string {
	list := []string{}
	for _, a := range b.Reports {
		name := strings.TrimPrefix(a.Path, "/v1/reports/")
		if a.Created {
			name += " new"
		}
		list = append(list, name)
	}
	return list
}

func TestSchedule(t *testing.T) {
	s := newStage(t)
	out, err := s.handle(t.Context(), event(t, "schedule.json")) // Monday 2026-03-02, five past midnight
	if err != nil {
		t.Fatal(err)
	}
	if got := s.fake.runs; len(got) != 1 || got[0] != "2026-03-02T00:05:00Z" {
		t.Errorf("the reports share the scans of %v, want that of the nominal time", got)
	}
	// The day and the week are over; what is older had no conversion.
	if d := cmp.Diff([]string{"default/daily/2026-03-01 new", "default/weekly/2026-02-23 new"}, names(*out.(*batch))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := out.(*batch).Empty; got != 35+8+3-2 {
		t.Errorf("%d empty periods, want all but two of those looked at", got)
	}
	// Delivered again, all is there; an hour later nobody looks.
	if d := cmp.Diff([]string{"default/daily/2026-03-01", "default/weekly/2026-02-23"}, s.tick(t, "2026-03-02T00:05:00Z")); d != "" {
		t.Errorf("delivered again (-want +got):\n%s", d)
	}
	if got := s.tick(t, "2026-03-02T01:05:00Z"); len(got) != 0 {
		t.Errorf("an hour later: got %v, want nothing to do", got)
	}
	if d := cmp.Diff([]string{"default/monthly/2026-03-01 new"}, s.tick(t, "2026-04-01T00:05:00Z")); d != "" {
		t.Errorf("when March is over (-want +got):\n%s", d)
	}
}

func TestScheduleCatchesUp(t *testing.T) {
	s := newStage(t)
	s.fake.hold("default", sale("o1", "2026-03-03T12:00:00Z", 1), sale("o2", "2026-03-04T12:00:00Z", 1))
	if d := cmp.Diff([]string{"default/daily/2026-03-04 new", "default/daily/2026-03-03 new"}, s.tick(t, "2026-03-06T09:05:00Z")); d != "" {
		t.Errorf("two days late (-want +got):\n%s", d)
	}
}

// What comes late makes a new revision a day and three days after the end, and only if it changed anything.
func TestScheduleLooksAgain(t *testing.T) {
	s := newStage(t)
	s.fake.hold("default", sale("o1", "2026-03-04T12:00:00Z", 1))
	s.tick(t, "2026-03-05T00:05:00Z")
	s.fake.hold("default", sale("o1", "2026-03-04T12:00:00Z", 1), sale("late", "2026-03-04T13:00:00Z", 2))
	for _, c := range []struct {
		when string
		want []string
	}{
		{"2026-03-05T23:05:00Z", []string{}},
		{"2026-03-06T00:05:00Z", []string{"default/daily/2026-03-04 new"}},
		{"2026-03-06T00:05:00Z", []string{"default/daily/2026-03-04"}},
		{"2026-03-06T01:05:00Z", []string{}},
		{"2026-03-08T01:05:00Z", []string{"default/daily/2026-03-04"}},
		{"2026-03-08T02:05:00Z", []string{}},
	} {
		if d := cmp.Diff(c.want, s.tick(t, c.when)); d != "" {
			t.Errorf("at %s (-want +got):\n%s", c.when, d)
		}
	}
	want := map[report.Place][]int{{Site: "default", Kind: "daily", First: "2026-03-04"}: {1, 2}}
	if d := cmp.Diff(want, s.published(t)); d != "" {
		t.Errorf("published (-want +got):\n%s", d)
	}
}

func TestScheduleKnowsZones(t *testing.T) {
	s := newStage(t)
	s.fake.sites = append(s.fake.sites[:0], site(t, "kiritimati", "Pacific/Kiritimati"), site(t, "la", "America/Los_Angeles"))
	for _, id := range []string{"kiritimati", "la"} {
		s.fake.hold(id, sale("o", "2026-03-04T09:30:00Z", 1)) // the 4th at 23:30 there, at 01:30 here
	}
	if got := s.tick(t, "2026-03-04T09:05:00Z"); len(got) != 0 {
		t.Errorf("before the day is over: %v", got)
	}
	if d := cmp.Diff([]string{"kiritimati/daily/2026-03-04 new"}, s.tick(t, "2026-03-04T10:05:00Z")); d != "" {
		t.Errorf("where the day ends first (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"la/daily/2026-03-04 new"}, s.tick(t, "2026-03-05T08:05:00Z")); d != "" {
		t.Errorf("where it ends last (-want +got):\n%s", d)
	}
}

// A site that fails fails the run, after the others have their reports; even if what failed is a fault.
func TestScheduleOneSiteFails(t *testing.T) {
	for _, broken := range []error{errors.New("unreadable"), fault.New(fault.InvalidAmount, "", "unreadable")} {
		s := newStage(t)
		s.fake.sites = append([]settings.Site{site(t, "broken", "UTC")}, s.fake.sites...)
		s.fake.err["broken"] = broken
		_, err := s.handle(t.Context(), event(t, "schedule.json"))
		if err == nil || !strings.Contains(err.Error(), `site "broken"`) || !strings.Contains(err.Error(), "unreadable") {
			t.Errorf("got %v, want an error that names the site", err)
		}
		if got := s.published(t); len(got) != 2 {
			t.Errorf("published %v, want the other site's day and week", got)
		}
	}
}

func TestDue(t *testing.T) {
	p, err := report.PeriodOf(report.Daily, "2026-03-01", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		when            string
		missing, stands bool // due when it has no report, and when it has one
	}{
		{"2026-03-01T23:59:59Z", false, false}, // never before the end
		{"2026-03-02T00:00:00Z", true, true},   // one that was asked for before is not the last word
		{"2026-03-02T01:00:00Z", true, false},
		{"2026-03-03T00:05:00Z", true, true}, // a day after
		{"2026-03-03T01:05:00Z", true, false},
		{"2026-03-05T01:59:59Z", true, true}, // three days after: what came late is in
		{"2026-03-05T02:00:00Z", false, false},
		{"2026-03-06T00:05:00Z", true, false}, // then once a day
		{"2026-03-06T01:05:00Z", false, false},
		{"2026-04-04T00:05:00Z", true, false},
	} {
		for _, stands := range []bool{false, true} {
			want := c.missing
			if stands {
				want = c.stands
			}
			if got, err := due(p, time.UnixMilli(at(c.when)), stands); err != nil || got != want {
				t.Errorf("at %s, a report stands: %v: due %v, %v; want %v", c.when, stands, got, err, want)
			}
		}
	}
}

// Whatever the schedule missed in five weeks is made good: once a day, newest first, and no further back.
func TestScheduleCatchesUpAfterAnOutage(t *testing.T) {
	s := newStage(t)
	s.fake.hold("default", sale("o1", "2026-03-01T12:00:00Z", 1), sale("o2", "2026-03-20T12:00:00Z", 1), sale("old", "2025-12-20T12:00:00Z", 1))
	if got := s.tick(t, "2026-04-02T07:05:00Z"); len(got) != 1 || got[0] != "default/monthly/2026-03-01 new" {
		t.Errorf("between two days: got %v, want only the month that has just closed", got)
	}
	want := []string{
		"default/daily/2026-03-20 new", "default/daily/2026-03-01 new", "default/weekly/2026-03-16 new", "default/weekly/2026-02-23 new",
	}
	if d := cmp.Diff(want, s.tick(t, "2026-04-03T00:05:00Z")); d != "" {
		t.Errorf("after midnight (-want +got):\n%s", d)
	}
	if got := s.tick(t, "2026-04-04T00:05:00Z"); len(got) != 0 {
		t.Errorf("a day later: got %v, want nothing to do", got)
	}
}

// Where the clocks change, a day ends when it ends there: New York's 8 March 2026 has 23 hours.
func TestScheduleKnowsClocksThatChange(t *testing.T) {
	s := newStage(t)
	s.fake.sites = append(s.fake.sites[:0], site(t, "ny", "America/New_York"))
	s.fake.hold("ny", sale("o", "2026-03-08T12:00:00Z", 1))
	if got := s.tick(t, "2026-03-09T03:05:00Z"); len(got) != 0 {
		t.Errorf("before the day is over: %v", got)
	}
	if d := cmp.Diff([]string{"ny/daily/2026-03-08 new", "ny/weekly/2026-03-02 new"}, s.tick(t, "2026-03-09T04:05:00Z")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A run that is late, or comes twice, works by its nominal time, not by the clock on the wall.
func TestScheduleGoesByItsNominalTime(t *testing.T) {
	s := newStage(t)
	s.fake.hold("default", sale("o1", "2026-03-01T12:00:00Z", 1), sale("o2", "2026-03-02T12:00:00Z", 1))
	if d := cmp.Diff([]string{"default/daily/2026-03-01 new", "default/weekly/2026-02-23 new"}, s.tick(t, "2026-03-02T00:05:00Z")); d != "" {
		t.Errorf("the second of March is over on the wall, and not in the input (-want +got):\n%s", d)
	}
	for _, bad := range []string{"yesterday", "2026-03-02"} {
		if f := fault.Of(h(t, s, bad)); f == nil || f.Field != "scheduled_time" {
			t.Errorf("%q: got %v, want a fault of scheduled_time", bad, f)
		}
	}
}

func h(t *testing.T, s *stage, nominal string) error {
	t.Helper()
	return s.scheduled(t.Context(), nominal, s.each(&batch{}))
}

// Ensures that the hourly run deletes salts whose days are over by its nominal time, and that a failure of that is one of
// the run.
func TestTheScheduleDropsSalts(t *testing.T) {
	s := newStage(t)
	if err := h(t, s, "2026-03-02T00:05:00Z"); err != nil {
		t.Fatal(err)
	}
	want := []time.Time{time.Date(2026, 3, 2, 0, 5, 0, 0, time.UTC)}
	if d := cmp.Diff(want, s.fake.dropped); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	s.fake.dropFails = errors.New("down")
	if err := h(t, s, "2026-03-02T01:05:00Z"); err == nil {
		t.Error("salts that stay are no error")
	}
}
