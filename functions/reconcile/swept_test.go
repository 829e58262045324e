package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/store"
	"tributary/shared/sweep"
)

// everybody is what is known of a site's people, in order.
type everybody struct {
	Links   []journey.Link
	Buyers  []sweep.Buyer
	Touches []sweep.Touch
}

func (e *everybody) sort() {
	slices.SortFunc(e.Links, func(x, y journey.Link) int { return cmp.Or(cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To)) })
	slices.SortFunc(e.Buyers, func(x, y sweep.Buyer) int { return cmp.Compare(x.Person, y.Person) })
	slices.SortFunc(e.Touches, func(x, y sweep.Touch) int { return cmp.Compare(x.ID, y.ID) })
}

// Ensures that a recount leaves, for reports, what a scan of their own would find of everybody, each once, and at what cost; also where it
// is stopped after every page and goes on later.
func TestRecountSharesWhatItReads(t *testing.T) {
	s := newStage(t, "{}")
	s.page, s.held, s.sketched = 3, 100, 100
	s.visits(20)
	for i := range 20 {
		a, u := fmt.Sprint("A#a", i), fmt.Sprint("U#u", i)
		for _, l := range []journey.Link{{From: a, To: u, Time: 1, Event: "e"}, {From: u, To: a, Time: 1, Event: "e"}} {
			if err := s.store.PutLink(t.Context(), s.site, l); err != nil {
				t.Fatal(err)
			}
		}
		if i%3 == 0 {
			r := journey.Record{Node: fmt.Sprint("O#", i), Digest: "d", Time: 5, Body: fmt.Sprintf(`{"p":%q,"n":%d}`, u, i%2)}
			if _, err := s.store.PutRecord(t.Context(), s.site, journey.KindConversion, r); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, name := range []string{"whole", "stopped"} {
		t.Run(name, func(t *testing.T) {
			s.now = func() time.Time { return noon.AddDate(0, 0, 10+i) }
			stops := 0
			for segment := range s.segments * i { // each is left after its first page
				err := s.countEvents(overdue{t.Context()}, run{Name: name, Settled: noon.AddDate(0, 0, 9)}, segment, s.counting(name, passEvents, segment))
				if errors.Is(err, errLater) {
					stops++
				} else if err != nil {
					t.Fatal(err)
				}
			}
			if stops < i {
				t.Fatal("no segment was left before its end")
			}
			s.recounted(fmt.Sprintf(`{"run":%q}`, name))
			whole, err := sweep.Newest(t.Context(), s.archive)
			if err != nil || whole == nil || !whole.Began.Equal(s.now()) {
				t.Fatalf("%+v, %v", whole, err)
			}
			var got, want everybody
			take := func(e *sweep.Element) error {
				switch {
				case e.Link != nil:
					got.Links = append(got.Links, *e.Link)
				case e.Buyer != nil:
					got.Buyers = append(got.Buyers, *e.Buyer)
				default:
					got.Touches = append(got.Touches, *e.Touch)
				}
				return nil
			}
			for _, list := range [][]sweep.Segment{whole.People, whole.Touches} {
				if halves, err := sweep.Each(t.Context(), s.archive, list, s.site, take); err != nil || halves == 0 {
					t.Fatalf("%d half units, %v", halves, err)
				}
			}
			s.scanned(t, &want)
			got.sort()
			if d := gocmp.Diff(want, got); d != "" || len(want.Links) != 20 || len(want.Buyers) != 3 || len(want.Touches) != 20 {
				t.Errorf("(-a scan +the recount):\n%s", d)
			}
		})
	}
}

// scanned is what a scan of the site finds.
func (s *stage) scanned(t *testing.T, into *everybody) {
	t.Helper()
	_, err := s.store.ScanPeople(t.Context(), s.site, journey.KindConversion, store.Whole, func(_ string, l journey.Link) error {
		if sweep.Stands(l) {
			into.Links = append(into.Links, l)
		}
		return nil
	}, func(_ string, r journey.Record) error {
		if b, ok := sweep.BuyerOf(r); ok {
			into.Buyers = append(into.Buyers, b)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.store.ScanTouches(t.Context(), s.site, store.Whole, func(e *event.Event) error {
		if v, ok := sweep.TouchOf(e); ok {
			into.Touches = append(into.Touches, v)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	into.sort()
}
