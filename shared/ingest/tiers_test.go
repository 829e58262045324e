package ingest

import (
	"context"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tributary/shared/consent"
	"tributary/shared/event"
)

// salted has a salt for every day.
func salted(_ context.Context, day string) ([]byte, error) { return []byte(day), nil }

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
	e.Page, e.Referrer, e.Consent = "https://shop.example/a?utm_source=x&gclid=x&q=x", "https://blog.example/a?q=x", "denied"
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

// cellOf is what is stored of an attribute that was sent, in README's words.
func cellOf(sent, stored map[string]string, name string) string {
	switch v, ok := stored[name]; {
	case !ok:
		return "–"
	case v == sent[name]:
		return "yes"
	}
	return "less"
}

// Ensures that README's table of tiers says of every attribute that an event can have what the code makes of it.
func TestReadmeTiers(t *testing.T) {
	in, f, _, _ := open()
	in.days.source = salted
	sent, tiers := stored(whole(t)), [3]map[string]string{}
	for i, tier := range []consent.Tier{consent.Full, consent.Cookieless, consent.Count} {
		site := f.sites["shop"]
		site.Consent.Denied = tier
		d := in.Door(event.TrustPublic)
		d.IP, d.UserAgent = "203.0.113.7", "browser"
		e := whole(t)
		if err := in.protect(t.Context(), e, d, &site); err != nil {
			t.Fatalf("%s: %v", tier, err)
		}
		tiers[i] = stored(e)
	}
	table := readmeTable(t)
	for name := range sent {
		row, ok := table[name]
		if !ok {
			t.Errorf("README's table of tiers lacks %s", name)
			continue
		}
		for i, cell := range row {
			if got, want := strings.TrimRight(strings.Fields(cell)[0], ":,"), cellOf(sent, tiers[i], name); got != want {
				t.Errorf("%s: README says %q in column %d, the code stores %q", name, cell, i+1, want)
			}
		}
		delete(table, name)
	}
	if len(table) > 0 {
		t.Errorf("README's table has what no event has: %v", slices.Sorted(maps.Keys(table)))
	}
}

// readmeTable reads the table's cells by attribute.
func readmeTable(t *testing.T) map[string][3]string {
	t.Helper()
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(b), "| stored | `full` | `cookieless` | `count` |\n|---|---|---|---|\n")
	if !found {
		t.Fatal("README has no table of tiers")
	}
	names, out := regexp.MustCompile("`([a-z_]+)`"), map[string][3]string{}
	for line := range strings.Lines(text) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 {
			break
		}
		for _, m := range names.FindAllStringSubmatch(cells[1], -1) {
			out[m[1]] = [3]string{strings.TrimSpace(cells[2]), strings.TrimSpace(cells[3]), strings.TrimSpace(cells[4])}
		}
	}
	return out
}
