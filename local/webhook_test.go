package main_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// hook is a provider end to end: a sale, and what is given back of it, both as it sends them.
type hook struct {
	provider, settings string
	sale, refund       []string // fixtures of shared/webhook/<provider>/testdata
	order              string
	gross, net         float64
	sign               func(h http.Header, at time.Time, path string, body []byte)
}

// hookSecret signs all deliveries of the test. It must stand nowhere but in the table.
const hookSecret = "whsec_end-to-end-secret-0123456789"

func mac(parts ...string) []byte {
	m := hmac.New(sha256.New, []byte(hookSecret))
	for _, p := range parts {
		m.Write([]byte(p))
	}
	return m.Sum(nil)
}

var hooks = []hook{
	{
		provider: "stripe", sale: []string{"checkout.session.completed", "payment_intent.succeeded", "charge.succeeded"}, refund: []string{"refund.created", "charge.refunded"},
		order: "1001", gross: 4998, net: 3498,
		sign: func(h http.Header, at time.Time, _ string, body []byte) {
			t := strconv.FormatInt(at.Unix(), 10)
			h.Set("Stripe-Signature", "t="+t+",v1="+hex.EncodeToString(mac(t, ".", string(body))))
		},
	},
	{
		provider: "shopify", sale: []string{"orders.create", "orders.paid"}, refund: []string{"refunds.create", "orders.updated.refunded"},
		order: "5940139491001", gross: 10_000, net: 7_000,
		sign: func(h http.Header, _ time.Time, _ string, body []byte) {
			h.Set("X-Shopify-Hmac-Sha256", base64.StdEncoding.EncodeToString(mac(string(body))))
		},
	},
	{
		provider: "hubspot", settings: `,"public_url":"https://crm.example.com/hooks/x"`, sale: []string{"workflow.won"}, order: "18500001", gross: 125_000, net: 125_000,
		sign: func(h http.Header, at time.Time, _ string, body []byte) {
			t := strconv.FormatInt(at.UnixMilli(), 10)
			h.Set("X-HubSpot-Request-Timestamp", t)
			h.Set("X-HubSpot-Signature-v3", base64.StdEncoding.EncodeToString(mac("POST", "https://crm.example.com/hooks/x", string(body), t)))
		},
	},
}

// base is when the fixtures' sales were made; shifted moves a fixture so that they were made sixty days ago, whatever day it is.
var (
	base    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	seconds = regexp.MustCompile(`\b177\d{7}(000)?\b`)
	written = regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`)
)

func shifted(body []byte, by time.Duration) []byte {
	body = seconds.ReplaceAllFunc(body, func(s []byte) []byte {
		n, _ := strconv.ParseInt(string(s), 10, 64)
		if len(s) > 10 {
			return strconv.AppendInt(nil, n+by.Milliseconds(), 10)
		}
		return strconv.AppendInt(nil, n+int64(by.Seconds()), 10)
	})
	return written.ReplaceAllFunc(body, func(s []byte) []byte {
		t, err := time.Parse(time.RFC3339Nano, string(s))
		if err != nil {
			return s
		}
		return []byte(t.Add(by).UTC().Format(time.RFC3339Nano))
	})
}

// deliver sends one fixture to a connection, signed, and as change leaves it.
func (h *hook) deliver(t *testing.T, s *stack, connection, file string, by time.Duration, change func(r *http.Request, body []byte) []byte) (int, string) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("../shared/webhook", h.provider, "testdata", file+".json"))
	if err != nil {
		t.Fatal(err)
	}
	body = shifted(body, by)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/hooks/"+connection, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Shopify-Topic", strings.Join(strings.SplitN(file, ".", 3)[:2], "/"))
	r.Header.Set("X-Shopify-Webhook-Id", connection+"-"+file)
	h.sign(r.Header, time.Now(), r.URL.Path, body)
	if change != nil {
		body = change(r, body)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(answer)
}

// figures are the sums of a site over all the fixtures' time.
func figures(t *testing.T, s *stack, site string, from time.Time) map[string]any {
	t.Helper()
	var got struct{ Rows []map[string]any }
	s.must(t, http.MethodGet, "/v1/kpis?site="+site+"&from="+from.Format(time.DateOnly)+"&to="+time.Now().AddDate(0, 0, 2).Format(time.DateOnly)+
		"&kpis=conversions,revenue_gross_minor,revenue_net_minor", nil, &got)
	return got.Rows[0]
}

// Ensures that a provider's connection, made through the API, takes its deliveries and no forged ones; that the sale stands in
// the journey of the visitor whom it names, with credit, and moves the KPIs; that a refund is taken back, once, however often
// and in whatever order it is told; and that the secret stands in no log and no answer.
func TestWebhooksEndToEnd(t *testing.T) {
	s := startStack(t, "", nil)
	by := time.Since(base) - 60*24*time.Hour
	var answers strings.Builder
	for i := range hooks {
		h := &hooks[i]
		t.Run(h.provider, func(t *testing.T) { h.endToEnd(t, s, by, &answers) })
	}
	shown := answers.String() + s.out.String() + logs(t, s)
	for _, secret := range []string{hookSecret, "end-to-end-secret"} {
		if strings.Contains(shown, secret) {
			t.Errorf("the secret stands in an answer or a log")
		}
	}
}

func (h *hook) endToEnd(t *testing.T, s *stack, by time.Duration, answers *strings.Builder) {
	began := base.Add(by)
	deliver := func(connection, file string, want int, change func(r *http.Request, body []byte) []byte) string {
		t.Helper()
		code, answer := h.deliver(t, s, connection, file, by, change)
		answers.WriteString(answer)
		if code != want {
			t.Fatalf("%s: got %d %s, want %d", file, code, answer, want)
		}
		return answer
	}
	for _, run := range []string{"inorder", "reversed"} {
		site := h.provider + "-" + run
		s.must(t, http.MethodPut, "/v1/sites/"+site, map[string]any{"currency": "EUR"}, nil)
		var shown map[string]any
		s.must(t, http.MethodPut, "/v1/connections/"+site, json.RawMessage(`{"provider":"`+h.provider+`","site":"`+site+`","secrets":["`+hookSecret+`"]`+h.settings+`}`), &shown)
		s.must(t, http.MethodGet, "/v1/connections/"+site, nil, &shown)
		fmt.Fprintln(answers, shown)
		s.must(t, http.MethodPost, "/v1/events", map[string]any{"events": []any{map[string]any{
			"id": site, "site": site, "type": "visit", "anonymous_id": "a-7f3c", "source": "google", "medium": "cpc", "time": began.Add(-time.Hour).UnixMilli(),
		}}}, nil)
	}
	forged := h.sale[0]
	deliver(h.provider+"-inorder", forged, 401, func(_ *http.Request, body []byte) []byte { return append(body, ' ') })
	deliver(h.provider+"-inorder", forged, 401, func(r *http.Request, body []byte) []byte {
		for name := range r.Header {
			if strings.Contains(name, "Sig") || strings.Contains(name, "Hmac") {
				r.Header.Del(name)
			}
		}
		return body
	})
	deliver(h.provider+"-nowhere", forged, 404, nil)

	site := h.provider + "-inorder"
	for _, file := range h.sale {
		deliver(site, file, 200, nil)
	}
	s.idle(t)
	h.check(t, s, site, began, h.gross)
	for _, file := range h.refund {
		deliver(site, file, 200, nil)
	}
	s.idle(t)
	h.check(t, s, site, began, h.net)

	site = h.provider + "-reversed"
	all := append(append([]string{}, h.sale...), h.refund...)
	for i := len(all) - 1; i >= 0; i-- {
		deliver(site, all[i], 200, nil)
		if again := deliver(site, all[i], 200, nil); !strings.Contains(again, `"accepted":0`) || strings.Contains(again, `"kept"`) {
			t.Errorf("%s again: %s", all[i], again)
		}
	}
	s.idle(t)
	h.check(t, s, site, began, h.net)
}

// check wants one sale with a net value, in the KPIs and in the visitor's journey, where the visit has the credit.
func (h *hook) check(t *testing.T, s *stack, site string, began time.Time, net float64) {
	t.Helper()
	row := figures(t, s, site, began.AddDate(0, 0, -2))
	if row["conversions"] != 1.0 || row["revenue_gross_minor"] != h.gross || row["revenue_net_minor"] != net {
		t.Errorf("%s: KPIs %v, want one conversion of %.0f, net %.0f", site, row, h.gross, net)
	}
	var journey struct {
		Conversions []struct {
			OrderID string  `json:"order_id"`
			Net     float64 `json:"net_value_minor"`
			Touches []struct{ ID string }
		}
	}
	s.must(t, http.MethodGet, "/v1/journeys/a-7f3c?site="+site, nil, &journey)
	if c := journey.Conversions; len(c) != 1 || c[0].OrderID != h.order || c[0].Net != net || len(c[0].Touches) != 1 || c[0].Touches[0].ID != site {
		t.Errorf("%s: journey %+v, want order %s, net %.0f, after the visit", site, journey, h.order, net)
	}
}

// logs is all that the functions wrote.
func logs(t *testing.T, s *stack) string {
	t.Helper()
	var all strings.Builder
	files, err := filepath.Glob(filepath.Join(s.Data, "logs", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no logs: %v", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}
