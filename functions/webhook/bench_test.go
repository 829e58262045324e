package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"tributary/shared/event"
	"tributary/shared/ingest"
	"tributary/shared/obs"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/webhook"
	"tributary/shared/webhook/receive"
)

// nothing is a store that takes everything and writes nothing.
type nothing struct{ c settings.Connection }

func (n nothing) Connection(context.Context, string) (settings.Connection, bool, error) {
	return n.c, true, nil
}

func (nothing) Site(_ context.Context, id string) (settings.Site, bool, error) {
	return settings.DefaultSite(id), true, nil
}

func (nothing) PutEvent(context.Context, *event.Event) (store.Outcome, error) {
	return store.Stored, nil
}
func (nothing) Keep(context.Context, store.Quarantined) error                 { return nil }
func (nothing) KeepDelivery(context.Context, store.Quarantined, []byte) error { return nil }
func (nothing) PutTask(context.Context, store.Task) error                     { return nil }
func (nothing) Spend(context.Context, string, string, string, int64) (bool, error) {
	return true, nil
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// maxRatio is what a Stripe event may cost without being stored, as a multiple of one HMAC and one JSON decode of its bytes.
const maxRatio = 1.3

// one is a Stripe event, signed, and the two ways to spend time on it.
func one(tb testing.TB, file string) (floor, door func()) {
	tb.Helper()
	body, err := os.ReadFile("../../shared/webhook/stripe/testdata/" + file)
	if err != nil {
		tb.Fatal(err)
	}
	const secret = "whsec_bench"
	sign := func() []byte {
		m := hmac.New(sha256.New, []byte(secret))
		fmt.Fprintf(m, "%d.", arrival.Unix())
		m.Write(body)
		return m.Sum(nil)
	}
	floor = func() {
		var v map[string]any
		if err := json.Unmarshal(body, &v); err != nil || len(sign()) == 0 {
			tb.Fatal(err)
		}
	}
	n := nothing{settings.Connection{ID: "s", Provider: "stripe", Site: "default", Secrets: []settings.Secret{secret}}}
	log := obs.New(discard{}, func(string) string { return "" })
	clock := func() time.Time { return arrival }
	to := receive.New(ingest.Over("webhook", n, n, n, clock, log), n, n, clock, log)
	header := map[string]string{"stripe-signature": fmt.Sprintf("t=%d,v1=%s", arrival.Unix(), hex.EncodeToString(sign()))}
	door = func() {
		d := &webhook.Delivery{Method: "POST", Header: header, Body: body, Now: arrival}
		if r, err := to.Take(tb.Context(), "s", d, false); err != nil || r.Accepted != 1 {
			tb.Fatal(r, err)
		}
	}
	door()
	return floor, door
}

// BenchmarkStripe compares, in one run, everything that the door does with a signed event of Stripe's, but for the write, with
// one HMAC and one decode of the same bytes into a map.
func BenchmarkStripe(b *testing.B) {
	for _, file := range []string{"checkout.session.completed.json", "invoice.paid.first.json", "payment_intent.succeeded.json"} {
		floor, door := one(b, file)
		b.Run(file, func(b *testing.B) {
			ratio := math.Inf(1)
			for b.Loop() {
				ratio = min(ratio, measure(floor, door)) // a neighbour of the machine can only make it worse
			}
			b.ReportMetric(ratio, "ratio")
			if ratio > maxRatio {
				b.Errorf("%.2f times the floor, want at most %.1f", ratio, maxRatio)
			}
		})
	}
}

// measure is the cost of door in floors: the best of several short rounds of each, in turn.
func measure(floor, door func()) float64 {
	best := func(was time.Duration, f func()) time.Duration {
		begin := time.Now()
		for range 200 {
			f()
		}
		if d := time.Since(begin); was == 0 || d < was {
			return d
		}
		return was
	}
	var f, d time.Duration
	for range 15 {
		f, d = best(f, floor), best(d, door)
	}
	return float64(d) / float64(f)
}
