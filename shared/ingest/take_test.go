package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/spill"
	"tributary/shared/store"
)

// scripted is a store and an S3 that answer as a test says.
type scripted struct {
	put   func(ctx context.Context, id string, try int) (store.Outcome, error)
	site  func(ctx context.Context) error
	s3    func(ctx context.Context) error
	mu    sync.Mutex
	tries map[string]int
	kept  []store.Quarantined
	saved map[string][]byte
}

var errThrottled = errors.New("ProvisionedThroughputExceededException")

func (s *scripted) PutEvent(ctx context.Context, e *event.Event) (store.Outcome, error) {
	s.mu.Lock()
	s.tries[e.ID]++
	try := s.tries[e.ID]
	s.mu.Unlock()
	if s.put == nil {
		return store.Stored, nil
	}
	return s.put(ctx, e.ID, try)
}

func (s *scripted) Site(ctx context.Context, id string) (settings.Site, bool, error) {
	if s.site != nil {
		if err := s.site(ctx); err != nil {
			return settings.Site{}, false, err
		}
	}
	return settings.DefaultSite(id), id != "nowhere", nil
}

func (s *scripted) Keep(_ context.Context, q store.Quarantined) error {
	s.kept = append(s.kept, q)
	return nil
}

func (s *scripted) Put(ctx context.Context, key string, body []byte) error {
	if s.s3 != nil {
		if err := s.s3(ctx); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saved[key] = body
	return nil
}

// never waits for the end of the context, as a connection does that nobody serves.
func never(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// after answers well when some time has passed.
func after(d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(d):
			return nil
		}
	}
}

// take runs Take for leads with these ids and returns what became of each, how long it took and what lies in S3.
func take(t *testing.T, s *scripted, in *Ingest, ids ...string) ([]string, time.Duration, []spill.Batch) {
	t.Helper()
	d := in.Door(event.TrustPublic)
	items := make([]Item, len(ids))
	for i, id := range ids {
		raw := fmt.Sprintf(`{"id":%q,"type":"lead","user_id":"u","email":"ada@example.org"}`, id)
		items[i].Raw = raw
		items[i].Event, items[i].Err = event.Parse([]byte(raw), d)
	}
	start := time.Now()
	in.Take(t.Context(), d, Sender{}, items)
	took := time.Since(start)
	out := make([]string, len(ids))
	for i, it := range items {
		switch {
		case it.Err != nil && fault.Of(it.Err) != nil:
			out[i] = string(fault.Of(it.Err).Code)
		case it.Err != nil:
			out[i] = "lost"
		case it.Outcome == Spilled:
			out[i] = "spilled"
		default:
			out[i] = "stored"
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var batches []spill.Batch
	for _, raw := range s.saved {
		b, err := spill.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		batches = append(batches, b)
	}
	return out, took, batches
}

// scriptedIngest makes an Ingest over s and its log.
func scriptedIngest(s *scripted) (*Ingest, *bytes.Buffer) {
	s.tries, s.saved = map[string]int{}, map[string][]byte{}
	var out bytes.Buffer
	return Over("test", s, s, s, time.Now, slog.New(slog.NewJSONHandler(&out, nil))).SpillTo(s), &out
}

// Ensures that a server's batch waits for a store that is slow, so that it is told what was a duplicate, and no longer.
func TestAServerWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &scripted{put: func(ctx context.Context, _ string, _ int) (store.Outcome, error) {
			return store.Stored, after(time.Second)(ctx)
		}}
		in, _ := scriptedIngest(slow)
		items := make([]Item, 1)
		d := in.Door(event.TrustKeyed)
		items[0].Event, items[0].Err = event.Parse([]byte(`{"id":"a","type":"visit","anonymous_id":"v"}`), d)
		in.Take(t.Context(), d, Sender{}, items)
		if items[0].Outcome != store.Stored || items[0].Err != nil {
			t.Errorf("after a second: %+v", items[0])
		}
		slow.put = func(ctx context.Context, _ string, _ int) (store.Outcome, error) { return 0, never(ctx) }
		began := time.Now()
		items[0].Outcome = 0
		in.Take(t.Context(), d, Sender{}, items)
		if took := time.Since(began); items[0].Outcome != Spilled || took > patient+150*time.Millisecond {
			t.Errorf("without an answer: %+v after %v", items[0], took)
		}
	})
}

func TestTake(t *testing.T) {
	throttled := func(_ context.Context, _ string, _ int) (store.Outcome, error) { return 0, errThrottled }
	hung := func(ctx context.Context, _ string, _ int) (store.Outcome, error) { return 0, never(ctx) }
	for _, c := range []struct {
		name    string
		store   *scripted
		ids     string
		want    string
		spilled int           // events in S3
		within  time.Duration // in the bubble's clock
	}{
		{name: "a store that is well", ids: "a b", want: "stored stored", within: 0},
		{name: "throttled once: the second try stores it", ids: "a", want: "stored", within: 50 * time.Millisecond, store: &scripted{put: func(_ context.Context, _ string, try int) (store.Outcome, error) {
			if try == 1 {
				return 0, errThrottled
			}
			return store.Stored, nil
		}}},
		{name: "throttled for long: it waits in S3", ids: "a", want: "spilled", spilled: 1, within: 400 * time.Millisecond, store: &scripted{put: throttled, s3: after(100 * time.Millisecond)}},
		{name: "no answer: in S3 within the budget", ids: "a", want: "spilled", spilled: 1, within: 400 * time.Millisecond, store: &scripted{put: hung, s3: after(100 * time.Millisecond)}},
		{name: "no answer and no settings yet", ids: "a", want: "spilled", spilled: 1, within: 400 * time.Millisecond, store: &scripted{site: never, s3: after(100 * time.Millisecond)}},
		{name: "a batch without an answer is one object", ids: "a b c d e f g h", want: strings.TrimSpace(strings.Repeat("spilled ", 8)), spilled: 8, within: 400 * time.Millisecond, store: &scripted{put: hung, s3: after(100 * time.Millisecond)}},
		{name: "one hot event of a batch", ids: "a hot b", want: "stored spilled stored", spilled: 1, within: 400 * time.Millisecond, store: &scripted{put: func(_ context.Context, id string, _ int) (store.Outcome, error) {
			if id == "hot" {
				return 0, errThrottled
			}
			return store.Stored, nil
		}, s3: after(100 * time.Millisecond)}},
		{name: "a cold store that answers before S3 does", ids: "a", want: "stored", within: 300 * time.Millisecond, store: &scripted{put: func(ctx context.Context, _ string, _ int) (store.Outcome, error) {
			return store.Stored, after(300 * time.Millisecond)(ctx)
		}, s3: after(100 * time.Millisecond)}},
		{name: "S3 away too", ids: "a b", want: "lost lost", within: 400 * time.Millisecond, store: &scripted{put: throttled, s3: func(context.Context) error { return errors.New("S3 answers 503") }}},
		{name: "neither answers", ids: "a", want: "lost", within: patienceOfTest, store: &scripted{put: hung, s3: never}},
		{name: "neither answers, nor are there settings", ids: "a", want: "lost", within: patienceOfTest, store: &scripted{site: never, s3: never}},
		{name: "a conflict is none of S3's business", ids: "a", want: "id_conflict", within: 0, store: &scripted{put: func(context.Context, string, int) (store.Outcome, error) { return store.Conflict, nil }}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if c.store == nil {
					c.store = &scripted{}
				}
				in, log := scriptedIngest(c.store)
				if c.within == patienceOfTest {
					ctx, cancel := context.WithTimeout(t.Context(), patienceOfTest)
					defer cancel()
					takeWithin(t, ctx, in)
					takeWithin(t, t.Context(), in.Within(patienceOfTest))
					return
				}
				got, took, batches := take(t, c.store, in, strings.Fields(c.ids)...)
				if d := cmp.Diff(c.want, strings.Join(got, " ")); d != "" || took > c.within {
					t.Errorf("after %v, want at most %v (-want +got):\n%s", took, c.within, d)
				}
				events := 0
				for _, b := range batches {
					events += len(b.Events)
				}
				if events != c.spilled || c.spilled > 0 && (len(batches) != 1 || !strings.Contains(log.String(), fmt.Sprintf(`"spilled":%d`, c.spilled))) {
					t.Errorf("%d events in %d objects, want %d in one; log %s", events, len(batches), c.spilled, log)
				}
			})
		})
	}
}

// Ensures that a store that answers all the time, but too slowly for a batch, leaves S3 the time to take the rest.
func TestSlowStoreLeavesTimeForS3(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{put: func(ctx context.Context, _ string, _ int) (store.Outcome, error) {
			return store.Stored, after(200 * time.Millisecond)(ctx)
		}, s3: after(time.Second)}
		in, _ := scriptedIngest(s)
		ctx, cancel := context.WithTimeout(t.Context(), patienceOfTest)
		defer cancel()
		d := in.Door(event.TrustPublic)
		items := make([]Item, 500)
		for i := range items {
			items[i].Raw = fmt.Sprintf(`{"id":"%d","type":"lead","user_id":"u"}`, i)
			if items[i].Event, items[i].Err = event.Parse([]byte(items[i].Raw), d); items[i].Err != nil {
				t.Fatal(items[i].Err)
			}
		}
		in.Take(ctx, d, Sender{}, items)
		stored, spilled := 0, 0
		for _, it := range items {
			switch {
			case it.Err != nil:
				t.Fatalf("lost: %v", it.Err)
			case it.Outcome == Spilled:
				spilled++
			default:
				stored++
			}
		}
		if stored < 50 || spilled < 50 || len(s.saved) != 1 {
			t.Errorf("%d stored, %d in S3 in %d objects", stored, spilled, len(s.saved))
		}
	})
}

// patienceOfTest is when a door gives up.
const patienceOfTest = 3 * time.Second

// takeWithin ensures that an event that can be kept nowhere is an error once the door's patience ends, not later.
func takeWithin(t *testing.T, ctx context.Context, in *Ingest) {
	t.Helper()
	d := in.Door(event.TrustPublic)
	start := time.Now()
	_, err := in.TakeOne(ctx, d, &event.Event{ID: "a", Type: "lead", Site: "shop", UserID: "u", Received: d.Now}, "")
	if err == nil || fault.Of(err) != nil || time.Since(start) != patienceOfTest {
		t.Errorf("got %v after %v, want the store's error after %v", err, time.Since(start), patienceOfTest)
	}
}

// Ensures that what is spilled is all that redrive needs: the event as it was read, before its site's settings, and what
// the door knew; and nothing that may not be stored.
func TestSpilledBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{site: func(context.Context) error { return errThrottled }}
		in, _ := scriptedIngest(s)
		d := in.Door(event.TrustPublic)
		d.SentAt, d.Agent, d.AgentReason = d.Now-5000, event.AgentBot, "ua"
		raw := `{"id":"1","type":"lead","user_id":"u","email":"ada@example.org","time":"1999-12-31T00:00:00Z"}`
		e, err := event.Parse([]byte(raw), d)
		if err != nil {
			t.Fatal(err)
		}
		items := []Item{{Event: e, Raw: raw}, {Err: fault.New(fault.InvalidJSON, "", "no"), Raw: "{"}}
		in.Take(t.Context(), d, Sender{AppKey: "hash"}, items)
		if len(s.saved) != 1 || items[0].Outcome != Spilled || fault.Of(items[1].Err) == nil {
			t.Fatalf("%d objects, %+v", len(s.saved), items)
		}
		for key, body := range s.saved {
			got, err := spill.Decode(body)
			if err != nil {
				t.Fatal(err)
			}
			if at, ok := spill.ArrivedAt(key); !ok || at.UnixMilli() != d.Now {
				t.Errorf("key %s, want one of arrival", key)
			}
			d.NewID = nil
			draft, err := event.Parse([]byte(raw), d)
			if err != nil {
				t.Fatal(err)
			}
			want := spill.Batch{Version: 1, Door: "test", Facts: d, AppKey: "hash", Events: []spill.Event{{Draft: draft, Raw: strings.Replace(raw, "ada@example.org", draft.Email, 1)}}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if bytes.Contains(body, []byte("ada@")) {
				t.Errorf("an address lies in the clear: %s", body)
			}
		}
	})
}

// Ensures that an outage does not make every request wait for the store, and that its end is noticed at once.
func TestTroubleIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{put: func(ctx context.Context, _ string, _ int) (store.Outcome, error) { return 0, never(ctx) }, s3: after(30 * time.Millisecond)}
		in, _ := scriptedIngest(s)
		for _, step := range []struct {
			name, id, want string
			took           time.Duration
		}{
			{"the first waits for the store", "a", "spilled", stall + 30*time.Millisecond},
			{"the next asks both at once", "b", "spilled", 30 * time.Millisecond},
			{"the store is back: it is faster than S3", "c", "stored", 5 * time.Millisecond},
			{"and trusted again", "d", "stored", 5 * time.Millisecond},
		} {
			if step.id == "c" {
				s.put = func(ctx context.Context, _ string, _ int) (store.Outcome, error) {
					return store.Stored, after(5 * time.Millisecond)(ctx)
				}
			}
			if got, took, _ := take(t, s, in, step.id); got[0] != step.want || took != step.took {
				t.Errorf("%s: %s after %v, want %s after %v", step.name, got[0], took, step.want, step.took)
			}
			synctest.Wait()
		}
	})
}

// Ensures that a sender whose key cannot be looked up is not turned away, and that nothing is stored before it has been.
func TestUncheckedKey(t *testing.T) {
	s := &scripted{}
	in, _ := scriptedIngest(s)
	d := in.Door(event.TrustKeyed)
	items := []Item{{Event: &event.Event{ID: "1", Type: "lead", Site: "shop", UserID: "u"}}}
	in.Take(t.Context(), d, Sender{Key: "sum"}, items)
	if items[0].Outcome != Spilled || len(s.tries) != 0 || len(s.saved) != 1 {
		t.Errorf("%+v, %d puts, %d objects; want it spilled only", items[0], len(s.tries), len(s.saved))
	}
}

// keySource knows one key, while it is up.
type keySource struct{ down bool }

func (k *keySource) HasKey(_ context.Context, sum string) (bool, error) {
	if k.down {
		return false, errThrottled
	}
	return sum == "good", nil
}

func TestKeysOutliveTheStore(t *testing.T) {
	source := &keySource{}
	keys := KeysOf(source)
	for _, sum := range []string{"good", "bad"} {
		if found, err := keys.HasKey(t.Context(), sum); err != nil || found != (sum == "good") {
			t.Errorf("%s: %v, %v", sum, found, err)
		}
	}
	source.down = true
	if found, err := keys.HasKey(t.Context(), "good"); !found || err != nil {
		t.Errorf("a key that was known: %v, %v; want it good", found, err)
	}
	_, err := keys.HasKey(t.Context(), "bad")
	var unchecked *UncheckedKey
	if !errors.As(err, &unchecked) || unchecked.SHA256 != "bad" || !errors.Is(err, errThrottled) {
		t.Errorf("a key that was not: %v, want it unchecked", err)
	}
}
