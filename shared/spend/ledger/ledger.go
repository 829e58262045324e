// Package ledger puts sets of spend in the place of older ones: what one account cost on one day is what the newest file
// says, row by row, and what it no longer names is taken back. Each set has a manifest, a setting that names the events of
// the newest file and those that an older one may have left. It is written before any event and again when all is done, so
// that whoever comes after a crash, at any step, finishes the work; doing so twice changes nothing.
package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/spend"
	"tributary/shared/store"
)

// Manifests keeps manifests; see store.Store.
type Manifests interface {
	Setting(ctx context.Context, shelf store.Shelf, id string) (store.Setting, bool, error)
	PutSetting(ctx context.Context, shelf store.Shelf, v store.Setting) (int64, error)
}

// Events puts and deletes events; see store.Store.
type Events interface {
	PutEvent(ctx context.Context, e *event.Event) (store.Outcome, error)
	DeleteSpend(ctx context.Context, site, id string, version int64) error
}

// Ledger replaces sets. It is safe for concurrent use.
type Ledger struct {
	manifests Manifests
	events    Events
}

// New makes a Ledger.
func New(m Manifests, e Events) *Ledger { return &Ledger{manifests: m, events: e} }

// Outcome is what became of a set.
type Outcome string

// Outcomes of Replace.
const (
	Applied    Outcome = "applied"
	Superseded Outcome = "superseded" // a newer file stands
)

// Place names a set of a site.
type Place struct {
	Site, Connection string
	spend.Day
}

// manifest is the setting of a set. Version is that of the newest file.
type manifest struct {
	Connection string   `json:"connection"`
	Account    string   `json:"account,omitempty"`
	Date       string   `json:"date"`
	Version    int64    `json:"version"`
	IDs        []string `json:"ids"`
	Stale      []string `json:"stale,omitempty"`

	rev int64
}

// prefix is common to all ids of spend, and left out of manifests.
const prefix = "spend-"

// attempts bounds how often a manifest that others write at the same time is tried.
const attempts = 20

// Replace makes the events, all of one set and of the version, stand for it. removed is how many of an older file were
// deleted. An error means that the set may be replaced in part; the same call again finishes it.
func (l *Ledger) Replace(ctx context.Context, p Place, events []*event.Event, version int64) (o Outcome, removed int, err error) {
	ids := make([]string, len(events))
	for i, e := range events {
		ids[i] = strings.TrimPrefix(e.ID, prefix)
	}
	slices.Sort(ids)
	for range attempts {
		m, err := l.begin(ctx, p, ids, version)
		switch {
		case isConcurrent(err):
			continue
		case err != nil:
			return "", 0, err
		case m.Version > version:
			// What this file put before the newer one came, and after that one looked, is nobody's.
			return Superseded, 0, l.remove(ctx, p.Site, without(ids, m.IDs), m.Version)
		}
		if err := each(events, func(e *event.Event) error {
			_, err := l.events.PutEvent(ctx, e)
			return err
		}); err != nil {
			return "", 0, err
		}
		if err := l.remove(ctx, p.Site, m.Stale, version); err != nil {
			return "", 0, err
		}
		removed = len(m.Stale)
		m.Stale = nil
		if err := l.write(ctx, p, m); !isConcurrent(err) {
			return Applied, removed, err
		}
	}
	return "", 0, fmt.Errorf("ledger: %v is written by others all the time", p)
}

// begin notes whose set it is from now on, before anything is touched; or brings the manifest of a newer file.
func (l *Ledger) begin(ctx context.Context, p Place, ids []string, version int64) (*manifest, error) {
	m, err := l.read(ctx, p)
	if err != nil || m.Version > version {
		return m, err
	}
	m.Stale = without(append(m.Stale, m.IDs...), ids)
	m.Version, m.IDs = version, ids
	return m, l.write(ctx, p, m)
}

// remove deletes the events of ids up to a version.
func (l *Ledger) remove(ctx context.Context, site string, ids []string, version int64) error {
	return each(ids, func(id string) error { return l.events.DeleteSpend(ctx, site, prefix+id, version) })
}

// shelf holds a site's manifests.
func shelf(site string) store.Shelf { return store.ShelfOf(site, "spend") }

// id is the manifest's key; account and connection may be longer than a key takes.
func (p Place) id() string {
	h := sha256.Sum256([]byte(p.Connection + "\x00" + p.Account))
	return p.Date + "." + hex.EncodeToString(h[:16])
}

func (l *Ledger) read(ctx context.Context, p Place) (*manifest, error) {
	v, found, err := l.manifests.Setting(ctx, shelf(p.Site), p.id())
	if err != nil {
		return nil, err
	}
	m := &manifest{Connection: p.Connection, Account: p.Account, Date: p.Date}
	if found {
		if err := json.Unmarshal(v.Body, m); err != nil {
			return nil, fmt.Errorf("ledger: manifest of %v: %w", p, err)
		}
	}
	m.rev = v.Version
	return m, nil
}

func (l *Ledger) write(ctx context.Context, p Place, m *manifest) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("ledger: manifest of %v: %w", p, err)
	}
	m.rev, err = l.manifests.PutSetting(ctx, shelf(p.Site), store.Setting{ID: p.id(), Body: body, Version: m.rev})
	return err
}

// without lists what of some ids is not among others, sorted and once each.
func without(ids, others []string) []string {
	drop := make(map[string]bool, len(others))
	for _, id := range others {
		drop[id] = true
	}
	out := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return drop[id] })
	slices.Sort(out)
	return slices.Compact(out)
}

func isConcurrent(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Code == fault.ConcurrentUpdate
}
