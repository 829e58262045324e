package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"tributary/shared/journey"
	"tributary/shared/store"
)

// eraseAgain has what came of people who were erased erased as well: a retry, an import, a cookie that lives on. Of an event that is
// somebody else's too only the erased ids go.
func (h *handler) eraseAgain(ctx context.Context, inputs []journey.Input) error {
	for _, in := range inputs {
		e := in.Event
		ids, err := h.erased.Erased(ctx, e)
		if err != nil {
			return fmt.Errorf("journey: tombstones of %s: %w", e.Site, err)
		}
		if len(ids) == 0 {
			continue
		}
		d := store.Erasure{IDs: ids, Homes: []string{e.Home()}, Exact: true, Last: true}
		sum := sha256.Sum256([]byte(e.Home() + "\x1f" + e.SortKey()))
		t, err := d.Task(e.Site, "late-"+hex.EncodeToString(sum[:10]), "", h.now().UnixMilli())
		if err != nil {
			return fmt.Errorf("journey: %w", err)
		}
		if err := h.graves.PutTask(ctx, t); err != nil {
			return fmt.Errorf("journey: an event of an erased person: %w", err)
		}
	}
	return nil
}
