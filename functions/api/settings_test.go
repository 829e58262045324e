package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// putRaw stores a site's body as no PUT would.
func putRaw(t *testing.T, b *bench, id, body string) {
	t.Helper()
	if _, err := b.store.PutSetting(t.Context(), store.Sites, store.Setting{ID: id, Body: []byte(body)}); err != nil {
		t.Fatal(err)
	}
}

// fields reads an answer's object.
func fieldsOf(t *testing.T, body string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return m
}

// TestSiteLife ensures 404, 201, 200, 200, 204 and 404, and that what is answered can be sent back.
func TestSiteLife(t *testing.T) {
	b, site := newBench(t), storetest.Site(t)
	path := "/v1/sites/" + site
	b.want(b.ask("GET", path, ""), 404, "not_found", "id")
	created := b.ask("PUT", path, `{"currency":"EUR","tz":"Asia/Kolkata","app_key":"an-app-key-0123456789"}`)
	body := b.want(created, http.StatusCreated, "", "")
	for _, secret := range []string{"an-app-key", settings.KeyHash("an-app-key-0123456789"), "zone_data"} {
		if strings.Contains(body, secret) {
			t.Errorf("%q is answered: %s", secret, body)
		}
	}
	if got := fieldsOf(t, body); got["currency"] != "EUR" || got["id"] != site || got["app_key_set"] != true {
		t.Errorf("got %s", body)
	}
	replaced := b.ask("PUT", path, body)
	if again := b.want(replaced, http.StatusOK, "", ""); again != body {
		t.Errorf("sent back: got %s, want %s", again, body)
	}
	stored, found, err := b.store.Site(t.Context(), site)
	if err != nil || !found || stored.AppKeySHA256 != settings.KeyHash("an-app-key-0123456789") || !stored.Fractional() {
		t.Errorf("stored: %+v, %t, %v", stored, found, err)
	}
	got := b.ask("GET", path, "")
	if b.want(got, http.StatusOK, "", "") != body || got.Headers["etag"] != `"2"` || replaced.Headers["etag"] != `"2"` {
		t.Errorf("got %s with ETag %s", got.Body, got.Headers["etag"])
	}
	b.want(b.ask("DELETE", path, ""), http.StatusNoContent, "", "")
	b.want(b.ask("DELETE", path, ""), 404, "not_found", "id")
}

// TestDefaultSiteLife ensures that default is there, can be set, listed and reset. It is the one test that changes it.
func TestDefaultSiteLife(t *testing.T) {
	b := newBench(t)
	t.Cleanup(func() { b.ask("DELETE", "/v1/sites/default", "") })
	before := b.want(b.ask("GET", "/v1/sites/default", ""), http.StatusOK, "", "")
	b.want(b.ask("DELETE", "/v1/sites/default", ""), http.StatusNoContent, "", "")
	if list := b.want(b.ask("GET", "/v1/sites", ""), http.StatusOK, "", ""); strings.Count(list, `"id":"default"`) != 1 {
		t.Errorf("listed: %s", list)
	}
	b.want(b.ask("PUT", "/v1/sites/default", `{"currency":"EUR"}`), http.StatusCreated, "", "")
	if list := b.want(b.ask("GET", "/v1/sites", ""), http.StatusOK, "", ""); strings.Count(list, `"id":"default"`) != 1 {
		t.Errorf("listed: %s", list)
	}
	b.want(b.ask("DELETE", "/v1/sites/default", ""), http.StatusNoContent, "", "")
	if after := b.want(b.ask("GET", "/v1/sites/default", ""), http.StatusOK, "", ""); after != before {
		t.Errorf("after the reset: got %s, want %s", after, before)
	}
}

// TestCollections puts, lists and removes what a site holds.
func TestCollections(t *testing.T) {
	b, site := newBench(t), storetest.Site(t)
	b.want(b.ask("PUT", "/v1/sites/"+site, `{"currency":"JPY"}`), http.StatusCreated, "", "")
	for _, row := range []struct{ name, body, want string }{
		{"goals", `{"kind":"order","once":true,"value":"500"}`, `{"id":"b","kind":"order","primary":false,"once":true,"value":"500","currency":"JPY"}`},
		{"campaigns", `{"channel":"Email","budget":{"amount":100}}`, `{"id":"b","channel":"Email","budget":{"amount":"100","currency":"JPY","period":"total"}}`},
		{"links", `{"target":"https://shop.example/?a=1&b=2"}`, `{"id":"b","target":"https://shop.example/?a=1\u0026b=2","click_param":"trb"}`},
		{"programs", `{"target":"https://shop.example/","campaign":"friends"}`, `{"id":"b","target":"https://shop.example/","campaign":"friends","channel":"Referral","click_param":"trb"}`},
		{"codes", `{"program":"friends","advocate":"u_1"}`, `{"id":"b","program":"friends","advocate":"u_1","invite_id":"b"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			path, in := "/v1/"+row.name, "?site="+site
			for _, id := range []string{"b", "a"} {
				if got := b.want(b.ask("PUT", path+"/"+id+in, row.body), http.StatusCreated, "", ""); id == "b" && got != row.want {
					t.Errorf("put: got %s, want %s", got, row.want)
				}
			}
			if got := b.want(b.ask("GET", path+"/b"+in, ""), http.StatusOK, "", ""); got != row.want {
				t.Errorf("get: got %s, want %s", got, row.want)
			}
			list := fieldsOf(t, b.want(b.ask("GET", path+in, ""), http.StatusOK, "", ""))
			if all, _ := list[row.name].([]any); len(all) != 2 || list["next"] != nil {
				t.Errorf("listed: %v", list)
			}
			list = fieldsOf(t, b.want(b.ask("GET", path+in+"&after=a", ""), http.StatusOK, "", ""))
			if all, _ := list[row.name].([]any); len(all) != 1 {
				t.Errorf("listed after a: %v", list)
			}
			b.want(b.ask("GET", path+"/b", ""), 404, "not_found", "id") // of the site default
			b.want(b.ask("DELETE", path+"/b"+in, ""), http.StatusNoContent, "", "")
			b.want(b.ask("GET", path+"/b"+in, ""), 404, "not_found", "id")
		})
	}
}

func TestSettingsRefused(t *testing.T) {
	b, site := newBench(t), storetest.Site(t)
	b.want(b.ask("PUT", "/v1/sites/"+site, `{}`), http.StatusCreated, "", "")
	for _, row := range []struct {
		name, method, target, body string
		status                     int
		code, field                string
	}{
		{"id", "PUT", "/v1/sites/a%20b", `{}`, 400, "invalid_field", "id"},
		{"long id", "PUT", "/v1/sites/" + strings.Repeat("a", 65), `{}`, 400, "invalid_field", "id"},
		{"unknown field", "PUT", "/v1/sites/" + site, `{"colour":"red"}`, 400, "invalid_field", "colour"},
		{"no JSON", "PUT", "/v1/sites/" + site, `currency=USD`, 400, "invalid_json", ""},
		{"too large", "PUT", "/v1/sites/" + site, `{"x":"` + strings.Repeat("x", settings.MaxBody) + `"}`, 413, "too_large", ""},
		{"unknown site", "PUT", "/v1/goals/g?site=nowhere-" + site, `{}`, 400, "unknown_site", "site"},
		{"unknown site in a list", "GET", "/v1/goals?site=nowhere-" + site, "", 400, "unknown_site", "site"},
		{"link to a script", "PUT", "/v1/links/l?site=" + site, `{"target":"javascript:alert(1)"}`, 400, "invalid_field", "target"},
		{"broken query", "GET", "/v1/goals?site=%zz", "", 400, "invalid_query", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			b.t = t
			b.want(b.ask(row.method, row.target, row.body), row.status, row.code, row.field)
		})
	}
}

// TestIfMatch ensures that nobody overwrites what they have not seen, where they ask for that.
func TestIfMatch(t *testing.T) {
	b, site := newBench(t), storetest.Site(t)
	path := "/v1/sites/" + site
	b.want(b.ask("PUT", path, `{}`, "if-match", `"1"`), 409, "concurrent_update", "")
	b.want(b.ask("PUT", path, `{}`, "if-match", "*"), 409, "concurrent_update", "")
	b.want(b.ask("PUT", path, `{}`), http.StatusCreated, "", "")
	b.want(b.ask("PUT", path, `{}`, "if-match", `"1"`), http.StatusOK, "", "")
	b.want(b.ask("PUT", path, `{}`, "if-match", `"1"`), 409, "concurrent_update", "")
	b.want(b.ask("DELETE", path, "", "if-match", `"1"`), 409, "concurrent_update", "")
	b.want(b.ask("PUT", path, `{}`, "if-match", "*"), http.StatusOK, "", "")
	b.want(b.ask("DELETE", path, "", "if-match", `"3"`), http.StatusNoContent, "", "")
}

// TestKeyLife ensures that a key's secret is answered once, opens the door and ends with the key.
func TestKeyLife(t *testing.T) {
	b, id := newBench(t), storetest.Site(t)
	path := "/v1/keys/" + id
	b.want(b.ask("GET", path, ""), 404, "not_found", "id")
	key := fieldsOf(t, b.want(b.ask("PUT", path, `{"label":"CI"}`), http.StatusCreated, "", ""))
	secret, _ := key["secret"].(string)
	if len(secret) < 24 || key["id"] != id || key["created"] != "2026-03-01T12:00:00Z" {
		t.Fatalf("created: %v", key)
	}
	b.want(b.ask("GET", "/v1/sites", "", "authorization", "Bearer "+secret), http.StatusOK, "", "")

	shown := map[string]any{"id": id, "label": "laptop", "created": "2026-03-01T12:00:00Z"}
	again := fieldsOf(t, b.want(b.ask("PUT", path, `{"label":"laptop"}`), http.StatusOK, "", ""))
	if diff := cmp.Diff(shown, again); diff != "" {
		t.Errorf("put again (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(shown, fieldsOf(t, b.want(b.ask("GET", path, ""), http.StatusOK, "", ""))); diff != "" {
		t.Errorf("get (-want +got):\n%s", diff)
	}
	list := b.want(b.ask("GET", "/v1/keys", ""), http.StatusOK, "", "")
	if !strings.Contains(list, id) || strings.Contains(list, secret) || strings.Contains(list, settings.KeyHash(secret)) {
		t.Errorf("listed: %s", list)
	}
	b.want(b.ask("GET", "/v1/sites", "", "authorization", "Bearer "+secret), http.StatusOK, "", "")
	b.want(b.ask("PUT", path, `{"secret":"of-my-own-choice"}`), 400, "invalid_field", "secret")
	b.want(b.ask("DELETE", path, ""), http.StatusNoContent, "", "")
	b.want(b.ask("GET", "/v1/sites", "", "authorization", "Bearer "+secret), http.StatusUnauthorized, "unauthorized", "")
	b.want(b.ask("DELETE", path, ""), 404, "not_found", "id")
}
