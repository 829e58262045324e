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
	"tributary/shared/visitor"
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
	h := &handler{in: ingest.New("pixel", st, time.Now, quiet()).Within(patience)}
	r := hit(b, "e=page_view&v=a1&url=https%3A%2F%2Fshop.example%2Fpricing%3Futm_source%3Dnews%26utm_medium%3Demail&ref=https%3A%2F%2Fblog.example%2F")
	payload := envelope(b, r.RawQueryString)
	put := storetest.BarePut(b, env, sample(b, h, r))
	invoke := lambda.NewHandler(httpapi.Serve(quiet(), h.serve))
	took := measure(b, []func() error{
		func() error { return put(b.Context()) },
		func() error { _, err := h.serve(b.Context(), r); return err },
		func() error { _, err := invoke.Invoke(b.Context(), payload); return err },
	})
	b.ReportMetric(median(took[0]), "bare-ns/op")
	b.ReportMetric(median(ratios(took[1], took[0])), "typed/bare")
	b.ReportMetric(median(ratios(took[2], took[0])), "envelope/bare")
	b.ReportMetric(0, "ns/op")
}

// envelope is the whole payload of a hit, all that the gateway says of it, compact as Lambda hands it over.
func envelope(b *testing.B, query string) []byte {
	b.Helper()
	raw, err := os.ReadFile("testdata/hit.json")
	if err != nil {
		b.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		b.Fatal(err)
	}
	all["rawQueryString"] = query
	payload, err := json.Marshal(all)
	if err != nil {
		b.Fatal(err)
	}
	return payload
}

// measure runs each of what in turns of a few calls, each turn beginning with another, and returns the nanoseconds of a
// call by what and round.
func measure(b *testing.B, what []func() error) [][]float64 {
	b.Helper()
	const calls = 10
	took := make([][]float64, len(what))
	for round := 0; b.Loop(); round++ {
		for turn := range what {
			i := (round + turn) % len(what)
			start := time.Now()
			for range calls {
				if err := what[i](); err != nil {
					b.Fatal(err)
				}
			}
			took[i] = append(took[i], float64(time.Since(start).Nanoseconds())/calls)
		}
	}
	return took
}

// ratios are those of the rounds: what else the machine does slows both sides of one round alike.
func ratios(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] / b[i]
	}
	return out
}

func median(x []float64) float64 {
	sorted := slices.Sorted(slices.Values(x))
	return sorted[len(sorted)/2]
}

// sample is the event that the request becomes, and proof that it counts.
func sample(b *testing.B, h *handler, r *httpapi.Request) *event.Event {
	b.Helper()
	if got := ask(b, h, r).Headers["x-tributary"]; got != "accepted" {
		b.Fatalf("the measured hit is %q, want accepted", got)
	}
	e, d, err := h.read(r, &visitor.Browser{})
	if err == nil {
		err = h.in.Prepare(b.Context(), e, d, "")
	}
	if err != nil {
		b.Fatal(err)
	}
	return e
}
