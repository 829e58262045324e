package pump_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/local/pump"
	"tributary/local/streams"
	"tributary/local/template"
)

// stream is a stream in memory, for what engines cannot be made to do: shards that split, iterators that fail.
type stream struct {
	mu     sync.Mutex
	shards []streams.Shard
	rows   map[string][]streams.Record
	closed map[string]bool
	fail   map[string]error // by call, once
}

func newStream(shards ...string) *stream {
	s := &stream{rows: map[string][]streams.Record{}, closed: map[string]bool{}, fail: map[string]error{}}
	for _, id := range shards {
		id, parent, _ := strings.Cut(id, "<")
		s.shards = append(s.shards, streams.Shard{ID: id, Parent: parent})
	}
	return s
}

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// put adds records numbered from..to, created that many seconds after epoch.
func (s *stream) put(shard string, from, to int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := from; n <= to; n++ {
		s.rows[shard] = append(s.rows[shard], streams.Record{
			JSON: fmt.Appendf(nil, `{"dynamodb":{"SequenceNumber":"%d"}}`, n), Sequence: strconv.Itoa(n), Created: epoch.Add(time.Duration(n) * time.Second),
		})
	}
}

func (s *stream) close(shard string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed[shard] = true
}

func (s *stream) take(call string) error {
	err := s.fail[call]
	delete(s.fail, call)
	return err
}

func (s *stream) Shards(context.Context, string) ([]streams.Shard, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shards, s.take("Shards")
}

func (s *stream) Iterator(_ context.Context, _, shard, after string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if after == "" {
		return shard + " 0", s.take("Iterator")
	}
	for i, r := range s.rows[shard] {
		if r.Sequence == after {
			return fmt.Sprint(shard, " ", i+1), s.take("Iterator")
		}
	}
	return "", &streams.Error{Code: "InternalFailure", Message: "unknown sequence"}
}

func (s *stream) Records(_ context.Context, _, iterator string, limit int) ([]streams.Record, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.take("Records"); err != nil {
		return nil, "", err
	}
	shard, at, _ := strings.Cut(iterator, " ")
	i, _ := strconv.Atoi(at)
	rows := s.rows[shard]
	j := min(i+limit, len(rows))
	if s.closed[shard] && j == len(rows) {
		return rows[i:j], "", nil
	}
	return rows[i:j], fmt.Sprint(shard, " ", j), nil
}

// batch is what a function was called with.
type batch struct {
	Sequences []string
	Shard     string
	Window    *struct{ Start, End time.Time }
	State     string
	Final     bool
	Early     bool
}

func (b batch) String() string {
	return fmt.Sprintf("%s[%s]", b.Shard, strings.Join(b.Sequences, " "))
}

// consumer is a function that notes its calls and answers as told.
type consumer struct {
	mu     sync.Mutex
	calls  []batch
	answer func(n int, b batch) (string, bool) // n counts from 0
}

func (c *consumer) invoke(_ context.Context, payload []byte) ([]byte, bool, error) {
	var e struct {
		Records []struct {
			DynamoDB struct{ SequenceNumber string }
		}
		ShardID string `json:"shardId"`
		Window  *struct{ Start, End time.Time }
		State   json.RawMessage
		Final   bool `json:"isFinalInvokeForWindow"`
		Early   bool `json:"isWindowTerminatedEarly"`
	}
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, false, err
	}
	b := batch{Shard: e.ShardID, Window: e.Window, State: string(e.State), Final: e.Final, Early: e.Early}
	for _, r := range e.Records {
		b.Sequences = append(b.Sequences, r.DynamoDB.SequenceNumber)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, b)
	answer, failed := `{"state":{"n":`+strconv.Itoa(len(c.calls))+`}}`, false
	if c.answer != nil {
		answer, failed = c.answer(len(c.calls)-1, b)
	}
	return []byte(answer), failed, nil
}

// seen is the calls with records so far, as text.
func (c *consumer) seen() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []string
	for _, b := range c.calls {
		out = append(out, b.String())
	}
	return strings.Join(out, " ")
}

// world runs mappings over a stream.
type world struct {
	t    *testing.T
	idle *pump.Idle
	file string
	at   *pump.Checkpoints
	stop context.CancelFunc
	done sync.WaitGroup

	mu    sync.Mutex
	now   time.Time
	notes []string
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, file: filepath.Join(t.TempDir(), "checkpoints.db"), now: epoch}
	w.reset()
	t.Cleanup(func() { w.kill() })
	return w
}

// reset opens the file anew, as a runner does that starts again.
func (w *world) reset() {
	var err error
	if w.at, err = pump.OpenCheckpoints(w.file, w.note); err != nil {
		w.t.Fatal(err)
	}
	w.idle = pump.NewIdle(func() (int, time.Time) { return 0, time.Time{} })
}

// kill ends all mappings and closes the file.
func (w *world) kill() {
	if w.stop != nil {
		w.stop()
	}
	w.done.Wait()
	if w.at == nil {
		return
	}
	if err := w.at.Close(); err != nil {
		w.t.Error(err)
	}
	w.at = nil
}

func config() template.Stream {
	return template.Stream{Event: "Events", BatchSize: 3, MaxRetries: -1, MaxAge: -1, PartialFailures: true}
}

func (w *world) run(s pump.Source, c *consumer, config template.Stream) {
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	m := &pump.Mapping{
		Function: "F", ARN: "arn:stream", Config: config, Source: s, Invoke: c.invoke, Checkpoints: w.at, Idle: w.idle,
		Note: w.note, Now: w.clock,
	}
	w.idle.Add(m)
	w.done.Go(func() { m.Run(ctx) })
}

func (w *world) note(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notes = append(w.notes, line)
}

func (w *world) noted() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.notes, "\n")
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// settle waits until all records are handled.
func (w *world) settle() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if !w.idle.Wait(ctx) {
		w.t.Fatal("the pump does not become idle")
	}
}

// eventually waits for what no signal tells, and tells whether it came.
func eventually(ok func() bool) bool {
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}
