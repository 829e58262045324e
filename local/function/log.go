package function

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// maxLog is the size at which a log is put aside (as .log.1) when the runner starts.
const maxLog = 16 << 20

// Log keeps a function's output in a file and shows its warnings and errors.
type Log struct {
	name    string
	verbose bool

	mu   sync.Mutex
	file *os.File
	show io.Writer
}

// OpenLog opens <dir>/<name>.log for more. show takes lines for the user: all where verbose, else warnings, errors and panics.
func OpenLog(dir, name string, show io.Writer, verbose bool) (*Log, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("cannot make the folder for logs: %w", err)
	}
	path := filepath.Join(dir, name+".log")
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("cannot open the log of %s: %w", name, err)
	}
	return &Log{name: name, verbose: verbose, file: f, show: show}, nil
}

// Note writes a line of the runner's own about the function, and shows it.
func (l *Log) Note(line string) { l.write([]byte(line), true) }

// Close closes the file.
func (l *Log) Close() error { return l.file.Close() }

func (l *Log) write(line []byte, show bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// a full disk must not stop a function
	_, _ = l.file.Write(append(line[:len(line):len(line)], '\n'))
	if show {
		_, _ = fmt.Fprintf(l.show, "%s: %s\n", l.name, line)
	}
}

// follow copies a process' output line by line until it ends.
func (l *Log) follow(r io.ReadCloser) {
	defer r.Close()
	lines := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := lines.ReadSlice('\n') // a line longer than the buffer comes in pieces
		if len(line) > 0 {
			line = bytes.TrimRight(line, "\r\n")
			l.write(line, l.verbose || alarming(line))
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

// alarming tells warnings and errors of slog's JSON, and everything that is no JSON at all, such as a panic.
func alarming(line []byte) bool {
	if len(line) == 0 {
		return false
	}
	if line[0] != '{' {
		return true
	}
	return bytes.Contains(line, []byte(`"level":"WARN"`)) || bytes.Contains(line, []byte(`"level":"ERROR"`)) ||
		bytes.Contains(line, []byte(`"errorMessage"`))
}
