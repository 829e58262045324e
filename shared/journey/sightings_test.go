package journey

import (
	"context"
	"math"
	"sync"
	"testing"

	"tributary/shared/event"
	"tributary/shared/visitors"
)

// sketches keeps items in memory on their versions.
type sketches struct {
	mu    sync.Mutex
	items map[visitors.Place]visitors.Item
}

func (s *sketches) PutSketches(_ context.Context, at visitors.Place, it visitors.Item) (*visitors.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if was := s.items[at]; was.Version != it.Version {
		return &was, nil
	}
	it.Version++
	s.items[at] = it
	return nil, nil
}

// between is the union of [from, to) as a reader makes it.
func (s *sketches) between(t *testing.T, from, to int64) *visitors.Union {
	t.Helper()
	u := &visitors.Union{}
	for _, run := range visitors.Stretches(from, to) {
		for at, it := range s.items {
			if isDay := len(at.Bucket) == len("2006-01-02"); isDay == run.Days() && at.Bucket >= run.From && at.Bucket < run.To {
				if err := u.Add(it); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return u
}

// Ensures that the visitors of any hours and days of a stream are the persons that its links make in the end, whenever the
// links came, and that prior customers are known as such.
func TestVisitorsOfTheStream(t *testing.T) {
	m, kept := newMemory(testSite()), &sketches{items: map[visitors.Place]visitors.Item{}}
	writer, r := visitors.NewWriter(kept), m.restater()
	r.Sighter = writer
	var visits []*event.Event
	for _, e := range stream(t) {
		m.put(e)
		if e.Type == "visit" && e.Human() {
			visits = append(visits, e)
			if err := writer.Visits(t.Context(), []visitors.Sighting{{Site: e.Site, At: e.Time, Ids: e.IDs()[:1]}}); err != nil {
				t.Fatal(err)
			}
		}
		if failed, err := r.Handle(t.Context(), []Input{{Sequence: e.ID, Event: e}}); err != nil || len(failed) > 0 {
			t.Fatal(failed, err)
		}
	}
	var links []Link
	for _, under := range m.links {
		for _, l := range under {
			links = append(links, l)
		}
	}
	persons, first := PersonsOf(links), map[string]int64{}
	for _, c := range m.conversions(t) {
		if c.Person != "" && c.Number == 1 {
			first[c.Person] = c.Time
		}
	}
	const start = int64(1_767_225_600_000) // 2026-01-01
	compared := 0
	for _, days := range []int64{1, 7, 30, 120} {
		for from := start; from < start+120*day; from += days * day {
			for _, shift := range []int64{0, 5 * hour} {
				a, b := from+shift, from+days*day+shift
				want, prior, fresh := map[string]bool{}, map[string]bool{}, []string{}
				for _, e := range visits {
					if p := persons.Of(e.IDs()[0]); e.Time >= a && e.Time < b {
						want[p] = true
						if at, bought := first[p]; bought && at < a {
							prior[p] = true
						}
					}
				}
				for p, at := range first {
					if at >= a && at < b {
						fresh = append(fresh, p)
					}
				}
				u := kept.between(t, a, b)
				if got := u.Visitors(); math.Abs(float64(got)-float64(len(want))) > 0.02*float64(len(want)) {
					t.Errorf("%d days from %d: got %d visitors, want %d", days, a, got, len(want))
				}
				if got := u.Before(fresh); math.Abs(float64(got)-float64(len(prior))) > 0.02*float64(len(prior)) {
					t.Errorf("%d days from %d: got %d prior customers, want %d", days, a, got, len(prior))
				}
				compared += len(want)
			}
		}
	}
	if compared < 1000 {
		t.Errorf("only %d visitors were compared", compared)
	}
}
