package ingest

import (
	"context"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/names"
)

// closed is a directory that knows some names and lets no other in.
func closed(asked *atomic.Int64) names.Book {
	return names.Book{
		Read: func(context.Context, string, string) (map[string][]names.Hash, error) { return nil, nil },
		Admit: func(context.Context, string, string, string, names.Hash, int) ([]names.Hash, bool, error) {
			asked.Add(1)
			return nil, false, nil
		},
		Registered: func(context.Context, string) (func(names.Dimension, string) bool, error) {
			return func(_ names.Dimension, name string) bool { return name == "spring" }, nil
		},
	}
}

// Ensures which names are bounded at which doors: all that visitors can invent, none of what is registered, comes from a
// closed list or was sent with a key.
func TestNamesAreBounded(t *testing.T) {
	full := event.Event{
		ID: "1", Type: "invented", Site: "shop", AnonymousID: "a", Page: "https://shop.example/x?utm_source=y", CampaignID: "7", Campaign: "x", Channel: "My Channel",
		Source: "s", Medium: "m", Content: "c", Term: "t", Link: "l", Goal: "g", SessionID: "s1",
	}
	other := full
	for _, s := range []*string{&other.Type, &other.Page, &other.CampaignID, &other.Campaign, &other.Channel, &other.Source, &other.Medium, &other.Content, &other.Term, &other.Link, &other.Goal} {
		*s = names.Other
	}
	registered, closedLists := full, full
	registered.CampaignID, registered.Campaign = "", "spring"
	closedLists.Type, closedLists.ChannelRule = "visit", "ga4-1"
	bot := closedLists
	bot.Agent = "bot"
	for _, c := range []struct {
		name  string
		trust event.Trust
		dry   bool
		e     event.Event
		want  func(*event.Event)
		asked int
	}{
		{"a public door", event.TrustPublic, false, full, func(e *event.Event) { *e = other }, 9},
		{"a sender with a key", event.TrustKeyed, false, full, func(*event.Event) {}, 0},
		{"a dry run", event.TrustPublic, true, full, func(*event.Event) {}, 0},
		{"a registered campaign", event.TrustPublic, false, registered, func(e *event.Event) { *e = other; e.CampaignID, e.Campaign = "", "spring" }, 9},
		{"closed lists", event.TrustPublic, false, closedLists, func(e *event.Event) {
			*e = other
			e.Type, e.Channel, e.ChannelRule = "visit", "My Channel", "ga4-1"
		}, 7},
		{"a bot's visit moves nothing", event.TrustPublic, false, bot, func(*event.Event) {}, 0},
	} {
		in, f, _, _ := open()
		var asked atomic.Int64
		in.names = names.New(closed(&asked), in.now)
		site := f.sites["shop"]
		got, want := c.e, c.e
		c.want(&want)
		if c.trust == event.TrustPublic {
			in.bound(t.Context(), &got, event.Door{Dry: c.dry}, &site)
		} else if err := in.protect(t.Context(), &got, event.Door{Trust: c.trust}, &site); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" || int(asked.Load()) != c.asked {
			t.Errorf("%s: asked %d times, want %d (-want +got):\n%s", c.name, asked.Load(), c.asked, d)
		}
	}
}

// Ensures that a flood of invented pages leaves as many rows as the site allows and one more, and what bots invent none.
func TestAFloodOfPages(t *testing.T) {
	in, f, _, _ := open()
	held := map[string][]names.Hash{}
	book := closed(new(atomic.Int64))
	book.Admit = func(_ context.Context, _, _, shard string, h names.Hash, limit int) ([]names.Hash, bool, error) {
		if !slices.Contains(held[shard], h) && len(held[shard]) < limit {
			held[shard] = append(held[shard], h)
		}
		return held[shard], slices.Contains(held[shard], h), nil
	}
	in.names = names.New(book, in.now)
	site := f.sites["shop"]
	site.NamesADay = map[names.Dimension]int{names.Page: 64}
	rows := map[string]bool{}
	for i := range 5000 {
		e := &event.Event{ID: strconv.Itoa(i), Type: "page_view", Site: "shop", Page: "https://shop.example/" + strconv.Itoa(i)}
		in.bound(t.Context(), e, event.Door{}, &site)
		rows[e.Page] = true
	}
	if len(rows) != 65 || !rows[names.Other] {
		t.Errorf("%d rows, want 64 and (other)", len(rows))
	}
	e := &event.Event{ID: "1", Type: "click", Site: "shop", Agent: "bot", Page: "https://shop.example/from-a-bot"}
	if in.bound(t.Context(), e, event.Door{}, &site); e.Page != names.Other {
		t.Errorf("a bot's click is at %q", e.Page)
	}
}
