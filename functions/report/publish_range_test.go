package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/report"
)

// ranged is the place of a range from the first of March on.
func ranged(to string) report.Place {
	return report.Place{Site: "default", Kind: report.Range, First: "2026-03-01", To: to}
}

// runTo reports the range from the first of March on.
func (s *stage) runTo(t *testing.T, to string) answer {
	t.Helper()
	return s.run(t, json.RawMessage(fmt.Sprintf(`{"site":"default","period":"range","from":"2026-03-01","to":%q}`, to)))
}

// changed are the ids that a revision lists as changed, and the revision that it compares with; 0 where it lists none.
func (s *stage) changed(t *testing.T, place report.Place, revision int) (ids []string, against int) {
	t.Helper()
	raw, err := s.archive.Get(t.Context(), place.Key(revision, report.ReportFile), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Changes struct {
			Revision int
			List     []struct{ ID string }
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	for _, one := range doc.Changes.List {
		ids = append(ids, one.ID)
	}
	return ids, doc.Changes.Revision
}

// Ensures that ranges which begin on one day keep apart: each compares with its own revision before, the same inputs make none,
// and what is made later has the greater number.
func TestRangesHavePlacesOfTheirOwn(t *testing.T) {
	s := newStage(t)
	s.fake.hold("default", sale("o1", "2026-03-01T12:00:00Z", 100), sale("o2", "2026-03-02T13:00:00Z", 50))
	for _, c := range []struct {
		to       string
		before   func()
		revision int
		created  bool
		changed  []string
		against  int
	}{
		{to: "2026-03-02", revision: 1, created: true},
		{to: "2026-03-03", revision: 2, created: true},
		{to: "2026-03-02", revision: 1},
		{to: "2026-03-02", before: func() {
			s.fake.hold("default", sale("o1", "2026-03-01T12:00:00Z", 90), sale("o2", "2026-03-02T13:00:00Z", 50))
		}, revision: 3, created: true, changed: []string{"o1"}, against: 1},
		{to: "2026-03-03", revision: 4, created: true, changed: []string{"o1"}, against: 2},
	} {
		if c.before != nil {
			c.before()
		}
		want := answer{Site: "default", Period: "range", From: "2026-03-01", To: c.to, Revision: c.revision, Created: c.created, Path: "/v1/reports/default/range/2026-03-01_" + c.to}
		if d := cmp.Diff(want, s.runTo(t, c.to)); d != "" {
			t.Fatalf("to %s (-want +got):\n%s", c.to, d)
		}
		if ids, against := s.changed(t, ranged(c.to), c.revision); cmp.Diff(c.changed, ids) != "" || against != c.against {
			t.Errorf("to %s, revision %d: changed %v against %d, want %v against %d", c.to, c.revision, ids, against, c.changed, c.against)
		}
	}
	want := map[report.Place][]int{ranged("2026-03-02"): {1, 3}, ranged("2026-03-03"): {2, 4}}
	if d := cmp.Diff(want, s.published(t)); d != "" {
		t.Errorf("published (-want +got):\n%s", d)
	}
}

// Ensures that a range from before each had its place is what its first revision in it is compared with, and that others are not.
func TestAnOlderRangeIsComparedWith(t *testing.T) {
	s := newStage(t)
	s.fake.hold("default", sale("o1", "2026-03-01T12:00:00Z", 100))
	s.runTo(t, "2026-03-02")
	s.share(t, ranged("2026-03-02"), 1)
	for _, c := range []struct {
		to       string
		value    int64
		revision int
		changed  []string
		against  int
	}{
		{"2026-03-03", 90, 2, nil, 0}, // of other days
		{"2026-03-02", 90, 3, []string{"o1"}, 1},
		{"2026-03-02", 80, 4, []string{"o1"}, 3},
	} {
		s.fake.hold("default", sale("o1", "2026-03-01T12:00:00Z", c.value))
		if a := s.runTo(t, c.to); a.Revision != c.revision || !a.Created {
			t.Fatalf("to %s: got %+v, want revision %d", c.to, a, c.revision)
		}
		if ids, against := s.changed(t, ranged(c.to), c.revision); cmp.Diff(c.changed, ids) != "" || against != c.against {
			t.Errorf("to %s, revision %d: changed %v against %d, want %v against %d", c.to, c.revision, ids, against, c.changed, c.against)
		}
	}
}

// Ensures that a range which has not changed moves into its own place as it is, and once.
func TestAnOlderRangeMoves(t *testing.T) {
	s := newStage(t)
	s.fake.hold("default", sale("o1", "2026-03-01T12:00:00Z", 100))
	s.runTo(t, "2026-03-02")
	s.share(t, ranged("2026-03-02"), 1)
	for _, created := range []bool{true, false} {
		if a := s.runTo(t, "2026-03-02"); a.Revision != 2 || a.Created != created {
			t.Errorf("got %+v, want revision 2, created %v", a, created)
		}
	}
	if ids, against := s.changed(t, ranged("2026-03-02"), 2); against != 0 {
		t.Errorf("%v are said to have changed against %d", ids, against)
	}
}

// share moves a revision of a range to where all ranges of its first day once were.
func (s *stage) share(t *testing.T, place report.Place, revision int) {
	t.Helper()
	files, err := s.archive.List(t.Context(), place.DayPrefix())
	if err != nil {
		t.Fatal(err)
	}
	old := place
	old.To = ""
	for _, f := range files {
		_, _, name, _ := report.ParseKey(f.Key)
		if err := s.archive.Move(t.Context(), f.Key, old.Key(revision, name)); err != nil {
			t.Fatal(err)
		}
	}
}
