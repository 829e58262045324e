package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"tributary/local/function"
)

// InvokePrefix is where the Lambda Invoke API lies.
const InvokePrefix = "/2015-03-31/functions/"

// Invoker is the Lambda Invoke API: RequestResponse, Event and DryRun.
type Invoker struct {
	// Functions by every name they may be called: folder, logical id, FunctionName, ARN.
	Functions map[string]Function
	Async     *Async
}

func (i *Invoker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, InvokePrefix), "/")
	if rest != "invocations" || r.Method != http.MethodPost {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	f, ok := i.Functions[name]
	if !ok {
		fault(w, http.StatusNotFound, "ResourceNotFoundException", "Function not found: "+name)
		return
	}
	payload, err := readBody(w, r)
	if err != nil || len(payload) > function.MaxPayload {
		fault(w, http.StatusRequestEntityTooLarge, "RequestTooLargeException", "Request must be smaller than 6291456 bytes for the InvokeFunction operation")
		return
	}
	if len(payload) == 0 {
		payload = []byte("{}")
	}
	if !json.Valid(payload) {
		fault(w, http.StatusBadRequest, "InvalidRequestContentException", "Could not parse request body into json")
		return
	}
	w.Header().Set("X-Amz-Executed-Version", "$LATEST")
	switch kind := r.Header.Get("X-Amz-Invocation-Type"); kind {
	case "", "RequestResponse":
		i.wait(w, r, f, payload)
	case "Event":
		i.Async.Invoke(f, payload)
		w.WriteHeader(http.StatusAccepted)
	case "DryRun":
		w.WriteHeader(http.StatusNoContent)
	default:
		fault(w, http.StatusBadRequest, "InvalidParameterValueException", "X-Amz-Invocation-Type "+kind+" is not known")
	}
}

func (i *Invoker) wait(w http.ResponseWriter, r *http.Request, f Function, payload []byte) {
	result, err := f.Invoke(r.Context(), payload)
	if err != nil {
		fault(w, http.StatusServiceUnavailable, "ServiceException", err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if result.Failed {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
	}
	_, _ = w.Write(result.Payload) // the client may be gone
}

func fault(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("X-Amzn-Errortype", kind)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	raw, _ := json.Marshal(map[string]string{"Type": "User", "Message": message}) // strings always marshal
	_, _ = w.Write(raw)
}

// Async invokes functions with nobody waiting: twice again after a failure, as Lambda does, though sooner.
type Async struct {
	Context context.Context // ends the waiting between attempts
	Begin   func()          // notes that work is on its way, so that the runner is not idle between attempts
	End     func()
	Note    func(string)
	Pauses  []time.Duration // before each further attempt
}

// Invoke returns at once.
func (a *Async) Invoke(f Function, payload []byte) {
	a.Begin()
	go func() {
		defer a.End()
		for attempt := 0; ; attempt++ {
			result, err := f.Invoke(a.Context, payload)
			if err == nil && !result.Failed || errors.Is(err, function.ErrClosed) || a.Context.Err() != nil {
				return
			}
			if attempt == len(a.Pauses) {
				a.Note("an asynchronous call failed for good: " + string(result.Payload))
				return
			}
			select {
			case <-a.Context.Done():
			case <-time.After(a.Pauses[attempt]):
			}
		}
	}()
}
