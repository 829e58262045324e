package store_test

import (
	"testing"

	"tributary/shared/event"
	"tributary/shared/store/storetest"
)

// TestHomeEventsPassesOverWhatIsNoEvent ensures that one item that cannot be read keeps nobody from the others: whoever
// restates a person's records would else fail for ever.
func TestHomeEventsPassesOverWhatIsNoEvent(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	for _, e := range []*event.Event{
		{ID: "1", Type: "visit", Site: site, Time: 1000, AnonymousID: "a1", Hash: "h"},
		{ID: "2", Type: "visit", Site: site, AnonymousID: "a1", Hash: "h"}, // without a time
		{ID: "3", Type: "visit", Site: site, Time: 1000, AnonymousID: "a1", Hash: "h"},
	} {
		if _, err := s.PutEvent(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.HomeEvents(t.Context(), site, "A#a1")
	if err != nil || len(got) != 2 || got[0].ID != "1" || got[1].ID != "3" {
		t.Errorf("got %v, %v; want the two that can be read", got, err)
	}
}
