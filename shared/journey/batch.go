package journey

import (
	"context"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"tributary/shared/event"
)

// mayMatter passes over what can change no record: events of kind other with at most one id that tell nothing of a gathered
// record, and what bots do, unless it links ids. What an erasure has left tells nothing any more.
func (b *batch) mayMatter(e *event.Event) bool {
	if e.Erased {
		return false
	}
	if len(piecesOf(e)) > 0 {
		return true
	}
	switch e.Kind() {
	case event.KindConversion:
		return true
	case event.KindTouch:
		return e.Human() || len(e.IDs()) > 1
	}
	return len(e.IDs()) > 1
}

// link writes the links of all events before anything else is read: of two events that matter only together, the one whose
// links are written last then sees both. Links that are known are not written again, as that costs as much as writing.
func (b *batch) link(ctx context.Context) {
	b.gives, b.full = map[int]bool{}, map[string]bool{}
	wanted := b.wanted()
	stored := b.stored(ctx, wanted)
	var missing []*wantedLink
	for _, w := range wanted {
		was, known := stored[w.From][w.To]
		switch {
		case stored[w.From] == nil: // not read, which is marked already
		case known && !earlier(w.Time, w.Event, was.Time, was.Event) || known && isSale(w.To):
			// Whoever gave the link may have been stopped before it restated anything.
			b.gives[w.first] = b.gives[w.first] || was.Event == w.Event
		case !known && b.refuses(stored, w):
		default:
			missing, b.gives[w.first] = append(missing, w), true
		}
	}
	for _, node := range slices.Sorted(maps.Keys(b.full)) {
		b.report(ctx, Incident{Site: b.id, Node: node, What: TooManyLinks})
	}
	each(len(missing), func(i int) {
		if err := b.Links.PutLink(ctx, b.id, missing[i].Link); err != nil {
			b.fail(err, missing[i].inputs...)
		}
	})
}

// wantedLink is a link with the inputs that give it; the first of them, by time and id, is its evidence.
type wantedLink struct {
	Link
	inputs []int
	first  int
}

// wanted folds the links of all inputs.
func (b *batch) wanted() []*wantedLink {
	var list []*wantedLink
	at := map[[2]string]*wantedLink{}
	for i, in := range b.inputs {
		for _, l := range LinksOf(in.Event) {
			w := at[[2]string{l.From, l.To}]
			if w == nil {
				w = &wantedLink{Link: l, first: i}
				at[[2]string{l.From, l.To}] = w
				list = append(list, w)
			}
			w.inputs = append(w.inputs, i)
			if earlier(l.Time, l.Event, w.Time, w.Event) {
				w.Link, w.first = l, i
			}
		}
	}
	return list
}

// stored reads what is known under each node that gets links; a node that cannot be read is absent.
func (b *batch) stored(ctx context.Context, wanted []*wantedLink) map[string]map[string]Link {
	inputs := map[string][]int{}
	for _, w := range wanted {
		inputs[w.From] = append(inputs[w.From], w.inputs...)
	}
	from := slices.Sorted(maps.Keys(inputs))
	found := make([]map[string]Link, len(from))
	each(len(from), func(i int) {
		links, err := b.Links.Links(ctx, b.id, from[i])
		if err != nil {
			b.fail(err, inputs[from[i]]...)
			return
		}
		found[i] = map[string]Link{}
		for _, l := range links {
			found[i][l.To] = l
		}
	})
	all := map[string]map[string]Link{}
	for i, node := range from {
		if found[i] != nil {
			all[node] = found[i]
		}
	}
	return all
}

// refuses reports a new link between two ids of which one has as many as it may. A link that stands under one of them
// already was let in, and is made whole.
func (b *batch) refuses(stored map[string]map[string]Link, w *wantedLink) bool {
	if isSale(w.From) || isSale(w.To) {
		return false
	}
	if _, half := stored[w.To][w.From]; half {
		return false
	}
	for _, node := range []string{w.From, w.To} {
		n := 0
		for to := range stored[node] {
			if !isSale(to) {
				n++
			}
		}
		if n >= maxLinks {
			b.full[node] = true
			return true
		}
	}
	if stored[w.From] != nil {
		stored[w.From][w.To] = w.Link // counts for the batch's next
	}
	return false
}

// matters reports that an input may have changed a record, now that its links are written.
func (b *batch) matters(i int) bool {
	e := b.inputs[i].Event
	return e.Kind() == event.KindConversion || b.gives[i] || e.Human() && b.site.IsTouch(e.Type) || isContact(e) || isHoneypot(e)
}

// restate finds the clusters of all events that matter and restates each once.
func (b *batch) restate(ctx context.Context) {
	groups := b.groups()
	each(len(groups), func(i int) {
		all, sales, err := b.expand(ctx, b.id, groups[i].nodes.sorted())
		if err != nil {
			b.fail(err, groups[i].inputs...)
			return
		}
		groups[i].nodes, groups[i].sales = all, sales
	})
	groups = merge(groups)
	b.sight(ctx, groups)
	each(len(groups), func(i int) {
		g := groups[i]
		if !b.affects(g) {
			return
		}
		if err := b.cluster(ctx, g); err != nil {
			b.fail(err, g.inputs...)
		}
	})
	each(len(groups), func(i int) {
		if g := groups[i]; b.regroups(g) {
			if err := b.reunite(ctx, g.nodes.sorted(), "", b.cause(g.inputs)); err != nil {
				b.fail(err, g.inputs...)
			}
		}
	})
}

// regroups reports that a group's inputs may have made one person of several ids, or told something of a sale. Touches do
// neither.
func (b *batch) regroups(g group) bool {
	return slices.ContainsFunc(g.inputs, func(i int) bool { return b.gives[i] || b.inputs[i].Event.Kind() == event.KindConversion })
}

// sell keeps what a group's sales say of other records.
func (b *batch) sell(pieces []piece, g group) {
	if !b.regroups(g) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range pieces {
		p.inputs = g.inputs
		b.sold = append(b.sold, p)
	}
}

// group is some inputs with the nodes around them and the events of the orders among these.
type group struct {
	nodes  nodes
	inputs []int
	sales  []*event.Event
}

// affects reports that a group may change a record: there is a sale, and some input is more than a touch outside the
// windows of all of them and no visit of their sessions. Whatever reporter's time comes to stand, its window is among them; and a sale that is told later
// finds the touch, which is stored.
func (b *batch) affects(g group) bool {
	single := false
	for node := range g.nodes {
		single = single || isSale(node) && !isOrder(node)
	}
	return single || slices.ContainsFunc(g.inputs, func(i int) bool {
		e := b.inputs[i].Event
		if e.Kind() != event.KindTouch || b.gives[i] {
			return slices.ContainsFunc(g.nodes.sorted(), isSale)
		}
		return slices.ContainsFunc(g.sales, func(s *event.Event) bool {
			return s.Sells() && (e.Time <= s.Time && e.Time >= s.Time-longest || e.Type == "visit" && e.SessionID != "" && e.SessionID == s.SessionID)
		})
	})
}

// groups joins the inputs that matter by the nodes they name. One whose links could not be written comes again anyway.
func (b *batch) groups() []group {
	var list []group
	for i, in := range b.inputs {
		if b.failed[i] == nil && b.matters(i) {
			list = append(list, group{nodes: nodesFrom(nodesOf(in.Event)), inputs: []int{i}})
		}
	}
	return merge(list)
}

// homeless are the conversions of a group that name neither a person nor an order. They lie in no partition that is read,
// and nothing else can ever belong to them.
func (b *batch) homeless(g group) []*event.Event {
	var list []*event.Event
	for _, i := range g.inputs {
		if e := b.inputs[i].Event; len(e.IDs()) == 0 && e.Kind() == event.KindConversion && !isOrder(saleOf(e)) {
			list = append(list, e)
		}
	}
	return list
}

// merge joins groups that share a node, so that no two calls of one batch write the same record.
func merge(list []group) []group {
	owner := map[string]int{} // node -> index of out
	var out []group
	for _, g := range list {
		into := -1
		for node := range g.nodes {
			if at, ok := owner[node]; ok && at != into {
				if into < 0 {
					into = at
				} else {
					absorb(out, owner, into, at)
				}
			}
		}
		if into < 0 {
			into = len(out)
			out = append(out, group{nodes: nodes{}})
		}
		for node := range g.nodes {
			out[into].nodes[node], owner[node] = true, into
		}
		out[into].inputs, out[into].sales = append(out[into].inputs, g.inputs...), append(out[into].sales, g.sales...)
	}
	return slices.DeleteFunc(out, func(g group) bool { return len(g.inputs) == 0 })
}

// absorb empties one group into another.
func absorb(out []group, owner map[string]int, into, from int) {
	for node := range out[from].nodes {
		out[into].nodes[node], owner[node] = true, into
	}
	out[into].inputs, out[into].sales = append(out[into].inputs, out[from].inputs...), append(out[into].sales, out[from].sales...)
	out[from] = group{}
}

// each calls do for 0 to n-1, some at a time, and returns when all are done.
func each(n int, do func(i int)) {
	var g errgroup.Group
	g.SetLimit(clusters)
	for i := range n {
		g.Go(func() error {
			do(i)
			return nil
		})
	}
	_ = g.Wait() // do marks what fails
}
