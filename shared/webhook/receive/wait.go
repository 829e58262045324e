package receive

import (
	"context"

	"tributary/shared/event"
	"tributary/shared/webhook"
)

// wait keeps a delivery that cannot be verified or kept elsewhere now. One that cannot be kept without a secret, or by no S3, is
// the sender's to send again.
func (r *Receiver) wait(ctx context.Context, id string, d *webhook.Delivery, cause error) (Result, error) {
	raw, ok := webhook.KeepUnverified(id, d)
	if !ok {
		return Result{}, cause
	}
	door := r.in.Door(event.TrustWebhook)
	door.Now = d.Now.UnixMilli()
	if err := r.in.Wait(ctx, door, raw); err != nil {
		return Result{}, cause
	}
	return Result{Waiting: true}, nil
}

// Later takes a delivery that waited, verified as of its arrival.
func (r *Receiver) Later(ctx context.Context, raw []byte) (Result, error) {
	id, d, err := webhook.Unverified(raw)
	if err != nil {
		return Result{}, err
	}
	return r.Take(ctx, id, d, false)
}
