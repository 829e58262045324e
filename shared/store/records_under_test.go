package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/journey"
	"tributary/shared/store/storetest"
)

// TestRecordsUnderOneID ensures that a recipient's messages are found together, each by itself, and nobody else's.
func TestRecordsUnderOneID(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	var want []journey.Record
	for _, node := range []string{"A#a\x1fm1", "A#a\x1fm2", "A#ab\x1fm1", "A#a"} {
		r := journey.Record{Node: node, Body: `{"m":["opened"]}`}
		if won, err := s.PutRecord(t.Context(), site, journey.KindMessage, r); err != nil || !won {
			t.Fatalf("%q: written %v, %v", node, won, err)
		}
		r.Rev = 1
		got, err := s.Record(t.Context(), site, journey.KindMessage, node)
		if diff := cmp.Diff(r, got); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", node, err, diff)
		}
		want = append(want, r)
	}
	got, err := s.RecordsUnder(t.Context(), site, journey.KindMessage, "A#ab\x1f")
	if diff := cmp.Diff(want[2:3], got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err = s.RecordsUnder(t.Context(), site, journey.KindMessage, "A#a\x1f"); err != nil || len(got) != 3 {
		t.Errorf("got %d records, %v, want a's two and the one that has no second part", len(got), err)
	}
}
