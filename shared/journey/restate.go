package journey

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tributary/shared/attribution"
	"tributary/shared/event"
	"tributary/shared/settings"
)

// LinkStore is the identity index. Links is consistent; PutLink keeps the earliest evidence of a link.
type LinkStore interface {
	Links(ctx context.Context, site, node string) ([]Link, error)
	PutLink(ctx context.Context, site string, l Link) error
}

// RecordStore keeps records. Record is consistent and has Rev 0 where none is; PutRecord writes in place of revision r.Rev
// and answers false, having written nothing, when another stands.
type RecordStore interface {
	Record(ctx context.Context, site, kind, node string) (Record, error)
	PutRecord(ctx context.Context, site, kind string, r Record) (bool, error)
	// RecordsUnder reads, consistently, the records of a kind whose nodes begin with head, up to and with its "\x1f".
	RecordsUnder(ctx context.Context, site, kind, head string) ([]Record, error)
}

// EventReader reads the conversions, links and touches of one home, consistently.
type EventReader interface {
	HomeEvents(ctx context.Context, site, home string) ([]*event.Event, error)
}

// SettingsReader reads a site's settings; false: there is no such site.
type SettingsReader interface {
	Site(ctx context.Context, id string) (settings.Site, bool, error)
	Goals(ctx context.Context, site string) ([]settings.Goal, error)
}

// Restater restates the records of everybody whom events touch. All its fields but Report and Sighter must be set. It keeps nothing
// between calls and is safe for concurrent use.
type Restater struct {
	Links    LinkStore
	Records  RecordStore
	Events   EventReader
	Settings SettingsReader
	Now      func() time.Time
	Cause    string                          // stands as every record's Cause in the place of events, as for a change of settings
	Report   func(context.Context, Incident) // told what had to be left out; nil: nobody
	Sighter  Sighter                         // told who visited; nil: nobody

	// Uncounted is for a rebuild, which sets the counters right itself: records that it makes are marked, and a reader of the
	// stream adds nothing for them. What stood before, or is written later by others, counts as ever.
	Uncounted bool
}

// Input is one event with the sequence number of its stream record, which names it in the answer.
type Input struct {
	Sequence string
	Event    *event.Event
}

// Incident is something that was left out and that somebody should look at.
type Incident struct {
	Site, Node string
	What       What
	Err        error
}

// What happened.
type What string

// Incidents.
const (
	TooManyLinks     What = "too_many_links"    // the id has maxLinks links and gets no more
	ComponentBounded What = "component_bounded" // the component has maxNodes nodes and more
	RecordRefused    What = "record_refused"    // the store will never take the record
)

func (r *Restater) report(ctx context.Context, i Incident) {
	if r.Report != nil {
		r.Report(ctx, i)
	}
}

const (
	clusters = 8  // restated at once
	attempts = 10 // to write a cluster's records before the batch is tried again
)

// Handle restates what the events of a batch change, each cluster once. It returns the sequence numbers of the events that
// have to come again, in the order of the inputs, with the first error. Handling events again changes nothing, in any
// order and beside any other call.
func (r *Restater) Handle(ctx context.Context, inputs []Input) (failed []string, err error) {
	var sites []string
	bySite := map[string][]Input{}
	for _, in := range inputs {
		if bySite[in.Event.Site] == nil {
			sites = append(sites, in.Event.Site)
		}
		bySite[in.Event.Site] = append(bySite[in.Event.Site], in)
	}
	lost := map[string]bool{}
	for _, id := range sites {
		again, e := r.site(ctx, id, bySite[id])
		for _, in := range again {
			lost[in.Sequence] = true
		}
		if err == nil {
			err = e
		}
	}
	for _, in := range inputs {
		if lost[in.Sequence] {
			failed = append(failed, in.Sequence)
		}
	}
	return failed, err
}

// site handles the events of one site and returns those that have to come again.
func (r *Restater) site(ctx context.Context, id string, inputs []Input) ([]Input, error) {
	b := &batch{Restater: r, id: id, failed: map[int]error{}}
	if !slices.ContainsFunc(inputs, func(in Input) bool { return b.mayMatter(in.Event) }) {
		return nil, nil
	}
	var err error
	if b.site, b.goals, err = r.settings(ctx, id); err != nil {
		return inputs, err
	}
	b.inputs = slices.DeleteFunc(slices.Clone(inputs), func(in Input) bool { return !b.mayMatter(in.Event) })
	b.link(ctx)
	b.restate(ctx)
	b.gathered(ctx)
	var again []Input
	for i, in := range b.inputs {
		if e := b.failed[i]; e != nil {
			again = append(again, in)
			if err == nil {
				err = e
			}
		}
	}
	return again, err
}

// settings reads what the records of a site depend on. An event of a site that has gone meanwhile keeps the defaults.
func (r *Restater) settings(ctx context.Context, id string) (site settings.Site, goals []settings.Goal, _ error) {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		var found bool
		var err error
		if site, found, err = r.Settings.Site(ctx, id); err == nil && !found {
			site = settings.DefaultSite(id)
		}
		return err
	})
	g.Go(func() (err error) {
		goals, err = r.Settings.Goals(ctx, id)
		return err
	})
	if err := g.Wait(); err != nil {
		return site, nil, fmt.Errorf("journey: settings of %q: %w", id, err)
	}
	return site, goals, nil
}

// cluster brings the records of one cluster up to date. A record that another call wrote meanwhile starts it again: what
// was read no longer is what the record was made of.
func (b *batch) cluster(ctx context.Context, g group) error {
	seeds, homeless := g.nodes, b.homeless(g)
	for range attempts {
		sold, done, err := b.attempt(ctx, seeds, homeless, b.cause(g.inputs))
		if err != nil {
			return err
		}
		if done {
			b.sell(sold, g)
			return nil
		}
		if seeds, _, err = b.expand(ctx, b.id, seeds.sorted()); err != nil {
			return err
		}
	}
	return fmt.Errorf("journey: the records around %q were written by others %d times", seeds.sorted()[0], attempts)
}

// attempt reads a cluster, assembles it, writes what has changed and returns what its sales say of other records; false when
// somebody else wrote first.
func (b *batch) attempt(ctx context.Context, seeds nodes, homeless []*event.Event, cause string) (sold []piece, done bool, _ error) {
	c, err := b.gather(ctx, b.id, seeds)
	if err != nil {
		return nil, false, err
	}
	c.Site, c.Goals, c.Events = b.site, b.goals, append(c.Events, homeless...)
	w, revs := newWorld(c), map[string]int64{}
	for _, next := range w.records() {
		was := c.Records[next.Node]
		if b.frozen(was) {
			continue
		}
		if revs[next.Node] = was.Rev; was.Digest == next.Digest {
			continue
		}
		won, err := b.put(ctx, KindConversion, was, next, cause)
		if errors.Is(err, ErrRefused) {
			b.report(ctx, Incident{Site: b.id, Node: next.Node, What: RecordRefused, Err: err})
			delete(revs, next.Node)
			continue
		}
		if !won || err != nil {
			return nil, false, err
		}
		revs[next.Node]++
	}
	return w.soldPieces(revs), true, nil
}

// put writes a record in the place of the one that was read.
func (b *batch) put(ctx context.Context, kind string, was, next Record, cause string) (bool, error) {
	next.Written, next.Cause = b.Now().UnixMilli(), cause
	next.Uncounted = b.Uncounted && (was.Rev == 0 || was.Uncounted)
	return b.Records.PutRecord(ctx, b.id, kind, next)
}

// Index writes the links that events give and nothing else: where a whole site is restated, each record is so made once,
// of all that is linked. An error leaves some unwritten; writing them again changes nothing.
func (r *Restater) Index(ctx context.Context, inputs []Input) error {
	bySite := map[string]*batch{}
	for _, in := range inputs {
		b := bySite[in.Event.Site]
		if b == nil {
			b = &batch{Restater: r, id: in.Event.Site, failed: map[int]error{}}
			bySite[b.id] = b
		}
		if b.mayMatter(in.Event) {
			b.inputs = append(b.inputs, in)
		}
	}
	var failed []error
	for _, b := range bySite {
		b.link(ctx)
		failed = slices.AppendSeq(failed, maps.Values(b.failed))
	}
	return errors.Join(failed...)
}

// cause names the events of some inputs that had a record written.
func (b *batch) cause(inputs []int) string {
	if b.Cause != "" {
		return b.Cause
	}
	var ids []string
	for _, i := range inputs {
		if id := b.inputs[i].Event.ID; len(ids) < mostCauses && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return strings.Join(ids, "\n")
}

// frozen keeps a conversion older than the site's retention as it is: the events that it was made of begin to go, and a
// restatement would forget them. So it does one whose person was erased.
func (b *batch) frozen(was Record) bool {
	if was.Erased {
		return true
	}
	if was.Time == 0 {
		return false
	}
	return was.Time < b.Now().UnixMilli()-int64(b.site.RetentionDays)*attribution.Day
}

// batch is one site's share of a call.
type batch struct {
	*Restater
	id     string
	site   settings.Site
	goals  []settings.Goal
	inputs []Input

	mu     sync.Mutex
	failed map[int]error // by index of inputs
	sold   []piece       // what restated sales say of other records
	gives  map[int]bool  // inputs whose link stands in the index

	full map[string]bool // ids that were refused another link
}

// fail marks inputs to come again.
func (b *batch) fail(err error, list ...int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, i := range list {
		if b.failed[i] == nil {
			b.failed[i] = err
		}
	}
}
