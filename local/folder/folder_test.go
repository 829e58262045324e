package folder_test

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"tributary/local/folder"
)

func open(t *testing.T, path string) *folder.Folder {
	t.Helper()
	f, err := folder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestOneRunnerAtATime(t *testing.T) {
	path := t.TempDir()
	f := open(t, path)
	_, err := folder.Open(path)
	if err == nil || !strings.Contains(err.Error(), "in use by another runner (process "+strconv.Itoa(os.Getpid())+")") {
		t.Errorf("second: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path).Close()
}

func TestOneEngineForGood(t *testing.T) {
	f := open(t, t.TempDir())
	defer f.Close()
	if name, err := f.Engine(); name != "" || err != nil {
		t.Errorf("a new folder belongs to %q, %v", name, err)
	}
	for range 2 {
		if err := f.Claim("dynoxide"); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Claim("dynamodb-local"); err == nil || !strings.Contains(err.Error(), "belongs to dynoxide, not to dynamodb-local") {
		t.Errorf("another engine: %v", err)
	}
}

func TestKeyIsMadeOnceAndKept(t *testing.T) {
	path := t.TempDir()
	f := open(t, path)
	first, err := f.Key("")
	if err != nil || !strings.HasPrefix(first, "trb_") {
		t.Fatalf("got %q, %v", first, err)
	}
	if got, _ := f.Key("mine"); got != "mine" {
		t.Errorf("a given key became %q", got)
	}
	f.Close()
	f = open(t, path)
	defer f.Close()
	if second, _ := f.Key(""); second != first {
		t.Errorf("the key %q became %q", first, second)
	}
	if info, err := os.Stat(f.Path("key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", info, err)
	}
}

func TestEndLeftoverKillsOnlyTheFoldersEngine(t *testing.T) {
	f := open(t, t.TempDir())
	defer f.Close()
	for _, c := range []struct {
		name string
		args []string
		dies bool
	}{
		{"its engine", []string{"-c", "sleep 60; exit 0", f.Path("engine")}, true},
		{"somebody else", []string{"-c", "sleep 60; exit 0", "x"}, false},
	} {
		cmd := exec.Command("sh", c.args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }()
		if err := f.EngineStarted(cmd.Process.Pid); err != nil {
			t.Fatal(err)
		}
		f.EndLeftover()
		if c.dies {
			<-ended // or the test runs into its timeout
			continue
		}
		select {
		case <-ended:
			t.Errorf("%s was killed", c.name)
		default:
			_ = cmd.Process.Kill()
			<-ended
		}
	}
	f.EndLeftover() // without a note of an engine
}
