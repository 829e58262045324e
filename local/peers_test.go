package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmePeers ensures that each feature that README claims to have before others names a test, and that the test exists.
func TestReadmePeers(t *testing.T) {
	_, table, found := strings.Cut(readme(t), "| feature | Tributary | GoatCounter | Umami | Plausible | Snowplow | Dub | Refferq | proof |\n|---|---|---|---|---|---|---|---|---|\n")
	if !found {
		t.Fatal("README has no table of what others do")
	}
	proof, rows := regexp.MustCompile("`([a-z/]+)` `(Test[A-Za-z0-9]+)`"), 0
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 11 {
			break
		}
		rows++
		for _, cell := range cells[2:9] {
			if word := strings.TrimSpace(cell); word != "–" && word != "yes" && !strings.HasPrefix(word, "no") {
				t.Errorf("%s: %q is neither yes nor no", cells[1], word)
			}
		}
		named := proof.FindAllStringSubmatch(cells[9], -1)
		if len(named) == 0 {
			t.Errorf("%s: no test proves it", cells[1])
		}
		for _, m := range named {
			if !hasTest(t, m[1], m[2]) {
				t.Errorf("%s: there is no %s in %s", cells[1], m[2], m[1])
			}
		}
	}
	if rows < 10 {
		t.Errorf("%d features, want 10 or more", rows)
	}
}

// hasTest looks for a test in a folder's files.
func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "\nfunc "+name+"(t *testing.T)") {
			return true
		}
	}
	return false
}
