package pathset

import (
	"maps"
	"slices"
)

// chain is the Markov chain of one order. States are windows of order channels sliding by one (the whole path where it is
// shorter); equal consecutive states are one. Numbers are counts, not shares; float64 holds them exactly below 2^53.
type chain struct {
	states []gram // ascending
	order  []int  // the states, each after those it leads to, as far as loops allow: for elimination
	first  []int  // by state: where its steps begin in to and count; one more at the end
	to     []int
	count  []float64

	start, conversions, nulls, value []float64 // by state
	leaving                          []float64 // by state: all that leaves it
	starts                           float64   // all paths
	won, worth                       float64   // all conversions, and their value
}

// grams are the counts of one order.
type grams struct {
	steps, starts map[gram]int64
	ends          map[gram]exit
}

// grams derives the counts of an order from those of the highest. Channels become their places in rank.
func (c *Counts) grams(order int, rank []uint16) grams {
	g := grams{map[gram]int64{}, map[gram]int64{}, map[gram]exit{}}
	step := func(s gram, n int64) {
		if !s.same() { // equal consecutive states are one
			g.steps[s] = c.plus(g.steps[s], n)
		}
	}
	for s, n := range c.steps.all {
		step(s.rename(rank).last(order+1), n)
	}
	for s, n := range c.starts.all {
		s = s.rename(rank)
		for size := s.len(); size > order; size-- { // the steps within the first channels
			step(s.first(size).last(order+1), n)
		}
		g.starts[s.first(order)] = c.plus(g.starts[s.first(order)], n)
	}
	for s, e := range c.ends.all {
		s = s.rename(rank).last(order)
		sum := g.ends[s]
		g.ends[s] = exit{c.plus(sum.conversions, e.conversions), c.plus(sum.nulls, e.nulls), c.plus(sum.value, e.value)}
	}
	return g
}

// states are all states in order: each starts a path, ends one, or is entered by a step.
func (g grams) states(order int) []gram {
	all := slices.Collect(maps.Keys(g.starts))
	all = slices.AppendSeq(all, maps.Keys(g.ends))
	for s := range g.steps {
		all = append(all, s.last(order))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// newChain lays the counts out by state.
func newChain(order int, g grams) *chain {
	states := g.states(order)
	n := len(states)
	index := make(map[gram]int, n)
	ch := &chain{states: states, first: make([]int, 0, n+1), start: make([]float64, n)}
	ch.conversions, ch.nulls, ch.value, ch.leaving = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i, s := range states {
		index[s] = i
		ch.start[i] = float64(g.starts[s])
		e := g.ends[s]
		ch.conversions[i], ch.nulls[i], ch.value[i] = float64(e.conversions), float64(e.nulls), float64(e.value)
		ch.leaving[i] = float64(e.conversions) + float64(e.nulls)
		ch.starts += ch.start[i]
		ch.won += ch.conversions[i]
		ch.worth += ch.value[i]
	}
	ch.link(g.steps, index, order)
	ch.order = ch.postorder()
	return ch
}

// link adds the steps. In ascending order of gram they come in order of the state they leave.
func (ch *chain) link(steps map[gram]int64, index map[gram]int, order int) {
	for _, s := range slices.Sorted(maps.Keys(steps)) {
		from := index[s>>gramBits]
		for len(ch.first) <= from {
			ch.first = append(ch.first, len(ch.to))
		}
		n := float64(steps[s])
		ch.to, ch.count = append(ch.to, index[s.last(order)]), append(ch.count, n)
		ch.leaving[from] += n
	}
	for len(ch.first) <= len(ch.states) {
		ch.first = append(ch.first, len(ch.to))
	}
}

// postorder walks the chain depth first.
func (ch *chain) postorder() []int {
	next := slices.Clone(ch.first)
	met := make([]bool, len(ch.states))
	order := make([]int, 0, len(ch.states))
	var way []int
	for s := range ch.states {
		if met[s] {
			continue
		}
		met[s] = true
		for way = append(way, s); len(way) > 0; {
			at := way[len(way)-1]
			if next[at] == ch.first[at+1] {
				order = append(order, at)
				way = way[:len(way)-1]
				continue
			}
			t := ch.to[next[at]]
			next[at]++
			if !met[t] {
				met[t] = true
				way = append(way, t)
			}
		}
	}
	return order
}

// without marks the states whose window holds the channel.
func (ch *chain) without(id uint16) []bool {
	removed := make([]bool, len(ch.states))
	for i, s := range ch.states {
		removed[i] = s.holds(id)
	}
	return removed
}
