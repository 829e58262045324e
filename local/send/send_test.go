package send

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/registry"
)

var now = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func sender(t testing.TB) *Sender {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	return &Sender{URL: "http://127.0.0.1:3000", Key: "k", Root: root, Now: func() time.Time { return now }, NewID: func() string { n++; return digest("id", string(rune('a'+n)))[:24] }}
}

// arrives is a delivery as the door sees it, and the connection that the sender makes.
func arrives(t testing.TB, s *Sender, provider string, d *Delivery) (*settings.Connection, *webhook.Delivery) {
	t.Helper()
	_, stored := s.secret(provider)
	c, err := settings.ParseConnection("laptop-"+provider, []byte(plans[provider].connection(provider, stored, "")), "default", settings.Connection{})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(d.URL)
	if err != nil {
		t.Fatal(err)
	}
	in := &webhook.Delivery{Method: d.Method, URL: "https://" + u.Host + u.RequestURI(), Query: u.RawQuery, Body: d.Body, Header: map[string]string{}, Now: now}
	for name := range d.Header {
		in.Header[strings.ToLower(name)] = d.Header.Get(name)
	}
	return &c, in
}

// TestEveryProvider ensures that each provider there is can be played, with every fixture: signed as its scheme wants, read
// without an error of ours, and refused when it was spoilt.
func TestEveryProvider(t *testing.T) {
	var names []string
	for _, p := range registry.All() {
		names = append(names, p.Name)
	}
	if d := cmp.Diff(names, Providers()); d != "" {
		t.Errorf("the registry (-) and what can be played (+):\n%s", d)
	}
	for _, p := range registry.All() {
		s := sender(t)
		events, err := Fixtures(s.Root, p.Name)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			t.Run(p.Name+" "+e, func(t *testing.T) {
				play(t, s, p, e)
			})
		}
	}
}

func play(t *testing.T, s *Sender, p *webhook.Provider, name string) {
	for _, c := range []struct {
		how  string
		make How
		ok   bool
	}{{"as it is", How{}, true}, {"tampered with", How{Tampered: true}, false}, {"wrongly signed", How{Wrong: true}, false}} {
		d, err := s.Make(p.Name, name, Change{Order: "o-9"}, c.make)
		if err != nil {
			t.Fatal(err)
		}
		conn, in := arrives(t, s, p.Name, d)
		if err := p.CheckConnection(conn); err != nil {
			t.Fatal(err)
		}
		if _, err := webhook.Verify(p.Scheme, conn, in); (err == nil) != c.ok {
			t.Errorf("%s: got %v", c.how, err)
		}
		if c.ok && p.Read != nil {
			reads(t, p, conn, in)
		}
	}
}

// reads ensures that what was made is read, and that its last event is of now, to the second: not before it, nor in the future.
func reads(t *testing.T, p *webhook.Provider, c *settings.Connection, d *webhook.Delivery) {
	t.Helper()
	m, err := p.Read(c, d)
	if err != nil && fault.Of(err) == nil {
		t.Fatal(err)
	}
	last := int64(0)
	defer func() {
		if last != 0 && (last > now.UnixMilli() || last <= now.Add(-time.Second).UnixMilli()) {
			t.Errorf("its last event was at %s, want %s", time.UnixMilli(last).UTC(), now)
		}
	}()
	for _, draft := range m.Events {
		e, err := event.FromFields(draft, event.Door{Trust: event.TrustWebhook, Now: now.UnixMilli(), NewID: func() string { return "x" }})
		if err != nil {
			if fault.Of(err) == nil {
				t.Error(err)
			}
			continue
		}
		last = max(last, e.Time)
	}
}

// TestLate ensures that a stamp too old is refused where there is one.
func TestLate(t *testing.T) {
	s := sender(t)
	for provider, ok := range map[string]bool{"stripe": false, "paddle": false, "standard": false, "hubspot": false, "sendgrid": true, "mailgun": true, "dub": true} {
		events, err := Fixtures(s.Root, provider)
		if err != nil {
			t.Fatal(err)
		}
		d, err := s.Make(provider, events[0], Change{}, How{Late: 10 * time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		c, in := arrives(t, s, provider, d)
		if _, err := webhook.Verify(registry.Of(provider).Scheme, c, in); (err == nil) != ok {
			t.Errorf("%s: got %v", provider, err)
		}
	}
}

// TestChanges ensures that what is asked for by name is in the events, and that one order's deliveries belong together.
func TestChanges(t *testing.T) {
	s := sender(t)
	read := func(provider, name string, c Change) *event.Event {
		t.Helper()
		d, err := s.Make(provider, name, c, How{})
		if err != nil {
			t.Fatal(err)
		}
		conn, in := arrives(t, s, provider, d)
		m, err := registry.Of(provider).Read(conn, in)
		if err != nil || len(m.Events) == 0 {
			t.Fatalf("%s %s: %v, %v", provider, name, m, err)
		}
		e, err := event.FromFields(m.Events[0], event.Door{Trust: event.TrustWebhook, Now: now.UnixMilli()})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	for _, c := range []struct{ provider, event, order string }{
		{"paddle", "transaction.completed", "o-9"}, {"lemonsqueezy", "order_created", "o-9"}, {"stripe", "payment_intent.succeeded", "o-9"}, {"standard", "conversion", "o-9"}, {"postback", "approved", "laptop-postback:o-9"},
	} {
		e := read(c.provider, c.event, Change{Order: "o-9", Value: "12.34", Currency: "USD"})
		if e.OrderID != c.order || e.Value != 1234 || e.Currency != "USD" {
			t.Errorf("%s: got order %s of %d %s", c.provider, e.OrderID, e.Value, e.Currency)
		}
	}
	sale, back := read("paddle", "transaction.completed", Change{Order: "o-9"}), read("paddle", "adjustment.updated.approved", Change{Order: "o-9"})
	other := read("paddle", "transaction.completed", Change{Order: "o-8"})
	if !strings.Contains(strings.Join(sale.OrderAliases, " "), back.OrderAliases[0]) || strings.Contains(strings.Join(other.OrderAliases, " "), back.OrderAliases[0]) {
		t.Errorf("the refund is of %v, the sale %v, another %v", back.OrderAliases, sale.OrderAliases, other.OrderAliases)
	}
	ada, bob := read("stripe", "checkout.session.completed", Change{Order: "a"}), read("stripe", "checkout.session.completed", Change{Order: "b"})
	if ada.Phone == "" || ada.Phone == bob.Phone || ada.Email == bob.Email {
		t.Errorf("two customers share a phone or an e-mail: %q %q, %q %q", ada.Phone, bob.Phone, ada.Email, bob.Email)
	}
	if sale.Time < now.Add(-time.Hour).UnixMilli() || sale.ID == other.ID {
		t.Errorf("got %+v", sale)
	}
}

// TestConnect ensures that a connection is made once.
func TestConnect(t *testing.T) {
	s := sender(t)
	var calls []string
	s.Client = &http.Client{Transport: tripper(func(r *http.Request) int {
		calls = append(calls, r.Method+" "+r.URL.Path)
		if r.Method == http.MethodGet && len(calls) == 1 {
			return http.StatusNotFound
		}
		return http.StatusOK
	})}
	for range 2 {
		if err := s.Connect(t.Context(), "stripe"); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff([]string{"GET /v1/connections/laptop-stripe", "PUT /v1/connections/laptop-stripe", "GET /v1/connections/laptop-stripe"}, calls); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if s.Connect(t.Context(), "nobody") == nil {
		t.Error("an unknown provider is connected")
	}
}

type tripper func(r *http.Request) int

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: f(r), Body: http.NoBody, Request: r}, nil
}
