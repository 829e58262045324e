package main

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/attribution"
	"tributary/shared/journey"
	"tributary/shared/report"
	"tributary/shared/settings"
	"tributary/shared/sweep"

	events "tributary/shared/event"
)

func visit(person string, day int64, channel string) *events.Event {
	return &events.Event{
		ID: fmt.Sprint(person, day, channel), Type: "visit", Site: "s", Time: day * attribution.Day, AnonymousID: person, Channel: channel, Agent: events.AgentHuman,
	}
}

func collected(most int, list ...*events.Event) (*collector, []openPath) {
	h := report.Head{Period: report.Period{Zone: time.UTC}, Lookback: 30 * attribution.Day, Types: []string{"visit"}}
	c := newCollector(&h, held{touches: most})
	c.persons = journey.PersonsOf([]journey.Link{{From: "U#u", To: "A#b", Time: 1, Event: "e"}, {From: "U#v", To: "A#c", Time: 1, Event: "f"}})
	c.converters[numbered("U#v")] = struct{}{}
	for _, e := range list {
		if v, ok := sweep.TouchOf(e); ok {
			c.add(v)
		}
	}
	var paths []openPath
	for p := range c.paths() {
		p.channels = slices.Clone(p.channels)
		paths = append(paths, p)
	}
	slices.SortFunc(paths, func(a, b openPath) int { return int(a.last - b.last) })
	return c, paths
}

func TestPathsOfWhoDidNotConvert(t *testing.T) {
	ofUser := visit("", 101, "Email")
	ofUser.UserID = "u"
	click := visit("a", 200, "Display")
	click.Type = "click" // no touch of this site, and not the last one either
	bot := visit("a", 104, "Email")
	bot.Agent = "bot"
	_, got := collected(100,
		visit("a", 100, "Direct"), visit("a", 70, "Email"), visit("a", 69, "Organic Search"), click, bot, visit("a", 70, "Email"),
		visit("b", 102, "Display"), ofUser, // one person
		visit("c", 103, "Email"), // converted
		visit("d", 105, ""))
	want := []openPath{
		{100 * attribution.Day, []string{"Email", "Direct"}},
		{102 * attribution.Day, []string{"Email", "Display"}},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(openPath{})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Ensures that a click and the visit that followed it are one touch of who did not convert, as they are of who did.
func TestAClickAndItsVisitAreOneOpenTouch(t *testing.T) {
	h := report.Head{Period: report.Period{Zone: time.UTC}, Lookback: 30 * attribution.Day, Types: []string{"visit", "click"}}
	c := newCollector(&h, held{touches: 100})
	for i, e := range []*events.Event{
		{Type: "click", Channel: "Email", ClickIDs: map[string]string{"trb": "c1"}},
		{Type: "visit", Channel: "Email", ClickIDs: map[string]string{"trb": "c1"}},
		{Type: "visit", Channel: "Email", ClickIDs: map[string]string{"trb": "c1"}}, // by the same address, later
		{Type: "click", Channel: "Display", ClickIDs: map[string]string{"trb": "c2"}},
		{Type: "click", Channel: "Affiliates"},
	} {
		e.ID, e.Time, e.AnonymousID, e.Agent = fmt.Sprint("e", i), int64(i), "a", events.AgentHuman
		v, ok := sweep.TouchOf(e)
		if !ok {
			t.Fatalf("%+v is no touch", e)
		}
		c.add(v)
	}
	for p := range c.paths() {
		if d := cmp.Diff([]string{"Email", "Email", "Display", "Affiliates"}, p.channels); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
}

// Whatever the order in which touches come, the sample is the same, and it is as large as fits.
func TestSampleOfPeople(t *testing.T) {
	var list []*events.Event
	for i := range 2000 {
		list = append(list, visit(fmt.Sprint("p", i/2), int64(i), "Email"))
	}
	c, first := collected(600, list...)
	slices.Reverse(list)
	d, second := collected(600, list...)
	if c.mask != d.mask || c.mask == 0 || len(first) != len(second) {
		t.Errorf("masks %d and %d, %d and %d people", c.mask, d.mask, len(first), len(second))
	}
	if scaled := len(first) * int(c.mask+1); scaled < 800 || scaled > 1200 || len(first) > 300 {
		t.Errorf("%d people of 1,000, one in %d", len(first), c.mask+1)
	}
}

// given is everybody as a test has them.
type given struct {
	links   []journey.Link
	buyers  []sweep.Buyer
	touches []sweep.Touch
	passes  int // over the links
}

func (g *given) By() string { return "" }

func (g *given) People(_ context.Context, _ string, link func(journey.Link) error, buyer func(sweep.Buyer) error) (int64, error) {
	g.passes++
	for _, l := range g.links {
		if err := link(l); err != nil {
			return 0, err
		}
	}
	for _, b := range g.buyers {
		if err := buyer(b); err != nil {
			return 0, err
		}
	}
	return 2, nil
}

func (g *given) Touches(_ context.Context, _ string, each func(sweep.Touch) error) (int64, error) {
	for _, v := range g.touches {
		if err := each(v); err != nil {
			return 0, err
		}
	}
	return 1, nil
}

// crowd are n people of four ids each: a user, two browsers and, known to one of them alone, an address. Each visits once by every id;
// every third buys, every second of these under the browser that is linked the furthest away.
func crowd(n int) *given {
	g := &given{}
	for i := range n {
		u, a, b, e := fmt.Sprint("U#u", i), fmt.Sprint("A#a", i), fmt.Sprint("A#b", i), fmt.Sprint("E#e", i)
		for j, ends := range [][2]string{{e, b}, {u, a}, {e, a}, {u, fmt.Sprint("O#o", i)}} {
			g.links = append(g.links, journey.Link{From: ends[0], To: ends[1], Time: int64(j), Event: "e"})
		}
		for j, id := range []string{b, u, e, a} {
			g.touches = append(g.touches, sweep.Touch{Of: id, ID: fmt.Sprint(i, j), Type: "visit", Channel: fmt.Sprint("Channel ", i, j), Time: int64(i*10 + j)})
		}
		if i%3 == 0 {
			g.buyers = append(g.buyers, sweep.Buyer{Person: []string{u, b}[i%2], Goal: "purchase"})
		}
	}
	return g
}

// Ensures that where links are too many to be held, every person of the sample is there with all his ids and all that he bought, and
// nobody else; and that the sample says how large it is.
func TestSampleOfLinks(t *testing.T) {
	h := report.Head{Period: report.Period{From: "2026-03-01", To: "2026-03-02", Zone: time.UTC}, Lookback: 30 * attribution.Day, Types: []string{"visit"}}
	paths := func(g *given, links int) (*open, map[string]bool) {
		source := &tables{everybody: always(g), held: held{100_000, links}}
		o, err := source.openPaths(t.Context(), &settings.Site{ID: "s"}, nil, &h)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]bool{}
		for p := range o.paths() {
			found[fmt.Sprint(p.channels)] = true
		}
		return o, found
	}
	all := crowd(900)
	whole, everyone := paths(all, 100_000)
	if whole.sampled != 1 || len(everyone) != 600 || all.passes != 1 {
		t.Fatalf("one of %d, %d people who did not buy, %d passes; want all 600 after one", whole.sampled, len(everyone), all.passes)
	}
	some := crowd(900)
	part, sample := paths(some, 1200)
	for path := range sample {
		if !everyone[path] {
			t.Errorf("%s is nobody's whole path", path)
		}
	}
	if n := len(sample) * int(part.sampled); part.sampled < 2 || n < 400 || n > 800 {
		t.Errorf("%d people, one of %d; want about 600", len(sample), part.sampled)
	}
	if part.units != int64(some.passes*2+1+1)/2 {
		t.Errorf("%d read units of %d passes", part.units, some.passes)
	}
	want := 0
	for i := range 900 {
		if i%3 != 0 && numbered(fmt.Sprint("U#u", i))&part.mask == 0 {
			want++
		}
	}
	if len(sample) != want {
		t.Errorf("%d people in the sample, want the %d whose number is in it", len(sample), want)
	}
}
