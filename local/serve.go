package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"tributary/local/folder"
	"tributary/local/function"
	"tributary/local/objects"
	"tributary/local/template"
)

// serve runs everything until ctx ends or the engine dies.
func serve(ctx context.Context, o options, out io.Writer) error {
	begun := time.Now()
	say := sayTo(out)
	listener, err := listen(o.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	data, err := folder.Open(o.data)
	if err != nil {
		return err
	}
	defer data.Close()
	key, err := data.Key(o.getenv("TRIBUTARY_API_KEY"))
	if err != nil {
		return err
	}
	t, err := template.Read(o.template, laptopParameters(key, o.getenv))
	if err != nil {
		return err
	}
	stores, programs, err := prepare(ctx, o, data, t, say)
	defer stores.close()
	if err != nil {
		return err
	}
	r, err := newRunner(o, data, t, stores, programs, out)
	if err != nil {
		return err
	}
	defer r.close()
	ctx, cancel := context.WithCancel(ctx)
	var playing sync.WaitGroup
	defer playing.Wait()
	defer cancel()
	return r.serve(ctx, listener, func() {
		url := urlOf(listener.Addr().String())
		say(welcome(url, key, time.Since(begun)))
		if o.demo {
			playing.Go(func() { playDemo(ctx, o, url, key, say) })
		}
	})
}

// sayTo writes whole lines from several goroutines.
func sayTo(out io.Writer) func(string) {
	var mu sync.Mutex
	return func(line string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(out, line)
	}
}

// listen takes the address before anything slow begins, so that one in use is told at once.
func listen(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use: stop what serves there, or choose another with -addr 127.0.0.1:3001", addr)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot serve on %s: %w", addr, err)
	}
	return l, nil
}

// prepare starts the stores and builds the functions, side by side because both take a while.
func prepare(ctx context.Context, o options, data *folder.Folder, t *template.Template, say func(string)) (*stores, map[string]string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var programs map[string]string
	built := make(chan error, 1)
	go func() {
		var err error
		programs, err = function.Build(ctx, filepath.Dir(o.template), data.Path("bin"), t.Functions, say)
		built <- err
	}()
	s, err := openStores(ctx, o, data, t, say)
	if err != nil {
		cancel()
		<-built
		return s, nil, err
	}
	err = <-built
	return s, programs, err
}

// serve starts pumps, schedules and the server, says ready and waits.
func (r *runner) serve(ctx context.Context, l net.Listener, ready func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	for _, m := range r.mappings {
		running.Go(func() { m.Run(ctx) })
	}
	if err := r.startSchedules(ctx, &running); err != nil {
		return err
	}
	r.async.Context = ctx
	r.listen()
	var warming sync.WaitGroup
	for _, p := range r.pools {
		warming.Go(func() { p.Warm(ctx) })
	}
	warming.Wait()
	running.Go(func() { r.reap(ctx) })
	server := &http.Server{Handler: r, ReadHeaderTimeout: 30 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	ready()
	defer shutDown(server)
	select {
	case <-ctx.Done():
		r.say("stopping")
		return nil
	case err := <-failed:
		return fmt.Errorf("cannot serve: %w", err)
	case <-r.stores.engineExited():
		return fmt.Errorf("the database engine stopped by itself, its log is %s", r.data.Path("logs", "engine.log"))
	}
}

func shutDown(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		_ = server.Close() // whoever still waits is cut off
	}
}

func (r *runner) reap(ctx context.Context) {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			for _, p := range r.pools {
				p.Reap(now)
			}
		}
	}
}

// idleWait is how long a question for idleness is held before it is answered with 503.
const idleWait = 20 * time.Second

// redriveFunction puts back what the doors kept under spillPrefix.
const (
	redriveFunction = "RedriveFunction"
	spillPrefix     = "spill/"
)

// waiting reports that a door kept something in S3 that is not put back yet.
func (r *runner) waiting(ctx context.Context) bool {
	if r.pools[redriveFunction] == nil {
		return false // a template without it
	}
	for _, b := range r.template.Buckets {
		any, err := objects.Any(ctx, r.stores.s3, r.stores.credentials.Region, r.stores.credentials, b.Name, spillPrefix)
		if err != nil {
			r.say(err.Error())
		}
		if any {
			return true
		}
	}
	return false
}

// serveIdle answers once everything written so far is counted, also what waits in S3 because the database was too slow for a
// moment: that is put back at once, as nobody wants to wait for the schedule.
func (r *runner) serveIdle(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithTimeout(req.Context(), idleWait)
	defer cancel()
	idle := r.idle.Wait(ctx)
	for idle && r.waiting(ctx) {
		r.async.Invoke(r.pools[redriveFunction], []byte("{}")) // in flight from now on, however long the question is held
		idle = r.idle.Wait(ctx)
	}
	if !idle {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "busy\n")
		return
	}
	_, _ = io.WriteString(w, "idle\n")
}
