package ingest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"tributary/shared/consent"
	"tributary/shared/event"
)

// cellar is a store of salts that counts how often it is asked.
type cellar struct {
	reads int
	down  error
}

func (c *cellar) Salt(_ context.Context, day string) ([]byte, error) {
	c.reads++
	return []byte(day), c.down
}

// visitors is a clock, a process and what its visitors' ids are.
type visitors struct {
	in *Ingest
	at *time.Time
	t  *testing.T
}

// hit is the id of a visitor's hit at a time of day 15:04 of a day.
func (v visitors) hit(ip, day, clock string) string {
	v.t.Helper()
	at, err := time.Parse("2006-01-02 15:04", day+" "+clock)
	if err != nil {
		v.t.Fatal(err)
	}
	*v.at = at
	d := v.in.Door(event.TrustPublic)
	d.IP, d.UserAgent = ip, "browser"
	return v.in.dayID(v.t.Context(), &event.Event{Site: "shop"}, d)
}

func newVisitors(t *testing.T) (visitors, *cellar) {
	in, _, at, _ := open()
	from := &cellar{}
	in.days.source = from.Salt
	return visitors{in, at, t}, from
}

// Ensures one salt a day and process, one id a day, and that a visit keeps its id over midnight until half an hour of
// silence, while everybody else has a new one.
func TestDaysOverMidnight(t *testing.T) {
	v, from := newVisitors(t)
	const ada, bob, eve = "203.0.113.7", "198.51.100.7", "192.0.2.7"
	noon, late := v.hit(ada, "2026-03-01", "12:00"), v.hit(ada, "2026-03-01", "23:50")
	if noon == "" || noon != late || from.reads != 1 {
		t.Fatalf("noon %q, late %q after %d reads, want one id and one read", noon, late, from.reads)
	}
	morning := v.hit(bob, "2026-03-01", "09:00")
	for _, c := range []struct {
		name, ip, clock string
		same            string
		want            bool
	}{
		{"the visit goes on", ada, "00:05", late, true},
		{"and on, past half an hour", ada, "00:34", late, true},
		{"silence has ended it", ada, "01:05", late, false},
		{"a visitor of the morning is a new one", bob, "00:06", morning, false},
	} {
		if got := v.hit(c.ip, "2026-03-02", c.clock); (got == c.same) != c.want || got == "" {
			t.Errorf("%s: got %q, before %q", c.name, got, c.same)
		}
	}
	if fresh := v.hit(eve, "2026-03-02", "00:10"); fresh != v.hit(eve, "2026-03-02", "12:00") || from.reads != 2 {
		t.Errorf("the new day's id moves, after %d reads", from.reads)
	}
	two := v.hit(ada, "2026-03-02", "23:59")
	if got := v.hit(ada, "2026-03-05", "00:01"); got == two {
		t.Error("an id is carried over days")
	}
}

// Ensures that a visitor is nobody's where no salt can be read, that the draft which waited in S3 keeps its id, and that
// no sender makes up an id of a day.
func TestDaysWithoutTheStore(t *testing.T) {
	v, from := newVisitors(t)
	from.down = errors.New("down")
	if got := v.hit("203.0.113.7", "2026-03-01", "12:00"); got != "" {
		t.Errorf("got %q without a salt", got)
	}
	from.down = nil
	d := v.in.Door(event.TrustPublic)
	sent := &event.Event{Site: "shop", AnonymousID: consent.DayPrefix + "made-up"}
	if got := v.in.dayID(t.Context(), sent, d); got != sent.AnonymousID {
		t.Errorf("what comes back from S3 has the id %q, want its own", got)
	}
	d.IP, d.UserAgent = "203.0.113.7", "browser"
	if got := v.in.dayID(t.Context(), sent, d); got == sent.AnonymousID || !strings.HasPrefix(got, consent.DayPrefix) {
		t.Errorf("a visitor made up %q", got)
	}
}
