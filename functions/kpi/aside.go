package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tributary/shared/kpi"
	"tributary/shared/obs"
	"tributary/shared/store"
	"tributary/shared/stream"
)

// keptBytes bounds what is kept of an unreadable record: an item may have 400 KB.
const keptBytes = 256 << 10

// setAside keeps a record that cannot be read, so that it blocks nothing and can be looked at.
func (h *handler) setAside(ctx context.Context, raw []byte, cause error, now time.Time) error {
	u := stream.Salvage(raw, cause)
	h.log.WarnContext(ctx, "record set aside", "sequence", u.Sequence, "keys", u.Keys, "error", cause)
	obs.Count(ctx, h.log, "set_aside", 1, "function", "kpi", "code", "unreadable_record")
	err := h.keeper.Keep(ctx, store.Quarantined{
		ID: keptID("record", string(raw)), Received: now.UnixMilli(), Door: "kpi", Code: "unreadable_record",
		Message: u.Err.Error(), EventID: u.Keys, Raw: clip(raw),
	})
	if err != nil {
		return fmt.Errorf("kpi: set aside record %s: %w", u.Sequence, err)
	}
	return nil
}

// refuse keeps a delta that DynamoDB will never take.
func (h *handler) refuse(ctx context.Context, d kpi.Delta, cause error) error {
	h.log.ErrorContext(ctx, "delta set aside", "site", d.Site, "dimension", d.Dimension, "bucket", d.Bucket, "error", cause)
	obs.Count(ctx, h.log, "set_aside", 1, "function", "kpi", "code", "refused_write")
	raw, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("kpi: set aside delta %v: %w", d.Key, err)
	}
	err = h.keeper.Keep(ctx, store.Quarantined{
		ID: keptID("delta", string(raw)), Site: d.Site, Received: h.now().UnixMilli(), Door: "kpi", Code: "refused_write",
		Message: cause.Error(), Raw: clip(raw),
	})
	if err != nil {
		return fmt.Errorf("kpi: set aside delta %v: %w", d.Key, err)
	}
	return nil
}

// keptID names what is kept aside by its content.
func keptID(kind, content string) string {
	h := sha256.Sum256([]byte(content))
	return kind + "-" + hex.EncodeToString(h[:12])
}

// clip makes bytes text that DynamoDB takes.
func clip(raw []byte) string {
	return strings.ToValidUTF8(string(raw[:min(len(raw), keptBytes)]), "\uFFFD")
}
