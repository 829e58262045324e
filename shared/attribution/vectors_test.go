package attribution

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// vector is one journey of testdata/journeys.json.
type vector struct {
	ID, Title string
	Touches   []struct {
		ID      string
		Time    int64 `json:"ts_ms"`
		Channel string
		Kind    string
		IVT     bool
	}
	Conversion struct {
		Time  int64 `json:"ts_ms"`
		Value int64 `json:"value_minor"`
	}
	Options struct {
		LookbackDays  int64 `json:"lookback_days"`
		HalfLifeDays  int64 `json:"half_life_days"`
		HalfLifeMs    int64 `json:"half_life_ms"`
		ExcludeDirect bool  `json:"exclude_direct_unless_only"`
		Reset         bool  `json:"reset_after_conversion"`
	}
	Eligible        []string
	PositionWeights []string                    `json:"position_weights"`
	Credit          map[Model][]json.RawMessage `json:"touch_credit"`
	ChannelValue    map[Model]map[string]int64  `json:"channel_value_minor"`
	NetValue        *int64                      `json:"net_value_minor"`
	NetChannelValue map[Model]map[string]int64  `json:"net_channel_value_minor"`
}

func vectors(t *testing.T) []vector {
	t.Helper()
	raw, err := os.ReadFile("testdata/journeys.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Journeys []vector }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Journeys) != 55 {
		t.Fatalf("got %d journeys, want 55", len(file.Journeys))
	}
	return file.Journeys
}

// touches are the vector's touches without impressions and invalid traffic, which never reach this package.
func (v *vector) touches() []Touch {
	var out []Touch
	for _, t := range v.Touches {
		if t.Kind != "impression" && !t.IVT {
			out = append(out, Touch{Time: t.Time, Channel: t.Channel, ID: t.ID})
		}
	}
	return out
}

func (v *vector) path() Path {
	days := v.Options.LookbackDays
	if days == 0 {
		days = 30
	}
	p := Path{Conversion: v.Conversion.Time, HalfLife: v.Options.HalfLifeMs}
	if v.Options.HalfLifeDays > 0 {
		p.HalfLife = v.Options.HalfLifeDays * Day
	}
	p.Touches = Eligible(v.touches(), v.Conversion.Time, days*Day)
	return p
}

// narrow keeps the touches that the vector's own options leave, options that this package does not hold.
func (v *vector) narrow(touches []Touch) []Touch {
	var out []Touch
	for _, t := range touches {
		for _, id := range v.Eligible {
			if t.ID == id {
				out = append(out, t)
			}
		}
	}
	return out
}

func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.ID, func(t *testing.T) {
			p := v.path()
			if v.Options.ExcludeDirect || v.Options.Reset {
				p.Touches = v.narrow(p.Touches)
			}
			ids := []string{}
			for _, touch := range p.Touches {
				ids = append(ids, touch.ID)
			}
			if d := cmp.Diff(v.Eligible, ids); d != "" {
				t.Fatalf("%s: eligible touches (-want +got):\n%s", v.Title, d)
			}
			for _, m := range Models() {
				if m == PositionBased && len(v.PositionWeights) > 0 {
					continue // J49 to J51 pin custom weights, of which the six models have none
				}
				checkModel(t, &v, m, p)
			}
		})
	}
}

func checkModel(t *testing.T, v *vector, m Model, p Path) {
	t.Helper()
	weights := Weights(m, p)
	if got, want := len(weights), len(v.Credit[m]); got != want {
		t.Fatalf("%s: %d weights, want %d", m, got, want)
	}
	sum := new(big.Int)
	for _, w := range weights {
		sum.Add(sum, new(big.Int).SetUint64(w))
	}
	for i, w := range weights {
		got := new(big.Rat).SetFrac(new(big.Int).SetUint64(w), sum)
		if want := fraction(t, v.Credit[m][i]); !near(got, want) {
			t.Errorf("%s touch %d: credit %s, want %s", m, i, got.FloatString(12), want.FloatString(12))
		}
	}
	if d := cmp.Diff(v.ChannelValue[m], byChannel(v.Conversion.Value, weights, p.Touches)); d != "" {
		t.Errorf("%s value (-want +got):\n%s", m, d)
	}
	if v.NetValue == nil {
		return
	}
	if d := cmp.Diff(v.NetChannelValue[m], byChannel(*v.NetValue, weights, p.Touches)); d != "" {
		t.Errorf("%s net value (-want +got):\n%s", m, d)
	}
}

func byChannel(total int64, weights []uint64, touches []Touch) map[string]int64 {
	if len(touches) == 0 {
		return map[string]int64{Unattributed: total}
	}
	out := map[string]int64{}
	for i, part := range Split(total, weights) {
		out[touches[i].Channel] += part
	}
	return out
}

// fraction reads "2/5" or 0.4.
func fraction(t *testing.T, raw json.RawMessage) *big.Rat {
	t.Helper()
	text := string(raw)
	if raw[0] == '"' {
		text = text[1 : len(text)-1]
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("not a fraction: %s", raw)
	}
	return r
}

func near(a, b *big.Rat) bool {
	d := new(big.Rat).Sub(a, b)
	return d.Abs(d).Cmp(big.NewRat(1, 1_000_000_000)) <= 0
}

// Every vector that this package's rules alone decide is decided by them, not by narrow.
func TestVectorsNeedOptionsOnlyWhereNamed(t *testing.T) {
	named := map[string]bool{"J14": true, "J15": true, "J53": true}
	for _, v := range vectors(t) {
		if got := v.Options.ExcludeDirect || v.Options.Reset; got != named[v.ID] {
			t.Errorf("%s: options outside this package %v, want %v", v.ID, got, named[v.ID])
		}
		if got := fmt.Sprint(v.PositionWeights) != "[]"; got != (v.ID >= "J49" && v.ID <= "J51") {
			t.Errorf("%s: custom position weights %v", v.ID, got)
		}
	}
}
