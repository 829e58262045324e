package attribution

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// transform reads a name of testdata/transforms.json, such as trim_long_path(2).
func transform(t *testing.T, name string) func([]string) []string {
	t.Helper()
	name, argument, _ := strings.Cut(strings.TrimSuffix(name, ")"), "(")
	switch name {
	case "unique_path":
		return Unique
	case "exposure_path":
		return Exposure
	case "first_path":
		return First
	case "frequency_path":
		return Frequency
	case "remove_if_not_all":
		return func(p []string) []string { return RemoveIfNotAll(p, argument) }
	case "remove_if_last_and_not_all":
		return func(p []string) []string { return RemoveIfLastAndNotAll(p, argument) }
	case "trim_long_path":
		steps, err := strconv.Atoi(argument)
		if err != nil {
			t.Fatal(err)
		}
		return func(p []string) []string { return Trim(p, steps) }
	}
	t.Fatalf("no transform is called %s", name)
	return nil
}

func TestTransformVectors(t *testing.T) {
	raw, err := os.ReadFile("testdata/transforms.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			Path     []string
			Expected map[string][]string
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, c := range file.Cases {
		for name, want := range c.Expected {
			if d := cmp.Diff(want, transform(t, name)(c.Path)); d != "" {
				t.Errorf("%s of %q (-want +got):\n%s", name, c.Path, d)
			}
			checked++
		}
	}
	if checked != 34 {
		t.Errorf("%d cases were checked, want 34", checked)
	}
}

// Whatever the path: none is emptied, none changes its input or shares memory with it, and all but frequency do nothing when
// done again.
func TestTransforms(t *testing.T) {
	names := []string{"unique_path", "exposure_path", "first_path", "frequency_path", "remove_if_not_all(A)", "remove_if_last_and_not_all(A)", "trim_long_path(3)"}
	rapid.Check(t, func(rt *rapid.T) {
		path := rapid.SliceOfN(rapid.SampledFrom([]string{"A", "B", "C"}), 1, 12).Draw(rt, "path")
		before := slices.Clone(path)
		for _, name := range names {
			do := transform(t, name)
			once := do(path)
			if len(once) == 0 || len(once) > len(path) {
				rt.Fatalf("%s of %q has %d steps", name, path, len(once))
			}
			if twice := do(once); name != "frequency_path" && !slices.Equal(twice, once) {
				rt.Fatalf("%s of %q is %q, and of that %q", name, path, once, twice)
			}
			once[0] = "changed"
			if !slices.Equal(path, before) {
				rt.Fatalf("%s of %q left it as %q", name, before, path)
			}
		}
	})
}
