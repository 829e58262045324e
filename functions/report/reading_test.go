package main

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"tributary/shared/archive/archivetest"
	events "tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
	"tributary/shared/sweep"
)

// people puts n people into a site: each with a touch, every second known by name, every third a buyer.
func people(t *testing.T, s *store.Store, site string, n int) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	for i := range n {
		a, u := fmt.Sprint("A#a", i), fmt.Sprint("U#u", i)
		e := &events.Event{ID: fmt.Sprint("v", i), Type: "visit", Site: site, Time: int64(i + 1), Received: 1, AnonymousID: a[2:], Channel: "Email", Agent: events.AgentHuman, Hash: "h"}
		_, err := s.PutEvent(t.Context(), e)
		must(err)
		if i%2 == 0 {
			must(s.PutLink(t.Context(), site, journey.Link{From: u, To: a, Time: 1, Event: e.ID}))
			must(s.PutLink(t.Context(), site, journey.Link{From: a, To: u, Time: 1, Event: e.ID}))
		}
		if i%3 == 0 {
			_, err := s.PutRecord(t.Context(), site, journey.KindConversion, journey.Record{Node: fmt.Sprint("O#", i), Digest: "d", Time: 5, Body: fmt.Sprintf(`{"p":%q,"n":1}`, a)})
			must(err)
		}
	}
}

// known is what is known of a site's people, in order.
type known struct {
	Links   []journey.Link
	Buyers  []sweep.Buyer
	Touches []sweep.Touch
}

func knownOf(t *testing.T, from everybody, site string) (k known, halves int64) {
	t.Helper()
	a, err := from.People(t.Context(), site, func(l journey.Link) error {
		k.Links = append(k.Links, l)
		return nil
	}, func(b sweep.Buyer) error {
		k.Buyers = append(k.Buyers, b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b, err := from.Touches(t.Context(), site, func(v sweep.Touch) error {
		k.Touches = append(k.Touches, v)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(k.Links, func(x, y journey.Link) int { return cmp.Or(cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To)) })
	slices.SortFunc(k.Buyers, func(x, y sweep.Buyer) int { return cmp.Compare(x.Person, y.Person) })
	slices.SortFunc(k.Touches, func(x, y sweep.Touch) int { return cmp.Compare(x.ID, y.ID) })
	return k, a + b
}

// small is a reading of few segments, each of several files.
func small(st *store.Store, s3 *archivetest.Server, t *testing.T, run string) *swept {
	r := newReading(st, s3.Archive(t), run)
	r.segments, r.held = 5, 4
	return r.swept()
}

// Ensures that a reading finds of every site what a scan for that site alone does, that the reports of one run read the tables once
// for all sites, and that whoever goes on with the run reads them no more.
func TestSweepIsOneScanForAllSites(t *testing.T) {
	st, s3 := storetest.Open(t), archivetest.Start(t)
	one, two := storetest.Site(t), storetest.Site(t)
	people(t, st, one, 40)
	people(t, st, two, 25)
	s := small(st, s3, t, "run")
	wantOne, cost := knownOf(t, scan{st}, one)
	wantTwo, _ := knownOf(t, scan{st}, two)
	if len(wantOne.Links) != 20 || len(wantOne.Buyers) != 14 || len(wantOne.Touches) != 40 {
		t.Fatalf("a scan finds %+v", wantOne)
	}
	gotOne, halves := knownOf(t, s, one)
	if d := gocmp.Diff(wantOne, gotOne); d != "" || halves < cost {
		t.Errorf("%d half units, a scan of one site %d (-want +got):\n%s", halves, cost, d)
	}
	people(t, st, two, 30) // whoever comes later in the run sees the same people
	for name, later := range map[string]*swept{"the same": s, "one that goes on": small(st, s3, t, "run")} {
		got, again := knownOf(t, later, two)
		if d := gocmp.Diff(wantTwo, got); d != "" || again != halves {
			t.Errorf("%s: %d half units, want %d (-want +got):\n%s", name, again, halves, d)
		}
	}
	if got, _ := knownOf(t, small(st, s3, t, "next run"), two); len(got.Touches) != 30 {
		t.Errorf("the next run sees %d touches, want 30", len(got.Touches))
	}
}

// Ensures that a reading that dies at any put goes on and ends with the same people, each once.
func TestSweepMayDieAtAnyPut(t *testing.T) {
	st, s3 := storetest.Open(t), archivetest.Start(t)
	site := storetest.Site(t)
	people(t, st, site, 40)
	want, _ := knownOf(t, scan{st}, site)
	for n := int64(0); n < 30; n += 3 {
		var puts atomic.Int64
		s3.Break(func(r *http.Request) archivetest.Fault {
			if r.Method == http.MethodPut && puts.Add(1)-1 == n {
				return archivetest.Refuse
			}
			return archivetest.None
		})
		run := fmt.Sprint("run", n)
		_, err := small(st, s3, t, run).Touches(t.Context(), site, func(sweep.Touch) error { return nil })
		s3.Break(nil)
		if err == nil && puts.Load() > n {
			t.Errorf("put %d failed and the reading did not", n)
		}
		if got, _ := knownOf(t, small(st, s3, t, run), site); gocmp.Diff(want, got) != "" {
			t.Errorf("after put %d failed (-want +got):\n%s", n, gocmp.Diff(want, got))
		}
	}
}

// Ensures that a run of the schedule takes what the recount of its night has read where that began after all its period, and else
// reads for itself, as a run on request always does.
func TestWithinSharesTheNightsRecount(t *testing.T) {
	st, s3 := storetest.Open(t), archivetest.Start(t)
	site := storetest.Site(t)
	people(t, st, site, 3)
	a := s3.Archive(t)
	began := time.Date(2026, 3, 2, 0, 5, 0, 0, time.UTC)
	var found sweep.Segment
	w := sweep.NewWriter(a, sweep.Root+"reconcile-2026-03-02/", 10, &found)
	e := &events.Event{ID: "of the recount", Type: "visit", Site: site, AnonymousID: "a", Channel: "Email", Agent: events.AgentHuman}
	if err := w.Event(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	found.Halves = 7
	for _, whole := range []sweep.Whole{{By: "2026-03-01", Began: began.AddDate(0, 0, -1)}, {By: "2026-03-02", Began: began, Touches: []sweep.Segment{found}}} {
		if err := sweep.Publish(t.Context(), a, &whole); err != nil {
			t.Fatal(err)
		}
	}
	midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, run string
		until     time.Time
		want      string
	}{
		{"the period ended before", "2026-03-02T00:35:00Z", midnight, "2026-03-02"},
		{"the period ended as it began", "2026-03-02T00:35:00Z", began, "2026-03-02"},
		{"the period ended after", "2026-03-02T01:35:00Z", midnight.Add(time.Hour), ""},
		{"another night", "2026-03-03T00:35:00Z", midnight, ""},
		{"on request", "arn:aws:states:eu-central-1:1:execution:report:1", midnight, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			from, err := newTables(st, a, time.Now).Within(c.run).(*tables).everybody(t.Context(), c.until.UnixMilli())
			if err != nil || from.By() != c.want {
				t.Fatalf("read by %q, %v; want %q", from.By(), err, c.want)
			}
			got, halves := knownOf(t, from, site)
			if c.want != "" && (len(got.Touches) != 1 || got.Touches[0].ID != "of the recount" || halves != 7) || c.want == "" && len(got.Touches) != 3 {
				t.Errorf("found %+v at %d half units", got, halves)
			}
		})
	}
}
