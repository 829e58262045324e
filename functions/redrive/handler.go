// Command redrive puts back what the doors kept in S3 while DynamoDB did not take it, asks providers about what their
// webhooks only point at, and carries out demands for erasure.
//
// Trigger: a schedule every five minutes, or an invocation; its input says nothing.
// Reads: the bucket's spill/, site settings, keys and connections from Config, lookups and demands from Quarantine, HubSpot's API;
// for an erasure a person's events and records.
// Writes: events into Events; files of spend that waited into the bucket's imports/; what is refused now into Quarantine; objects
// that nobody can read move to unreadable/. An object is deleted once each of its events is stored or kept aside. An erasure
// rewrites Events and Journeys (package erasure).
// A second run: what is stored already is a duplicate, what is kept aside is kept once, what is deleted is gone; so two runs
// at once are sound, and one that died is gone on with.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"tributary/shared/archive"
	"tributary/shared/ingest"
	"tributary/shared/obs"
	"tributary/shared/spill"
	"tributary/shared/store"
	"tributary/shared/webhook/receive"
)

// Bounds of a run.
const (
	workers  = 4                // objects at once; each may hold 500 events, of which many are put at once
	reserve  = 10 * time.Second // before Lambda's end no further object is begun
	perTry   = 90 * time.Second // one object
	hopeless = 2 * workers      // objects in a row that the store does not take: it is away still
)

// objects is the bucket; see archive.Archive.
type objects interface {
	Page(ctx context.Context, prefix, after string) ([]archive.File, error)
	Get(ctx context.Context, key string, limit int64) ([]byte, error)
	Delete(ctx context.Context, key string) error
	Move(ctx context.Context, from, to string) error
}

type handler struct {
	objects objects
	keys    ingest.KeySource
	aside   ingest.Aside
	door    func(name string) *ingest.Ingest
	now     func() time.Time
	log     *slog.Logger

	tasks    tasks
	complete completer
	erase    eraser
	later    func(ctx context.Context, delivery []byte) (receive.Result, error) // see receive.Receiver
}

// summary is what a run did. Left counts objects that it met and could not finish.
type summary struct {
	Objects    int64 `json:"objects"`
	Stored     int64 `json:"stored"`
	Duplicates int64 `json:"duplicates"`
	Refused    int64 `json:"refused"`
	Unreadable int64 `json:"unreadable"`
	Left       int64 `json:"left"`
	Lookups    int64 `json:"lookups"`
	Waiting    int64 `json:"lookups_left"`
	Erased     int64 `json:"erased"`
	Unerased   int64 `json:"erasures_left"`
	More       bool  `json:"more"` // it ended before it had met every object
}

// run is one invocation on its way.
type run struct {
	*handler
	summary
	end       time.Time // no object is begun after it; zero: no bound
	failures  atomic.Int64
	oldest    atomic.Int64 // arrival of the oldest object that is left, Unix milliseconds; 0: none
	mu        sync.Mutex
	doors     map[string]*ingest.Ingest
	byDoor    map[string]int
	doorNames []string
}

// handle serves one invocation. Its error is the bucket's or the table's: without a listing nothing is known.
func (h *handler) handle(ctx context.Context, _ json.RawMessage) (summary, error) {
	r := &run{handler: h, doors: map[string]*ingest.Ingest{}, byDoor: map[string]int{}}
	if deadline, ok := ctx.Deadline(); ok {
		r.end = deadline.Add(-reserve)
	}
	err := errors.Join(r.pages(ctx), r.lookups(ctx), r.erasures(ctx))
	for _, door := range r.doorNames {
		obs.Count(ctx, h.log, "redriven", r.byDoor[door], "door", door)
	}
	if oldest := r.oldest.Load(); oldest != 0 {
		age := h.now().Sub(time.UnixMilli(oldest))
		h.log.WarnContext(ctx, "events wait in S3", "spill_age_seconds", int64(age.Seconds()), "objects_left", r.Left, "more", r.More)
	}
	return r.summary, err
}

// pages meets every object, the oldest first.
func (r *run) pages(ctx context.Context) error {
	for after := ""; ; {
		files, err := r.objects.Page(ctx, spill.Root, after)
		if err != nil || len(files) == 0 {
			return err
		}
		r.all(ctx, files)
		if r.More {
			return nil
		}
		after = files[len(files)-1].Key
	}
}

// all puts the objects of one page back, several at once.
func (r *run) all(ctx context.Context, files []archive.File) {
	queue := make(chan archive.File)
	var running sync.WaitGroup
	for range min(workers, len(files)) {
		running.Go(func() {
			for f := range queue {
				r.one(ctx, f)
			}
		})
	}
	for _, f := range files {
		if r.over() {
			r.More = true
			r.left(f.Key)
			break
		}
		queue <- f
	}
	close(queue)
	running.Wait()
}

// over reports that the run should end: time is up, or the store is away.
func (r *run) over() bool {
	return !r.end.IsZero() && r.now().After(r.end) || r.failures.Load() >= hopeless
}

// one puts one object back. One that fails stays and is no hindrance to the others.
func (r *run) one(ctx context.Context, f archive.File) {
	ctx, cancel := context.WithTimeout(ctx, perTry)
	defer cancel()
	done, err := r.object(ctx, f)
	r.mu.Lock()
	r.add(done)
	r.mu.Unlock()
	if err == nil {
		r.failures.Store(0)
		return
	}
	r.failures.Add(1)
	r.left(f.Key)
	r.log.WarnContext(ctx, "an object stays", "key", f.Key, "error", err)
}

func (r *run) add(s summary) {
	r.Objects += s.Objects
	r.Stored += s.Stored
	r.Duplicates += s.Duplicates
	r.Refused += s.Refused
	r.Unreadable += s.Unreadable
}

// left notes an object that stays.
func (r *run) left(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Left++
	at, ok := spill.ArrivedAt(key)
	if ms := at.UnixMilli(); ok && (r.oldest.Load() == 0 || ms < r.oldest.Load()) {
		r.oldest.Store(ms)
	}
}

// in is the way in of a door.
func (r *run) in(door string) *ingest.Ingest {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.doors[door] == nil {
		r.doors[door] = r.door(door)
		r.doorNames = append(r.doorNames, door)
	}
	return r.doors[door]
}

// count notes events of a door that are stored now.
func (r *run) count(door string, n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byDoor[door] += int(n)
}

// kept is an entry about an object, which stands once however often the object is met.
func (r *run) kept(key, to string, cause error) store.Quarantined {
	at, ok := spill.ArrivedAt(key)
	if !ok {
		at = time.UnixMilli(0)
	}
	return store.Quarantined{
		ID: "object-" + key, Received: at.UnixMilli(), Door: "redrive", Code: "unreadable_object",
		Message: "an object in S3 cannot be read (" + cause.Error() + "); it lies at " + to, Raw: to,
	}
}
