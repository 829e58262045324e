package report

import (
	"errors"
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
	other := h
	other.Goals, other.Open, other.Campaigns = []string{"purchase", "trial"}, true, []Campaign{{ID: "spring", Aliases: []string{"9001", "lenz"}}}
	for _, c := range []struct {
		name string
		now  *Report
		want []changeDoc
	}{
		{"nothing", make(h, 7, false, 3), []changeDoc{}},
		{"a cost", make(h, 8, false, 3), []changeDoc{{ID: "'=spring (Email)", Reason: Spent, From: "7", To: "8"}}},
		{"people who did not convert", make(h, 7, true, 3), []changeDoc{{ID: "people who did not convert", Reason: NonConverters}}},
		{"the period before", make(h, 7, false, 4), []changeDoc{{ID: "period before and data quality", Reason: Beside}}},
		{"goals, names, and a period that was not over", make(other, 7, false, 3), []changeDoc{
			{ID: "campaign spring", Reason: Set, To: "aliases 9001 lenz"},
			{ID: "period", Reason: Set, To: "not over"},
			{ID: "primary_goals", Reason: Set, To: "purchase trial"},
		}},
		{"settings", make(wider, 7, false, 3), []changeDoc{
			{ID: "campaign spring", Reason: Set, From: "", To: "model linear, half_life_ms 0, lookback_ms 0, view_lookback_ms 0, exclude_direct_unless_only false, reset_after_conversion false"},
			{ID: "lookback_ms", Reason: Set, From: "30", To: "60"},
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

// Ensures that each kept change of a conversion tells because of what its record was written, and no other change; that nothing is read
// for none, and that a failure is told.
func TestTrace(t *testing.T) {
	c := &Changes{Revision: 1}
	for i := range mostChanges + 500 {
		c.Add(Change{ID: fmt.Sprintf("O#%04d", i), Reason: Refunded})
	}
	for _, one := range []Change{{ID: "A", Reason: Spent}, {ID: "B", Reason: Set}, {ID: "C", Reason: NonConverters}, {ID: "D", Reason: Beside}, {ID: "E", Reason: Unreadable}} {
		c.Add(one)
	}
	c.Add(Change{ID: "O#0003", Reason: Touched}) // of one record it is asked once
	var asked []string
	err := c.Trace(func(ids []string) (map[string][]string, error) {
		asked = ids
		return map[string][]string{"O#0003": {"r-1", "r-2"}, "A": {"x"}, "B": {"x"}, "C": {"x"}, "D": {"x"}, "E": {"x"}, "O#9999": {"x"}}, nil
	})
	if err != nil || len(asked) != mostChanges-6 || asked[0] != "O#0000" {
		t.Errorf("asked for %d, %v; want the %d that are told of conversions", len(asked), err, mostChanges-6)
	}
	traced := map[string][]string{}
	for _, one := range c.document().List {
		if len(one.Because) > 0 {
			traced[one.ID] = one.Because
		}
	}
	if d := cmp.Diff(map[string][]string{"O#0003": {"r-1", "r-2"}}, traced); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	cost := &Changes{}
	cost.Add(Change{ID: "spring", Reason: Spent})
	if err := cost.Trace(func([]string) (map[string][]string, error) { return nil, errors.New("asked for nothing") }); err != nil {
		t.Error(err)
	}
	failed := errors.New("no table")
	if err := c.Trace(func([]string) (map[string][]string, error) { return nil, failed }); !errors.Is(err, failed) {
		t.Errorf("got %v, want %v", err, failed)
	}
}
