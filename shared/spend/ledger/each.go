package ledger

import "sync"

// writers is how many events are written at once.
const writers = 24

// each calls do for every value, several at once, and returns one of the errors; after one, no other call begins.
func each[T any](values []T, do func(T) error) error {
	var (
		mu      sync.Mutex
		next    int
		failure error
		running sync.WaitGroup
	)
	take := func() (v T, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if failure != nil || next == len(values) {
			return v, false
		}
		next++
		return values[next-1], true
	}
	for range min(writers, len(values)) {
		running.Go(func() {
			for v, ok := take(); ok; v, ok = take() {
				if err := do(v); err != nil {
					mu.Lock()
					failure = err
					mu.Unlock()
				}
			}
		})
	}
	running.Wait()
	return failure
}
