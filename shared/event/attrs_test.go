package event

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/google/go-cmp/cmp"
)

// TestAttrsAndBack ensures that no event, however odd its texts, changes on its way through the table.
func TestAttrsAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) string { return rapid.String().Draw(t, name) }
		some := func(name string) string { return rapid.StringN(1, 20, -1).Draw(t, name) }
		want := &Event{
			ID: some("id"), Type: some("type"), Site: some("site"), Time: rapid.Int64Range(1, 1<<50).Draw(t, "time"), Received: rapid.Int64Range(0, 1<<50).Draw(t, "received"),
			AnonymousID: text("anonymous_id"), LinkedID: text("linked_id"), Email: text("email"), Campaign: text("campaign"), Props: text("props"), Currency: text("currency"), Date: text("date"),
			ProviderIDs: list(t, "provider_ids"), OrderAliases: list(t, "order_aliases"), ClickIDs: dict(t, "click_ids"),
			HasValue: rapid.Bool().Draw(t, "has_value"), HasCost: rapid.Bool().Draw(t, "has_cost"), Score: rapid.IntRange(0, 5).Draw(t, "score"),
			Clamped: rapid.Bool().Draw(t, "clamped"), Erased: rapid.Bool().Draw(t, "erased"), Quarter: rapid.Bool().Draw(t, "quarter"), Version: rapid.Int64().Draw(t, "version"), TTL: rapid.Int64().Draw(t, "ttl"),
			Agent: rapid.SampledFrom([]string{AgentHuman, AgentBot, AgentScanner}).Draw(t, "agent"), Trust: Trust(rapid.IntRange(0, 2).Draw(t, "trust")),
		}
		if want.HasValue {
			want.Value = rapid.Int64().Draw(t, "value")
		}
		if want.HasCost {
			want.Cost = rapid.Int64().Draw(t, "cost")
		}
		got, err := FromAttrs(want.Attrs())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
	})
}

// list and dict draw what an event may hold: nil rather than empty, valid UTF-8 as rapid's strings are.
func list(t *rapid.T, name string) []string {
	if l := rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, name); len(l) > 0 {
		return l
	}
	return nil
}

func dict(t *rapid.T, name string) map[string]string {
	if m := rapid.MapOfN(rapid.String(), rapid.String(), 0, 3).Draw(t, name); len(m) > 0 {
		return m
	}
	return nil
}

// An absent attribute costs nothing, and neither does the agent of a person: an item must stay within one write unit.
func TestAttrsLeaveOutWhatIsAbsent(t *testing.T) {
	e := &Event{ID: "1", Type: "visit", Site: "s", Time: 5, Agent: AgentHuman}
	want := []Attr{{"id", false, "1"}, {"type", false, "visit"}, {"site", false, "s"}, {"time", true, "5"}}
	if diff := cmp.Diff(want, e.Attrs()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	e.HasValue, e.HasCost = true, true // zero is an amount
	if got := len(e.Attrs()); got != 6 {
		t.Errorf("a value and a cost of zero are %d attributes in all, want 6", got)
	}
}

func BenchmarkFromAttrs(b *testing.B) {
	e, err := ParseQuery("e=click&id=h1&v=a1&url=https%3A%2F%2Fshop.example%2F%3Futm_source%3Dnews%26utm_medium%3Demail&c=spring&l=l1", public())
	if err != nil {
		b.Fatal(err)
	}
	if err := e.Admit(public(), site(b)); err != nil {
		b.Fatal(err)
	}
	attrs := e.Attrs()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := FromAttrs(attrs); err != nil {
			b.Fatal(err)
		}
	}
}
