// Package pump moves DynamoDB stream records to functions as Lambda's event source mappings do: shard by shard in order, parents
// before children, in batches bounded by count, bytes, batching window and tumbling window; failures are retried from where the function
// says, and how far each shard has come is on disk before the next batch goes out.
package pump

import (
	"context"
	"errors"
	"sync"
	"time"

	"tributary/local/streams"
	"tributary/local/template"
)

// Source is what a mapping reads from.
type Source interface {
	Shards(ctx context.Context, arn string) ([]streams.Shard, error)
	Iterator(ctx context.Context, arn, shard, after string) (string, error)
	Records(ctx context.Context, arn, iterator string, limit int) ([]streams.Record, string, error)
}

// Invoke runs the function once; failed says that it answered with an error.
type Invoke func(ctx context.Context, payload []byte) (answer []byte, failed bool, err error)

// Mapping is one event source mapping. All fields but those below mu are set before Run.
type Mapping struct {
	Function    string // logical id; with the stream's ARN it names the checkpoints
	ARN         string // the stream's
	Config      template.Stream
	Source      Source
	Invoke      Invoke
	Checkpoints *Checkpoints
	Idle        *Idle
	Note        func(string) // takes lines for the user
	Now         func() time.Time

	mu     sync.Mutex
	shards map[string]*shard
	looked time.Time // start of the last look for shards that left none to be started
	closed chan struct{}
}

// Run pumps until ctx ends. The mapping must have been added to Idle.
func (m *Mapping) Run(ctx context.Context) {
	m.mu.Lock()
	m.shards, m.closed = map[string]*shard{}, make(chan struct{}, 1)
	m.mu.Unlock()
	var running sync.WaitGroup
	defer running.Wait()
	trouble := trouble{note: m.Note}
	for ctx.Err() == nil {
		wake, begun := m.Idle.woken(), time.Now()
		found, err := m.Source.Shards(ctx, m.ARN)
		trouble.tell(ctx, err)
		if err == nil && m.open(ctx, found, &running) {
			m.mu.Lock()
			m.looked = begun
			m.mu.Unlock()
		}
		m.rest(ctx, wake)
	}
}

// rest waits until the next look for shards is due: after a while, when a shard was closed, or at a wake-up.
func (m *Mapping) rest(ctx context.Context, wake <-chan struct{}) {
	t := time.NewTimer(lookPause)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
	case <-m.closed:
	case <-t.C:
	}
}

// open starts every shard whose parent is done with, and tells whether none is left waiting for its parent.
func (m *Mapping) open(ctx context.Context, found []streams.Shard, running *sync.WaitGroup) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	listed := map[string]bool{}
	for _, f := range found {
		listed[f.ID] = true
	}
	settled := true
	for _, f := range found {
		if m.shards[f.ID] != nil {
			continue
		}
		if parent := m.shards[f.Parent]; listed[f.Parent] && (parent == nil || !parent.done) {
			settled = false
			continue
		}
		s := newShard(m, f.ID)
		m.shards[f.ID] = s
		if !s.done {
			running.Go(func() { s.run(ctx) })
		}
	}
	return settled
}

// quietSince tells whether nothing has been waiting in any shard since.
func (m *Mapping) quietSince(t time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.looked.After(t) {
		return false
	}
	for _, s := range m.shards {
		if !s.done && !s.quiet.After(t) {
			return false
		}
	}
	return true
}

func (m *Mapping) key(shard string) string { return m.Function + " " + m.ARN + " " + shard }

// trouble tells an error once until things go well again.
type trouble struct {
	note func(string)
	last string
}

func (t *trouble) tell(ctx context.Context, err error) {
	switch {
	case err == nil:
		t.last = ""
	case ctx.Err() != nil || errors.Is(err, context.Canceled):
	case err.Error() != t.last:
		t.last = err.Error()
		t.note(t.last)
	}
}
