package main_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// hostile is what must come back from no public door: it would run where a browser takes an answer for a page, tear a
// header, or show a person's address to whoever reads logs.
const (
	markup  = `<svg onload=alert(1)>`
	injured = "x\r\nset-cookie: owned=1"
	person  = "ada.lovelace@example.org"
)

// hostileBodies are sent wherever a body is taken.
func hostileBodies() []string {
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	return []string{
		markup, `{"` + markup + `":1}`, `{"events":[{"type":"` + markup + `","` + markup + `":"` + strings.Repeat(markup, 300) + `"}]}`,
		`{"events":[{"type":"visit","site":"` + markup + `"},{"type":"visit","id":"` + markup + `","currency":"` + markup + `","value":"` + markup + `"}]}`,
		`{"events":[{"type":"visit","` + person + `":{"` + person + `":"` + strings.Repeat("x", 3000) + `"}}]}`,
		`{"events":` + deep + `}`, `{"events":"` + markup + `"}`, "\xff\xfe" + markup, `{"app_key":"` + markup + `","events":[{"type":"visit"}]}`,
	}
}

// hostileQueries are sent to every route.
func hostileQueries() []string {
	q := url.QueryEscape
	return []string{
		"site=" + q(markup) + "&s=" + q(markup), q(markup) + "=" + q(strings.Repeat(markup, 200)), "v=" + q(injured) + "&" + q(injured) + "=1&e=" + q(injured),
		"e=conversion&val=" + q(markup) + "&cur=" + q(markup), "t=" + q(markup), "url=" + q("https://evil.example/"+markup) + "&ref=" + q(markup),
		"target=https://evil.example/&url=https://evil.example/&to=//evil.example", q(person) + "=" + q(strings.Repeat(person, 200)),
		"%zz", "a=%ff", strings.Repeat("a=1&", 300), "m=" + q(markup) + "&u=" + q("r1."+strings.Repeat("A", 64)),
	}
}

// TestHostileInputComesBackFromNoRoute ensures, on the real functions behind the gateway, that no route sends input back to
// whoever shows no key, that none is a way to a host of the sender's choice, and that every answer of a function has the
// headers of a careful CDN.
func TestHostileInputComesBackFromNoRoute(t *testing.T) {
	s := startStack(t, "", nil)
	_, resources := readTemplate(t)
	client := &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	seen := map[string]bool{}
	for _, e := range eventsOf(resources, "HttpApi") {
		method, path := e["Method"].(string), e["Path"].(string)
		if seen[method+path] {
			continue
		}
		seen[method+path] = true
		for _, fill := range []string{"none", url.PathEscape(markup), url.PathEscape(person), "%2F%2Fevil.example", "..%2f..%2fetc"} {
			at := path
			if i := strings.IndexByte(path, '{'); i >= 0 {
				at = path[:i] + fill
			} else if fill != "none" {
				continue
			}
			for i, query := range hostileQueries() {
				bodies := hostileBodies()
				s.attack(t, client, method, at+"?"+query, bodies[i%len(bodies)])
			}
			if method == http.MethodPost {
				for _, body := range hostileBodies() {
					s.attack(t, client, method, at, body)
				}
			}
		}
	}
	if len(seen) < 10 {
		t.Errorf("only %d routes were tried", len(seen))
	}
	if text := s.out.String(); strings.Contains(text, person) || strings.Contains(text, markup) {
		t.Error("the runner's output shows what was sent")
	}
}

// attack sends one request and looks at all that comes back.
func (s *stack) attack(t *testing.T, client *http.Client, method, target, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Content-Type": "text/plain", "Origin": "https://evil.example", "Referer": "https://evil.example/" + url.PathEscape(markup), "User-Agent": "Mozilla/5.0 " + markup,
		"X-Forwarded-For": markup, "X-Forwarded-Host": "evil.example", "Cookie": "tributary_id=" + url.PathEscape(markup), "Webhook-Id": markup,
	} {
		r.Header.Set(name, value)
	}
	res, err := client.Do(r)
	if err != nil {
		t.Errorf("%s %.80s: %v", method, target, err)
		return
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		t.Errorf("%s %.80s: %v", method, target, err)
	}
	all := string(answer)
	for name, values := range res.Header {
		if name == "Access-Control-Allow-Origin" { // an origin may be told that it is allowed to read that an event was taken
			continue
		}
		all += "\n" + name + ": " + strings.Join(values, ",")
	}
	for _, bad := range []string{"<svg", "onload=alert", "owned=1", "ada.lovelace", "evil.example"} {
		if strings.Contains(all, bad) {
			t.Errorf("%s %.80s sends back %s:\n%.600s", method, target, bad, all)
		}
	}
	if res.StatusCode >= 500 {
		t.Errorf("%s %.80s: %d %.200s", method, target, res.StatusCode, answer)
	}
	if strings.Contains(string(answer), `"message":"Not Found"`) || method == http.MethodHead && res.StatusCode == http.StatusNotFound {
		return // the gateway's own answer
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Strict-Transport-Security": "max-age=31536000"} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s %.80s: %d with %s %q, want %q", method, target, res.StatusCode, name, got, want)
		}
	}
	for _, name := range []string{"Cache-Control", "Referrer-Policy", "Cross-Origin-Resource-Policy"} {
		if res.Header.Get(name) == "" {
			t.Errorf("%s %.80s: %d without %s", method, target, res.StatusCode, name)
		}
	}
	if origin := res.Header.Get("Access-Control-Allow-Origin"); origin != "" && origin != "*" && !(origin == "https://evil.example" && res.Header.Get("Vary") != "") {
		t.Errorf("%s %.80s trusts %q", method, target, origin)
	}
}
