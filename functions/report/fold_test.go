package main

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/archive/archivetest"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/report"
	"tributary/shared/store"
)

// The tables, read slice by slice and merged, give the bytes that they give in one go; also in a zone whose days are no UTC days.
func TestSlicesOfTheTables(t *testing.T) {
	s := newShop(t, `{"tz":"America/New_York"}`)
	for i := range 60 {
		when := time.Date(2026, 2, 28, 20, 0, 0, 0, time.UTC).Add(time.Duration(i) * 3 * time.Hour)
		touch := journey.Touch{ID: "t", Time: when.UnixMilli() - int64(i)*1_000_000, Channel: fmt.Sprint("Channel ", i%3), Campaign: "c"}
		s.record(fmt.Sprint("O#", i), when.Format(time.RFC3339), plain(int64(100+i), int64(i), touch))
	}
	s.record("O#renewal", "2026-03-02T12:00:00Z", journey.Conversion{Counts: 0, Value: 5})
	s.spend(kpi.ByCampaign, "c", "Channel 1", "2026-03-02T05", "USD", 7_000_000)
	h := newHandler(s.tables, archivetest.Start(t).Archive(t), time.Now)
	p, err := report.PeriodOf(report.Weekly, "2026-03-02", s.site.Location())
	if err != nil {
		t.Fatal(err)
	}
	files := func(split bool) map[string]string {
		t.Helper()
		r, err := h.report(t.Context(), s.site, p, split)
		if err != nil {
			t.Fatal(err)
		}
		if r.Empty() || r.Conversions() == 60 {
			t.Fatalf("%d conversions, want those of the week", r.Conversions())
		}
		defer r.Discard()
		list, err := r.Files(1)
		if err != nil {
			t.Fatal(err)
		}
		bytes := map[string]string{}
		for _, f := range list {
			file, _, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(file)
			if err != nil || file.Close() != nil {
				t.Fatal(err)
			}
			bytes[f.Name] = string(body)
		}
		if bytes["credits.parquet"] == "" || bytes["manifest.json"] == "" {
			t.Errorf("a file is missing among %d", len(bytes))
		}
		return bytes
	}
	if d := cmp.Diff(files(false), files(true)); d != "" {
		t.Errorf("(-one fold +slices):\n%s", d)
	}
	slices, err := slicesOf(p, 0)
	if err != nil || len(slices) != 8*store.RangeBuckets {
		t.Errorf("%d slices, %v; want 8 UTC days", len(slices), err)
	}
}

// Count reads the counters, of primary goals only.
func TestCount(t *testing.T) {
	s := newShop(t, `{}`)
	for i, goal := range []string{"purchase", "purchase", "newsletter"} {
		pad := fmt.Sprintf("%040d", i+1)
		_, err := s.store.AddCounters(t.Context(), kpi.Delta{
			Key:   kpi.Key{Site: s.site.ID, Dimension: kpi.ByGoal, Value: goal, Bucket: fmt.Sprintf("2026-03-01T%02d", i)},
			Shard: "0011223344556677", Low: pad, High: pad, Amounts: map[kpi.Measure]int64{kpi.Conversions: 700_000},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for date, want := range map[string]int64{"2026-03-01": 1_400_000, "2026-03-02": 0} {
		p, err := report.PeriodOf(report.Daily, date, s.site.Location())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Count(t.Context(), s.site, p); err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", date, got, err, want)
		}
	}
}

// A record that cannot be read stops the slice: a report of the others would be wrong.
func TestUnreadableRecordOfASlice(t *testing.T) {
	s := newShop(t, `{}`)
	at := at("2026-03-01T12:00:00Z")
	ok, err := s.store.PutRecord(t.Context(), s.site.ID, journey.KindConversion, journey.Record{Node: "O#bad", Digest: "d", Time: at, Body: "{"})
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	p, err := report.PeriodOf(report.Daily, "2026-03-01", s.site.Location())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newHandler(s.tables, nil, time.Now).report(t.Context(), s.site, p, true); err == nil {
		t.Error("no error")
	}
}
