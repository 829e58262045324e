// Package storetest runs the store's contract tests on a real engine: a process of its own, in memory, with the tables
// that template.yaml declares. Tests keep apart by using sites of their own (Site).
package storetest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tributary/shared/store"
)

// Engine is what `go run ./local engine` says about itself.
type Engine struct {
	Endpoint string            `json:"endpoint"`
	Env      map[string]string `json:"env"`

	stdin io.Closer // held, so that no finalizer closes it: the engine ends when it closes
}

// engine starts one engine for the whole test process. It ends with the process: its standard input closes then.
var engine = sync.OnceValues(start)

// sites numbers the sites of a test process.
var sites atomic.Int64

// Open gives a store on the process's engine. TRIBUTARY_TEST_ENGINE chooses it (dynamodb-local or dynoxide); an engine
// that does not start fails the test.
func Open(tb testing.TB) *store.Store {
	tb.Helper()
	s, err := store.Open(Env(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// Env is the environment of a function on the process's engine, as getenv.
func Env(tb testing.TB) func(string) string {
	tb.Helper()
	e, err := engine()
	if err != nil {
		tb.Fatal(err)
	}
	env := map[string]string{
		"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
		"AWS_ENDPOINT_URL_DYNAMODB": e.Endpoint,
	}
	for k, v := range e.Env {
		env[k] = v
	}
	return func(name string) string { return env[name] }
}

// Site is a name that no other test uses.
func Site(tb testing.TB) string {
	tb.Helper()
	return "t" + strconv.FormatInt(time.Now().UnixMicro(), 36) + "-" + strconv.FormatInt(sites.Add(1), 10)
}

// start runs the engine from the module's root and waits for its one line.
func start() (*Engine, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	args := []string{"run", "./local", "engine"}
	if name := os.Getenv("TRIBUTARY_TEST_ENGINE"); name != "" {
		args = append(args, "-engine", name)
	}
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stderr = root, os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("storetest: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("storetest: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("storetest: go run ./local engine: %w", err)
	}
	return read(out, stdin)
}

// read decodes the line; whatever the engine prints later is drained, so that it never blocks.
func read(out io.Reader, stdin io.Closer) (*Engine, error) {
	lines := bufio.NewReader(out)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("storetest: go run ./local engine ended without its line (its own message stands above): %w", err)
	}
	e := Engine{stdin: stdin}
	if err := json.Unmarshal(line, &e); err != nil {
		return nil, fmt.Errorf("storetest: go run ./local engine said %q: %w", line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	return &e, nil
}

// moduleRoot is the nearest folder above the test's that holds go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("storetest: %w", err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("storetest: no go.mod above the test's folder")
}
