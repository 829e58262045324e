package webhook

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzDraftJSON ensures that a draft reads back as encoding/json would write it, less what is empty.
func FuzzDraftJSON(f *testing.F) {
	f.Add("name", "text \"\\\u2028\x00\xff é", int64(-7), true)
	f.Fuzz(func(t *testing.T, name, text string, n int64, yes bool) {
		d := Draft{
			"t": text, name: n, "b": yes, "l": []any{text, n, map[string]any{"x": text + "x"}}, "s": []string{text, "y"}, "m": map[string]string{"k": text},
			"n": json.Number("1.50"), "none": nil,
		}
		var got, want map[string]any
		if err := json.Unmarshal([]byte(d.JSON()), &got); err != nil {
			t.Fatalf("%s: %v", d.JSON(), err)
		}
		whole, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(whole, &want); err != nil {
			t.Fatal(err)
		}
		for k, v := range want {
			if v == nil || v == "" {
				delete(want, k)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Ensures the decimals of integers, and that what is no integer is no amount.
func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		in   string
		exp  int
		want string
	}{
		{"4200", 2, "42.00"}, {"5", 2, "0.05"}, {"0", 2, "0.00"}, {"-150", 2, "-1.50"}, {"4200", 0, "4200"}, {"4200", 3, "4.200"}, {"", 2, "no integer: "}, {"4.2", 2, "no integer: 4.2"},
	} {
		if got := Decimal(c.in, c.exp); got != c.want {
			t.Errorf("%q with %d: got %q, want %q", c.in, c.exp, got, c.want)
		}
	}
}
