package main

import (
	"context"
	"hash/fnv"
	"slices"

	"tributary/shared/attribution"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/report"
	"tributary/shared/settings"
	"tributary/shared/sweep"
)

// maxOpenTouches bounds the touches that are held, some 100 bytes each. Where more people have not converted, every second
// of them is left out, then every second of the rest, and the report says so.
const maxOpenTouches = 2_000_000

// openPath is the way of a person without any conversion: the channels of the touches that the site's settings take, looked
// back from the last of them.
type openPath struct {
	last     int64 // Unix milliseconds
	channels []string
}

// open are all such paths of a site, from one scan.
type open struct {
	paths   []openPath
	units   int64  // DynamoDB read units
	sampled int64  // one person in so many
	by      string // the recount that read the tables; empty: none
}

// openTouch is a touch while its person may still turn out to have more.
type openTouch struct {
	time        int64
	id, channel string
	kind        string
}

// collector gathers the touches of people who have not converted.
type collector struct {
	persons    *journey.Persons
	converters map[string]struct{}
	touches    map[string][]openTouch
	names      map[string]string // one copy of each channel and type
	held, most int
	mask       uint64
}

// openPaths reads the identity index and the records, which say who converted, then the touches.
func (t *tables) openPaths(ctx context.Context, site *settings.Site, goals []settings.Goal, h *report.Head) (*open, error) {
	_, until, err := h.Bounds()
	if err != nil {
		return nil, err
	}
	all, err := t.everybody(ctx, until)
	if err != nil {
		return nil, err
	}
	c := &collector{converters: map[string]struct{}{}, touches: map[string][]openTouch{}, names: map[string]string{}, most: maxOpenTouches}
	var links []journey.Link
	var buyers []string
	primary := site.PrimaryGoals(goals)
	people, err := all.People(ctx, site.ID, func(l journey.Link) error {
		links = append(links, l)
		return nil
	}, func(b sweep.Buyer) error {
		if slices.Contains(primary, b.Goal) {
			buyers = append(buyers, b.Person)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.persons = journey.PersonsOf(links)
	for _, id := range buyers {
		c.converters[c.persons.Of(id)] = struct{}{}
	}
	touches, err := all.Touches(ctx, site.ID, func(v sweep.Touch) error {
		c.add(v)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &open{paths: c.paths(h), units: (people + touches + 1) / 2, sampled: int64(c.mask) + 1, by: all.By()}, nil
}

func (c *collector) add(v sweep.Touch) {
	person := c.persons.Of(v.Of)
	if _, converted := c.converters[person]; converted || !c.takes(person) {
		return
	}
	kind := v.Type
	if kind == attribution.Visit {
		kind = ""
	}
	c.touches[person] = append(c.touches[person], openTouch{v.Time, v.ID, c.name(kpi.Name(v.Channel)), c.name(kind)})
	for c.held++; c.held > c.most; {
		c.halve()
	}
}

// takes reports whether a person is in the sample. Who is depends on nothing but the id.
func (c *collector) takes(person string) bool {
	if c.mask == 0 {
		return true
	}
	h := fnv.New64a()
	h.Write([]byte(person))
	return mixed(h.Sum64())&c.mask == 0
}

// mixed spreads what FNV leaves in the low bits.
func mixed(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	return h ^ h>>33
}

// halve leaves out every second person. The sample in the end is the largest that fits, in whatever order touches came.
func (c *collector) halve() {
	c.mask = c.mask<<1 | 1
	c.held = 0
	for person, list := range c.touches {
		if !c.takes(person) {
			delete(c.touches, person)
			continue
		}
		c.held += len(list)
	}
}

func (c *collector) name(s string) string {
	if known, ok := c.names[s]; ok {
		return known
	}
	c.names[s] = s
	return s
}

// paths are the ways as the site's settings see them.
func (c *collector) paths(h *report.Head) []openPath {
	list := make([]openPath, 0, len(c.touches))
	for person, touches := range c.touches {
		if p := wayOf(touches, h); len(p.channels) > 0 {
			list = append(list, p)
		}
		delete(c.touches, person)
	}
	return list
}

func wayOf(touches []openTouch, h *report.Head) openPath {
	all := make([]attribution.Touch, 0, len(touches))
	p := openPath{}
	for _, t := range touches {
		if h.Takes(t.kind) {
			p.last = max(p.last, t.time)
			all = append(all, attribution.Touch{Time: t.time, ID: t.id, Channel: t.channel, Type: t.kind})
		}
	}
	options := h.Options()
	for _, t := range options.Eligible(all, p.last, 0) {
		p.channels = append(p.channels, t.Channel)
	}
	return p
}
