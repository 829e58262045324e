package schedule_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"tributary/local/schedule"
	"tributary/local/template"
)

func TestNext(t *testing.T) {
	start := time.Date(2026, 3, 1, 0, 0, 30, 0, time.UTC)
	cases := []struct{ expression, zone, after, want string }{
		{"cron(5 * * * ? *)", "", "2026-03-01T00:05:00Z", "2026-03-01T01:05:00Z"},
		{"cron(15 10 * * ? *)", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T08:15:00Z"}, // the night the clocks change
		{"cron(0 9 ? * 2 *)", "", "2026-03-01T00:00:00Z", "2026-03-02T09:00:00Z"},                // 2 is Monday
		{"cron(0 9 ? * MON-FRI *)", "", "2026-03-06T10:00:00Z", "2026-03-09T09:00:00Z"},
		{"cron(0 9 ? * 2-6 *)", "", "2026-03-06T10:00:00Z", "2026-03-09T09:00:00Z"},
		{"cron(0 0 1 * ? *)", "", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"},
		{"cron(0 0 L * ? *)", "", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z"},
		{"cron(0 0 ? * 6L *)", "", "2026-03-01T00:00:00Z", "2026-03-27T00:00:00Z"},
		{"cron(0 0 ? * 3#2 *)", "", "2026-03-01T00:00:00Z", "2026-03-10T00:00:00Z"},
		{"cron(0/20 8 * * ? 2027)", "", "2026-03-01T00:00:00Z", "2027-01-01T08:00:00Z"},
		{"rate(5 minutes)", "", "2026-03-01T00:05:30Z", "2026-03-01T00:10:30Z"},
		{"rate(1 day)", "", "2026-03-01T05:00:00Z", "2026-03-02T00:00:30Z"},
		{"at(2026-03-05T10:00:00)", "Asia/Kolkata", "2026-03-01T00:00:00Z", "2026-03-05T04:30:00Z"},
		{"at(2026-03-05T10:00:00)", "", "2026-03-05T10:00:00Z", ""},
	}
	for _, c := range cases {
		clock, err := schedule.Parse(c.expression, c.zone, start)
		if err != nil {
			t.Errorf("%s: %v", c.expression, err)
			continue
		}
		after, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if next, ok := clock(after); ok {
			got = next.UTC().Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%s %s after %s: got %s, want %s", c.expression, c.zone, c.after, got, c.want)
		}
	}
}

func TestRefusesWhatAWSRefuses(t *testing.T) {
	for _, e := range []string{"", "hourly", "cron(5 * * * *)", "cron(5 * * * * *)", "cron(5 * ? * ? *)", "cron(61 * * * ? *)", "rate(0 minutes)", "rate(5 weeks)", "at(soon)"} {
		if _, err := schedule.Parse(e, "", time.Now()); err == nil {
			t.Errorf("%q is accepted", e)
		}
	}
	if _, err := schedule.Parse("rate(1 hour)", "Mars/Base", time.Now()); err == nil {
		t.Error("a time zone of Mars is accepted")
	}
}

func TestRunInvokesOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		clock, err := schedule.Parse("rate(1 hour)", "", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		s := template.Schedule{Input: `{"at":"<aws.scheduler.scheduled-time>","again":"<aws.scheduler.scheduled-time>"}`}
		var got []string
		go schedule.Run(ctx, s, clock, time.Now, func(payload []byte) { got = append(got, string(payload)) })
		time.Sleep(150 * time.Minute)
		cancel()
		synctest.Wait()
		// synctest begins at midnight of 2000-01-01
		want := `{"at":"2000-01-01T02:00:00Z","again":"2000-01-01T02:00:00Z"}`
		if len(got) != 2 || got[1] != want {
			t.Errorf("got %q, want two, the last %s", got, want)
		}
	})
}

func TestNoInputIsAnEmptyObject(t *testing.T) {
	if got := schedule.Payload(template.Schedule{}, time.Now()); string(got) != "{}" {
		t.Errorf("got %s", got)
	}
}
