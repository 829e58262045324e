package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/archive/archivetest"
	"tributary/shared/report"
)

var place = report.Place{Site: "default", Kind: "daily", First: "2026-03-01"}

// verify wants every file of a revision to be the one that its manifest describes.
func (s *stage) verify(t *testing.T, place report.Place, revision int) {
	t.Helper()
	raw, err := s.archive.Get(t.Context(), place.Key(revision, report.ManifestFile), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	m, err := report.ReadManifest(raw)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Files) != 8 || m.Revision != revision {
		t.Errorf("%s revision %d: the manifest says revision %d with %d files", place, revision, m.Revision, len(m.Files))
	}
	for _, f := range m.Files {
		body, err := s.archive.Get(t.Context(), place.Key(revision, f.Name), 1<<20)
		if hash := sha256.Sum256(body); err != nil || hex.EncodeToString(hash[:]) != f.SHA256 || int64(len(body)) != f.Bytes {
			t.Errorf("%s revision %d: %s is not the file of the manifest (%v)", place, revision, f.Name, err)
		}
	}
}

// onPut calls the n-th put's fault, counting from 0.
func onPut(n int64, fault archivetest.Fault) func(*http.Request) archivetest.Fault {
	var puts atomic.Int64
	return func(r *http.Request) archivetest.Fault {
		if r.Method == http.MethodPut && puts.Add(1)-1 == n {
			return fault
		}
		return archivetest.None
	}
}

func TestTheSameInputsMakeNoRevision(t *testing.T) {
	s := newStage(t)
	first := s.run(t, event(t, "daily.json"))
	again := s.run(t, event(t, "daily.json"))
	if first.Created = false; again != first {
		t.Errorf("got %+v, want %+v", again, first)
	}
	if d := cmp.Diff(map[report.Place][]int{place: {1}}, s.published(t)); d != "" {
		t.Errorf("published (-want +got):\n%s", d)
	}
}

func TestAChangedPastMakesARevision(t *testing.T) {
	s := newStage(t)
	s.run(t, event(t, "daily.json"))
	was, err := s.archive.Get(t.Context(), place.Key(1, report.ReportFile), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	s.fake.hold("default", sale("o1", "2026-03-01T12:00:00Z", 90))
	if a := s.run(t, event(t, "daily.json")); a.Revision != 2 || !a.Created {
		t.Errorf("got %+v, want a second revision", a)
	}
	s.fake.hold("default", sale("o1", "2026-03-01T12:00:00Z", 100))
	if a := s.run(t, event(t, "daily.json")); a.Revision != 3 || !a.Created { // back to what it was: that is a change, too
		t.Errorf("got %+v, want a third revision", a)
	}
	is, err := s.archive.Get(t.Context(), place.Key(1, report.ReportFile), 1<<20)
	if err != nil || string(is) != string(was) {
		t.Errorf("the first revision changed (%v)", err)
	}
	if d := cmp.Diff(map[report.Place][]int{place: {1, 2, 3}}, s.published(t)); d != "" {
		t.Errorf("published (-want +got):\n%s", d)
	}
}

// Ensures that a new revision says what changed against the one before, from the files that stand in S3.
func TestARevisionTellsWhatChanged(t *testing.T) {
	s := newStage(t)
	s.fake.hold("default", sale("o1", "2026-03-01T12:00:00Z", 100), sale("o2", "2026-03-01T13:00:00Z", 50))
	s.run(t, event(t, "daily.json"))
	refunded := sale("o1", "2026-03-01T12:00:00Z", 100)
	refunded.Net = 25
	s.fake.causes = map[string][]string{"default o1": {"r-1", "r-2"}, "default o3": {"restate"}, "other o2": {"x"}}
	s.fake.hold("default", refunded, sale("o3", "2026-03-01T14:00:00Z", 70))
	if a := s.run(t, event(t, "daily.json")); a.Revision != 2 {
		t.Fatalf("got revision %d, want 2", a.Revision)
	}
	raw, err := s.archive.Get(t.Context(), place.Key(2, report.ReportFile), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Changes any }
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"revision": 1.0,
		"reasons":  []any{reason("added", 1), reason("refund", 1), reason("removed", 1)},
		"list": []any{
			map[string]any{"id": "o1", "reason": "refund", "from": "1.00", "to": "0.25", "written_because": []any{"r-1", "r-2"}},
			map[string]any{"id": "o2", "reason": "removed", "from": "0.50 USD"},
			map[string]any{"id": "o3", "reason": "added", "to": "0.70 USD", "written_because": []any{"restate"}},
		},
	}
	if d := cmp.Diff(any(want), got.Changes); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
}

// Ensures that what wrote a record is no input: a first revision does not tell it, and where nothing else differs there is no second.
func TestWhatWroteARecordIsNoInput(t *testing.T) {
	var first [2]map[string]string
	for i, cause := range []string{"v-1", "restate"} {
		s := newStage(t)
		s.fake.causes = map[string][]string{"default o1": {cause}}
		s.run(t, event(t, "daily.json"))
		first[i] = s.files(t, place, 1)
		s.fake.causes = map[string][]string{"default o1": {"r-1"}}
		if a := s.run(t, event(t, "daily.json")); a.Revision != 1 || a.Created {
			t.Errorf("got %+v, want the first revision", a)
		}
	}
	if d := cmp.Diff(first[0], first[1]); d != "" {
		t.Errorf("the first revisions differ:\n%s", d)
	}
}

// Ensures that a revision waits while it cannot be read what wrote its records, and comes with it.
func TestARevisionWaitsForWhatWroteItsRecords(t *testing.T) {
	s := newStage(t)
	s.run(t, event(t, "daily.json"))
	s.fake.hold("default", sale("o1", "2026-03-01T12:00:00Z", 90))
	s.fake.causesFail = errors.New("no table")
	if out, err := s.handle(t.Context(), event(t, "daily.json")); !errors.Is(err, s.fake.causesFail) {
		t.Errorf("got %v, %v; want %v", out, err, s.fake.causesFail)
	}
	if d := cmp.Diff(map[report.Place][]int{place: {1}}, s.published(t)); d != "" {
		t.Errorf("published (-want +got):\n%s", d)
	}
	s.fake.causesFail = nil
	if a := s.run(t, event(t, "daily.json")); a.Revision != 2 || !a.Created {
		t.Errorf("got %+v, want a second revision", a)
	}
}

func reason(name string, n float64) any { return map[string]any{"reason": name, "count": n} }

// Whichever put fails, no report can be read; the next run writes it whole. When the inputs changed meanwhile, it leaves the
// half one behind.
func TestEveryPutMayFail(t *testing.T) {
	for n := range int64(10) {
		for _, changed := range []bool{false, true} {
			t.Run(fmt.Sprintf("put %d, changed %v", n, changed), func(t *testing.T) {
				s := newStage(t)
				s.s3.Break(onPut(n, archivetest.Refuse))
				if out, err := s.handle(t.Context(), event(t, "daily.json")); err == nil {
					t.Fatalf("got %v, want an error", out)
				}
				if got := s.published(t); len(got) != 0 {
					t.Fatalf("half a report is published: %v", got)
				}
				want := 1
				if changed {
					s.fake.hold("default", sale("o1", "2026-03-01T12:00:00Z", 90))
					if n > 0 {
						want = 2
					}
				}
				if a := s.run(t, event(t, "daily.json")); a.Revision != want || !a.Created {
					t.Errorf("got %+v, want revision %d", a, want)
				}
				if d := cmp.Diff(map[report.Place][]int{place: {want}}, s.published(t)); d != "" {
					t.Errorf("published (-want +got):\n%s", d)
				}
			})
		}
	}
}

// A put whose answer is lost is tried again, finds its own bytes and goes on.
func TestEveryAnswerMayBeLost(t *testing.T) {
	for n := range int64(10) {
		s := newStage(t)
		s.s3.Break(onPut(n, archivetest.LoseReply))
		if a := s.run(t, event(t, "daily.json")); a.Revision != 1 {
			t.Errorf("put %d: got %+v, want revision 1", n, a)
		}
		if d := cmp.Diff(map[report.Place][]int{place: {1}}, s.published(t)); d != "" {
			t.Errorf("put %d: published (-want +got):\n%s", n, d)
		}
	}
}

func TestEveryReadMayFail(t *testing.T) {
	s := newStage(t)
	s.run(t, event(t, "daily.json"))
	s.s3.Break(func(r *http.Request) archivetest.Fault {
		if r.Method == http.MethodGet {
			return archivetest.Refuse
		}
		return archivetest.None
	})
	if out, err := s.handle(t.Context(), event(t, "daily.json")); err == nil {
		t.Errorf("got %v without knowing the newest revision", out)
	}
	if d := cmp.Diff(map[report.Place][]int{place: {1}}, s.published(t)); d != "" {
		t.Errorf("published (-want +got):\n%s", d)
	}
}

// Two runs of the same inputs at once are one revision.
func TestTwoRunsOfTheSame(t *testing.T) {
	s := newStage(t)
	created := s.together(t, 2, func(int) {})
	if created != 1 {
		t.Errorf("%d of two runs say that they made it, want 1", created)
	}
	if d := cmp.Diff(map[report.Place][]int{place: {1}}, s.published(t)); d != "" {
		t.Errorf("published (-want +got):\n%s", d)
	}
}

// Runs of different inputs at once, with every put of theirs in any order: no revision mixes them (published verifies each).
func TestRunsOfDifferentInputs(t *testing.T) {
	for round := range 20 {
		s := newStage(t)
		s.together(t, 4, func(i int) { s.fake.hold("default", sale("o1", "2026-03-01T12:00:00Z", int64(round*100+i))) })
		revisions := s.published(t)[place]
		if len(revisions) == 0 || len(revisions) > 4 {
			t.Fatalf("round %d: published %v", round, revisions)
		}
	}
}

// together starts n runs at once, each after its own preparation, and counts those that made a report.
func (s *stage) together(t *testing.T, n int, prepare func(i int)) int64 {
	t.Helper()
	var created atomic.Int64
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			prepare(i)
			out, err := s.handle(t.Context(), event(t, "daily.json"))
			if a, ok := out.(answer); err != nil || !ok {
				t.Errorf("run %d: %v, %v", i, out, err)
			} else if a.Created {
				created.Add(1)
			}
		})
	}
	close(start)
	all.Wait()
	return created.Load()
}

// A manifest that cannot be read stops the run: writing a revision beside it could hide what it says.
func TestABrokenManifestIsAnError(t *testing.T) {
	s := newStage(t)
	if err := s.archive.PutOnce(t.Context(), place.Key(1, report.ManifestFile), "application/json", []byte("{")); err != nil {
		t.Fatal(err)
	}
	if out, err := s.handle(t.Context(), event(t, "daily.json")); err == nil || errors.Is(err, errTaken) {
		t.Errorf("got %v, %v; want an error", out, err)
	}
}
