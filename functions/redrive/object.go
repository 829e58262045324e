package main

import (
	"context"
	"errors"

	"tributary/shared/archive"
	"tributary/shared/fault"
	"tributary/shared/ingest"
	"tributary/shared/obs"
	"tributary/shared/spill"
	"tributary/shared/store"
)

// unreadable is the folder of objects that nobody can read.
const unreadable = "unreadable/"

// object puts the events of one object back and deletes it. An error leaves it where it is, with some of its events stored.
func (r *run) object(ctx context.Context, f archive.File) (summary, error) {
	raw, err := r.objects.Get(ctx, f.Key, spill.MaxBytes)
	switch {
	case errors.Is(err, archive.ErrNotFound):
		return summary{}, nil // another run was faster
	case errors.Is(err, archive.ErrTooLarge):
		return r.setAside(ctx, f.Key, err)
	case err != nil:
		return summary{}, err
	}
	b, err := spill.Decode(raw)
	if err != nil {
		return r.setAside(ctx, f.Key, err)
	}
	done, err := r.batch(ctx, &b, f.Key)
	if err != nil {
		return done, err
	}
	if err := r.objects.Delete(ctx, f.Key); err != nil {
		return done, err
	}
	done.Objects = 1
	return done, nil
}

// batch takes in every event of a batch, once the key that its sender showed is known.
func (r *run) batch(ctx context.Context, b *spill.Batch, key string) (summary, error) {
	in := r.in(b.Door)
	if len(b.Delivery) > 0 {
		return r.delivery(ctx, b, key)
	}
	if b.Key != "" {
		known, err := r.keys.HasKey(ctx, b.Key)
		if err != nil {
			return summary{}, err
		}
		if !known {
			f := fault.New(fault.Unauthorized, "", "%d events came with a key that is not known, while keys could not be looked up", len(b.Events))
			return summary{Refused: int64(len(b.Events))}, in.RefuseBatch(ctx, b, key, f)
		}
	}
	var done summary
	var failed error
	for i := range b.Events {
		if ctx.Err() != nil {
			return done, ctx.Err()
		}
		outcome, err := in.Redo(ctx, b, i, key)
		switch {
		case errors.Is(err, ingest.ErrDropped): // the site keeps nothing of this visitor
		case fault.Of(err) != nil:
			done.Refused++
		case err != nil:
			failed = err // the others may be taken all the same: a partition that is hot is not theirs
		case outcome == store.Duplicate || outcome == store.Superseded:
			done.Duplicates++
		default:
			done.Stored++
		}
	}
	r.count(b.Door, done.Stored)
	return done, failed
}

// delivery takes a webhook's delivery that waited for its connection. One that nobody signed is nobody's, and gone.
func (r *run) delivery(ctx context.Context, b *spill.Batch, key string) (summary, error) {
	result, err := r.later(ctx, b.Delivery)
	if f := fault.Of(err); f != nil {
		r.log.WarnContext(ctx, "a delivery that waited is refused", "key", key, "code", f.Code)
		obs.Count(ctx, r.log, "refused", 1, "door", b.Door, "code", string(f.Code))
		return summary{Refused: 1}, nil
	}
	r.count(b.Door, int64(result.Accepted))
	return summary{Stored: int64(result.Accepted), Duplicates: int64(result.Duplicates)}, err
}

// setAside moves an object out of the way and says so, so that it blocks nothing and can be looked at.
func (r *run) setAside(ctx context.Context, key string, cause error) (summary, error) {
	to := unreadable + key
	r.log.ErrorContext(ctx, "an object cannot be read", "key", key, "moved_to", to, "error", cause)
	if err := r.aside.Keep(ctx, r.kept(key, to, cause)); err != nil {
		return summary{}, err
	}
	err := r.objects.Move(ctx, key, to)
	if errors.Is(err, archive.ErrNotFound) {
		err = nil
	}
	return summary{Unreadable: 1}, err
}
