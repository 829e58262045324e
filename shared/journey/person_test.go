package journey

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
)

// touched are the ids of the touches of order o.
func touched(t *testing.T, m *memory) []string {
	t.Helper()
	var ids []string
	for _, touch := range m.conversions(t)["O#o"].Touches {
		ids = append(ids, touch.ID)
	}
	return ids
}

func TestIdentity(t *testing.T) {
	link := func(id string, at int64, changes ...change) *event.Event { return made("identify", id, at, changes...) }
	touches := []*event.Event{visit("va", "a", noon-day), visit("vb", "b", noon-2*day), visit("vc", "c", noon-3*day)}
	for _, c := range []struct {
		name   string
		events []*event.Event // besides the visits of a, b and c, and the sale to u
		want   []string
	}{
		{"nobody is linked", nil, nil},
		{"one device", []*event.Event{link("i", noon, user("u"), anon("a"))}, []string{"va"}},
		{"two devices", []*event.Event{link("i", noon, user("u"), anon("a")), link("j", noon+day, user("u"), anon("b"))}, []string{"vb", "va"}},
		{"devices over an e-mail address", []*event.Event{link("i", noon, user("u"), mail("m")), link("j", noon+day, mail("m"), anon("b"))}, []string{"vb"}},
		{"a shared device is its first person's", []*event.Event{link("i", noon-hour, user("w"), anon("a")), link("j", noon, user("u"), anon("a"))}, nil},
		{"by time of event, not of arrival", []*event.Event{link("i", noon, user("w"), anon("a")), link("j", noon-hour, user("u"), anon("a"))}, []string{"va"}},
		{"at one time by id", []*event.Event{link("j", noon, user("w"), anon("a")), link("i", noon, user("u"), anon("a"))}, []string{"va"}},
		{"user ids never merge over an e-mail address", []*event.Event{link("i", noon, user("w"), mail("m")), link("j", noon+1, user("u"), mail("m")), link("k", noon+2, mail("m"), anon("a"))}, nil},
		{"guests on one device are two", []*event.Event{link("i", noon, mail("m"), user("u")), link("j", noon+1, mail("m"), anon("a")), link("k", noon+2, mail("n"), anon("a")), link("l", noon+3, mail("n"), anon("b"))}, []string{"va"}},
		{"any event links", []*event.Event{made("page_view", "p", noon, user("u"), anon("c"))}, []string{"vc"}},
		{"an order links those who report it", []*event.Event{sold("c2", trust(event.TrustPublic), func(e *event.Event) { e.UserID = "" }, anon("b"))}, []string{"vb"}},
		{"a refund links too", []*event.Event{back("r", noon+day, anon("b"), value(1, "USD"))}, []string{"vb"}},
		{"a visit that knows the user", []*event.Event{visit("vu", "c", noon-hour, user("u"))}, []string{"vc", "vu"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			events := slices.Concat(touches, []*event.Event{sold("c1")}, c.events)
			forwards, backwards := newMemory(testSite()), newMemory(testSite())
			for i := range events {
				forwards.deliver(t, events[i])
				backwards.deliver(t, events[len(events)-1-i])
			}
			if diff := cmp.Diff(c.want, touched(t, forwards)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(forwards.conversions(t), backwards.conversions(t)); diff != "" {
				t.Errorf("another order of arrival gives another record (-forwards +backwards):\n%s", diff)
			}
		})
	}
}

func TestAnIDLinksNoMoreThanItMay(t *testing.T) {
	m := newMemory(testSite())
	var events []*event.Event
	for i := range maxLinks + 5 {
		events = append(events, made("identify", fmt.Sprintf("i%02d", i), noon+int64(i), user("kiosk"), anon(fmt.Sprintf("a%02d", i))))
	}
	m.deliver(t, events...)
	if n := len(m.links["U#kiosk"]); n != maxLinks {
		t.Errorf("the id has %d links, want %d", n, maxLinks)
	}
	if len(m.links["A#a54"]) > 0 || len(m.links["A#a49"]) != 1 {
		t.Errorf("a refused link stands under its other id, or one that was let in does not")
	}
	if len(m.told) != 1 || m.told[0].What != TooManyLinks || m.told[0].Node != "U#kiosk" {
		t.Errorf("reported %v, want the id once a batch", m.told)
	}
	m.deliver(t, made("conversion", "c", noon, under("o"), user("kiosk")), made("conversion", "d", noon, under("p"), user("kiosk")))
	if n := len(m.conversions(t)); n != 2 {
		t.Errorf("orders are no such links: got %d records, want 2", n)
	}
}

func TestComponentIsBounded(t *testing.T) {
	m := newMemory(testSite())
	events := []*event.Event{}
	for i := range maxNodes + 20 {
		events = append(events, made("conversion", fmt.Sprintf("c%03d", i), noon+int64(i), under(fmt.Sprintf("o%03d", i)), user("u")))
	}
	for _, e := range events {
		m.put(e)
		for _, l := range LinksOf(e) {
			if err := m.PutLink(t.Context(), "s", l); err != nil {
				t.Fatal(err)
			}
		}
	}
	last := events[len(events)-1]
	m.deliver(t, visit("v", "zz", last.Time-1), made("identify", "i", last.Time, user("u"), anon("zz")))
	m.deliver(t, last)
	if c := m.conversions(t)["O#"+last.OrderID]; len(c.Touches) != 1 {
		t.Errorf("the person's device is missing; ids go before orders")
	}
	if m.records["O#"+last.OrderID].Rev == 0 {
		t.Errorf("the order whose event came has no record")
	}
	if len(m.told) == 0 || m.told[0].What != ComponentBounded {
		t.Errorf("reported %v, want the component", m.told)
	}
}

func TestLinksOf(t *testing.T) {
	at := func(from, to string) Link { return Link{From: from, To: to, Time: noon, Event: "e"} }
	for _, c := range []struct {
		name string
		e    *event.Event
		want []Link
	}{
		{"one id links nothing", made("visit", "e", noon, anon("a")), nil},
		{"two ids, under both", made("identify", "e", noon, anon("a"), user("u")), []Link{at("U#u", "A#a"), at("A#a", "U#u")}},
		{
			"a star around the strongest", made("identify", "e", noon, anon("a"), mail("m"), user("u")),
			[]Link{at("U#u", "E#m"), at("E#m", "U#u"), at("U#u", "A#a"), at("A#a", "U#u")},
		},
		{"an order under the strongest id", made("conversion", "e", noon, anon("a"), under("o")), []Link{at("A#a", "O#o")}},
		{"an alias leads to its order", made("conversion", "e", noon, under("o", "p", "o")), []Link{at("O#p", "O#o")}},
		{"a conversion without an order", made("conversion", "e", noon, user("u")), []Link{at("U#u", "N#e")}},
		{"a lead is no sale", made("lead", "e", noon, user("u")), nil},
		{"a rating of an order is no sale", made("rating", "e", noon, user("u"), under("o")), nil},
		{"a refund that has only an alias", made("refund", "e", noon, user("u"), alias("p", "q")), []Link{at("U#u", "O#p"), at("O#q", "O#p")}},
	} {
		if diff := cmp.Diff(c.want, LinksOf(c.e)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
