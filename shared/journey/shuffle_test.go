package journey

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tributary/shared/event"
	"tributary/shared/settings"
)

// life draws some events of a few people, devices and orders, which meet in every way.
func life(t *rapid.T) []*event.Event {
	of := func(label string, values ...string) string { return rapid.SampledFrom(values).Draw(t, label) }
	at := rapid.Int64Range(-4, 4)
	var list []*event.Event
	for i := range rapid.IntRange(1, 14).Draw(t, "events") {
		e := made("", fmt.Sprint("e", i), noon+at.Draw(t, "day")*10*day)
		e.Trust = event.Trust(rapid.IntRange(0, 2).Draw(t, "trust"))
		types := []string{"visit", "visit", "impression", "click", "identify", "identify", "conversion", "conversion", "conversion", "refund", "refund_reversed", "lead", "page_view"}
		switch e.Type = of("type", append(types, gatheredTypes...)...); e.Type {
		case "view_item", "add_to_cart", "page_view":
			e.AnonymousID, e.UserID = of("a", "a", "b"), of("u", "u", "v", "", "")
			e.Page, e.CartID = of("page", "/", "/x"), of("cart", "k", "k", "l")
		case "email_sent", "email_delivered", "email_bounced", "email_opened", "email_clicked":
			e.AnonymousID, e.UserID, e.Email, e.MessageID = of("a", "a", "", "b"), of("u", "u", "v", ""), of("m", "", "", "m", "n"), of("message", "m1", "m2")
			if len(e.IDs()) == 0 {
				e.AnonymousID = "a"
			}
		case "invite", "invite_signup":
			e.UserID, e.InviteID = of("u", "u", "v"), of("invite", "i", "j")
		case "social_post":
			e.PostID, e.Props = of("post", "p", "q"), `{"reach":"`+of("reach", "", "5", "70")+`"}`
		case "impression", "click":
			e.AnonymousID, e.Channel = of("a", "a", "b"), of("channel", "", "Display")
			e.MessageID, e.Link = of("message", "", "m1", "m1"), of("link", "x", "y", "z")
		case "visit":
			e.Page = of("page", "/", "/y")
			e.AnonymousID, e.UserID, e.Channel = of("a", "a", "b", "c"), of("u", "", "", "u"), of("channel", "Email", "Direct", "Display")
		case "identify", "lead":
			e.AnonymousID, e.UserID, e.Email = of("a", "a", "b", ""), of("u", "u", "v", ""), of("m", "", "", "m", "n")
		case "conversion":
			e.OrderID, e.UserID, e.AnonymousID, e.Email = of("o", "o", "p", "q", ""), of("u", "u", "v", ""), of("a", "", "a", "b"), of("m", "", "", "m")
			e.Goal = of("goal", "purchase", "purchase", "signup")
			e.CartID, e.InviteID = of("cart", "k", "l", ""), of("invite", "", "i")
			if e.OrderID != "" && rapid.IntRange(0, 3).Draw(t, "alias") == 0 {
				e.OrderAliases = []string{of("of", "o", "p", "r")}
			}
			value(rapid.Int64Range(0, 3).Draw(t, "value")*1_001, of("currency", "USD", "EUR", "CHF"))(e)
		default:
			e.OrderID, e.Props = of("o", "o", "p", "r"), of("refund", "", `{"refund_id":"x"}`, `{"refund_id":"y"}`)
			if rapid.Bool().Draw(t, "says") {
				value(rapid.Int64Range(0, 3).Draw(t, "value")*500, of("currency", "USD", "EUR"))(e)
			}
		}
		if rapid.IntRange(0, 9).Draw(t, "bot") == 9 {
			bot(e)
		}
		if e.AnonymousID != "" && rapid.Bool().Draw(t, "session") { // a session is of one browser
			e.SessionID = "s-" + e.AnonymousID
		}
		list = append(list, e)
	}
	return list
}

// TestArrivalDoesNotMatter ensures that the same events end at the same records in any order of arrival, with any batch
// borders, any delivered twice, and a store that fails now and then.
func TestArrivalDoesNotMatter(t *testing.T) {
	once := settings.Goal{ID: "signup", Kind: settings.GoalSignup, Once: true}
	rapid.Check(t, func(t *rapid.T) {
		events, site := life(t), testSite()
		site.CampaignTypes = rapid.SampledFrom([][][]string{nil, {{"impression", "visit"}}, {{"click"}, {"email_clicked", "email_opened"}}}).Draw(t, "campaigns")
		want := newMemory(site, once)
		handle(t, want, events)

		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		again := slices.Concat(events, events[:rapid.IntRange(0, len(events)).Draw(t, "again")])
		rng.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		got := newMemory(site, once)
		got.broken = func(string) error {
			if rng.IntN(60) == 0 {
				return errDown
			}
			return nil
		}
		for len(again) > 0 {
			n := 1 + rng.IntN(len(again))
			handle(t, got, again[:n])
			again = again[n:]
		}
		if diff := cmp.Diff(settled(t, want.records), settled(t, got.records), cmpopts.IgnoreFields(Record{}, "Cause", "Rev")); diff != "" {
			t.Errorf("(-all at once +as they came):\n%s", diff)
		}
	})
}

// handle stores and handles a batch until nothing of it comes again.
func handle(t *rapid.T, m *memory, events []*event.Event) {
	var inputs []Input
	for i, e := range events {
		m.put(e)
		inputs = append(inputs, Input{decimal(int64(i)), e})
	}
	for range 200 {
		failed, err := m.restater().Handle(t.Context(), inputs)
		if err == nil {
			return
		}
		if len(failed) == 0 {
			t.Fatalf("an error and no event to come again: %v", err)
		}
		low := slices.IndexFunc(inputs, func(in Input) bool { return in.Sequence == failed[0] })
		inputs = inputs[low:] // as Lambda does
	}
	t.Fatalf("no end")
}
