package attribution

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// path makes touches of the channels in s, a day apart, the last at the conversion.
func path(s string) Path {
	p := Path{Conversion: 1000 * Day}
	names := strings.Fields(s)
	for i, name := range names {
		p.Touches = append(p.Touches, Touch{Time: p.Conversion - int64(len(names)-1-i)*Day, Channel: name, ID: fmt.Sprint("t", i)})
	}
	return p
}

func TestWeights(t *testing.T) {
	for _, c := range []struct {
		name  string
		model Model
		path  string
		want  []uint64
	}{
		{"no touch, no weights", Linear, "", nil},
		{"a model that is not known", "j_curve", "A B", nil},
		{"first", FirstTouch, "A B C", []uint64{1, 0, 0}},
		{"last", LastTouch, "A B C", []uint64{0, 0, 1}},
		{"last that is not direct", LastNonDirect, "A B Direct", []uint64{0, 1, 0}},
		{"all direct: the last", LastNonDirect, "Direct Direct", []uint64{0, 1}},
		{"direct is written so and not otherwise", LastNonDirect, "A direct", []uint64{0, 1}},
		{"linear", Linear, "A A B", []uint64{1, 1, 1}},
		{"position, one", PositionBased, "A", []uint64{1}},
		{"position, two share alike", PositionBased, "A B", []uint64{2, 2}},
		{"position, three: 2/5 1/5 2/5", PositionBased, "A B C", []uint64{2, 1, 2}},
		{"position, four: 4/10 1/10 1/10 4/10", PositionBased, "A B C D", []uint64{4, 1, 1, 4}},
		{"J: 1/5 1/10 1/10 3/5", JShaped, "A B C D", []uint64{2, 1, 1, 6}},
		{"J, two: 1/4 3/4", JShaped, "A B", []uint64{1, 3}},
		{"J, one", JShaped, "A", []uint64{1}},
		{"inverse J: 3/5 1/10 1/10 1/5", InverseJShaped, "A B C D", []uint64{6, 1, 1, 2}},
		{"inverse J, two: 3/4 1/4", InverseJShaped, "A B", []uint64{3, 1}},
		{"W without stages: 9/20 1/20 1/20 9/20", WShaped, "A B C D", []uint64{18, 2, 2, 18}},
		{"full path without stages is the same", FullPath, "A B C D", []uint64{18, 2, 2, 18}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, Weights(c.model, path(c.path))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestModelsAreKnown(t *testing.T) {
	for _, m := range Models() {
		if !m.Known() || Weights(m, path("A")) == nil {
			t.Errorf("%s is listed and not known", m)
		}
	}
	if Model("shapley").Known() {
		t.Error("shapley is no rule model")
	}
}

func BenchmarkWeights(b *testing.B) {
	for _, n := range []int{1, 2, 3, 6, 12} {
		p := path(strings.Repeat("A ", n))
		for _, m := range Models() {
			b.Run(fmt.Sprintf("%s/%d", m, n), func(b *testing.B) {
				for b.Loop() {
					Weights(m, p)
				}
			})
		}
	}
}
