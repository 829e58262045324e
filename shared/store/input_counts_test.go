package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/store/storetest"
)

// Ensures that counts add up by day, that a range leaves its end out, and that they are no quarantined input.
func TestInputCounts(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	for day, counts := range map[string]map[string]int64{
		"2026-03-01": {"duplicates": 2, "invalid_json": 1}, "2026-03-02": {"duplicates": 3}, "2026-03-03": {"duplicates": 100},
	} {
		for range 2 {
			if err := s.CountInput(t.Context(), site, day, counts); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, err := s.InputCounts(t.Context(), site, "2026-03-01", "2026-03-03")
	if d := cmp.Diff(map[string]int64{"duplicates": 10, "invalid_json": 2}, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if kept, err := s.Kept(t.Context(), site, 10); err != nil || len(kept) != 0 {
		t.Errorf("kept %v, %v", kept, err)
	}
}
