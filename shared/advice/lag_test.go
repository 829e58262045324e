package advice

import "testing"

// The lag is the hour by whose end 95 % of the credit had come; few conversions tell none.
func TestLag(t *testing.T) {
	for _, c := range []struct {
		name  string
		waits [][2]int64 // milliseconds, conversions
		hours int64
		ok    bool
	}{
		{"none", nil, 0, false},
		{"49 conversions", [][2]int64{{0, 49}}, 0, false},
		{"all at once", [][2]int64{{0, 50}}, 1, true},
		{"the last moment of an hour", [][2]int64{{hour - 1, 50}}, 1, true},
		{"95 of 100 at once", [][2]int64{{0, 95}, {240 * hour, 5}}, 1, true},
		{"94 of 100 at once", [][2]int64{{240 * hour, 6}, {0, 94}}, 241, true},
		{"half at once, half in a week", [][2]int64{{5, 50}, {168 * hour, 50}}, 169, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w, joined Waits
			for _, x := range c.waits {
				w.Add(x[0], x[1]*1_000_000)
			}
			joined.Join(w)
			for _, of := range []Waits{w, joined} {
				if got, ok := of.Lag(); got != c.hours*hour || ok != c.ok {
					t.Errorf("got %d hours, %v; want %d, %v", got/hour, ok, c.hours, c.ok)
				}
			}
		})
	}
}
