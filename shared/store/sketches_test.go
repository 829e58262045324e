package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/store/storetest"
	"tributary/shared/visitors"
)

// Ensures that sketches are written on the version that was read, that whoever is late is told what stands, and that days
// and hours are read apart, their ends half-open.
func TestSketches(t *testing.T) {
	st, site, ctx := storetest.Open(t), storetest.Site(t), context.Background()
	at := func(bucket string) visitors.Place {
		return visitors.Place{Site: site, Family: visitors.OfPeople, Part: 1, Bucket: bucket}
	}
	put := func(bucket string, version int64, body string) *visitors.Item {
		t.Helper()
		standing, err := st.PutSketches(ctx, at(bucket), visitors.Item{Version: version, Sets: map[visitors.Set][]byte{visitors.Extra: []byte(body)}})
		if err != nil {
			t.Fatal(err)
		}
		return standing
	}
	for _, b := range []string{"2026-01-05", "2026-01-05T07", "2026-01-05T07:15", "2026-01-05T08", "2026-01-06"} {
		if standing := put(b, 0, "first"); standing != nil {
			t.Fatalf("%s: got %v", b, standing)
		}
	}
	want := &visitors.Item{Version: 1, Sets: map[visitors.Set][]byte{visitors.Extra: []byte("first")}}
	for _, version := range []int64{0, 2} {
		if d := cmp.Diff(want, put("2026-01-05T07", version, "late")); d != "" {
			t.Errorf("version %d (-want +got):\n%s", version, d)
		}
	}
	if standing := put("2026-01-05T07", 1, "second"); standing != nil {
		t.Errorf("the version that stands: got %v", standing)
	}
	for _, c := range []struct {
		from, to string
		want     []string
	}{
		{"2026-01-05", "2026-01-06", []string{"2026-01-05 first"}},
		{"2026-01-05T00", "2026-01-05T08", []string{"2026-01-05T07 second", "2026-01-05T07:15 first"}},
		{"2026-01-05T07:15", "2026-01-05T23", []string{"2026-01-05T07:15 first", "2026-01-05T08 first"}},
		{"2026-01-07", "2026-01-09", nil},
	} {
		var got []string
		err := st.Sketches(ctx, site, visitors.OfPeople, 1, c.from, c.to, func(bucket string, it visitors.Item) error {
			got = append(got, bucket+" "+string(it.Sets[visitors.Extra]))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s to %s (-want +got):\n%s", c.from, c.to, d)
		}
	}
}
