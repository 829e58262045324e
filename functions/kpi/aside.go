package main

import (
	"context"
	"encoding/json"
	"fmt"

	"tributary/shared/kpi"
)

// refuse keeps a delta that DynamoDB will never take.
func (h *handler) refuse(ctx context.Context, d kpi.Delta, cause error) error {
	h.log.ErrorContext(ctx, "delta set aside", "site", d.Site, "dimension", d.Dimension, "bucket", d.Bucket, "error", cause)
	raw, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("kpi: set aside delta %v: %w", d.Key, err)
	}
	return h.aside.Write(ctx, h.log, d.Site, raw, cause)
}
