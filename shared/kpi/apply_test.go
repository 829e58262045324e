package kpi

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// memory is Counters under the store's rule, with faults before and after a write. Without unfenced it keeps no fence.
type memory struct {
	mu       sync.Mutex
	sums     map[Move]int64
	fences   map[Key]map[string]string
	writes   int
	fault    func(d Delta) (before, after error)
	unfenced bool
}

func newMemory() *memory {
	return &memory{sums: map[Move]int64{}, fences: map[Key]map[string]string{}}
}

func (m *memory) AddCounters(ctx context.Context, d Delta) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var before, after error
	if m.fault != nil {
		before, after = m.fault(d)
	}
	if err := errors.Join(before, ctx.Err()); err != nil {
		return "", err
	}
	if m.fences[d.Key] == nil {
		m.fences[d.Key] = map[string]string{}
	}
	if fence := m.fences[d.Key][d.Shard]; fence >= d.Low && !m.unfenced {
		return fence, nil
	}
	m.writes++
	m.fences[d.Key][d.Shard] = d.High
	for measure, n := range d.Amounts {
		m.sums[Move{Key: d.Key, Measure: measure}] += n
	}
	return "", after
}

// total is what stands, zeros left out.
func (m *memory) total() map[Move]int64 {
	out := maps.Clone(m.sums)
	maps.DeleteFunc(out, func(_ Move, n int64) bool { return n == 0 })
	return out
}

var (
	errAway  = errors.New("away")
	testTime = time.UnixMilli(at)
)

// keyed is one of the tests' counters.
func keyed(name string) Key {
	return Key{Site: "s", Dimension: ByChannel, Value: name, Bucket: "2026-01-01T05"}
}

// order pads a number.
func order(n int) string { return fmt.Sprintf("%040d", n) }

// foldOf folds records numbered from first on.
func foldOf(first int, records ...[]Move) *Fold {
	f := NewFold("stream/shard", testTime)
	for i, moves := range records {
		f.Add(order(first+i), fmt.Sprint(first+i), moves)
	}
	return f
}

func noAside(context.Context, Delta, error) error { return errors.New("nothing is to be set aside") }

func apply(t *testing.T, f *Fold, c Counters) {
	t.Helper()
	if resume, err := f.Apply(context.Background(), c, noAside); err != nil || resume != "" {
		t.Fatalf("got %q, %v", resume, err)
	}
}

// Ensures that a batch is one delta an item, with the lowest and highest record that moves that item.
func TestFold(t *testing.T) {
	a, b := keyed("a"), keyed("b")
	f := foldOf(7, []Move{{a, Clicks, 1}}, nil, []Move{{a, Clicks, 2}, {b, Visits, 1}, {b, Clicks, 0}}, []Move{{b, Visits, -1}, {b, Clicks, 4}})
	got := f.Deltas()
	want := []Delta{
		{Key: a, Low: order(7), High: order(9), Amounts: map[Measure]int64{Clicks: 3}},
		{Key: b, Low: order(9), High: order(10), Amounts: map[Measure]int64{Clicks: 4}},
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(Delta{}, "Lane", "Shard", "At")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := got[0]; len(d.Shard) != 16 || d.Lane < 0 || d.Lane >= Lanes || d.At != at/1000 || d.Lane != f.Lane() {
		t.Errorf("got shard %q, lane %d, at %d", d.Shard, d.Lane, d.At)
	}
	if other := NewFold("stream/other", testTime); other.shard == f.shard {
		t.Error("two shards have one fence")
	}
}

// Ensures that what comes again is dropped and what is new beside it is added.
func TestApplyAgain(t *testing.T) {
	m := newMemory()
	a := keyed("a")
	one := []Move{{a, Clicks, 1}}
	apply(t, foldOf(1, one, one, one), m)
	apply(t, foldOf(1, one, one, one), m)
	apply(t, foldOf(2, one, one, one, one), m) // 2 and 3 again, 4 and 5 new
	if got := m.sums[Move{Key: a, Measure: Clicks}]; got != 5 {
		t.Errorf("got %d, want 5", got)
	}
}

// Ensures that records out of order within a batch are not lost behind the fence.
func TestApplyUnsorted(t *testing.T) {
	m := newMemory()
	a := keyed("a")
	f := NewFold("stream/shard", testTime)
	for _, n := range []int{3, 1, 2} {
		f.Add(order(n), fmt.Sprint(n), []Move{{a, Clicks, int64(n)}})
	}
	apply(t, f, m)
	apply(t, foldOf(3, []Move{{a, Clicks, 3}}, []Move{{a, Clicks, 10}}), m)
	if got := m.sums[Move{Key: a, Measure: Clicks}]; got != 16 {
		t.Errorf("got %d, want 16", got)
	}
}

// Ensures that the lowest record of every item that is not folded is where the batch resumes, whatever the order of
// the items, and that all records below are in.
func TestApplyResumes(t *testing.T) {
	m := newMemory()
	m.fault = func(d Delta) (error, error) {
		if d.Value == "b" || d.Value == "c" {
			return errAway, nil
		}
		return nil, nil
	}
	a, b, c := keyed("a"), keyed("b"), keyed("c")
	f := foldOf(1, []Move{{a, Clicks, 1}}, []Move{{c, Clicks, 1}}, []Move{{b, Clicks, 1}}, []Move{{a, Clicks, 1}, {c, Clicks, 1}})
	resume, err := f.Apply(context.Background(), m, noAside)
	if resume != "2" || !errors.Is(err, errAway) {
		t.Errorf("got %q, %v; want 2", resume, err)
	}
	if got := m.sums[Move{Key: a, Measure: Clicks}]; got != 2 {
		t.Errorf("a: got %d, want 2", got)
	}
}

// Ensures that an item whose records come to nothing is fenced all the same: one of them that comes again alone, from
// a zombie's smaller batch, must find the fence.
func TestApplyZeroSum(t *testing.T) {
	m := newMemory()
	a := keyed("a")
	up, down := []Move{{a, Clicks, 1}}, []Move{{a, Clicks, -1}}
	apply(t, foldOf(1, up, down), m)
	apply(t, foldOf(1, up), m)
	if got := m.total(); len(got) > 0 || m.writes != 1 {
		t.Errorf("got %v after %d writes, want nothing after one", got, m.writes)
	}
}

// Ensures that what is refused for good is kept aside and passed, and comes again only when it could not be kept.
func TestApplyRefused(t *testing.T) {
	a, b := keyed("a"), keyed("b")
	for _, c := range []struct {
		name   string
		kept   error
		resume string
	}{{"kept", nil, ""}, {"not kept", errAway, "1"}} {
		m := newMemory()
		m.fault = func(d Delta) (error, error) {
			if d.Value == "a" {
				return fmt.Errorf("item %s: %w", d.Value, ErrRefused), nil
			}
			return nil, nil
		}
		var aside []Delta
		resume, err := foldOf(1, []Move{{a, Clicks, 1}}, []Move{{b, Clicks, 1}}).Apply(context.Background(), m, func(_ context.Context, d Delta, cause error) error {
			if !errors.Is(cause, ErrRefused) {
				t.Errorf("%s: cause %v", c.name, cause)
			}
			aside = append(aside, d)
			return c.kept
		})
		if resume != c.resume || (err != nil) != (c.kept != nil) || len(aside) != 1 || aside[0].Value != "a" {
			t.Errorf("%s: got %q, %v, %v", c.name, resume, err, aside)
		}
		if m.sums[Move{Key: b, Measure: Clicks}] != 1 {
			t.Errorf("%s: b is not written", c.name)
		}
	}
}

// Ensures that close to the deadline nothing is begun and everything not written comes again.
func TestApplyDeadline(t *testing.T) {
	m := newMemory()
	ctx, cancel := context.WithDeadline(context.Background(), time.Now().Add(Margin/2))
	defer cancel()
	resume, err := foldOf(1, []Move{{keyed("a"), Clicks, 1}}).Apply(ctx, m, noAside)
	if resume != "1" || !errors.Is(err, context.DeadlineExceeded) || m.writes != 0 {
		t.Errorf("got %q, %v, %d writes", resume, err, m.writes)
	}
}

// Ensures that a store that refuses by a fence below the delta is an error, not an endless loop.
func TestApplyBrokenFence(t *testing.T) {
	broken := counterFunc(func(context.Context, Delta) (string, error) { return order(0), nil })
	resume, err := foldOf(1, []Move{{keyed("a"), Clicks, 1}}).Apply(context.Background(), broken, noAside)
	if resume != "1" || err == nil || !strings.Contains(err.Error(), "fence") {
		t.Errorf("got %q, %v", resume, err)
	}
}

type counterFunc func(ctx context.Context, d Delta) (string, error)

func (f counterFunc) AddCounters(ctx context.Context, d Delta) (string, error) { return f(ctx, d) }

// Ensures that sums beyond 64 bits are written in several deltas, each whole.
func TestApplyOverflow(t *testing.T) {
	a := keyed("a")
	var parts []int64
	c := counterFunc(func(_ context.Context, d Delta) (string, error) {
		parts = append(parts, d.Amounts[Clicks])
		return "", nil
	})
	big := []Move{{a, Clicks, math.MaxInt64 - 1}}
	apply(t, foldOf(1, big, []Move{{a, Clicks, 1}}, big, []Move{{a, Clicks, math.MinInt64}}), c)
	if d := cmp.Diff([]int64{math.MaxInt64, -2}, parts); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// shard is a stream's shard as Lambda delivers it: first deliveries in order, after a failure again from where the
// answer says, with new borders, and now and then a zombie runs an earlier batch beside it.
type shard struct {
	records [][]Move
	at      int
	past    [][2]int
}

// deliver hands one batch to Apply and moves on as the answer says.
func (s *shard) deliver(t *rapid.T, m *memory, name string) {
	from, to := s.at, min(len(s.records), s.at+rapid.IntRange(1, 4).Draw(t, "size"))
	zombie := len(s.past) > 0 && rapid.IntRange(0, 3).Draw(t, "zombie") == 0
	if zombie {
		p := rapid.SampledFrom(s.past).Draw(t, "past")
		from, to = p[0], p[1]
	}
	f := NewFold(name, testTime)
	for i := from; i < to; i++ {
		f.Add(order(i+1), fmt.Sprint(i+1), s.records[i])
	}
	resume, err := f.Apply(context.Background(), m, noAside)
	if zombie {
		return
	}
	s.past = append(s.past, [2]int{from, to})
	switch {
	case err == nil:
		s.at = to
	case resume == "" || rapid.Bool().Draw(t, "killed before it answered"):
	default:
		if _, err := fmt.Sscan(resume, &s.at); err != nil {
			t.Fatal(err)
		}
		s.at--
	}
}

// runShards draws shards and faults, delivers all of them to the end, and reports whether the totals are right.
func runShards(t *rapid.T, unfenced bool) bool {
	m := newMemory()
	m.unfenced = unfenced
	shards := make([]shard, rapid.IntRange(1, 2).Draw(t, "shards"))
	want := map[Move]int64{}
	for i := range shards {
		shards[i].records = rapid.SliceOfN(rapid.Custom(drawMoves), 1, 8).Draw(t, "records")
		for _, moves := range shards[i].records {
			for m, n := range amounts(moves) {
				want[m] += n
			}
		}
	}
	maps.DeleteFunc(want, func(_ Move, n int64) bool { return n == 0 })
	// Half of the first sixty writes fail, before or after they are applied; then the store is well, so that it ends.
	faults := rapid.SliceOfN(rapid.IntRange(0, 3), 60, 60).Draw(t, "faults")
	m.fault = func(Delta) (before, after error) {
		if len(faults) == 0 {
			return nil, nil
		}
		f := faults[0]
		faults = faults[1:]
		switch f {
		case 0:
			return errAway, nil
		case 1:
			return nil, errAway
		}
		return nil, nil
	}
	for done := false; !done; {
		done = true
		for i := range shards {
			if s := &shards[i]; s.at < len(s.records) {
				done = false
				s.deliver(t, m, fmt.Sprint("shard", i))
			}
		}
	}
	return cmp.Equal(want, m.total(), cmpopts.EquateEmpty())
}

// drawMoves draws one record's moves, of both signs, so that sums come to nothing now and then.
func drawMoves(t *rapid.T) []Move {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Move {
		return Move{keyed(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "item")), Clicks, int64(rapid.SampledFrom([]int{1, -1, 2}).Draw(t, "n"))}
	}), 0, 3).Draw(t, "moves")
}

// Ensures that every record is counted once under lost replies, failures, kills, new borders and zombies.
func TestExactlyOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if !runShards(t, false) {
			t.Fatal("the totals are wrong")
		}
	})
}

// Ensures that the test above can fail: without the fence it must.
func TestExactlyOnceNeedsTheFence(t *testing.T) {
	wrong := 0
	for seed := range 200 {
		if !rapid.Custom(func(t *rapid.T) bool { return runShards(t, true) }).Example(seed) {
			wrong++
		}
	}
	if wrong < 50 {
		t.Errorf("only %d of 200 runs without a fence are wrong; the faults are too tame", wrong)
	}
}

// Ensures that a name stands before its counter, once a process, and that without it nothing is counted.
func TestDirectory(t *testing.T) {
	m := newMemory()
	names := &nameList{}
	d := NewDirectory(m, names)
	a, site := keyed("a"), Key{Site: "s", Dimension: BySite, Bucket: "2026-01-01T05"}
	names.fail = errAway
	if resume, err := foldOf(1, []Move{{a, Clicks, 1}}).Apply(context.Background(), d, noAside); resume != "1" || !errors.Is(err, errAway) {
		t.Errorf("a name that cannot be put: got %q, %v", resume, err)
	}
	names.fail = nil
	for n := 1; n < 4; n++ {
		apply(t, foldOf(n, []Move{{a, Clicks, 1}, {site, Clicks, 1}}), d)
	}
	if d := cmp.Diff([]string{"s channel a"}, names.put); d != "" {
		t.Errorf("names (-want +got):\n%s", d)
	}
	if got := m.sums[Move{Key: a, Measure: Clicks}]; got != 3 {
		t.Errorf("got %d, want 3", got)
	}
}

type nameList struct {
	put  []string
	fail error
}

func (l *nameList) PutName(_ context.Context, site string, d Dimension, value string) error {
	if l.fail != nil {
		return l.fail
	}
	l.put = append(l.put, site+" "+string(d)+" "+value)
	return nil
}
