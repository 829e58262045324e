package main_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// browse follows an address as a person's browser, or what poses as one, and goes no further than its answer.
func browse(t *testing.T, address string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36")
	req.Header.Set("Accept-Language", "en")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusFound {
		t.Fatalf("%s: %s", address, res.Status)
	}
}

// TestScannerInAMail ensures that a scanner which follows every link of a mail within a moment, the hidden one last, is in the
// end no click of any channel, campaign or link, while another recipient's click of the same mail stays one.
func TestScannerInAMail(t *testing.T) {
	s := startStack(t, "", nil)
	links := []string{"a", "b", "c", "pot"}
	for _, link := range links {
		s.must(t, http.MethodPut, "/v1/links/"+link, map[string]any{
			"target": "https://shop.example/" + link, "campaign": "spring", "channel": "Email", "honeypot": link == "pot",
		}, nil)
	}
	var mailed struct{ Tokens []string }
	s.must(t, http.MethodPost, "/v1/recipients", map[string]any{"emails": []string{"ada@example.org", "eve@example.org"}}, &mailed)
	if len(mailed.Tokens) != 2 {
		t.Fatalf("got %d tokens, want 2", len(mailed.Tokens))
	}
	var sent posted
	s.must(t, http.MethodPost, "/v1/events", map[string]any{"events": []map[string]any{
		{"type": "email_sent", "message_id": "m1", "email": "ada@example.org"}, {"type": "email_sent", "message_id": "m1", "email": "eve@example.org"},
	}}, &sent)
	follow := func(link, token string) { browse(t, s.URL+"/c/"+link+"?m=m1&u="+url.QueryEscape(token)) }
	want := func(query string, clicks, invalid float64) {
		t.Helper()
		for name, n := range map[string]float64{"clicks": clicks, "invalid_clicks": invalid} {
			if got := figure(t, s, query+"&kpis=clicks,invalid_clicks&last=today", name); got != n {
				t.Errorf("%s: %s is %v, want %v", strings.TrimPrefix(query, "by="), name, got, n)
			}
		}
	}
	follow("a", mailed.Tokens[1])
	for _, link := range links { // the hidden link makes a machine's what was clicked in the 10 seconds before
		follow(link, mailed.Tokens[0])
	}
	s.idle(t)
	for _, query := range []string{"site=default", "channel=Email", "campaign=spring"} {
		want(query, 1, 4)
	}
	want("link=a", 1, 1)
	want("link=b", 0, 1)
	want("link=pot", 0, 1)
	if got := figure(t, s, "kpis=email_click_rate&last=today", "email_click_rate"); got != 0.5 {
		t.Errorf("email_click_rate is %v, want that of one recipient of two", got)
	}
	var recounted struct{ Judged, Drifting int }
	s.must(t, http.MethodPost, "/2015-03-31/functions/reconcile/invocations", map[string]any{"run": "scanner", "settled": time.Now().UTC().Truncate(time.Hour).Add(time.Hour).Format(time.RFC3339)}, &recounted)
	if recounted.Judged == 0 || recounted.Drifting != 0 {
		t.Errorf("the recount says %+v, want no drift", recounted)
	}
}
