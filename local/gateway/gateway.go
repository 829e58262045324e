package gateway

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"time"

	"tributary/local/function"
	"tributary/local/template"
)

// Function is what stands behind routes.
type Function interface {
	Invoke(ctx context.Context, payload []byte) (function.Result, error)
}

const (
	maxHead = 10240    // bytes of request line and headers that an HTTP API takes
	maxBody = 10 << 20 // bytes of a body that an HTTP API takes
)

// Gateway is an http.Handler for the routes of a template.
type Gateway struct {
	router router
	now    func() time.Time
	note   func(string)
}

// New makes a gateway without routes. note takes what the client is not told.
func New(now func() time.Time, note func(string)) *Gateway { return &Gateway{now: now, note: note} }

// Add adds a route.
func (g *Gateway) Add(r template.Route, f Function) { g.router.add(r, f) }

// ServeHTTP answers a request as the API Gateway would.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := requestID()
	w.Header()["Apigw-Requestid"] = []string{id}
	if headSize(r) > maxHead {
		refuse(w, http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large")
		return
	}
	to, params := g.router.find(r.Method, r.URL.Path)
	if to == nil || !allowed(r.Method) {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	body, err := readBody(w, r)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		return
	case err != nil:
		refuse(w, http.StatusBadRequest, "Bad Request")
		return
	}
	payload, err := newEvent(r, to, params, body, id, g.now())
	if err != nil {
		g.fail(w, to, err)
		return
	}
	g.invoke(w, r, to, payload)
}

func (g *Gateway) invoke(w http.ResponseWriter, r *http.Request, to *route, payload []byte) {
	// a client that goes away does not take its request with it: the function runs, as on AWS
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), to.timeout)
	defer cancel()
	result, err := to.function.Invoke(ctx, payload)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, function.ErrClosed):
		refuse(w, http.StatusServiceUnavailable, "Service Unavailable")
	case errors.Is(err, function.ErrTooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	case err != nil:
		g.fail(w, to, err)
	case result.Failed:
		refuse(w, http.StatusInternalServerError, "Internal Server Error")
	default:
		if err := respond(w, result.Payload); err != nil {
			g.fail(w, to, err)
		}
	}
}

func (g *Gateway) fail(w http.ResponseWriter, to *route, err error) {
	g.note(to.key() + ": " + err.Error())
	refuse(w, http.StatusInternalServerError, "Internal Server Error")
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength == 0 {
		return nil, nil
	}
	if r.ContentLength > maxBody {
		return nil, &http.MaxBytesError{Limit: maxBody}
	}
	var b bytes.Buffer
	if r.ContentLength > 0 {
		b.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := io.Copy(&b, http.MaxBytesReader(w, r.Body, maxBody))
	return b.Bytes(), err
}

// headSize is the size of the request line and the header values with their names.
func headSize(r *http.Request) int {
	n := len(r.Method) + len(r.RequestURI) + len(r.Host)
	for name, values := range r.Header {
		for _, v := range values {
			n += len(name) + len(v)
		}
	}
	return n
}

func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
