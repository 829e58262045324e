package journey

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
)

func TestLook(t *testing.T) {
	hash, err := event.HashEmail("Ada@Example.org")
	if err != nil {
		t.Fatal(err)
	}
	m := newMemory(testSite())
	m.deliver(t,
		visit("v1", "a", noon-day), visit("v2", "a", noon+day), visit("w", "loner", noon),
		made("identify", "i", noon, user("u"), anon("a"), mail(hash)), sold("c", under("o", "pi")), back("r", noon+day, value(500, "USD")),
		made("conversion", "late", noon+2*day, under("o2"), user("u"), value(100, "USD")), made("conversion", "cash", noon, under("till"), value(9, "USD")),
		made("conversion", "self", noon, user("u"), goal("newsletter")))
	type want struct {
		Person      string
		IDs         []string
		Touches     []string
		Conversions []string
	}
	person := want{"U#u", []string{"U#u", "E#" + hash, "A#a"}, []string{"v1", "v2"}, []string{"c", "self", "late"}}
	for _, c := range []struct {
		name, id string
		want     *want
	}{
		{"by user", "u", &person},
		{"by anonymous id", "a", &person},
		{"by address", " ada@example.ORG ", &person},
		{"by its hash", hash, &person},
		{"by order", "o2", &person},
		{"by alias", "pi", &person},
		{"somebody who bought nothing", "loner", &want{"A#loner", []string{"A#loner"}, []string{"w"}, nil}},
		{"a sale to nobody", "till", &want{"", nil, nil, []string{"cash"}}},
		{"unknown", "x", nil},
	} {
		v, found, err := m.restater().Look(t.Context(), "s", Candidates(c.id))
		if err != nil {
			t.Fatal(err)
		}
		if !found {
			if c.want != nil {
				t.Errorf("%s: not found", c.name)
			}
			continue
		}
		got := &want{Person: v.Person, IDs: v.IDs}
		for _, touch := range v.Touches {
			got.Touches = append(got.Touches, touch.ID)
		}
		for _, conversion := range v.Conversions {
			got.Conversions = append(got.Conversions, conversion.Event)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	puts := m.puts
	delete(m.events, "O#o")
	v, _, err := m.restater().Look(t.Context(), "s", Candidates("u"))
	if err != nil || len(v.Conversions) != 3 || v.Conversions[0].Net != 9_500 {
		t.Errorf("an order of which only the record is left is missing: %+v, %v", v.Conversions, err)
	}
	if m.puts != puts {
		t.Errorf("looking wrote records")
	}
}

func TestLookFails(t *testing.T) {
	for _, op := range []string{"links U#u", "events U#u", "record O#o", "events O#o", "site", "goals"} {
		m := newMemory(testSite())
		m.deliver(t, sold("c"))
		m.broken = func(got string) error {
			if got == op {
				return errDown
			}
			return nil
		}
		id := []string{"U#u"}
		if op == "events U#u" {
			m.links = nil // nothing but its events tells that the user is known
		}
		if _, _, err := m.restater().Look(t.Context(), "s", id); err == nil {
			t.Errorf("%s fails and Look does not", op)
		}
	}
}
