package function

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// runtimeAPI is the Lambda Runtime API of one process, https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
type runtimeAPI struct{ pr *process }

const (
	pathNext       = "/2018-06-01/runtime/invocation/next"
	pathInitError  = "/2018-06-01/runtime/init/error"
	pathInvocation = "/2018-06-01/runtime/invocation/"
)

func (a runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case path == pathNext && r.Method == http.MethodGet:
		a.next(w, r)
	case path == pathInitError && r.Method == http.MethodPost:
		body, _ := io.ReadAll(io.LimitReader(r.Body, MaxPayload)) // told as far as it came
		a.pr.pool.Log.Note("failed to start: " + string(body))
		accepted(w)
	case strings.HasPrefix(path, pathInvocation) && r.Method == http.MethodPost:
		id, what, _ := strings.Cut(path[len(pathInvocation):], "/")
		a.answer(w, r, id, what)
	default:
		http.NotFound(w, r)
	}
}

func (a runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	pool := a.pr.pool
	a.pr.timer.Stop()
	inv := pool.next(r.Context(), a.pr)
	if inv == nil {
		return
	}
	a.pr.timer.Reset(time.Until(inv.deadline) + time.Millisecond)
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(inv.payload))}
	h["Lambda-Runtime-Aws-Request-Id"] = []string{inv.id}
	h["Lambda-Runtime-Deadline-Ms"] = []string{strconv.FormatInt(inv.deadline.UnixMilli(), 10)}
	h["Lambda-Runtime-Invoked-Function-Arn"] = []string{ARN(pool.Function.Name)}
	h["Lambda-Runtime-Trace-Id"] = []string{TraceID(inv.id)}
	_, _ = w.Write(inv.payload) // when the process is gone its end tells
}

func (a runtimeAPI) answer(w http.ResponseWriter, r *http.Request, id, what string) {
	body, err := readAll(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	result := Result{Payload: body, Failed: what == "error"}
	status := http.StatusAccepted
	switch {
	case len(body) > MaxPayload:
		result = failure("Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size (%d bytes).", MaxPayload)
		status = http.StatusRequestEntityTooLarge
	case r.Trailer.Get("Lambda-Runtime-Function-Error-Type") != "":
		result = failure(r.Trailer.Get("Lambda-Runtime-Function-Error-Type"), "the function failed while it answered")
	}
	if what != "response" && what != "error" {
		http.NotFound(w, r)
		return
	}
	a.pr.timer.Stop()
	a.reportTo(id)
	if !a.pr.pool.finish(a.pr, id, result) {
		http.Error(w, `{"errorType":"InvalidRequestID","errorMessage":"no such invocation is running"}`, http.StatusBadRequest)
		return
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
}

// readAll reads a body up to one byte over what is allowed.
func readAll(r *http.Request) ([]byte, error) {
	var b bytes.Buffer
	if r.ContentLength > 0 && r.ContentLength <= MaxPayload {
		b.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(r.Body, MaxPayload+1))
	return b.Bytes(), err
}

// reportTo writes the REPORT line that Lambda logs after every invocation, where it is wished.
func (a runtimeAPI) reportTo(id string) {
	pool := a.pr.pool
	if !pool.Verbose {
		return
	}
	pool.mu.Lock()
	inv := a.pr.current
	pool.mu.Unlock()
	if inv == nil || inv.id != id {
		return
	}
	spent := time.Since(inv.deadline.Add(-pool.Function.Timeout))
	pool.Log.Note(fmt.Sprintf("REPORT RequestId: %s Duration: %.2f ms Memory Size: %d MB Max Memory Used: %s MB",
		id, float64(spent.Microseconds())/1000, pool.Function.MemoryMB, a.pr.peakMemory()))
}

func accepted(w http.ResponseWriter) {
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
}

// ARN is a function's on the laptop.
func ARN(name string) string { return "arn:aws:lambda:us-east-1:000000000000:function:" + name }

// requestID makes a random UUID.
func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// TraceID makes an X-Ray trace header of a request id.
func TraceID(id string) string {
	h := strings.ReplaceAll(id, "-", "")
	return "Root=1-" + h[:8] + "-" + h[8:] + ";Parent=" + h[:16] + ";Sampled=0"
}
