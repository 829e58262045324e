// Package aside keeps what a stream's function cannot handle in quarantine, so that it blocks nothing and somebody can look at it.
package aside

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"tributary/shared/obs"
	"tributary/shared/store"
	"tributary/shared/stream"
)

// Keeper takes what is kept aside.
type Keeper interface {
	Keep(ctx context.Context, q store.Quarantined) error
}

// Shelf keeps aside for one function, which Door names. All its fields must be set.
type Shelf struct {
	Door   string
	Keeper Keeper
	Now    func() time.Time
}

// keptBytes bounds what is kept of one thing: an item may have 400 KB.
const keptBytes = 256 << 10

// Record keeps a record of the stream that cannot be read because of cause. An error means that it is kept nowhere.
func (s *Shelf) Record(ctx context.Context, log *slog.Logger, raw []byte, cause error) error {
	u := stream.Salvage(raw, cause)
	log.WarnContext(ctx, "record set aside", "sequence", u.Sequence, "keys", u.Keys, "error", cause)
	// By the time of its writing it is kept once, however often its batch comes.
	return s.keep(ctx, log, store.Quarantined{Code: "unreadable_record", Message: u.Err.Error(), EventID: u.Keys, Received: u.Written}, raw)
}

// Write keeps what DynamoDB will never take of a site, or what names it. An error means that it is kept nowhere.
func (s *Shelf) Write(ctx context.Context, log *slog.Logger, site string, raw []byte, cause error) error {
	return s.keep(ctx, log, store.Quarantined{Site: site, Code: "refused_write", Message: cause.Error()}, raw)
}

// keep counts and keeps it under a name that its content gives.
func (s *Shelf) keep(ctx context.Context, log *slog.Logger, q store.Quarantined, raw []byte) error {
	obs.Count(ctx, log, "set_aside", 1, "function", s.Door, "code", q.Code)
	sum := sha256.Sum256(append([]byte(q.Code+"#"+q.Site+"#"), raw...))
	q.ID, q.Door, q.Received = s.Door+"-"+hex.EncodeToString(sum[:12]), s.Door, cmp.Or(q.Received, s.Now().UnixMilli())
	q.Raw = strings.ToValidUTF8(string(raw[:min(len(raw), keptBytes)]), "") // DynamoDB takes text alone
	if err := s.Keeper.Keep(ctx, q); err != nil {
		return fmt.Errorf("%s: set aside %s: %w", s.Door, q.ID, err)
	}
	return nil
}
