package function_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/local/function"
	"tributary/local/template"
)

// probe is the program all tests run, built once.
var probe = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "tributary-probe")
	if err != nil {
		return "", err
	}
	f := template.Function{ID: "ProbeFunction", Folder: "local/testdata/functions/probe"}
	programs, err := function.Build(context.Background(), "../..", dir, []template.Function{f}, func(string) {})
	return programs["ProbeFunction"], err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := probe(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

type fixture struct {
	*function.Pool
	shown    *lockedBuffer
	activity *function.Activity
}

func newPool(t *testing.T, change func(*function.Config)) fixture {
	t.Helper()
	program, err := probe()
	if err != nil {
		t.Fatal(err)
	}
	f := fixture{shown: &lockedBuffer{}, activity: &function.Activity{}}
	log, err := function.OpenLog(t.TempDir(), "probe", f.shown, false)
	if err != nil {
		t.Fatal(err)
	}
	c := function.Config{
		Function: template.Function{ID: "ProbeFunction", Name: "probe-name", Timeout: 5 * time.Second},
		Program:  program, Env: []string{"STAGE=dev"}, Log: log, Activity: f.activity, Budget: function.NewBudget(100),
	}
	if change != nil {
		change(&c)
	}
	f.Pool = function.NewPool(c)
	t.Cleanup(func() { f.Close(); log.Close() })
	return f
}

func (f fixture) call(t *testing.T, payload string) function.Result {
	t.Helper()
	r, err := f.Invoke(t.Context(), []byte(payload))
	if err != nil {
		t.Fatalf("Invoke(%s): %v", payload, err)
	}
	return r
}

// message is the errorMessage of a failed call.
func message(t *testing.T, r function.Result) string {
	t.Helper()
	var e struct{ ErrorMessage string }
	if err := json.Unmarshal(r.Payload, &e); err != nil || !r.Failed {
		t.Fatalf("got %s, failed %v; want a failure", r.Payload, r.Failed)
	}
	return e.ErrorMessage
}

func TestEchoPassesThePayloadThrough(t *testing.T) {
	f := newPool(t, nil)
	if got := f.call(t, `{"x":"é"}`); string(got.Payload) != `{"x":"é"}` || got.Failed {
		t.Errorf("got %s, failed %v", got.Payload, got.Failed)
	}
}

func TestWarmReturnsWithAProcessAtWorkOrGone(t *testing.T) {
	for _, env := range []string{"STAGE=dev", "FAIL_START=1"} {
		f := newPool(t, func(c *function.Config) { c.Env = []string{env} })
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		if f.Warm(ctx); ctx.Err() != nil {
			t.Errorf("%s: still waiting", env)
		}
		if n := f.Processes(); env == "STAGE=dev" && n != 1 {
			t.Errorf("%d processes, want 1", n)
		}
		cancel()
	}
}

func TestDeadlineIsTheTimeout(t *testing.T) {
	f := newPool(t, nil)
	var ms int
	if err := json.Unmarshal(f.call(t, `{"do":"deadline"}`).Payload, &ms); err != nil || ms > 5000 || ms < 4000 {
		t.Errorf("the handler has %d ms left (%v), want nearly 5000", ms, err)
	}
}

func TestErrorOfTheHandlerIsAFailure(t *testing.T) {
	f := newPool(t, nil)
	if got := message(t, f.call(t, `{"do":"fail"}`)); got != "as told" {
		t.Errorf("errorMessage %q", got)
	}
	if got := f.call(t, `{"do":"pid"}`); got.Failed {
		t.Errorf("the call after it: %s", got.Payload)
	}
}

func TestCrashIsAnswedAndRestarted(t *testing.T) {
	f := newPool(t, nil)
	for _, do := range []string{"crash", "panic"} {
		first := f.call(t, `{"do":"pid"}`)
		f.call(t, `{"do":"`+do+`"}`)
		again := f.call(t, `{"do":"pid"}`)
		if again.Failed || bytes.Equal(first.Payload, again.Payload) {
			t.Errorf("after %s: %s, failed %v; before it %s", do, again.Payload, again.Failed, first.Payload)
		}
	}
	if got := message(t, f.call(t, `{"do":"crash"}`)); !strings.Contains(got, "Runtime exited with error: exit status 3") {
		t.Errorf("errorMessage %q", got)
	}
	if got := f.shown.String(); !strings.Contains(got, "probe: stopped with exit status 3") {
		t.Errorf("shown: %s", got)
	}
}

func TestTimeoutKills(t *testing.T) {
	f := newPool(t, func(c *function.Config) { c.Function.Timeout = time.Second })
	f.call(t, `{}`)
	start := time.Now()
	got := message(t, f.call(t, `{"do":"sleep","ms":60000}`))
	if !strings.Contains(got, "Task timed out after 1.00 seconds") || time.Since(start) > 3*time.Second {
		t.Errorf("errorMessage %q after %s", got, time.Since(start))
	}
	if got := f.call(t, `{"do":"pid"}`); got.Failed {
		t.Errorf("the call after it: %s", got.Payload)
	}
}

func TestStartThatFailsIsAnswered(t *testing.T) {
	f := newPool(t, func(c *function.Config) { c.Env = append(c.Env, "FAIL_START=1") })
	for range 2 {
		if got := message(t, f.call(t, `{}`)); !strings.Contains(got, "exit status 4") {
			t.Errorf("errorMessage %q", got)
		}
	}
	if n, _ := f.activity.State(); n != 0 {
		t.Errorf("%d in flight afterwards", n)
	}
}

func TestProgramThatCannotStart(t *testing.T) {
	f := newPool(t, func(c *function.Config) { c.Program = "/nonexistent/program" })
	if got := message(t, f.call(t, `{}`)); !strings.Contains(got, "cannot be started") {
		t.Errorf("errorMessage %q", got)
	}
}

func TestScalesToItsReserveAndReusesTheIdle(t *testing.T) {
	f := newPool(t, func(c *function.Config) { c.Function.Concurrency = 3 })
	for range 5 {
		f.call(t, `{}`)
	}
	if n := f.Processes(); n != 1 {
		t.Errorf("%d processes after calls one after another, want 1", n)
	}
	var wg sync.WaitGroup
	start := time.Now()
	for range 6 {
		wg.Go(func() { f.call(t, `{"do":"sleep","ms":300}`) })
	}
	wg.Wait()
	if n, spent := f.Processes(), time.Since(start); n != 3 || spent < 600*time.Millisecond || spent > 1700*time.Millisecond {
		t.Errorf("%d processes took %s for 6 calls of 300 ms, want 3 and about 600 ms", n, spent)
	}
	f.Reap(time.Now().Add(time.Hour))
	if got := f.call(t, `{}`); got.Failed || f.Processes() > 2 {
		t.Errorf("%d processes after reaping: %s", f.Processes(), got.Payload)
	}
}

func TestBudgetBoundsAllPools(t *testing.T) {
	f := newPool(t, func(c *function.Config) { c.Budget = function.NewBudget(1) })
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() { f.call(t, `{"do":"sleep","ms":50}`) })
	}
	wg.Wait()
	if n := f.Processes(); n != 2 {
		t.Errorf("%d processes, want 2", n)
	}
}

func TestSizesAreLambdas(t *testing.T) {
	f := newPool(t, nil)
	if _, err := f.Invoke(t.Context(), make([]byte, function.MaxPayload+1)); !errors.Is(err, function.ErrTooLarge) {
		t.Errorf("too large a request: %v", err)
	}
	if got := f.call(t, `{"do":"big","bytes":6000000}`); got.Failed || len(got.Payload) != 6000002 {
		t.Errorf("6 MB answer: %d bytes, failed %v", len(got.Payload), got.Failed)
	}
	if got := message(t, f.call(t, fmt.Sprintf(`{"do":"big","bytes":%d}`, function.MaxPayload))); !strings.Contains(got, "exceeded maximum allowed payload size") {
		t.Errorf("errorMessage %q", got)
	}
	if got := f.call(t, `{}`); got.Failed {
		t.Errorf("the call after it: %s", got.Payload)
	}
}

func TestActivityLastsAsLongAsTheWork(t *testing.T) {
	f := newPool(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := f.Invoke(ctx, []byte(`{"do":"sleep","ms":700}`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("the caller waits: %v", err)
	}
	if n, _ := f.activity.State(); n != 1 {
		t.Errorf("%d in flight after the caller went away, want 1", n)
	}
	f.call(t, `{}`)
	eventually(t, "the sleeper's end", func() bool { n, _ := f.activity.State(); return n == 0 })
}

func TestOnlyWarningsAreShown(t *testing.T) {
	f := newPool(t, nil)
	f.call(t, `{"do":"warn"}`)
	eventually(t, "the warning", func() bool { return strings.Contains(f.shown.String(), "as told") })
	if strings.Contains(f.shown.String(), "not shown") {
		t.Errorf("shown: %s", f.shown)
	}
}

func TestCloseLeavesNoProcessAndRefusesCalls(t *testing.T) {
	f := newPool(t, nil)
	done := make(chan function.Result, 1)
	go func() { r, _ := f.Invoke(context.Background(), []byte(`{"do":"sleep","ms":60000}`)); done <- r }()
	eventually(t, "the start", func() bool { n, _ := f.activity.State(); return n == 1 })
	f.Close()
	if r := <-done; !r.Failed {
		t.Errorf("the call under it: %s", r.Payload)
	}
	if _, err := f.Invoke(t.Context(), []byte(`{}`)); !errors.Is(err, function.ErrClosed) || f.Processes() != 0 {
		t.Errorf("after Close: %v, %d processes", err, f.Processes())
	}
}

func TestBuildSaysWhatIsWrong(t *testing.T) {
	_, err := function.Build(t.Context(), "../..", t.TempDir(), []template.Function{{ID: "X", Folder: "functions/nowhere"}}, func(string) {})
	if err == nil || !strings.Contains(err.Error(), "X: its folder functions/nowhere does not exist") {
		t.Errorf("missing folder: %v", err)
	}
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module x\n"), 0o644)
	os.Mkdir(filepath.Join(dir, "bad"), 0o755)
	os.WriteFile(filepath.Join(dir, "bad", "main.go"), []byte("package main\nfunc main() { undefined() }\n"), 0o644)
	_, err = function.Build(t.Context(), dir, t.TempDir(), []template.Function{{ID: "X", Folder: "bad"}}, func(string) {})
	if err == nil || !strings.Contains(err.Error(), "undefined: undefined") {
		t.Errorf("broken program: %v", err)
	}
}

// eventually waits for what no signal tells.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not come", what)
		}
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
