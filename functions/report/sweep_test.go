package main

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"tributary/shared/archive/archivetest"
	events "tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
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
	Buyers  []bought
	Touches []touched
}

func knownOf(t *testing.T, from everybody, site string) (k known, halves int64) {
	t.Helper()
	a, err := from.People(t.Context(), site, func(l journey.Link) error {
		k.Links = append(k.Links, l)
		return nil
	}, func(b bought) error {
		k.Buyers = append(k.Buyers, b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b, err := from.Touches(t.Context(), site, func(v touched) error {
		k.Touches = append(k.Touches, v)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(k.Links, func(x, y journey.Link) int { return cmp.Or(cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To)) })
	slices.SortFunc(k.Buyers, func(x, y bought) int { return cmp.Compare(x.Person, y.Person) })
	slices.SortFunc(k.Touches, func(x, y touched) int { return cmp.Compare(x.ID, y.ID) })
	return k, a + b
}

// small is a sweep of few segments, each of several files.
func small(st *store.Store, s3 *archivetest.Server, t *testing.T, run string) *sweep {
	s := newSweep(st, s3.Archive(t), run)
	s.segments, s.held = 5, 4
	return s
}

// Ensures that a sweep finds of every site what a scan for that site alone does, that the reports of one run read the tables once
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
	for name, later := range map[string]*sweep{"the same": s, "one that goes on": small(st, s3, t, "run")} {
		got, again := knownOf(t, later, two)
		if d := gocmp.Diff(wantTwo, got); d != "" || again != halves {
			t.Errorf("%s: %d half units, want %d (-want +got):\n%s", name, again, halves, d)
		}
	}
	if got, _ := knownOf(t, small(st, s3, t, "next run"), two); len(got.Touches) != 30 {
		t.Errorf("the next run sees %d touches, want 30", len(got.Touches))
	}
}

// Ensures that a sweep that dies at any put goes on and ends with the same people, each once.
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
		_, err := small(st, s3, t, run).Touches(t.Context(), site, func(touched) error { return nil })
		s3.Break(nil)
		if err == nil && puts.Load() > n {
			t.Errorf("put %d failed and the sweep did not", n)
		}
		if got, _ := knownOf(t, small(st, s3, t, run), site); gocmp.Diff(want, got) != "" {
			t.Errorf("after put %d failed (-want +got):\n%s", n, gocmp.Diff(want, got))
		}
	}
}
