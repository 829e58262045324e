package kpi

import (
	"testing"
	"time"
)

// Ensures that a bucket's events are in time until a day after it has ended, and then are of the day on which they came.
func TestLateness(t *testing.T) {
	for _, c := range []struct{ bucket, came, want string }{
		{"2026-01-01T05", "2026-01-01T05:30:00Z", ""},
		{"2026-01-01T05", "2026-01-02T05:59:59Z", ""},
		{"2026-01-01T05", "2026-01-02T06:00:00Z", "2026-01-02"},
		{"2026-01-01T05", "2026-03-10T00:00:00Z", "2026-03-10"},
		{"2026-01-01T05:15", "2026-01-02T05:59:00Z", ""},
		{"2026-01-01T05:45", "2026-01-02T07:00:00Z", "2026-01-02"},
		{"2026-01-01T05", "", ""},
	} {
		created := int64(0)
		if c.came != "" {
			at, err := time.Parse(time.RFC3339, c.came)
			if err != nil {
				t.Fatal(err)
			}
			created = at.UnixMilli()
		}
		moves := []Move{{Key: Key{Bucket: c.bucket}}}
		LatenessAt(created).Mark(moves)
		if got := moves[0].Late; got != c.want {
			t.Errorf("%s, counted at %s: late %q, want %q", c.bucket, c.came, got, c.want)
		}
	}
}
