package archive_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/archive"
	"tributary/shared/archive/archivetest"
	"tributary/shared/report"
)

func TestReports(t *testing.T) {
	a, ctx := archivetest.Start(t).Archive(t), t.Context()
	march, april := report.Place{Site: "shop", Kind: "monthly", First: "2026-03-01"}, report.Place{Site: "shop", Kind: "monthly", First: "2026-04-01"}
	for key, body := range map[string]string{
		march.Key(1, report.ManifestFile): `{"revision":1}`,
		march.Key(2, report.ManifestFile): `{"revision":2}`,
		march.Key(3, report.ReportFile):   `{}`, // died before its manifest
		april.Key(1, report.ReportFile):   `{}`,
		"reports/stray":                   ``,
	} {
		if err := a.PutOnce(ctx, key, "application/json", []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := a.Reports(ctx, report.Root)
	if d := cmp.Diff(map[report.Place]int{march: 2}, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	m, raw, err := a.Manifest(ctx, march, 2)
	if err != nil || m.Revision != 2 || string(raw) != `{"revision":2}` {
		t.Errorf("got %+v, %s, %v; want the second revision's manifest", m, raw, err)
	}
	if _, _, err := a.Manifest(ctx, april, 1); !errors.Is(err, archive.ErrNotFound) {
		t.Errorf("a revision without a manifest: got %v, want that there is none", err)
	}
	if err := a.PutOnce(ctx, april.Key(1, report.ManifestFile), "application/json", []byte("{")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Manifest(ctx, april, 1); err == nil || !strings.Contains(err.Error(), "shop/monthly/2026-04-01") {
		t.Errorf("half a manifest: got %v, want an error that names the report", err)
	}
}

func TestReportsFrom(t *testing.T) {
	a, ctx := archivetest.Start(t).Archive(t), t.Context()
	at := func(kind, first string) report.Place { return report.Place{Site: "shop", Kind: kind, First: first} }
	before, first, later := at("daily", "2026-02-28"), at("daily", "2026-03-01"), at("daily", "2026-03-02")
	for _, p := range []report.Place{before, first, later, at("weekly", "2026-03-02"), {Site: "shop2", Kind: "daily", First: "2026-03-02"}} {
		if err := a.PutOnce(ctx, p.Key(1, report.ManifestFile), "application/json", []byte(`{}`)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := a.ReportsFrom(ctx, first)
	if d := cmp.Diff(map[report.Place]int{first: 1, later: 1}, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
}

// Ensures that ranges that begin on one day are found together, each in its place, those of another day not.
func TestReportsOfADay(t *testing.T) {
	a, ctx := archivetest.Start(t).Archive(t), t.Context()
	at := func(first, to string) report.Place {
		return report.Place{Site: "shop", Kind: "range", First: first, To: to}
	}
	old, week, month := at("2026-03-01", ""), at("2026-03-01", "2026-03-08"), at("2026-03-01", "2026-04-01")
	for place, revision := range map[report.Place]int{old: 1, week: 2, month: 3, at("2026-03-02", "2026-04-01"): 1, at("2026-03-11", ""): 1} {
		if err := a.PutOnce(ctx, place.Key(revision, report.ManifestFile), "application/json", []byte(`{}`)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := a.Reports(ctx, week.DayPrefix())
	if d := cmp.Diff(map[report.Place]int{old: 1, week: 2, month: 3}, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
}
