package pathset

import (
	"encoding/json"
	"math"
	"math/big"
	"os"
	"strings"
	"testing"
)

// vectorSet is one set of testdata/sets.json.
type vectorSet struct {
	ID, Title string
	Paths     []struct {
		Path               []string
		Conversions, Nulls int64
		Value              json.Number
	}
	Expected map[string]json.RawMessage
}

func vectorSets(t *testing.T) []vectorSet {
	t.Helper()
	data, err := os.ReadFile("testdata/sets.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Sets []vectorSet }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Sets
}

func (s *vectorSet) rows(t *testing.T, nulls bool) []Row {
	t.Helper()
	var rows []Row
	for _, p := range s.Paths {
		value, err := p.Value.Int64()
		if err != nil {
			t.Fatal(err)
		}
		r := Row{Path: p.Path, Conversions: p.Conversions, NetConversions: p.Conversions, Value: value, Net: value}
		if nulls {
			r.Nulls = p.Nulls
		}
		rows = append(rows, r)
	}
	return rows
}

// expected decodes a list of fractions by channel.
func expected(t *testing.T, raw json.RawMessage) map[string]*big.Rat {
	t.Helper()
	var texts map[string]string
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	out := map[string]*big.Rat{}
	for name, text := range texts {
		r, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("%q is no fraction", text)
		}
		out[name] = r
	}
	return out
}

// TestVectors ensures every credit, removal effect and probability that the sets name for Markov chains and Shapley.
func TestVectors(t *testing.T) {
	checked := 0
	for _, set := range vectorSets(t) {
		for key, raw := range set.Expected {
			if !strings.HasPrefix(key, "markov__") && key != "shapley" && key != "shapley_value" {
				continue
			}
			checked++
			t.Run(set.ID+" "+key, func(t *testing.T) { checkVector(t, &set, key, raw) })
		}
	}
	if checked != 52 { // 37 of chains and 15 of Shapley
		t.Errorf("checked %d lists of the vectors", checked)
	}
}

func checkVector(t *testing.T, set *vectorSet, key string, raw json.RawMessage) {
	want := expected(t, raw)
	parts := strings.Split(key, "__")
	if parts[0] != "markov" {
		list, err := Shapley(set.rows(t, true))
		if err != nil {
			t.Fatal(err)
		}
		compare(t, list, want, strings.HasSuffix(key, "_value"))
		return
	}
	order := int(parts[1][0] - '0')
	counts := Fold(set.rows(t, !strings.HasSuffix(parts[1], "n")))
	list, err := counts.Markov(order)
	if err != nil {
		t.Fatal(err)
	}
	effects, err := counts.Effects(order)
	if err != nil {
		t.Fatal(err)
	}
	switch figure := strings.Join(parts[2:], ""); figure {
	case "":
		compare(t, list, want, false)
	case "value":
		compare(t, list, want, true)
	case "removal_effect":
		for i, name := range effects.Channels {
			near(t, name, effects.Conversions[i], want[name])
		}
	case "p_conversion":
		near(t, "p", effects.Conversion, want["p"])
	case "value_by_conversion_share": // what Markov does where value has no effects of its own
		e := weights(effects.Conversions)
		var sum, total uint64
		for i := range e {
			sum += e[i]
			total += uint64(list[i].Value)
		}
		for i, name := range effects.Channels {
			near(t, name, float64(total)*float64(e[i])/float64(sum), want[name])
		}
	default:
		t.Fatalf("no test of %s", figure)
	}
}

func near(t *testing.T, name string, got float64, want *big.Rat) {
	t.Helper()
	if w, _ := want.Float64(); math.Abs(got-w) > 1e-14 {
		t.Errorf("%s: got %v, want %v", name, got, w)
	}
}

// compare ensures that the integers are the fractions, rounded by at most one unit either way.
func compare(t *testing.T, got []Credit, want map[string]*big.Rat, value bool) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("got %d channels, want %d", len(got), len(want))
	}
	for _, c := range got {
		exact, part := new(big.Rat).Mul(want[c.Channel], big.NewRat(micro, 1)), c.ConversionsMicro
		if value {
			exact, part = want[c.Channel], c.Value
		}
		off := new(big.Rat).Sub(exact, new(big.Rat).SetInt64(part))
		if off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
			t.Errorf("%s: got %d, want %s", c.Channel, part, exact.FloatString(3))
		}
		if c.NetConversionsMicro != c.ConversionsMicro || c.Net != c.Value {
			t.Errorf("%s: net differs from gross without a refund: %+v", c.Channel, c)
		}
	}
}
