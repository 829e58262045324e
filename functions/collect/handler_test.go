package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// arrival is when every request of these tests arrives.
var arrival = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return arrival }

// open makes a handler on the real engine, with the key of testdata, and a site.
func open(t testing.TB, siteBody string) (*handler, *store.Store, string) {
	t.Helper()
	st := storetest.Open(t)
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	h := &handler{in: ingest.New("collect", st, clock, log), keys: st, admin: settings.KeyHash("secret-key")}
	return h, st, storetest.MakeSite(t, st, siteBody)
}

// request is a payload of API Gateway from testdata; a body other than "" takes the place of its own.
func request(t testing.TB, file, body string) *httpapi.Request {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	r := &httpapi.Request{}
	if err := json.Unmarshal(b, r); err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Body, r.IsBase64Encoded = body, false
	}
	return r
}

// post sends a request and decodes the answer.
func post(t testing.TB, h *handler, r *httpapi.Request) (int, answer) {
	t.Helper()
	res, err := h.serve(t.Context(), r)
	if err != nil {
		t.Fatalf("serve: %v", err)
	}
	var a answer
	if err := json.Unmarshal([]byte(res.Body), &a); err != nil {
		t.Fatalf("%v: %s", err, res.Body)
	}
	return res.StatusCode, a
}

// batchOf joins events to a body.
func batchOf(events ...string) string { return `{"events":[` + strings.Join(events, ",") + `]}` }

func TestPayloadsAsTheyArrive(t *testing.T) {
	h, st, site := open(t, `{"retention_days":400}`)
	for _, c := range []struct{ file, home, kind string }{
		{"beacon.json", "", ""}, // a page view: in no query from C to T
		{"keyed.json", "O#o1", "conversion"},
		{"binary.json", "U#u1", "lead"},
	} {
		r := request(t, c.file, "")
		body, err := httpapi.Body(r, keyedBytes)
		if err != nil {
			t.Fatal(err)
		}
		r.Body, r.IsBase64Encoded = strings.ReplaceAll(string(body), `"type"`, `"site":"`+site+`","type"`), false
		if status, a := post(t, h, r); status != 202 || a.Accepted != 1 {
			t.Errorf("%s: got %d %+v", c.file, status, a)
		}
		if c.home == "" {
			continue
		}
		if got, err := st.HomeEvents(t.Context(), site, c.home); err != nil || len(got) != 1 || got[0].Type != c.kind || got[0].Trust != event.TrustKeyed {
			t.Errorf("%s: %s holds %v, %v; want one %s", c.file, c.home, got, err, c.kind)
		}
	}
}

func TestBatchIsJudgedEventByEvent(t *testing.T) {
	h, _, site := open(t, `{}`)
	in := `"site":"` + site + `",`
	body := batchOf(
		`{`+in+`"id":"1","type":"lead","user_id":"u"}`,
		`{`+in+`"id":"1","type":"lead","user_id":"u"}`,
		`{`+in+`"id":"1","type":"lead","user_id":"u","goal":"x"}`,
		`{`+in+`"type":"lead"}`,
		`7`,
		`{`+in+`"id":"2","type":"lead","user_id":"\ud800"}`,
		`{`+in+`"id":"3","type":"click","user_id":"u"}`,
		`{"site":"nowhere","type":"lead","user_id":"u"}`,
		`{`+in+`"type":"lead","user_id":"u","time":"1970-01-01T00:00:00Z"}`,
		`{`+in+`"type":"lead","user_id":"u","time":4070908800000}`,
		`{`+in+`"type":"lead","user_id":"u","deep":`+strings.Repeat("[", 100)+strings.Repeat("]", 100)+`}`,
		`{`+in+`"type":"x","props":{"a":"`+strings.Repeat("x", 400_000)+`"}}`,
		`{`+in+`"id":"4","type":"Signed up"}`,
	)
	status, got := post(t, h, request(t, "keyed.json", body))
	var rejected []string
	for _, r := range got.Rejected {
		rejected = append(rejected, fmt.Sprint(r.Index, " ", r.Code, " ", r.Field))
	}
	want := []string{
		"2 id_conflict id", "3 missing_field anonymous_id", "4 invalid_json ", "5 invalid_json ", "6 missing_field anonymous_id", "7 unknown_site site",
		"8 outside_retention time", "9 invalid_time time", "10 invalid_json ", "11 too_large ",
	}
	if diff := cmp.Diff(want, rejected); diff != "" {
		t.Errorf("rejected (-want +got):\n%s", diff)
	}
	if status != 202 || got.Accepted != 2 || got.Duplicates != 1 {
		t.Errorf("got %d, %d accepted, %d duplicates; want 202, 2, 1", status, got.Accepted, got.Duplicates)
	}
}

func TestRefusedRequests(t *testing.T) {
	h, _, site := open(t, `{}`)
	lead := `{"site":"` + site + `","type":"lead","user_id":"u"}`
	many := func(n int) string { return batchOf(strings.Split(strings.Repeat(lead+"\n", n), "\n")[:n]...) }
	for _, c := range []struct {
		name, file, body string
		status           int
		code             string
	}{
		{"no JSON", "keyed.json", `{"events":[`, 400, "invalid_json"},
		{"an array", "keyed.json", `[` + lead + `]`, 400, "invalid_json"},
		{"a single event", "keyed.json", lead, 400, "missing_field"},
		{"no events", "keyed.json", `{"events":[]}`, 400, "missing_field"},
		{"events of the wrong type", "keyed.json", `{"events":{}}`, 400, "invalid_field"},
		{"events twice", "keyed.json", `{"events":[],"events":[]}`, 400, "invalid_json"},
		{"something behind", "keyed.json", batchOf(lead) + `{}`, 400, "invalid_json"},
		{"a NUL byte", "keyed.json", "{\"events\":[{\"type\":\"a\x00\"}]}", 400, "invalid_json"},
		{"10,000 deep", "keyed.json", `{"events":[` + strings.Repeat(`{"a":`, 10_001) + `1` + strings.Repeat(`}`, 10_001) + `]}`, 400, "invalid_json"},
		{"501 events", "keyed.json", many(501), 400, "too_many"},
		{"51 events at the public door", "beacon.json", many(51), 400, "too_many"},
		{"more than 4 MB", "keyed.json", `{"events":["` + strings.Repeat("x", 4<<20) + `"]}`, 413, "too_large"},
		{"one event that is refused", "keyed.json", batchOf(`{"type":"lead"}`), 400, "missing_field"},
		{"sent_at of another kind", "beacon.json", `{"sent_at":"yesterday","events":[]}`, 400, "invalid_time"},
		{"app_key of another kind", "beacon.json", `{"app_key":5,"events":[]}`, 400, "invalid_field"},
		{"a wrong app_key", "beacon.json", `{"app_key":"no","events":[` + lead + `]}`, 401, "unauthorized"},
		{"an agent at the public door", "beacon.json", batchOf(`{"type":"lead","user_id":"u","agent":"human"}`), 400, "invalid_field"},
	} {
		status, a := post(t, h, request(t, c.file, c.body))
		if a.Error == nil || status != c.status || string(a.Error.Code) != c.code || a.Error.Message == "" || a.Accepted != 0 {
			t.Errorf("%s: got %d %+v, want %d %s", c.name, status, a.Error, c.status, c.code)
		}
	}
	if status, a := post(t, h, request(t, "keyed.json", many(500))); status != 202 || a.Accepted != 500 {
		t.Errorf("500 events: got %d %+v", status, a)
	}
}

func TestKeys(t *testing.T) {
	h, st, site := open(t, `{}`)
	body := batchOf(`{"site":"` + site + `","id":"k","type":"lead","user_id":"u"}`)
	stored := storetest.Site(t) // any text that no other test uses
	if _, err := st.PutSetting(t.Context(), store.Keys, store.Setting{ID: settings.KeyHash(stored), Body: []byte(`{}`)}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, header string
		status       int
	}{
		{"absent", "", 401},
		{"empty", "Bearer ", 401},
		{"wrong", "Bearer nope", 401},
		{"another scheme", "Basic secret-key", 401},
		{"the hash is not the key", "Bearer " + settings.KeyHash("secret-key"), 401},
		{"the first key", "Bearer secret-key", 202},
		{"a stored key", "bearer " + stored, 202},
	} {
		r := request(t, "keyed.json", body)
		r.Headers["authorization"] = c.header
		res, err := h.serve(t.Context(), r)
		if err != nil || res.StatusCode != c.status {
			t.Errorf("%s: got %d, %v; want %d", c.name, res.StatusCode, err, c.status)
		}
		if refused := c.status == 401; refused != (res.Headers["www-authenticate"] != "") || refused != strings.Contains(res.Body, `"code":"unauthorized","message":"`) {
			t.Errorf("%s: got %v %s", c.name, res.Headers, res.Body)
		}
	}
	h.admin = ""
	r := request(t, "keyed.json", body)
	if res, err := h.serve(t.Context(), r); err != nil || res.StatusCode != 401 {
		t.Errorf("without a first key none matches: got %d, %v", res.StatusCode, err)
	}
}

func TestAppKeyWidensTheWindow(t *testing.T) {
	h, st, site := open(t, `{"app_key":"an app's long key"}`)
	event := func(id, at string) string {
		return `{"site":"` + site + `","id":"` + id + `","type":"lead","user_id":"` + id + `","time":"` + at + `"}`
	}
	old := "2026-10-10T12:00:00Z" // 22 days before arrival
	key := `"app_key":"an app's long key",`
	for _, c := range []struct{ name, id, envelope, at, want string }{
		{"without a key 72 hours are believed", "u1", ``, old, "2026-10-29T12:00:00Z"},
		{"with the key 30 days", "u2", key, old, old},
		{"but no more", "u3", key, "2026-09-01T12:00:00Z", "2026-10-02T12:00:00Z"},
		{"sent_at tells how wrong the clock is", "u4", key + `"sent_at":"2026-10-10T12:00:05Z",`, old, "2026-11-01T11:59:55Z"},
		{"2099 is now", "u5", key, "2099-01-01T00:00:00Z", "2026-11-01T12:00:00Z"},
	} {
		body := `{` + c.envelope + `"events":[` + event(c.id, c.at) + `]}`
		if status, a := post(t, h, request(t, "beacon.json", body)); status != 202 {
			t.Errorf("%s: got %d %+v", c.name, status, a.Rejected)
		}
		got, err := st.HomeEvents(t.Context(), site, "U#"+c.id)
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %v, %v", c.name, got, err)
		}
		at := time.UnixMilli(got[0].Time).UTC().Format(time.RFC3339)
		if at != c.want || got[0].Clamped != (c.id != "u2" && c.id != "u4") {
			t.Errorf("%s: got %s, clamped %v; want %s", c.name, at, got[0].Clamped, c.want)
		}
	}
}

func TestCORS(t *testing.T) {
	h, _, _ := open(t, `{}`)
	r := request(t, "beacon.json", `{`)
	if res, err := h.serve(t.Context(), r); err != nil || res.StatusCode != 400 || res.Headers["access-control-allow-origin"] != r.Headers["origin"] {
		t.Errorf("a refusal must be readable by the page: %d %v, %v", res.StatusCode, res.Headers, err)
	}
	delete(r.Headers, "origin")
	if res, err := h.serve(t.Context(), r); err != nil || res.Headers["access-control-allow-origin"] != "*" || res.Headers["access-control-allow-credentials"] != "" {
		t.Errorf("no page: %v, %v", res.Headers, err)
	}
	r.RequestContext.HTTP.Method, r.RouteKey = "OPTIONS", "OPTIONS /e"
	res, err := h.serve(t.Context(), r)
	if err != nil || res.StatusCode != 204 || !strings.Contains(res.Headers["access-control-allow-headers"], "content-type") || res.Headers["access-control-max-age"] != "86400" {
		t.Errorf("OPTIONS: got %+v, %v", res, err)
	}
}

func TestDryRun(t *testing.T) {
	h, st, site := open(t, `{}`)
	r := request(t, "keyed.json", batchOf(
		`{"site":"`+site+`","id":"d1","type":"purchase","user_id":"u1","anonymous_id":"a1","order_id":"o1","value":"12.34","currency":"USD","source":"google","medium":"cpc"}`,
		`{"site":"`+site+`","type":"lead"}`))
	r.Headers["tributary-dry-run"] = "1"
	status, got := post(t, h, r)
	if status != 200 || got.Accepted != 1 || len(got.Rejected) != 1 || !got.DryRun {
		t.Errorf("got %d %+v", status, got)
	}
	want := []map[string]any{{
		"index": 0.0, "id": "d1", "site": site, "type": "conversion", "goal": "purchase", "time": "2026-11-01T12:00:00.000Z", "agent": "human",
		"ids": []any{"U#u1", "A#a1"}, "user_id": "u1", "anonymous_id": "a1", "order_id": "o1", "value_minor": 1234.0, "currency": "USD",
		"source": "google", "medium": "cpc", "channel": "Paid Search", "channel_rule": "ga4-2",
		"kpis": []any{"conversions", "revenue_gross_minor", "revenue_net_minor"},
	}}
	if diff := cmp.Diff(want, got.Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if stored, err := st.HomeEvents(t.Context(), site, "O#o1"); err != nil || len(stored) != 0 {
		t.Errorf("%d events are stored, %v; want none", len(stored), err)
	}
	if kept, err := st.Kept(t.Context(), site, 10); err != nil || len(kept) != 0 {
		t.Errorf("%d refusals are kept, %v; want none", len(kept), err)
	}
}
