package main_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fixture is the template whose functions the tests of the runner drive: probe does as it is told, counter copies Events to
// Derived and Derived to KPIs.
const fixture = "local/testdata/template.yaml"

func startFixture(t *testing.T, data string, env []string, args ...string) *stack {
	t.Helper()
	return startStack(t, data, env, append([]string{"-template", fixture}, args...)...)
}

// put has the counter put n items, named by prefix, into Events.
func (s *stack) put(t *testing.T, n int, prefix string) {
	t.Helper()
	var failed *struct{ ErrorMessage string } // what a function error answers, with status 200
	s.must(t, "POST", "/2015-03-31/functions/counter/invocations", map[string]any{"put": n, "prefix": prefix}, &failed)
	if failed != nil && failed.ErrorMessage != "" {
		t.Fatalf("put %d %s: %s", n, prefix, failed.ErrorMessage)
	}
}

// arrived is how many items came out at the end of the chain.
func (s *stack) arrived(t *testing.T) int {
	t.Helper()
	var n int
	s.must(t, "POST", "/2015-03-31/functions/CounterFunction/invocations", map[string]any{"count": true}, &n)
	return n
}

func TestIdleMeansHandledToTheEndOfTheChain(t *testing.T) {
	for _, engine := range []string{"dynamodb-local", "dynoxide"} {
		t.Run(engine, func(t *testing.T) {
			if engine == "dynamodb-local" && !javaRuns() {
				engine = "dynoxide" // what a machine without Java runs
			}
			s := startFixture(t, "", nil, "-engine", engine)
			for round := range 5 {
				s.put(t, 20, string(rune('a'+round)))
				s.idle(t)
				if got, want := s.arrived(t), 20*(round+1); got != want {
					t.Fatalf("idle with %d items at the end of the chain, want %d", got, want)
				}
			}
		})
	}
}

func javaRuns() bool { return exec.Command("java", "-version").Run() == nil }

func TestKillNineLosesNothing(t *testing.T) {
	kills := map[string]func(*stack){
		"of all processes": (*stack).Kill,
		"of the runner alone": func(s *stack) {
			_ = s.cmd.Process.Kill() // Wait tells
			_ = s.cmd.Wait()
		},
	}
	for name, kill := range kills {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			s := startFixture(t, data, nil)
			s.put(t, 40, "before")
			s.idle(t)
			s.put(t, 150, "amid") // and do not wait: the pumps are at work when the kill comes
			kill(s)
			s = startFixture(t, data, nil)
			s.put(t, 10, "after")
			s.idle(t)
			if got, want := s.arrived(t), 200; got != want {
				t.Errorf("%d items at the end of the chain, want %d", got, want)
			}
			if strings.Contains(s.out.String(), "is lost") {
				t.Errorf("the restart did not resume at its checkpoints:\n%s", s.out)
			}
		})
	}
}

func TestInterruptStopsEveryChild(t *testing.T) {
	s := startFixture(t, "", nil)
	s.put(t, 5, "x")
	children := descendants(s.cmd.Process.Pid)[1:]
	if len(children) < 3 {
		t.Fatalf("only %d children: engine and two functions are missing", len(children))
	}
	begun := time.Now()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil || time.Since(begun) > 5*time.Second {
		t.Errorf("ended with %v after %s, want exit status 0 in under 5 s\n%s", err, time.Since(begun), s.out)
	}
	for _, pid := range children {
		if syscall.Kill(pid, 0) == nil {
			t.Errorf("process %d lives on", pid)
		}
	}
}

func TestRoutesReachFunctions(t *testing.T) {
	s := startFixture(t, "", nil, "-engine", "dynoxide")
	var env []string
	s.must(t, "POST", "/2015-03-31/functions/probe/invocations", map[string]any{"do": "env"}, &env)
	sum := sha256.Sum256([]byte(stackKey))
	all := "\n" + strings.Join(env, "\n") + "\n"
	for _, want := range []string{
		"DASHBOARD_OPEN=1", "STAGE=dev", "AWS_REGION=us-east-1", "AWS_LAMBDA_FUNCTION_NAME=tributary-local-ProbeFunction", "_HANDLER=bootstrap",
		"EVENTS_TABLE=tributary-local-EventsTable", "AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:", "AWS_ENDPOINT_URL_S3=http://127.0.0.1:",
		"API_KEY_SHA256=" + hex.EncodeToString(sum[:]),
	} {
		if !strings.Contains(all, "\n"+want) {
			t.Errorf("%s is missing in %s", want, all)
		}
	}
	var event struct {
		PathParameters map[string]string `json:"pathParameters"`
	}
	s.must(t, "GET", "/files/a/b%20c", nil, &event)
	if event.PathParameters["rest"] != "a/b c" {
		t.Errorf("pathParameters %v", event.PathParameters)
	}
	for _, do := range []string{"crash", "sleep"} { // the probe's timeout is 2 s
		var failure struct{ ErrorMessage string }
		s.must(t, "POST", "/2015-03-31/functions/ProbeFunction/invocations", map[string]any{"do": do, "ms": 60000}, &failure)
		if failure.ErrorMessage == "" {
			t.Errorf("%s is answered without an errorMessage", do)
		}
	}
	s.must(t, "GET", "/probe", nil, nil)
}

func TestEndpointsOfTheEnvironmentReplaceTheEngine(t *testing.T) {
	endpoint := startEngine(t)
	s := startFixture(t, "", []string{"AWS_ENDPOINT_URL_DYNAMODB=" + endpoint})
	s.put(t, 5, "x")
	s.idle(t)
	if got := s.arrived(t); got != 5 {
		t.Errorf("%d items at the end of the chain, want 5", got)
	}
	if entries, err := filepath.Glob(filepath.Join(s.Data, "dyn*")); err != nil || len(entries) > 0 {
		t.Errorf("an engine's data lie in the folder: %v %v", entries, err)
	}
}

// outcome runs the runner until it ends, as it should at once, and answers what it said on stderr.
func outcome(t *testing.T, dir string, env []string, args ...string) string {
	t.Helper()
	cmd := exec.Command(runner(t), args...)
	cmd.Dir = dir
	if cmd.Env = env; env == nil {
		cmd.Env = os.Environ()
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	_ = cmd.Run() // the exit status is looked at
	if cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("%s, want exit status 1; stderr: %s", cmd.ProcessState, stderr.String())
	}
	return stderr.String()
}

func TestWhatStandsInTheWayIsOneSentence(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	busy, other := t.TempDir(), t.TempDir()
	startFixture(t, busy, nil, "-engine", "dynoxide")
	writeFile(t, filepath.Join(other, "engine"), []byte("dynoxide\n"))
	broken := filepath.Join(t.TempDir(), "template.yaml")
	writeFile(t, broken, []byte("Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {Runtime: provided.al2023, CodeUri: f/, Layers: [x]}}\n"))
	bare := bareCheckout(t)
	cases := []struct {
		name, dir string
		env       []string
		args      []string
		want      string
	}{
		{"port in use", "..", nil, []string{"-addr", taken.Addr().String()}, taken.Addr().String() + " is in use: stop what serves there, or choose another with -addr"},
		{"folder in use", "..", nil, []string{"-addr", "127.0.0.1:0", "-data", busy}, "is in use by another runner"},
		{"folder of another engine", "..", nil, []string{"-addr", "127.0.0.1:0", "-data", other, "-engine", "dynamodb-local"}, "belongs to dynoxide, not to dynamodb-local"},
		{"broken template", "..", nil, []string{"-addr", "127.0.0.1:0", "-data", t.TempDir(), "-template", broken}, "template.yaml: F: Layers cannot be honoured on a laptop"},
		{"no template", bare, nil, []string{"-addr", "127.0.0.1:0"}, "cannot read the template"},
		{"no checkout", t.TempDir(), nil, nil, "there is no go.mod here or above"},
		{"unknown engine", "..", nil, []string{"-addr", "127.0.0.1:0", "-data", t.TempDir(), "-engine", "oracle"}, "-engine oracle is not known"},
		{"odd argument", "..", nil, []string{"serve"}, `"serve" is no option`},
		{"no Node", bare, []string{"PATH=/nonexistent", "HOME=" + bare}, []string{"-addr", "127.0.0.1:0", "-template", abs(t, "testdata/template.yaml")}, "install Node 20 or newer"},
		{"no network", bare, append(os.Environ(), "npm_config_registry=http://127.0.0.1:9", "npm_config_cache="+t.TempDir()), []string{"-addr", "127.0.0.1:0", "-template", abs(t, "testdata/template.yaml")}, "is the network up?"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := outcome(t, c.dir, c.env, c.args...)
			if !strings.Contains(got, c.want) || strings.Count(got, "\n") != 1 || strings.Contains(got, "goroutine") {
				t.Errorf("stderr: %s\nwant one line with: %s", got, c.want)
			}
		})
	}
}

// bareCheckout is a checkout in which nothing is installed and there is no template.
func bareCheckout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "go.mod"), []byte("module x\n"))
	if err := os.Mkdir(filepath.Join(dir, "local"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"package.json", "package-lock.json", ".npmrc"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, "local", name), raw)
	}
	return dir
}

func abs(t *testing.T, path string) string {
	t.Helper()
	full, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return full
}

func TestKeySurvivesRestarts(t *testing.T) {
	data := t.TempDir()
	key := func() string {
		s := startFixture(t, data, []string{"TRIBUTARY_API_KEY="}, "-engine", "dynoxide")
		defer s.Stop()
		_, rest, ok := strings.Cut(s.out.String(), "\nkey ")
		for end := time.Now().Add(5 * time.Second); !ok && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			_, rest, ok = strings.Cut(s.out.String(), "\nkey ")
		}
		line, _, _ := strings.Cut(rest, "\n")
		return strings.TrimSpace(line)
	}
	first := key()
	if second := key(); first == "" || first != second {
		t.Errorf("keys %q and %q", first, second)
	}
}

func TestEngineSubcommandTellsWhereTheTablesAre(t *testing.T) {
	cmd := exec.Command(runner(t), "engine", "-engine", "dynoxide")
	cmd.Dir = ".."
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := stdin.Close(); err != nil { // before it is ready: it must end all the same
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Endpoint string
		Env      map[string]string
	}
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil || strings.Count(stdout.String(), "\n") != 1 {
		t.Fatalf("printed %s: %v", stdout.String(), err)
	}
	for _, name := range []string{"EVENTS_TABLE", "KPIS_TABLE", "JOURNEYS_TABLE", "CONFIG_TABLE", "QUARANTINE_TABLE", "BUCKET"} {
		if got.Env[name] == "" {
			t.Errorf("%s is missing in %v", name, got.Env)
		}
	}
}
