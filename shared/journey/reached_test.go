package journey

import (
	"testing"

	"tributary/shared/event"
	"tributary/shared/settings"
)

// matched makes an event the match of a goal, as ingest does.
func matched(goal string) change { return func(e *event.Event) { e.Reached = goal } }

// Ensures that an event which is a goal's match is a conversion of it, with the goal's value, once a person where the goal says
// so, and credited like any other.
func TestMatchedEventsConvert(t *testing.T) {
	m := newMemory(testSite(),
		settings.Goal{ID: "thanks", Kind: settings.GoalOrder, Primary: true, Value: "2.50", Currency: "USD"},
		settings.Goal{ID: "asked", Kind: settings.GoalLead, Once: true})
	m.deliver(t, visit("v", "a", noon-day),
		made("page_view", "p1", noon, anon("a"), matched("thanks")),
		made("page_view", "p2", noon+hour, anon("a"), matched("thanks")),
		made("page_view", "p3", noon, anon("a")),
		made("lead", "l1", noon, anon("a"), matched("asked")), made("lead", "l2", noon+hour, anon("a"), matched("asked")))
	got := m.conversions(t)
	for _, c := range []struct {
		node, goal string
		counts     int64
		value      int64
	}{{"N#p1", "thanks", 1, 250}, {"N#p2", "thanks", 1, 250}, {"N#l1", "asked", 1, 0}} {
		if r, ok := got[c.node]; !ok || r.Goal != c.goal || r.Counts != c.counts || r.Value != c.value || r.Person != "A#a" || len(r.Touches) != 1 {
			t.Errorf("%s: got %+v", c.node, r)
		}
	}
	if len(got) != 3 {
		t.Errorf("got %d conversions, want 3: a lead counts once, a page that is no match never", len(got))
	}
	if got["N#p2"].Number != 2 {
		t.Errorf("the second view is order %d, want 2", got["N#p2"].Number)
	}
}
