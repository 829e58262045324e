package attribution

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func ids(touches []Touch) string {
	list := make([]string, len(touches))
	for i, t := range touches {
		list[i] = t.ID
	}
	return strings.Join(list, " ")
}

func TestOptions(t *testing.T) {
	const conv = 100 * Day
	at := func(id string, age int64, more ...string) Touch {
		touch := Touch{ID: id, Time: conv - age, Channel: "Email"}
		if len(more) > 0 {
			touch.Type = more[0]
		}
		if len(more) > 1 {
			touch.Channel = more[1]
		}
		return touch
	}
	kinds := []Touch{at("a", 3*Day, Impression), at("b", 2*Day, Click), at("c", Day), at("d", 0, "email_opened")}
	direct := []Touch{at("a", 2*Day, Visit, Direct), at("b", Day), at("c", 0, Visit, Direct)}
	views := []Touch{at("a", Day+1, Impression), at("b", Day, Impression), at("c", 7*Day, Click), at("d", 7*Day+1, Click)}
	clicked := []Touch{at("a", 2*Day, Click), at("b", Day)}
	clicked[0].Behind = []string{Visit}
	for _, c := range []struct {
		name     string
		options  Options
		touches  []Touch
		previous int64
		want     string
	}{
		{"visits and clicks where no types are named", Options{Lookback: 30 * Day, ViewLookback: 30 * Day}, kinds, 0, "b c"},
		{"only what is named", Options{Lookback: 30 * Day, Types: []string{Click}}, kinds, 0, "b"},
		{"an event without a type is a visit", Options{Lookback: 30 * Day, Types: []string{Visit}}, kinds, 0, "c"},
		{"impressions where named", Options{Lookback: 30 * Day, ViewLookback: 30 * Day, Types: []string{Impression, Click}}, kinds, 0, "a b"},
		{"any other type by the click look-back", Options{Lookback: Day, Types: []string{"email_opened"}}, kinds, 0, "d"},
		{"a look-back each, both ends inclusive", Options{Lookback: 7 * Day, ViewLookback: Day, Types: []string{Impression, Click}}, views, 0, "c b"},
		{"no view look-back: what is seen at the instant", Options{Lookback: 30 * Day, Types: []string{Impression, Click}}, views, 0, "d c"},
		{"direct is a channel", Options{Lookback: 30 * Day}, direct, 0, "a b c"},
		{"direct left out", Options{Lookback: 30 * Day, ExcludeDirect: true}, direct, 0, "b"},
		{"direct stays where nothing else is left in the window", Options{Lookback: 0, ExcludeDirect: true}, direct, 0, "c"},
		{"direct stays where nothing else is a touch", Options{Lookback: 30 * Day, ExcludeDirect: true}, append(direct[:1:1], at("i", 0, Impression)), 0, "a"},
		{"touches are used again", Options{Lookback: 30 * Day}, direct, conv - Day, "a b c"},
		{"only after the conversion before", Options{Lookback: 30 * Day, ResetAfterConversion: true}, direct, conv - Day, "c"},
		{"a millisecond later counts", Options{Lookback: 30 * Day, ResetAfterConversion: true}, direct, conv - Day - 1, "b c"},
		{"the first conversion resets nothing", Options{Lookback: 30 * Day, ResetAfterConversion: true}, direct, 0, "a b c"},
		{"direct is judged after the reset", Options{Lookback: 30 * Day, ResetAfterConversion: true, ExcludeDirect: true}, direct, conv - Day, "c"},
		{"a visit stands for its click", Options{Lookback: 30 * Day, Types: []string{Visit, Click}}, clicked, 0, "b"},
		{"also where no types are named", Options{Lookback: 30 * Day}, clicked, 0, "b"},
		{"where visits are no touches the click is one", Options{Lookback: 30 * Day, Types: []string{Click}}, clicked, 0, "a"},
		{"a negative look-back holds nothing", Options{Lookback: -1}, direct, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := slices.Clone(c.touches)
			if got := ids(c.options.Eligible(c.touches, conv, c.previous)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if d := cmp.Diff(before, c.touches); d != "" {
				t.Errorf("the input moved:\n%s", d)
			}
		})
	}
}

func TestEligible(t *testing.T) {
	const conv, back = 100 * Day, 30 * Day
	at := func(id string, ms int64) Touch { return Touch{ID: id, Time: ms} }
	for _, c := range []struct {
		name string
		in   []Touch
		back int64
		want string
	}{
		{"both ends are in", []Touch{at("a", conv-back), at("b", conv)}, back, "a b"},
		{"a millisecond past either end is out", []Touch{at("a", conv-back-1), at("b", conv+1)}, back, ""},
		{"by time, not by arrival", []Touch{at("a", conv), at("b", conv-1)}, back, "b a"},
		{"one instant: by id in byte order", []Touch{at("b", conv), at("a", conv), at("B", conv)}, back, "B a b"},
		{"an id counts once, the first stands", []Touch{at("a", conv-1), at("a", conv)}, back, "a"},
		{"a look-back of nothing holds the instant itself", []Touch{at("a", conv), at("b", conv-1)}, 0, "a"},
		{"a negative look-back holds nothing", []Touch{at("a", conv)}, -1, ""},
		{"absurd times do not wrap", []Touch{at("a", math.MinInt64), at("b", math.MaxInt64)}, math.MaxInt64 / 2, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := slices.Clone(c.in)
			if got := ids(Eligible(c.in, conv, c.back)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if d := cmp.Diff(before, c.in); d != "" {
				t.Errorf("the input moved:\n%s", d)
			}
		})
	}
}

// touchOf draws a touch near a conversion at day 100. Ids are few where they may repeat.
func touchOf(t *rapid.T, id string) Touch {
	return Touch{
		ID: id, Time: 100*Day - rapid.Int64Range(-2, 40).Draw(t, "age")*Day,
		Channel: rapid.SampledFrom([]string{Direct, "Email", "Display"}).Draw(t, "channel"),
		Type:    rapid.SampledFrom([]string{"", Visit, Click, Impression, "email_opened"}).Draw(t, "type"),
	}
}

func optionsOf(t *rapid.T) Options {
	return Options{
		Lookback: rapid.Int64Range(0, 40).Draw(t, "look-back") * Day, ViewLookback: rapid.Int64Range(0, 40).Draw(t, "view look-back") * Day,
		Types:         rapid.SampledFrom([][]string{nil, {Visit}, {Impression, Click, Visit}, {"email_opened"}}).Draw(t, "types"),
		ExcludeDirect: rapid.Bool().Draw(t, "direct"), ResetAfterConversion: rapid.Bool().Draw(t, "reset"),
	}
}

// The order in which touches arrive, and deliveries again, change nothing.
func TestEligibleTouchesDoNotDependOnArrival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var touches []Touch
		for i := range rapid.IntRange(0, 40).Draw(t, "n") {
			touches = append(touches, touchOf(t, string(rune('A'+i))))
		}
		o, previous := optionsOf(t), rapid.Int64Range(0, 100).Draw(t, "previous")*Day
		want := o.Eligible(touches, 100*Day, previous)
		again := touches
		if len(touches) > 0 {
			again = append(slices.Clone(touches), rapid.SliceOfN(rapid.SampledFrom(touches), 0, 10).Draw(t, "again")...)
		}
		if d := cmp.Diff(want, o.Eligible(rapid.Permutation(again).Draw(t, "shuffled"), 100*Day, previous)); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
	})
}

// Few touches are told apart otherwise than many; both keep the first of each id.
func TestRepeats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var touches, want []Touch
		seen := map[string]bool{}
		for i := range rapid.IntRange(0, 3*few).Draw(t, "n") {
			touch := Touch{ID: rapid.StringMatching("[a-e]").Draw(t, "id"), Time: int64(i)}
			touches = append(touches, touch)
			if !seen[touch.ID] {
				want = append(want, touch)
			}
			seen[touch.ID] = true
		}
		again := repeats(touches)
		var got []Touch
		for i := range touches {
			if !again(i) {
				got = append(got, touches[i])
			}
		}
		if cmp.Diff(want, got) != "" {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func BenchmarkEligible(b *testing.B) {
	p := path("A B C D E F")
	o := Options{Lookback: 30 * Day}
	b.ReportAllocs()
	for b.Loop() {
		o.Eligible(p.Touches, p.Conversion, 0)
	}
}
