package journey

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/attribution"
	"tributary/shared/event"
	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// streamDir holds a stream of 200 visitors as senders send it, in order of arrival, and what an independent oracle computes
// from it in exact fractions: duplicates, late and out-of-order events, refunds, four currencies, two devices, touches on
// the look-back's edges.
const streamDir = "testdata"

type wantOrder struct {
	Order    string               `json:"order_id"`
	Person   string               `json:"person"`
	Gross    int64                `json:"gross_minor"`
	Net      int64                `json:"net_minor"`
	Touches  []string             `json:"touch_ids"`
	Channels []string             `json:"channels"`
	Credit   map[string][]float64 `json:"credit"`
}

func lines(tb testing.TB, name string) [][]byte {
	tb.Helper()
	f, err := os.Open(filepath.Join(streamDir, name))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	var list [][]byte
	for s := bufio.NewScanner(z); s.Scan(); {
		list = append(list, append([]byte{}, s.Bytes()...))
	}
	return list
}

func stream(tb testing.TB) []*event.Event {
	tb.Helper()
	var list []*event.Event
	for _, line := range lines(tb, "events.jsonl.gz") {
		e, err := event.Parse(line, event.Door{Trust: event.TrustKeyed, Now: clock.UnixMilli()})
		if err != nil {
			tb.Fatalf("%v: %s", err, line)
		}
		list = append(list, e)
	}
	return list
}

func generatorSite() settings.Site {
	s := settings.DefaultSite("default")
	s.RetentionDays = 4000
	s.FX = []settings.FXRate{
		{Currency: "EUR", From: "2025-01-01", Rate: "1.10"}, {Currency: "GBP", From: "2025-01-01", Rate: "1.25"}, {Currency: "JPY", From: "2025-01-01", Rate: "0.0065"},
	}
	return s
}

// play delivers a stream in batches of n.
func play(tb testing.TB, m *memory, events []*event.Event, n int) {
	tb.Helper()
	for len(events) > 0 {
		k := min(n, len(events))
		m.deliver(tb, events[:k]...)
		events = events[k:]
	}
}

func TestStreamGivesWhatTheOracleComputes(t *testing.T) {
	m := newMemory(generatorSite())
	events := stream(t)
	play(t, m, events, 37)
	want := lines(t, "orders.jsonl.gz")
	var totals map[string]int64
	if err := json.Unmarshal(want[0], &totals); err != nil {
		t.Fatal(err)
	}
	got := m.conversions(t)
	for _, line := range want[1:] {
		var w wantOrder
		if err := json.Unmarshal(line, &w); err != nil {
			t.Fatal(err)
		}
		c, ok := got["O#"+w.Order]
		if !ok {
			t.Errorf("order %s has no record", w.Order)
			continue
		}
		compareOrder(t, w, c)
	}
	if diff := cmp.Diff(totals, sums(got)); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	// 1.2 % of a stream's events are conversions, and journey may take 0.10 write units an event: 8.3 a conversion.
	if units := m.units - int(m.gathered); units > 8*len(got) {
		t.Errorf("%d write units for %d orders, want at most 8 each", units, len(got))
	}
	t.Logf("%d events, %d orders: %d record writes, %d links, %d write units, %s", len(events), len(got), m.puts, m.linked, m.units, sizes(m))
}

// compareOrder holds one record to the oracle's credits, which are fractions.
func compareOrder(t *testing.T, w wantOrder, c Conversion) {
	t.Helper()
	touches := c.Eligible(c.Lookback)
	ids, channels := make([]string, 0), make([]string, 0)
	for _, touch := range touches {
		ids, channels = append(ids, touch.ID), append(channels, touch.Channel)
	}
	type facts struct {
		Person           string
		Gross, Net       int64
		Touches, Channel []string
	}
	if diff := cmp.Diff(facts{"U#" + w.Person, w.Gross, w.Net, w.Touches, w.Channels}, facts{c.Person, c.Value, c.Net, ids, channels}); diff != "" {
		t.Errorf("order %s (-want +got):\n%s", w.Order, diff)
		return
	}
	if len(w.Credit) != len(attribution.Models()) {
		t.Errorf("order %s: the oracle has %d models, want %d", w.Order, len(w.Credit), len(attribution.Models()))
	}
	for model, credit := range w.Credit {
		for i, got := range c.Credits(attribution.Model(model), touches) {
			if math.Abs(float64(got.Micro)-credit[i]*1e6) > 1 || math.Abs(float64(got.Value)-credit[i]*float64(w.Gross)) > 1 {
				t.Errorf("order %s, %s, touch %d: got %+v, want %g of %d", w.Order, model, i, got, credit[i], w.Gross)
			}
		}
	}
}

// sums are the totals of all conversions, as kpis.md defines them.
func sums(all map[string]Conversion) map[string]int64 {
	s := map[string]int64{}
	for _, c := range all {
		s["conversions"] += c.Counts
		s["net_conversions"] += c.NetCount
		s["revenue_gross_minor"] += c.Value
		s["revenue_net_minor"] += c.Net
		for _, r := range c.Refunds {
			s["refunds_minor"] += r.Amount
		}
		if c.Number == 1 {
			s["customers"]++
			s["new_customers"]++
		}
	}
	return s
}

func sizes(m *memory) string {
	sum, most := 0, 0
	for _, n := range m.bytes {
		sum, most = sum+n, max(most, n)
	}
	return "bytes a record: mean " + decimal(int64(sum/max(1, len(m.bytes)))) + ", most " + decimal(int64(most))
}

func TestMovesSumToTheConversions(t *testing.T) {
	m := newMemory(generatorSite())
	play(t, m, stream(t), 100)
	goal, channels := map[kpi.Measure]int64{}, map[kpi.Measure]int64{}
	for node, r := range m.records {
		moves, err := kpi.DecodeMoves(r.Moves)
		if err != nil {
			t.Fatalf("%s: %v", node, err)
		}
		for _, move := range moves {
			switch move.Dimension {
			case kpi.ByGoal:
				goal[move.Measure] += move.Amount
			case kpi.ByChannel:
				channels[move.Measure] += move.Amount
			}
		}
	}
	if goal[kpi.Conversions]*1_000_000 != channels[kpi.ConversionsMicro] || goal[kpi.RevenueGross] != channels[kpi.RevenueGross] || goal[kpi.RevenueNet] != channels[kpi.RevenueNet] {
		t.Errorf("the channels' credit differs from the goal's totals:\n%v\n%v", goal, channels)
	}
	total := sums(m.conversions(t))
	want := map[kpi.Measure]int64{
		kpi.Conversions: total["conversions"], kpi.NetConversions: total["net_conversions"], kpi.Orders: total["conversions"], kpi.NetOrders: total["net_conversions"],
		kpi.RevenueGross: total["revenue_gross_minor"], kpi.RevenueNet: total["revenue_net_minor"], kpi.Refunds: total["refunds_minor"],
	}
	if diff := cmp.Diff(want, goal); diff != "" {
		t.Errorf("goal's moves (-want +got):\n%s", diff)
	}
}

func TestDeliveringTwiceWritesNothing(t *testing.T) {
	m := newMemory(generatorSite())
	events := stream(t)
	play(t, m, events, 64)
	puts, linked := m.puts, m.linked
	play(t, m, events, 23)
	if m.puts != puts || m.linked != linked {
		t.Errorf("the second delivery wrote %d records and %d links, want none", m.puts-puts, m.linked-linked)
	}
}

// BenchmarkHandle is one event of a stream, delivered in batches of 100 to a store that answers at once.
func BenchmarkHandle(b *testing.B) {
	events := stream(b)
	for b.Loop() {
		play(b, newMemory(generatorSite()), events, 100)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
}
