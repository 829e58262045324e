package journey

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/settings"
)

func TestReportersOfOneSale(t *testing.T) {
	type want struct {
		Event, Person, Kind string
		Time, Value         int64
		Session             string
	}
	session := func(e *event.Event) { e.SessionID = "s1" }
	nobody := func(e *event.Event) { e.UserID = "" }
	at := func(ms int64) change { return func(e *event.Event) { e.Time = ms } }
	for _, c := range []struct {
		name   string
		events []*event.Event
		want   want
	}{
		{
			"among equals the earliest",
			[]*event.Event{sold("c1", at(noon+1), value(1, "USD")), sold("c2", value(2, "USD"))},
			want{"c2", "U#u", "", noon, 2, ""},
		},
		{"at one time the lesser id", []*event.Event{sold("c2", value(2, "USD")), sold("c1", value(1, "USD"))}, want{"c1", "U#u", "", noon, 1, ""}},
		{
			"a signed webhook before a keyed sender",
			[]*event.Event{sold("c1", value(1, "USD")), sold("c2", at(noon+hour), trust(event.TrustWebhook), value(2, "USD"))},
			want{"c2", "U#u", "", noon + hour, 2, ""},
		},
		{
			"a keyed sender before the public door",
			[]*event.Event{sold("c1", trust(event.TrustPublic), value(1, "USD")), sold("c2", at(noon+hour), value(2, "USD"))},
			want{"c2", "U#u", "", noon + hour, 2, ""},
		},
		{
			"what the trusted one does not say, the next does",
			[]*event.Event{sold("c1", trust(event.TrustPublic), session, value(1, "USD")), made("conversion", "c2", noon+hour, under("o"), trust(event.TrustWebhook))},
			want{"c2", "U#u", "", noon + hour, 1, "s1"},
		},
		{
			"its own ids are linked to the other's",
			[]*event.Event{sold("c1", nobody, anon("a")), sold("c2", trust(event.TrustWebhook), nobody, mail("m"))},
			want{"c2", "E#m", "", noon, 10_000, ""},
		},
		{"a bot's report counts for nothing", []*event.Event{sold("c1", bot, value(1, "USD")), sold("c2", at(noon+1), value(2, "USD"))}, want{"c2", "U#u", "", noon + 1, 2, ""}},
		{"the kind is the standing one's", []*event.Event{sold("c1", props(`{"kind":"deal"}`))}, want{"c1", "U#u", "deal", noon, 10_000, ""}},
		{"nobody's sale", []*event.Event{sold("c1", nobody)}, want{"c1", "", "", noon, 10_000, ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemory(testSite())
			m.deliver(t, c.events...)
			r := m.conversions(t)["O#o"]
			if diff := cmp.Diff(c.want, want{r.Event, r.Person, r.Kind, r.Time, r.Value, r.Session}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if r.Counts != 1 || len(m.conversions(t)) != 1 {
				t.Errorf("counts %d times in %d records, want once", r.Counts, len(m.conversions(t)))
			}
		})
	}
}

func TestAliases(t *testing.T) {
	payment := func(e *event.Event) { e.OrderID = "pi" }
	for _, c := range []struct {
		name   string
		events []*event.Event
		want   string
		net    int64
		void   []string
	}{
		{"the order that declares is canonical", []*event.Event{sold("c1", payment), sold("c2", under("o", "pi"))}, "O#o", 10_000, []string{"O#pi"}},
		{"also when it is the later", []*event.Event{sold("c1", payment, trust(event.TrustWebhook)), made("conversion", "c2", noon+day, under("o", "pi"))}, "O#o", 10_000, []string{"O#pi"}},
		{"an alias that nothing came under", []*event.Event{sold("c2", under("o", "pi"))}, "O#o", 10_000, nil},
		{"a refund by an alias", []*event.Event{sold("c2", under("o", "pi")), made("refund", "r", noon+day, under("pi"), value(4_000, "USD"))}, "O#o", 6_000, []string{"O#pi"}},
		{"a refund that has only an alias", []*event.Event{sold("c2", under("o", "pi")), made("refund", "r", noon+day, alias("pi"), value(4_000, "USD"))}, "O#o", 6_000, []string{"O#pi"}},
		{"a chain", []*event.Event{sold("c2", under("o", "pi")), sold("c3", under("pi", "ch")), made("refund", "r", noon+day, under("ch"), value(1_000, "USD"))}, "O#o", 9_000, []string{"O#ch", "O#pi"}},
		{"each other's alias: the earliest", []*event.Event{sold("c2", under("o", "pi")), made("conversion", "c1", noon-hour, under("pi", "o"), value(10_000, "USD"))}, "O#pi", 10_000, []string{"O#o"}},
		{"one that was sold before one that was only given back", []*event.Event{sold("c1", payment), made("refund", "r", noon+day, under("x", "pi"), value(1_000, "USD"))}, "O#pi", 9_000, []string{"O#x"}},
	} {
		for _, backwards := range []bool{false, true} {
			name, events := c.name, c.events
			if backwards {
				name += ", backwards"
			}
			t.Run(name, func(t *testing.T) {
				m := newMemory(testSite())
				for i := range events {
					if backwards {
						i = len(events) - 1 - i
					}
					m.deliver(t, events[i])
				}
				all := m.conversions(t)
				if len(all) != 1 || all[c.want].Net != c.net || all[c.want].Counts != 1 {
					t.Errorf("got %+v, want %s alone with net %d", all, c.want, c.net)
				}
				for _, node := range c.void {
					if r := m.records[node]; !r.Void() || r.Rev == 0 || r.Moves != "" || r.Time != 0 {
						t.Errorf("%s is %+v, want void", node, r)
					}
				}
			})
		}
	}
}

// TestLongChains ensures that a sale is one however many names it goes through.
func TestLongChains(t *testing.T) {
	m := newMemory(testSite())
	for i := range int64(60) {
		m.deliver(t, made("conversion", "c"+decimal(i), noon+i, under("o"+decimal(i), "o"+decimal(i+1)), value(10_000, "USD")))
	}
	m.deliver(t, made("refund", "r", noon+day, under("o60"), value(1_000, "USD")))
	all := m.conversions(t)
	if len(all) != 1 || all["O#o0"].Net != 9_000 || len(all["O#o0"].Aliases) != 60 {
		t.Errorf("got %d conversions, the first with net %d; want one of 9000", len(all), all["O#o0"].Net)
	}
}

func TestGoals(t *testing.T) {
	type want struct{ Counts, Orders, Value, Number int64 }
	signup := settings.Goal{ID: "signup", Kind: settings.GoalSignup, Once: true, Value: "5.00", Currency: "USD"}
	single := func(id, g string, changes ...change) *event.Event {
		return made("conversion", id, noon, append([]change{user("u"), goal(g)}, changes...)...)
	}
	for _, c := range []struct {
		name  string
		goals []settings.Goal
		e     *event.Event
		want  want
	}{
		{"a purchase", nil, sold("c"), want{1, 1, 10_000, 1}},
		{"a purchase without an order id is an order", nil, single("c", "purchase", value(700, "USD")), want{1, 1, 700, 1}},
		{"a trial is nothing", nil, sold("c", props(`{"kind":"trial"}`)), want{0, 0, 0, 0}},
		{"a renewal is revenue, and no conversion", nil, sold("c", props(`{"kind":"renewal"}`)), want{0, 1, 10_000, 0}},
		{"an upgrade is a conversion", nil, sold("c", props(`{"kind":"upgrade"}`)), want{1, 1, 10_000, 1}},
		{"another goal makes no revenue", nil, single("c", "newsletter", value(700, "USD")), want{1, 0, 0, 0}},
		{"a goal with a value makes none either", []settings.Goal{signup}, single("c", "signup"), want{1, 0, 0, 0}},
		{"an order goal's own value", []settings.Goal{{ID: "box", Kind: settings.GoalOrder, Value: "5.00", Currency: "EUR"}}, single("c", "box"), want{1, 1, 550, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemory(testSite(), c.goals...)
			m.deliver(t, c.e)
			for _, r := range m.conversions(t) {
				if diff := cmp.Diff(c.want, want{r.Counts, r.Orders, r.Value, int64(r.Number)}); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
			if len(m.records) != 1 {
				t.Errorf("got %d records, want 1", len(m.records))
			}
		})
	}
}

func TestGoalOnceAPerson(t *testing.T) {
	m := newMemory(testSite(), settings.Goal{ID: "signup", Kind: settings.GoalSignup, Once: true})
	m.deliver(t,
		made("conversion", "c2", noon+1, goal("signup"), user("u")), made("conversion", "c1", noon, goal("signup"), anon("a")),
		made("conversion", "c3", noon, goal("signup"), user("v")), made("conversion", "c4", noon, goal("signup")), made("conversion", "c5", noon, goal("signup")))
	if got := m.conversions(t); len(got) != 5 {
		t.Fatalf("of people who are not linked each counts: got %d, want 5", len(got))
	}
	m.deliver(t, made("identify", "i", noon+day, user("u"), anon("a")))
	got := m.conversions(t)
	if _, still := got["N#c2"]; still || len(got) != 4 {
		t.Errorf("once a and u are one person the earlier conversion counts alone; got %v", got)
	}
}

// Each conversion of a person knows when the first order was and when he converted before: by any of the site's goals, and
// neither by a trial nor by a goal that is not the site's.
func TestConversionsKnowWhatWasBefore(t *testing.T) {
	m := newMemory(testSite())
	m.goals = []settings.Goal{{ID: "purchase", Kind: settings.GoalOrder, Primary: true}, {ID: "call", Primary: true}, {ID: "read"}}
	m.deliver(t, made("conversion", "c5", noon+5*day, under("o5"), user("u")), made("conversion", "c4", noon+4*day, user("u"), goal("read")),
		made("conversion", "c3", noon+3*day, user("u"), goal("call")), made("conversion", "c2", noon+2*day, under("o2"), user("u"), props(`{"kind":"trial"}`)),
		made("conversion", "c1", noon+day, under("o1"), user("u")), made("conversion", "c0", noon, under("o0"), user("other")))
	type want struct{ First, Previous int64 }
	told := func() map[string]want {
		all := map[string]want{}
		for node, c := range m.conversions(t) {
			all[node] = want{c.First, c.Previous}
		}
		return all
	}
	expected := map[string]want{
		"O#o0": {noon, 0}, "O#o1": {noon + day, 0}, "O#o2": {0, noon + day}, "N#c3": {0, noon + day}, "N#c4": {0, noon + 3*day}, "O#o5": {noon + day, noon + 3*day},
	}
	if diff := cmp.Diff(expected, told()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// The events of an order may go before its record does.
	delete(m.events, "O#o1")
	m.deliver(t, back("r", noon+6*day, under("o5"), value(1, "USD")))
	if diff := cmp.Diff(expected, told()); diff != "" {
		t.Errorf("an order of which only the record is left (-want +got):\n%s", diff)
	}
	m.deliver(t, made("identify", "i", noon, user("u"), anon("x")), made("conversion", "cx", noon+day/2, under("ox"), anon("x")))
	expected["O#ox"], expected["O#o1"] = want{noon + day/2, 0}, want{noon + day, 0} // a record without events is left alone
	expected["O#o5"] = want{noon + day/2, noon + 3*day}
	if diff := cmp.Diff(expected, told()); diff != "" {
		t.Errorf("an earlier order arrives (-want +got):\n%s", diff)
	}
}

func TestOrdersOfAPersonAreNumbered(t *testing.T) {
	m := newMemory(testSite())
	m.deliver(t, made("conversion", "c2", noon+day, under("o2"), user("u")), made("conversion", "c1", noon, under("o1"), anon("a")))
	numbers := func() map[string]int {
		n := map[string]int{}
		for node, c := range m.conversions(t) {
			n[node] = c.Number
		}
		return n
	}
	if diff := cmp.Diff(map[string]int{"O#o1": 1, "O#o2": 1}, numbers()); diff != "" {
		t.Errorf("two people (-want +got):\n%s", diff)
	}
	m.deliver(t, made("identify", "i", noon+2*day, user("u"), anon("a")))
	if diff := cmp.Diff(map[string]int{"O#o1": 1, "O#o2": 2}, numbers()); diff != "" {
		t.Errorf("one person (-want +got):\n%s", diff)
	}
	m.deliver(t, made("conversion", "c0", noon-day, under("o0"), user("u")), made("conversion", "c9", noon-2*day, under("o9"), user("u"), props(`{"kind":"trial"}`)))
	if diff := cmp.Diff(map[string]int{"O#o0": 1, "O#o1": 2, "O#o2": 3, "O#o9": 0}, numbers()); diff != "" {
		t.Errorf("an earlier order arrives (-want +got):\n%s", diff)
	}
	// The events of an order may go before its record does.
	delete(m.events, "O#o0")
	m.deliver(t, back("r", noon, under("o2"), value(1, "USD")))
	if diff := cmp.Diff(map[string]int{"O#o0": 1, "O#o1": 2, "O#o2": 3, "O#o9": 0}, numbers()); diff != "" {
		t.Errorf("an order of which only the record is left (-want +got):\n%s", diff)
	}
}
