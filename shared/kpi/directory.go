package kpi

import (
	"context"
	"strings"
	"sync"
)

// Names is where a site's directory of names goes: which campaigns, pages and so on have counters.
type Names interface {
	PutName(ctx context.Context, site string, d Dimension, value string) error
}

// Directory puts the name of a counter before the counter itself, once a process, so that no figure stands where no
// reader looks. It is safe for concurrent use.
type Directory struct {
	counters Counters
	names    Names

	mu   sync.Mutex
	seen map[name]struct{}
}

// name is one entry of a directory.
type name struct {
	site      string
	dimension Dimension
	value     string
}

// remembered bounds the memory of a process; when it is full, names are put again, which costs and does no harm.
const remembered = 20_000

// NewDirectory wraps c.
func NewDirectory(c Counters, n Names) *Directory {
	return &Directory{counters: c, names: n, seen: map[name]struct{}{}}
}

// AddCounters puts d's name where this process has not, then adds d.
func (p *Directory) AddCounters(ctx context.Context, d Delta) (string, error) {
	if err := p.put(ctx, name{d.Site, d.Dimension, d.Value}); err != nil {
		return "", err
	}
	return p.counters.AddCounters(ctx, d)
}

func (p *Directory) put(ctx context.Context, n name) error {
	if n.dimension == BySite {
		return nil
	}
	p.mu.Lock()
	_, ok := p.seen[n]
	p.mu.Unlock()
	if ok {
		return nil
	}
	if err := p.names.PutName(ctx, n.site, n.dimension, n.value); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.seen) >= remembered {
		clear(p.seen)
	}
	p.seen[n.clone()] = struct{}{}
	return nil
}

// clone lets go of the batch that the strings are parts of.
func (n name) clone() name {
	return name{strings.Clone(n.site), Dimension(strings.Clone(string(n.dimension))), strings.Clone(n.value)}
}
