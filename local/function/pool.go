package function

import (
	"context"
	"slices"
	"sync"
	"time"

	"tributary/local/template"
)

// Config is what a pool needs to run one function.
type Config struct {
	Function template.Function
	Program  string   // the built bootstrap
	Env      []string // the whole environment but for AWS_LAMBDA_RUNTIME_API
	Log      *Log
	Activity *Activity
	Budget   *Budget
	Verbose  bool // a REPORT line for every invocation
}

const (
	maxProcesses = 10               // a function's, unless it reserves less
	initTimeout  = 10 * time.Second // Lambda's own limit from start to first poll
	keepIdle     = 60 * time.Second // how long a surplus process is kept
	stopGrace    = 500 * time.Millisecond
)

// Pool runs one function.
type Pool struct {
	Config
	max int

	mu        sync.Mutex
	waiting   []*invocation     // no process has taken them yet
	idle      []*process        // wait in /next, the last used at the end
	all       map[*process]bool // from their start to their end
	starting  int               // started, not yet at its first /next
	returning int               // has answered, not yet back at /next
	closed    bool
	gone      sync.WaitGroup

	settled sync.Once
	warm    chan struct{} // closed when the first process asked for work, or ended
}

type invocation struct {
	id       string
	payload  []byte
	done     chan Result // takes one
	deadline time.Time
}

// NewPool makes a pool; Close must be called in the end.
func NewPool(c Config) *Pool {
	p := &Pool{Config: c, max: maxProcesses, all: map[*process]bool{}, warm: make(chan struct{})}
	if n := c.Function.Concurrency; n > 0 && n < p.max {
		p.max = n
	}
	return p
}

// Warm starts the first process ahead of the first call and returns once it asks for work, or has ended.
func (p *Pool) Warm(ctx context.Context) {
	p.mu.Lock()
	if len(p.all) == 0 && !p.closed {
		p.spawn(false)
	}
	p.mu.Unlock()
	select {
	case <-p.warm:
	case <-ctx.Done():
	}
}

func (p *Pool) settle() { p.settled.Do(func() { close(p.warm) }) }

// Invoke runs the function once. When ctx ends first the invocation goes on, as on AWS, and only the answer is lost. Errors:
// ErrTooLarge, ErrClosed, ctx's.
func (p *Pool) Invoke(ctx context.Context, payload []byte) (Result, error) {
	if len(payload) > MaxPayload {
		return Result{}, ErrTooLarge
	}
	inv := &invocation{id: requestID(), payload: payload, done: make(chan Result, 1)}
	p.Activity.Begin()
	if !p.enqueue(inv) {
		p.Activity.End()
		return Result{}, ErrClosed
	}
	select {
	case r := <-inv.done:
		return r, nil
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
}

// enqueue gives the invocation to an idle process, or lets it wait for the next to come.
func (p *Pool) enqueue(inv *invocation) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	if n := len(p.idle); n > 0 {
		pr := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.assign(pr, inv)
		pr.deliver <- inv
		return true
	}
	p.waiting = append(p.waiting, inv)
	p.scale()
	return true
}

// assign makes the invocation the process' work; its time runs from here. The lock is held.
func (p *Pool) assign(pr *process, inv *invocation) {
	pr.current = inv
	inv.deadline = time.Now().Add(p.Function.Timeout)
}

// scale starts processes for what waits beyond those that are about to take something. The lock is held.
func (p *Pool) scale() {
	for !p.closed && len(p.waiting) > p.starting+p.returning && len(p.all) < p.max {
		first := len(p.all) == 0
		if !first && !p.Budget.take() {
			return
		}
		p.spawn(!first)
	}
}

// next answers the process' poll. It returns nil when the process is not to go on.
func (p *Pool) next(ctx context.Context, pr *process) *invocation {
	p.settle()
	p.mu.Lock()
	p.arrived(pr)
	if len(p.waiting) > 0 {
		inv := p.waiting[0]
		p.waiting = p.waiting[1:]
		p.assign(pr, inv)
		p.mu.Unlock()
		return inv
	}
	pr.since = time.Now()
	p.idle = append(p.idle, pr)
	p.mu.Unlock()
	select {
	case inv := <-pr.deliver:
		return inv
	case <-ctx.Done():
		return nil // the process is dying: its end settles whatever was delivered
	}
}

// arrived notes that a process came (back) to poll. The lock is held.
func (p *Pool) arrived(pr *process) {
	switch pr.phase {
	case phaseStarting:
		p.starting--
	case phaseReturning:
		p.returning--
	}
	pr.phase = phaseReady
}

// finish answers an invocation unless that was done already, and tells whether it did.
func (p *Pool) finish(pr *process, id string, r Result) bool {
	p.mu.Lock()
	inv := pr.current
	if inv == nil || inv.id != id {
		p.mu.Unlock()
		return false
	}
	pr.current = nil
	pr.phase = phaseReturning
	p.returning++
	p.mu.Unlock()
	inv.done <- r
	p.Activity.End()
	return true
}

// ended takes a process that is gone out of the pool and starts another where something waits.
func (p *Pool) ended(pr *process) {
	p.settle()
	p.mu.Lock()
	inv := pr.current
	pr.current = nil
	switch pr.phase {
	case phaseStarting:
		p.starting--
		if inv == nil && len(p.waiting) > 0 && !p.closed { // the call that made it start fails with it
			inv = p.waiting[0]
			p.waiting = p.waiting[1:]
		}
	case phaseReturning:
		p.returning--
	}
	pr.phase = phaseGone
	delete(p.all, pr)
	if i := slices.Index(p.idle, pr); i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
	}
	if pr.counted {
		p.Budget.give()
	}
	p.scale()
	p.mu.Unlock()
	if inv != nil {
		inv.done <- pr.obituary(inv)
		p.Activity.End()
	}
}

// Reap stops surplus processes that have been idle for long. The runner calls it now and then.
func (p *Pool) Reap(now time.Time) {
	var surplus []*process
	p.mu.Lock()
	for len(p.idle) > 0 && len(p.all)-len(surplus) > 1 && now.Sub(p.idle[0].since) > keepIdle {
		surplus = append(surplus, p.idle[0])
		p.idle[0].dismissed = true
		p.idle = p.idle[1:]
	}
	p.mu.Unlock()
	for _, pr := range surplus {
		pr.stop()
	}
}

// Processes is the number of living processes.
func (p *Pool) Processes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.all)
}

// Close stops every process. Calls that are still waiting fail with ErrClosed's text.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	waiting := p.waiting
	p.waiting = nil
	for pr := range p.all {
		go pr.stop()
	}
	p.mu.Unlock()
	for _, inv := range waiting {
		inv.done <- failure("Runtime.Stopping", "%v", ErrClosed)
		p.Activity.End()
	}
	p.gone.Wait()
}
