package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// meter stands between the functions and the engine, asks for ReturnConsumedCapacity on every write and adds up what
// the engine says. No product code knows of it: it is just another AWS_ENDPOINT_URL_DYNAMODB.
type meter struct {
	*httptest.Server
	mu    sync.Mutex
	units map[string]float64 // table -> write units
	calls map[string]int     // table/operation -> calls
}

// consumed is the part of a write's answer that is billed, also when a condition failed.
type consumed struct {
	ConsumedCapacity struct {
		TableName     string
		CapacityUnits float64
	}
}

func newMeter(tb testing.TB, engine string) *meter {
	tb.Helper()
	u, err := url.Parse(engine)
	if err != nil {
		tb.Fatal(err)
	}
	m := &meter{units: map[string]float64{}, calls: map[string]int{}}
	p := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(u)
			r.Out.Header.Del("Accept-Encoding")
		},
		Transport:      &http.Transport{MaxIdleConnsPerHost: 64},
		ModifyResponse: m.read,
	}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isWrite(r) {
			r = ask(r)
		}
		p.ServeHTTP(w, r)
	}))
	tb.Cleanup(m.Close)
	return m
}

func operation(r *http.Request) string {
	_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	return op
}

func isWrite(r *http.Request) bool {
	switch operation(r) {
	case "PutItem", "UpdateItem", "DeleteItem":
		return true
	}
	return false
}

// tableKey keeps the table's name with its request: an engine's refusal does not say it.
type tableKey struct{}

// ask adds ReturnConsumedCapacity to the request. The signature no longer fits, which a local engine does not check.
func ask(r *http.Request) *http.Request {
	b, _ := io.ReadAll(r.Body)
	var t struct{ TableName string }
	_ = json.Unmarshal(b, &t)
	if i := bytes.LastIndexByte(b, '}'); i > 0 {
		b = append(b[:i:i], []byte(`,"ReturnConsumedCapacity":"TOTAL"}`)...)
	}
	r.Body = io.NopCloser(bytes.NewReader(b))
	r.ContentLength = int64(len(b))
	r.Header.Set("Content-Length", strconv.Itoa(len(b)))
	r.Header.Del("X-Amz-Content-Sha256")
	return r.WithContext(context.WithValue(r.Context(), tableKey{}, t.TableName))
}

func (m *meter) read(res *http.Response) error {
	if !isWrite(res.Request) {
		return nil
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(b))
	var c consumed
	if err := json.Unmarshal(b, &c); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	table, _ := res.Request.Context().Value(tableKey{}).(string)
	if c.ConsumedCapacity.TableName == "" {
		c.ConsumedCapacity.CapacityUnits = 1 // a failed condition: AWS bills it, the engines do not say so
	}
	m.units[table] += c.ConsumedCapacity.CapacityUnits
	m.calls[table+"/"+operation(res.Request)]++
	return nil
}

// take returns what was consumed since the last take.
func (m *meter) take() (units map[string]float64, calls map[string]int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	units, calls = maps.Clone(m.units), maps.Clone(m.calls)
	clear(m.units)
	clear(m.calls)
	return units, calls
}
