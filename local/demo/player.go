package demo

import (
	"context"
	"slices"
	"time"

	"tributary/local/send"
)

// Player plays a story: what lies in the past at once, then what happens as it happens.
type Player struct {
	Story  Story
	Sender *send.Sender // of the site that the story is of
	Now    func() time.Time
	Sleep  func(ctx context.Context, d time.Duration) error
	Days   int // of history before today
	Limit  int // steps after which it ends, so that what is forgotten fills no disk
	Played Played
}

// Played is what has been said and how it was taken.
type Played struct{ Steps, Hooks, Accepted, Duplicates int }

// catchUp is how far behind what is live may be said: a laptop that slept goes on with the present.
const catchUp = time.Minute

// inHistory is after how many steps of history the laptop gets time to count them.
const inHistory = 500

// Play sets the site up and plays until ctx ends, the limit is reached or something is refused.
func (p *Player) Play(ctx context.Context) error {
	if err := p.setUp(ctx); err != nil {
		return err
	}
	now := p.Now()
	today := now.UTC().Truncate(24 * time.Hour)
	var waiting []Step
	for day := today.AddDate(0, 0, -p.Days); !day.After(today); day = day.AddDate(0, 0, 1) {
		waiting = append(waiting, p.Story.Day(day)...)
	}
	slot := now.Unix() / int64(SlotLength/time.Second)
	for {
		due, rest := split(waiting, now)
		due = due[:min(len(due), p.Limit-p.Played.Steps)]
		for some := range slices.Chunk(due, inHistory) {
			if err := p.tell(ctx, some); err != nil {
				return err
			}
			if len(due) > inHistory {
				p.settle(ctx)
			}
		}
		if p.Played.Steps >= p.Limit {
			return nil
		}
		if err := p.Sleep(ctx, Tick); err != nil {
			return err
		}
		waiting, now = rest, p.Now()
		for begun := now.Unix() / int64(SlotLength/time.Second); slot < begun; {
			slot = max(slot+1, begun-int64(catchUp/SlotLength))
			waiting = append(waiting, p.Story.Slot(slot)...)
		}
		if day := now.UTC().Truncate(24 * time.Hour); day.After(today) {
			today, waiting = day, append(waiting, p.Story.Day(day)...)
		}
	}
}

// split takes what is due, in order of time, from what is to come.
func split(steps []Step, now time.Time) (due, rest []Step) {
	slices.SortStableFunc(steps, func(a, b Step) int { return a.At.Compare(b.At) })
	n, _ := slices.BinarySearchFunc(steps, now, func(s Step, now time.Time) int {
		if s.At.After(now) {
			return 1
		}
		return -1
	})
	return steps[:n], steps[n:]
}
