package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"tributary/local/folder"
	"tributary/local/function"
	"tributary/local/gateway"
	"tributary/local/pump"
	"tributary/local/schedule"
	"tributary/local/streams"
	"tributary/local/template"
)

// runner is everything that runs while serving.
type runner struct {
	template *template.Template
	data     *folder.Folder
	stores   *stores
	say      func(string)

	activity    *function.Activity
	pools       map[string]*function.Pool // by logical id
	logs        []*function.Log
	gateway     *gateway.Gateway
	invoker     *gateway.Invoker
	async       *gateway.Async
	checkpoints *pump.Checkpoints
	idle        *pump.Idle
	mappings    []*pump.Mapping
	rules       []rule
}

// asyncPauses lie before the second and third attempt of an asynchronous call; Lambda waits one and two minutes.
var asyncPauses = []time.Duration{time.Second, 2 * time.Second}

func newRunner(o options, data *folder.Folder, t *template.Template, s *stores, programs map[string]string, out io.Writer) (*runner, error) {
	r := &runner{template: t, data: data, stores: s, say: sayTo(out), activity: &function.Activity{}, pools: map[string]*function.Pool{}}
	r.gateway = gateway.New(time.Now, r.say)
	r.async = &gateway.Async{Begin: r.activity.Begin, End: r.activity.End, Note: r.say, Pauses: asyncPauses}
	r.invoker = &gateway.Invoker{Functions: map[string]gateway.Function{}, Async: r.async}
	r.idle = pump.NewIdle(r.activity.State)
	var err error
	if r.checkpoints, err = pump.OpenCheckpoints(data.Path("checkpoints.db"), r.say); err != nil {
		return nil, err
	}
	budget := function.NewBudget(4 * runtime.NumCPU())
	source := streams.NewClient(s.dynamodb, s.credentials.Region, s.credentials)
	for _, f := range t.Functions {
		log, err := function.OpenLog(data.Path("logs"), f.Base(), writerOf(r.say), o.verbose)
		if err != nil {
			return nil, err
		}
		r.logs = append(r.logs, log)
		pool := function.NewPool(function.Config{
			Function: f, Program: programs[f.ID], Env: r.environment(f, data.Path("bin")), Log: log,
			Activity: r.activity, Budget: budget, Verbose: o.verbose,
		})
		r.add(f, pool, source)
	}
	return r, nil
}

// add wires a function to its routes, streams and names.
func (r *runner) add(f template.Function, pool *function.Pool, source *streams.Client) {
	r.pools[f.ID] = pool
	for _, name := range []string{f.ID, f.Base(), f.Name, function.ARN(f.Name)} {
		r.invoker.Functions[name] = pool
	}
	for _, route := range f.Routes {
		r.gateway.Add(route, pool)
	}
	for _, o := range f.Objects {
		r.rules = append(r.rules, rule{Objects: o, pool: pool})
	}
	for _, s := range f.Streams {
		m := &pump.Mapping{
			Function: f.ID, ARN: r.stores.streams[s.Table], Config: s, Source: source, Invoke: invokeOf(pool),
			Checkpoints: r.checkpoints, Idle: r.idle, Now: time.Now,
			Note: func(line string) { r.say(f.Base() + "/" + s.Event + ": " + line) },
		}
		r.idle.Add(m)
		r.mappings = append(r.mappings, m)
	}
}

func invokeOf(pool *function.Pool) pump.Invoke {
	return func(ctx context.Context, payload []byte) ([]byte, bool, error) {
		result, err := pool.Invoke(ctx, payload)
		return result.Payload, result.Failed, err
	}
}

// environment is all that a function sees but for AWS_LAMBDA_RUNTIME_API, in a stable order.
func (r *runner) environment(f template.Function, root string) []string {
	c := r.stores.credentials
	env := map[string]string{
		"AWS_REGION": c.Region, "AWS_DEFAULT_REGION": c.Region,
		"AWS_ACCESS_KEY_ID": c.Key, "AWS_SECRET_ACCESS_KEY": c.Secret, "AWS_SESSION_TOKEN": c.Token,
		"AWS_ENDPOINT_URL_DYNAMODB": r.stores.dynamodb, "AWS_ENDPOINT_URL_S3": r.stores.s3,
		"AWS_ENDPOINT_URL_EVENTBRIDGE": r.stores.events,
		"AWS_LAMBDA_FUNCTION_NAME":     f.Name, "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": fmt.Sprint(f.MemoryMB), "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/" + f.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME": "local", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_EXECUTION_ENV": "AWS_Lambda_provided.al2023",
		"_HANDLER": "bootstrap", "LAMBDA_TASK_ROOT": root, "TZ": ":UTC", "LANG": "en_US.UTF-8",
		"PATH": os.Getenv("PATH"),
	}
	for name, value := range f.Env {
		env[name] = value
	}
	var list []string
	for name, value := range env {
		if value != "" || f.Env[name] == value && name != "AWS_SESSION_TOKEN" {
			list = append(list, name+"="+value)
		}
	}
	slices.Sort(list)
	return list
}

func (r *runner) startSchedules(ctx context.Context, running *sync.WaitGroup) error {
	for _, f := range r.template.Functions {
		for _, s := range f.Schedules {
			clock, err := schedule.Parse(s.Expression, s.Zone, time.Now())
			if err != nil {
				return fmt.Errorf("%s: Events.%s: %w", f.ID, s.Event, err)
			}
			if !s.Disabled {
				pool := r.pools[f.ID]
				running.Go(func() {
					schedule.Run(ctx, s, clock, time.Now, func(payload []byte) { r.async.Invoke(pool, payload) })
				})
			}
		}
	}
	return nil
}

// ServeHTTP serves the runner's own doors and, for all else, the template's routes.
func (r *runner) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	switch {
	case req.URL.Path == "/local/idle" && req.Method == http.MethodGet:
		r.serveIdle(w, req)
	case strings.HasPrefix(req.URL.Path, bucketDoor):
		r.serveBucket(w, req)
	case strings.HasPrefix(req.URL.Path, gateway.InvokePrefix):
		r.invoker.ServeHTTP(w, req)
	default:
		r.gateway.ServeHTTP(w, req)
	}
}

// close stops every function's processes and closes the files.
func (r *runner) close() {
	var stopping sync.WaitGroup
	for _, p := range r.pools {
		stopping.Go(p.Close)
	}
	stopping.Wait()
	for _, l := range r.logs {
		_ = l.Close() // the process ends anyway
	}
	_ = r.checkpoints.Close()
}

// writerOf makes a writer of whole lines.
func writerOf(say func(string)) io.Writer { return lineWriter(say) }

type lineWriter func(string)

func (w lineWriter) Write(p []byte) (int, error) {
	w(strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}
