package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/settings"
	"tributary/shared/store/storetest"
)

var (
	chaosRuns = flag.Int("chaos.runs", 300, "how many seeds the exactly-once tests play")
	chaosSeed = flag.Uint64("chaos.seed", 1, "the first seed")
)

// TestExactlyOnce ensures that the real handler counts everything once, whatever Lambda and the store do to it: each
// seed plays two tables' streams through storetest.Chaos and compares every counter with what the tables hold.
// `go test ./functions/kpi -run ExactlyOnce -chaos.runs 10000` plays more.
func TestExactlyOnce(t *testing.T) {
	wrong := play(t, *chaosSeed, *chaosRuns, false)
	for _, w := range wrong {
		t.Error(w)
	}
	t.Logf("%d runs from seed %d: %d wrong totals", *chaosRuns, *chaosSeed, len(wrong))
}

// TestWithoutFenceCountsTwice ensures that TestExactlyOnce can fail: without the fence it finds wrong totals.
func TestWithoutFenceCountsTwice(t *testing.T) {
	const runs = 50
	wrong := play(t, 1, runs, true)
	if len(wrong) < runs/2 {
		t.Errorf("without the fence only %d of %d runs are wrong: the faults are too tame to prove anything", len(wrong), runs)
	}
	t.Logf("without the fence %d of %d runs are wrong", len(wrong), runs)
}

// play runs so many seeds and says what came out wrong.
func play(t *testing.T, first uint64, runs int, noFence bool) (wrong []string) {
	for i := range runs {
		seed := first + uint64(i)
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(seed)
			w.memory.NoFence = noFence
			if err := w.play(); err != nil {
				wrong = append(wrong, fmt.Sprintf("seed %d: %v", seed, err))
			}
		})
	}
	return wrong
}

// world is one seed's story.
type world struct {
	rng    *rand.Rand
	memory *storetest.Memory
	chaos  *storetest.Chaos
	junk   int
}

// play runs the story, checks the counters, delivers everything once more and checks them again.
func (w *world) play() error {
	for _, run := range []func() error{w.chaos.Run, w.chaos.RunAgain} {
		if err := run(); err != nil {
			return err
		}
		if diff := cmp.Diff(w.want(), withoutLate(w.memory.Totals())); diff != "" {
			return fmt.Errorf("(-want +got):\n%s", diff)
		}
		if got := w.memory.Kept(); got != w.junk {
			return fmt.Errorf("%d unreadable records kept aside, want %d", got, w.junk)
		}
	}
	return nil
}

// withoutLate leaves out the count of late events, which follows from the streams and not from what the tables hold.
func withoutLate(totals map[kpi.Key]map[kpi.Measure]int64) map[kpi.Key]map[kpi.Measure]int64 {
	for k, sums := range totals {
		if delete(sums, kpi.LateEvents); len(sums) == 0 {
			delete(totals, k)
		}
	}
	return totals
}

func newWorld(seed uint64) *world {
	w := &world{rng: rand.New(rand.NewPCG(seed, 7)), memory: storetest.NewMemory(settings.DefaultSite("s"))}
	w.chaos = storetest.NewChaos(w.memory, seed, 5+w.rng.IntN(40))
	consumer := func(v *storetest.View) storetest.Invoke {
		h := newHandler(v, v, storetest.EventsTable, storetest.JourneysTable, func() time.Time { return time.UnixMilli(1_767_225_600_000) })
		h.log = slog.New(slog.DiscardHandler)
		return h.Invoke
	}
	w.chaos.Consume(storetest.EventsTable, consumer)
	w.chaos.Consume(storetest.JourneysTable, consumer)
	for i := range 6 + w.rng.IntN(30) {
		w.chaos.Feed = append(w.chaos.Feed, w.happening(i))
	}
	return w
}

// happening is one thing that ingest or journey writes.
func (w *world) happening(i int) func() {
	switch n := w.rng.IntN(20); {
	case n < 11:
		e := w.event(i)
		return func() { _, _ = w.memory.PutEvent(context.Background(), e) }
	case n < 12:
		e := w.event(i)
		return func() {
			_, _ = w.memory.PutEvent(context.Background(), e)
			w.memory.Expire(e)
		}
	case n < 13:
		w.junk++
		return func() {
			w.memory.Emit(storetest.EventsTable, json.RawMessage(fmt.Sprintf(`{"eventName":"INSERT","dynamodb":{"SequenceNumber":"%d","NewImage":[]}}`, i)))
		}
	}
	node, moves := fmt.Sprint("O#", w.rng.IntN(3)), w.moves()
	return func() {
		r, _ := w.memory.Record(context.Background(), "s", journey.KindConversion, node)
		r.Moves = kpi.EncodeMoves(moves)
		_, _ = w.memory.PutRecord(context.Background(), "s", journey.KindConversion, r)
	}
}

// event is a touch, a spend that may replace an earlier one, or something of a type of its own. Names are few, so that
// batches and invocations meet in the same counters.
func (w *world) event(i int) *event.Event {
	pick := func(of ...string) string { return of[w.rng.IntN(len(of))] }
	e := &event.Event{
		ID: fmt.Sprint("e", i), Type: pick("impression", "click", "visit", "page_view", "lead", "opportunity", "rating", "social_engagement", "spend", "spend", "video_played"), Site: "s",
		Time: 1_767_225_600_000 + int64(w.rng.IntN(2))*3_600_000, Received: int64(i), AnonymousID: pick("a", "b", "c"),
		Channel: pick("Paid Search", "Email"), Campaign: pick("", "spring"), Source: pick("google", ""), Medium: pick("cpc", ""),
		PostID: pick("p", "q"), Score: w.rng.IntN(6), HasCost: true, Cost: int64(w.rng.IntN(5)) * 1000, Currency: pick("USD", "EUR"), Agent: pick("human", "human", "human", "bot"), Hash: fmt.Sprint(i),
	}
	if e.Type == "spend" {
		e.ID, e.AnonymousID = pick("x", "y"), ""
	}
	return e
}

// moves is what a journey record contributes in one of its revisions.
func (w *world) moves() []kpi.Move {
	var list []kpi.Move
	for _, d := range []kpi.Dimension{kpi.ByGoal, kpi.ByChannel, kpi.ByCampaign} {
		if w.rng.IntN(3) > 0 {
			k := kpi.Key{Site: "s", Dimension: d, Value: []string{"x", "y"}[w.rng.IntN(2)], Bucket: "2026-01-01T00"}
			list = append(list, kpi.Move{Key: k, Measure: kpi.RevenueGross, Amount: int64(w.rng.IntN(7) - 1)}, kpi.Move{Key: k, Measure: kpi.ConversionsMicro, Amount: 1_000_000},
				kpi.Move{Key: k, Measure: kpi.CartsBought, Amount: int64(w.rng.IntN(2))}, kpi.Move{Key: k, Measure: kpi.EmailOpened, Amount: int64(w.rng.IntN(2))})
		}
	}
	return list
}

// want is what the tables say the counters must hold.
func (w *world) want() map[kpi.Key]map[kpi.Measure]int64 {
	var moves []kpi.Move
	for _, e := range w.memory.Events() {
		moves = append(moves, kpi.Moves(e)...)
	}
	for _, r := range w.memory.Records() {
		more, err := kpi.DecodeMoves(r.Moves)
		if err != nil {
			panic(err) // encoded above
		}
		moves = append(moves, more...)
	}
	return storetest.Totals(moves)
}
