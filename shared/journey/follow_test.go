package journey

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tributary/shared/agent"
	"tributary/shared/event"
	"tributary/shared/settings"
)

func by(trb string) change {
	return func(e *event.Event) { e.ClickIDs = map[string]string{"trb": trb} }
}

func of(message, link string) change {
	return func(e *event.Event) { e.MessageID, e.Link, e.Email = message, link, "ada" }
}

func hidden(e *event.Event) { e.Agent, e.AgentReason = event.AgentScanner, agent.Honeypot }

func click(id string, at int64, changes ...change) *event.Event {
	return made("click", id, at, append([]change{anon("a"), channel("Email")}, changes...)...)
}

// clusterOf are events and the links that they give.
func clusterOf(site settings.Site, events []*event.Event) *Cluster {
	c := &Cluster{Site: site, Events: events, Records: map[string]Record{}}
	for _, e := range events {
		c.Links = append(c.Links, LinksOf(e)...)
	}
	return c
}

// touchIDs are the ids of the touches before a sale of a@u, after the events were shuffled.
func touchIDs(types []string, events ...*event.Event) string {
	site := testSite()
	site.TouchTypes = types
	all := append([]*event.Event{sold("buy", anon("a"), mail("ada"))}, events...)
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	w := newWorld(clusterOf(site, all))
	var ids []string
	for _, e := range w.touches["U#u"] {
		ids = append(ids, e.ID)
	}
	return strings.Join(ids, " ")
}

// TestOneTouchAClick ensures that a click and the visit that follows it are one touch, whatever the site takes for a touch and
// in whatever order the events come.
func TestOneTouchAClick(t *testing.T) {
	both, all := []string{"visit", "click"}, []string{"visit", "click", "email_clicked"}
	mailed := made("email_clicked", "k1.mail", noon-hour, mail("ada"), channel("Email"), by("k1"))
	for _, c := range []struct {
		name   string
		types  []string
		events []*event.Event
		want   string
	}{
		{"the visit stands", both, []*event.Event{click("k1", noon-hour, by("k1")), visit("v1", "a", noon-hour+2, by("k1"))}, "v1"},
		{"also when its clock is behind", both, []*event.Event{click("k1", noon-hour, by("k1")), visit("v1", "a", noon-hour-2, by("k1"))}, "v1"},
		{"a click that nobody followed up", both, []*event.Event{click("k1", noon-hour, by("k1"))}, "k1"},
		{"a mail's click, its e-mail click and the visit", all, []*event.Event{mailed, click("k1", noon-hour, by("k1")), visit("v1", "a", noon-hour+2, by("k1"))}, "v1"},
		{"a mail's click without a visit", all, []*event.Event{mailed, click("k1", noon-hour, by("k1"))}, "k1"},
		{"clicks alone", []string{"click"}, []*event.Event{click("k1", noon-hour, by("k1")), visit("v1", "a", noon-hour+2, by("k1"))}, "k1"},
		{"visits alone", []string{"visit"}, []*event.Event{click("k1", noon-hour, by("k1")), visit("v1", "a", noon-hour+2, by("k1"))}, "v1"},
		{"a later visit by the same address", both, []*event.Event{click("k1", noon-2*day, by("k1")), visit("v1", "a", noon-2*day+2, by("k1")), visit("v2", "a", noon-hour, by("k1"))}, "v1 v2"},
		{"two clicks with a visit each", both, []*event.Event{click("k1", noon-4, by("k1")), visit("v1", "a", noon-3, by("k1")), click("k2", noon-2, by("k2")), visit("v2", "a", noon-1, by("k2"))}, "v1 v2"},
		{"a bot's visit does not stand for it", both, []*event.Event{click("k1", noon-hour, by("k1")), visit("v1", "a", noon-hour+2, by("k1"), bot)}, "k1"},
		{"clicks of somebody else's links", both, []*event.Event{click("k1", noon-hour), visit("v1", "a", noon-hour+2)}, "k1 v1"},
	} {
		for range 10 {
			if got := touchIDs(c.types, c.events...); got != c.want {
				t.Errorf("%s: got %q, want %q", c.name, got, c.want)
				break
			}
		}
	}
}

// TestScannersAreNoTouch ensures that a burst's clicks earn nothing, and the person's own, later, do.
func TestScannersAreNoTouch(t *testing.T) {
	types := []string{"visit", "email_clicked"}
	at := func(id, link string, ms int64, changes ...change) *event.Event {
		return made("email_clicked", id, noon-hour+ms, append([]change{of("m1", link), channel("Email")}, changes...)...)
	}
	burst := []*event.Event{at("1", "a", 0), at("2", "b", 300), at("3", "c", 900)}
	for _, c := range []struct {
		name   string
		events []*event.Event
		want   string
	}{
		{"every link at once", burst, ""},
		{"and the person afterwards", append(slices.Clone(burst), at("4", "a", 600_000)), "4"},
		{"two links", burst[:2], "1 2"},
		{"a link that nobody sees", []*event.Event{burst[0], at("h", "pot", 4000, hidden), at("4", "a", 600_000)}, "4"},
		{"of another message", []*event.Event{burst[0], burst[1], at("9", "c", 900, of("m2", "c"))}, "1 2 9"},
	} {
		if got := touchIDs(types, c.events...); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestLeftOutTouchesMoveTheDigest ensures that a record knows what it was made of when a burst takes back what its first click
// gave: a slow handler that has seen that click alone must not put its record over a later one.
func TestLeftOutTouchesMoveTheDigest(t *testing.T) {
	site := testSite()
	site.TouchTypes = []string{"email_clicked"}
	var events []*event.Event
	seen := map[string]bool{}
	for i, link := range []string{"", "a", "b", "c"} {
		if i > 0 {
			events = append(events, made("email_clicked", link, noon-hour+int64(i), of("m1", link), channel("Email")))
		}
		r := Assemble(clusterOf(site, append([]*event.Event{sold("buy", mail("ada"))}, events...)))
		if len(r) != 1 || seen[r[0].Digest] {
			t.Errorf("after %d clicks: %d records, or a digest that was there before", i, len(r))
		}
		seen[r[0].Digest] = true
	}
}

// TestMessageClickedByAPerson ensures that a message's click counts when one of its clicks is no scanner's.
func TestMessageClickedByAPerson(t *testing.T) {
	at := func(ms int64, link string, changes ...change) *event.Event {
		return made("email_clicked", link+decimal(ms), noon+ms, append([]change{of("m1", link)}, changes...)...)
	}
	for _, c := range []struct {
		name   string
		events []*event.Event
		want   bool
	}{
		{"one click", []*event.Event{at(0, "a")}, true},
		{"every link at once", []*event.Event{at(0, "a"), at(1, "b"), at(2, "c")}, false},
		{"and the person afterwards", []*event.Event{at(0, "a"), at(1, "b"), at(2, "c"), at(60_000, "a")}, true},
		{"a link that nobody sees", []*event.Event{at(0, "a"), at(9_000, "pot", hidden)}, false},
		{"nobody but that", []*event.Event{at(9_000, "pot", hidden)}, false},
	} {
		for range 5 {
			rand.Shuffle(len(c.events), func(i, j int) { c.events[i], c.events[j] = c.events[j], c.events[i] })
			var told Told
			for _, e := range append(c.events, c.events...) {
				for _, p := range piecesOf(e) {
					told.join(&p.told)
				}
			}
			if got := told.clicked(); got != c.want {
				t.Errorf("%s: got %t, want %t", c.name, got, c.want)
			}
		}
	}
	if old := (Told{Marks: []string{markClicked}}); !old.clicked() {
		t.Error("a record from before clicks were kept loses its click")
	}
}
