package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/bus"
)

// ear hears what is published, up to a failure.
type ear struct {
	heard []string
	calls int
	fails int // from that event on, counted over all calls; -1: never
}

func (e *ear) Publish(_ context.Context, events []bus.Event) (int, error) {
	e.calls++
	for i, one := range events {
		if len(e.heard) == e.fails {
			return i, errAway
		}
		e.heard = append(e.heard, one.Source+", "+one.DetailType+": "+one.Detail)
	}
	return len(events), nil
}

// alertsBatch is a batch of the table's stream, as Lambda sends it: a rule's state, then n alerts, then one whose time is over.
func alertsBatch(n int) []byte {
	const arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/trb-AlertsTable-1ABC/stream/2026-01-01T00:00:00.000"
	record := func(sequence int, op, image string) string {
		return fmt.Sprintf(`{"eventID":"e","eventName":%q,"eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-central-1","dynamodb":{"ApproximateCreationDateTime":1772366401.0,`+
			`"Keys":{"pk":{"S":"shop"},"sk":{"S":"1"}}%s,"SequenceNumber":"%d","SizeBytes":60,"StreamViewType":"NEW_IMAGE"},"eventSourceARN":%q}`, op, image, sequence, arn)
	}
	records := []string{record(100, "INSERT", `,"NewImage":{"pk":{"S":"shop#rules"},"sk":{"S":"r"},"version":{"N":"1"},"since":{"N":"0"},"standing":{"S":"{}"}}`)}
	for i := range n {
		records = append(records, record(101+i, "INSERT", fmt.Sprintf(`,"NewImage":{"pk":{"S":"shop"},"sk":{"S":"1"},"state":{"S":"raised"},"body":{"S":"{\"id\":\"%d\"}"}}`, i)))
	}
	records = append(records, record(101+n, "REMOVE", ""))
	return []byte(`{"Records":[` + strings.Join(records, ",") + `]}`)
}

// TestPublish ensures that alerts are told in order and in calls that EventBridge takes, states and what expires are not, and that a
// failure has the rest come again, and nothing before it.
func TestPublish(t *testing.T) {
	all := func(n int) []string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`tributary, Tributary Alert: {"id":"%d"}`, i))
		}
		return list
	}
	for _, row := range []struct {
		name          string
		alerts, fails int
		answer        string
		heard, calls  int
	}{
		{"no alert", 0, -1, `{"batchItemFailures":[],"state":{}}`, 0, 1},
		{"two", 2, -1, `{"batchItemFailures":[],"state":{}}`, 2, 1},
		{"more than a call takes", 12, -1, `{"batchItemFailures":[],"state":{}}`, 12, 2},
		{"the second fails", 2, 1, `{"batchItemFailures":[{"itemIdentifier":"102"}],"state":{}}`, 1, 1},
		{"one of the second call fails", 12, 11, `{"batchItemFailures":[{"itemIdentifier":"112"}],"state":{}}`, 11, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := &ear{fails: row.fails}
			h := &handler{bus: e, alerts: "trb-AlertsTable-1ABC", log: slog.New(slog.DiscardHandler)}
			got, err := h.Invoke(t.Context(), alertsBatch(row.alerts))
			if err != nil || string(got) != row.answer {
				t.Errorf("answer %s, %v; want %s", got, err, row.answer)
			}
			if d := cmp.Diff(all(row.heard), e.heard); d != "" || e.calls != row.calls {
				t.Errorf("%d calls, heard (-want +got):\n%s", e.calls, d)
			}
		})
	}
	t.Run("the first fails", func(t *testing.T) {
		h := &handler{bus: &ear{}, alerts: "trb-AlertsTable-1ABC", log: slog.New(slog.DiscardHandler)}
		batch := strings.Replace(string(alertsBatch(2)), `"NewImage":{"pk":{"S":"shop#rules"}`, `"NewImage":{"body":{"S":"{}"},"pk":{"S":"shop"}`, 1)
		if _, err := h.Invoke(t.Context(), []byte(batch)); !errors.Is(err, errAway) {
			t.Errorf("got %v, want the failure", err)
		}
	})
	t.Run("where there is no bus", func(t *testing.T) {
		h := &handler{alerts: "trb-AlertsTable-1ABC", log: slog.New(slog.DiscardHandler)}
		if got, err := h.Invoke(t.Context(), alertsBatch(2)); err != nil || string(got) != `{"batchItemFailures":[],"state":{}}` {
			t.Errorf("got %s, %v", got, err)
		}
	})
}
