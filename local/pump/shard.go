package pump

import (
	"context"
	"errors"
	"time"

	"tributary/local/streams"
)

const (
	pageSize    = 1000                   // most records a poll asks for
	busyPage    = 200                    // a page of that many means that more is waiting
	backoffMin  = 100 * time.Millisecond // after the first failure; doubled with each
	backoffMax  = 5 * time.Second
	lostAfter   = 3 // failures to find a checkpoint's place before reading from the start
	windowGrace = time.Second
)

// shard pumps one shard; only quiet and done are touched by others, under the mapping's lock.
type shard struct {
	m        *Mapping
	id       string
	at       Checkpoint
	iterator string
	lost     int
	ended    bool // no records come after those in the buffer
	buffer   []streams.Record
	since    time.Time // when the first of the buffer was read: where its batching window begins
	trouble  trouble
	polled   time.Time       // start of the last poll
	small    bool            // it returned little
	wake     <-chan struct{} // closed when the next poll is wanted at once

	// for others under the mapping's lock
	quiet time.Time
	done  bool
}

func newShard(m *Mapping, id string) *shard {
	s := &shard{m: m, id: id, trouble: trouble{note: m.Note}}
	s.at, _ = m.Checkpoints.Get(m.key(id))
	s.done = s.at.Closed
	return s
}

// run pumps until the shard is closed and handled, or ctx ends.
func (s *shard) run(ctx context.Context) {
	if s.m.Config.FromLatest && !s.skip(ctx) {
		return
	}
	for ctx.Err() == nil {
		if s.wants() {
			s.poll(ctx)
			continue
		}
		if len(s.buffer) > 0 {
			s.handle(ctx)
			continue
		}
		if s.ended {
			s.finish(ctx)
			return
		}
	}
}

// wants tells whether another poll comes before the next batch: the buffer is empty, or it may still grow.
func (s *shard) wants() bool {
	if s.ended {
		return false
	}
	if len(s.buffer) == 0 {
		return true
	}
	_, full := s.cut()
	return !full && !s.m.Idle.urgent() && time.Since(s.since) < s.m.Config.BatchWindow
}

// poll reads a page into the buffer, after a pause if it is too early for another.
func (s *shard) poll(ctx context.Context) {
	if d := s.rest(); d > 0 {
		wait(ctx, d, s.wake)
		if len(s.buffer) > 0 || ctx.Err() != nil {
			s.wake = s.m.Idle.woken()
			return // its window may be over
		}
	}
	s.wake = s.m.Idle.woken()
	begun := time.Now()
	n, err := s.read(ctx)
	s.polled, s.small = begun, n < busyPage
	s.trouble.tell(ctx, err)
	switch {
	case err != nil:
		s.note(time.Time{})
		wait(ctx, backoffMin, nil)
	case s.iterator == "": // forgiven, so the next poll tells; or ended
	case len(s.buffer) == 0:
		s.note(begun)
		s.expireWindow(ctx)
	}
}

// rest is how long the next poll has to wait: Lambda polls a shard some times a second, however little it finds.
func (s *shard) rest() time.Duration {
	interval := pollPause
	if !s.small || s.iterator == "" {
		interval = 0
	}
	d := interval - time.Since(s.polled)
	if len(s.buffer) > 0 {
		d = min(d, s.m.Config.BatchWindow-time.Since(s.since))
	}
	return d
}

// read adds a page to the buffer.
func (s *shard) read(ctx context.Context) (int, error) {
	if err := s.seek(ctx); err != nil {
		return 0, err
	}
	records, next, err := s.m.Source.Records(ctx, s.m.ARN, s.iterator, pageSize)
	if err != nil {
		s.iterator = "" // begin anew after what is in the buffer
		return 0, s.forgive(err)
	}
	s.iterator, s.ended, s.lost = next, next == "", 0
	if len(records) > 0 {
		if len(s.buffer) == 0 {
			s.since = time.Now()
		}
		s.buffer = append(s.buffer, records...)
		s.note(time.Time{})
	}
	return len(records), nil
}

// forgive takes errors away that another iterator mends: DynamoDB Local takes one of a still empty shard for trimmed once the first
// record is there, and all iterators expire.
func (s *shard) forgive(err error) error {
	var refused *streams.Error
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Code {
	case "ExpiredIteratorException":
		return nil
	case "TrimmedDataAccessException":
		s.lost++
		if s.lost < lostAfter {
			return nil
		}
	}
	return err
}

// seek finds the place after the buffer or the checkpoint. A place that is not to be found (trimmed, or lost with the engine's data) becomes
// the oldest record there is: functions must bear a record twice, none may be missed.
func (s *shard) seek(ctx context.Context) error {
	if s.iterator != "" {
		return nil
	}
	after := s.at.Sequence
	if n := len(s.buffer); n > 0 {
		after = s.buffer[n-1].Sequence
	}
	if s.lost >= lostAfter && after != "" {
		s.m.Note("the place in shard " + s.id + " is lost, reading it from its oldest record")
		s.at.Sequence, s.buffer, after = "", nil, ""
	}
	it, err := s.m.Source.Iterator(ctx, s.m.ARN, s.id, after)
	var refused *streams.Error
	if errors.As(err, &refused) {
		s.lost++
	}
	s.iterator = it
	return err
}

// skip passes over what was there before a LATEST mapping was first seen, and remembers that it did.
func (s *shard) skip(ctx context.Context) bool {
	if _, known := s.m.Checkpoints.Get(s.m.key("")); known {
		return true
	}
	for ctx.Err() == nil {
		n, err := s.read(ctx)
		s.trouble.tell(ctx, err)
		switch {
		case err != nil:
			wait(ctx, backoffMin, nil)
		case s.iterator == "" && !s.ended:
		case n == 0 || s.ended:
			if n := len(s.buffer); n > 0 {
				s.at.Sequence = s.buffer[n-1].Sequence
			}
			s.buffer = nil
			s.save()
			s.m.Checkpoints.Put(s.m.key(""), Checkpoint{})
			err := s.m.Checkpoints.Sync() // forgotten, it would skip again what came meanwhile
			s.trouble.tell(ctx, err)
			return err == nil
		}
	}
	return false
}

// finish closes the window of a shard that is read to its end and frees its children.
func (s *shard) finish(ctx context.Context) {
	if !s.closeWindow(ctx, false) {
		return
	}
	s.at.Closed = true
	s.save()
	s.m.mu.Lock()
	s.done = true
	s.m.looked = time.Time{} // its children have to be found before anything is idle
	s.m.mu.Unlock()
	select {
	case s.m.closed <- struct{}{}:
	default:
	}
}

// note sets since when nothing has been waiting here; zero = something is.
func (s *shard) note(quiet time.Time) {
	s.m.mu.Lock()
	s.quiet = quiet
	s.m.mu.Unlock()
}

func (s *shard) save() { s.m.Checkpoints.Put(s.m.key(s.id), s.at) }
