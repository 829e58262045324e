package erasure

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/store"
)

// Finder finds what belongs to a person.
type Finder struct {
	Look   *journey.Restater // its stores are read only
	Events interface {
		EachEvent(ctx context.Context, site, home, after string, each func(*event.Event) error) error
	}
}

// NewFinder makes a finder over the stores.
func NewFinder(s *store.Store, now func() time.Time) *Finder {
	return &Finder{Events: s, Look: &journey.Restater{Links: s, Records: s, Events: s, Settings: s, Now: now}}
}

// Candidates are the nodes that an id may stand for, typed as events have it ("E#…") or plain.
func Candidates(id string) []string {
	list := journey.Candidates(id)
	if len(id) > 2 && id[1] == '#' && strings.IndexByte("UPEFAO", id[0]) >= 0 {
		list = append([]string{id}, list...)
	}
	return list
}

// Find is all ids of the person whom the first of the candidates names of which anything is held; false: nothing is.
func (f *Finder) Find(ctx context.Context, site string, candidates []string) (ids []string, found bool, _ error) {
	for _, node := range candidates {
		links, err := f.Look.Links.Links(ctx, site, node)
		if err != nil {
			return nil, false, err
		}
		held := len(links) > 0
		if !held {
			if held, err = f.holds(ctx, site, node); err != nil {
				return nil, false, err
			}
		}
		if held {
			ids, err := f.IDs(ctx, site, node)
			return ids, len(ids) > 0, err
		}
	}
	return nil, false, nil
}

// errFirst ends a reading at its first event.
var errFirst = errors.New("there is one")

// holds reports that a home has an event of any kind.
func (f *Finder) holds(ctx context.Context, site, home string) (bool, error) {
	err := f.Events.EachEvent(ctx, site, home, "", func(*event.Event) error { return errFirst })
	if errors.Is(err, errFirst) {
		return true, nil
	}
	return false, err
}

// IDs are the ids of the person whom a node is of, strongest first. Of an order they are its buyer's, and none where nobody is
// known to have bought.
func (f *Finder) IDs(ctx context.Context, site, node string) ([]string, error) {
	v, found, err := f.Look.Look(ctx, site, []string{node})
	switch {
	case err != nil:
		return nil, err
	case found && len(v.IDs) > 0:
		return v.IDs, nil
	case journey.IsSale(node):
		return nil, nil
	}
	return []string{node}, nil
}

// around are the links of ids, and the homes in which events with one of the ids may lie: the ids', those of ids that they are linked
// to, and of orders with their other names.
func (f *Finder) around(ctx context.Context, site string, ids []string) (links []journey.Link, homes []string, _ error) {
	homes = slices.Clone(ids)
	for _, id := range ids {
		list, err := f.Look.Links.Links(ctx, site, id)
		if err != nil {
			return nil, nil, err
		}
		links = append(links, list...)
	}
	for _, l := range links {
		if !strings.HasPrefix(l.To, "N#") {
			homes = append(homes, l.To)
		}
		if !journey.IsSale(l.To) {
			continue
		}
		names, err := f.Look.Links.Links(ctx, site, l.To)
		if err != nil {
			return nil, nil, err
		}
		for _, n := range names {
			homes = append(homes, n.To)
		}
	}
	slices.Sort(homes)
	return links, slices.Compact(homes), nil
}
