package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oklog/ulid/v2"

	"tributary/shared/archive"
	"tributary/shared/archive/archivetest"
	"tributary/shared/erasure"
	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/ingest"
	"tributary/shared/settings"
	"tributary/shared/spill"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// arrival is when the events of these tests came; redrive runs an hour later.
var arrival = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// bench is a redrive over a real engine and a real S3, either of which a test may break.
type bench struct {
	*handler
	t      *testing.T
	store  *store.Store
	server *archivetest.Server
	bucket *archive.Archive
	spills *spill.Bucket
	site   string
	out    bytes.Buffer
	broken func(id string) error // of each event that is put
	mu     sync.Mutex
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, store: storetest.Open(t), server: archivetest.Start(t)}
	b.bucket, b.site = b.server.Archive(t), storetest.MakeSite(t, b.store, `{"app_key":"an app's long key"}`)
	var err error
	if b.spills, err = spill.Open(b.server.Getenv); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewJSONHandler(&b.out, nil))
	now := func() time.Time { return arrival.Add(time.Hour) }
	b.handler = &handler{objects: b.bucket, keys: b.store, aside: b.store, tasks: b.store, erase: erasure.Over(b.store, now).Do, now: now, log: log, door: func(name string) *ingest.Ingest {
		return ingest.Over(name, b, b.store, b.store, now, log)
	}}
	return b
}

// PutEvent is the store's, where the test does not break it.
func (b *bench) PutEvent(ctx context.Context, e *event.Event) (store.Outcome, error) {
	b.mu.Lock()
	broken := b.broken
	b.mu.Unlock()
	if broken != nil {
		if err := broken(e.ID); err != nil {
			return 0, err
		}
	}
	return b.store.PutEvent(ctx, e)
}

// away is an ingest event store that is never there.
type away struct{}

var errAway = errors.New("away")

func (away) PutEvent(context.Context, *event.Event) (store.Outcome, error) { return 0, errAway }
func (away) Site(context.Context, string) (settings.Site, bool, error) {
	return settings.Site{}, false, errAway
}
func (away) Keep(context.Context, store.Quarantined) error { return errAway }

// spill sends events through a door whose store is away, as they come: it makes one object, as the door does.
func (b *bench) spill(door event.Door, s ingest.Sender, raws ...string) {
	b.t.Helper()
	in := ingest.Over("collect", away{}, away{}, away{}, func() time.Time { return arrival }, slog.New(slog.DiscardHandler)).SpillTo(b.spills)
	d := in.Door(door.Trust)
	d.SentAt, d.Agent, d.AgentReason = door.SentAt, door.Agent, door.AgentReason
	items := make([]ingest.Item, len(raws))
	for i, raw := range raws {
		items[i].Raw = raw
		if items[i].Event, items[i].Err = event.Parse([]byte(raw), d); items[i].Err != nil {
			b.t.Fatal(items[i].Err)
		}
	}
	in.Take(b.t.Context(), d, s, items)
	for _, it := range items {
		if it.Outcome != ingest.Spilled {
			b.t.Fatalf("%+v, want it spilled", it)
		}
	}
}

// lead is an event of the bench's site.
func (b *bench) lead(id string) string {
	return fmt.Sprintf(`{"site":%q,"id":%q,"type":"lead","user_id":%q}`, b.site, id, id)
}

func (b *bench) run() summary {
	b.t.Helper()
	payload, err := os.ReadFile("testdata/schedule.json")
	if err != nil {
		b.t.Fatal(err)
	}
	got, err := b.handle(b.t.Context(), json.RawMessage(payload))
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}

// want compares what a run did and what is left in the folder.
func (b *bench) want(name string, want summary, left int) {
	b.t.Helper()
	if d := cmp.Diff(want, b.run()); d != "" {
		b.t.Errorf("%s (-want +got):\n%s", name, d)
	}
	if files, err := b.bucket.List(b.t.Context(), spill.Root); err != nil || len(files) != left {
		b.t.Errorf("%s: %d objects are left, %v; want %d", name, len(files), err, left)
	}
}

func (b *bench) stored(home string) []*event.Event {
	b.t.Helper()
	got, err := b.store.HomeEvents(b.t.Context(), b.site, home)
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}

func (b *bench) kept(site string) []store.Quarantined {
	b.t.Helper()
	got, err := b.store.Kept(b.t.Context(), site, 100)
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}

func public() event.Door { return event.Door{Trust: event.TrustPublic} }

// Ensures that an event that waited is the one that its door would have stored: first arrival, corrected clock, agent,
// app key's window; and that a second run finds nothing to do.
func TestRedriveJudgesAsTheDoor(t *testing.T) {
	b := newBench(t)
	old := arrival.Add(-20 * 24 * time.Hour).UnixMilli()
	at := func(id string, ms int64) string {
		return fmt.Sprintf(`{"site":%q,"id":%q,"type":"lead","user_id":%q,"time":%d}`, b.site, id, id, ms)
	}
	b.spill(event.Door{Trust: event.TrustPublic, SentAt: arrival.Add(-time.Minute).UnixMilli(), Agent: event.AgentBot, AgentReason: "ua"}, ingest.Sender{}, at("late", arrival.Add(-2*time.Minute).UnixMilli()), at("old", old))
	b.spill(public(), ingest.Sender{AppKey: settings.KeyHash("an app's long key")}, at("app", old))
	b.want("the first run", summary{Objects: 2, Stored: 3}, 0)
	b.want("the second", summary{}, 0)
	for _, c := range []struct {
		id      string
		time    time.Time
		agent   string
		clamped bool
	}{
		{"late", arrival.Add(-time.Minute), event.AgentBot, false},
		{"old", arrival.Add(-72 * time.Hour), event.AgentBot, true},
		{"app", time.UnixMilli(old), event.AgentHuman, false},
	} {
		got := b.stored("U#" + c.id)
		if len(got) != 1 || got[0].Time != c.time.UnixMilli() || got[0].Received != arrival.UnixMilli() || got[0].Agent != c.agent || got[0].Clamped != c.clamped {
			t.Errorf("%s: got %+v, want one of %v, received %v, %s, clamped %v", c.id, got, c.time, arrival, c.agent, c.clamped)
		}
	}
	if !strings.Contains(b.out.String(), `"redriven":`) {
		t.Errorf("nothing is counted: %s", b.out.String())
	}
}

// Ensures that what was stored although the door thought it was not, or is redriven twice, is there once.
func TestRedriveStoresNothingTwice(t *testing.T) {
	b := newBench(t)
	b.spill(public(), ingest.Sender{}, b.lead("1"), b.lead("2"))
	e, err := event.Parse([]byte(b.lead("1")), event.Door{Now: arrival.UnixMilli()})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Admit(event.Door{Now: arrival.UnixMilli()}, event.Site{Location: time.UTC, RetentionDays: 400}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.PutEvent(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	b.want("one had arrived", summary{Objects: 1, Stored: 1, Duplicates: 1}, 0)
	if len(b.stored("U#1")) != 1 || len(b.stored("U#2")) != 1 {
		t.Error("an event is missing or twice")
	}
}

// Ensures that two runs over the same objects store each event once and neither fails.
func TestTwoRunsAtOnce(t *testing.T) {
	b := newBench(t)
	for i := range 20 {
		b.spill(public(), ingest.Sender{}, b.lead(fmt.Sprint("a", i)), b.lead(fmt.Sprint("b", i)))
	}
	var both sync.WaitGroup
	var got [2]summary
	for i := range got {
		both.Go(func() { got[i], _ = b.handle(t.Context(), nil) })
	}
	both.Wait()
	if n := got[0].Stored + got[1].Stored; n != 40 || got[0].Left+got[1].Left != 0 {
		t.Errorf("%+v: %d stored, want 40 and none left", got, n)
	}
	b.want("afterwards", summary{}, 0)
}

// Ensures that what fails in the middle is gone on with, and that a failure is no hindrance to other objects.
func TestRedriveGoesOn(t *testing.T) {
	b := newBench(t)
	b.spill(public(), ingest.Sender{}, b.lead("1"), b.lead("hot"), b.lead("3"))
	b.spill(public(), ingest.Sender{}, b.lead("4"))
	b.broken = func(id string) error {
		if id == "hot" {
			return errAway
		}
		return nil
	}
	b.want("one event is throttled", summary{Objects: 1, Stored: 3, Left: 1}, 1)
	if !strings.Contains(b.out.String(), `"spill_age_seconds":3600`) {
		t.Errorf("the log does not tell how old the oldest object is: %s", b.out.String())
	}
	b.broken = nil
	b.want("and then taken", summary{Objects: 1, Stored: 1, Duplicates: 2}, 0)
}

// ending is a context of the tests' clock.
type ending struct {
	context.Context
	at time.Time
}

func (e ending) Deadline() (time.Time, bool) { return e.at, true }

// Ensures that a run stops when the store is away still, and before Lambda stops it.
func TestRedriveEndsInTime(t *testing.T) {
	b := newBench(t)
	for i := range 3 * hopeless {
		b.spill(public(), ingest.Sender{}, b.lead(fmt.Sprint(i)))
	}
	tries := 0
	b.broken = func(string) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		tries++
		return errAway
	}
	if got := b.run(); !got.More || got.Stored != 0 || tries > hopeless+2*workers {
		t.Errorf("%+v after %d tries, want an early end", got, tries)
	}
	b.broken = nil
	if got, err := b.handle(ending{t.Context(), b.now().Add(reserve - time.Second)}, nil); err != nil || !got.More || got.Stored != 0 {
		t.Errorf("with no time left: %+v, %v; want nothing begun", got, err)
	}
	b.want("with time", summary{Objects: 3 * hopeless, Stored: 3 * hopeless}, 0)
}

// Ensures that what is refused now is kept aside with its reason, once, and is no hindrance.
func TestRedriveKeepsAsideWhatIsRefused(t *testing.T) {
	b := newBench(t)
	nowhere := strings.Replace(b.lead("1"), b.site, b.site+"-gone", 1)
	b.spill(public(), ingest.Sender{}, nowhere, b.lead("taken"), b.lead("poison"), b.lead("good"))
	e := &event.Event{ID: "taken", Type: "lead", Site: b.site, UserID: "taken", Time: 1, Received: 1, Hash: "other"}
	if _, err := b.store.PutEvent(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	fail := true
	b.broken = func(id string) error {
		switch {
		case id == "poison":
			return fmt.Errorf("put: %w", store.ErrRefused)
		case id == "good" && fail:
			return errAway
		}
		return nil
	}
	b.want("one is throttled yet", summary{Refused: 3, Left: 1}, 1)
	fail = false
	b.want("then all is done", summary{Objects: 1, Stored: 1, Refused: 3}, 0)
	var got []string
	for _, q := range append(b.kept(b.site), b.kept("")...) {
		if q.Received == arrival.UnixMilli() && (q.Site == b.site || strings.Contains(q.Message, b.site)) {
			got = append(got, q.Code+" "+q.EventID+" "+q.Door)
		}
	}
	want := []string{"id_conflict taken collect", "refused_write poison collect", "unknown_site 1 collect"}
	if len(got) == 3 && got[0] > got[1] {
		got[0], got[1] = got[1], got[0]
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("kept aside (-want +got):\n%s", d)
	}
}

// Ensures that events whose sender's key could not be looked up are stored when it is known now, and only then.
func TestRedriveLooksKeysUp(t *testing.T) {
	b := newBench(t)
	known := settings.KeyHash(b.site)
	if _, err := b.store.PutSetting(t.Context(), store.Keys, store.Setting{ID: known, Body: []byte(`{}`)}); err != nil {
		t.Fatal(err)
	}
	keyed := event.Door{Trust: event.TrustKeyed}
	b.spill(keyed, ingest.Sender{Key: known}, b.lead("1"))
	b.spill(keyed, ingest.Sender{Key: settings.KeyHash("stolen")}, b.lead("2"), b.lead("3"))
	b.want("one key of two is known", summary{Objects: 2, Stored: 1, Refused: 2}, 0)
	if len(b.stored("U#1")) != 1 || len(b.stored("U#2")) != 0 {
		t.Error("the wrong one is stored")
	}
}

// Ensures that an object nobody can read is moved out of the way, with a note, and blocks nothing.
func TestUnreadableObjects(t *testing.T) {
	b := newBench(t)
	key := spill.Key(arrival, ulid.MustNew(ulid.Timestamp(arrival), nil).String())
	for name, body := range map[string]string{key: `{"v":1`, "spill/README": "put here by hand"} {
		if err := b.bucket.PutOnce(t.Context(), name, "text/plain", []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	b.spill(public(), ingest.Sender{}, b.lead("1"))
	b.want("two of three are unreadable", summary{Objects: 1, Stored: 1, Unreadable: 2}, 0)
	if got, err := b.bucket.Get(t.Context(), "unreadable/"+key, 100); err != nil || string(got) != `{"v":1` {
		t.Errorf("moved: %q, %v", got, err)
	}
	found := false
	for _, q := range b.kept("") {
		found = found || q.ID == "object-"+key && q.Code == "unreadable_object" && strings.Contains(q.Raw, key)
	}
	if !found {
		t.Error("no entry in quarantine says where it lies")
	}
}

// Ensures that an S3 that is away is an error, so that Lambda counts it, and that a lost answer to a deletion only means
// that the object is met again.
func TestBucketFailures(t *testing.T) {
	b := newBench(t)
	b.spill(public(), ingest.Sender{}, b.lead("1"))
	b.server.Break(func(r *http.Request) archivetest.Fault {
		if r.Method == http.MethodDelete {
			return archivetest.Refuse
		}
		return archivetest.None
	})
	b.want("it cannot be deleted", summary{Stored: 1, Left: 1}, 1)
	b.server.Break(nil)
	b.want("it is stored already", summary{Objects: 1, Duplicates: 1}, 0)
	b.server.Break(func(*http.Request) archivetest.Fault { return archivetest.Refuse })
	if _, err := b.handle(t.Context(), nil); err == nil || fault.Of(err) != nil {
		t.Errorf("without a listing: %v, want an error", err)
	}
}
