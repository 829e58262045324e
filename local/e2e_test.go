package main_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"testing"
)

// expected is what the independent oracle says of testdata/stream/events.jsonl.gz, in exact fractions.
type expected struct {
	Settings   json.RawMessage
	Unique     int
	Duplicates int
	KPIs       []struct {
		Query   string
		Where   map[string]string
		Figures map[string]*float64
	}
	Orders       int
	Unattributed int
	Models       map[string]map[string]struct {
		Conversions  float64 `json:"conversions"`
		ValueMinor   float64 `json:"value_minor"`
		NetValue     float64 `json:"net_value_minor"`
		NetConverted float64 `json:"net_conversions"`
	}
	Journeys []expectedJourney
}

type expectedJourney struct {
	OrderID    string   `json:"order_id"`
	Person     string   `json:"person"`
	TouchIDs   []string `json:"touch_ids"`
	GrossMinor int64    `json:"gross_minor"`
	NetMinor   int64    `json:"net_minor"`
}

type posted struct {
	Accepted, Duplicates int
	Rejected             []struct {
		Index         int
		Code, Message string
	}
}

// TestStreamAgainstOracle plays four months of events (duplicates, late and out-of-order ones, refunds, four
// currencies, shared devices, touches on the look-back edge) into the whole stack, kills the process tree with kill -9
// in the middle, starts it again on the same folder and compares every figure.
func TestStreamAgainstOracle(t *testing.T) {
	events, want := readStream(t)
	data := t.TempDir()
	s := startStack(t, data, nil)
	s.must(t, http.MethodPut, "/v1/sites/default", want.Settings, nil)

	half := len(events) / 1000 * 500
	post(t, s, events[:half])
	s.Kill()
	s = startStack(t, data, nil)
	post(t, s, events[half-500:half]) // a sender whose last answer was lost sends again
	post(t, s, events[half:])
	s.idle(t)

	checkKPIs(t, s, want)
	checkReport(t, s, want)
	checkJourneys(t, s, want)
}

func readStream(t testing.TB) ([]json.RawMessage, *expected) {
	t.Helper()
	f, err := os.Open("testdata/stream/events.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var events []json.RawMessage
	for sc := bufio.NewScanner(z); sc.Scan(); {
		events = append(events, append(json.RawMessage(nil), sc.Bytes()...))
	}
	b, err := os.ReadFile("testdata/stream/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	want := &expected{}
	if err := json.Unmarshal(b, want); err != nil {
		t.Fatal(err)
	}
	return events, want
}

// post sends events in full batches and fails on any refusal. What a busy machine could not store in time is sent again, as the
// answer says.
func post(t testing.TB, s *stack, events []json.RawMessage) {
	t.Helper()
	for len(events) > 0 {
		batch := events[:min(500, len(events))]
		events = events[len(batch):]
		for tries := 0; len(batch) > 0; tries++ {
			batch = postOnce(t, s, batch)
			if tries == 20 {
				t.Fatalf("%d events could not be stored", len(batch))
			}
		}
	}
}

// postOnce returns what has to be sent again.
func postOnce(t testing.TB, s *stack, batch []json.RawMessage) []json.RawMessage {
	t.Helper()
	var got posted
	var again []json.RawMessage
	s.must(t, http.MethodPost, "/v1/events", map[string]any{"events": batch}, &got)
	for _, r := range got.Rejected {
		if r.Code != "store_unavailable" {
			t.Fatalf("event %d is refused: %s, %s", r.Index, r.Code, r.Message)
		}
		again = append(again, batch[r.Index])
	}
	if got.Accepted+got.Duplicates+len(again) != len(batch) {
		t.Fatalf("of %d events %d accepted, %d duplicates, %d to be sent again", len(batch), got.Accepted, got.Duplicates, len(again))
	}
	return again
}

func checkKPIs(t *testing.T, s *stack, want *expected) {
	t.Helper()
	for _, q := range want.KPIs {
		var got struct{ Rows []map[string]any }
		s.must(t, http.MethodGet, "/v1/kpis?"+q.Query, nil, &got)
		var row map[string]any
		for _, r := range got.Rows {
			if matches(r, q.Where) {
				row = r
			}
		}
		for name, w := range q.Figures {
			if !same(w, row[name]) {
				t.Errorf("%s %v: %s is %v, want %s", q.Query, q.Where, name, row[name], show(w))
			}
		}
	}
}

func matches(row map[string]any, where map[string]string) bool {
	for k, v := range where {
		if row[k] != v {
			return false
		}
	}
	return true
}

func show(w *float64) string {
	if w == nil {
		return "null"
	}
	return fmt.Sprint(*w)
}

// same compares to 1e-9, the oracle's own tolerance: ratios are doubles on both sides.
func same(want *float64, got any) bool {
	g, ok := got.(float64)
	if want == nil || !ok {
		return want == nil && got == nil
	}
	return math.Abs(g-*want) <= 1e-9*math.Max(1, math.Abs(*want))
}

func checkReport(t *testing.T, s *stack, want *expected) {
	t.Helper()
	s.must(t, http.MethodPost, "/2015-03-31/functions/report/invocations",
		map[string]string{"site": "default", "period": "range", "from": "2026-01-01", "to": "2026-05-01"}, nil)
	var r struct {
		Totals struct {
			Conversions  int   `json:"conversions"`
			Unattributed int   `json:"unattributed_conversions"`
			Value        int64 `json:"value_minor"`
		}
		Models map[string]struct {
			Channels []struct {
				Channel     string
				Conversions int64 `json:"conversions_micro"`
				Value       int64 `json:"value_minor"`
				NetValue    int64 `json:"net_value_minor"`
			}
		}
	}
	s.must(t, http.MethodGet, "/v1/reports/default/range/2026-01-01/report.json", nil, &r)
	if r.Totals.Conversions != want.Orders || r.Totals.Unattributed != want.Unattributed {
		t.Errorf("report totals: %d conversions, %d unattributed; want %d, %d",
			r.Totals.Conversions, r.Totals.Unattributed, want.Orders, want.Unattributed)
	}
	n := float64(want.Orders)
	for model, channels := range want.Models {
		var conversions, value int64
		got := r.Models[model].Channels
		for _, c := range got {
			conversions += c.Conversions
			value += c.Value
			w := channels[c.Channel]
			// Rounding to integers may move each conversion by at most one unit in a channel.
			if math.Abs(float64(c.Conversions)/1e6-w.Conversions) > n*1e-6 || math.Abs(float64(c.Value)-w.ValueMinor) > n ||
				math.Abs(float64(c.NetValue)-w.NetValue) > n {
				t.Errorf("%s %s: %+v, want %+v", model, c.Channel, c, w)
			}
		}
		if conversions != int64(want.Orders)*1e6 || value != r.Totals.Value || len(got) == 0 {
			t.Errorf("%s: credits sum to %d conversions and %d of value, totals are %d and %d",
				model, conversions, value, int64(want.Orders)*1e6, r.Totals.Value)
		}
	}
}

func checkJourneys(t *testing.T, s *stack, want *expected) {
	t.Helper()
	for _, w := range want.Journeys {
		var j struct {
			Conversions []struct {
				OrderID string `json:"order_id"`
				Value   int64  `json:"value_minor"`
				Net     int64  `json:"net_value_minor"`
				Touches []struct{ ID string }
			}
		}
		s.must(t, http.MethodGet, "/v1/journeys/"+w.Person, nil, &j)
		found := false
		for _, c := range j.Conversions {
			if c.OrderID != w.OrderID {
				continue
			}
			found = true
			var ids []string
			for _, touch := range c.Touches {
				ids = append(ids, touch.ID)
			}
			if fmt.Sprint(ids) != fmt.Sprint(w.TouchIDs) || c.Value != w.GrossMinor || c.Net != w.NetMinor {
				t.Errorf("order %s: touches %v, value %d, net %d; want %v, %d, %d", w.OrderID, ids, c.Value, c.Net, w.TouchIDs, w.GrossMinor, w.NetMinor)
			}
		}
		if !found {
			t.Errorf("order %s is not in the journey of %s", w.OrderID, w.Person)
		}
	}
}
