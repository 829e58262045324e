package report

import (
	"slices"
	"strings"
)

// tally is credit: conversions in millionths, amounts in minor units.
type tally struct{ conversions, value, netConversions, net sum }

func (t *tally) add(o *tally) {
	t.conversions.add(o.conversions)
	t.value.add(o.value)
	t.netConversions.add(o.netConversions)
	t.net.add(o.net)
}

// campaignKey names a row of campaigns: a campaign may run in several channels.
type campaignKey struct{ campaign, channel string }

func (k campaignKey) compare(o campaignKey) int {
	if c := strings.Compare(k.campaign, o.campaign); c != 0 {
		return c
	}
	return strings.Compare(k.channel, o.channel)
}

// table holds one row a key, with its cost and its credit under each model (by index in attribution.Models). Every model
// has every row, so that the models can be laid side by side.
type table[K comparable] struct {
	models int
	index  map[K]int
	keys   []K
	costs  []sum
	credit [][]tally // by row, then model
}

// row finds or makes the row of a key.
func (t *table[K]) row(key K) int {
	i, ok := t.index[key]
	if ok {
		return i
	}
	if t.index == nil {
		t.index = map[K]int{}
	}
	i = len(t.keys)
	t.index[key] = i
	t.keys, t.costs = append(t.keys, key), append(t.costs, sum{})
	t.credit = append(t.credit, make([]tally, t.models))
	return i
}

func (t *table[K]) add(model, row int, part *tally) { t.credit[row][model].add(part) }

func (t *table[K]) cost(row int, micros int64) { t.costs[row].add(sumOf(micros)) }

func (t *table[K]) sum(model int) tally {
	var all tally
	for _, row := range t.credit {
		all.add(&row[model])
	}
	return all
}

func (t *table[K]) costSum() sum {
	var all sum
	for _, c := range t.costs {
		all.add(c)
	}
	return all
}

// order is the rows' indexes in order of key.
func (t *table[K]) order(compare func(a, b K) int) []int {
	rows := make([]int, len(t.keys))
	for i := range rows {
		rows[i] = i
	}
	slices.SortFunc(rows, func(a, b int) int { return compare(t.keys[a], t.keys[b]) })
	return rows
}

// merge adds the rows of another table of the same models.
func (t *table[K]) merge(o *table[K]) {
	for i, key := range o.keys {
		row := t.row(key)
		t.costs[row].add(o.costs[i])
		for m := range o.credit[i] {
			t.credit[row][m].add(&o.credit[i][m])
		}
	}
}
