package store_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tributary/shared/kpi"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// delta is one batch's addition to an item, records low to high.
func delta(k kpi.Key, shard, low, high string, hour int64, amounts map[kpi.Measure]int64) kpi.Delta {
	pad := func(s string) string { return strings.Repeat("0", 40-len(s)) + s }
	return kpi.Delta{Key: k, Lane: 3, Shard: shard, Low: pad(low), High: pad(high), At: hour * 3600, Amounts: amounts}
}

func add(t *testing.T, s *store.Store, d kpi.Delta) string {
	t.Helper()
	fence, err := s.AddCounters(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return fence
}

// Ensures that a batch is added once, whatever comes again, and that shards do not hinder each other.
func TestAddCounters(t *testing.T) {
	s := storetest.Open(t)
	k := kpi.Key{Site: storetest.Site(t), Dimension: kpi.ByCampaign, Value: "spring#1", Bucket: "2026-01-01T05", Split: "Paid Search"}
	amounts := map[kpi.Measure]int64{kpi.Impressions: 2, kpi.CostIn(kpi.MediaCost, "USD"): 25_000}
	nine := strings.Repeat("0", 39) + "9"
	for _, step := range []struct {
		name  string
		d     kpi.Delta
		fence string
	}{
		{"a first batch", delta(k, "aa", "5", "9", 100, amounts), ""},
		{"the same again", delta(k, "aa", "5", "9", 101, amounts), nine},
		{"one that begins at the fence", delta(k, "aa", "9", "12", 101, amounts), nine},
		{"one that overlaps", delta(k, "aa", "7", "12", 101, amounts), nine},
		{"the next", delta(k, "aa", "10", "12", 101, amounts), ""},
		{"lower numbers of another shard", delta(k, "bb", "1", "2", 101, amounts), ""},
		{"no amounts, for the fence alone", delta(k, "bb", "3", "4", 101, nil), ""},
	} {
		if got := add(t, s, step.d); got != step.fence {
			t.Errorf("%s: got fence %q, want %q", step.name, got, step.fence)
		}
	}
	got, err := s.Counters(context.Background(), k.Site, k.Dimension, k.Value, "2026-01-01T05", "2026-01-01T06")
	if err != nil {
		t.Fatal(err)
	}
	want := []kpi.Counter{{Key: k, Amounts: map[kpi.Measure]int64{kpi.Impressions: 6, kpi.CostIn(kpi.MediaCost, "USD"): 75_000}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Ensures that a range holds its first bucket and not its end, hours and quarters alike.
func TestCountersRange(t *testing.T) {
	s := storetest.Open(t)
	site := storetest.Site(t)
	for _, bucket := range []string{"2026-01-01T04", "2026-01-01T04:45", "2026-01-01T05", "2026-01-01T05:15", "2026-01-01T06"} {
		k := kpi.Key{Site: site, Dimension: kpi.BySite, Bucket: bucket}
		add(t, s, delta(k, "aa", "1", "1", 100, map[kpi.Measure]int64{kpi.Clicks: 1}))
	}
	for _, c := range []struct {
		from, to string
		want     []string
	}{
		{"2026-01-01T05", "2026-01-01T06", []string{"2026-01-01T05", "2026-01-01T05:15"}},
		{"2026-01-01T04:45", "2026-01-01T05:15", []string{"2026-01-01T04:45", "2026-01-01T05"}},
		{"2026-01-01T07", "2026-01-02T00", nil},
	} {
		list, err := s.Counters(context.Background(), site, kpi.BySite, "", c.from, c.to)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range list {
			got = append(got, c.Bucket)
		}
		if d := cmp.Diff(c.want, got, cmpopts.SortSlices(strings.Compare)); d != "" {
			t.Errorf("%s to %s (-want +got):\n%s", c.from, c.to, d)
		}
	}
}

// Ensures that fences of ended shards go once four are older than 48 hours, and that younger ones and the figures stay:
// what comes again from a shard whose fence stands is still dropped.
func TestAddCountersDropsOldFences(t *testing.T) {
	s := storetest.Open(t)
	k := kpi.Key{Site: storetest.Site(t), Dimension: kpi.BySite, Bucket: "2026-01-01T05"}
	one := map[kpi.Measure]int64{kpi.Clicks: 1}
	for _, shard := range []string{"a1", "a2", "a3", "a4"} {
		add(t, s, delta(k, shard, "5", "5", 100, one))
	}
	add(t, s, delta(k, "young", "5", "5", 101, one))
	add(t, s, delta(k, "now", "5", "5", 149, one))
	for shard, fenced := range map[string]bool{"a1": false, "a2": false, "a3": false, "a4": false, "young": true, "now": true} {
		if got := add(t, s, delta(k, shard, "5", "5", 149, one)) != ""; got != fenced {
			t.Errorf("shard %s: fenced is %v, want %v", shard, got, fenced)
		}
	}
}

// Ensures that what DynamoDB never takes is told from what may work later.
func TestAddCountersRefused(t *testing.T) {
	s := storetest.Open(t)
	k := kpi.Key{Site: storetest.Site(t), Dimension: kpi.ByPage, Value: strings.Repeat("x", 3000), Bucket: "2026-01-01T05"}
	_, err := s.AddCounters(context.Background(), delta(k, "aa", "1", "1", 100, map[kpi.Measure]int64{kpi.Visits: 1}))
	if !errors.Is(err, kpi.ErrRefused) {
		t.Errorf("a key of 3,000 bytes: got %v, want kpi.ErrRefused", err)
	}
	if err := s.PutName(context.Background(), k.Site, k.Dimension, k.Value); !errors.Is(err, kpi.ErrRefused) {
		t.Errorf("a name of 3,000 bytes: got %v, want kpi.ErrRefused", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	k.Value = "x"
	if _, err := s.AddCounters(ctx, delta(k, "aa", "1", "1", 100, nil)); err == nil || errors.Is(err, kpi.ErrRefused) {
		t.Errorf("a cancelled call: got %v, want an error that may be tried again", err)
	}
}

// Ensures that the longest name a counter can have fits its keys.
func TestLongestNameFits(t *testing.T) {
	s := storetest.Open(t)
	long := kpi.Name(strings.Repeat("ü", 5000))
	k := kpi.Key{Site: storetest.Site(t), Dimension: kpi.ByCampaign, Value: long, Bucket: "2026-01-01T05:15", Split: long}
	add(t, s, delta(k, "aa", "1", "1", 100, map[kpi.Measure]int64{kpi.Visits: 1}))
	if err := s.PutName(context.Background(), k.Site, k.Dimension, long); err != nil {
		t.Fatal(err)
	}
}

func TestNames(t *testing.T) {
	s := storetest.Open(t)
	site := storetest.Site(t)
	for _, name := range []string{"b#1", "a", "b#1"} {
		if err := s.PutName(context.Background(), site, kpi.ByCampaign, name); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Names(context.Background(), site, kpi.ByCampaign)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"a", "b#1"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got, err := s.Names(context.Background(), site, kpi.ByPage); err != nil || len(got) > 0 {
		t.Errorf("another dimension: got %q, %v", got, err)
	}
}

// Ensures that a lane's list replaces itself, says what it was, and keeps ids that hold separators.
func TestRecent(t *testing.T) {
	s := storetest.Open(t)
	site := storetest.Site(t)
	first := []store.Latest{{Received: 2, Home: "A#tab\tnew\nback\\t", SortKey: "T#1"}, {Received: 1, Home: "U#u", SortKey: "X#2"}}
	second := []store.Latest{{Received: 3, Home: "S#1", SortKey: "X#3"}}
	for _, step := range []struct{ put, before []store.Latest }{{first, nil}, {second, first}} {
		got, err := s.PutRecent(context.Background(), site, 1, step.put)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(step.before, got); d != "" {
			t.Errorf("before (-want +got):\n%s", d)
		}
	}
	var full []store.Latest
	for i := range 20 {
		random := sha256.Sum256([]byte{byte(i)})
		id := fmt.Sprintf("%X", random[:13])
		full = append(full, store.Latest{Received: 1767225600000 + int64(i)*1371, Home: "A#" + id, SortKey: "T#" + strings.ToLower(id[4:])})
	}
	if got, err := s.PutRecent(context.Background(), site+"f", 1, full); err != nil || got != nil {
		t.Fatal(got, err)
	}
	if got, err := s.Recent(context.Background(), site+"f"); err != nil || !cmp.Equal(full, got) {
		t.Errorf("a full list: got %v, %v", got, err)
	}
	if _, err := s.PutRecent(context.Background(), site, 2, first); err != nil {
		t.Fatal(err)
	}
	got, err := s.Recent(context.Background(), site)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(append(second, first...), got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
