// Package child runs programs that must not outlive the runner: each in a process group of its own (so that a Ctrl-C of
// the terminal reaches the runner alone, which then stops them in order), ended by the kernel when the runner dies where that can be had.
package child

import (
	"errors"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Process is a started program.
type Process struct {
	cmd    *exec.Cmd
	exited chan struct{}
	err    error
}

// starter starts programs on one thread that never ends: Linux ties a parent-death signal to the thread that forked.
var starter = sync.OnceValue(func() chan<- func() {
	jobs := make(chan func())
	go func() {
		runtime.LockOSThread()
		for job := range jobs {
			job()
		}
	}()
	return jobs
})

// Start starts cmd and watches it.
func Start(cmd *exec.Cmd) (*Process, error) {
	cmd.SysProcAttr = attributes()
	started := make(chan error)
	starter() <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, exited: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// Pid is the process id, which is also its group's.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Exited is closed once the process is gone; Err tells how it went from then on.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Err is what Wait said: nil for exit status 0. Only valid once Exited is closed.
func (p *Process) Err() error { return p.err }

// Status says how the process ended, like "exit status 1".
func (p *Process) Status() string {
	var exit *exec.ExitError
	switch {
	case p.err == nil:
		return "exit status 0"
	case errors.As(p.err, &exit):
		return exit.String()
	}
	return p.err.Error()
}

// Kill ends the whole process group at once.
func (p *Process) Kill() { p.signal(syscall.SIGKILL) }

// Stop asks the process group to end and kills it after grace. It returns once the process is gone.
func (p *Process) Stop(grace time.Duration) {
	p.signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(grace):
	}
	p.signal(syscall.SIGKILL) // what the process may have left behind in its group
	<-p.exited
}

func (p *Process) signal(s syscall.Signal) {
	// the group may be gone already, which is what was wanted
	_ = syscall.Kill(-p.Pid(), s)
}
