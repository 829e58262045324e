package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// stack is a running `go run ./local`, driven from outside like a user would: one binary, one data folder, one key.
type stack struct {
	URL, Key, Data string
	cmd            *exec.Cmd
	out            *lines
}

const stackKey = "stack-test-key"

var (
	runnerOnce sync.Once
	runnerPath string
	runnerErr  error
)

// runner builds the runner's binary once for the whole test process.
func runner(tb testing.TB) string {
	tb.Helper()
	runnerOnce.Do(func() {
		dir, err := os.MkdirTemp("", "tributary-runner")
		if err != nil {
			runnerErr = err
			return
		}
		runnerPath = filepath.Join(dir, "local")
		out, err := exec.Command("go", "build", "-o", runnerPath, "tributary/local").CombinedOutput()
		if err != nil {
			runnerErr = fmt.Errorf("go build: %w\n%s", err, out)
		}
	})
	if runnerErr != nil {
		tb.Fatal(runnerErr)
	}
	return runnerPath
}

// startStack starts the runner on data (a fresh folder when empty) and waits until it says that it is ready.
func startStack(tb testing.TB, data string, env []string, args ...string) *stack {
	tb.Helper()
	if data == "" {
		data = tb.TempDir()
	}
	s := &stack{Key: stackKey, Data: data, out: &lines{}}
	args = append([]string{"-addr", "127.0.0.1:0", "-data", data}, args...)
	s.cmd = exec.Command(runner(tb), args...)
	s.cmd.Dir = ".."
	s.cmd.Env = append(append(os.Environ(), "TRIBUTARY_API_KEY="+stackKey), env...)
	if e := os.Getenv("TRIBUTARY_TEST_ENGINE"); e != "" {
		s.cmd.Args = append(s.cmd.Args, "-engine", e)
	}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.cmd.Stderr = s.out
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Stop)
	ready := make(chan string, 1)
	go func() {
		sc := bufio.NewScanner(stdout)
		for sc.Scan() {
			fmt.Fprintln(s.out, sc.Text())
			if u, ok := strings.CutPrefix(sc.Text(), "ready "); ok {
				u, _, _ = strings.Cut(u, " ")
				ready <- u
			}
		}
		close(ready)
	}()
	select {
	case u, ok := <-ready:
		if !ok {
			tb.Fatalf("the runner ended before it was ready:\n%s", s.out)
		}
		s.URL = u
	case <-time.After(4 * time.Minute):
		tb.Fatalf("the runner is not ready after 4 minutes:\n%s", s.out)
	}
	return s
}

// Stop ends the runner as Ctrl-C does.
func (s *stack) Stop() {
	if s.cmd.ProcessState != nil {
		return
	}
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait()
}

// Kill ends the whole process tree with kill -9, as a power cut would.
func (s *stack) Kill() {
	for _, pid := range descendants(s.cmd.Process.Pid) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	_ = s.cmd.Wait()
}

// descendants lists root and every process below it, children first seen last.
func descendants(root int) []int {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, p := range stats {
		b, err := os.ReadFile(p)
		if err != nil {
			continue
		}
		var pid, ppid int
		var state string
		_, rest, ok := strings.Cut(string(b), ") ")
		if !ok {
			continue
		}
		if _, err := fmt.Sscanf(string(b), "%d", &pid); err != nil {
			continue
		}
		if _, err := fmt.Sscanf(rest, "%s %d", &state, &ppid); err != nil {
			continue
		}
		children[ppid] = append(children[ppid], pid)
	}
	all := []int{root}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// call does one keyed request and decodes a JSON answer into out, when out is given.
func (s *stack) call(ctx context.Context, method, path string, body, out any) (int, error) {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.URL+path, r)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+s.Key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil || out == nil {
		return res.StatusCode, err
	}
	if err := json.Unmarshal(b, out); err != nil {
		return res.StatusCode, fmt.Errorf("%s %s: %w: %s", method, path, err, b)
	}
	return res.StatusCode, nil
}

// must is call for requests that have to succeed.
func (s *stack) must(tb testing.TB, method, path string, body, out any) {
	tb.Helper()
	code, err := s.call(tb.Context(), method, path, body, out)
	if err != nil || code >= 300 {
		tb.Fatalf("%s %s: %d %v\n%s", method, path, code, err, s.out)
	}
}

// idle waits until every stream record written so far has been handled.
func (s *stack) idle(tb testing.TB) {
	tb.Helper()
	s.idleWithin(tb, 2*time.Minute)
}

func (s *stack) idleWithin(tb testing.TB, limit time.Duration) {
	tb.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); {
		res, err := http.Get(s.URL + "/local/idle")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
	}
	tb.Fatalf("not idle after %v:\n%s", limit, s.out)
}

// lines is a buffer that several goroutines may write.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// startEngine starts `local engine`, in memory, and returns its endpoint.
func startEngine(tb testing.TB) string {
	tb.Helper()
	endpoint, _ := startEngineProcess(tb)
	return endpoint
}

// startEngineProcess is startEngine with the id of the process whose descendants the engine is.
func startEngineProcess(tb testing.TB) (endpoint string, pid int) {
	tb.Helper()
	cmd := exec.Command(runner(tb), "engine")
	if e := os.Getenv("TRIBUTARY_TEST_ENGINE"); e != "" {
		cmd.Args = append(cmd.Args, "-engine", e)
	}
	cmd.Dir = ".."
	stdin, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	var started struct{ Endpoint string }
	if err := json.NewDecoder(stdout).Decode(&started); err != nil {
		tb.Fatal(err)
	}
	return started.Endpoint, cmd.Process.Pid
}

// variant is template.yaml with one text put for another, beside the original, as functions are found from its folder.
func variant(tb testing.TB, old, now string) string {
	tb.Helper()
	t, err := os.ReadFile("../template.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	if !bytes.Contains(t, []byte(old)) {
		tb.Fatalf("template.yaml no longer says %q", old)
	}
	f, err := os.CreateTemp("..", ".template-*.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.Remove(f.Name()) })
	_, err = f.Write(bytes.ReplaceAll(t, []byte(old), []byte(now)))
	if err := errors.Join(err, f.Close()); err != nil {
		tb.Fatal(err)
	}
	path, err := filepath.Abs(f.Name())
	if err != nil {
		tb.Fatal(err)
	}
	return path
}
