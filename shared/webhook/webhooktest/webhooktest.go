// Package webhooktest is what providers' tests share: fixtures read as deliveries, drafts made into events as the door does,
// and the sales that journey makes of them.
package webhooktest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/settings"
	"tributary/shared/webhook"
)

// Arrival is when all deliveries arrive: after everything that the fixtures tell.
var Arrival = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// Connection is a connection as its settings are written.
func Connection(t testing.TB, body string) *settings.Connection {
	t.Helper()
	c, err := settings.ParseConnection("c", []byte(body), "default", settings.Connection{})
	if err != nil {
		t.Fatal(err)
	}
	return &c
}

// Delivery is a fixture of testdata as it arrives.
func Delivery(t testing.TB, file string, header map[string]string) *webhook.Delivery {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return &webhook.Delivery{Method: "POST", Header: header, Body: body, Now: Arrival}
}

// Read reads a delivery, twice: a provider must say the same both times. Each draft must be one that the door takes.
func Read(t testing.TB, p *webhook.Provider, c *settings.Connection, d *webhook.Delivery) ([]*event.Event, webhook.Meaning) {
	t.Helper()
	m, err := p.Read(c, d)
	if err != nil {
		t.Fatalf("%s: %v", p.Name, err)
	}
	again, err := p.Read(c, d)
	if a, b := text(t, m), text(t, again); err != nil || a != b {
		t.Fatalf("%s says %s and then %s, %v", p.Name, a, b, err)
	}
	return Events(t, again.Events), m
}

func text(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Events makes events of drafts as the door does.
func Events(t testing.TB, drafts []webhook.Draft) []*event.Event {
	t.Helper()
	door := event.Door{Trust: event.TrustWebhook, Now: Arrival.UnixMilli(), NewID: func() string { return "fresh" }}
	var list []*event.Event
	for _, draft := range drafts {
		e, err := event.FromFields(draft, door)
		if err == nil {
			err = e.Admit(door, event.Site{Location: time.UTC, RetentionDays: 5000})
		}
		if err != nil {
			t.Fatalf("%s: %v", text(t, draft), err)
		}
		list = append(list, e)
	}
	return list
}

// Site is a site in euros, with a rate for dollars.
func Site(t testing.TB) settings.Site {
	t.Helper()
	s, err := settings.ParseSite("default", []byte(`{"currency":"EUR","fx":[{"currency":"USD","from":"2020-01-01","rate":"0.5"},{"currency":"JPY","from":"2020-01-01","rate":"0.01"}]}`), settings.Site{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Sales are the conversions that journey makes of events, by order; an event that comes twice is stored once.
func Sales(t testing.TB, events []*event.Event, goals ...settings.Goal) map[string]journey.Conversion {
	t.Helper()
	c := &journey.Cluster{Site: Site(t), Goals: goals, Records: map[string]journey.Record{}}
	seen := map[string]bool{}
	for _, e := range events {
		if !seen[e.ID] {
			seen[e.ID] = true
			c.Events, c.Links = append(c.Events, e), append(c.Links, journey.LinksOf(e)...)
		}
	}
	sales := map[string]journey.Conversion{}
	for _, r := range journey.Assemble(c) {
		if !r.Void() {
			one, err := r.Conversion()
			if err != nil {
				t.Fatal(err)
			}
			sales[strings.TrimPrefix(r.Node, "O#")] = one
		}
	}
	return sales
}

// Orders calls f with the events in several orders of arrival: as given, backwards, from each on, and each twice.
func Orders(events []*event.Event, f func(arrived []*event.Event)) {
	f(events)
	back := slices.Clone(events)
	slices.Reverse(back)
	f(back)
	for i := range events {
		f(slices.Concat(events[i:], events[:i], events[:1]))
	}
}
