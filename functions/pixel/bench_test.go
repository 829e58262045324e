package main

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"tributary/shared/event"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// BenchmarkHit measures one pixel against the bare PutItem of the same item, both to a server that answers at once, in
// rounds that take turns. It reports the medians' ratios: typed/bare (budget 1.15) and envelope/bare (budget 1.6), the
// latter through the JSON that Lambda hands over and takes back.
func BenchmarkHit(b *testing.B) {
	env := storetest.Instant(b)
	st, err := store.Open(env)
	if err != nil {
		b.Fatal(err)
	}
	h := &handler{in: ingest.New("pixel", st, time.Now, quiet())}
	payload, err := os.ReadFile("testdata/bench.json")
	if err != nil {
		b.Fatal(err)
	}
	r := &httpapi.Request{}
	if err := json.Unmarshal(payload, r); err != nil {
		b.Fatal(err)
	}
	put := storetest.BarePut(b, env, sample(b, h, r))
	invoke := lambda.NewHandler(httpapi.Serve(quiet(), h.serve))
	took := measure(b, []func() error{
		func() error { return put(b.Context()) },
		func() error { _, err := h.serve(b.Context(), r); return err },
		func() error { _, err := invoke.Invoke(b.Context(), payload); return err },
	})
	b.ReportMetric(float64(took[0].Nanoseconds()), "bare-ns/op")
	b.ReportMetric(float64(took[1])/float64(took[0]), "typed/bare")
	b.ReportMetric(float64(took[2])/float64(took[0]), "envelope/bare")
	b.ReportMetric(0, "ns/op")
}

// measure runs each of what in turns of a few calls and returns the median time of a call of each.
func measure(b *testing.B, what []func() error) []time.Duration {
	b.Helper()
	const calls = 20
	rounds := make([][]time.Duration, len(what))
	for b.Loop() {
		for i, f := range what {
			start := time.Now()
			for range calls {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
			rounds[i] = append(rounds[i], time.Since(start)/calls)
		}
	}
	medians := make([]time.Duration, len(what))
	for i := range rounds {
		slices.Sort(rounds[i])
		medians[i] = rounds[i][len(rounds[i])/2]
	}
	return medians
}

// sample is the event that the request becomes, and proof that it counts.
func sample(b *testing.B, h *handler, r *httpapi.Request) *event.Event {
	b.Helper()
	if got := ask(b, h, r).Headers["x-tributary"]; got != "accepted" {
		b.Fatalf("the measured hit is %q, want accepted", got)
	}
	e, err := h.read(b.Context(), r)
	if err != nil {
		b.Fatal(err)
	}
	return e
}
