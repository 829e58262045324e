package erasure

import (
	"context"
	"fmt"

	"tributary/shared/event"
	"tributary/shared/journey"
)

// attempts to write a record that others write too.
const attempts = 10

// sale erases the record of a sale where the person bought; of any other node nothing.
func (w *work) sale(ctx context.Context, node string) error {
	if !journey.IsSale(node) {
		return nil
	}
	return w.record(ctx, journey.Place{Kind: journey.KindConversion, Node: node}, func(r journey.Record) (journey.Record, bool, error) {
		return r.Without(w.ids, w.pseudonym)
	})
}

// gathered takes out of records what an event told of itself.
func (w *work) gathered(ctx context.Context, e *event.Event) error {
	for _, p := range journey.GatheredBy(e) {
		err := w.record(ctx, p, func(r journey.Record) (journey.Record, bool, error) { return r.WithoutEvent(e, w.ids, w.pseudonym) })
		if err != nil {
			return err
		}
	}
	return nil
}

// record writes a record as change has it, on the revision that was read. What it counts stays.
func (w *work) record(ctx context.Context, p journey.Place, change func(journey.Record) (journey.Record, bool, error)) error {
	for range attempts {
		was, err := w.Records.Record(ctx, w.site, p.Kind, p.Node)
		if err != nil {
			return err
		}
		next, changed, err := change(was)
		if err != nil || !changed {
			return err
		}
		if won, err := w.put(ctx, p.Kind, next); won || err != nil {
			return err
		}
	}
	return fmt.Errorf("the %s %q was written by others %d times", p.Kind, p.Node, attempts)
}

func (w *work) put(ctx context.Context, kind string, r journey.Record) (bool, error) {
	r.Written, r.Cause = w.Now().UnixMilli(), "erasure"
	return w.Records.PutRecord(ctx, w.site, kind, r)
}

// messages moves the records of messages, whose keys hold the recipient's id, as events are moved: marked, copied, deleted. The
// copy's name is of the revision that was marked, so that one who does it again finds the same.
func (w *work) messages(ctx context.Context, id string) error {
	list, err := w.Records.RecordsUnder(ctx, w.site, journey.KindMessage, journey.MessagesTo(id))
	if err != nil {
		return err
	}
	for _, r := range list {
		if !r.Erased {
			r.Erased = true
			if won, err := w.put(ctx, journey.KindMessage, r); err != nil || !won {
				return fmt.Errorf("a message's record was written by others: %w", orBusy(err))
			}
			r.Rev++
		}
		to, err := r.Unaddressed("X#" + Name(w.salt, fmt.Sprint("message ", r.Node, " ", r.Rev)))
		if err != nil {
			return err
		}
		if _, err := w.put(ctx, journey.KindMessage, to); err != nil { // false: there it is
			return err
		}
		if err := w.Records.DropRecord(ctx, w.site, journey.KindMessage, r.Node); err != nil {
			return err
		}
	}
	return nil
}
