package pump

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tributary/local/function"
	"tributary/local/streams"
)

// overhead is what a batch needs besides its records and its state.
const overhead = 2048

// maxState is the most a tumbling window's state may take before Lambda ends the window early, in bytes.
const maxState = 1 << 20

// windowOf is the start of the tumbling window a record falls in. Engines round creation times, so none falls before the open one.
func (s *shard) windowOf(r streams.Record) int64 {
	size := int64(s.m.Config.Tumbling / time.Second)
	if size == 0 {
		return 0
	}
	return max(r.Created.Unix()/size*size, s.at.Window)
}

// cut tells how many of the buffer's records go into the next batch, and whether it can take no more.
func (s *shard) cut() (n int, full bool) {
	room := function.MaxPayload - overhead - len(s.at.State)
	window := s.windowOf(s.buffer[0])
	for n < len(s.buffer) && n < s.m.Config.BatchSize {
		room -= len(s.buffer[n].JSON) + 1
		if n > 0 && (room < 0 || s.windowOf(s.buffer[n]) != window) {
			return n, true
		}
		n++
	}
	return n, n == s.m.Config.BatchSize
}

// handle takes the next batch through the function and out of the buffer.
func (s *shard) handle(ctx context.Context) {
	s.dropOld()
	if len(s.buffer) == 0 {
		return
	}
	window := s.windowOf(s.buffer[0])
	if s.at.Window != 0 && s.at.Window != window && !s.closeWindow(ctx, false) {
		return
	}
	s.at.Window = window
	n, _ := s.cut()
	if s.deliver(ctx, s.buffer[:n]) {
		s.buffer = s.buffer[n:]
		s.since = time.Now()
	}
}

// dropOld passes over records beyond MaximumRecordAgeInSeconds.
func (s *shard) dropOld() {
	limit, n := s.m.Config.MaxAge, 0
	if limit < 0 {
		return
	}
	for n < len(s.buffer) && s.m.Now().Sub(s.buffer[n].Created) > limit {
		n++
	}
	if n == 0 {
		return
	}
	s.m.Note(fmt.Sprintf("passing over %d records older than %s", n, limit))
	s.commit(s.buffer[:n], s.at.State)
	s.buffer = s.buffer[n:]
}

// deliver invokes the function until it has handled the batch, or the mapping says to give it up. It returns false when ctx ends.
func (s *shard) deliver(ctx context.Context, batch []streams.Record) bool {
	for failures := 0; len(batch) > 0; {
		handled, state, err := s.try(ctx, batch)
		if ctx.Err() != nil {
			return false
		}
		if handled > 0 {
			s.commit(batch[:handled], state)
		}
		batch = batch[handled:]
		s.trouble.tell(ctx, err)
		if err == nil {
			break
		}
		if handled > 0 {
			failures = 0
		}
		failures++
		if s.m.Config.MaxRetries >= 0 && failures > s.m.Config.MaxRetries {
			s.m.Note(fmt.Sprintf("giving up %d records after %d attempts, the first is %s", len(batch), failures, batch[0].Sequence))
			s.commit(batch, s.at.State)
			return true
		}
		if s.m.Config.Bisect && len(batch) > 1 {
			half := len(batch) / 2
			return s.deliver(ctx, batch[:half]) && s.deliver(ctx, batch[half:])
		}
		if !wait(ctx, backoff(failures), nil) {
			return false
		}
	}
	if len(s.at.State) > maxState {
		return s.closeWindow(ctx, true)
	}
	return true
}

func backoff(failures int) time.Duration {
	return min(backoffMin<<min(failures-1, 10), backoffMax)
}

// commit remembers that the records were handled.
func (s *shard) commit(records []streams.Record, state json.RawMessage) {
	s.at.Sequence, s.at.State = records[len(records)-1].Sequence, state
	s.save()
}

// try invokes the function once and tells how many records from the front are handled. An error means that the rest must come again.
func (s *shard) try(ctx context.Context, batch []streams.Record) (int, json.RawMessage, error) {
	answer, failed, err := s.m.Invoke(ctx, s.event(batch, false, false))
	switch {
	case err != nil:
		return 0, nil, err
	case failed:
		return 0, nil, fmt.Errorf("the function failed on %d records: %s", len(batch), bytes.TrimSpace(answer[:min(len(answer), 500)]))
	}
	return s.judge(answer, batch)
}

// judge reads the function's answer as Lambda does.
func (s *shard) judge(answer []byte, batch []streams.Record) (int, json.RawMessage, error) {
	var a struct {
		State    json.RawMessage `json:"state"`
		Failures []struct {
			ID *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	err := json.Unmarshal(answer, &a)
	if s.m.Config.Tumbling > 0 {
		if err != nil || len(a.State) == 0 || string(a.State) == "null" {
			return 0, nil, errors.New("the answer holds no state, which a tumbling window needs (an empty object will do)")
		}
	} else {
		a.State = nil
	}
	if !s.m.Config.PartialFailures {
		return len(batch), a.State, nil
	}
	if err != nil {
		return 0, nil, fmt.Errorf("the answer is no object with batchItemFailures: %w", err)
	}
	handled := len(batch)
	for _, f := range a.Failures {
		i := position(batch, f.ID)
		if i < 0 {
			return 0, nil, errors.New("batchItemFailures names no record of the batch: the whole batch comes again")
		}
		handled = min(handled, i)
	}
	if handled < len(batch) {
		return handled, a.State, fmt.Errorf("the function handled %d of %d records, %s comes again", handled, len(batch), batch[handled].Sequence)
	}
	return handled, a.State, nil
}

func position(batch []streams.Record, id *string) int {
	for i := range batch {
		if id != nil && batch[i].Sequence == *id {
			return i
		}
	}
	return -1
}

// expireWindow ends the open window once its time is over; the shard has just been found empty.
func (s *shard) expireWindow(ctx context.Context) {
	end := time.Unix(s.at.Window, 0).Add(s.m.Config.Tumbling)
	if s.at.Window != 0 && s.m.Now().After(end.Add(windowGrace)) {
		s.closeWindow(ctx, false)
	}
}

// closeWindow makes the final call of the open window, until it succeeds or its retries are used up.
func (s *shard) closeWindow(ctx context.Context, early bool) bool {
	if s.at.Window == 0 {
		return true
	}
	for failures := 0; ; {
		answer, failed, err := s.m.Invoke(ctx, s.event(nil, true, early))
		if err == nil && failed {
			err = fmt.Errorf("the function failed on the end of a window: %s", bytes.TrimSpace(answer[:min(len(answer), 500)]))
		}
		if err == nil {
			_, _, err = s.judge(answer, nil)
		}
		if ctx.Err() != nil {
			return false
		}
		s.trouble.tell(ctx, err)
		failures++
		if err == nil || s.m.Config.MaxRetries >= 0 && failures > s.m.Config.MaxRetries {
			break
		}
		if !wait(ctx, backoff(failures), nil) {
			return false
		}
	}
	if s.at.State = nil; !early {
		s.at.Window = 0
	}
	s.save()
	return true
}

// event is what the function gets, https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html for the windowed form.
func (s *shard) event(batch []streams.Record, final, early bool) []byte {
	size := overhead + len(s.at.State)
	for i := range batch {
		size += len(batch[i].JSON) + 1
	}
	b := append(make([]byte, 0, size), `{"Records":[`...)
	for i := range batch {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, batch[i].JSON...)
	}
	b = append(b, ']')
	if s.m.Config.Tumbling > 0 {
		b = s.window(b, final, early)
	}
	return append(b, '}')
}

func (s *shard) window(b []byte, final, early bool) []byte {
	start := time.Unix(s.at.Window, 0).UTC()
	b = fmt.Appendf(b, `,"window":{"start":%q,"end":%q},"state":`, start.Format(time.RFC3339), start.Add(s.m.Config.Tumbling).Format(time.RFC3339))
	if len(s.at.State) == 0 {
		b = append(b, "{}"...)
	} else {
		b = append(b, s.at.State...)
	}
	b = append(b, `,"shardId":`...)
	b = strconv.AppendQuote(b, s.id)
	b = append(b, `,"eventSourceARN":`...)
	b = strconv.AppendQuote(b, s.m.ARN)
	return fmt.Appendf(b, `,"isFinalInvokeForWindow":%t,"isWindowTerminatedEarly":%t`, final, early)
}
