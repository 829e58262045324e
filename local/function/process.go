package function

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"tributary/local/child"
)

type phase int

const (
	phaseStarting  phase = iota // on its way to the first /next
	phaseReady                  // at /next, or working
	phaseReturning              // answered, on its way back to /next
	phaseGone
)

// process is one execution environment: a program and the Runtime API it polls.
type process struct {
	pool    *Pool
	child   *child.Process // once started is closed; nil when it could not be started
	started chan struct{}
	server  *http.Server
	deliver chan *invocation // holds one
	timer   *time.Timer      // ends the invocation that runs too long, or a start that does
	late    atomic.Bool      // was killed at the timeout

	// guarded by the pool's lock
	current   *invocation
	phase     phase
	since     time.Time // idle from then on
	counted   bool      // took a place of the budget
	dismissed bool      // told to stop: its end is no news
}

// spawn starts a process beside the caller. The pool's lock is held.
func (p *Pool) spawn(counted bool) {
	pr := &process{pool: p, started: make(chan struct{}), deliver: make(chan *invocation, 1), counted: counted}
	p.starting++
	p.all[pr] = true
	p.gone.Add(1)
	go func() {
		defer p.gone.Done()
		err := pr.start()
		close(pr.started)
		if err != nil {
			p.Log.Note("cannot be started: " + err.Error())
			p.ended(pr)
			return
		}
		<-pr.child.Exited()
		pr.timer.Stop()
		_ = pr.server.Close() // its only client is gone
		pr.report()
		p.ended(pr)
	}()
}

// start listens, then starts the program that will poll there.
func (pr *process) start() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	read, write, err := os.Pipe()
	if err != nil {
		l.Close()
		return err
	}
	defer write.Close()
	pr.server = &http.Server{Handler: runtimeAPI{pr}}
	cmd := exec.Command(pr.pool.Program)
	cmd.Dir = filepath.Dir(pr.pool.Program)
	cmd.Env = append(pr.pool.Env[:len(pr.pool.Env):len(pr.pool.Env)], "AWS_LAMBDA_RUNTIME_API="+l.Addr().String())
	cmd.Stdout, cmd.Stderr = write, write
	pr.timer = time.AfterFunc(initTimeout, pr.expire)
	if pr.child, err = child.Start(cmd); err != nil {
		l.Close()
		read.Close()
		pr.timer.Stop()
		return err
	}
	go pr.pool.Log.follow(read)
	go func() { _ = pr.server.Serve(l) }() // ends with the process
	return nil
}

// expire kills a process that is over its time.
func (pr *process) expire() {
	pr.pool.mu.Lock()
	over := pr.phase == phaseStarting || pr.current != nil && !time.Now().Before(pr.current.deadline)
	pr.pool.mu.Unlock()
	<-pr.started
	if over && pr.child != nil {
		pr.late.Store(true)
		pr.child.Kill()
	}
}

// stop ends the process in order.
func (pr *process) stop() {
	if <-pr.started; pr.child != nil {
		pr.child.Stop(stopGrace)
	}
}

// report tells of an end that nobody asked for.
func (pr *process) report() {
	pr.pool.mu.Lock()
	quiet := pr.dismissed || pr.pool.closed
	started := pr.phase != phaseStarting
	pr.pool.mu.Unlock()
	switch {
	case quiet:
	case pr.late.Load() && started:
		pr.pool.Log.Note(fmt.Sprintf("killed at its timeout of %s; started again at the next call", pr.pool.Function.Timeout))
	case pr.late.Load():
		pr.pool.Log.Note(fmt.Sprintf("killed: it did not ask for work within %s of its start", initTimeout))
	case started:
		pr.pool.Log.Note("stopped with " + pr.child.Status() + "; started again at the next call")
	default:
		pr.pool.Log.Note("stopped with " + pr.child.Status() + " before it asked for work")
	}
}

// obituary is what Lambda answers for an invocation whose process ended under it.
func (pr *process) obituary(inv *invocation) Result {
	switch {
	case pr.child == nil:
		return failure("Runtime.InvalidEntrypoint", "RequestId: %s Error: the program cannot be started", inv.id)
	case pr.late.Load():
		return failure("Sandbox.Timedout", "%s %s Task timed out after %.2f seconds",
			time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), inv.id, pr.pool.Function.Timeout.Seconds())
	}
	return failure("Runtime.ExitError", "RequestId: %s Error: Runtime exited with error: %s", inv.id, pr.child.Status())
}

// peakMemory is the most memory the process has used, in MB, where the system tells.
func (pr *process) peakMemory() string {
	<-pr.started
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pr.child.Pid()))
	if err != nil {
		return "?"
	}
	for line := range strings.Lines(string(raw)) {
		var kb int
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kb); err == nil {
			return fmt.Sprint(kb / 1024)
		}
	}
	return "?"
}
