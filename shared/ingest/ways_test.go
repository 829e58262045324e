package ingest

import (
	"context"
	"errors"
	"testing"
	"time"

	"tributary/shared/agent"
	"tributary/shared/click"
	"tributary/shared/event"
	"tributary/shared/settings"
)

// signs are links by site, kind and name, and how often they were read.
type signs struct {
	ways  map[string]click.Way
	reads int
	down  error
}

func (s *signs) Way(_ context.Context, site string, kind click.Kind, name string) (click.Way, bool, error) {
	s.reads++
	w, ok := s.ways[joinKey(site, kind, name)]
	return w, ok && s.down == nil, s.down
}

// TestLinksAreReadOnceInHalfAMinute ensures that a link costs one read, that links and codes of one name are two, and that
// the last answer stands while the store is away.
func TestLinksAreReadOnceInHalfAMinute(t *testing.T) {
	in, _, at, _ := open()
	from := &signs{ways: map[string]click.Way{
		joinKey("shop", click.Link, "go"): click.OfLink(settings.Link{ID: "go", Target: "https://a.b/"}),
		joinKey("shop", click.Code, "go"): {Link: settings.Link{ID: "go", Target: "https://c.d/"}},
	}}
	in.Knowing(from)
	target := func(kind click.Kind) string {
		w, found, err := in.Way(t.Context(), "shop", kind, "go")
		if err != nil || !found {
			t.Errorf("found %t, %v", found, err)
		}
		return w.Target
	}
	for range 10 {
		if link, code := target(click.Link), target(click.Code); link != "https://a.b/" || code != "https://c.d/" {
			t.Fatalf("got %s and %s", link, code)
		}
	}
	if from.reads != 2 {
		t.Errorf("%d reads, want 2", from.reads)
	}
	*at, from.down = at.Add(time.Hour), errors.New("down")
	if got := target(click.Link); got != "https://a.b/" || from.reads != 3 {
		t.Errorf("while the store is away: got %s after %d reads, want the last answer after 3", got, from.reads)
	}
	if _, _, err := in.Way(t.Context(), "shop", click.Link, "other"); err == nil {
		t.Error("a link that was never read is not known to be missing while the store is away")
	}
}

// TestAVisitComesFromItsLink ensures that only a landing page's visit asks for a link, and that no failure costs the event.
func TestAVisitComesFromItsLink(t *testing.T) {
	id := click.ID("01JDK3T8ZQ6M1V4W2Y7X9RABCD", click.Link, "go")
	for _, c := range []struct {
		name, typ, trb string
		down           error
		campaign       string
		reads          int
	}{
		{"a visit", "visit", id, nil, "spring", 1},
		{"the first page", "page_view", id, nil, "spring", 1},
		{"a later step", "conversion", id, nil, "", 0},
		{"a link that is gone", "visit", id + "ne", nil, "", 1},
		{"somebody else's id", "visit", "x1", nil, "", 0},
		{"no click", "visit", "", nil, "", 0},
		{"a store that is away", "visit", id, errors.New("down"), "", 1},
	} {
		in, _, _, _ := open()
		from := &signs{down: c.down, ways: map[string]click.Way{
			joinKey("shop", click.Link, "go"): click.OfLink(settings.Link{ID: "go", Campaign: "spring"}),
		}}
		in.Knowing(from)
		d := in.Door(event.TrustPublic)
		e := &event.Event{ID: "1", Type: c.typ, Site: "shop", Received: d.Now, AnonymousID: "a", Page: "https://shop.example/?trb=" + c.trb}
		if err := in.Prepare(t.Context(), e, d, ""); err != nil || e.Campaign != c.campaign || from.reads != c.reads {
			t.Errorf("%s: campaign %q after %d reads, %v; want %q after %d", c.name, e.Campaign, from.reads, err, c.campaign, c.reads)
		}
	}
}

// TestWhoComesByAHiddenLinkIsAScanner ensures that the visit of a scanner which runs the page's script bears the verdict of its
// click, and that nobody else's does.
func TestWhoComesByAHiddenLinkIsAScanner(t *testing.T) {
	in, _, _, _ := open()
	in.Knowing(&signs{ways: map[string]click.Way{
		joinKey("shop", click.Link, "pot"): click.OfLink(settings.Link{ID: "pot", Honeypot: true}),
		joinKey("shop", click.Link, "go"):  click.OfLink(settings.Link{ID: "go"}),
	}})
	for _, c := range []struct {
		name, link, agent string
		trust             event.Trust
		want, reason      string
	}{
		{"the hidden link", "pot", event.AgentHuman, event.TrustPublic, event.AgentScanner, agent.Honeypot},
		{"by one who is known", "pot", event.AgentBot, event.TrustPublic, event.AgentBot, ""},
		{"told by a server, who knows better", "pot", event.AgentHuman, event.TrustKeyed, event.AgentHuman, ""},
		{"another link", "go", event.AgentHuman, event.TrustPublic, event.AgentHuman, ""},
	} {
		d := in.Door(c.trust)
		page := "https://shop.example/?trb=" + click.ID("01JDK3T8ZQ6M1V4W2Y7X9RABCD", click.Mail, c.link)
		e := &event.Event{ID: "1", Type: "visit", Site: "shop", Received: d.Now, AnonymousID: "a", Page: page, Agent: c.agent}
		if err := in.Prepare(t.Context(), e, d, ""); err != nil || e.Agent != c.want || e.AgentReason != c.reason {
			t.Errorf("%s: got %s (%s), %v; want %s (%s)", c.name, e.Agent, e.AgentReason, err, c.want, c.reason)
		}
	}
}
