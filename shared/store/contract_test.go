package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// conditions are the writes whose conditions everything else rests on.
type conditions interface {
	PutEvent(ctx context.Context, e *event.Event) (store.Outcome, error)
	HomeEvents(ctx context.Context, site, home string) ([]*event.Event, error)
	AddCounters(ctx context.Context, d kpi.Delta) (string, error)
	PutLink(ctx context.Context, site string, l journey.Link) error
	Links(ctx context.Context, site, node string) ([]journey.Link, error)
	PutRecord(ctx context.Context, site, kind string, r journey.Record) (bool, error)
	Record(ctx context.Context, site, kind, node string) (journey.Record, error)
}

// TestContract ensures that the engine and the memory of the exactly-once tests keep the same promises.
func TestContract(t *testing.T) {
	implementations := map[string]conditions{"engine": storetest.Open(t), "memory": storetest.NewMemory(settings.DefaultSite("s"))}
	for name, s := range implementations {
		site := storetest.Site(t)
		t.Run(name+"/events", func(t *testing.T) { eventsContract(t, s, site) })
		t.Run(name+"/counters", func(t *testing.T) { countersContract(t, s, site) })
		t.Run(name+"/links", func(t *testing.T) { linksContract(t, s, site) })
		t.Run(name+"/records", func(t *testing.T) { recordsContract(t, s, site) })
	}
}

func eventsContract(t *testing.T, s conditions, site string) {
	visit := func(id, hash string) *event.Event {
		return &event.Event{ID: id, Type: "visit", Site: site, Time: 1, Received: 1, AnonymousID: "a", Agent: event.AgentHuman, Hash: hash}
	}
	spend := func(hash string, received, version int64) *event.Event {
		return &event.Event{ID: "x", Type: "spend", Site: site, Time: 1, Received: received, Version: version, Agent: event.AgentHuman, Hash: hash}
	}
	for _, c := range []struct {
		what string
		e    *event.Event
		want store.Outcome
	}{
		{"an event is stored", visit("e1", "h"), store.Stored},
		{"again it is a duplicate", visit("e1", "h"), store.Duplicate},
		{"with other content it is a conflict", visit("e1", "other"), store.Conflict},
		{"another id is another event", visit("e0", "h"), store.Stored},
		{"spend is stored", spend("a", 5, 0), store.Stored},
		{"a later receipt replaces spend", spend("b", 6, 0), store.Replaced},
		{"an earlier one does not", spend("a", 5, 0), store.Superseded},
		{"a version replaces spend without one", spend("c", 1, 2), store.Replaced},
		{"a lower version does not", spend("d", 9, 1), store.Superseded},
	} {
		if got, err := s.PutEvent(t.Context(), c.e); err != nil || got != c.want {
			t.Errorf("%s: outcome %v, %v; want %v", c.what, got, err, c.want)
		}
	}
	list, err := s.HomeEvents(t.Context(), site, "A#a")
	if err != nil || len(list) != 2 || list[0].ID != "e0" || list[1].Hash != "h" {
		t.Errorf("the home holds %v, %v; want e0 and e1 as first stored", list, err)
	}
}

func countersContract(t *testing.T, s conditions, site string) {
	key := kpi.Key{Site: site, Dimension: kpi.BySite, Bucket: "2026-01-01T00"}
	pad := func(n string) string { return "00000000000000000000000000000000000000" + n }
	for _, c := range []struct{ what, shard, low, high, want string }{
		{"the first delta is added", "one", pad("10"), pad("20"), ""},
		{"the same again meets its fence", "one", pad("10"), pad("20"), pad("20")},
		{"one that begins at the fence meets it", "one", pad("20"), pad("30"), pad("20")},
		{"one above the fence is added", "one", pad("21"), pad("30"), ""},
		{"another shard has a fence of its own", "two", pad("10"), pad("10"), ""},
	} {
		d := kpi.Delta{Key: key, Shard: c.shard, Low: c.low, High: c.high, At: 490_000 * 3600, Amounts: map[kpi.Measure]int64{kpi.Visits: 1}}
		if got, err := s.AddCounters(t.Context(), d); err != nil || got != c.want {
			t.Errorf("%s: fence %q, %v; want %q", c.what, got, err, c.want)
		}
	}
}

func linksContract(t *testing.T, s conditions, site string) {
	link := func(time int64, event string) journey.Link {
		return journey.Link{From: "A#a", To: "U#u", Time: time, Event: event}
	}
	for _, l := range []journey.Link{link(5, "e5"), link(7, "e7"), link(5, "e9"), link(5, "e3"), link(6, "e1")} {
		if err := s.PutLink(t.Context(), site, l); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Links(t.Context(), site, "A#a")
	if diff := cmp.Diff([]journey.Link{link(5, "e3")}, got); err != nil || diff != "" {
		t.Errorf("the earliest evidence does not stand: %v\n%s", err, diff)
	}
}

func recordsContract(t *testing.T, s conditions, site string) {
	put := func(r journey.Record) bool {
		t.Helper()
		won, err := s.PutRecord(t.Context(), site, journey.KindConversion, r)
		if err != nil {
			t.Fatal(err)
		}
		return won
	}
	first := journey.Record{Node: "O#o", Digest: "1", Time: 1, Moves: "m", Body: "{}"}
	if !put(first) || put(first) {
		t.Error("revision 0 must win once")
	}
	second := first
	second.Rev, second.Digest = 1, "2"
	if !put(second) || put(second) {
		t.Error("revision 1 must win once")
	}
	got, err := s.Record(t.Context(), site, journey.KindConversion, "O#o")
	second.Rev = 2
	if diff := cmp.Diff(second, got); err != nil || diff != "" {
		t.Errorf("record: %v\n%s", err, diff)
	}
	if none, err := s.Record(t.Context(), site, journey.KindConversion, "O#none"); err != nil || none.Rev != 0 || none.Node != "O#none" {
		t.Errorf("a record that is not there: %+v, %v", none, err)
	}
}
