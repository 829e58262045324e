package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/recipient"
	"tributary/shared/settings"
	"tributary/shared/store/storetest"
)

// tokens asks for the tokens of some addresses.
func tokens(t *testing.T, b *bench, site, body string) (version int, list []string) {
	t.Helper()
	var answer struct {
		Version int
		Tokens  []string
	}
	if err := json.Unmarshal([]byte(b.want(b.ask("POST", "/v1/recipients?site="+site, body), http.StatusOK, "", "")), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Version, answer.Tokens
}

// Ensures that a mailing gets its tokens in order, that one stands for an address however it is written, and that tokens
// of before a rotation still open.
func TestRecipients(t *testing.T) {
	b := newBench(t)
	site := storetest.MakeSite(t, b.store, `{}`)
	hash, err := event.HashEmail("ada@example.org")
	if err != nil {
		t.Fatal(err)
	}
	before, old := tokens(t, b, site, `{"emails":["Ada@Example.org ","bob@example.org","`+hash+`"]}`)
	if len(old) != 3 || old[0] != old[2] || old[0] == old[1] {
		t.Fatalf("tokens %q", old)
	}
	b.want(b.ask("POST", "/v1/recipients/rotate", "{}"), http.StatusOK, "", "")
	after, fresh := tokens(t, b, site, `{"emails":["ada@example.org"]}`)
	if after <= before || fresh[0] == old[0] {
		t.Errorf("version %d after %d, token %s after %s", after, before, fresh[0], old[0])
	}
	keys, err := b.store.RecipientKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{old[0], fresh[0]} {
		if got, ok := recipient.Open(keys, site, token); !ok || got != hash {
			t.Errorf("%s opens to %q, %v; want %s", token, got, ok, hash)
		}
	}
}

// Ensures that bad lists are refused without a word of what they hold, and that nobody reads the signing keys.
func TestRecipientsAreRefused(t *testing.T) {
	b := newBench(t)
	many := `{"emails":["` + strings.Repeat(`a@example.org","`, maxRecipients) + `a@example.org"]}`
	for _, c := range []struct{ name, body, code, field string }{
		{"no JSON", `<script>`, "invalid_json", "emails"},
		{"none", `{"emails":[]}`, "invalid_json", "emails"},
		{"no address", `{"emails":["ada@example.org","<script>"]}`, "invalid_field", "emails[1]"},
		{"too many", many, "too_many", "emails"},
	} {
		if body := b.want(b.ask("POST", "/v1/recipients", c.body), 400, c.code, c.field); strings.Contains(body, "<script>") {
			t.Errorf("%s: answered %s", c.name, body)
		}
	}
	b.want(b.ask("POST", "/v1/recipients?site=nowhere", `{"emails":["ada@example.org"]}`), 400, "unknown_site", "site")
	b.want(b.ask("POST", "/v1/recipients", `{"emails":["ada@example.org"]}`, "authorization", "Bearer no"), 401, "unauthorized", "")
	for _, path := range []string{"/v1/secrets", "/v1/secrets/recipient", "/v1/recipients"} {
		if res := b.ask("GET", path, ""); res.StatusCode != 404 && res.StatusCode != 405 {
			t.Errorf("GET %s: %d %s", path, res.StatusCode, res.Body)
		}
	}
}

// Ensures that the store keeps a bounded number of keys, newest first.
func TestRecipientKeysAreBounded(t *testing.T) {
	b := newBench(t)
	for range 20 {
		if _, err := b.store.AddRecipientKey(t.Context(), []byte(settings.KeyHash("x"))[:recipient.SecretBytes]); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := b.store.RecipientKeys(t.Context())
	if err != nil || len(keys) != 12 {
		t.Fatalf("%d keys, %v; want 12", len(keys), err)
	}
	var versions, want []int
	for i, k := range keys {
		versions, want = append(versions, k.Version), append(want, keys[0].Version-i)
	}
	if d := cmp.Diff(want, versions); d != "" {
		t.Errorf("versions (-want +got):\n%s", d)
	}
}
