// Package folder is the runner's data folder: one runner at a time, one engine for good, and the key that survives restarts.
package folder

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Folder is a locked data folder.
type Folder struct {
	path string
	lock *os.File
}

// Open makes the folder if need be and locks it; the system frees the lock however the runner ends.
func Open(path string) (*Folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("cannot make the data folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("cannot write to the data folder: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		raw, _ := os.ReadFile(lock.Name()) // only for the message
		lock.Close()
		return nil, fmt.Errorf("the data folder %s is in use by another runner (process %s): stop it, or give this one -data another", path, strings.TrimSpace(string(raw)))
	}
	if err := errors.Join(lock.Truncate(0), write(lock, strconv.Itoa(os.Getpid()))); err != nil {
		return nil, fmt.Errorf("cannot write to the data folder: %w", err)
	}
	return &Folder{path, lock}, nil
}

func write(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text+"\n"), 0)
	return err
}

// Path is the path of something in the folder.
func (f *Folder) Path(elements ...string) string {
	return filepath.Join(append([]string{f.path}, elements...)...)
}

// Close unlocks the folder.
func (f *Folder) Close() error { return f.lock.Close() }

// Engine is the engine whose data the folder holds; empty for a new folder.
func (f *Folder) Engine() (string, error) {
	raw, err := os.ReadFile(f.Path("engine"))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(raw)), err
}

// Claim makes the folder the given engine's, or refuses because it is another's.
func (f *Folder) Claim(engine string) error {
	owner, err := f.Engine()
	switch {
	case err != nil:
		return fmt.Errorf("cannot read the data folder: %w", err)
	case owner == "":
		return os.WriteFile(f.Path("engine"), []byte(engine+"\n"), 0o644)
	case owner != engine:
		return fmt.Errorf("the data folder %s belongs to %s, not to %s: give -data another folder, or remove it", f.path, owner, engine)
	}
	return nil
}

// Key answers the API key: the wished one, else the folder's, else a new one, which the folder keeps.
func (f *Folder) Key(wish string) (string, error) {
	if wish != "" {
		return wish, nil
	}
	if raw, err := os.ReadFile(f.Path("key")); err == nil && len(raw) > 0 {
		return strings.TrimSpace(string(raw)), nil
	}
	var b [15]byte
	_, _ = rand.Read(b[:]) // never fails
	key := "trb_" + strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
	return key, os.WriteFile(f.Path("key"), []byte(key+"\n"), 0o600)
}

// EngineStarted notes the engine's process, for a runner that comes after this one was killed.
func (f *Folder) EngineStarted(pid int) error {
	return os.WriteFile(f.Path("engine.pid"), []byte(strconv.Itoa(pid)+"\n"), 0o644)
}

// EndLeftover kills the engine of a runner that was killed, where the system did not do it already. A process whose command line does
// not name this folder is somebody else's by now.
func (f *Folder) EndLeftover() {
	raw, err := os.ReadFile(f.Path("engine.pid"))
	if err != nil {
		return
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil || pid < 2 {
		return
	}
	out, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err == nil && strings.Contains(string(out), f.path) {
		_ = syscall.Kill(pid, syscall.SIGKILL) // gone is what is wanted
	}
	_ = os.Remove(f.Path("engine.pid"))
}
