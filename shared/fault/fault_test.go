package fault

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestOfFindsAFaultInAChain(t *testing.T) {
	f := New(MissingField, "type", "say %s", "what")
	if got := Of(fmt.Errorf("reading: %w", f)); got != f {
		t.Errorf("got %v, want %v", got, f)
	}
	if Of(errors.New("ours")) != nil || Of(nil) != nil {
		t.Error("what is no fault was taken for one")
	}
}

func TestErrorNamesCodeAndField(t *testing.T) {
	for want, f := range map[string]*Fault{
		"missing_field: type: say what": New(MissingField, "type", "say what"),
		"invalid_json: torn":            New(InvalidJSON, "", "torn"),
	} {
		if f.Error() != want {
			t.Errorf("got %q, want %q", f.Error(), want)
		}
	}
}

func TestStatus(t *testing.T) {
	for code, want := range map[Code]int{
		InvalidJSON: 400, UnknownSite: 400, Unauthorized: 401, NotFound: 404, MethodNotAllowed: 405, IDConflict: 409, TooLarge: 413,
		Internal: 500, StoreUnavailable: 503, "a code of tomorrow": 400,
	} {
		if got := code.Status(); got != want {
			t.Errorf("%s is %d, want %d", code, got, want)
		}
	}
}

// TestClip ensures that a message shows a value as it is, or its head, and never half a letter.
func TestClip(t *testing.T) {
	for _, row := range []struct{ name, value, want string }{
		{"short", "vists", "vists"},
		{"just short enough", strings.Repeat("a", 64), strings.Repeat("a", 64)},
		{"too long", strings.Repeat("a", 65), strings.Repeat("a", 64) + "…"},
		{"a letter across the end", strings.Repeat("a", 63) + "ü", strings.Repeat("a", 63) + "…"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := Clip(row.value); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}
