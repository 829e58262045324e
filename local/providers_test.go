package main_test

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/local/send"
	"tributary/shared/webhook/registry"
)

// delivered is one delivery of a story: what is sent, and what of the site's figures it moves, once it is handled.
type delivered struct {
	event string
	moves map[string]float64 // figures of the site, in all, after it
}

// story is what one provider's deliveries do to a site of their own, delivery by delivery, of one order.
type story struct {
	provider string
	steps    []delivered
	journey  string // an id of the person in whose journey the order is; empty: it tells of no order
}

// watched are the figures of a day in which everything happens. Refunds that lie in the past are of the order's day or not: all of the year.
const watched = "conversions,net_conversions,revenue_gross_minor,revenue_net_minor,other_cost_micros,media_cost_micros,email_sent,leads"

func sold(gross, net float64) map[string]float64 {
	return map[string]float64{"conversions": 1, "revenue_gross_minor": gross, "revenue_net_minor": net}
}

var stories = []story{
	{provider: "standard", journey: "ada", steps: []delivered{{"conversion", sold(1234, 1234)}, {"refund", sold(1234, 0)}}},
	{provider: "hmac", journey: "ada", steps: []delivered{{"conversion", sold(1234, 1234)}, {"refund", sold(1234, 0)}}},
	{provider: "token", journey: "ada", steps: []delivered{{"conversion", sold(1234, 1234)}, {"refund", sold(1234, 0)}}},
	{provider: "mapped", journey: "ada", steps: []delivered{{"conversion", sold(1234, 1234)}, {"refund", sold(1234, 0)}}},
	{provider: "paddle", journey: "ada", steps: []delivered{
		{"transaction.completed", sold(59900, 59900)}, {"transaction.paid", sold(59900, 59900)}, {"adjustment.updated.approved", sold(59900, 49900)}, {"adjustment.created.chargeback", sold(59900, 0)},
	}},
	{provider: "lemonsqueezy", journey: "ada", steps: []delivered{{"order_created", sold(1199, 1199)}, {"order_refunded.partly", sold(1199, 699)}, {"order_refunded", sold(1199, 0)}}},
	{provider: "stripe", journey: "ada", steps: []delivered{{"checkout.session.completed", nil}, {"payment_intent.succeeded", nil}, {"refund.created", nil}}},
	{provider: "postback", journey: "ada", steps: []delivered{{"pending", sold(1000, 1000)}, {"approved", sold(1000, 1000)}, {"rejected", sold(1000, 0)}}},
	{provider: "spend", steps: []delivered{{"rows", map[string]float64{"media_cost_micros": 25_000000}}}},
	{provider: "sendgrid", steps: []delivered{{"batch", map[string]float64{"email_sent": 3}}}},
	{provider: "mailgun", steps: []delivered{{"accepted", map[string]float64{"email_sent": 1}}, {"delivered", nil}, {"opened", map[string]float64{"email_sent": 1}}}},
	{provider: "rewardful", steps: []delivered{{"referral.lead", nil}, {"commission.created", map[string]float64{"other_cost_micros": 30_000000, "conversions": 0}}, {"sale.created", map[string]float64{"conversions": 0}}, {"commission.voided", map[string]float64{"other_cost_micros": 0}}}},
	{provider: "dub", steps: []delivered{{"lead.created", nil}, {"sale.created", map[string]float64{"conversions": 0}}, {"commission.created", map[string]float64{"other_cost_micros": 30_000000}}, {"commission.created.negative", map[string]float64{"other_cost_micros": 0}}}},
	{provider: "firstpromoter", steps: []delivered{{"lead_signup", nil}, {"v2.commission.created", map[string]float64{"other_cost_micros": 30_000000, "conversions": 0}}, {"v2.commission.updated.denied", map[string]float64{"other_cost_micros": 0}}}},
	{provider: "tapfiliate", steps: []delivered{{"customer.created", nil}, {"conversion.created", map[string]float64{"other_cost_micros": 30_150000, "conversions": 0}}, {"commission.disapproved", map[string]float64{"other_cost_micros": 0}}}},
	{provider: "friendbuy", steps: []delivered{{"emailCapture", nil}, {"advocateReward", map[string]float64{"other_cost_micros": 10_000000, "conversions": 0}}}},
}

// TestProviders plays every provider against the whole stack: a connection by the API, signed deliveries, the figures and the
// journey that they move, what takes them back; each delivery also twice, tampered with and wrongly signed, and the whole
// story once more the other way round, in a site of its own.
func TestProviders(t *testing.T) {
	s := startStack(t, "", nil)
	elsewhere := []string{"shopify", "hubspot"} // played by their owner's test
	for _, p := range registry.All() {
		known := slices.ContainsFunc(stories, func(w story) bool { return w.provider == p.Name })
		if !known && !slices.Contains(elsewhere, p.Name) {
			t.Errorf("no story plays %s", p.Name)
		}
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, w := range stories {
		for _, backwards := range []bool{false, true} {
			n++
			site := fmt.Sprintf("%s-%d", w.provider, n)
			s.must(t, http.MethodPut, "/v1/sites/"+site, map[string]any{"currency": "USD"}, nil)
			from := &send.Sender{URL: s.URL, Key: s.Key, Root: root, Site: site, Client: http.DefaultClient, Now: time.Now, NewID: func() string { n++; return fmt.Sprintf("%024d", n) }}
			t.Run(w.provider+map[bool]string{true: " backwards"}[backwards], func(t *testing.T) { w.play(t, s, from, backwards) })
		}
	}
}

// play sends the story's deliveries and looks at the figures after each; backwards, only in the end.
func (w *story) play(t *testing.T, s *stack, from *send.Sender, backwards bool) {
	if err := from.Connect(t.Context(), w.provider); err != nil {
		t.Fatal(err)
	}
	steps := slices.Clone(w.steps)
	if backwards {
		slices.Reverse(steps)
	}
	change := send.Change{Order: "o-" + from.Site, Anonymous: w.journey, Seed: from.Site}
	if slices.Contains([]string{"standard", "hmac", "token", "mapped"}, w.provider) {
		change.Value = "12.34"
	}
	for _, step := range steps {
		w.deliver(t, from, step.event, change)
		if !backwards {
			w.check(t, s, from.Site, step.event, step.moves)
		}
	}
	if backwards {
		w.check(t, s, from.Site, "everything, backwards", w.steps[len(w.steps)-1].moves)
	}
	if w.journey != "" {
		s.idle(t)
		var j struct{ Conversions []map[string]any }
		s.must(t, http.MethodGet, "/v1/journeys/"+w.journey+"?site="+from.Site, nil, &j)
		if len(j.Conversions) != 1 {
			t.Errorf("%d conversions in the journey, want 1: %v", len(j.Conversions), j.Conversions)
		}
	}
}

// deliver sends a delivery spoilt, which must be refused, then right, then the same again, which must change nothing.
func (w *story) deliver(t *testing.T, from *send.Sender, event string, c send.Change) {
	t.Helper()
	for _, how := range []send.How{{Tampered: true}, {Wrong: true}} {
		d, err := from.Make(w.provider, event, c, how)
		if err != nil {
			t.Fatal(err)
		}
		if status, answer, err := from.Post(t.Context(), d); err != nil || status != http.StatusUnauthorized {
			t.Errorf("%s %+v: got %d %s %v, want 401", event, how, status, answer, err)
		}
	}
	d, err := from.Make(w.provider, event, c, send.How{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		status, answer, err := from.Post(t.Context(), d)
		accepted, duplicates := send.Accepted(answer)
		wrong := err != nil || status != http.StatusOK || strings.Contains(answer, `"kept"`) || accepted+duplicates == 0
		if w.provider != "spend" { // a file that comes again is told as it was
			wrong = wrong || i == 0 && duplicates > 0 || i == 1 && accepted > 0
		}
		if wrong {
			t.Errorf("%s, time %d: got %d %s %v", event, i+1, status, answer, err)
		}
	}
}

// check compares the site's figures.
func (w *story) check(t *testing.T, s *stack, site, after string, want map[string]float64) {
	t.Helper()
	if len(want) == 0 {
		return
	}
	s.idle(t)
	from := time.Now().AddDate(0, 0, -100).Format(time.DateOnly)
	to := time.Now().AddDate(0, 0, 2).Format(time.DateOnly)
	var got struct{ Rows []map[string]any }
	s.must(t, http.MethodGet, "/v1/kpis?"+url.Values{"site": {site}, "from": {from}, "to": {to}, "kpis": {watched}}.Encode(), nil, &got)
	for name, v := range want {
		if got.Rows[0][name] != v {
			t.Errorf("after %s: %s is %v, want %v", after, name, got.Rows[0][name], v)
		}
	}
}
