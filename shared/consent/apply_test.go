package consent

import (
	"maps"
	"reflect"
	"strings"
	"testing"

	"tributary/shared/event"
)

// whole is an event of which every field is set.
func whole(t *testing.T) *event.Event {
	t.Helper()
	e := &event.Event{}
	v := reflect.ValueOf(e).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Int, reflect.Int64, reflect.Int8:
			f.SetInt(1)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Slice:
			f.Set(reflect.ValueOf([]string{"x"}))
		case reflect.Map:
			f.Set(reflect.ValueOf(map[string]string{"gclid": "x"}))
		default:
			t.Fatalf("%s: a kind that this test does not know", v.Type().Field(i).Name)
		}
	}
	e.Type, e.Agent = "visit", "bot"
	e.Props, e.Items, e.Traits = `{"action":"like","plan":"pro"}`, `[{"sku":"1"}]`, `{"plan":"pro"}`
	return e
}

// stored are an event's attributes by name.
func stored(e *event.Event) map[string]string {
	out := map[string]string{}
	for _, a := range e.Attrs() {
		out[a.Name] = a.Value
	}
	return out
}

// Ensures what leaves nothing to store, and that full changes nothing.
func TestApply(t *testing.T) {
	for _, c := range []struct {
		tier Tier
		typ  string
		want bool
	}{{Full, "visit", true}, {Full, "identify", true}, {Cookieless, "identify", false}, {Count, "identify", false}, {Count, "lead", true}, {Drop, "visit", false}} {
		e := whole(t)
		e.Type, e.Reached = c.typ, ""
		before := stored(e)
		if got := Apply(c.tier, e, ""); got != c.want {
			t.Errorf("%s of %s: got %v, want %v", c.tier, c.typ, got, c.want)
		}
		if c.tier == Full && !maps.Equal(before, stored(e)) {
			t.Errorf("full changes an event: %v", stored(e))
		}
	}
}

// Ensures that two hits of one visitor without ids of their own cannot be told to be one visitor's by their hashes, and
// that a repetition is still known by its id.
func TestCountedHashesDoNotLink(t *testing.T) {
	hash := func(id string) string {
		e := whole(t)
		e.ID = id
		Apply(Count, e, "")
		return e.Hash
	}
	first, second, again := hash("1"), hash("2"), hash("1")
	if first == second || first != again || len(first) != 32 {
		t.Errorf("hashes %s, %s, %s", first, second, again)
	}
	e := whole(t)
	e.Props = `{"action":"like","email":"x","kind":"` + strings.Repeat("x", 100) + `"}`
	if Apply(Count, e, ""); e.Props != `{"action":"like"}` {
		t.Errorf("properties: got %s", e.Props)
	}
}
