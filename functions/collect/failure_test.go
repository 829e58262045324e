package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tributary/shared/event"
	"tributary/shared/ingest"
	"tributary/shared/settings"
	"tributary/shared/spill"
	"tributary/shared/store"
)

// flaky is a store that fails for the ids that fail holds, and remembers how many puts ran at once.
type flaky struct {
	fail          string
	running, most atomic.Int32
	down          bool
	full          sync.Once
	release       chan struct{}
}

// atOnce is how many events of a batch shared/ingest puts at once.
const atOnce = 24

var errDown = errors.New("down")

func (f *flaky) PutEvent(ctx context.Context, e *event.Event) (store.Outcome, error) {
	n := f.running.Add(1)
	defer f.running.Add(-1)
	for most := f.most.Load(); n > most && !f.most.CompareAndSwap(most, n); most = f.most.Load() {
		continue
	}
	if f.release != nil {
		if n == atOnce { // everybody whom the bound lets in is here
			f.full.Do(func() { close(f.release) })
		}
		select {
		case <-f.release:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	if strings.Contains(f.fail, "|"+e.ID+"|") {
		return 0, errDown
	}
	return store.Stored, nil
}

func (f *flaky) Keep(context.Context, store.Quarantined) error { return nil }

func (f *flaky) HasKey(context.Context, string) (bool, error) { return false, errDown }

func (f *flaky) Site(_ context.Context, id string) (settings.Site, bool, error) {
	if f.down {
		return settings.Site{}, false, errDown
	}
	return settings.DefaultSite(id), true, nil
}

// over makes a handler on a flaky store.
func over(f *flaky) *handler {
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	return &handler{in: ingest.Over("collect", f, f, f, clock, log), keys: f, admin: settings.KeyHash("secret-key")}
}

func TestFailuresOfTheStore(t *testing.T) {
	lead := func(id string) string { return `{"id":"` + id + `","type":"lead","user_id":"u"}` }
	for _, c := range []struct {
		name, body     string
		store          *flaky
		status         int
		accepted, lost int
	}{
		{"some fail: the others are accepted", batchOf(lead("1"), lead("2"), lead("3")), &flaky{fail: "|2|"}, 202, 2, 1},
		{"all fail", batchOf(lead("1"), lead("2")), &flaky{fail: "|1|2|"}, 503, 0, 2},
		{"all fail or are refused", batchOf(lead("1"), `{"type":"lead"}`), &flaky{fail: "|1|"}, 503, 0, 1},
		{"the settings cannot be read", batchOf(lead("1")), &flaky{down: true}, 503, 0, 1},
		{"a repetition fails alone", batchOf(lead("1"), lead("1")), &flaky{}, 202, 2, 0},
	} {
		r := request(t, "keyed.json", c.body)
		res, err := over(c.store).serve(t.Context(), r)
		lost := strings.Count(res.Body, `"code":"store_unavailable"`)
		if c.status == 503 {
			lost-- // the error of the whole
			if res.Headers["retry-after"] == "" {
				t.Errorf("%s: no Retry-After", c.name)
			}
		}
		if err != nil || res.StatusCode != c.status || lost != c.lost || !strings.Contains(res.Body, fmt.Sprintf(`{"accepted":%d,`, c.accepted)) {
			t.Errorf("%s: got %d %s, %v; want %d, %d accepted, %d lost", c.name, res.StatusCode, res.Body, err, c.status, c.accepted, c.lost)
		}
	}
}

func TestKeysThatCannotBeReadAreAFailure(t *testing.T) {
	r := request(t, "keyed.json", batchOf(`{"type":"x"}`))
	r.Headers["authorization"] = "Bearer another"
	if res, err := over(&flaky{}).serve(t.Context(), r); !errors.Is(err, errDown) {
		t.Errorf("got %d %s, %v; want the store's error, so that Lambda counts it", res.StatusCode, res.Body, err)
	}
}

func TestBatchesAreWrittenConcurrentlyWithinABound(t *testing.T) {
	f := &flaky{release: make(chan struct{})}
	var events []string
	for i := range 100 {
		events = append(events, fmt.Sprintf(`{"id":"%d","type":"lead","user_id":"u"}`, i))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	res, err := over(f).serve(ctx, request(t, "keyed.json", batchOf(events...)))
	if err != nil || res.StatusCode != 202 || f.most.Load() != atOnce {
		t.Errorf("got %d, %v, %d puts at once; want 202 and %d", res.StatusCode, err, f.most.Load(), atOnce)
	}
}

// shelf is an S3 that keeps what it is given, or is away.
type shelf struct {
	mu   sync.Mutex
	kept []spill.Batch
	down bool
}

func (s *shelf) Put(_ context.Context, _ string, body []byte) error {
	if s.down {
		return errDown
	}
	b, err := spill.Decode(body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, b)
	return err
}

// Ensures that a sender is turned away only when neither the store nor S3 takes its events.
func TestASenderIsTurnedAwayOnlyWhenBothAreAway(t *testing.T) {
	lead := func(id string) string { return `{"id":"` + id + `","type":"lead","user_id":"u"}` }
	for _, c := range []struct {
		name, key, body  string
		store            *flaky
		s3               *shelf
		status, accepted int
		spilled          string // ids in S3
	}{
		{"the store is away", "secret-key", batchOf(lead("1"), lead("2")), &flaky{fail: "|1|2|"}, &shelf{}, 202, 2, "12"},
		{"the settings too", "secret-key", batchOf(lead("1"), `{"type":"lead"}`), &flaky{down: true}, &shelf{}, 202, 1, "1"},
		{"one event is throttled", "secret-key", batchOf(lead("1"), lead("2"), lead("3")), &flaky{fail: "|2|"}, &shelf{}, 202, 3, "2"},
		{"a key that cannot be looked up", "another", batchOf(lead("1")), &flaky{}, &shelf{}, 202, 1, "1"},
		{"both are away", "secret-key", batchOf(lead("1"), lead("2")), &flaky{fail: "|1|2|"}, &shelf{down: true}, 503, 0, ""},
		{"both are away, with another key", "another", batchOf(lead("1")), &flaky{}, &shelf{down: true}, 503, 0, ""},
	} {
		h := over(c.store)
		h.in.SpillTo(c.s3)
		h.keys = ingest.KeysOf(c.store)
		r := request(t, "keyed.json", c.body)
		r.Headers["authorization"] = "Bearer " + c.key
		res, err := h.serve(t.Context(), r)
		spilled := ""
		for _, b := range c.s3.kept {
			for _, e := range b.Events {
				spilled += e.Draft.ID
			}
			if unchecked := c.key != "secret-key"; unchecked != (b.Key == settings.KeyHash(c.key)) || b.Facts.Trust != event.TrustKeyed {
				t.Errorf("%s: spilled with %+v", c.name, b)
			}
		}
		if err != nil || res.StatusCode != c.status || spilled != c.spilled || !strings.Contains(res.Body, fmt.Sprintf(`{"accepted":%d,`, c.accepted)) {
			t.Errorf("%s: got %d %s, %v, spilled %q; want %d, %d accepted, spilled %q", c.name, res.StatusCode, res.Body, err, spilled, c.status, c.accepted, c.spilled)
		}
		if c.status == 503 && res.Headers["retry-after"] == "" {
			t.Errorf("%s: no Retry-After", c.name)
		}
	}
}
