package journey

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tributary/shared/burst"
	"tributary/shared/event"
	"tributary/shared/kpi"
)

// mailClick is a person's click on a link of a mail by its recipient, as a redirect has it: with the click's own id for a visitor.
func mailClick(id, link string, ms int64, changes ...change) *event.Event {
	return made("click", id, noon+ms, append([]change{anon(id), of("m1", link), channel("Email"), func(e *event.Event) {
		e.Campaign, e.Source, e.Page = "spring", "news", "https://shop.example/"+link+"?trb="+id
	}}, changes...)...)
}

// clickMeasures are what an event of type click moves.
var clickMeasures = []kpi.Measure{kpi.Clicks, kpi.InvalidClicks, "media_cost_micros:USD"}

// clickFigures are the counters of clicks in the end: what the events moved when they came, and the records since.
func clickFigures(tb testing.TB, m *memory, events []*event.Event) []kpi.Move {
	tb.Helper()
	var moves []kpi.Move
	for _, e := range events {
		moves = append(moves, kpi.Moves(e)...)
	}
	for place, r := range m.records {
		more, err := kpi.DecodeMoves(r.Moves)
		if err != nil {
			tb.Fatalf("%s: %v", place, err)
		}
		moves = append(moves, more...)
	}
	return kpi.Changes(nil, slices.DeleteFunc(moves, func(m kpi.Move) bool { return !slices.Contains(clickMeasures, m.Measure) }))
}

// asScanned are the counters as they would be had everybody known from the first which clicks are a scanner's.
func asScanned(events []*event.Event, scanned func(*event.Event) bool) []kpi.Move {
	var moves []kpi.Move
	for _, e := range events {
		told := *e
		if scanned(e) {
			told.Agent = event.AgentScanner
		}
		moves = append(moves, kpi.Moves(&told)...)
	}
	return kpi.Changes(nil, slices.DeleteFunc(moves, func(m kpi.Move) bool { return !slices.Contains(clickMeasures, m.Measure) }))
}

// TestBurstsLeaveTheClicks ensures that clicks which turn out to be a mail scanner's end under every dimension as invalid ones,
// and all others stay, in whatever order they come.
func TestBurstsLeaveTheClicks(t *testing.T) {
	all := []*event.Event{mailClick("1", "a", 0), mailClick("2", "b", 300), mailClick("3", "c", 1_999)}
	join := func(lists ...[]*event.Event) []*event.Event { return slices.Concat(lists...) }
	for _, c := range []struct {
		name    string
		events  []*event.Event
		scanned string
	}{
		{"one click", all[:1], ""},
		{"two links", all[:2], ""},
		{"every link at once", all, "1 2 3"},
		{"the person afterwards", join(all, []*event.Event{mailClick("4", "a", 60_000)}), "1 2 3"},
		{"a link that nobody sees", join(all[:1], []*event.Event{mailClick("h", "pot", 9_000, hidden), mailClick("4", "a", 60_000)}), "1"},
		{"of two messages", join(all[:2], []*event.Event{mailClick("3", "c", 900, of("m2", "c"))}), ""},
		{"of two recipients", join(all[:2], []*event.Event{mailClick("3", "c", 900, mail("eve"))}), ""},
		{
			"of one person under two ids",
			join(all[:2], []*event.Event{mailClick("3", "c", 900, mail(""), anon("b")), made("identify", "l", noon+day, mail("ada"), anon("b"))}),
			"1 2 3",
		},
		{"a browser that is known, no recipient", []*event.Event{
			mailClick("1", "a", 0, mail(""), anon("b")), mailClick("2", "b", 1, mail(""), anon("b")), mailClick("3", "c", 2, mail(""), anon("b")),
		}, "1 2 3"},
		{"nobody who is known", []*event.Event{mailClick("1", "a", 0, mail("")), mailClick("2", "b", 1, mail("")), mailClick("3", "c", 2, mail(""))}, ""},
		{"beside the mail's own", join(all, []*event.Event{
			made("email_sent", "s", noon-hour, of("m1", "")), made("email_clicked", "1.mail", noon, of("m1", "a")), made("email_clicked", "2.mail", noon+300, of("m1", "b")),
		}), "1 2 3"},
		{"the mailer's show the haste", []*event.Event{all[0], made("email_clicked", "x", noon+1, of("m1", "b")), made("email_clicked", "y", noon+2, of("m1", "c"))}, "1"},
		{"all that a click may be counted by", []*event.Event{all[0], all[1], mailClick("3", "c", 900, func(e *event.Event) {
			e.CampaignID, e.Source, e.Medium, e.Content, e.Term, e.Goal, e.Quarter = "c-1", "", "email", "top", "shoes", "look", true
			e.HasCost, e.Cost, e.Currency = true, 250_000, "USD"
		})}, "1 2 3"},
	} {
		scanned := strings.Fields(c.scanned)
		want := asScanned(c.events, func(e *event.Event) bool { return e.Type == "click" && slices.Contains(scanned, e.ID) })
		for name, arrive := range map[string]func(m *memory){
			"all at once": func(m *memory) { m.deliver(t, c.events...) },
			"one by one, twice": func(m *memory) {
				for _, e := range slices.Concat(c.events, c.events) {
					m.deliver(t, e)
				}
			},
			"backwards": func(m *memory) {
				for _, e := range slices.Backward(c.events) {
					m.deliver(t, e)
				}
			},
		} {
			m := newMemory(testSite())
			arrive(m)
			if diff := cmp.Diff(want, clickFigures(t, m, c.events)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", c.name, name, diff)
			}
		}
	}
}

// TestBurstsInAnyOrder ensures that clicks end under the same counters, those of the rule of bursts over all of them, in any
// order, with any batch borders and however often they come.
func TestBurstsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		of := func(label string, values ...string) string { return rapid.SampledFrom(values).Draw(r, label) }
		var events []*event.Event
		mails := map[string][]burst.Click{}
		for i := range rapid.IntRange(1, 12).Draw(r, "clicks") {
			e := mailClick(fmt.Sprint("c", i), of("link", "a", "b", "c", "d"), rapid.Int64Range(0, 16).Draw(r, "time")*500, mail(of("to", "ada", "eve")))
			e.MessageID, e.Campaign = of("message", "m1", "m2"), of("campaign", "spring", "fall")
			if rapid.IntRange(0, 9).Draw(r, "pot") == 0 {
				hidden(e)
			}
			if rapid.IntRange(0, 3).Draw(r, "mailer") == 0 {
				e.Type, e.AnonymousID = "email_clicked", ""
			}
			events = append(events, e)
			mails[e.Email+e.MessageID] = append(mails[e.Email+e.MessageID], clickOf(e))
		}
		scanned := map[string]bool{}
		for _, clicks := range mails {
			for id := range burst.Scanned(clicks) {
				scanned[id] = true
			}
		}
		want := asScanned(events, func(e *event.Event) bool { return scanned[e.ID] })

		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 1))
		again := slices.Concat(events, events)
		rng.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		m := newMemory(testSite())
		for len(again) > 0 {
			n := 1 + rng.IntN(len(again))
			handle(r, m, again[:n])
			again = again[n:]
		}
		if diff := cmp.Diff(want, clickFigures(t, m, events)); diff != "" {
			r.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestCountedIsBounded ensures that a message with very many clicks, of names as long as any, keeps the earliest in a record that
// fits into an item, the same in any order, and leaves those alone whose names are longer yet.
func TestCountedIsBounded(t *testing.T) {
	var events []*event.Event
	for i := range maxClicks + 20 {
		link := fmt.Sprintf("%03d%s", i, strings.Repeat("x", 600))
		events = append(events, mailClick(fmt.Sprintf("%03d", i), link, int64(i)))
	}
	events[0].Term, events[0].Content = strings.Repeat("t", 800), strings.Repeat("<", 800)
	want := asScanned(events, func(e *event.Event) bool { return e.ID > "000" && e.ID < fmt.Sprintf("%03d", maxClicks) })
	for range 3 {
		rand.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		m := newMemory(testSite())
		m.deliver(t, events[:50]...)
		m.deliver(t, events[50:]...)
		if diff := cmp.Diff(want, clickFigures(t, m, events)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if most := slices.Max(m.bytes); most > 390_000 {
			t.Errorf("a record has %d bytes", most)
		}
	}
}
