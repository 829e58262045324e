package main_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSendTellsARefusal ensures that whoever scripts `local send` learns by its exit code, and in its words, what was refused: the key,
// or the delivery.
func TestSendTellsARefusal(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "local")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, row := range []struct {
		name           string
		setting, posts int
		ok             bool
		says           string
	}{
		{"stored", http.StatusOK, http.StatusOK, true, "200"},
		{"a key that is not known", http.StatusUnauthorized, http.StatusOK, false, "401 told so"},
		{"a signature that is wrong", http.StatusOK, http.StatusUnauthorized, false, "401 told so"},
		{"kept nowhere", http.StatusOK, http.StatusServiceUnavailable, false, "503 told so"},
	} {
		t.Run(row.name, func(t *testing.T) {
			door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				status := row.setting
				if strings.HasPrefix(r.URL.Path, "/hooks/") {
					status = row.posts
				}
				w.WriteHeader(status)
				_, _ = w.Write([]byte("told so"))
			}))
			defer door.Close()
			cmd := exec.Command(bin, "send", "stripe", "charge.captured", "-url", door.URL, "-key", "k")
			cmd.Env = os.Environ()
			out, err := cmd.CombinedOutput()
			if (err == nil) != row.ok || !strings.Contains(string(out), row.says) {
				t.Errorf("got %v\n%s", err, out)
			}
		})
	}
}
