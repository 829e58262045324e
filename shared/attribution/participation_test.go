package attribution

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParticipation(t *testing.T) {
	for _, c := range []struct {
		name, path string
		want       []uint64
	}{
		{"nobody took part", "", []uint64{}},
		{"each channel once, at its first touch", "A B A C B", []uint64{1, 1, 0, 1, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, Participation(path(c.path).Touches)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	if participation.Known() || Weights(participation, path("A B")) != nil {
		t.Error("participation gives more than one conversion and must be no model")
	}
}
