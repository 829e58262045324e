package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/attribution"
	"tributary/shared/journey"
	"tributary/shared/report"
	"tributary/shared/sweep"

	events "tributary/shared/event"
)

func visit(person string, day int64, channel string) *events.Event {
	return &events.Event{
		ID: fmt.Sprint(person, day, channel), Type: "visit", Site: "s", Time: day * attribution.Day, AnonymousID: person, Channel: channel, Agent: events.AgentHuman,
	}
}

func collected(most int, list ...*events.Event) (*collector, []openPath) {
	c := &collector{
		persons:    journey.PersonsOf([]journey.Link{{From: "U#u", To: "A#b", Time: 1, Event: "e"}, {From: "U#v", To: "A#c", Time: 1, Event: "f"}}),
		converters: map[string]struct{}{"U#v": {}}, touches: map[string][]openTouch{}, names: map[string]string{}, most: most,
	}
	for _, e := range list {
		if v, ok := sweep.TouchOf(e); ok {
			c.add(v)
		}
	}
	h := report.Head{Period: report.Period{Zone: time.UTC}, Lookback: 30 * attribution.Day, Types: []string{"visit"}}
	paths := c.paths(&h)
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
