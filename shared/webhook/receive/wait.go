package receive

import (
	"context"
	"crypto/rand"

	"tributary/shared/event"
	"tributary/shared/webhook"
)

// saltBytes is the length of the salt that a delivery's secrets are sealed under.
const saltBytes = 16

// wait keeps a delivery that cannot be verified or kept elsewhere now, without any secret of its. One that S3 does not take
// either is the sender's to send again.
func (r *Receiver) wait(ctx context.Context, id string, d *webhook.Delivery, cause error) (Result, error) {
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return Result{}, cause
	}
	raw, ok := webhook.KeepUnverified(id, d, salt)
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
