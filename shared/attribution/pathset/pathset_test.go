package pathset

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawRows are rows of up to five channels, with loops, repeats, rows of nothing and empty paths.
func drawRows(t *rapid.T) []Row {
	channel := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
	small := rapid.Int64Range(0, 9)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Row {
		r := Row{Path: rapid.SliceOfN(channel, 0, 7).Draw(t, "path"), Conversions: small.Draw(t, "conversions"), Nulls: small.Draw(t, "nulls")}
		if r.Conversions > 0 {
			r.Value = rapid.Int64Range(0, 1000).Draw(t, "value")
			r.Net = rapid.Int64Range(-100, 1000).Draw(t, "net")
			r.NetConversions = rapid.Int64Range(0, r.Conversions).Draw(t, "net conversions")
		}
		return r
	}), 1, 12).Draw(t, "rows")
}

// TestMarkovIsExact ensures that chains of every order give what fractions give, rounded up or down, and the totals to the
// unit.
func TestMarkovIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, order := drawRows(t), rapid.IntRange(1, 3).Draw(t, "order")
		got, err := Markov(rows, order)
		if err != nil {
			t.Fatal(err)
		}
		names, conversions, value := exactMarkov(rows, order)
		total := sums(rows)
		if total.value == 0 {
			value = conversions
		}
		if len(got) != len(names) {
			t.Fatalf("got %d channels, want %q", len(got), names)
		}
		var parts [4][]int64
		for i, c := range got {
			if c.Channel != names[i] {
				t.Errorf("got %q, want %q", c.Channel, names[i])
			}
			for k, v := range []int64{c.ConversionsMicro, c.Value, c.Net, c.NetConversionsMicro} {
				parts[k] = append(parts[k], v)
			}
		}
		shared(t, "conversions", parts[0], total.conversions*micro, conversions)
		shared(t, "value", parts[1], total.value, value)
		shared(t, "net", parts[2], total.net, value)
		shared(t, "net conversions", parts[3], total.netConversions*micro, conversions)
	})
}

// shared ensures that parts are total's shares by weight, less than a unit off, and sum to it.
func shared(t *rapid.T, what string, parts []int64, total int64, weights []*big.Rat) {
	sum := new(big.Rat)
	for _, w := range weights {
		sum.Add(sum, w)
	}
	if sum.Sign() == 0 {
		sum.SetInt64(1)
	}
	var all int64
	for i, w := range weights {
		all += parts[i]
		exact := new(big.Rat).Quo(new(big.Rat).Mul(w, new(big.Rat).SetInt64(total)), sum)
		if off := new(big.Rat).Sub(exact, new(big.Rat).SetInt64(parts[i])); off.Abs(off).Cmp(big.NewRat(1_000_001, micro)) >= 0 {
			t.Errorf("%s of channel %d: got %d, want %s", what, i, parts[i], exact.FloatString(6))
		}
	}
	if len(weights) > 0 && all != total {
		t.Errorf("%s: the parts sum to %d of %d", what, all, total)
	}
}

// TestShapleyIsExact ensures that the one pass gives, to the unit, what all coalitions give.
func TestShapleyIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		got, err := Shapley(rows)
		if err != nil {
			t.Fatal(err)
		}
		want := []Credit{}
		names, conversions := exactShapley(rows, func(r *Row) int64 { return r.Conversions * micro })
		_, value := exactShapley(rows, func(r *Row) int64 { return r.Value })
		_, net := exactShapley(rows, func(r *Row) int64 { return r.Net })
		_, left := exactShapley(rows, func(r *Row) int64 { return r.NetConversions * micro })
		total := sums(rows)
		c, v := apportion(total.conversions*micro, conversions), apportion(total.value, value)
		n, nc := apportion(total.net, net), apportion(total.netConversions*micro, left)
		for i, name := range names {
			want = append(want, Credit{name, c[i], v[i], n[i], nc[i]})
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
}

// sums are the totals of the rows that have a path.
func sums(rows []Row) amounts {
	var a amounts
	for _, r := range rows {
		if len(r.Path) > 0 {
			a.conversions += r.Conversions
			a.value += r.Value
			a.net += r.Net
			a.netConversions += r.NetConversions
		}
	}
	return a
}

// TestTwelveChannels ensures the one pass against 4,096 coalitions.
func TestTwelveChannels(t *testing.T) {
	rows := trips(400, 12)
	got, err := Shapley(rows)
	if err != nil {
		t.Fatal(err)
	}
	_, phi := exactShapley(rows, func(r *Row) int64 { return r.Conversions * micro })
	for i, want := range apportion(sums(rows).conversions*micro, phi) {
		if got[i].ConversionsMicro != want {
			t.Errorf("%s: got %d, want %d", got[i].Channel, got[i].ConversionsMicro, want)
		}
	}
}

// all are the credits of every model.
func all(t rapid.TB, c *Counts) [][]Credit {
	t.Helper()
	list, err := c.Shapley()
	out := [][]Credit{list}
	for order := 1; order <= 3 && err == nil; order++ {
		list, err = c.Markov(order)
		out = append(out, list)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestOrderAndParts ensures that neither the order of the rows, nor their aggregation, nor splitting, encoding and merging
// them changes a bit.
func TestOrderAndParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		want := all(t, Fold(rows))
		border := rapid.IntRange(0, len(rows)).Draw(t, "border")
		mixed := rapid.Permutation(rows).Draw(t, "mixed")
		first, second := Fold(mixed[:border]), Fold(mixed[border:])
		second.Merge(first)
		data, err := json.Marshal(second)
		if err != nil {
			t.Fatal(err)
		}
		var read Counts
		if err := json.Unmarshal(data, &read); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, all(t, &read)); d != "" {
			t.Error(d)
		}
		if whole, err := json.Marshal(Fold(rows)); err != nil || string(whole) != string(data) {
			t.Errorf("error %v; the whole is %s and the parts %s", err, whole, data)
		}
	})
}

// TestMergeLeavesTheOther ensures that what is merged may be merged again elsewhere.
func TestMergeLeavesTheOther(t *testing.T) {
	part := Fold([]Row{{Path: []string{"b", "a"}, Conversions: 1}})
	before, _ := json.Marshal(part)
	var sum Counts
	sum.Merge(part)
	sum.Merge(part)
	sum.Add(&Row{Path: []string{"b", "a"}, Conversions: 1})
	if after, _ := json.Marshal(part); string(after) != string(before) {
		t.Errorf("merging changed %s to %s", before, after)
	}
	list, err := sum.Shapley()
	if d := cmp.Diff([]Credit{{Channel: "a", ConversionsMicro: 1_500_000}, {Channel: "b", ConversionsMicro: 1_500_000}}, list); d != "" || err != nil {
		t.Error(err, d)
	}
}

// TestIterationIsElimination ensures that both ways of solving agree where either could be taken, also for a loop that is
// left only once in a thousand steps.
func TestIterationIsElimination(t *testing.T) {
	loop := Row{Conversions: 3, Nulls: 2, Value: 700}
	for range 500 {
		loop.Path = append(loop.Path, "a", "b")
	}
	// How such a path ends is known at its start only after as many sweeps.
	down := Row{Conversions: 1, Value: 100}
	for i := range 90 {
		down.Path = append(down.Path, fmt.Sprintf("c%02d", 89-i))
	}
	for name, rows := range map[string][]Row{
		"trips": trips(3000, 9), "loop": {loop, {Path: []string{"b", "c", "a"}, Nulls: 5}}, "against the order of sweeps": {down, {Path: down.Path[:60], Nulls: 2}},
	} {
		for order := 1; order <= 3; order++ {
			t.Run(fmt.Sprintf("%s, order %d", name, order), func(t *testing.T) { bothWays(t, Fold(rows), order) })
		}
	}
}

func bothWays(t *testing.T, c *Counts, order int) {
	names, rank := c.sorted()
	ch := newChain(order, c.grams(order, rank))
	of := func() *Effects {
		return &Effects{Channels: names, Conversions: make([]float64, len(names)), Value: make([]float64, len(names))}
	}
	direct, swept := of(), of()
	ch.eliminateEach(direct)
	fates, times, err := ch.iterate()
	if err != nil {
		t.Fatal(err)
	}
	ch.lose(fates, times, swept)
	for i, name := range names {
		if d := math.Abs(direct.Conversions[i] - swept.Conversions[i]); d > 2e-13 {
			t.Errorf("without %s: conversions %v and %v", name, direct.Conversions[i], swept.Conversions[i])
		}
		if d := math.Abs(direct.Value[i] - swept.Value[i]); d > 2e-13 {
			t.Errorf("without %s: value %v and %v", name, direct.Value[i], swept.Value[i])
		}
	}
}

// TestErrors ensures that what cannot be right is said and not shared.
func TestErrors(t *testing.T) {
	for name, row := range map[string]Row{
		"conversions below zero": {Path: []string{"a"}, Conversions: -1},
		"nulls below zero":       {Path: []string{"a"}, Nulls: -1},
		"too many":               {Path: []string{"a"}, Conversions: math.MaxInt64 / 1000},
		"a sum too large":        {Path: []string{"a", "b", "a"}, Conversions: 1, Value: math.MaxInt64/2 + 1},
	} {
		t.Run(name, func(t *testing.T) {
			rows := []Row{row, row}
			for order := 1; order <= 3; order++ {
				if _, err := Markov(rows, order); err == nil {
					t.Errorf("order %d shared it", order)
				}
			}
			if _, err := Shapley(rows); err == nil {
				t.Error("Shapley shared it")
			}
		})
	}
	for _, order := range []int{-1, 0, 4} {
		if _, err := Markov(nil, order); err == nil {
			t.Errorf("there was a chain of order %d", order)
		}
	}
}

// TestRangeTravels ensures that whoever merges counts which did not fit learns of it.
func TestRangeTravels(t *testing.T) {
	part := Fold([]Row{{Path: []string{"a"}, Conversions: 1, Value: math.MaxInt64}, {Path: []string{"a"}, Conversions: 1, Value: 1}})
	data, err := json.Marshal(part)
	if err != nil {
		t.Fatal(err)
	}
	var read, sum Counts
	if err := json.Unmarshal(data, &read); err != nil {
		t.Fatal(err)
	}
	sum.Merge(&read)
	if _, err := sum.Markov(1); !errors.Is(err, ErrRange) {
		t.Errorf("Markov: got error %v", err)
	}
	if _, err := sum.Shapley(); !errors.Is(err, ErrRange) {
		t.Errorf("Shapley: got error %v", err)
	}
}

// TestProofFailsLoudly ensures that a chain which converts more or fewer than did is no chain.
func TestProofFailsLoudly(t *testing.T) {
	c := Fold([]Row{{Path: []string{"a", "b"}, Conversions: 2, Nulls: 3}})
	for g := range c.starts.all {
		*c.starts.at(g)++
	}
	if list, err := c.Markov(1); err == nil {
		t.Errorf("got %v of counts that contradict each other", list)
	}
}

// TestNegativeValue ensures that value follows the conversions where its own effects make no sense.
func TestNegativeValue(t *testing.T) {
	list, err := Markov([]Row{
		{Path: []string{"a"}, Conversions: 1, NetConversions: 1, Value: -300, Net: -300},
		{Path: []string{"b"}, Conversions: 2, NetConversions: 2, Value: 900, Net: 900},
	}, 1)
	want := []Credit{{"a", 1_000_000, 200, 200, 1_000_000}, {"b", 2_000_000, 400, 400, 2_000_000}}
	if d := cmp.Diff(want, list); d != "" || err != nil {
		t.Error(err, d)
	}
}

// TestTiesGoToTheEarlier ensures that thirds leave the remainder to the first channels by name.
func TestTiesGoToTheEarlier(t *testing.T) {
	rows := []Row{{Path: []string{"c", "a", "b"}, Conversions: 2, NetConversions: 2, Value: 200, Net: -200}}
	want := []Credit{{"a", 666_667, 67, -67, 666_667}, {"b", 666_667, 67, -67, 666_667}, {"c", 666_666, 66, -66, 666_666}}
	for i, got := range all(t, Fold(rows)) {
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("model %d: %s", i, d)
		}
	}
}

// TestBrokenBytes ensures that counts of channels which are not listed are refused.
func TestBrokenBytes(t *testing.T) {
	for _, text := range []string{
		`{`, `{"channels":["a"],"shares":[[]],"steps":[{"g":2,"n":1}]}`, `{"channels":["a"],"shares":[[]],"starts":[{"g":0,"n":1}]}`,
		`{"channels":["a","a"],"shares":[[],[]]}`, `{"channels":["a"]}`, `{"channels":["a"],"shares":[[]],"ends":[{"g":65536,"c":1}]}`,
	} {
		if err := json.Unmarshal([]byte(text), &Counts{}); err == nil {
			t.Errorf("read %s", text)
		}
	}
}

// trips are paths of 1 to 12 touches, as a shop has them: a few channels are common and a third converts.
func trips(n, channels int) []Row {
	state := uint64(1)
	next := func(most int) int {
		state = state*6364136223846793005 + 1442695040888963407
		return int(state >> 33 % uint64(most))
	}
	rows := make([]Row, n)
	for i := range rows {
		r := &rows[i]
		for range 1 + next(12) {
			r.Path = append(r.Path, fmt.Sprintf("channel %d", min(next(channels), next(channels))))
		}
		if next(3) > 0 {
			r.Nulls = 1
			continue
		}
		r.Conversions, r.NetConversions = 1, 1
		r.Value = int64(next(20_000))
		r.Net = r.Value
	}
	return slices.Clip(rows)
}
