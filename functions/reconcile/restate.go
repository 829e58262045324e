package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tributary/shared/archive"
	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/settings"
)

// restateBatch is how many events are handled at once, as many as a batch of the stream has: what is of one person comes
// together, for a scan reads a partition whole.
const restateBatch = 300

// restated answers a restatement.
type restated struct {
	Run  string `json:"run"`
	Done bool   `json:"done"` // false: invoke again with this run
}

// restate writes every record that is not what its events and today's settings make of it. Empty restates all sites.
func (h *handler) restate(ctx context.Context, name, site string) (*restated, error) {
	pass := passRestate + site
	done, err := h.eachSegment(ctx, name, pass, func(ctx context.Context, segment int) (any, error) {
		return nil, h.walk(ctx, name, pass, segment, h.counting(name, pass, segment), func(page []*event.Event) error {
			return inBatches(page, site, func(inputs []journey.Input) error {
				_, err := h.restater.Handle(ctx, inputs)
				return err
			})
		})
	})
	return &restated{Run: name, Done: done}, wrap(err, name, "restate")
}

// inBatches hands the events of a site, or of all, to do.
func inBatches(page []*event.Event, site string, do func([]journey.Input) error) error {
	var inputs []journey.Input
	for _, e := range page {
		if site == "" || e.Site == site {
			inputs = append(inputs, journey.Input{Sequence: fmt.Sprint(len(inputs)), Event: e})
		}
	}
	for batch := range slices.Chunk(inputs, restateBatch) {
		if err := do(batch); err != nil {
			return err
		}
	}
	return nil
}

// restateChanged restates the sites whose settings have changed since their records were last restated. What was done is
// noted in the bucket, the newest note last.
func (h *handler) restateChanged(ctx context.Context) error {
	sites, err := h.store.EverySite(ctx)
	if err != nil {
		return err
	}
	for _, site := range sites {
		if err := h.restateIfChanged(ctx, &site); err != nil {
			return wrap(err, site.ID, "restate for changed settings")
		}
	}
	return nil
}

func (h *handler) restateIfChanged(ctx context.Context, site *settings.Site) error {
	now, err := h.settingsOf(ctx, site)
	if err != nil {
		return err
	}
	prefix := reportsRoot + "settings/" + site.ID + "/"
	notes, err := h.archive.List(ctx, prefix)
	if err != nil {
		return err
	}
	if len(notes) > 0 && strings.HasSuffix(notes[len(notes)-1].Key, now) {
		return nil
	}
	// Settings may come back to what they were, and that is another change.
	done, err := h.restate(ctx, fmt.Sprintf("settings-%d-%s", len(notes), now), site.ID)
	if err != nil || !done.Done {
		return err
	}
	return archive.Ensured(h.putOnce(ctx, prefix+h.now().UTC().Format("2006-01-02T15-04-05.000Z")+"-"+now, struct{}{}))
}

// settingsOf is a digest of what records are made by.
func (h *handler) settingsOf(ctx context.Context, site *settings.Site) (string, error) {
	goals, err := h.store.Goals(ctx, site.ID)
	if err != nil {
		return "", err
	}
	made := *site
	made.CampaignTypes = site.OtherTypes() // others are in no record
	body, err := json.Marshal([]any{&made, goals})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:12]), nil
}
