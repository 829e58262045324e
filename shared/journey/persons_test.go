package journey

import (
	"testing"
)

func TestPersonsOf(t *testing.T) {
	p := PersonsOf([]Link{
		{From: "U#u1", To: "A#a1", Time: 1, Event: "e1"},
		{From: "A#a1", To: "U#u1", Time: 1, Event: "e1"},
		{From: "U#u2", To: "A#a1", Time: 2, Event: "e2"}, // a1 is u1's, who was first
		{From: "U#u1", To: "O#o1", Time: 3, Event: "e3"},
		{From: "A#a9", To: "O#o1-alias", Time: 4, Event: "e4"},
		{From: "O#o1-alias", To: "O#o1", Time: 4, Event: "e4"},
		{From: "E#m", To: "A#a3", Time: 5, Event: "e5"},
	})
	for _, c := range []struct{ id, want string }{
		{"A#a1", "U#u1"}, {"U#u2", "U#u2"}, {"A#a9", "U#u1"}, {"A#a3", "E#m"}, {"A#stranger", "A#stranger"},
	} {
		if got := p.Of(c.id); got != c.want {
			t.Errorf("%s is %s, want %s", c.id, got, c.want)
		}
	}
}
