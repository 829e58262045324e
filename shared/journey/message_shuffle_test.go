package journey

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tributary/shared/agent"
	"tributary/shared/event"
	"tributary/shared/kpi"
)

// correspondence draws what two messages and the links between their recipients' ids are made of: links that come early and
// late, that contradict each other, and that an order's reporters give.
func correspondence(t *rapid.T) []*event.Event {
	of := func(label string, values ...string) string { return rapid.SampledFrom(values).Draw(t, label) }
	var list []*event.Event
	for i := range rapid.IntRange(2, 12).Draw(t, "events") {
		e := made("", fmt.Sprint("e", i), noon+rapid.Int64Range(-4, 4).Draw(t, "hour")*hour)
		switch e.Type = of("type", "email_sent", "email_sent", "email_opened", "email_clicked", "email_bounced", "identify", "identify", "conversion", "lead"); e.Type {
		case "identify":
			e.UserID, e.Email, e.AnonymousID = of("u", "u", "v", ""), of("m", "", "m", "n"), of("a", "", "a", "b")
		case "conversion", "lead":
			e.OrderID, e.UserID = of("o", "o", "p", ""), of("u", "", "u", "v")
			e.Email, e.AnonymousID = of("m", "", "m", "n"), of("a", "", "a", "b")
			if e.OrderID == "o" && rapid.Bool().Draw(t, "alias") {
				e.OrderAliases = []string{"p"}
			}
		default:
			e.MessageID, e.Channel = of("message", "m1", "m2"), of("channel", "Email", "Referral")
			switch of("to", "u", "v", "m", "n", "a", "b", "both") {
			case "u":
				e.UserID = "u"
			case "v":
				e.UserID = "v"
			case "m":
				e.Email = "m"
			case "n":
				e.Email = "n"
			case "a":
				e.AnonymousID = "a"
			case "b":
				e.AnonymousID = "b"
			default:
				e.Email, e.AnonymousID = "m", "a"
			}
			if e.Type == "email_clicked" && rapid.IntRange(0, 3).Draw(t, "hidden") == 0 {
				e.Agent, e.AgentReason = event.AgentBot, agent.Honeypot
			}
		}
		list = append(list, e)
	}
	return list
}

// countedOnce is what the messages of some events count: each once a person, whatever the ids that it was told under.
func countedOnce(events []*event.Event) []kpi.Move {
	events = slices.SortedFunc(slices.Values(events), compareEvents)
	var links []Link
	for _, e := range events {
		links = append(links, LinksOf(e)...)
	}
	people, site := unite(links, salesOf(events)), testSite()
	messages := map[[2]string]*Told{}
	for _, e := range events {
		for _, p := range piecesOf(e) {
			if p.kind != KindMessage {
				continue
			}
			key := [2]string{people.of(e), e.MessageID}
			if messages[key] == nil {
				messages[key] = &Told{}
			}
			messages[key].join(&p.told)
		}
	}
	var moves []kpi.Move
	for _, told := range messages {
		moves = append(moves, told.moves(KindMessage, &site)...)
	}
	return kpi.Changes(nil, moves)
}

// messageMoves is the sum of what all records of messages move.
func messageMoves(t *rapid.T, m *memory) []kpi.Move {
	var all []kpi.Move
	for place, r := range m.records {
		if place != placeOf(KindMessage, r.Node) {
			continue
		}
		moves, err := kpi.DecodeMoves(r.Moves)
		if err != nil {
			t.Fatalf("%s: %v", place, err)
		}
		all = append(all, moves...)
	}
	return kpi.Changes(nil, all)
}

// TestMessageCountsOnceAPerson ensures that the records of messages sum to each message once a person, whatever the order in
// which messages and links arrive, with any batch borders, any delivered twice, and a store that fails now and then.
func TestMessageCountsOnceAPerson(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := correspondence(t)
		want := countedOnce(events)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		again := slices.Concat(events, events[:rapid.IntRange(0, len(events)).Draw(t, "again")])
		rng.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		m := newMemory(testSite())
		m.broken = func(string) error {
			if rng.IntN(60) == 0 {
				return errDown
			}
			return nil
		}
		for len(again) > 0 {
			n := 1 + rng.IntN(min(len(again), 4))
			handle(t, m, again[:n])
			again = again[n:]
		}
		if diff := cmp.Diff(want, messageMoves(t, m)); diff != "" {
			t.Errorf("(-each once +the records):\n%s", diff)
		}
	})
}
