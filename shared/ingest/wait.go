package ingest

import (
	"context"
	"encoding/json"

	"tributary/shared/event"
	"tributary/shared/obs"
	"tributary/shared/spill"
)

// Wait keeps in S3 a delivery that cannot be verified now, because its connection cannot be read: redrive does it later.
func (in *Ingest) Wait(ctx context.Context, d event.Door, delivery json.RawMessage) error {
	if in.spill == nil {
		return errNoSpill
	}
	if err := in.send(ctx, spill.Batch{Door: in.door, Facts: d, Delivery: delivery}, saveFor); err != nil {
		return err
	}
	obs.Count(ctx, in.log, "spilled", 1, "door", in.door)
	return nil
}
