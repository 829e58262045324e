package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/alert"
	"tributary/shared/event"
	"tributary/shared/httpapi"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

var update = flag.Bool("update", false, "write the goldens anew")

// seed stores an event and notes it as kpi does.
func (b *bench) seed(e *event.Event, lane int) {
	b.t.Helper()
	if _, err := b.store.PutEvent(b.t.Context(), e); err != nil {
		b.t.Fatal(err)
	}
	l := store.Latest{Received: e.Received, Home: e.Home(), SortKey: e.SortKey()}
	if _, err := b.store.PutRecent(b.t.Context(), e.Site, lane, []store.Latest{l}); err != nil {
		b.t.Fatal(err)
	}
}

// TestPageGolden shows a hostile event, a bot, a clamped one, a refusal and one that is gone, newest first.
func TestPageGolden(t *testing.T) {
	b, site := newBench(t, "DASHBOARD_OPEN", "1", "PUBLIC_URL", "https://t.example.com/"), storetest.Site(t)
	b.want(b.ask("PUT", "/v1/sites/"+site, `{"currency":"EUR","tz":"Europe/Berlin"}`), http.StatusCreated, "", "")
	at := noon.UnixMilli()
	hostile := `"><script>alert('x')</script>{{.Site}}`
	b.seed(&event.Event{ID: "1", Type: "click", Site: site, Time: at - 5000, Received: at - 5000, AnonymousID: "a", Channel: hostile, Campaign: hostile, Hash: "h"}, 0)
	b.seed(&event.Event{ID: "2", Type: "impression", Site: site, Time: at - 4000, Received: at - 4000, AnonymousID: "a", Agent: event.AgentBot, AgentReason: "curl", HasCost: true, Cost: 1500, Currency: "USD", Hash: "h"}, 1)
	b.seed(&event.Event{ID: "3", Type: "conversion", Site: site, Time: at - 3000, Received: at - 3000, UserID: "u", OrderID: "o", HasValue: true, Value: 1990, Currency: "EUR", CampaignID: "spring", Clamped: true, Hash: "h"}, 2)
	b.keep(site, at-2000, `value: "<b>" of ann@example.com`)
	b.keep("", at-90_000_000_000, "an old one")
	gone := []store.Latest{{Received: at, Home: "A#gone", SortKey: "T#gone"}}
	if _, err := b.store.PutRecent(t.Context(), site, 3, gone); err != nil {
		t.Fatal(err)
	}
	a := &alert.Alert{ID: "1772366400000-dear", Site: site, Rule: "dear", State: alert.Raised, Raised: "2026-03-01T11:59:00.000Z", Why: "cpa of campaign <b>spring</b> today is 62.11 USD, above 50.00 USD."}
	if _, err := b.store.PutAlertState(t.Context(), site, alert.State{Rule: "dear", Standing: a}, a, time.Now()); err != nil {
		t.Fatal(err)
	}
	r := fixture(t, "page.json")
	r.RawQueryString = "site=" + site
	res := b.send(r)
	body := strings.ReplaceAll(b.want(res, http.StatusOK, "", ""), site, "SITE")
	if strings.Contains(body, "<script>alert") || strings.Contains(body, "ann@") {
		t.Error("a hostile field came through")
	}
	golden(t, "page.html", withoutOthers(body))
}

// TestPageAdvises ensures that each campaign's advice stands on the page, with its reason, when it is asked for, and that the page
// does not ask again by itself then.
func TestPageAdvises(t *testing.T) {
	b, site := newBench(t, "DASHBOARD_OPEN", "1"), storetest.Site(t)
	b.want(b.ask("PUT", "/v1/sites/"+site, `{}`), http.StatusCreated, "", "")
	ask := func(query string) string {
		r := fixture(t, "page.json")
		r.RawQueryString = "site=" + site + query
		return b.want(b.send(r), http.StatusOK, "", "")
	}
	if body := ask("&advice=1"); !strings.Contains(body, "None is set") {
		t.Errorf("without campaigns: %s", body)
	}
	b.want(b.ask("PUT", "/v1/campaigns/spring?site="+site, `{"name":"Spring <1>","target_roas":4}`), http.StatusCreated, "", "")
	const advised = `<tr><td>Spring &lt;1&gt;</td><td data-name="budget"><b>–</b></td><td class="words">thin: 0 complete days with spend, 14 are needed</td></tr>`
	for query, want := range map[string][2]bool{"": {false, true}, "&advice=1": {true, false}} {
		body := ask(query)
		if got := [2]bool{strings.Contains(body, advised), strings.Contains(body, `http-equiv="refresh"`)}; got != want {
			t.Errorf("%q: advised and again by itself are %v, want %v\n%s", query, got, want, body)
		}
	}
}

// withoutOthers drops the lines of input of no site, which other tests keep in the same table.
func withoutOthers(body string) string {
	var b strings.Builder
	for line := range strings.Lines(body) {
		if !strings.Contains(line, `data-name="site"></td>`) {
			b.WriteString(line)
		}
	}
	return b.String()
}

func (b *bench) keep(site string, received int64, message string) {
	b.t.Helper()
	err := b.store.Keep(b.t.Context(), store.Quarantined{
		ID: "q" + storetest.Site(b.t), Site: site, Received: received, Door: "collect", Code: "invalid_amount", Field: "value", Message: message,
		Raw: `{"type":"conversion","value":"<b>","email":"ann@example.com","phone":"+49 170 1","url":"https://a.b/?e=ann%40example.com"}`,
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// golden compares with a file of testdata; -update writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestPolicy ensures that the page's policy lets nothing but its own style work, on the form too.
func TestPolicy(t *testing.T) {
	b := newBench(t)
	res := b.send(fixture(t, "page.json"))
	b.want(res, http.StatusUnauthorized, "", "")
	_, rest, _ := strings.Cut(res.Body, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	if got := res.Headers["content-security-policy"]; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if strings.Contains(res.Body, "<script") || strings.Contains(res.Body, "http") && strings.Contains(res.Body, "src=") {
		t.Errorf("the form holds a script or loads something: %s", res.Body)
	}
}

// TestSession ensures that the key opens the page for 12 hours, and nothing else does.
func TestSession(t *testing.T) {
	b := newBench(t)
	res := b.send(fixture(t, "login.json"))
	b.want(res, http.StatusSeeOther, "", "")
	if len(res.Cookies) != 1 {
		t.Fatalf("got cookies %q", res.Cookies)
	}
	set, err := http.ParseSetCookie(res.Cookies[0])
	if err != nil {
		t.Fatal(err)
	}
	if !set.HttpOnly || !set.Secure || set.SameSite != http.SameSiteStrictMode || set.Path != "/" || set.Domain != "" || set.MaxAge != 12*60*60 {
		t.Errorf("got %s", res.Cookies[0])
	}
	expiry, signature, _ := strings.Cut(set.Value, ".")
	other := newBench(t, "API_KEY_SHA256", settings.KeyHash("another"))
	unset := newBench(t, "API_KEY_SHA256", "")
	for _, row := range []struct {
		name, cookie string
		b            *bench
		later        time.Duration
		status       int
	}{
		{"good", set.Value, b, 0, 200},
		{"at its last second", set.Value, b, 12*time.Hour - time.Second, 200},
		{"run out", set.Value, b, 12 * time.Hour, 401},
		{"absent", "", b, 0, 401},
		{"unsigned", expiry, b, 0, 401},
		{"signed with nothing", expiry + ".", b, 0, 401},
		{"prolonged", "9" + expiry + "." + signature, b, 0, 401},
		{"of another installation", set.Value, other, 0, 401},
		{"of no key", set.Value, unset, 0, 401},
		{"signed with no key", expiry + "." + unset.sign(expiry), unset, 0, 401},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.b.t, row.b.clock = t, noon.Add(row.later)
			r := fixture(t, "page.json")
			r.Cookies = append(r.Cookies, "__Host-tributary="+row.cookie)
			row.b.want(row.b.send(r), row.status, "", "")
		})
	}
}

func TestLoginRefused(t *testing.T) {
	for _, row := range []struct{ name, body, configured, message string }{
		{"no key", "", adminKey, "Enter the API key."},
		{"another field", "password=x", adminKey, "Enter the API key."},
		{"wrong", "key=wrong", adminKey, "This key is not known."},
		{"the hash", "key=" + settings.KeyHash(adminKey), adminKey, "This key is not known."},
		{"broken form", "key=%zz", adminKey, "Enter the API key."},
		{"an empty hash opens nothing", "key=x", "", "This key is not known."},
	} {
		t.Run(row.name, func(t *testing.T) {
			hash := ""
			if row.configured != "" {
				hash = settings.KeyHash(row.configured)
			}
			b, r := newBench(t, "API_KEY_SHA256", hash), fixture(t, "login.json")
			r.Body, r.IsBase64Encoded = row.body, false
			res := b.send(r)
			if body := b.want(res, http.StatusUnauthorized, "", ""); !strings.Contains(body, row.message) || len(res.Cookies) > 0 {
				t.Errorf("got %s with cookies %q", body, res.Cookies)
			}
		})
	}
}

// TestPageOfUnknownSite ensures a clear refusal, behind the key only.
func TestPageOfUnknownSite(t *testing.T) {
	for open, status := range map[string]int{"1": 400, "": 401, "true": 401} {
		b, r := newBench(t, "DASHBOARD_OPEN", open), fixture(t, "page.json")
		r.RawQueryString = "site=nowhere-" + storetest.Site(t)
		if res := b.send(r); res.StatusCode != status {
			t.Errorf("open=%q: got %d %s", open, res.StatusCode, res.Body)
		}
	}
}

// TestQuarantine ensures that refusals are listed newest first and without what is private.
func TestQuarantine(t *testing.T) {
	b, site := newBench(t), storetest.Site(t)
	for i := range int64(3) {
		b.keep(site, noon.UnixMilli()+i, "of ann@example.com")
	}
	body := b.want(b.ask("GET", "/v1/quarantine?limit=2&site="+site, ""), http.StatusOK, "", "")
	if strings.Contains(body, "ann") || strings.Contains(body, "170") || !strings.Contains(body, `conversion`) {
		t.Errorf("got %s", body)
	}
	answer := fieldsOf(t, body)
	list, _ := answer["quarantine"].([]any)
	if len(list) != 2 {
		t.Fatalf("got %d entries", len(list))
	}
	if first, _ := list[0].(map[string]any); first["received"] != float64(noon.UnixMilli()+2) || first["code"] != "invalid_amount" {
		t.Errorf("first is %v", first)
	}
	b.want(b.ask("GET", "/v1/quarantine", ""), http.StatusOK, "", "")
	b.want(b.ask("GET", "/v1/quarantine?site=-", ""), http.StatusOK, "", "")
	for _, limit := range []string{"0", "201", "ten", "-1"} {
		b.want(b.ask("GET", "/v1/quarantine?limit="+limit, ""), 400, "invalid_query", "limit")
	}
	b.want(b.ask("GET", "/v1/quarantine?site=a%23b", ""), 400, "invalid_field", "site")
}

func TestMasked(t *testing.T) {
	for in, want := range map[string]string{
		`no secret`:                           `no secret`,
		`{"email":"ann@example.com"}`:         `{"email":"…@…"}`,
		`u=ann%40example.com&x=1`:             `u=…@…&x=1`,
		`{"e":"ann\u0040example.com"}`:        `{"e":"…@…"}`,
		`{"phone": "+49 170 12", "type":"x"}`: `{"phone": "…", "type":"x"}`,
		`{"phone":4917012,"type":"x"}`:        `{"phone":"…","type":"x"}`,
		`{"app_key":"a\"b","type":"x"}`:       `{"app_key":"…","type":"x"}`,
		`{"app_key":"cut short`:               `{"app_key":"…"`,
	} {
		if got := masked(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestShifted(t *testing.T) {
	for _, row := range []struct {
		n      int64
		digits int
		want   string
	}{
		{0, 2, "0.00"},
		{5, 2, "0.05"},
		{-5, 2, "-0.05"},
		{1990, 2, "19.90"},
		{500, 0, "500"},
		{-500, 0, "-500"},
		{1500, 6, "0.0015"},
		{2_000_000, 6, "2.00"},
		{1234, 3, "1.234"},
		{-1 << 63, 2, "-92233720368547758.08"},
	} {
		if got := shifted(row.n, row.digits); got != row.want {
			t.Errorf("%d / 10^%d: got %s, want %s", row.n, row.digits, got, row.want)
		}
	}
}

func TestFigureOf(t *testing.T) {
	for _, row := range []struct{ name, raw, want string }{
		{"clicks", "12", "12"},
		{"ctr", "0.0333333333", "0.0333"},
		{"ctr", "null", "–"},
		{"ctr", "1e-7", "1e-7"},
		{"revenue_gross_minor", "123456", "1234.56 EUR"},
		{"media_cost_micros", "1500000", "1.50 EUR"},
	} {
		if got := figureOf(row.name, row.raw, "EUR").Value; got != row.want {
			t.Errorf("%s %s: got %s, want %s", row.name, row.raw, got, row.want)
		}
	}
}

// TestAddress ensures that the examples lead where this installation answers.
func TestAddress(t *testing.T) {
	for _, row := range []struct {
		name, public, open, host, proto, want string
	}{
		{"as deployed", "https://t.example.com", "", "other.example.com", "https", "https://t.example.com"},
		{"as asked", "", "", "a.execute-api.eu-central-1.amazonaws.com", "https", "https://a.execute-api.eu-central-1.amazonaws.com"},
		{"laptop", "", "1", "127.0.0.1:3000", "", "http://127.0.0.1:3000"},
		{"laptop behind a proxy", "", "1", "laptop.example.com", "https", "https://laptop.example.com"},
		{"no host", "", "", "", "https", "https://api.example.com"},
		{"what is no host", "", "", "a;rm -rf $HOME", "https", "https://localhost"},
	} {
		s := newServer(nil, nil, func(name string) string {
			return map[string]string{"PUBLIC_URL": row.public, "DASHBOARD_OPEN": row.open}[name]
		}, time.Now)
		r := &httpapi.Request{Headers: map[string]string{"host": row.host, "x-forwarded-proto": row.proto}}
		r.RequestContext.DomainName = "api.example.com"
		if got := s.address(r); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
}

// TestEventGone ensures that the page passes over an event that has been removed since it was noted.
func TestEventGone(t *testing.T) {
	e, err := storetest.Open(t).EventAt(context.Background(), storetest.Site(t), "A#x", "T#y")
	if e != nil || err != nil {
		t.Errorf("got %v, %v", e, err)
	}
}
