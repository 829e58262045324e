package journey

import (
	"context"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"tributary/shared/event"
)

// Bounds of a cluster. An id with maxLinks other ids links no more; a component stops growing at maxNodes.
const (
	maxLinks = 50
	maxNodes = 500
	readers  = 3 // concurrent reads of one cluster, of links and of events each: an idle pool keeps few connections
)

// nodes is a set of nodes that knows its order.
type nodes map[string]bool

func nodesFrom(list []string) nodes {
	n := nodes{}
	n.add(list...)
	return n
}

// add puts more nodes in, in the order given; those beyond the bound stay out.
func (n nodes) add(list ...string) (grew bool) {
	for _, node := range list {
		if !n[node] && len(n) < maxNodes {
			n[node], grew = true, true
		}
	}
	return grew
}

func (n nodes) sorted() []string { return slices.Sorted(maps.Keys(n)) }

// expand grows a set of nodes to its component by the identity index and by the ids found within orders, whose events it
// returns. It reads no other partition of Events: most events touch nobody who has bought anything.
func (r *Restater) expand(ctx context.Context, site string, seeds []string) (nodes, []*event.Event, error) {
	all, asked := nodesFrom(seeds), nodes{}
	var found []*event.Event
	for {
		fresh := slices.DeleteFunc(all.sorted(), func(n string) bool { return asked[n] })
		if len(fresh) == 0 {
			return all, found, nil
		}
		asked.add(fresh...)
		links, events, err := r.read(ctx, site, fresh, slices.DeleteFunc(slices.Clone(fresh), func(n string) bool { return !isOrder(n) }))
		if err != nil {
			return nil, nil, err
		}
		found = append(found, events...)
		all.add(reached(links, events)...)
	}
}

// read reads the links of some nodes and the events of some, at once.
func (r *Restater) read(ctx context.Context, site string, linked, homes []string) (links []Link, events []*event.Event, err error) {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		links, err = r.links(ctx, site, linked)
		return err
	})
	g.Go(func() (err error) {
		events, err = r.events(ctx, site, homes)
		return err
	})
	return links, events, g.Wait()
}

// reached are the nodes that links and the events of kind conversion lead to: ids first, so that where a component is bounded
// the person is whole and some orders are missing.
func reached(links []Link, events []*event.Event) []string {
	var ids, sales []string
	add := func(node string) {
		if isSale(node) {
			sales = append(sales, node)
		} else {
			ids = append(ids, node)
		}
	}
	for _, l := range links {
		add(l.To)
	}
	for _, e := range events {
		if e.Kind() == event.KindConversion {
			for _, node := range nodesOf(e) {
				add(node)
			}
		}
	}
	return append(ids, sales...)
}

// gather reads a cluster: of every sale the record first, then the links and the partitions of Events. When these name nodes
// that were not known, all is read again, as their records have to be read before anything else; the bound ends that.
func (r *Restater) gather(ctx context.Context, site string, seeds nodes) (*Cluster, error) {
	all := maps.Clone(seeds)
	for {
		list := all.sorted()
		c := &Cluster{}
		var err error
		if c.Records, err = r.records(ctx, site, list); err != nil {
			return nil, err
		}
		if c.Links, c.Events, err = r.read(ctx, site, list, list); err != nil {
			return nil, err
		}
		if !all.add(reached(c.Links, c.Events)...) {
			r.bounded(ctx, site, all)
			return c, nil
		}
	}
}

// bounded reports a component that has reached its bound.
func (r *Restater) bounded(ctx context.Context, site string, all nodes) {
	if len(all) >= maxNodes {
		r.report(ctx, Incident{Site: site, Node: all.sorted()[0], What: ComponentBounded})
	}
}

// links reads the links of nodes of the identity index, which has none of single conversions.
func (r *Restater) links(ctx context.Context, site string, list []string) ([]Link, error) {
	list = slices.DeleteFunc(slices.Clone(list), func(n string) bool { return isSale(n) && !isOrder(n) })
	return collect(ctx, list, func(ctx context.Context, node string) ([]Link, error) { return r.Links.Links(ctx, site, node) })
}

// events reads the events of nodes; the node of a person or an order is the home of its events.
func (r *Restater) events(ctx context.Context, site string, list []string) ([]*event.Event, error) {
	list = slices.DeleteFunc(slices.Clone(list), func(n string) bool { return isSale(n) && !isOrder(n) })
	return collect(ctx, list, func(ctx context.Context, node string) ([]*event.Event, error) {
		return r.Events.HomeEvents(ctx, site, node)
	})
}

// records reads the records of all sales among the nodes; those that do not exist stand there with revision 0.
func (r *Restater) records(ctx context.Context, site string, list []string) (map[string]Record, error) {
	list = slices.DeleteFunc(slices.Clone(list), func(n string) bool { return !isSale(n) })
	found, err := collect(ctx, list, func(ctx context.Context, node string) ([]Record, error) {
		one, err := r.Records.Record(ctx, site, KindConversion, node)
		one.Node = node
		return []Record{one}, err
	})
	if err != nil {
		return nil, err
	}
	all := make(map[string]Record, len(found))
	for _, one := range found {
		all[one.Node] = one
	}
	return all, nil
}

// collect calls read for every node, some at a time, and returns the answers in the order of the nodes.
func collect[T any](ctx context.Context, list []string, read func(context.Context, string) ([]T, error)) ([]T, error) {
	found := make([][]T, len(list))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for i, node := range list {
		g.Go(func() (err error) {
			found[i], err = read(ctx, node)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}
