package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/journey"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
	"tributary/shared/stream"
)

// clock is a month after the fixture's events.
func clock() time.Time { return time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC) }

// fixture is testdata/batch.json for a site of the test's own, with its events in the table: a visit, a page view that links
// two ids, a sale, a record that cannot be read, one that its time to live removed, a refund by alias, and a second sale.
func fixture(t *testing.T, s *store.Store) (site string, records []json.RawMessage) {
	t.Helper()
	site = storetest.MakeSite(t, s, `{}`)
	raw, err := os.ReadFile("testdata/batch.json")
	if err != nil {
		t.Fatal(err)
	}
	var batch struct{ Records []json.RawMessage }
	if err := json.Unmarshal(bytes.ReplaceAll(raw, []byte("SITE"), []byte(site)), &batch); err != nil {
		t.Fatal(err)
	}
	for _, raw := range batch.Records {
		if in, err := read(raw); err == nil && in.Event != nil {
			if _, err := s.PutEvent(t.Context(), in.Event); err != nil {
				t.Fatal(err)
			}
		}
	}
	return site, batch.Records
}

// failing fails the writing of one record.
type failing struct {
	*store.Store
	node string
}

var errAway = errors.New("the store is away")

func (f failing) PutRecord(ctx context.Context, site, kind string, r journey.Record) (bool, error) {
	if r.Node == f.node {
		return false, errAway
	}
	return f.Store.PutRecord(ctx, site, kind, r)
}

func handlerOf(s *store.Store, records journey.RecordStore) *handler {
	h := newHandler(&journey.Restater{Links: s, Records: records, Events: s, Settings: s, Now: clock}, s, s)
	// What is kept aside has a time to live, which the engine acts on.
	h.now, h.log = time.Now, slog.New(slog.DiscardHandler)
	return h
}

func invoke(t *testing.T, h *handler, records []json.RawMessage) (stream.Answer, error) {
	t.Helper()
	payload, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := h.Invoke(t.Context(), payload)
	if err != nil {
		return stream.Answer{}, err
	}
	if !bytes.Contains(raw, []byte(`"state":{}`)) {
		t.Errorf("the answer %s lacks a state", raw)
	}
	var a stream.Answer
	return a, json.Unmarshal(raw, &a)
}

// facts are what the fixture's two orders and the alias come to.
type fact struct {
	Node, Person string
	Value, Net   int64
	Number       int
	Touches      int
	Void         bool
}

func factsOf(t *testing.T, s *store.Store, site string) (list []fact, revs []int64) {
	t.Helper()
	for _, node := range []string{"O#o1", "O#o2", "O#pi_1"} {
		r, err := s.Record(t.Context(), site, journey.KindConversion, node)
		if err != nil {
			t.Fatal(err)
		}
		f := fact{Node: node, Void: r.Void()}
		if !r.Void() {
			c, err := r.Conversion()
			if err != nil {
				t.Fatal(err)
			}
			f.Person, f.Value, f.Net, f.Number, f.Touches = c.Person, c.Value, c.Net, c.Number, len(c.Touches)
		}
		list, revs = append(list, f), append(revs, r.Rev)
	}
	return list, revs
}

var wantFacts = []fact{
	{Node: "O#o1", Person: "U#u1", Value: 10_000, Net: 7_500, Number: 1, Touches: 1},
	{Node: "O#o2", Person: "U#u1", Value: 500, Net: 500, Number: 2, Touches: 1},
	{Node: "O#pi_1", Void: true},
}

func TestBatchBecomesRecords(t *testing.T) {
	s := storetest.Open(t)
	site, records := fixture(t, s)
	h := handlerOf(s, s)
	a, err := invoke(t, h, records)
	if err != nil || len(a.Failures) > 0 {
		t.Fatalf("got %+v, %v; want nothing to come again", a, err)
	}
	got, revs := factsOf(t, s, site)
	if diff := cmp.Diff(wantFacts, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	kept, err := s.Kept(t.Context(), "", 200)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(kept, func(q store.Quarantined) bool {
		return q.Door == "journey" && q.Code == "unreadable_record" && strings.Contains(q.Raw, site)
	}) {
		t.Errorf("the record that cannot be read was not kept")
	}
	// ensures that a second delivery changes nothing
	if a, err := invoke(t, h, records); err != nil || len(a.Failures) > 0 {
		t.Fatalf("again: %+v, %v", a, err)
	}
	if _, again := factsOf(t, s, site); !cmp.Equal(revs, again) {
		t.Errorf("the second delivery wrote records: revisions %v became %v", revs, again)
	}
}

func TestOutOfOrder(t *testing.T) {
	s := storetest.Open(t)
	site, records := fixture(t, s)
	h := handlerOf(s, s)
	for i := range records {
		if a, err := invoke(t, h, records[len(records)-1-i:][:1]); err != nil || len(a.Failures) > 0 {
			t.Fatalf("record %d: %+v, %v", i, a, err)
		}
	}
	got, _ := factsOf(t, s, site)
	if diff := cmp.Diff(wantFacts, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFailureInTheMiddle(t *testing.T) {
	s := storetest.Open(t)
	site, records := fixture(t, s)
	// Somebody else's sale comes first and stands.
	first := json.RawMessage(strings.NewReplacer("o2", "o0", "u1", "u0", "439007", "439000").Replace(string(records[6])))
	in, err := read(first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutEvent(t.Context(), in.Event); err != nil {
		t.Fatal(err)
	}
	batch := append([]json.RawMessage{first}, records...)
	a, err := invoke(t, handlerOf(s, failing{s, "O#o1"}), batch)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]stream.Failure{{Sequence: "4421584500000000017450439001"}}, a.Failures); diff != "" {
		t.Errorf("the lowest record that failed (-want +got):\n%s", diff)
	}
	if a, err := invoke(t, handlerOf(s, s), batch[1:]); err != nil || len(a.Failures) > 0 {
		t.Fatalf("the retry: %+v, %v", a, err)
	}
	got, _ := factsOf(t, s, site)
	if diff := cmp.Diff(wantFacts, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFailureOfTheFirstIsAnError(t *testing.T) {
	s := storetest.Open(t)
	_, records := fixture(t, s)
	if a, err := invoke(t, handlerOf(s, failing{s, "O#o1"}), records); !errors.Is(err, errAway) {
		t.Errorf("got %+v, %v; want the store's error, so that the Errors metric sees it", a, err)
	}
}

func TestBrokenPayloads(t *testing.T) {
	s := storetest.Open(t)
	h := handlerOf(s, s)
	if raw, err := h.Invoke(t.Context(), []byte(`{"isFinalInvokeForWindow":true,"state":{}}`)); err != nil || string(raw) != `{"batchItemFailures":[],"state":{}}` {
		t.Errorf("a call without records: %s, %v", raw, err)
	}
	if _, err := h.Invoke(t.Context(), []byte(`{"Records":[`)); err == nil {
		t.Error("half a payload is taken for a batch")
	}
}

func TestWire(t *testing.T) {
	if _, err := wire(storetest.Env(t), clock); err != nil {
		t.Error(err)
	}
	if _, err := wire(func(string) string { return "" }, clock); err == nil {
		t.Error("an empty environment makes a handler")
	}
}
