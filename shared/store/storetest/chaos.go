package storetest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing/synctest"

	"tributary/shared/stream"
)

// Invoke is a Lambda's handler on bytes.
type Invoke func(ctx context.Context, payload []byte) ([]byte, error)

// Chaos runs stream consumers as Lambda may run them at its worst, deterministically from a seed: every store call of
// every invocation waits until the scheduler lets it through, fails it before or after it is applied, or kills its
// invocation. Batches come with any borders, again after a failure or a lost answer, again after a success, and beside
// invocations that Lambda has given up but that still run. What AWS states holds: the first time, the records of a shard
// come in order.
//
// Run must be called inside a synctest bubble: the scheduler acts when every goroutine waits.
type Chaos struct {
	Memory *Memory
	Feed   []func() // what ingest does, in order; interleaved with the consumers
	Budget int      // faults left; with none left, everything ends well

	rng      *rand.Rand
	mappings []*mapping
	mu       sync.Mutex
	waiting  []*call
	ended    []*invocation
	running  int
	count    int
}

// mapping is an event source mapping on one shard.
type mapping struct {
	shard     *Shard
	consumer  func(v *View) Invoke
	next      int // checkpoint
	delivered int // records that were ever delivered
	active    *invocation
}

type invocation struct {
	id       int
	m        *mapping
	from, to int
	cancel   context.CancelFunc
	dead     bool
	slow     bool // falls behind the others: what it read may be old when it writes
	answer   []byte
	err      error
}

// call is one store call that waits for the scheduler's verdict.
type call struct {
	inv   *invocation
	name  string
	grant chan verdict
}

type verdict int

const (
	pass verdict = iota
	failBefore
	failAfter
	dieBefore
	dieAfter
)

// Faults that a store call may meet.
var (
	errStore = errors.New("chaos: the store did not answer")
	errDead  = errors.New("chaos: the invocation was killed")
)

// NewChaos makes a scheduler with a seed.
func NewChaos(m *Memory, seed uint64, budget int) *Chaos {
	return &Chaos{Memory: m, Budget: budget, rng: rand.New(rand.NewPCG(seed, seed^0x9E3779B97F4A7C15))}
}

// Consume maps a consumer to every shard of a table's stream. The consumer is made anew for each invocation, as a new
// process would.
func (c *Chaos) Consume(table string, consumer func(v *View) Invoke) {
	for _, s := range c.Memory.Shards(table) {
		c.mappings = append(c.mappings, &mapping{shard: s, consumer: consumer})
	}
}

// Run goes on until everything is fed and handled, and every invocation has ended.
func (c *Chaos) Run() error {
	for steps := 0; c.step(); steps++ {
		if steps > 200_000 {
			return errors.New("chaos: no end after 200,000 steps")
		}
	}
	return nil
}

// RunAgain delivers everything once more, in chunks of any size and order.
func (c *Chaos) RunAgain() error {
	for _, m := range c.mappings {
		var chunks [][2]int
		for from := 0; from < len(m.shard.Records); {
			to := min(len(m.shard.Records), from+1+c.rng.IntN(9))
			chunks = append(chunks, [2]int{from, to})
			from = to
		}
		c.rng.Shuffle(len(chunks), func(i, j int) { chunks[i], chunks[j] = chunks[j], chunks[i] })
		for _, chunk := range chunks {
			c.invoke(m, chunk[0], chunk[1])
		}
	}
	return c.Run()
}

// step does one thing; false when nothing is left to do.
func (c *Chaos) step() bool {
	synctest.Wait()
	c.collect()
	var acts []func()
	if len(c.waiting) > 0 {
		acts = append(acts, c.release, c.release, c.release, c.release)
	}
	if len(c.Feed) > 0 {
		acts = append(acts, c.feed)
	}
	for _, m := range c.mappings {
		if m.active == nil && m.next < len(m.shard.Records) {
			acts = append(acts, func() { c.deliver(m) })
		}
		if m.active != nil && c.Budget > 0 && c.rng.IntN(8) == 0 {
			acts = append(acts, func() { c.abandon(m) })
		}
		if m.next > 0 && c.Budget > 0 && c.running < 4 && c.rng.IntN(8) == 0 {
			acts = append(acts, func() { c.again(m) })
		}
	}
	if len(acts) == 0 {
		return false
	}
	acts[c.rng.IntN(len(acts))]()
	return true
}

// pending reports that something but slow invocations can go on.
func (c *Chaos) pending() bool {
	return len(c.Feed) > 0 || slices.ContainsFunc(c.mappings, func(m *mapping) bool { return m.active == nil && m.next < len(m.shard.Records) })
}

func (c *Chaos) feed() {
	c.Feed[0]()
	c.Feed = c.Feed[1:]
}

// deliver sends the next records of a shard, as many as it likes.
func (c *Chaos) deliver(m *mapping) {
	to := min(len(m.shard.Records), m.next+1+c.rng.IntN(8))
	m.delivered = max(m.delivered, to)
	m.active = c.invoke(m, m.next, to)
}

// abandon gives an invocation up as timed out. Mostly it goes on running beside its retry: a zombie.
func (c *Chaos) abandon(m *mapping) {
	c.Budget--
	if c.rng.IntN(4) == 0 {
		m.active.cancel()
	}
	m.active = nil
}

// again delivers a range that was delivered before: any that begins at or below the checkpoint.
func (c *Chaos) again(m *mapping) {
	c.Budget--
	from := c.rng.IntN(m.next + 1)
	if from < m.delivered {
		c.invoke(m, from, from+1+c.rng.IntN(min(12, m.delivered-from)))
	}
}

func (c *Chaos) invoke(m *mapping, from, to int) *invocation {
	ctx, cancel := context.WithCancel(context.Background())
	c.count++
	inv := &invocation{id: c.count, m: m, from: from, to: to, cancel: cancel, slow: c.rng.IntN(4) == 0}
	payload, err := json.Marshal(map[string]any{
		"Records": m.shard.Records[from:to], "shardId": m.shard.ID, "eventSourceARN": m.shard.ARN, "state": struct{}{}, "isFinalInvokeForWindow": false,
	})
	if err != nil {
		panic(err) // raw messages that were encoded here
	}
	c.running++
	go func() {
		inv.answer, inv.err = m.consumer(&View{Memory: c.Memory, c: c, inv: inv})(ctx, payload)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ended = append(c.ended, inv)
	}()
	return inv
}

// collect takes the answers of ended invocations, in an order that the seed alone decides.
func (c *Chaos) collect() {
	c.mu.Lock()
	ended := c.ended
	c.ended = nil
	slices.SortFunc(c.waiting, func(a, b *call) int {
		return cmp.Or(cmp.Compare(a.inv.id, b.inv.id), cmp.Compare(a.name, b.name))
	})
	c.mu.Unlock()
	slices.SortFunc(ended, func(a, b *invocation) int { return cmp.Compare(a.id, b.id) })
	for _, inv := range ended {
		c.running--
		inv.cancel()
		if inv.m.active == inv {
			inv.m.active = nil
			c.checkpoint(inv)
		}
	}
}

// checkpoint moves a mapping on as far as an answer says. Now and then the answer is lost.
func (c *Chaos) checkpoint(inv *invocation) {
	if inv.err != nil || inv.dead {
		return
	}
	if c.Budget > 0 && c.rng.IntN(10) == 0 {
		c.Budget--
		return
	}
	var a stream.Answer
	if err := json.Unmarshal(inv.answer, &a); err != nil || a.State == nil {
		return // Lambda counts a failure
	}
	inv.m.next = inv.to
	for _, f := range a.Failures {
		inv.m.next = min(inv.m.next, inv.m.find(inv.from, inv.to, f.Sequence))
	}
}

// find is the index of a sequence number within a batch; the batch's start when it is not there.
func (m *mapping) find(from, to int, sequence string) int {
	for i := from; i < to; i++ {
		if bytes.Contains(m.shard.Records[i], fmt.Appendf(nil, `"SequenceNumber":%q`, sequence)) {
			return i
		}
	}
	return from
}

// release lets one waiting call go, perhaps to its doom.
func (c *Chaos) release() {
	c.mu.Lock()
	i := c.rng.IntN(len(c.waiting))
	if c.waiting[i].inv.slow && c.rng.IntN(30) > 0 { // another goes first, if there is one
		if j := slices.IndexFunc(c.waiting, func(w *call) bool { return !w.inv.slow }); j >= 0 {
			i = j
		} else if c.pending() {
			c.mu.Unlock()
			return
		}
	}
	w := c.waiting[i]
	c.waiting = slices.Delete(c.waiting, i, i+1)
	c.mu.Unlock()
	v := pass
	if c.Budget > 0 && c.rng.IntN(12) == 0 {
		c.Budget--
		v = verdict(1 + c.rng.IntN(4))
	}
	w.grant <- v
}

// View is the store as one invocation sees it.
type View struct {
	*Memory
	c   *Chaos
	inv *invocation
}

// do is a store call: it waits for the scheduler and meets its verdict.
func (v *View) do(ctx context.Context, name string, apply func() error) error {
	w := &call{inv: v.inv, name: name, grant: make(chan verdict)}
	v.c.mu.Lock()
	v.c.waiting = append(v.c.waiting, w)
	v.c.mu.Unlock()
	verdict := <-w.grant
	if v.inv.dead {
		return errDead
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if verdict == dieBefore || verdict == dieAfter {
		v.inv.dead = true
	}
	if verdict == failBefore || verdict == dieBefore {
		return errStore
	}
	if err := apply(); err != nil || verdict == pass {
		return err
	}
	return errStore
}
