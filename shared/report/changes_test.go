package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/attribution"
)

// Ensures that the first changes in order of id are told and all are counted, whatever order they come in.
func TestChangesAreBoundedAndCounted(t *testing.T) {
	const n = 9 * mostChanges
	up, down := &Changes{Revision: 4}, &Changes{Revision: 4}
	for i := range n {
		reason := []string{Added, Refunded}[i%2]
		up.Add(Change{ID: fmt.Sprintf("O#%05d", i), Reason: reason})
		i = n - 1 - i
		down.Add(Change{ID: fmt.Sprintf("O#%05d", i), Reason: []string{Added, Refunded}[i%2]})
	}
	got := up.document()
	if d := cmp.Diff(got, down.document()); d != "" {
		t.Errorf("another order gives other changes:\n%s", d)
	}
	if len(got.List) != mostChanges || got.List[0].ID != "O#00000" || got.More != n-mostChanges {
		t.Errorf("%d are told from %s and %d more", len(got.List), got.List[0].ID, got.More)
	}
	if d := cmp.Diff([]reasonDoc{{Added, n / 2}, {Refunded, n / 2}}, got.Reasons); d != "" {
		t.Errorf("reasons (-want +got):\n%s", d)
	}
}

// Ensures that what differs beside the conversions is found by what the earlier revision's files say, and nothing where
// nothing differs.
func TestCompareBesideTheConversions(t *testing.T) {
	make := func(h Head, cost int64, null bool, before int64) *Report {
		t.Helper()
		p := NewPart(h)
		if err := p.Add(&Conversion{ID: "O#1", Time: 1, Value: 5, Net: 5}); err != nil {
			t.Fatal(err)
		}
		if null {
			p.AddNonConverting([]string{"Email"}, 1)
		}
		r, err := p.Report([]Cost{{Channel: "Email", Campaign: "=spring", Micros: cost}}, Extra{Before: &Before{Value: before}})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	h := Head{Period: Period{Kind: Daily, From: "2026-03-01", To: "2026-03-02"}, Site: "default", Currency: "USD", Lookback: 30}
	was := make(h, 7, false, 3)
	manifest, campaigns := was.manifest(1, nil), was.campaignsCSV()

	wider := h
	wider.Lookback, wider.Campaigns = 60, []Campaign{{ID: "spring", Own: &Own{Model: attribution.Linear}}}
	for _, c := range []struct {
		name string
		now  *Report
		want []changeDoc
	}{
		{"nothing", make(h, 7, false, 3), []changeDoc{}},
		{"a cost", make(h, 8, false, 3), []changeDoc{{"'=spring (Email)", Spent, "7", "8"}}},
		{"people who did not convert", make(h, 7, true, 3), []changeDoc{{"people who did not convert", NonConverters, "", ""}}},
		{"the period before", make(h, 7, false, 4), []changeDoc{{"period before and data quality", Beside, "", ""}}},
		{"settings", make(wider, 7, false, 3), []changeDoc{
			{"campaign spring", Set, "", "model linear, half_life_ms 0, lookback_ms 0, view_lookback_ms 0, exclude_direct_unless_only false, reset_after_conversion false"},
			{"lookback_ms", Set, "30", "60"},
		}},
	} {
		changes := &Changes{Revision: 1}
		if err := c.now.Compare(changes, &manifest, campaigns); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, changes.document().List); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
	if err := was.Compare(&Changes{}, &manifest, []byte("model,campaign\r\n")); err == nil || !strings.Contains(err.Error(), CampaignsFile) {
		t.Errorf("a file without costs: %v", err)
	}
}
