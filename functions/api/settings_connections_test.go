package main

import (
	"net/http"
	"strings"
	"testing"

	"tributary/shared/settings"
	"tributary/shared/store/storetest"
)

// Ensures that a connection's secrets are written and never read back, stay where a PUT leaves them out, and that what a
// GET answers can be sent back.
func TestConnectionLife(t *testing.T) {
	b, id := newBench(t), storetest.Site(t)
	path := "/v1/connections/" + id
	b.want(b.ask("GET", path, ""), 404, "not_found", "id")
	body := `{"provider":"hmac","header":"X-Sig","secrets":["current-secret","previous-secret"],"token":"pat-secret","previous_until":"2026-03-01T00:00:00Z"}`
	created := b.want(b.ask("PUT", path, body), http.StatusCreated, "", "")
	if got := fieldsOf(t, created); got["secrets_set"] != 2.0 || got["token_set"] != true || got["site"] != settings.DefaultID {
		t.Errorf("got %s", created)
	}
	again := b.want(b.ask("PUT", path, created), http.StatusOK, "", "")
	list := b.want(b.ask("GET", "/v1/connections", ""), http.StatusOK, "", "")
	for what, answer := range map[string]string{"PUT": created, "PUT again": again, "GET": b.want(b.ask("GET", path, ""), 200, "", ""), "list": list} {
		if strings.Contains(answer, "current-secret") || strings.Contains(answer, "previous-secret") || strings.Contains(answer, "pat-secret") {
			t.Errorf("%s answers a secret: %s", what, answer)
		}
	}
	stored, found, err := b.store.Connection(t.Context(), id)
	if err != nil || !found || len(stored.Secrets) != 2 || stored.Secrets[0] != "current-secret" || stored.Token != "pat-secret" {
		t.Errorf("stored: %v, %t, %v", stored, found, err)
	}
	b.want(b.ask("PUT", path, `{"provider":"hmac","header":"X-Sig","secrets":["new-secret"],"token":null}`), http.StatusOK, "", "")
	if stored, _, err = b.store.Connection(t.Context(), id); err != nil || len(stored.Secrets) != 1 || stored.Secrets[0] != "new-secret" || stored.Token != "" {
		t.Errorf("replaced: %v, %v", stored, err)
	}
	b.want(b.ask("DELETE", path, ""), http.StatusNoContent, "", "")
	b.want(b.ask("GET", path, ""), 404, "not_found", "id")
}

// Ensures that what could never verify a delivery, or would take any, is refused when it is set, without repeating it.
func TestConnectionRefusals(t *testing.T) {
	b, id := newBench(t), storetest.Site(t)
	for _, c := range []struct{ name, body, field string }{
		{"no provider", `{"secrets":["a-secret"]}`, "provider"},
		{"an unknown provider", `{"provider":"acme","secrets":["a-secret"]}`, "provider"},
		{"no secret", `{"provider":"hmac","header":"X-Sig"}`, "secrets"},
		{"no secrets", `{"provider":"hmac","header":"X-Sig","secrets":[]}`, "secrets"},
		{"an empty secret", `{"provider":"hmac","header":"X-Sig","secrets":[""]}`, "secrets[0]"},
		{"white space", `{"provider":"hmac","header":"X-Sig","secrets":[" "]}`, "secrets[0]"},
		{"an empty secret before", `{"provider":"hmac","header":"X-Sig","secrets":["a-secret",""]}`, "secrets[1]"},
		{"no text", `{"provider":"hmac","header":"X-Sig","secrets":[7]}`, "secrets[0]"},
		{"three secrets", `{"provider":"hmac","header":"X-Sig","secrets":["a","b","c"]}`, "secrets"},
		{"the same twice", `{"provider":"hmac","header":"X-Sig","secrets":["a-secret","a-secret"]}`, "secrets[1]"},
		{"no header", `{"provider":"hmac","secrets":["a-secret"]}`, "header"},
		{"no base64", `{"provider":"standard","secrets":["whsec_%a-secret%"]}`, "secrets"},
		{"nothing behind the prefix", `{"provider":"standard","secrets":["whsec_"]}`, "secrets"},
		{"half a public key", `{"provider":"standard","secrets":["whpk_AAAA"]}`, "secrets"},
		{"a token that is guessed", `{"provider":"token","secrets":["a-secret"]}`, "secrets"},
		{"no address", `{"provider":"token","secrets":["0123456789abcdef"],"addresses":["203.0.113.300"]}`, "addresses[0]"},
		{"a field misspelt", `{"provider":"token","secret":["a-secret"]}`, "secret"},
		{"an encoding unheard of", `{"provider":"hmac","header":"X-Sig","encoding":"base58","secrets":["a-secret"]}`, "encoding"},
		{"no time", `{"provider":"hmac","header":"X-Sig","secrets":["a-secret"],"previous_until":"tomorrow"}`, "previous_until"},
	} {
		res := b.ask("PUT", "/v1/connections/"+id, c.body)
		code := fieldsOf(t, res.Body)["error"].(map[string]any)["code"].(string)
		body := b.want(res, 400, code, c.field)
		if strings.Contains(body, "a-secret") {
			t.Errorf("%s: the answer repeats the secret: %s", c.name, body)
		}
	}
}
