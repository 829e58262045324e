package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/journey"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// The buckets of a range hold each of its records once, and each as RecordsInRange gives it.
func TestRecordsInBucket(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	const day, from = int64(24 * 60 * 60 * 1000), int64(1767225600000) // 2026-01-01
	for i := range int64(40) {
		putRecord(t, s, site, journey.Record{Node: fmt.Sprintf("O#%02d", i), Digest: "d", Time: from + i*day/13, Body: "{}"})
	}
	for _, span := range [][2]int64{{from, from + day}, {from + day/2, from + 5*day/2}, {from, from}} {
		var got []journey.Record
		used := 0
		for bucket := range store.RangeBuckets {
			var list []journey.Record
			for r, err := range s.RecordsInBucket(t.Context(), site, journey.KindConversion, bucket, span[0], span[1]) {
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, r)
			}
			if len(list) > 0 {
				used++
			}
			if !slices.IsSortedFunc(list, func(a, b journey.Record) int { return int(a.Time - b.Time) }) {
				t.Errorf("bucket %d is not in order of time", bucket)
			}
			got = append(got, list...)
		}
		slices.SortFunc(got, func(a, b journey.Record) int { return int(a.Time - b.Time) })
		want, err := s.RecordsInRange(t.Context(), site, journey.KindConversion, span[0], span[1])
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%v (-range +buckets):\n%s", span, d)
		}
		if len(want) > 10 && used < 2 {
			t.Errorf("%d records lie in %d bucket", len(want), used)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	var failed error
	for _, err := range s.RecordsInBucket(gone, site, journey.KindConversion, 0, from, from+day) {
		failed = err
	}
	if failed == nil {
		t.Error("a read that was given up ends without an error")
	}
}
