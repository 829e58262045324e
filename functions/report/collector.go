package main

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"iter"
	"slices"

	"tributary/shared/attribution"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/report"
	"tributary/shared/sweep"
)

// openPath is the way of a person without any conversion: the channels of the touches that the site's settings take, looked
// back from the last of them.
type openPath struct {
	last     int64 // Unix milliseconds
	channels []string
}

// openTouch is a touch while its person may still turn out to have more. Its person is a number: of two million people, two share one
// in a report of ten million.
type openTouch struct {
	person  uint64
	time    int64
	id      uint32 // where it stands among the collector's ids
	click   uint32 // likewise, the click that made it; 0: none is known
	channel uint32 // index of a name
	kind    uint32
}

// collector gathers the touches of people who have not converted.
type collector struct {
	options    attribution.Options // the site's
	persons    *journey.Persons
	converters map[uint64]struct{}
	touches    []openTouch
	ids        []byte // each behind its length
	names      []string
	index      map[string]uint32 // of names
	most       held
	mask       uint64
}

// held bounds a collector.
type held struct{ touches, links int }

func newCollector(h *report.Head, most held) *collector {
	return &collector{
		options: h.Options(), persons: journey.PersonsOf(nil), converters: map[uint64]struct{}{}, index: map[string]uint32{}, most: most,
	}
}

// add takes a touch of a type that the site takes.
func (c *collector) add(v sweep.Touch) {
	person := numbered(c.persons.Of(v.Of))
	if _, converted := c.converters[person]; converted || person&c.mask != 0 || !c.options.Counts(v.Type) {
		return
	}
	c.touches = append(c.touches, openTouch{person, v.Time, c.keep(v.ID), c.keepClick(v.Click), c.name(kpi.Name(v.Channel)), c.name(v.Type)})
	for len(c.touches) > c.most.touches {
		c.halve()
	}
}

// takes reports whether a person is in the sample. Who is depends on nothing but the id.
func (c *collector) takes(person string) bool { return numbered(person)&c.mask == 0 }

// numbered is an id's number: FNV-1a, and what it leaves in the low bits spread.
func numbered(id string) uint64 {
	f := fnv.New64a()
	f.Write([]byte(id))
	h := f.Sum64()
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	return h ^ h>>33
}

// halve leaves out every second person. The sample in the end is the largest that fits, in whatever order touches came.
func (c *collector) halve() {
	c.mask = c.mask<<1 | 1
	old, list := c.ids, c.touches
	c.ids, c.touches = nil, list[:0]
	for _, t := range list {
		if t.person&c.mask == 0 {
			t.id = c.keep(idAt(old, t.id))
			if t.click != 0 {
				t.click = c.keep(idAt(old, t.click))
			}
			c.touches = append(c.touches, t)
		}
	}
}

func (c *collector) keep(id string) uint32 {
	at := len(c.ids)
	c.ids = append(binary.AppendUvarint(c.ids, uint64(len(id))), id...)
	return uint32(at)
}

// keepClick is behind an id, and so never 0 where there is a click.
func (c *collector) keepClick(id string) uint32 {
	if id == "" {
		return 0
	}
	return c.keep(id)
}

func idAt(ids []byte, at uint32) string {
	length, n := binary.Uvarint(ids[at:])
	from := int(at) + n
	return string(ids[from : from+int(length)])
}

func (c *collector) name(s string) uint32 {
	at, known := c.index[s]
	if !known {
		at = uint32(len(c.names))
		c.index[s], c.names = at, append(c.names, s)
	}
	return at
}

// paths are the ways as the site's settings see them, those without any touch left out. One is valid until the next.
func (c *collector) paths() iter.Seq[openPath] {
	slices.SortFunc(c.touches, func(a, b openTouch) int { return cmp.Or(cmp.Compare(a.person, b.person), cmp.Compare(a.time, b.time)) })
	return func(yield func(openPath) bool) {
		var touches []attribution.Touch
		var path openPath
		for from := 0; from < len(c.touches); {
			person := c.touches[from].person
			touches, path = touches[:0], openPath{channels: path.channels[:0]}
			for ; from < len(c.touches) && c.touches[from].person == person; from++ {
				t := c.touches[from]
				path.last = t.time
				touches = append(touches, attribution.Touch{Time: t.time, ID: idAt(c.ids, t.id), Channel: c.names[t.channel], Type: c.names[t.kind]})
			}
			group := c.touches[from-len(touches) : from]
			attribution.Settle(touches, func(i int) string {
				if at := group[i].click; at != 0 {
					return idAt(c.ids, at)
				}
				return ""
			})
			for _, t := range c.options.Eligible(touches, path.last, 0) {
				path.channels = append(path.channels, t.Channel)
			}
			if len(path.channels) > 0 && !yield(path) {
				return
			}
		}
	}
}
