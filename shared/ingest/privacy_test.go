package ingest

import (
	"errors"
	"strings"
	"testing"

	"tributary/shared/consent"
	"tributary/shared/event"
	"tributary/shared/fault"
)

// Ensures that addresses are scrubbed at every door, and names and properties of people's addresses at public ones.
func TestPrepareScrubs(t *testing.T) {
	in, f, _, _ := open()
	site := f.sites["shop"]
	site.PageParams = []string{"product"}
	f.sites["shop"] = site
	raw := `{"type":"visit","site":"shop","anonymous_id":"a","user_id":"Ada@example.org","page":"https://u:p@shop.example/u/ada@example.org?product=1&q=x&gclid=g&ref=y#z",
		"referrer":"https://blog.example/?q=secret","campaign":"to ada@example.org","props":{"note":"ada@example.org\nnext","n":1}}`
	for _, c := range []struct {
		name  string
		trust event.Trust
		props string
		camp  string
	}{
		{"public", event.TrustPublic, `{"n":1,"note":"*\nnext"}`, "to *"},
		{"keyed", event.TrustKeyed, `{"n":1,"note":"ada@example.org\nnext"}`, "to ada@example.org"},
	} {
		d := in.Door(c.trust)
		e, err := event.Parse([]byte(raw), d)
		if err != nil {
			t.Fatal(err)
		}
		if err := in.Prepare(t.Context(), e, d, ""); err != nil {
			t.Fatal(err)
		}
		hash, _ := event.HashEmail("ada@example.org")
		if e.Page != "https://shop.example/u/*?product=1&gclid=g&ref=y" || e.Referrer != "https://blog.example/" || e.UserID != "" || e.Email != hash {
			t.Errorf("%s: page %q, referrer %q, user %q, email %q", c.name, e.Page, e.Referrer, e.UserID, e.Email)
		}
		if e.Props != c.props || e.Campaign != c.camp {
			t.Errorf("%s: props %s, campaign %q; want %s, %q", c.name, e.Props, e.Campaign, c.props, c.camp)
		}
	}
}

// Ensures that a site that drops its objectors tells the sender so by no refusal, and that keyed senders are not judged.
func TestPrepareDrops(t *testing.T) {
	in, f, _, out := open()
	site := f.sites["shop"]
	site.Consent.GPC = consent.Drop
	f.sites["shop"] = site
	d := in.Door(event.TrustPublic)
	d.GPC = true
	e := &event.Event{ID: "1", Type: "visit", Site: "shop", AnonymousID: "a"}
	if err := in.Prepare(t.Context(), e, d, ""); !errors.Is(err, ErrDropped) || !strings.Contains(out.String(), `"dropped":1`) {
		t.Errorf("got %v, log %s; want ErrDropped, counted", err, out)
	}
	items := []Item{{Event: e}, {Event: &event.Event{ID: "2", Type: "visit", Site: "shop"}}}
	in.Take(t.Context(), d, Sender{}, items)
	if !errors.Is(items[0].Err, ErrDropped) || !errors.Is(items[1].Err, ErrDropped) || items[0].Outcome == Spilled {
		t.Errorf("taken: %+v", items)
	}
	d.Trust = event.TrustKeyed
	if err := in.Prepare(t.Context(), e, d, ""); err != nil {
		t.Errorf("keyed: %v", err)
	}
}

// Ensures that what is refused of a visitor who objects is counted and its content not kept.
func TestRefusedInputOfObjectors(t *testing.T) {
	for _, c := range []struct {
		name string
		door event.Door
		e    *event.Event
		kept bool
	}{
		{"nothing said", event.Door{}, nil, true},
		{"granted", event.Door{}, &event.Event{Consent: "granted"}, true},
		{"GPC", event.Door{GPC: true}, nil, false},
		{"DNT", event.Door{DNT: true}, nil, false},
		{"the batch denies", event.Door{Consent: "denied"}, &event.Event{}, false},
		{"the event denies", event.Door{}, &event.Event{Consent: "denied"}, false},
		{"with a key", event.Door{Trust: event.TrustKeyed, GPC: true}, nil, true},
	} {
		in, f, _, _ := open()
		in.RefuseItem(t.Context(), c.door, Sender{}, Item{Event: c.e, Raw: "v=visitor-7"}, fault.New(fault.InvalidField, "value", "no"))
		if len(f.kept) != 1 || (f.kept[0].Raw == "v=visitor-7") != c.kept {
			t.Errorf("%s: kept %+v", c.name, f.kept)
		}
	}
}

// Ensures that a visitor who objects has no id in what waits in S3 either.
func TestShield(t *testing.T) {
	for _, c := range []struct {
		name    string
		door    event.Door
		unknown consent.Tier
		typ     string
		id      string
		keep    bool
		raw     string
	}{
		{"nothing said", event.Door{}, consent.Full, "visit", "a", true, "raw"},
		{"GPC", event.Door{GPC: true}, consent.Full, "visit", "", true, ""},
		{"GPC says who is who", event.Door{GPC: true}, consent.Full, "identify", "", false, ""},
		{"cookieless, the salt unknown", event.Door{}, consent.Cookieless, "visit", "", true, ""},
		{"with a key", event.Door{Trust: event.TrustKeyed, GPC: true}, consent.Full, "visit", "a", true, "raw"},
	} {
		in, f, _, _ := open()
		site := f.sites["shop"]
		site.Consent.Unknown = c.unknown
		f.sites["shop"] = site
		if _, _, err := in.sites.get(t.Context(), "shop", in.now()); err != nil {
			t.Fatal(err)
		}
		draft := &event.Event{ID: "1", Type: c.typ, Site: "shop", AnonymousID: "a"}
		raw, ok := in.shield(draft, c.door, "raw")
		if ok != c.keep || raw != c.raw || ok && draft.AnonymousID != c.id {
			t.Errorf("%s: got %v, %q with id %q", c.name, ok, raw, draft.AnonymousID)
		}
	}
}
