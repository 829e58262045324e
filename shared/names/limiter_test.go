package names

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

// shelf is a directory in memory under the condition of the real one, which counts what it is asked.
type shelf struct {
	mu            sync.Mutex
	held          map[string][]Hash
	reads, writes int
	lists         int // of registered names
	down          error
	registered    map[string]bool
}

func (s *shelf) book() Book {
	return Book{
		Read: func(_ context.Context, site, day string) (map[string][]Hash, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.reads++
			out := map[string][]Hash{}
			for k, list := range s.held {
				if rest, ok := cut(k, site+day); ok {
					out[rest] = slices.Clone(list)
				}
			}
			return out, s.down
		},
		Admit: func(_ context.Context, site, day, shard string, h Hash, limit int) ([]Hash, bool, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.writes++
			if s.down != nil {
				return nil, false, s.down
			}
			k := site + day + shard
			if !slices.Contains(s.held[k], h) {
				if len(s.held[k]) >= limit {
					return slices.Clone(s.held[k]), false, nil
				}
				s.held[k] = append(s.held[k], h)
			}
			return slices.Clone(s.held[k]), true, nil
		},
		Registered: func(context.Context, string) (func(Dimension, string) bool, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.lists++
			return func(_ Dimension, name string) bool { return s.registered[name] }, s.down
		},
	}
}

func cut(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || s[:len(prefix)] != prefix {
		return "", false
	}
	return s[len(prefix):], true
}

func newShelf() *shelf { return &shelf{held: map[string][]Hash{}} }

// clock is a time that a test moves.
func clock() (*time.Time, func() time.Time) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return &at, func() time.Time { return at }
}

func one(l *Limiter, d Dimension, name string, limit int) bool {
	return l.Admit(context.Background(), "shop", []Name{{d, name, limit}}, true)[0]
}

// Ensures that the bound holds over many processes that ask at once for names that they invent, that it is used up, and
// that whoever is refused costs nothing then.
func TestTheBoundHoldsOverProcesses(t *testing.T) {
	s := newShelf()
	_, now := clock()
	var mu sync.Mutex
	stands := map[string]bool{}
	processes := make([]*Limiter, 8)
	var running sync.WaitGroup
	for p := range processes {
		processes[p] = New(s.book(), now)
		running.Go(func() {
			for i := range 2000 {
				name := fmt.Sprint(p%2, "-", i) // half of them are asked for by several
				if one(processes[p], Page, name, 512) {
					mu.Lock()
					stands[name] = true
					mu.Unlock()
				}
			}
		})
	}
	running.Wait()
	if len(stands) > 512 || len(stands) < 480 {
		t.Errorf("%d names stand, want 512 at most and nearly so many", len(stands))
	}
	writes := s.writes
	for i := range 10_000 {
		if one(processes[0], Page, fmt.Sprint("new-", i), 512) {
			t.Fatal("a name beyond the bound stands")
		}
	}
	if s.writes != writes {
		t.Errorf("%d writes for 10,000 names beyond the bound, want none", s.writes-writes)
	}
}

// Ensures what is the same for every process: a name that one has let in stands for the other, which writes nothing for it;
// dimensions, sites and days are apart; and registered names pass beyond the bound.
func TestAdmit(t *testing.T) {
	s := newShelf()
	at, now := clock()
	a, b := New(s.book(), now), New(s.book(), now)
	for i := range 64 {
		if !one(a, Goal, fmt.Sprint(i), 64) {
			t.Fatalf("name %d of 64 is refused", i)
		}
	}
	writes := s.writes
	s.registered = map[string]bool{"spring": true}
	for _, c := range []struct {
		name  string
		l     *Limiter
		d     Dimension
		value string
		want  bool
	}{
		{"let in by the other", b, Goal, "63", true},
		{"beyond the bound", b, Goal, "64", false},
		{"beyond it where it was filled", a, Goal, "64", false},
		{"registered", b, Goal, "spring", true},
	} {
		if got := one(c.l, c.d, c.value, 64); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	if s.writes != writes {
		t.Errorf("%d writes for names that are known or beyond the bound, want none", s.writes-writes)
	}
	if !one(b, Type, "64", 64) {
		t.Error("another dimension is full too")
	}
	if !b.Admit(t.Context(), "blog", []Name{{Goal, "64", 64}}, true)[0] {
		t.Error("another site is full too")
	}
	if b.Admit(t.Context(), "blog", []Name{{Goal, "65", 64}}, false)[0] {
		t.Error("a bot lets a name in")
	}
	*at = at.Add(12 * time.Hour)
	if !one(b, Goal, "64", 64) {
		t.Error("the next day is full too")
	}
}

// Ensures that names pass while the directory is away, but not without end.
func TestAdmitWithoutTheDirectory(t *testing.T) {
	s := newShelf()
	s.down = errors.New("down")
	_, now := clock()
	l, passed := New(s.book(), now), 0
	for i := range 1000 {
		if one(l, Page, fmt.Sprint(i), 2048) {
			passed++
		}
	}
	if passed != spare {
		t.Errorf("%d names passed, want %d", passed, spare)
	}
	machines := New(s.book(), now) // what they do lets no name in, but a registered one stands
	if !machines.Admit(t.Context(), "shop", []Name{{Link, "pot", 100}}, false)[0] {
		t.Error("a name that may be registered does not stand while the settings are away")
	}
}

// Ensures what the directory costs on a normal stream: an hour of 20,000 hits on 300 pages by 40 campaigns, of which a few
// make the most, in 6 processes. Every name of the first hour is new to the day.
func TestCostOfANormalStream(t *testing.T) {
	s := newShelf()
	at, now := clock()
	var processes []*Limiter
	for range 6 {
		processes = append(processes, New(s.book(), now))
	}
	random := rand.New(rand.NewPCG(1, 2))
	pages, campaigns := rand.NewZipf(random, 1.1, 1, 299), rand.NewZipf(random, 1.2, 1, 39)
	const hits = 20_000
	for range hits {
		*at = at.Add(time.Hour / hits)
		c := fmt.Sprint("c", campaigns.Uint64())
		list := []Name{{Page, fmt.Sprint("https://shop.example/", pages.Uint64()), 2048}, {Campaign, c, 512}, {Source, "google\x00cpc", 512}}
		for i, stands := range processes[random.IntN(len(processes))].Admit(t.Context(), "shop", list, true) {
			if !stands {
				t.Fatalf("%v is refused", list[i])
			}
		}
	}
	// A read of the whole day's directory is 40 items of less than 1 KB: 5 read units at half the consistency, a fifth of
	// a write unit's price each.
	units := float64(s.writes)/hits + float64(s.reads*5)/5/hits
	t.Logf("%d writes, %d reads: %.3f write units a hit beside its own 1.0", s.writes, s.reads, units)
	if units > 0.1 || s.lists > 0 {
		t.Errorf("%.3f write units a hit, %d lists of registered names", units, s.lists)
	}
}

func TestShardsNeverSumToMoreThanTheBound(t *testing.T) {
	for _, limit := range []int{64, 65, 100, 512, 2048, 50_000} {
		seen := map[string]int{}
		for i := range 65536 {
			key, most := shard(Page, Hash{byte(i >> 8), byte(i)}, limit)
			seen[key] = most
		}
		sum := 0
		for _, most := range seen {
			sum += most
		}
		if sum > limit || sum < limit*9/10 {
			t.Errorf("limit %d: the shards take %d", limit, sum)
		}
	}
}

func BenchmarkKnownNames(b *testing.B) {
	_, now := clock()
	l := New(newShelf().book(), now)
	list := []Name{{Page, "https://shop.example/shoes/running-shoes", 2048}, {Campaign, "spring", 512}, {Source, "news\x00email", 512}}
	l.Admit(b.Context(), "shop", list, true)
	b.ReportAllocs()
	for b.Loop() {
		l.Admit(b.Context(), "shop", list, true)
	}
}
