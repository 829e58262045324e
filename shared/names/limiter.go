package names

import (
	"context"
	"sync"
	"time"
)

// How often a process reads the directory afresh before it lets a name in, how long it waits for it, and how many names a
// process lets pass in a day while the directory does not answer: no event is the worse for that, and the bound is still one.
const (
	refresh  = 30 * time.Second
	patience = 150 * time.Millisecond
	spare    = 100
)

// Book is the directory of all processes. Its parts are functions so that a door which never asks does not link them.
type Book struct {
	// Read is what every shard of a site's day holds, by shard.
	Read func(ctx context.Context, site, day string) (map[string][]Hash, error)
	// Admit puts a hash into a shard that holds fewer than limit, or holds it already, and returns what the shard then
	// holds; false when it is full.
	Admit func(ctx context.Context, site, day, shard string, h Hash, limit int) ([]Hash, bool, error)
	// Registered tells names that stand in the site's settings: they pass beyond every bound.
	Registered func(ctx context.Context, site string) (func(d Dimension, name string) bool, error)
}

// Name is a name to be judged.
type Name struct {
	Dimension Dimension
	Value     string
	Limit     int // names of the dimension that the site takes in a day
}

// Limiter judges names. It is safe for concurrent use.
type Limiter struct {
	book Book
	now  func() time.Time

	mu    sync.Mutex
	sites map[string]*day
}

// day is what a process knows of a site's directory today.
type day struct {
	day     string
	known   map[Hash]struct{}
	sizes   map[string]int // of shards
	read    time.Time
	guessed int // names that passed unasked

	registered   func(Dimension, string) bool
	registeredAt time.Time
}

// New makes a Limiter over a book; now is the clock.
func New(book Book, now func() time.Time) *Limiter {
	return &Limiter{book: book, now: now, sites: map[string]*day{}}
}

// Admit says of each name whether it stands (true) or is Other. Where write is false no name is let in: only those stand
// that are in already.
func (l *Limiter) Admit(ctx context.Context, site string, list []Name, write bool) []bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	d, out := l.today(site), make([]bool, len(list))
	if d.mark(list, out) {
		return out
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if l.refresh(ctx, site, d) && d.mark(list, out) {
		return out
	}
	if write {
		l.ask(ctx, site, d, list, out)
	}
	for i := range list {
		out[i] = out[i] || l.isRegistered(ctx, site, d, list[i])
	}
	return out
}

// mark marks the names that are known and says whether all are.
func (d *day) mark(list []Name, out []bool) bool {
	all := true
	for i := range list {
		if !out[i] {
			_, out[i] = d.known[hashOf(list[i].Dimension, list[i].Value)]
			all = all && out[i]
		}
	}
	return all
}

// today is what is known of a site's day; a new day begins with nothing.
func (l *Limiter) today(site string) *day {
	today := l.now().UTC().Format(time.DateOnly)
	d := l.sites[site]
	if d == nil || d.day != today {
		d = &day{day: today, known: map[Hash]struct{}{}, sizes: map[string]int{}}
		l.sites[site] = d
	}
	return d
}

// refresh reads the directory, once in a while, and says whether it did.
func (l *Limiter) refresh(ctx context.Context, site string, d *day) bool {
	at := l.now()
	if at.Sub(d.read) < refresh {
		return false
	}
	d.read = at
	all, err := l.book.Read(ctx, site, d.day)
	for shard, held := range all {
		d.learn(shard, held)
	}
	return err == nil
}

// learn notes what a shard holds.
func (d *day) learn(shard string, held []Hash) {
	d.sizes[shard] = max(d.sizes[shard], len(held))
	for _, h := range held {
		d.known[h] = struct{}{}
	}
}

// ask lets in the names that are not, all of one event at once: the first event of a day brings several.
func (l *Limiter) ask(ctx context.Context, site string, d *day, list []Name, out []bool) {
	type answer struct {
		shard string
		held  []Hash
		in    bool
		err   error
	}
	answers := make([]answer, len(list))
	var running sync.WaitGroup
	for i := range list {
		h := hashOf(list[i].Dimension, list[i].Value)
		key, most := shard(list[i].Dimension, h, list[i].Limit)
		if out[i] || d.sizes[key] >= most {
			continue
		}
		answers[i].shard = key
		running.Go(func() {
			a := &answers[i]
			a.held, a.in, a.err = l.book.Admit(ctx, site, d.day, key, h, most)
		})
	}
	running.Wait()
	for i, a := range answers {
		switch {
		case a.shard == "":
		case a.err != nil:
			d.guessed++
			out[i] = d.guessed <= spare
		default:
			d.learn(a.shard, a.held)
			out[i] = a.in
		}
	}
}

// isRegistered looks a name up in the site's settings, which are read once in a while. Where they could not be read, a name may
// be one of them, and passes like others that could not be asked for.
func (l *Limiter) isRegistered(ctx context.Context, site string, d *day, n Name) bool {
	if at := l.now(); at.Sub(d.registeredAt) >= refresh {
		d.registeredAt = at
		if found, err := l.book.Registered(ctx, site); err == nil {
			d.registered = found
		}
	}
	if d.registered == nil {
		d.guessed++
		return d.guessed <= spare
	}
	return d.registered(n.Dimension, n.Value)
}
