package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/ingest"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
	"tributary/shared/webhook"
)

// refuse sends an event through a door that refuses it, and returns the entry that it makes.
func (b *bench) refuse(door, raw string, d event.Door) store.Quarantined {
	b.t.Helper()
	b.clock = b.clock.Add(time.Millisecond)
	in := ingest.New(door, b.store, b.now, b.log)
	from := in.Door(d.Trust)
	from.Agent, from.AgentReason = d.Agent, d.AgentReason
	items := []ingest.Item{{Raw: raw}}
	if door == "pixel" {
		items[0].Event, items[0].Err = event.ParseQuery(raw, from)
	} else {
		items[0].Event, items[0].Err = event.Parse([]byte(raw), from)
	}
	in.Take(b.t.Context(), from, ingest.Sender{}, items)
	f := fault.Of(items[0].Err)
	if f == nil {
		b.t.Fatalf("%s is not refused: %+v", raw, items[0])
	}
	in.RefuseItem(b.t.Context(), from, ingest.Sender{}, items[0], f)
	return b.newest(items[0].Event.Site)
}

// newest is the entry that was kept last for a site, or for none where the site is not known.
func (b *bench) newest(site string) store.Quarantined {
	b.t.Helper()
	for _, of := range []string{site, ""} {
		list, err := b.store.Kept(b.t.Context(), of, 1000)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, q := range list {
			if of == site || strings.Contains(q.Message+q.Raw, site) {
				return q
			}
		}
	}
	b.t.Fatalf("nothing is kept of %s", site)
	return store.Quarantined{}
}

func (b *bench) replayOf(q store.Quarantined) string {
	site := q.Site
	if site == "" {
		site = "-"
	}
	return "/v1/quarantine/" + q.ID + "/replay?site=" + site
}

func (b *bench) eventsAt(site, home string) []*event.Event {
	b.t.Helper()
	list, err := b.store.HomeEvents(b.t.Context(), site, home)
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

// Ensures that an event that was refused is taken in after a fix, as of its first arrival and by its door, once, however
// often it is replayed, also when its sender gave it no id.
func TestReplayAfterAFix(t *testing.T) {
	b, site := newBench(t), storetest.Site(t)
	q := b.refuse("pixel", "e=visit&v=a1&email=ada%40example.org&s="+site, event.Door{Agent: event.AgentBot, AgentReason: "ua"})
	b.want(b.ask("POST", b.replayOf(q), ""), http.StatusBadRequest, "unknown_site", "site")
	b.want(b.ask("PUT", "/v1/sites/"+site, `{}`), http.StatusCreated, "", "")
	arrived := b.clock
	b.clock = b.clock.AddDate(0, 0, 3)
	for i := range 3 {
		var got replayed
		if err := json.Unmarshal([]byte(b.want(b.ask("POST", b.replayOf(q), ""), http.StatusOK, "", "")), &got); err != nil {
			t.Fatal(err)
		}
		if got.Accepted != map[bool]int{true: 1}[i == 0] || got.Accepted+got.Duplicates != 1 || got.Replayed != b.clock.UnixMilli() {
			t.Errorf("replay %d: got %+v, want it taken once, at %d", i, got, b.clock.UnixMilli())
		}
	}
	email, err := event.HashEmail("ada@example.org")
	if err != nil {
		t.Fatal(err)
	}
	got := b.eventsAt(site, "E#"+email)
	if len(got) != 1 || got[0].Received != arrived.UnixMilli() || got[0].Agent != event.AgentBot || got[0].Trust != event.TrustPublic {
		t.Errorf("stored %+v, want one bot's visit, received %d", got, arrived.UnixMilli())
	}
	body := b.want(b.ask("GET", "/v1/quarantine/"+q.ID+"?site=-", ""), http.StatusOK, "", "")
	if entry := fieldsOf(t, body); entry["replayed"] != float64(b.clock.UnixMilli()) || entry["replayable"] != true {
		t.Errorf("the entry does not say that it was replayed: %s", body)
	}
	if strings.Contains(body, "facts") || strings.Contains(body, "ada") {
		t.Errorf("the entry shows too much: %s", body)
	}
}

// Ensures that what is refused still says why, changes nothing and is not kept a second time.
func TestReplayInVain(t *testing.T) {
	b, site := newBench(t), storetest.Site(t)
	b.want(b.ask("PUT", "/v1/sites/"+site, `{}`), http.StatusCreated, "", "")
	lead := func(goal string) string {
		return `{"site":"` + site + `","id":"1","type":"lead","user_id":"u","goal":"` + goal + `"}`
	}
	in := ingest.New("collect", b.store, b.now, b.log)
	d := in.Door(event.TrustKeyed)
	e, err := event.Parse([]byte(lead("a")), d)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.TakeOne(t.Context(), d, e, lead("a")); err != nil {
		t.Fatal(err)
	}
	conflict := b.refuse("collect", lead("b"), event.Door{Trust: event.TrustKeyed})
	long := b.refuse("collect", `{"site":"`+site+`","type":"lead","goal":"`+strings.Repeat("x", 3000)+`"}`, event.Door{Trust: event.TrustKeyed})
	b.clock = b.clock.Add(time.Millisecond)
	in.Refuse(t.Context(), site, "", "no event", fault.New(fault.InvalidJSON, "", "the body is no JSON"))
	body := b.newest(site)
	for _, c := range []struct {
		name, path string
		status     int
		code       string
		field      string
	}{
		{"a conflict", b.replayOf(conflict), http.StatusConflict, "id_conflict", "id"},
		{"one that was cut", b.replayOf(long), http.StatusConflict, "not_replayable", ""},
		{"no event", b.replayOf(body), http.StatusConflict, "not_replayable", ""},
		{"an unknown id", "/v1/quarantine/01ARZ3NDEKTSV4RRFFQ69G5FAV/replay?site=" + site, http.StatusNotFound, "not_found", "id"},
		{"an id that is none", "/v1/quarantine/x/replay", http.StatusNotFound, "not_found", "id"},
		{"another site", "/v1/quarantine/" + conflict.ID + "/replay", http.StatusNotFound, "not_found", "id"},
		{"a site that is none", "/v1/quarantine/" + conflict.ID + "/replay?site=a%23b", http.StatusBadRequest, "invalid_field", "site"},
	} {
		t.Run(c.name, func(t *testing.T) { b.want(b.ask("POST", c.path, ""), c.status, c.code, c.field) })
	}
	list, err := b.store.Kept(t.Context(), site, 100)
	if err != nil || len(list) != 3 {
		t.Errorf("%d entries, %v; want the three that were there", len(list), err)
	}
	for _, q := range list {
		if q.Replayed != 0 {
			t.Errorf("%s counts as replayed", q.Code)
		}
	}
}

// Ensures that a webhook's delivery that could not be read is shown byte for byte and is read again after a fix, without its
// signature, once.
func TestReplayOfADelivery(t *testing.T) {
	b, site := newBench(t), storetest.Site(t)
	connection, err := settings.ParseConnection(site+"-hook", []byte(`{"provider":"hmac","header":"X-Sig","site":"`+site+`","secrets":["a long enough secret"]}`), site, settings.Connection{})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(connection)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.PutSetting(t.Context(), store.Connections, store.Setting{ID: connection.ID, Body: raw}); err != nil {
		t.Fatal(err)
	}
	body := `{"id":"w-1","type":"lead","user_id":"u","props":{"a":"` + "\xc3\xa9" + `"}}`
	whole, err := webhook.Keep(connection.ID, &webhook.Provider{}, &webhook.Delivery{Method: "POST", Header: map[string]string{"content-type": "application/json"}, Body: []byte(body), Now: b.clock})
	if err != nil {
		t.Fatal(err)
	}
	id := ulid.MustNew(ulid.Timestamp(b.clock), rand.Reader).String()
	q := store.Quarantined{ID: id, Received: b.clock.UnixMilli(), Door: "webhook:" + connection.ID, Code: "unknown_site", Message: "there is no such site", Raw: body}
	if err := b.store.KeepDelivery(t.Context(), q, whole); err != nil {
		t.Fatal(err)
	}
	b.want(b.ask("POST", b.replayOf(q), ""), http.StatusBadRequest, "unknown_site", "site")
	shown := b.want(b.ask("GET", "/v1/quarantine/"+q.ID, ""), http.StatusOK, "", "")
	if !strings.Contains(shown, base64.StdEncoding.EncodeToString([]byte(body))) || strings.Contains(shown, "secret") {
		t.Errorf("the entry shows %s", shown)
	}
	b.want(b.ask("PUT", "/v1/sites/"+site, `{}`), http.StatusCreated, "", "")
	for i, want := range []string{`"accepted":1,"duplicates":0`, `"accepted":0,"duplicates":1`} {
		if got := b.want(b.ask("POST", b.replayOf(q), ""), http.StatusOK, "", ""); !strings.Contains(got, want) {
			t.Errorf("replay %d: %s, want %s", i, got, want)
		}
	}
	if got := b.eventsAt(site, "U#u"); len(got) != 1 || got[0].Trust != event.TrustWebhook {
		t.Errorf("stored %+v, want one of a webhook", got)
	}
}
