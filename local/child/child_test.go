package child_test

import (
	"bufio"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tributary/local/child"
)

func start(t *testing.T, script string) *child.Process {
	t.Helper()
	p, err := child.Start(exec.Command("sh", "-c", script))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

func TestStatus(t *testing.T) {
	for script, want := range map[string]string{"exit 0": "exit status 0", "exit 3": "exit status 3", "kill -9 $$": "signal: killed"} {
		p := start(t, script)
		if <-p.Exited(); p.Status() != want || (p.Err() == nil) != (want == "exit status 0") {
			t.Errorf("%s: got %q, %v", script, p.Status(), p.Err())
		}
	}
	if _, err := child.Start(exec.Command("/nonexistent")); err == nil {
		t.Error("a program that does not exist is started")
	}
}

func TestStopAsksFirstAndTakesTheWholeGroup(t *testing.T) {
	cmd := exec.Command("sh", "-c", `trap "" TERM; sleep 60 & echo $!; wait; sleep 60`)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p, err := child.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	grandchild, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	p.Stop(50 * time.Millisecond)
	if !gone(grandchild) {
		t.Error("the grandchild lives on")
	}
}

// gone waits a little for a process that was killed to disappear, or to be left for its new parent to collect.
func gone(pid int) bool {
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if syscall.Kill(pid, 0) != nil || err == nil && strings.Contains(string(raw), ") Z ") {
			return true
		}
	}
	return false
}
