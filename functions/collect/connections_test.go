package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"tributary/shared/ingest"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// A batch must not open a connection for every few events: on AWS each costs a TLS handshake.
func TestBatchesKeepTheirConnections(t *testing.T) {
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("{}"))
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	st, err := store.Open(func(name string) string {
		if name == "AWS_ENDPOINT_URL_DYNAMODB" {
			return server.URL
		}
		return "x"
	})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	h := &handler{in: ingest.New("collect", st, time.Now, log), keys: st, admin: settings.KeyHash("secret-key")}
	var events []string
	for i := range 500 {
		events = append(events, fmt.Sprintf(`{"id":"%d","type":"lead","user_id":"u"}`, i))
	}
	for range 3 {
		if status, a := post(t, h, request(t, "keyed.json", batchOf(events...))); status != 202 || a.Accepted != 500 {
			t.Fatalf("got %d %+v", status, a)
		}
	}
	// A dial that loses the race for a freed connection is kept too, so a few more than atOnce are sound.
	if n := opened.Load(); n > 3*atOnce {
		t.Errorf("three batches opened %d connections, want about %d", n, atOnce)
	}
}
