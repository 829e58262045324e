package ingest

import (
	"context"
	"errors"
	"strconv"

	"tributary/shared/fault"
	"tributary/shared/obs"
	"tributary/shared/spill"
	"tributary/shared/store"
)

// refusedWrite is the reason of what DynamoDB takes at no time.
const refusedWrite fault.Code = "refused_write"

// Redo takes in one event of a spilled batch, judged as at its door on arrival. A fault is a refusal, and the input is kept
// aside, once however often it is redone: name is the batch's own. Any other error is the store's: redo it later.
func (in *Ingest) Redo(ctx context.Context, b *spill.Batch, i int, name string) (store.Outcome, error) {
	e := *b.Events[i].Draft
	k := kept{
		site: e.Site, eventID: e.ID, raw: b.Events[i].Raw, at: b.Facts.Now, name: name + "#" + strconv.Itoa(i),
		facts: &b.Facts, appKey: b.AppKey,
	}
	if err := in.Prepare(ctx, &e, b.Facts, b.AppKey); err != nil {
		return 0, in.refuseAgain(ctx, k, err)
	}
	outcome, err := in.put(ctx, &e, k)
	if errors.Is(err, store.ErrRefused) {
		err = in.refuseAgain(ctx, k, fault.New(refusedWrite, "", "DynamoDB does not take this event: %v", err))
	}
	return outcome, err
}

// refuseAgain keeps what was accepted at the door and is refused now, whatever the budget is.
func (in *Ingest) refuseAgain(ctx context.Context, k kept, err error) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	obs.Count(ctx, in.log, "refused", 1, "door", in.door, "code", string(f.Code))
	if failed := in.keep(ctx, k, f); failed != nil {
		return failed
	}
	return f
}

// RefuseBatch keeps the first event of a spilled batch aside that is refused as a whole.
func (in *Ingest) RefuseBatch(ctx context.Context, b *spill.Batch, name string, f *fault.Fault) error {
	k := kept{raw: b.Events[0].Raw, at: b.Facts.Now, name: name}
	if err := in.refuseAgain(ctx, k, f); fault.Of(err) == nil {
		return err
	}
	return nil
}
