package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

var (
	chaosRuns = flag.Int("chaos.runs", 300, "how many seeds the exactly-once test plays")
	chaosSeed = flag.Uint64("chaos.seed", 1, "the first seed")
)

const january = 1_767_225_600_000 // 2026-01-01, Unix milliseconds

// TestExactlyOnce ensures that the real handler ends at the same records, with the same contributions, whatever Lambda
// and the store do to it: each seed plays a stream through storetest.Chaos and compares every record with those of a run
// in which everything was stored first and nothing failed. That kpi then adds each contribution once is shown in its own
// test of this name. `go test ./functions/journey -run ExactlyOnce -chaos.runs 10000` plays more.
func TestExactlyOnce(t *testing.T) {
	wrong, records := play(t, *chaosSeed, *chaosRuns, false)
	for _, w := range wrong {
		t.Error(w)
	}
	if records < *chaosRuns {
		t.Errorf("%d runs made only %d records", *chaosRuns, records)
	}
	t.Logf("%d runs from seed %d, %d records: %d runs with a wrong record", *chaosRuns, *chaosSeed, records, len(wrong))
}

// TestWithoutRevisionRecordsAreWrong ensures that TestExactlyOnce can fail: where a slow handler may write over a later
// one, it finds wrong records.
func TestWithoutRevisionRecordsAreWrong(t *testing.T) {
	const runs = 300
	wrong, _ := play(t, 1, runs, true)
	if len(wrong) == 0 {
		t.Errorf("without revisions all of %d runs are right: the faults are too tame to prove anything", runs)
	}
	t.Logf("without revisions %d of %d runs are wrong", len(wrong), runs)
}

// play runs so many seeds and says what came out wrong, and how many records were compared.
func play(t *testing.T, first uint64, runs int, noRevision bool) (wrong []string, records int) {
	for i := range runs {
		seed := first + uint64(i)
		synctest.Test(t, func(t *testing.T) {
			want, _ := run(t, seed, 0, false)
			got, again := run(t, seed, 5+int(seed%40), noRevision)
			records += len(want)
			diff := cmp.Diff(settled(t, want), settled(t, got), cmpopts.IgnoreFields(journey.Record{}, "Cause", "Rev"))
			if diff == "" {
				diff = cmp.Diff(got, again) // not even a revision may move
			}
			if diff != "" {
				wrong = append(wrong, fmt.Sprintf("seed %d (-undisturbed +disturbed):\n%s", seed, diff))
			}
		})
	}
	return wrong, records
}

// nobodyErased has no tombstones.
type nobodyErased struct{ graves }

func (nobodyErased) Tombstones(context.Context, string, int64) ([]byte, []store.Tombstone, error) {
	return nil, nil, nil
}

// run plays a seed's events and returns the records, also those after everything was delivered once more. Without faults
// everything is stored before anything is delivered.
func run(t *testing.T, seed uint64, faults int, noRevision bool) (records, again map[string]journey.Record) {
	t.Helper()
	memory := storetest.NewMemory(settings.DefaultSite("s"))
	memory.NoRevision = noRevision
	chaos := storetest.NewChaos(memory, seed, faults)
	chaos.Consume(storetest.EventsTable, func(v *storetest.View) storetest.Invoke {
		r := &journey.Restater{Links: v, Records: v, Events: v, Settings: v, Now: func() time.Time { return time.UnixMilli(january) }}
		h := newHandler(r, v, nobodyErased{})
		h.log = slog.New(slog.DiscardHandler)
		return h.Invoke
	})
	for _, e := range story(seed) {
		put := func() { _, _ = memory.PutEvent(t.Context(), e) }
		if faults == 0 {
			put()
		} else {
			chaos.Feed = append(chaos.Feed, put)
		}
	}
	if err := chaos.Run(); err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	records = memory.Records()
	if err := chaos.RunAgain(); err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	return records, memory.Records()
}

// story is a seed's events: a few people, devices and orders that meet in every way.
func story(seed uint64) []*event.Event {
	rng := rand.New(rand.NewPCG(seed, 11))
	pick := func(of ...string) string { return of[rng.IntN(len(of))] }
	var list []*event.Event
	for i := range 4 + rng.IntN(14) {
		e := &event.Event{
			ID: fmt.Sprint("e", i), Site: "s", Time: january + int64(rng.IntN(40))*86_400_000, Received: int64(i), Hash: fmt.Sprint(i),
			Agent: pick("human", "human", "human", "human", "bot"), Trust: event.Trust(rng.IntN(3)),
		}
		switch rng.IntN(16) {
		case 0, 1, 2, 3:
			e.Type, e.AnonymousID, e.Channel = "visit", pick("a", "b", "c"), pick("Paid Search", "Email", "Direct")
			e.UserID, e.Page = pick("", "", "", "u"), pick("/", "/x")
		case 10, 11, 12:
			e.Type, e.AnonymousID, e.UserID = pick("page_view", "view_item", "add_to_cart"), pick("a", "b", "c"), pick("", "", "", "u")
			e.Page, e.CartID = pick("/", "/x", "/y"), pick("k", "l")
		case 13, 14:
			e.Type, e.MessageID = pick("email_sent", "email_delivered", "email_bounced", "email_opened", "email_clicked"), pick("m", "n")
			e.AnonymousID, e.Email = pick("a", "b", "", ""), pick("mail", "mail", "")
			e.UserID = pick("", "u")
			if len(e.IDs()) == 0 {
				e.UserID = "u"
			}
			if rng.IntN(3) == 0 {
				e.Type, e.AnonymousID = pick("impression", "click"), pick("a", "b")
			}
		case 15:
			e.Type, e.InviteID, e.PostID, e.UserID = pick("invite", "invite_signup", "social_post"), "i", "p", pick("u", "v")
			e.Props = pick("", `{"reach":"50"}`)
		case 4, 5:
			e.Type, e.AnonymousID, e.UserID = "identify", pick("a", "b", "c"), pick("u", "v")
		case 6, 7:
			e.Type, e.OrderID, e.Goal = "conversion", pick("o", "p", "q", ""), "purchase"
			e.UserID, e.AnonymousID = pick("u", "v", ""), pick("a", "b", "")
			e.HasValue, e.Value, e.Currency = true, int64(rng.IntN(5))*1000, "USD"
			e.CartID, e.InviteID = pick("", "k", "l"), pick("", "", "i")
			if rng.IntN(4) == 0 && e.OrderID != "" {
				e.OrderAliases = []string{pick("o", "p", "q", "alias")}
			}
		case 8:
			e.Type, e.OrderID, e.HasValue, e.Value, e.Currency = "refund", pick("o", "p", "alias"), true, int64(rng.IntN(3))*700, "USD"
			e.Props = pick("", `{"refund_id":"r1"}`)
		case 9:
			e.Type, e.UserID, e.AnonymousID = pick("refund_reversed", "lead", "page_view"), pick("u", "v"), pick("a", "b", "")
			if e.Type == "refund_reversed" {
				e.OrderID, e.Props = pick("o", "p"), `{"refund_id":"r1"}`
			}
		}
		if e.AnonymousID != "" && rng.IntN(4) > 0 { // a session is of one browser
			e.SessionID = "s-" + e.AnonymousID
		}
		list = append(list, e)
	}
	return list
}

// settled are records as what they say, without what only guards against slow handlers: the revisions of the sales that a
// gathered record heard of, and sales that do not belong to it. A visit that went no further may have a record or none.
func settled(t *testing.T, records map[string]journey.Record) map[string]journey.Record {
	t.Helper()
	out := maps.Clone(records)
	for place, r := range out {
		kind := strings.Split(place, "#")[1]
		if kind == journey.KindConversion {
			continue
		}
		told, err := r.Told()
		if err != nil {
			t.Fatal(err)
		}
		for node, p := range told.Sales {
			if p.Rev = 0; p.Time == 0 {
				delete(told.Sales, node)
			} else {
				told.Sales[node] = p
			}
		}
		body, err := json.Marshal(told)
		if err != nil {
			t.Fatal(err)
		}
		r.Body = string(body)
		if out[place] = r; r.Body == "{}" || kind == journey.KindVisit && r.Time == 0 {
			delete(out, place)
		}
	}
	return out
}
