package ledger

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/spend"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// memory keeps manifests and spend under the store's own conditions. before is asked ahead of every call that writes.
type memory struct {
	mu       sync.Mutex
	settings map[string]store.Setting
	events   map[string]*event.Event
	calls    int
	before   func(n int) fate
}

// fate is what happens to a call.
type fate int

const (
	served fate = iota
	refused
	replyLost
)

var errStore = errors.New("the store is away")

func newMemory() *memory {
	return &memory{settings: map[string]store.Setting{}, events: map[string]*event.Event{}}
}

func (m *memory) call(do func() error) error {
	m.mu.Lock()
	m.calls++
	n := m.calls
	m.mu.Unlock()
	f := served
	if m.before != nil {
		f = m.before(n)
	}
	if f == refused {
		return errStore
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := do(); err != nil {
		return err
	}
	if f == replyLost {
		return errStore
	}
	return nil
}

func (m *memory) Setting(_ context.Context, shelf store.Shelf, id string) (store.Setting, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.settings[string(shelf)+id]
	return v, ok, nil
}

func (m *memory) PutSetting(_ context.Context, shelf store.Shelf, v store.Setting) (int64, error) {
	err := m.call(func() error {
		if m.settings[string(shelf)+v.ID].Version != v.Version {
			return fault.New(fault.ConcurrentUpdate, "", "changed")
		}
		v.Version++
		m.settings[string(shelf)+v.ID] = v
		return nil
	})
	return v.Version, err
}

func (m *memory) PutEvent(_ context.Context, e *event.Event) (store.Outcome, error) {
	return store.Stored, m.call(func() error {
		if old := m.events[e.ID]; old == nil || old.Hash != e.Hash && (old.Version < e.Version || old.Version == e.Version && old.Received < e.Received) {
			m.events[e.ID] = e
		}
		return nil
	})
}

func (m *memory) DeleteSpend(_ context.Context, _, id string, version int64) error {
	return m.call(func() error {
		if e := m.events[id]; e != nil && e.Version <= version {
			delete(m.events, id)
		}
		return nil
	})
}

// state is what is stored: ids with their costs.
func (m *memory) state() []string {
	var all []string
	for _, id := range slices.Sorted(maps.Keys(m.events)) {
		all = append(all, fmt.Sprint(id, " ", m.events[id].Cost))
	}
	return all
}

// file is one version of a day: what each of its campaigns cost.
type file struct {
	version int64
	costs   map[string]int64
}

func (f file) events(t testing.TB, site string) []*event.Event {
	t.Helper()
	var all []*event.Event
	for _, name := range slices.Sorted(maps.Keys(f.costs)) {
		raw := fmt.Sprintf(`{"id":"spend-%s","type":"spend","site":%q,"date":"2026-03-01","campaign":%q,"cost_micros":%d,"currency":"USD","version":%d}`, name, site, name, f.costs[name], f.version)
		e, err := event.Parse([]byte(raw), event.Door{Trust: event.TrustWebhook, Now: f.version})
		if err != nil {
			t.Fatal(err)
		}
		e.Time = 1772323200000
		all = append(all, e)
	}
	return all
}

func (f file) state() []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(f.costs)) {
		all = append(all, fmt.Sprint("spend-", name, " ", f.costs[name]))
	}
	return all
}

var (
	first  = file{1, map[string]int64{"a": 10, "b": 20, "c": 30}}
	second = file{2, map[string]int64{"b": 21, "d": 40}}
	third  = file{3, map[string]int64{"a": 12, "b": 20}}
	place  = Place{Site: "s", Connection: "ads", Day: spend.Day{Account: "1", Date: "2026-03-01"}}
)

func replace(t testing.TB, m *memory, f file) error {
	_, _, err := New(m, m).Replace(t.Context(), place, f.events(t, place.Site), f.version)
	return err
}

// TestEveryCrash ensures that a replacement that fails at any of its writes, whether that write was applied or not, is
// finished by the same call again; and that a newer file that comes in between stands in the end.
func TestEveryCrash(t *testing.T) {
	for _, kind := range []fate{refused, replyLost} {
		for _, newer := range []bool{false, true} {
			for at := 1; ; at++ {
				m := newMemory()
				if err := replace(t, m, first); err != nil {
					t.Fatal(err)
				}
				m.calls, m.before = 0, func(n int) fate {
					if n == at {
						return kind
					}
					return served
				}
				if replace(t, m, second) == nil {
					break // it had fewer writes than that
				}
				m.before = nil
				want := second.state()
				if newer {
					want = third.state()
					if err := replace(t, m, third); err != nil {
						t.Fatal(err)
					}
				}
				if err := replace(t, m, second); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(want, m.state()); d != "" {
					t.Errorf("fate %d at write %d, a newer file %v (-want +got):\n%s", kind, at, newer, d)
				}
				if at > 50 {
					t.Fatal("there is no end of writes")
				}
			}
		}
	}
}

// TestEveryRace ensures that a newer file that is put, as a whole, before any write of an older one stands.
func TestEveryRace(t *testing.T) {
	for at := 1; at < 12; at++ {
		m := newMemory()
		if err := replace(t, m, first); err != nil {
			t.Fatal(err)
		}
		raced := false
		m.calls, m.before = 0, func(n int) fate {
			if n == at {
				raced = true
				if err := replace(t, m, third); err != nil {
					t.Fatal(err)
				}
			}
			return served
		}
		if err := replace(t, m, second); err != nil {
			t.Fatal(err)
		}
		want := third.state()
		if !raced { // fewer writes than that
			want = second.state()
		}
		if d := cmp.Diff(want, m.state()); d != "" {
			t.Errorf("at write %d (-want +got):\n%s", at, d)
		}
	}
}

// TestOlderFilesStandBack ensures that a file that comes late changes nothing and is told.
func TestOlderFilesStandBack(t *testing.T) {
	m := newMemory()
	if err := replace(t, m, third); err != nil {
		t.Fatal(err)
	}
	o, _, err := New(m, m).Replace(t.Context(), place, first.events(t, "s"), first.version)
	if o != Superseded || err != nil {
		t.Errorf("got %s, %v", o, err)
	}
	if d := cmp.Diff(third.state(), m.state()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestOnAnEngine ensures that the store's conditions are those that the other tests assume: a newer file replaces, deletes
// and leaves alone; an older one does nothing.
func TestOnAnEngine(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	l := New(s, s)
	p := place
	p.Site = site
	for _, step := range []struct {
		f       file
		want    Outcome
		removed int
		stands  file
	}{
		{first, Applied, 0, first},
		{first, Applied, 0, first},
		{second, Applied, 2, second},
		{first, Superseded, 0, second},
		{third, Applied, 1, third},
		{file{4, nil}, Applied, 2, file{}},
	} {
		got, removed, err := l.Replace(t.Context(), p, step.f.events(t, site), step.f.version)
		if err != nil || got != step.want || removed != step.removed {
			t.Fatalf("version %d: got %s, %d removed, %v; want %s, %d", step.f.version, got, removed, err, step.want, step.removed)
		}
		if d := cmp.Diff(step.stands.state(), stored(t, s, site)); d != "" {
			t.Errorf("after version %d (-want +got):\n%s", step.f.version, d)
		}
	}
}

// stored reads what the table holds of the names that the files use.
func stored(t *testing.T, s *store.Store, site string) []string {
	t.Helper()
	var all []string
	for _, name := range strings.Fields("a b c d") {
		e := &event.Event{ID: prefix + name, Type: "spend"}
		got, err := s.EventAt(t.Context(), site, e.Home(), e.SortKey())
		if err != nil {
			t.Fatal(err)
		}
		if got != nil {
			all = append(all, fmt.Sprint(got.ID, " ", got.Cost))
		}
	}
	return all
}
