package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// live plays the oracle's stream as if it happened now: ids made new, times set to the moment of sending, so many
// events a second. Ids of people and orders are renamed in every round, so that a round is new traffic.
type live struct {
	s      *stack
	events []map[string]any
	next   int
	sent   int
}

func newLive(tb testing.TB, s *stack) *live {
	tb.Helper()
	raw := benchStream(tb)
	l := &live{s: s}
	seen := map[any]bool{}
	for _, r := range raw {
		var e map[string]any
		if err := json.Unmarshal(r, &e); err != nil {
			tb.Fatal(err)
		}
		if !seen[e["id"]] {
			seen[e["id"]] = true
			l.events = append(l.events, e)
		}
	}
	return l
}

// benchStream is the stream of the end-to-end test, or the events of the file that TRIBUTARY_BENCH_STREAM names, one a line.
func benchStream(tb testing.TB) []json.RawMessage {
	tb.Helper()
	name := os.Getenv("TRIBUTARY_BENCH_STREAM")
	if name == "" {
		raw, _ := readStream(tb)
		return raw
	}
	b, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	var raw []json.RawMessage
	for line := range bytes.Lines(b) {
		raw = append(raw, line)
	}
	return raw
}

// batch returns the next n events, as of now.
func (l *live) batch(n int, now time.Time) []map[string]any {
	out := make([]map[string]any, 0, n)
	for range n {
		round := strconv.Itoa(l.next / len(l.events))
		e := map[string]any{}
		for k, v := range l.events[l.next%len(l.events)] {
			switch k {
			case "id", "anonymous_id", "user_id", "session_id", "order_id", "cart_id", "message_id", "invite_id", "post_id":
				v = fmt.Sprint(v, "-", round)
			case "time":
				v = now.UnixMilli()
			}
			e[k] = v
		}
		out = append(out, e)
		l.next++
	}
	return out
}

// run sends perSecond events a second in ten posts until ctx ends.
func (l *live) run(ctx context.Context, perSecond int) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			n := perSecond / 10
			if code, err := l.s.call(context.Background(), http.MethodPost, "/v1/events", map[string]any{"events": l.batch(n, now)}, nil); err != nil || code != http.StatusAccepted {
				return fmt.Errorf("post: %d %w", code, err)
			}
			l.sent += n
		}
	}
}

// benchSeconds is how long a live benchmark lasts: TRIBUTARY_BENCH_SECONDS, else 60.
func benchSeconds(tb testing.TB) time.Duration {
	tb.Helper()
	v := os.Getenv("TRIBUTARY_BENCH_SECONDS")
	if v == "" {
		v = "60"
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		tb.Fatal(err)
	}
	return time.Duration(n) * time.Second
}

// BenchmarkWriteUnits reports the write units an event costs at each table: Events is ingest, KPIs is the kpi function,
// Journeys the journey function.
//
// live: 100 events a second as they would come. Limits: 1.0, 0.35 and 0.10.
// batches: the same with a batching window of ten seconds, so in batches of a thousand. Limit for KPIs: 0.10.
// replay: the four months as fast as they go, in posts of 500.
func BenchmarkWriteUnits(b *testing.B) {
	b.Run("live", func(b *testing.B) { liveUnits(b) })
	b.Run("batches", func(b *testing.B) {
		liveUnits(b, "-template", variant(b, "MaximumBatchingWindowInSeconds: 1", "MaximumBatchingWindowInSeconds: 10"))
	})
	b.Run("replay", func(b *testing.B) {
		m := newMeter(b, startEngine(b))
		s := startStack(b, "", []string{"AWS_ENDPOINT_URL_DYNAMODB=" + m.URL})
		_, want := readStream(b)
		events := benchStream(b)
		s.must(b, http.MethodPut, "/v1/sites/default", want.Settings, nil)
		m.take()
		for b.Loop() {
			post(b, s, events)
		}
		s.idle(b)
		reportUnits(b, m, len(newLive(b, s).events))
	})
}

func liveUnits(b *testing.B, args ...string) {
	b.Helper()
	m := newMeter(b, startEngine(b))
	s := startStack(b, "", []string{"AWS_ENDPOINT_URL_DYNAMODB=" + m.URL}, args...)
	l := newLive(b, s)
	for b.Loop() {
		ctx, cancel := context.WithTimeout(b.Context(), benchSeconds(b))
		if err := l.run(ctx, 100); err != nil {
			b.Fatal(err)
		}
		cancel()
	}
	s.idle(b)
	reportUnits(b, m, l.sent)
}

func reportUnits(b *testing.B, m *meter, events int) {
	b.Helper()
	units, calls := m.take()
	for table, u := range units {
		b.ReportMetric(u/float64(events), table[strings.LastIndexByte(table, '-')+1:]+"-units/event")
	}
	b.Logf("%d events, units %v, calls %v", events, units, calls)
}

// BenchmarkFreshness measures, at 100 events a second, the time from the answer of POST /e to the number in
// GET /v1/kpis: 60 samples each of an impression, a conversion, its credit and a cart. Limits at p95: 1.5 s, of what comes
// by way of records 2 s.
func BenchmarkFreshness(b *testing.B) {
	s := startStack(b, "", nil)
	l := newLive(b, s)
	ctx, cancel := context.WithCancel(b.Context())
	var background sync.WaitGroup
	background.Go(func() {
		if err := l.run(ctx, 100); err != nil {
			b.Error(err)
		}
	})
	<-time.After(10 * time.Second) // of load; the first seconds are those of cold processes, which BenchmarkStart measures
	const samples = 60             // a day knows so many goals that nobody declared
	impressions, conversions := make([]time.Duration, samples), make([]time.Duration, samples)
	credits, carts := make([]time.Duration, samples), make([]time.Duration, samples)
	for b.Loop() {
		run := strconv.FormatInt(time.Now().UnixNano(), 36)
		var wg sync.WaitGroup
		next := time.NewTicker(500 * time.Millisecond)
		for i := range samples {
			<-next.C
			name := fmt.Sprint("f", run, "-", i)
			wg.Go(func() {
				impressions[i] = fresh(b, s, map[string]any{"type": "impression", "anonymous_id": name, "campaign": name, "channel": "Display"},
					"campaign="+url.QueryEscape(name), "impressions", 1)
			})
			wg.Go(func() {
				conversions[i] = fresh(b, s, map[string]any{"type": "conversion", "anonymous_id": name, "goal": name, "order_id": name, "value": "10.00", "currency": "USD"},
					"goal="+url.QueryEscape(name), "conversions", 1)
			})
			wg.Go(func() {
				who, by := name+"c", "campaign="+url.QueryEscape(name+"c")
				fresh(b, s, map[string]any{"type": "visit", "anonymous_id": who, "campaign": who, "channel": "Display"}, by, "visits", 1)
				credits[i] = fresh(b, s, map[string]any{"type": "conversion", "anonymous_id": who, "order_id": who, "value": "10.00", "currency": "USD"}, by, "conversions_micro", 1_000_000)
			})
			wg.Go(func() {
				cart := name + "k"
				carts[i] = fresh(b, s, map[string]any{"type": "add_to_cart", "anonymous_id": cart, "cart_id": cart, "campaign": cart}, "campaign="+url.QueryEscape(cart), "cart_abandonment_rate", 1)
			})
		}
		next.Stop()
		wg.Wait()
	}
	cancel()
	background.Wait()
	for name, d := range map[string][]time.Duration{"impression": impressions, "conversion": conversions, "credit": credits, "cart": carts} {
		slices.Sort(d)
		b.ReportMetric(float64(d[samples/2].Milliseconds()), name+"-p50-ms")
		b.ReportMetric(float64(d[samples*95/100].Milliseconds()), name+"-p95-ms")
	}
}

// fresh posts one event through the public door and asks for its figure until it stands.
func fresh(b *testing.B, s *stack, e map[string]any, filter, kpi string, want float64) time.Duration {
	body, _ := json.Marshal(map[string]any{"events": []any{e}})
	req, _ := http.NewRequestWithContext(b.Context(), http.MethodPost, s.URL+"/e", bytes.NewReader(body))
	req.Header.Set("User-Agent", browser)
	req.Header.Set("Content-Type", "text/plain")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Error(err)
		return 0
	}
	answer, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusAccepted {
		b.Errorf("POST /e: %d %s", res.StatusCode, answer)
		return 0
	}
	start := time.Now()
	for time.Since(start) < 20*time.Second {
		var got struct{ Rows []map[string]any }
		if _, err := s.call(b.Context(), http.MethodGet, "/v1/kpis?kpis="+kpi+"&"+filter, nil, &got); err != nil {
			b.Error(err)
			return 0
		}
		if len(got.Rows) == 1 && got.Rows[0][kpi] == want {
			return time.Since(start)
		}
		select { // the figure is asked for as a dashboard would, several times a second
		case <-time.After(100 * time.Millisecond):
		case <-b.Context().Done():
		}
	}
	b.Errorf("%s %s never stood", filter, kpi)
	return time.Since(start)
}
