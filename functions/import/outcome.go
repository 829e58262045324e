package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tributary/shared/archive"
	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/spend"
	"tributary/shared/spend/ledger"
)

// Folders of the bucket: what is put below the first is read, what became of it stands below the second.
const (
	inFolder  = "imports/"
	outFolder = "imported/"
)

// maxListed is how many refused rows an outcome lists; all are counted.
const maxListed = 100

// file is one object to import: imports/<site>/<connection>/<anything>.
type file struct {
	key, site, connection string
	at                    time.Time // when it was put
}

// parseKey reads a key. Its errors are faults, with which the file has no site and no connection.
func parseKey(key string) (file, error) {
	f := file{key: key}
	parts := strings.SplitN(strings.TrimPrefix(key, inFolder), "/", 3)
	if len(parts) < 3 {
		return f, fault.New(fault.InvalidField, "key", "the file must lie below the folders of a site and of a connection, like imports/%s/google-ads/report.csv; put it there", event.DefaultSite)
	}
	if err := cmp.Or(settings.CheckID("site", parts[0]), settings.CheckID("connection", parts[1])); err != nil {
		return f, err
	}
	f.site, f.connection = parts[0], parts[1]
	return f, nil
}

func newOutcome(f file) outcome {
	return outcome{File: f.key, Received: f.at.UTC().Format(time.RFC3339), Days: []dayOutcome{}, Refused: []spend.Refusal{}}
}

// version orders the files of a set: the latest that was put stands. EventBridge tells whole seconds; of two files of one
// second that say different things about one day, whichever is read last stands.
func (f *file) version() int64 { return f.at.UnixMilli() }

// outcome is what became of a file, as JSON in the bucket.
type outcome struct {
	File         string          `json:"file"`
	Received     string          `json:"received"`
	Status       string          `json:"status"`
	Platform     string          `json:"platform,omitempty"`
	Rows         int             `json:"rows"`
	Totals       int             `json:"totals_left_out"`
	Days         []dayOutcome    `json:"days"`
	RefusedCount int             `json:"refused_count"`
	Refused      []spend.Refusal `json:"refused"`
	Error        *fault.Fault    `json:"error,omitempty"`
}

// dayOutcome is what became of one set.
type dayOutcome struct {
	spend.Day
	Outcome ledger.Outcome `json:"outcome"`
	Rows    int            `json:"rows"`
	Removed int            `json:"removed"`
}

func (o *outcome) read(f *spend.File) {
	o.Platform, o.Rows, o.Totals = f.Platform, f.Rows, f.Totals
	o.refuse(f.Refused)
}

func (o *outcome) refuse(rows []spend.Refusal) {
	o.RefusedCount += len(rows)
	o.Refused = append(o.Refused, rows[:min(len(rows), maxListed-min(maxListed, len(o.Refused)))]...)
}

// status sums up: all of it stands, the days without a refused row stand, or nothing does.
func (o *outcome) status() string {
	switch {
	case o.Error != nil || len(o.Days) == 0:
		return "refused"
	case o.RefusedCount > 0:
		return "partly"
	}
	return "imported"
}

// conclude keeps the outcome beside the file. A second run finds that of the first, which stands.
func (h *handler) conclude(ctx context.Context, f file, o outcome) error {
	o.Status = o.status()
	body, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		return fmt.Errorf("import: outcome of %s: %w", f.key, err)
	}
	key := outFolder + strings.TrimPrefix(f.key, inFolder) + "/" + f.at.UTC().Format("20060102T150405Z") + ".json"
	if err := archive.Ensured(h.files.PutOnce(ctx, key, "application/json", body)); err != nil {
		return fmt.Errorf("import: outcome of %s: %w", f.key, err)
	}
	h.log.InfoContext(ctx, "file imported", "key", f.key, "status", o.Status, "rows", o.Rows, "refused", o.RefusedCount, "days", len(o.Days))
	return nil
}
