// Package archivetest gives tests a real S3 server in memory, and lets them break it.
package archivetest

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"tributary/shared/archive"
)

// Bucket is the name of the one bucket that exists.
const Bucket = "reports-test"

// Fault is what happens to a request.
type Fault int

// Faults.
const (
	None      Fault = iota // it is served
	Refuse                 // it is answered with 403 AccessDenied, which no client tries again; nothing is stored
	LoseReply              // it is served, and the connection breaks before the answer
)

// Server is an S3 whose requests can be made to fail.
type Server struct {
	URL string

	mu    sync.Mutex
	fault func(*http.Request) Fault
}

// Start runs a Server until the test ends.
func Start(tb testing.TB) *Server {
	tb.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket(Bucket); err != nil {
		tb.Fatal(err)
	}
	s := &Server{}
	inner := gofakes3.New(backend).Server()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(inner, w, r) }))
	tb.Cleanup(web.Close)
	s.URL = web.URL
	return s
}

// Break decides what happens to each request from now on; nil mends the server. It may be called from many goroutines at once.
func (s *Server) Break(fault func(*http.Request) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

func (s *Server) serve(inner http.Handler, w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	fault := s.fault
	s.mu.Unlock()
	verdict := None
	if fault != nil {
		verdict = fault(r)
	}
	switch verdict {
	case Refuse:
		w.WriteHeader(http.StatusForbidden)
	case LoseReply:
		inner.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	default:
		inner.ServeHTTP(w, r)
	}
}

// Getenv is the environment under which archive.Open finds the server.
func (s *Server) Getenv(name string) string {
	return map[string]string{
		"BUCKET": Bucket, "AWS_ENDPOINT_URL_S3": s.URL, "AWS_REGION": "eu-central-1",
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
	}[name]
}

// Archive opens the server's bucket.
func (s *Server) Archive(tb testing.TB) *archive.Archive {
	tb.Helper()
	a, err := archive.Open(s.Getenv)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}
