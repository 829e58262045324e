package erasure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// noon is when most of it happened; the demand comes a day later.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// stage is a person's life on a real engine: ada, and bob who shares her device.
type stage struct {
	t      *testing.T
	store  *store.Store
	site   string
	now    time.Time
	events []*event.Event
}

// secrets are all that tells of ada.
var secrets = []string{"ada-x", "hash-mail", "cus_9", "cookie-a", "gclid-9", "session-9", "private.example", "hidden-prop", "visit-1"}

func newStage(t *testing.T) *stage {
	t.Helper()
	st := storetest.Open(t)
	s := &stage{t: t, store: st, site: storetest.MakeSite(t, st, `{"model":"linear"}`), now: noon.AddDate(0, 0, 1)}
	touch := func(id string, hour int) *event.Event {
		return &event.Event{
			ID: id, Type: "visit", Time: noon.Add(time.Duration(hour) * time.Hour).UnixMilli(), AnonymousID: "cookie-a", SessionID: "session-9", Channel: "Paid Search",
			Campaign: "spring", Source: "google", Medium: "cpc", Page: "https://shop.example/x?q=ada-x", Referrer: "https://private.example/", Link: "l1", ClickIDs: map[string]string{"gclid": "gclid-9"},
			HasCost: true, Cost: 1000, Currency: "USD",
		}
	}
	s.tell(
		touch("visit-1", -3),
		&event.Event{ID: "e2", Type: "page_view", Time: noon.Add(-2 * time.Hour).UnixMilli(), AnonymousID: "cookie-a", SessionID: "session-9", Page: "https://shop.example/y"},
		&event.Event{ID: "e3", Type: "identify", Time: noon.Add(-time.Hour).UnixMilli(), AnonymousID: "cookie-a", UserID: "ada-x", Email: "hash-mail", ProviderIDs: []string{"stripe:cus_9"}, Traits: `{"x":"hidden-prop"}`},
		&event.Event{ID: "e4", Type: "conversion", Goal: "purchase", Time: noon.UnixMilli(), UserID: "ada-x", AnonymousID: "cookie-a", SessionID: "session-9", OrderID: "o1", HasValue: true, Value: 1000, Currency: "USD", Props: `{"note":"hidden-prop"}`},
		&event.Event{ID: "e5", Type: "conversion", Goal: "sign_up", Time: noon.UnixMilli(), UserID: "ada-x"},
		&event.Event{ID: "e6", Type: "email_sent", Time: noon.UnixMilli(), Email: "hash-mail", MessageID: "m1", Campaign: "news"},
		&event.Event{ID: "e7", Type: "email_opened", Time: noon.Add(time.Hour).UnixMilli(), UserID: "ada-x", MessageID: "m1"},
		&event.Event{ID: "e8", Type: "invite", Time: noon.UnixMilli(), UserID: "ada-x", InviteID: "inv"},
		&event.Event{ID: "e9", Type: "lead", Time: noon.UnixMilli(), Email: "hash-mail"},
		&event.Event{ID: "e10", Type: "swam", Time: noon.UnixMilli(), UserID: "ada-x", Props: `{"note":"hidden-prop"}`},
		&event.Event{ID: "b1", Type: "visit", Time: noon.UnixMilli(), UserID: "bob", AnonymousID: "cookie-a", Channel: "Email"},
		&event.Event{ID: "b2", Type: "conversion", Goal: "purchase", Time: noon.Add(time.Hour).UnixMilli(), UserID: "bob", OrderID: "o2", HasValue: true, Value: 300, Currency: "USD"},
	)
	return s
}

// tell stores events and restates what follows.
func (s *stage) tell(events ...*event.Event) {
	s.t.Helper()
	r := journey.Restater{Links: s.store, Records: s.store, Events: s.store, Settings: s.store, Now: func() time.Time { return s.now }}
	var inputs []journey.Input
	for _, e := range events {
		e.Site, e.Received, e.Hash, e.Agent = s.site, e.Time, "hash of "+strings.TrimSuffix(e.ID, " again"), event.AgentHuman
		if _, err := s.store.PutEvent(s.t.Context(), e); err != nil {
			s.t.Fatal(err)
		}
		inputs = append(inputs, journey.Input{Sequence: e.ID, Event: e})
	}
	if _, err := r.Handle(s.t.Context(), inputs); err != nil {
		s.t.Fatal(err)
	}
	s.events = append(s.events, events...)
}

// sums are what the counters have to hold by what the tables hold, which is what a recount counts.
func (s *stage) sums() map[string]int64 {
	s.t.Helper()
	all := map[string]int64{}
	add := func(moves []kpi.Move) {
		for _, m := range moves {
			if m.Site == s.site {
				all[fmt.Sprint(m.Key, m.Measure)] += m.Amount
			}
		}
	}
	err := s.store.ScanEvents(s.t.Context(), 0, 1, func(e *event.Event) error { add(kpi.Moves(e)); return nil })
	_, err2 := s.store.ScanJourneys(s.t.Context(), 0, 1, store.Takers{Moves: func(text string, _ int64) error {
		moves, err := kpi.DecodeMoves(text)
		add(moves)
		return err
	}})
	if err := errors.Join(err, err2); err != nil {
		s.t.Fatal(err)
	}
	return all
}

// demand asks for ada's erasure.
func (s *stage) demand() store.Task {
	s.t.Helper()
	t, err := store.Erasure{IDs: []string{"P#stripe:cus_9"}}.Task(s.site, "demand", "", s.now.UnixMilli())
	if err == nil {
		err = s.store.PutTask(s.t.Context(), t)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return t
}

// due are the site's demands that wait.
func (s *stage) due() []store.Task {
	s.t.Helper()
	list, err := s.store.Tasks(s.t.Context(), store.TaskErase, 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	var own []store.Task
	for _, t := range list {
		if t.Site == s.site {
			own = append(own, t)
		}
	}
	return own
}

// drain carries out all demands of the site, those to be gone over again as well.
func (s *stage) drain() {
	s.t.Helper()
	for range 10 {
		list := s.due()
		if len(list) == 0 {
			return
		}
		for _, t := range list {
			if err := Over(s.store, func() time.Time { return s.now }).Do(s.t.Context(), t); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	s.t.Fatal("demands are left")
}

// gone checks that nothing tells of ada any more, in any home or record, and that bob is whole.
func (s *stage) gone() {
	s.t.Helper()
	err := s.store.ScanEvents(s.t.Context(), 0, 1, func(e *event.Event) error {
		raw, err := json.Marshal(e)
		if e.Site == s.site && e.ID != "visit-1" {
			s.leaks("event "+e.ID, string(raw))
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	messages := 0
	_, err = s.store.ScanPeople(s.t.Context(), s.site, journey.KindMessage, store.Whole, func(string, journey.Link) error { return nil }, func(_ string, r journey.Record) error {
		messages++
		s.leaks("message", r.Node+r.Body)
		return nil
	})
	if err != nil || messages < 2 {
		s.t.Fatalf("%d records of messages are left, %v", messages, err)
	}
	for _, kind := range []string{journey.KindConversion, journey.KindInvite, journey.KindVisit} {
		list, err := s.store.RecordsInRange(s.t.Context(), s.site, kind, noon.AddDate(0, 0, -3).UnixMilli(), noon.AddDate(0, 0, 3).UnixMilli())
		if err != nil || len(list) == 0 {
			s.t.Fatalf("%d records of kind %s are left, %v", len(list), kind, err)
		}
		for _, r := range list {
			s.leaks(kind+" "+r.Node, r.Body)
			if kind != journey.KindVisit { // a visit lies under its session's random name
				s.leaks(kind, r.Node)
			}
		}
	}
	for _, node := range []string{"U#ada-x", "A#cookie-a", "E#hash-mail", "P#stripe:cus_9"} {
		links, err := s.store.Links(s.t.Context(), s.site, node)
		err = errors.Join(err, s.store.EachEvent(s.t.Context(), s.site, node, "", func(e *event.Event) error {
			s.t.Errorf("%s still holds %s", node, e.ID)
			return nil
		}))
		if err != nil || len(links) > 0 {
			s.t.Errorf("links of %s: %v, %v", node, links, err)
		}
	}
	if ids, found, err := NewFinder(s.store, time.Now).Find(s.t.Context(), s.site, Candidates("ada-x")); found || err != nil {
		s.t.Errorf("ada is found: %v, %v", ids, err)
	}
	if ids, found, err := NewFinder(s.store, time.Now).Find(s.t.Context(), s.site, Candidates("bob")); !found || err != nil || cmp.Diff([]string{"U#bob"}, ids) != "" {
		s.t.Errorf("bob: %v, %v, %v", ids, found, err)
	}
}

func (s *stage) leaks(where, what string) {
	s.t.Helper()
	for _, secret := range secrets {
		if strings.Contains(what, secret) {
			s.t.Errorf("%s holds %q: %s", where, secret, what)
		}
	}
}

// persons are the persons who bought, by order.
func (s *stage) persons() map[string]string {
	s.t.Helper()
	all := map[string]string{}
	list, err := s.store.RecordsInRange(s.t.Context(), s.site, journey.KindConversion, noon.AddDate(0, 0, -3).UnixMilli(), noon.AddDate(0, 0, 3).UnixMilli())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range list {
		c, err := r.Conversion()
		if err != nil {
			s.t.Fatal(err)
		}
		all[r.Node] = c.Person
	}
	return all
}

// Ensures that an erasure leaves nothing of a person and every figure as it was, that it may be done twice, and that the person's
// sales stay those of one and of no other.
func TestErase(t *testing.T) {
	s := newStage(t)
	want := s.sums()
	first := s.demand()
	s.drain()
	s.gone()
	if diff := cmp.Diff(want, s.sums()); diff != "" {
		t.Errorf("figures (-before +after):\n%s", diff)
	}
	got := s.persons()
	if !strings.HasPrefix(got["O#o1"], "X#") || got["O#o1"] != got["N#e5"] || got["O#o2"] != "U#bob" {
		t.Errorf("buyers: %v", got)
	}
	if err := s.store.PutTask(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	s.drain()
	if diff := cmp.Diff(want, s.sums()); diff != "" || cmp.Diff(got, s.persons()) != "" {
		t.Errorf("figures after a second time (-before +after):\n%s", diff)
	}
}

// dying fails a store's every write but so many.
type dying struct {
	*store.Store
	mu   sync.Mutex
	left int
}

var errDied = errors.New("died")

func (d *dying) one() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left--; d.left < 0 {
		return errDied
	}
	return nil
}

func (d *dying) RewriteEvent(ctx context.Context, home string, e *event.Event) error {
	return errors.Join(d.Store.RewriteEvent(ctx, home, e), d.one()) // done, and the answer lost
}

func (d *dying) PutEvent(ctx context.Context, e *event.Event) (store.Outcome, error) {
	out, err := d.Store.PutEvent(ctx, e)
	return out, errors.Join(err, d.one())
}

func (d *dying) DropEvent(ctx context.Context, home string, e *event.Event, erased bool) error {
	if err := d.one(); err != nil {
		return err
	}
	return d.Store.DropEvent(ctx, home, e, erased)
}

func (d *dying) PutRecord(ctx context.Context, site, kind string, r journey.Record) (bool, error) {
	won, err := d.Store.PutRecord(ctx, site, kind, r)
	return won, errors.Join(err, d.one())
}

func (d *dying) DropLink(ctx context.Context, site string, l journey.Link) error {
	if err := d.one(); err != nil {
		return err
	}
	return d.Store.DropLink(ctx, site, l)
}

func (d *dying) DropRecord(ctx context.Context, site, kind, node string) error {
	if err := d.one(); err != nil {
		return err
	}
	return d.Store.DropRecord(ctx, site, kind, node)
}

// Ensures that an erasure that dies after any write is gone on with and ends as if it had not.
func TestEraseDies(t *testing.T) {
	for n := 0; ; n += 3 {
		s := newStage(t)
		want, task := s.sums(), s.demand()
		d := &dying{Store: s.store, left: n}
		x := Over(s.store, func() time.Time { return s.now })
		x.Events, x.Records = d, d
		err := x.Do(t.Context(), task)
		s.drain()
		s.gone()
		if diff := cmp.Diff(want, s.sums()); diff != "" {
			t.Fatalf("died after %d writes: figures (-before +after):\n%s", n, diff)
		}
		if err == nil {
			if n < 30 {
				t.Errorf("it ended after %d writes", n)
			}
			return
		}
		if !errors.Is(err, errDied) {
			t.Fatal(err)
		}
	}
}

// Ensures that two runs over one demand at once end as one does.
func TestEraseTwiceAtOnce(t *testing.T) {
	s := newStage(t)
	want, task := s.sums(), s.demand()
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() { _ = Over(s.store, func() time.Time { return s.now }).Do(t.Context(), task) })
	}
	both.Wait()
	s.drain()
	s.gone()
	if diff := cmp.Diff(want, s.sums()); diff != "" {
		t.Errorf("figures (-before +after):\n%s", diff)
	}
}

// Ensures that an event that comes again after the erasure, and a new one of an erased id, are known by the tombstones; that the
// first is counted once and the second with its money, under the same pseudonym; and that nothing stays of either.
func TestLateEvents(t *testing.T) {
	s := newStage(t)
	s.demand()
	s.drain()
	want := s.sums()
	again, fresh := *s.events[0], &event.Event{ID: "late", Type: "conversion", Goal: "purchase", Time: noon.UnixMilli(), Email: "hash-mail", OrderID: "o3", HasValue: true, Value: 500, Currency: "USD"}
	s.tell(&again, fresh)
	w := NewWatch(s.store, func() time.Time { return s.now })
	for _, e := range []*event.Event{&again, fresh} {
		ids, err := w.Erased(t.Context(), e)
		if err != nil || len(ids) != 1 {
			t.Fatalf("%s: %v, %v; want one erased id", e.ID, ids, err)
		}
		task, err := store.Erasure{IDs: ids, Homes: []string{e.Home()}, Exact: true, Last: true}.Task(s.site, "late-"+e.ID, "", s.now.UnixMilli())
		if err != nil || s.store.PutTask(t.Context(), task) != nil {
			t.Fatal("the demand is not kept", err)
		}
	}
	s.drain()
	s.gone()
	has := strings.Contains
	for key, n := range s.sums() {
		if has(key, "goal purchase 2026-03-01T12") && has(key, "revenue_gross") {
			n -= 500
		}
		if (has(key, "visits") || has(key, "revenue_gross") && has(key, "goal")) && n != want[key] {
			t.Errorf("%s is off by %d", key, n-want[key])
		}
	}
	if got := s.persons(); got["O#o3"] != got["O#o1"] {
		t.Errorf("buyers: %v, want one of two orders", got)
	}
	if ids, err := w.Erased(t.Context(), s.events[11]); err != nil || len(ids) != 0 {
		t.Errorf("bob: %v, %v", ids, err)
	}
}
