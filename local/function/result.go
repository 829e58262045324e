package function

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// MaxPayload is what Lambda takes and answers at most, in bytes.
const MaxPayload = 6*1024*1024 + 100

// ErrTooLarge says that a request's payload is over MaxPayload.
var ErrTooLarge = errors.New("the payload is over Lambda's 6 MB")

// ErrClosed says that the pool is shutting down.
var ErrClosed = errors.New("the runner is stopping")

// Result is what an invocation came to.
type Result struct {
	Payload []byte // the answer, or {"errorMessage","errorType"}
	Failed  bool   // X-Amz-Function-Error: Unhandled
}

func failure(kind, format string, args ...any) Result {
	raw, err := json.Marshal(map[string]string{"errorType": kind, "errorMessage": fmt.Sprintf(format, args...)})
	if err != nil {
		raw = []byte(`{"errorType":"Runtime.Unknown"}`)
	}
	return Result{Payload: raw, Failed: true}
}

// Activity knows whether any function of the runner is at work, and when one last ended.
type Activity struct {
	mu       sync.Mutex
	inFlight int
	lastEnd  time.Time
}

// Begin notes the start of work; End its end.
func (a *Activity) Begin() {
	a.mu.Lock()
	a.inFlight++
	a.mu.Unlock()
}

// End notes the end of work that Begin noted.
func (a *Activity) End() {
	a.mu.Lock()
	a.inFlight--
	a.lastEnd = time.Now()
	a.mu.Unlock()
}

// State is the number of pieces of work begun and not ended, and when the last one ended.
func (a *Activity) State() (inFlight int, lastEnd time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.inFlight, a.lastEnd
}

// Budget bounds the processes of all pools together, so that a small machine stays alive under load.
type Budget struct {
	mu   sync.Mutex
	left int
}

// NewBudget makes a budget of n processes beyond the first of each function, which is always granted.
func NewBudget(n int) *Budget { return &Budget{left: n} }

func (b *Budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left == 0 {
		return false
	}
	b.left--
	return true
}

func (b *Budget) give() {
	b.mu.Lock()
	b.left++
	b.mu.Unlock()
}
