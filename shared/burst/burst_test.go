package burst

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// at is a click with its link for an id; pot is one on a link that nobody sees.
func at(ms int64, link string) Click {
	return Click{ID: link, Time: ms, Link: strings.TrimRight(link, "'")}
}
func pot(ms int64) Click { return Click{ID: "pot", Time: ms, Link: "pot", Honeypot: true} }

// TestScanned ensures which clicks are a scanner's, up to the borders of the rule, in any order and however often they come.
func TestScanned(t *testing.T) {
	for _, c := range []struct {
		name   string
		clicks []Click
		want   string
	}{
		{"nothing", nil, ""},
		{"one click", []Click{at(0, "a")}, ""},
		{"two links at once", []Click{at(0, "a"), at(0, "b")}, ""},
		{"three links in a moment", []Click{at(0, "a"), at(500, "b"), at(1999, "c")}, "a b c"},
		{"three links in two seconds", []Click{at(0, "a"), at(500, "b"), at(2000, "c")}, ""},
		{"one link often", []Click{at(0, "a"), at(1, "a'"), at(2, "a''"), at(3, "a'''")}, ""},
		{"a chain goes on as long as it is dense", []Click{at(0, "a"), at(900, "b"), at(1800, "c"), at(2700, "d"), at(9000, "e")}, "a b c d"},
		{"the person comes later", []Click{at(0, "a"), at(100, "b"), at(200, "c"), at(60_000, "d")}, "a b c"},
		{"a link that nobody sees", []Click{at(0, "a"), pot(10_000), at(20_000, "b")}, "a b pot"},
		{"and what is far from it", []Click{at(-1, "a"), pot(10_000), at(20_001, "b")}, "pot"},
	} {
		for range 20 {
			list := append(slices.Clone(c.clicks), c.clicks...)
			rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			if got := strings.Join(slices.Sorted(maps.Keys(Scanned(list))), " "); got != c.want {
				t.Errorf("%s: got %q, want %q", c.name, got, c.want)
				break
			}
		}
	}
}
