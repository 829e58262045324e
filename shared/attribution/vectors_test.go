package attribution

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
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
	Lead            time.Time                            `json:"lead_ts"`
	Opportunity     time.Time                            `json:"opportunity_ts"`
	Previous        time.Time                            `json:"previous_conversion_ts"`
	Position        []string                             `json:"position_weights_first_middle_last"`
	Eligible        []string                             `json:"eligible_touch_ids_in_order"`
	Credit          map[Model][]json.RawMessage          `json:"expected_touch_credit"`
	ChannelCredit   map[Model]map[string]json.RawMessage `json:"expected_channel_credit"`
	ChannelValue    map[Model]map[string]int64           `json:"expected_channel_value_minor"`
	NetValue        *int64                               `json:"expected_net_value_minor"`
	NetChannelValue map[Model]map[string]int64           `json:"expected_net_channel_value_minor"`
}

// participation is what the vectors call Participation, which is no Model.
const participation Model = "participation"

func vectors(t *testing.T) []vector {
	t.Helper()
	raw, err := os.ReadFile("testdata/journeys.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Models   []Model
		Journeys []vector
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(append(Models(), participation), file.Models); d != "" {
		t.Fatalf("the vectors' models (-ours +theirs):\n%s", d)
	}
	if len(file.Journeys) != 55 {
		t.Fatalf("got %d journeys, want 55", len(file.Journeys))
	}
	return file.Journeys
}

// touches are the vector's touches without invalid traffic, which never reaches this package.
func (v *vector) touches() []Touch {
	var out []Touch
	for _, t := range v.Touches {
		if !t.IVT {
			out = append(out, Touch{Time: t.Time, Channel: t.Channel, ID: t.ID, Type: t.Kind})
		}
	}
	return out
}

func (v *vector) path(t *testing.T) Path {
	t.Helper()
	o := Options{
		Lookback: cmp.Or(v.Options.LookbackDays, 30) * Day, ViewLookback: Day,
		ExcludeDirect: v.Options.ExcludeDirect, ResetAfterConversion: v.Options.Reset,
	}
	return Path{
		Touches:    o.Eligible(v.touches(), v.Conversion.Time, milliseconds(v.Previous)),
		Conversion: v.Conversion.Time, HalfLife: cmp.Or(v.Options.HalfLifeMs, v.Options.HalfLifeDays*Day),
		Lead: milliseconds(v.Lead), Opportunity: milliseconds(v.Opportunity), Position: position(t, v.Position),
	}
}

func milliseconds(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMilli()
}

// position brings fractions to whole numbers: all of the vectors' are tenths or whole.
func position(t *testing.T, shares []string) (p Position) {
	t.Helper()
	if len(shares) == 0 {
		return p
	}
	for i, to := range []*uint32{&p.First, &p.Middle, &p.Last} {
		tenths := fraction(t, json.RawMessage(shares[i]))
		if tenths.Mul(tenths, big.NewRat(10, 1)); !tenths.IsInt() {
			t.Fatalf("%s is no number of tenths", shares[i])
		}
		*to = uint32(tenths.Num().Uint64())
	}
	return p
}

// Every credit list, channel's credit and amount of the vectors: 55 journeys under ten models and participation.
func TestVectors(t *testing.T) {
	lists := 0
	for _, v := range vectors(t) {
		t.Run(v.ID, func(t *testing.T) {
			p := v.path(t)
			ids := []string{}
			for _, touch := range p.Touches {
				ids = append(ids, touch.ID)
			}
			if d := diff.Diff(v.Eligible, ids); d != "" {
				t.Fatalf("%s: eligible touches (-want +got):\n%s", v.Title, d)
			}
			for _, m := range Models() {
				weights := Weights(m, p)
				checkCredit(t, &v, m, credits(weights), p.Touches)
				checkValue(t, &v, m, weights, p.Touches)
				lists++
			}
			checkCredit(t, &v, participation, whole(Participation(p.Touches)), p.Touches)
			lists++
		})
	}
	if lists != 605 {
		t.Errorf("%d credit lists were checked, want 605", lists)
	}
}

// credits are weights over their sum.
func credits(weights []uint64) []*big.Rat {
	sum := new(big.Rat)
	list := whole(weights)
	for _, w := range list {
		sum.Add(sum, w)
	}
	for _, w := range list {
		w.Quo(w, sum)
	}
	return list
}

// whole are weights that are credits as they are.
func whole(weights []uint64) []*big.Rat {
	list := make([]*big.Rat, len(weights))
	for i, w := range weights {
		list[i] = new(big.Rat).SetUint64(w)
	}
	return list
}

func checkCredit(t *testing.T, v *vector, m Model, got []*big.Rat, touches []Touch) {
	t.Helper()
	if len(got) != len(v.Credit[m]) {
		t.Fatalf("%s: %d credits, want %d", m, len(got), len(v.Credit[m]))
	}
	channels := map[string]*big.Rat{}
	for i, credit := range got {
		sameCredit(t, fmt.Sprintf("%s touch %d", m, i), credit, v.Credit[m][i])
		sum := channels[touches[i].Channel]
		if sum == nil {
			sum = new(big.Rat)
			channels[touches[i].Channel] = sum
		}
		sum.Add(sum, credit)
	}
	if len(got) == 0 {
		channels[Unattributed] = big.NewRat(1, 1)
	}
	if len(channels) != len(v.ChannelCredit[m]) {
		t.Errorf("%s: %d channels, want %d", m, len(channels), len(v.ChannelCredit[m]))
	}
	for name, credit := range channels {
		sameCredit(t, fmt.Sprintf("%s channel %q", m, name), credit, v.ChannelCredit[m][name])
	}
}

// sameCredit wants exactly what the vectors give as a fraction, and what they give as a double to 1e-9.
func sameCredit(t *testing.T, what string, got *big.Rat, raw json.RawMessage) {
	t.Helper()
	if raw == nil {
		t.Errorf("%s is not among the vector's", what)
		return
	}
	want := fraction(t, raw)
	if exact := raw[0] == '"'; exact && got.Cmp(want) != 0 || !near(got, want) {
		t.Errorf("%s: credit %s, want %s", what, got.FloatString(12), raw)
	}
}

func checkValue(t *testing.T, v *vector, m Model, weights []uint64, touches []Touch) {
	t.Helper()
	if d := diff.Diff(v.ChannelValue[m], byChannel(v.Conversion.Value, weights, touches)); d != "" {
		t.Errorf("%s value (-want +got):\n%s", m, d)
	}
	if v.NetValue == nil {
		return
	}
	if d := diff.Diff(v.NetChannelValue[m], byChannel(*v.NetValue, weights, touches)); d != "" {
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
