package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// click is an event that fills most attributes.
func click(site, id string, time int64) *event.Event {
	return &event.Event{
		ID: id, Type: "click", Site: site, Time: time, Received: time + 7, AnonymousID: "a1", UserID: "u1",
		ProviderIDs: []string{"stripe:cus_1"}, ClickIDs: map[string]string{"gclid": "g"}, Channel: "Email", Campaign: "spring",
		HasCost: true, Cost: 0, Currency: "USD", Props: `{"a":1.50}`, Agent: event.AgentHuman, Hash: "h-" + id, TTL: 4102444800,
	}
}

func TestPutEventTellsDuplicateFromConflict(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	other := click(site, "1", 1000)
	other.Hash, other.Campaign = "another", "autumn"
	later := click(site, "1", 2000) // the hash covers what the sender said, not when it arrived
	for _, step := range []struct {
		name string
		e    *event.Event
		want store.Outcome
	}{
		{"a first event is stored", click(site, "1", 1000), store.Stored},
		{"the same again is a duplicate", click(site, "1", 1000), store.Duplicate},
		{"the same, received later, is a duplicate", later, store.Duplicate},
		{"other content under the id is a conflict", other, store.Conflict},
		{"another id is another event", click(site, "2", 1000), store.Stored},
	} {
		got, err := s.PutEvent(t.Context(), step.e)
		if err != nil || got != step.want {
			t.Errorf("%s: got %v, %v; want %v", step.name, got, err, step.want)
		}
	}
	got, err := s.HomeEvents(t.Context(), site, "U#u1")
	if err != nil {
		t.Fatal(err)
	}
	want := []*event.Event{click(site, "1", 1000), click(site, "2", 1000)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is stored is not what was put first (-want +got):\n%s", diff)
	}
}

func TestPutEventReplacesSpend(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	for i, step := range []struct {
		name              string
		version, received int64
		hash              string
		want              store.Outcome
	}{
		{"first", 0, 100, "a", store.Stored},
		{"same again", 0, 200, "a", store.Duplicate},
		{"later receipt", 0, 200, "b", store.Replaced},
		{"earlier receipt comes late", 0, 150, "c", store.Superseded},
		{"same receipt, other content", 0, 200, "d", store.Conflict},
		{"higher version, earlier receipt", 2, 50, "e", store.Replaced},
		{"lower version, later receipt", 1, 900, "f", store.Superseded},
		{"no version, later receipt", 0, 900, "g", store.Superseded},
		{"same version, later receipt", 2, 60, "h", store.Replaced},
	} {
		e := &event.Event{ID: "s", Type: "spend", Site: site, Time: 5, Received: step.received, Version: step.version, Hash: step.hash, HasCost: true, Cost: int64(i)}
		got, err := s.PutEvent(t.Context(), e)
		if err != nil || got != step.want {
			t.Errorf("%s: got %v, %v; want %v", step.name, got, err, step.want)
		}
	}
}

func TestHomeEventsReadsConversionsLinksAndTouchesOverPages(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	big := strings.Repeat("x", 250_000)
	for i := range 6 { // 1.5 MB: more than one page of 1 MB
		e := click(site, fmt.Sprintf("t%d", i), 1000)
		e.Props = big
		put(t, s, e)
	}
	for _, typ := range []string{"conversion", "identify", "page_view", "email_sent"} {
		e := click(site, typ, 1000)
		e.Type = typ
		put(t, s, e)
	}
	got, err := s.HomeEvents(t.Context(), site, "U#u1")
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, e := range got {
		keys = append(keys, e.SortKey())
	}
	want := []string{"C#conversion", "L#identify", "T#t0", "T#t1", "T#t2", "T#t3", "T#t4", "T#t5"}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if none, err := s.HomeEvents(t.Context(), site, "U#nobody"); err != nil || len(none) != 0 {
		t.Errorf("an unknown home: got %d events, %v; want none", len(none), err)
	}
}

func TestPutEventNamesWhatFailed(t *testing.T) {
	s := storetest.Open(t)
	e := click(storetest.Site(t), strings.Repeat("k", 1100), 1000) // DynamoDB takes sort keys of at most 1,024 bytes
	if got, err := s.PutEvent(t.Context(), e); err == nil || !strings.Contains(err.Error(), "PutEvent") {
		t.Errorf("got %v, %v; want an error that names PutEvent", got, err)
	}
}

func put(t *testing.T, s *store.Store, e *event.Event) {
	t.Helper()
	if got, err := s.PutEvent(t.Context(), e); err != nil || got != store.Stored {
		t.Fatalf("PutEvent(%s): got %v, %v; want Stored", e.ID, got, err)
	}
}
