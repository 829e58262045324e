package main

import (
	"context"
	"encoding/json"
	"fmt"

	"tributary/shared/bus"
	"tributary/shared/event"
	"tributary/shared/stream"
)

// publisher is where the outside hears of alerts.
type publisher interface {
	Publish(ctx context.Context, events []bus.Event) (published int, err error)
}

// What the outside knows alerts by.
const (
	alertSource = "tributary"
	alertDetail = "Tributary Alert"
)

// publish tells of the alerts in a batch of their table's stream, in order, and answers where to resume. What was told already may be
// told again: the alert's id and state name it.
func (h *handler) publish(ctx context.Context, records [][]byte) (resume string, err error) {
	var told []bus.Event
	var sequences []string
	flush := func() (string, error) {
		n, err := h.bus.Publish(ctx, told)
		if err != nil && n < len(sequences) {
			return sequences[n], err
		}
		told, sequences = nil, nil
		return "", err
	}
	for _, raw := range records {
		r, err := stream.Decode(raw)
		if err != nil {
			h.log.WarnContext(ctx, "record passed over", "error", err)
			continue
		}
		body := alertOf(r.New)
		if body == "" {
			continue // what is known of a rule, or an alert whose time to live is over
		}
		told, sequences = append(told, bus.Event{Source: alertSource, DetailType: alertDetail, Detail: body}), append(sequences, r.Sequence)
		if len(told) == bus.Most {
			if resume, err := flush(); err != nil {
				return resume, err
			}
		}
	}
	return flush()
}

// alertOf is the alert in an image of the table, as JSON; empty where it is none.
func alertOf(image []event.Attr) string {
	for i := range image {
		if image[i].Name == "body" {
			return image[i].Value
		}
	}
	return ""
}

// answerPublished answers a batch of alerts. Where not even its first was told it returns an error instead: the retry is the same, and
// the Errors metric sees it.
func (h *handler) answerPublished(ctx context.Context, records [][]byte) ([]byte, error) {
	resume := ""
	if h.bus != nil {
		var err error
		if resume, err = h.publish(ctx, records); err != nil {
			first, _ := stream.Decode(records[0])
			if resume == "" || resume == first.Sequence {
				return nil, fmt.Errorf("alert: nothing of %d alerts is told: %w", len(records), err)
			}
			h.log.ErrorContext(ctx, "alerts told in part", "resume", resume, "error", err)
		}
	}
	return json.Marshal(stream.Done(resume))
}
