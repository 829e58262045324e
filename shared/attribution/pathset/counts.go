package pathset

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// maxOrder is the highest order of a chain that Counts serve.
const maxOrder = 3

// ErrRange is the error where a sum of counts or amounts does not fit in 63 bits.
var ErrRange = errors.New("pathset: a sum is beyond 63 bits")

// Counts are the sums from which every set model is computed: where paths start, which channels follow each other, where
// paths end, and what the sets of channels earned. The zero value is ready. What could not be counted is an error of
// Markov, Shapley and MarshalJSON, so that Add stays a plain step of a loop.
type Counts struct {
	names  []string
	ids    map[string]uint16 // from 1; 0 is no channel
	near   [256]uint16       // by a hash of the name: the id last seen there
	starts table[int64]      // persons, by the path's first maxOrder channels
	steps  table[int64]      // persons and passages, by maxOrder+1 channels in a row
	ends   table[exit]       // by the path's last maxOrder channels
	shares [][]amounts       // by channel and number of distinct channels less 1: what the sets that hold the channel earned
	totals amounts           // of all rows that have a path
	bulk   uint64            // of all values and net values, their signs left out: within 63 bits no sum of them can be beyond
	seen   []int64           // by channel: the row in which it was last seen
	row    int64
	path   []uint16
	err    error
}

// exit is how the paths that end in a state ended, and what the conversions among them were worth.
type exit struct{ conversions, nulls, value int64 }

// amounts is what is shared: conversions count 1.
type amounts struct{ conversions, value, net, netConversions int64 }

// Add counts one row. Counts below zero, more than 65,535 channels and sums beyond 63 bits are errors that Markov and
// Shapley return.
func (c *Counts) Add(r *Row) {
	if r.Conversions < 0 || r.Nulls < 0 {
		c.fail(fmt.Errorf("pathset: %d conversions and %d nulls of path %q", r.Conversions, r.Nulls, r.Path))
	}
	if len(r.Path) == 0 || c.err != nil {
		return
	}
	c.weigh(magnitude(r.Value))
	c.weigh(magnitude(r.Net))
	distinct := c.intern(r.Path)
	earned := amounts{r.Conversions, r.Value, r.Net, r.NetConversions}
	c.sum(&c.totals, earned)
	if earned != (amounts{}) {
		for _, id := range c.path {
			if c.seen[id-1] == c.row {
				c.seen[id-1] = 0 // once a channel, however often it was met
				c.share(id, distinct, earned)
			}
		}
	}
	c.pass(r)
}

// intern makes c.path of the names and returns how many of them differ; those carry the row's number in c.seen.
func (c *Counts) intern(path []string) (distinct int) {
	c.row++
	c.path = c.path[:0]
	for _, name := range path {
		id := c.id(name)
		if c.seen[id-1] != c.row {
			c.seen[id-1] = c.row
			distinct++
		}
		c.path = append(c.path, id)
	}
	return distinct
}

// id is the name's number. Sites have few channels: most are found where a cheap hash says, without the map.
func (c *Counts) id(name string) uint16 {
	slot := &c.near[quick(name)]
	if *slot != 0 && c.names[*slot-1] == name {
		return *slot
	}
	id, ok := c.ids[name]
	if !ok {
		id = c.newID(name)
	}
	*slot = id
	return id
}

func quick(name string) uint8 {
	n := len(name)
	if n == 0 {
		return 0
	}
	return uint8(n) + 31*name[0] + 17*name[n/2] + 7*name[n-1]
}

func (c *Counts) newID(name string) uint16 {
	if len(c.names) == math.MaxUint16 {
		c.fail(errors.New("pathset: more than 65,535 channels"))
		return 1
	}
	if c.ids == nil {
		c.ids = map[string]uint16{}
	}
	id := uint16(len(c.names) + 1)
	name = strings.Clone(name) // it may be part of a whole record
	c.ids[name] = id
	c.names, c.seen, c.shares = append(c.names, name), append(c.seen, 0), append(c.shares, nil)
	return id
}

// share adds what a set of that many channels earned to one of them.
func (c *Counts) share(id uint16, distinct int, earned amounts) {
	by := c.shares[id-1]
	if distinct > len(by) {
		by = append(by, make([]amounts, distinct-len(by))...)
		c.shares[id-1] = by
	}
	c.sum(&by[distinct-1], earned)
}

// pass counts the interned path's way through the chain.
func (c *Counts) pass(r *Row) {
	n := c.plus(r.Conversions, r.Nulls)
	if n == 0 {
		return
	}
	var g gram
	for i, id := range c.path {
		g = g<<gramBits | gram(id)
		if i < maxOrder {
			continue
		}
		c.count(&c.steps, g, n)
	}
	c.count(&c.starts, pack(c.path[:min(maxOrder, len(c.path))]), n)
	out := exit{conversions: r.Conversions, nulls: r.Nulls}
	if r.Conversions > 0 {
		out.value = r.Value
	}
	c.leave(g.last(maxOrder), out)
}

func (c *Counts) count(t *table[int64], g gram, n int64) {
	at := t.at(g)
	*at = c.plus(*at, n)
}

func (c *Counts) leave(state gram, out exit) {
	e := c.ends.at(state)
	*e = exit{c.plus(e.conversions, out.conversions), c.plus(e.nulls, out.nulls), c.plus(e.value, out.value)}
}

// Merge adds what o counted, as if its rows had been added here. It leaves o as it is.
func (c *Counts) Merge(o *Counts) {
	c.fail(o.err)
	if c.err != nil {
		return
	}
	ids := make([]uint16, len(o.names)+1)
	for i, name := range o.names {
		ids[i+1] = c.id(name)
		for distinct, earned := range o.shares[i] {
			c.share(ids[i+1], distinct+1, earned)
		}
	}
	for g, n := range o.starts.all {
		c.count(&c.starts, g.rename(ids), n)
	}
	for g, n := range o.steps.all {
		c.count(&c.steps, g.rename(ids), n)
	}
	for g, e := range o.ends.all {
		c.leave(g.rename(ids), e)
	}
	c.sum(&c.totals, o.totals)
	c.weigh(o.bulk)
}

// weigh adds to the bulk. What is beyond 63 bits is so in any order of rows, while a sum may leave and come back.
func (c *Counts) weigh(n uint64) {
	if c.bulk += n; c.bulk > math.MaxInt64 {
		c.bulk = math.MaxInt64
		c.fail(ErrRange)
	}
}

// magnitude is n without its sign.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// sorted is the channels in order of name, and each id's place in that order, from 1.
func (c *Counts) sorted() (names []string, rank []uint16) {
	names = slices.Clone(c.names)
	slices.Sort(names)
	rank = make([]uint16, len(names)+1)
	for i, name := range names {
		rank[c.ids[name]] = uint16(i + 1)
	}
	return names, rank
}

// fail keeps the first error.
func (c *Counts) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

func (c *Counts) sum(to *amounts, more amounts) {
	to.conversions = c.plus(to.conversions, more.conversions)
	to.value = c.plus(to.value, more.value)
	to.net = c.plus(to.net, more.net)
	to.netConversions = c.plus(to.netConversions, more.netConversions)
}

// plus is a+b, or fails with ErrRange.
func (c *Counts) plus(a, b int64) int64 {
	sum := a + b
	if (sum > a) != (b > 0) && b != 0 {
		c.fail(ErrRange)
	}
	return sum
}
