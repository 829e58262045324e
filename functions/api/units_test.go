package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/shared/event"
	"tributary/shared/httpapi"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
	"tributary/shared/visitors"
)

// meter stands between the api and the engine, asks for ReturnConsumedCapacity on every read and adds up the answers.
type meter struct {
	mu    sync.Mutex
	units float64
}

func (m *meter) take() float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.units
	m.units = 0
	return n
}

// metered is a server whose reads are counted.
func metered(tb testing.TB) (*server, *meter) {
	env := storetest.Env(tb)
	engine, err := url.Parse(env("AWS_ENDPOINT_URL_DYNAMODB"))
	if err != nil {
		tb.Fatal(err)
	}
	m := &meter{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(engine)
			r.Out.Header.Del("Accept-Encoding")
		},
		ModifyResponse: m.read,
	}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if i := bytes.LastIndexByte(b, '}'); i > 0 {
			b = append(b[:i:i], []byte(`,"ReturnConsumedCapacity":"TOTAL"}`)...)
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
		r.Header.Set("Content-Length", strconv.Itoa(len(b)))
		r.Header.Del("X-Amz-Content-Sha256")
		proxy.ServeHTTP(w, r)
	}))
	tb.Cleanup(front.Close)
	st, err := store.Open(func(name string) string {
		if name == "AWS_ENDPOINT_URL_DYNAMODB" {
			return front.URL
		}
		return env(name)
	})
	if err != nil {
		tb.Fatal(err)
	}
	return newServer(st, nil, func(string) string { return "" }, func() time.Time { return kpiNow }), m
}

func (m *meter) read(res *http.Response) error {
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(b))
	type capacity struct{ CapacityUnits float64 }
	var one struct{ ConsumedCapacity capacity }
	var several struct{ ConsumedCapacity []capacity } // of a batch
	m.mu.Lock()
	defer m.mu.Unlock()
	if json.Unmarshal(b, &one) == nil {
		m.units += one.ConsumedCapacity.CapacityUnits
	} else if json.Unmarshal(b, &several) == nil {
		for _, c := range several.ConsumedCapacity {
			m.units += c.CapacityUnits
		}
	}
	return nil
}

// fill counts n events of a week, of n/10 people, of which one in a hundred is an order, as kpi and journey would.
func fill(tb testing.TB, s *server, site string, n int) {
	tb.Helper()
	if _, err := s.store.PutSetting(context.Background(), store.Sites, store.Setting{ID: site, Body: []byte(`{"id":"` + site + `","currency":"USD","tz":"UTC","gross_margin":"0.4","active_days":45,"model":"last_touch"}`)}); err != nil {
		tb.Fatal(err)
	}
	ctx, start := context.Background(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	const week = 7 * dayMs
	f, writer := kpi.NewFold("stream/"+site, kpiNow), visitors.NewWriter(s.store)
	var seen []visitors.Sighting
	for i := range n {
		e := event.Event{
			ID: "x", Type: []string{"impression", "click", "visit", "page_view"}[i%4], Site: site, Time: start + int64(i)*week/int64(n),
			Channel: []string{"Email", "Display", "Paid Search"}[i%3], Campaign: []string{"a", "b"}[i%2], Source: "google", Medium: "cpc", HasCost: true, Cost: 5, Currency: "USD",
		}
		f.Add(fmt.Sprintf("%040d", i), strconv.Itoa(i), kpi.Moves(&e))
		if e.Type == "visit" {
			seen = append(seen, visitors.Sighting{Site: site, At: e.Time, Ids: []string{fmt.Sprint("A#", i*7919%(n/10+1))}})
		}
	}
	if _, err := f.Apply(ctx, kpi.NewDirectory(s.store, s.store), func(_ context.Context, _ kpi.Delta, cause error) error { return cause }); err != nil {
		tb.Fatal(err)
	}
	if err := writer.Visits(ctx, seen); err != nil {
		tb.Fatal(err)
	}
	var wg sync.WaitGroup
	room := make(chan struct{}, 32)
	for i := range n / 100 {
		room <- struct{}{}
		wg.Go(func() {
			defer func() { <-room }()
			c := journey.Conversion{
				Event: "e", Time: start + int64(i)*week/int64(n/100), Goal: "purchase", Primary: true, Counts: 1, Orders: 1, Value: 100, Net: 100, Person: fmt.Sprint("A#", i), Number: 1,
				Touches: make([]journey.Touch, 4),
			}
			for k := range c.Touches {
				c.Touches[k] = journey.Touch{ID: strings.Repeat("x", 26), Time: c.Time - int64(k), Channel: "Email", Campaign: "a", Source: "google", Medium: "cpc", Page: "https://shop.example/pricing"}
			}
			body, err := json.Marshal(c)
			if err != nil {
				tb.Error(err)
			}
			if _, err := s.store.PutRecord(ctx, site, journey.KindConversion, journey.Record{Node: fmt.Sprint("O#", i), Digest: "d", Time: c.Time, Body: string(body)}); err != nil {
				tb.Error(err)
			}
		})
	}
	wg.Wait()
}

// unitQueries are what BenchmarkReadUnits asks for: a KPI row from counters, visitors, and figures about persons.
var unitQueries = []struct{ name, kpis string }{
	{"counters", "impressions,clicks,visits,ctr,cpc_minor,media_cost_micros,conversions,roas_gross"},
	{"visitors", "visitors"},
	{"persons", "customers,new_customers,repeat_purchase_rate,retention_rate,cac_minor"},
}

// read asks once and says what it took.
func read(tb testing.TB, s *server, m *meter, site, kpis string) (units float64, took time.Duration) {
	tb.Helper()
	m.take()
	began := time.Now()
	r := &httpapi.Request{RawPath: "/v1/kpis", RawQueryString: "from=2026-01-01&to=2026-01-08&kpis=" + kpis + "&site=" + site}
	if _, err := s.kpis(context.Background(), r); err != nil {
		tb.Fatal(err)
	}
	return m.take(), time.Since(began)
}

// BenchmarkReadUnits tells the read units and milliseconds of one row over a week of 10^4, 10^5 and 10^6 events:
// go test ./functions/api -run '^$' -bench ReadUnits -benchtime 5x
func BenchmarkReadUnits(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		s, m := metered(b)
		site := storetest.Site(b)
		fill(b, s, site, n)
		for _, q := range unitQueries {
			b.Run(fmt.Sprintf("%s/%d", q.name, n), func(b *testing.B) {
				var units float64
				for b.Loop() {
					units, _ = read(b, s, m, site, q.kpis)
				}
				b.ReportMetric(units, "RRU")
			})
		}
	}
}

// Ensures that a row of counters costs the same however many events it counts: ten times the events, no more units.
func TestARowCostsTheSameWithMoreEvents(t *testing.T) {
	s, m := metered(t)
	few, many := storetest.Site(t), storetest.Site(t)
	fill(t, s, few, 2_000)
	fill(t, s, many, 20_000)
	a, _ := read(t, s, m, few, unitQueries[0].kpis)
	b, _ := read(t, s, m, many, unitQueries[0].kpis)
	if a == 0 || b > 1.1*a {
		t.Errorf("%v units for 2,000 events, %v for 20,000", a, b)
	}
}
