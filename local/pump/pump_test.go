package pump_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/local/function"
	"tributary/local/pump"
	"tributary/local/streams"
	"tributary/local/template"
)

func TestBatches(t *testing.T) {
	fail := func(times int, answer string) func(int, batch) (string, bool) {
		return func(n int, _ batch) (string, bool) {
			if n < times {
				return answer, answer == "boom"
			}
			return `{"batchItemFailures":[]}`, false
		}
	}
	cases := []struct {
		name   string
		config func(*template.Stream)
		answer func(int, batch) (string, bool)
		want   string
	}{
		{"are cut at the batch size", nil, nil, "[1 2 3] [4 5 6] [7]"},
		{"come again whole when the function fails", nil, fail(1, "boom"), "[1 2 3] [1 2 3] [4 5 6] [7]"},
		{"resume at the record the function names", nil, fail(1, `{"batchItemFailures":[{"itemIdentifier":"3"},{"itemIdentifier":"2"}]}`), "[1 2 3] [2 3] [4 5 6] [7]"},
		{"come again whole when the name is unknown", nil, fail(1, `{"batchItemFailures":[{"itemIdentifier":"3"},{"itemIdentifier":"99"}]}`), "[1 2 3] [1 2 3] [4 5 6] [7]"},
		{"come again whole when the name is empty", nil, fail(1, `{"batchItemFailures":[{"itemIdentifier":""}]}`), "[1 2 3] [1 2 3] [4 5 6] [7]"},
		{"come again whole when the name is missing", nil, fail(1, `{"batchItemFailures":[{}]}`), "[1 2 3] [1 2 3] [4 5 6] [7]"},
		{"come again whole when the answer is no object", nil, fail(1, `"hm"`), "[1 2 3] [1 2 3] [4 5 6] [7]"},
		{"pass when the list of failures is null", nil, fail(9, `{"batchItemFailures":null}`), "[1 2 3] [4 5 6] [7]"},
		{"pass when the answer is null", nil, fail(9, `null`), "[1 2 3] [4 5 6] [7]"},
		{
			"pass whatever the names are where the template does not ask for them",
			func(c *template.Stream) { c.PartialFailures = false },
			fail(1, `{"batchItemFailures":[{"itemIdentifier":"2"}]}`), "[1 2 3] [4 5 6] [7]",
		},
		{
			"are given up after MaximumRetryAttempts", func(c *template.Stream) { c.MaxRetries = 1 },
			fail(2, "boom"), "[1 2 3] [1 2 3] [4 5 6] [7]",
		},
		{
			"are bisected where wished", func(c *template.Stream) { c.Bisect, c.MaxRetries = true, 0; c.BatchSize = 4 },
			func(_ int, b batch) (string, bool) { return "null", strings.Contains(b.String(), "2") },
			"[1 2 3 4] [5 6 7]",
		},
		{
			"are bisected down to the record that fails", func(c *template.Stream) { c.Bisect, c.MaxRetries = true, 3; c.BatchSize = 4 },
			func(n int, b batch) (string, bool) { return "null", n < 4 && strings.Contains(b.String(), "2") },
			"[1 2 3 4] [1 2] [1] [2] [2] [3 4] [5 6 7]",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w, s, f := newWorld(t), newStream("s1"), &consumer{answer: c.answer}
			s.put("s1", 1, 7)
			config := config()
			if c.config != nil {
				c.config(&config)
			}
			w.run(s, f, config)
			w.settle()
			if got := f.seen(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestBatchesStayUnderSixMegabytes(t *testing.T) {
	w, s, f := newWorld(t), newStream("s1"), &consumer{}
	big := strings.Repeat("x", 2<<20)
	for n := range 5 {
		s.rows["s1"] = append(s.rows["s1"], streams.Record{Sequence: fmt.Sprint(n), JSON: fmt.Appendf(nil, `{"x":%q,"dynamodb":{"SequenceNumber":"%d"}}`, big, n)})
	}
	c := config()
	c.BatchSize = 100
	w.run(s, f, c)
	w.settle()
	if got, want := f.seen(), "[0 1] [2 3] [4]"; got != want {
		t.Errorf("got %s, want %s (at most %d bytes each)", got, want, function.MaxPayload)
	}
}

func TestOldRecordsArePassedOver(t *testing.T) {
	w, s, f := newWorld(t), newStream("s1"), &consumer{}
	s.put("s1", 1, 7)
	c := config()
	c.MaxAge = 60 * time.Second
	w.advance(65 * time.Second)
	w.run(s, f, c)
	w.settle()
	if got, want := f.seen(), "[5 6 7]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBatchingWindowGathersAndIdlenessFlushes(t *testing.T) {
	w, s, f := newWorld(t), newStream("s1"), &consumer{}
	c := config()
	c.BatchWindow, c.BatchSize = 600*time.Millisecond, 100
	s.put("s1", 1, 1)
	w.run(s, f, c)
	time.Sleep(200 * time.Millisecond) // the window is about time itself
	s.put("s1", 2, 2)
	if !eventually(func() bool { return f.seen() == "[1 2]" }) {
		t.Fatalf("the window held %s, want [1 2]", f.seen())
	}
	c.BatchWindow = time.Hour
	w.kill()
	w.reset()
	s.put("s1", 3, 3)
	w.run(s, f, c)
	w.settle()
	if got, want := f.seen(), "[1 2] [3]"; got != want {
		t.Errorf("after waiting for idleness got %s, want %s", got, want)
	}
}

func TestParentsComeBeforeChildrenAndClosedShardsStayClosed(t *testing.T) {
	w, s, f := newWorld(t), newStream("old<gone", "left<old", "right<old"), &consumer{}
	s.put("left", 10, 11)
	s.put("right", 20, 21)
	s.put("old", 1, 2)
	c := config()
	c.Tumbling = 900 * time.Second
	w.run(s, f, c)
	w.settleNot(t)
	if got, want := f.seen(), "old[1 2]"; got != want {
		t.Fatalf("before the parent is closed got %s, want %s", got, want)
	}
	s.close("old")
	w.settle()
	got := f.seen()
	if !strings.HasPrefix(got, "old[1 2] old[]") || !strings.Contains(got, "left[10 11]") || !strings.Contains(got, "right[20 21]") {
		t.Errorf("afterwards got %s", got)
	}
	w.kill()
	w.reset()
	before := f.seen()
	w.run(s, f, c)
	w.settle()
	if f.seen() != before {
		t.Errorf("a restart repeats: %s", strings.TrimPrefix(f.seen(), before))
	}
}

// settleNot waits for a moment in which the pump may do what it should not do.
func (w *world) settleNot(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	if w.idle.Wait(ctx) {
		t.Fatal("idle although a shard is waiting for its parent")
	}
}

func TestRestartResumesAtTheCheckpoint(t *testing.T) {
	w, s, f := newWorld(t), newStream("s1"), &consumer{}
	s.put("s1", 1, 4)
	w.run(s, f, config())
	w.settle()
	w.kill()
	w.reset()
	s.put("s1", 5, 5)
	w.run(s, f, config())
	w.settle()
	if got, want := f.seen(), "[1 2 3] [4] [5]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLostCheckpointReadsFromTheOldest(t *testing.T) {
	w, s, f := newWorld(t), newStream("s1"), &consumer{}
	w.at.Put("F arn:stream s1", pump.Checkpoint{Sequence: "777"})
	s.put("s1", 1, 2)
	w.run(s, f, config())
	w.settle()
	if got, want := f.seen(), "[1 2]"; got != want || !strings.Contains(w.noted(), "place in shard s1 is lost") {
		t.Errorf("got %s, want %s; notes %q", got, want, w.noted())
	}
}

func TestReadErrorsPass(t *testing.T) {
	for _, call := range []string{"Shards", "Iterator", "Records"} {
		for _, code := range []string{"ExpiredIteratorException", "TrimmedDataAccessException", "InternalFailure"} {
			w, s, f := newWorld(t), newStream("s1"), &consumer{}
			s.put("s1", 1, 2)
			s.fail[call] = &streams.Error{Code: code}
			w.run(s, f, config())
			w.settle()
			if got, want := f.seen(), "[1 2]"; got != want {
				t.Errorf("%s %s: got %s, want %s", call, code, got, want)
			}
			w.kill()
		}
	}
}

func TestLatestPassesOverWhatWasThere(t *testing.T) {
	w, s, f := newWorld(t), newStream("s1"), &consumer{}
	c := config()
	c.FromLatest = true
	s.put("s1", 1, 2)
	w.run(s, f, c)
	w.settle()
	s.put("s1", 3, 3)
	w.kill() // before it is handled: it must not count as old after a restart
	w.reset()
	w.run(s, f, c)
	w.settle()
	if got := f.seen(); got != "[3]" && got != "[3] [3]" {
		t.Errorf("got %s, want [3], perhaps twice", got)
	}
}

func TestIdleWaitsForChains(t *testing.T) {
	w := newWorld(t)
	first, second := newStream("a"), newStream("b")
	far := &consumer{}
	near := &consumer{answer: func(n int, b batch) (string, bool) {
		time.Sleep(20 * time.Millisecond)
		second.put("b", n, n)
		return "null", false
	}}
	activity := &function.Activity{}
	w.idle = pump.NewIdle(activity.State)
	count := func(c *consumer) pump.Invoke {
		return func(ctx context.Context, payload []byte) ([]byte, bool, error) {
			activity.Begin()
			defer activity.End()
			return c.invoke(ctx, payload)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	for name, m := range map[string]*pump.Mapping{"N": {Source: first, Invoke: count(near)}, "F": {Source: second, Invoke: count(far)}} {
		m.Function, m.ARN, m.Config, m.Checkpoints, m.Idle, m.Note, m.Now = name, name, config(), w.at, w.idle, w.note, w.clock
		w.idle.Add(m)
		w.done.Go(func() { m.Run(ctx) })
	}
	w.stop = stop
	for n := range 20 {
		first.put("a", n, n)
		w.settle()
		far.mu.Lock()
		got := 0
		for _, b := range far.calls {
			got += len(b.Sequences)
		}
		far.mu.Unlock()
		if got != n+1 {
			t.Fatalf("idle after %d records, but the end of the chain has %d", n+1, got)
		}
	}
}

func TestCheckpointsSurvive(t *testing.T) {
	w := newWorld(t)
	want := pump.Checkpoint{Sequence: "12", Window: 900, State: []byte(`{"a":1}`)}
	w.at.Put("k", want)
	for _, place := range []string{"memory", "the file"} {
		got, ok := w.at.Get("k")
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%s: found %v, -want +got:\n%s", place, ok, diff)
		}
		w.kill()
		w.reset()
	}
	if _, ok := w.at.Get("unknown"); ok {
		t.Error("an unknown key has a checkpoint")
	}
}
