package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/kpi"
)

// later is a payload whose records came into the stream some days later.
func later(payload []byte) []byte {
	return regexp.MustCompile(`"ApproximateCreationDateTime": \d+(\.\d+)?`).ReplaceAll(payload, []byte(`"ApproximateCreationDateTime": 1767605400`)) // 2026-01-05T09:30:00Z
}

// told lists entries in words, by the end of their order.
func told(list map[string]kpi.Restatement) map[string]string {
	out := map[string]string{}
	for order, r := range list {
		words := fmt.Sprintf("%s %s because %s", r.What, r.Record, strings.Join(r.Because, ","))
		for _, c := range r.Changes[:min(len(r.Changes), 2)] {
			words += fmt.Sprintf("; %s %s %s %s %d to %d", c.Dimension, c.Value, c.Hour, c.Measure, c.From, c.To)
		}
		out[order[len(order)-2:]] = words
	}
	return out
}

// Ensures that what comes in time restates nothing, and that what comes days later says what it changed, once, however often
// it is delivered: a late event, spend that was corrected, a refund; and that all of it is counted by the day it came.
func TestLateChangesAreRestated(t *testing.T) {
	h, c, _ := setup()
	invoke(t, h, fixture(t, "events.json"), nothingFailed)
	invoke(t, h, fixture(t, "journeys.json"), nothingFailed)
	if len(c.restated) != 0 {
		t.Fatalf("in time: %v", told(c.restated))
	}
	h, c, _ = setup()
	for range 2 {
		invoke(t, h, later(fixture(t, "events.json")), nothingFailed)
		late := append([]string{"site / 2026-01-01T00 late_events=5"}, eventFigures...)
		slices.Sort(late)
		if d := cmp.Diff(late, c.figures()); d != "" {
			t.Fatalf("figures (-want +got):\n%s", d)
		}
	}
	for k := range c.sums {
		if k.Late != "2026-01-05" {
			t.Errorf("%v is not of the day on which it came", k)
		}
	}
	want := map[string]string{
		"11": "late_event  because e1; site  2026-01-01T00 impression_cost_micros:USD 0 to 12500; site  2026-01-01T00 impressions 0 to 1",
		"12": "late_event  because e2; site  2026-01-01T00 invalid_clicks 0 to 1; channel Display 2026-01-01T00 invalid_clicks 0 to 1",
		"13": "late_event  because e3; site  2026-01-01T00 visits 0 to 1; channel Email 2026-01-01T00 visits 0 to 1",
		"14": "late_event  because e4; site  2026-01-01T00 media_cost_micros:EUR 0 to 5000000; channel Display 2026-01-01T00 media_cost_micros:EUR 0 to 5000000",
		"15": "corrected  because e4; site  2026-01-01T00 media_cost_micros:EUR 5000000 to 7000000; channel Display 2026-01-01T00 media_cost_micros:EUR 5000000 to 7000000",
		"17": "late_event  because e7; type spun_wheel 2026-01-01T00 events 0 to 1",
	}
	if d := cmp.Diff(want, told(c.restated)); d != "" {
		t.Errorf("restatements (-want +got):\n%s", d)
	}
}

// Ensures that a refund of a past sale is told as one, from what to what, with the record.
func TestARefundIsRestated(t *testing.T) {
	h, c, _ := setup()
	invoke(t, h, later(fixture(t, "journeys.json")), nothingFailed)
	for _, r := range c.restated {
		if r.What != kpi.Refund {
			continue
		}
		want := kpi.Restated{Dimension: kpi.ByGoal, Value: "purchase", Hour: "2026-01-01T00", Measure: kpi.RevenueNet, From: 4200, To: 3200}
		if d := cmp.Diff(want, r.Changes[0]); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		return
	}
	t.Errorf("no refund is told: %v", told(c.restated))
}

// Ensures that an import of history is told in one entry a batch, and counted all the same.
func TestBulkIsToldTogether(t *testing.T) {
	h, c, _ := setup()
	var payload struct{ Records []map[string]any }
	if err := json.Unmarshal(batchOf(t, 500), &payload); err != nil {
		t.Fatal(err)
	}
	for _, r := range payload.Records {
		r["dynamodb"].(map[string]any)["ApproximateCreationDateTime"] = 1767605400
	}
	var whole map[string]any
	if err := json.Unmarshal(batchOf(t, 500), &whole); err != nil {
		t.Fatal(err)
	}
	whole["Records"] = payload.Records
	body, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	invoke(t, h, body, nothingFailed)
	if len(c.restated) != 1 {
		t.Fatalf("%d entries, want one: %v", len(c.restated), told(c.restated))
	}
	for _, r := range c.restated {
		if r.What != kpi.LateEvent || r.Events < 400 || len(r.Because) != mostNamed {
			t.Errorf("got %+v", r)
		}
	}
}

// Ensures that a restatement that cannot be kept fails the batch before anything is counted, so that none is lost.
func TestALedgerThatFails(t *testing.T) {
	h, c, _ := setup()
	c.ledgerFails = errors.New("the store is away")
	if _, err := h.Invoke(context.Background(), later(fixture(t, "events.json"))); !errors.Is(err, c.ledgerFails) {
		t.Errorf("got %v, want the ledger's error", err)
	}
	if c.writes != 0 {
		t.Errorf("%d counters were written", c.writes)
	}
}
