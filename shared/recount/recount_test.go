package recount

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/kpi"
	"tributary/shared/visitors"
)

func key(value, bucket string) kpi.Key {
	return kpi.Key{Site: "s", Dimension: kpi.ByChannel, Value: value, Bucket: bucket}
}

// Ensures that moves that are spread over many runs in any order come out as one sum a counter, each series once, in order.
func TestRunsMergeToTheSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	want := map[kpi.Key]int64{}
	tallies := make([]Tally, 7)
	for range 5000 {
		k := key(fmt.Sprint("c", rng.IntN(9)), fmt.Sprintf("2026-01-01T%02d", rng.IntN(24)))
		n := rng.Int64N(10) - 3
		want[k] += n
		tallies[rng.IntN(len(tallies))].Add([]kpi.Move{{Key: k, Measure: kpi.Visits, Amount: n}}, true)
	}
	var runs []io.Reader
	for i := range tallies {
		var b bytes.Buffer
		if err := tallies[i].Write(&b); err != nil || tallies[i].Len() != 0 {
			t.Fatalf("a run is not written: %v, %d left", err, tallies[i].Len())
		}
		runs = append(runs, &b)
	}
	got := map[kpi.Key]int64{}
	var last Series
	err := Merge(runs, func(s Series, cells map[Cell]Entry) error {
		if last != (Series{}) && last.Compare(s) >= 0 {
			t.Errorf("%v comes after %v", s, last)
		}
		last = s
		for c, e := range cells {
			got[key(s.Value, c.Bucket)] = e.Amounts[kpi.Visits]
		}
		return nil
	})
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
}

// Ensures that a run that ends in the middle of an entry is an error and not a smaller sum.
func TestATornRun(t *testing.T) {
	var tally Tally
	tally.Add([]kpi.Move{{Key: key("c", "2026-01-01T00"), Measure: kpi.Visits, Amount: 1}}, true)
	var b bytes.Buffer
	if err := tally.Write(&b); err != nil {
		t.Fatal(err)
	}
	torn := b.Bytes()[:b.Len()-3]
	if err := Merge([]io.Reader{bytes.NewReader(torn)}, func(Series, map[Cell]Entry) error { return nil }); err == nil {
		t.Error("a torn run is read as a whole one")
	}
}

// Ensures what is judged, what has to wait, and what differs.
func TestJudge(t *testing.T) {
	s, w := Series{"s", kpi.ByChannel, "Email"}, Window{From: "2026-01-01T05", To: "2026-01-01T09", Settled: 1000}
	held := func(n int64, used int64) Found {
		return Found{Amounts: map[kpi.Measure]int64{kpi.Visits: n}, Used: used}
	}
	counted := func(n int64, unsettled bool) Entry {
		return Entry{Amounts: map[kpi.Measure]int64{kpi.Visits: n}, Unsettled: unsettled}
	}
	drift := func(expected, found int64) Verdict {
		k := kpi.Key{Site: "s", Dimension: kpi.ByChannel, Value: "Email", Bucket: "2026-01-01T06"}
		return Verdict{Judged: 1, Drift: []Drift{{k, kpi.Visits, expected, found}}}
	}
	at := Cell{Bucket: "2026-01-01T06"}
	for _, c := range []struct {
		name     string
		cell     Cell
		expected *Entry
		found    *Found
		want     Verdict
	}{
		{"equal", at, ptr(counted(2, false)), ptr(held(2, 999)), Verdict{Judged: 1}},
		{"too many", at, ptr(counted(2, false)), ptr(held(3, 999)), drift(2, 3)},
		{"no counter", at, ptr(counted(2, false)), nil, drift(2, 0)},
		{"no event", at, nil, ptr(held(3, 0)), drift(0, 3)},
		{"no event and a counter of nothing", at, nil, ptr(held(0, 0)), Verdict{Judged: 1}},
		{"an event on its way", at, ptr(counted(2, true)), ptr(held(1, 999)), Verdict{Unsettled: 1}},
		{"a counter that was just written", at, ptr(counted(2, false)), ptr(held(3, 1000)), Verdict{Unsettled: 1}},
		{"before the window", Cell{Bucket: "2026-01-01T04:45"}, nil, ptr(held(3, 0)), Verdict{}},
		{"a quarter within", Cell{Bucket: "2026-01-01T05:15"}, ptr(counted(1, false)), ptr(held(1, 0)), Verdict{Judged: 1}},
		{"the hour that is not closed", Cell{Bucket: "2026-01-01T09"}, ptr(counted(2, false)), nil, Verdict{}},
	} {
		expected, found := map[Cell]Entry{}, map[Cell]Found{}
		if c.expected != nil {
			expected[c.cell] = *c.expected
		}
		if c.found != nil {
			found[c.cell] = *c.found
		}
		if d := cmp.Diff(c.want, Judge(s, expected, found, w)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func ptr[T any](v T) *T { return &v }

// Ensures that sightings that are spread over many runs come out as one item each, in the table's order, which holds all of them.
func TestSketchesMergeToTheirUnion(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	want := map[visitors.Place]map[string]bool{}
	tallies := make([]Sketches, 5)
	for range 3000 {
		at := time.Date(2026, 1, 1, rng.IntN(60), 0, 0, 0, time.UTC).UnixMilli()
		id := fmt.Sprint("A#", rng.IntN(400))
		notes := visitors.OfVisits([]visitors.Sighting{{Site: "s", At: at, Ids: []string{id}}})
		for place := range notes {
			if want[place] == nil {
				want[place] = map[string]bool{}
			}
			want[place][id] = true
		}
		tallies[rng.IntN(len(tallies))].Add(notes)
	}
	var runs []io.Reader
	for i := range tallies {
		var b bytes.Buffer
		if err := tallies[i].Write(&b); err != nil || tallies[i].Len() != 0 {
			t.Fatalf("a run is not written: %v, %d left", err, tallies[i].Len())
		}
		runs = append(runs, &b)
	}
	var last *visitors.Place
	err := MergeSketches(runs, func(s Sketched) error {
		if last != nil && last.Compare(s.Place) >= 0 {
			t.Errorf("%v comes after %v", s.Place, *last)
		}
		last = &s.Place
		got, err := visitors.Item{Sets: s.Sets}.Size(visitors.Ids)
		if n := int64(len(want[s.Place])); got < n-1 || got > n+1 { // an estimate, of a few hundred
			t.Errorf("%v: %d visitors, want %d", s.Place, got, n)
		}
		delete(want, s.Place)
		return err
	})
	if err != nil || len(want) > 0 {
		t.Errorf("%v, %d items are missing", err, len(want))
	}
}
