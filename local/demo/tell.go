package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"tributary/local/send"
)

// perCall is how many events one call of the keyed door brings: it takes more, but a busy laptop stores these at once.
const perCall = 100

// attempts are made at a call that failed for reasons of the other side; ids make that safe.
const attempts = 5

// tell sends steps: events together, each webhook as its provider does. Nothing depends on the order in which they arrive.
func (p *Player) tell(ctx context.Context, steps []Step) error {
	var events []map[string]any
	for _, s := range steps {
		if s.Event != nil {
			events = append(events, s.Event)
		} else if err := p.deliver(ctx, s.Hook); err != nil {
			return err
		}
		if len(events) == perCall {
			if err := p.post(ctx, events); err != nil {
				return err
			}
			events = nil
		}
	}
	return p.post(ctx, events)
}

// settle waits until what was said is counted, or the runner has held the question for long enough.
func (p *Player) settle(ctx context.Context) {
	_, _, _ = p.Sender.Call(ctx, http.MethodGet, p.Sender.URL+"/local/idle", nil) // whatever it answers, playing goes on
}

// post sends events by the keyed door; all must be taken.
func (p *Player) post(ctx context.Context, events []map[string]any) error {
	if len(events) == 0 {
		return nil
	}
	body, err := json.Marshal(map[string]any{"events": events})
	if err != nil {
		return err
	}
	return p.count(ctx, len(events), func() (int, string, error) {
		return p.Sender.Call(ctx, http.MethodPost, p.Sender.URL+"/v1/events", body)
	})
}

// deliver sends one webhook, signed at this moment, about what happened at its own.
func (p *Player) deliver(ctx context.Context, h *Hook) error {
	p.Played.Hooks++
	from := *p.Sender
	from.NewID = func() string { return h.ID }
	return p.count(ctx, 1, func() (int, string, error) {
		d, err := from.Make(h.Provider, h.Event, h.Change, send.How{})
		if err != nil {
			return 0, "", err
		}
		return from.Post(ctx, d)
	})
}

// count calls until there is an answer, and adds what it says.
func (p *Player) count(ctx context.Context, steps int, call func() (int, string, error)) error {
	status, answer, err := call()
	for n := 1; n < attempts && ctx.Err() == nil && (err != nil || status >= 500 || status == http.StatusTooManyRequests); n++ {
		if err := p.Sleep(ctx, time.Duration(n)*2*time.Second); err != nil {
			return err
		}
		status, answer, err = call()
	}
	if err != nil {
		return err
	}
	var said struct {
		Accepted, Duplicates int
		Kept                 json.RawMessage
		Rejected             []json.RawMessage
	}
	_ = json.Unmarshal([]byte(answer), &said) // what is no answer is shown whole
	if status >= 300 || len(said.Rejected) > 0 || len(said.Kept) > 0 {
		return fmt.Errorf("refused: %d %.500s", status, answer)
	}
	p.Played.Steps += steps
	p.Played.Accepted += said.Accepted
	p.Played.Duplicates += said.Duplicates
	return nil
}
