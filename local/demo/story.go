// Package demo tells the story of a shop that markets itself, and plays it into a running Tributary as the shop's pages,
// its server, its ad platforms and its tools would: the events by the keyed door, the tools' webhooks signed.
package demo

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"tributary/local/send"
)

// Site is the site that the story is of.
const Site = "demo"

// Step is one thing that happens: an event of the shop's, or a webhook of one of its tools.
type Step struct {
	At    time.Time
	Event map[string]any
	Hook  *Hook
}

// Hook is a webhook of a provider, made of one of its fixtures.
type Hook struct {
	Provider, Event string
	ID              string // of the delivery
	Change          send.Change
}

// Story is all that happens. It follows from its seed and the time alone, ids included, so who plays it again says nothing new.
type Story struct {
	Seed     string
	Visitors int // a day, in history
}

// pace is how fast a visitor acts.
type pace struct {
	page  time.Duration // the longest stay on a page
	later time.Duration // the longest until a refund, or until a friend takes up an invite
}

var (
	days = pace{page: 2 * time.Minute, later: 6 * 24 * time.Hour}
	live = pace{page: 20 * time.Second, later: 20 * time.Minute}
)

// Day is what begins on a day (UTC); some of it ends days later.
func (s Story) Day(day time.Time) []Step {
	day = day.UTC().Truncate(24 * time.Hour)
	steps := append(s.spend(day), s.posts(day)...)
	for i := range s.Visitors {
		sc := s.scene(fmt.Sprintf("%s-%d", day.Format("20060102"), i), days)
		from := sc.source()
		if sc.sure = i == 0; sc.sure {
			from = friends
		}
		sc.visit(day.Add(sc.within(24*time.Hour)), sc.who(day), from)
		steps = append(steps, sc.steps...)
	}
	return append(steps, s.newsletter(day)...)
}

// SlotLength is how often a visitor comes while the story is live: with all that visitors do, some two events a second.
const SlotLength = 2 * time.Second

// Tick is how often the player looks what has become due.
const Tick = SlotLength / 2

// Slot is what begins with the live visitor of a slot, counted from the epoch. Now and then a mail goes out too.
func (s Story) Slot(n int64) []Step {
	at := time.Unix(0, 0).UTC().Add(time.Duration(n) * SlotLength)
	sc := s.scene(fmt.Sprintf("live-%d", n), live)
	sc.visit(at, sc.who(at), sc.source())
	if n%5 == 0 {
		sc.mail(at, sc.who(at), n/5)
	}
	if n%11 == 0 {
		sc.engage(at, s.post(at.AddDate(0, 0, -1)))
	}
	return sc.steps
}

// scene gathers the steps of one visitor, mail or post, with chance and ids of its own.
type scene struct {
	*rand.Rand
	pace
	story Story
	id    string
	sure  bool // whatever may happen happens: the first visitor of a day, so that no day is without a sale or a refund of it
	steps []Step
}

func (s Story) scene(id string, p pace) *scene {
	sum := sha256.Sum256([]byte(s.Seed + "\x00" + id))
	chance := rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])))
	return &scene{Rand: chance, pace: p, story: s, id: s.Seed + "-" + id}
}

// say adds an event with an id of its own.
func (sc *scene) say(at time.Time, typ string, fields ...map[string]any) {
	e := map[string]any{"id": fmt.Sprintf("%s-%d", sc.id, len(sc.steps)), "type": typ, "site": Site, "time": at.UnixMilli()}
	for _, f := range fields {
		for name, v := range f {
			e[name] = v
		}
	}
	sc.steps = append(sc.steps, Step{At: at, Event: e})
}

// hook adds a webhook; what it is about happened at its moment, whenever it is sent.
func (sc *scene) hook(at time.Time, provider, event string, c send.Change) {
	c.Now = at
	id := fmt.Sprintf("%s-%d", sc.id, len(sc.steps))
	if c.Seed == "" {
		c.Seed = id
	}
	sc.steps = append(sc.steps, Step{At: at, Hook: &Hook{Provider: provider, Event: event, ID: id, Change: c}})
}

// often is true that many times of a hundred.
func (sc *scene) often(percent int) bool { return sc.IntN(100) < percent || sc.sure }

// within is a span below a longest one, in whole seconds and not none.
func (sc *scene) within(longest time.Duration) time.Duration {
	return time.Duration(1+sc.Int64N(max(1, int64(longest/time.Second)-1))) * time.Second
}
