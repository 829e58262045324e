package pathset

import "fmt"

// Both ways to solve a chain add, multiply and divide counts, none of which is below zero, and never subtract, so that
// nothing cancels. Products are wrapped in float64() before they are added: Go may otherwise fuse the two into one
// rounding on some CPUs and not on others.

// dense is the number of states up to which a chain is solved by elimination.
const dense = 64

// flow is what arrives: of all paths' starts, expected conversions and expected value of the conversions.
type flow struct{ conversions, value float64 }

// eliminate is Grassmann, Taksar and Heyman's elimination: states leave one by one, their passages shared among those who
// are left. Rows are states and the start; columns states, conversion, null and value.
func (ch *chain) eliminate(removed []bool, live int) flow {
	width := live + 3
	rows := ch.matrix(removed, live)
	for k := live - 1; k >= 0; k-- {
		gone := rows[k]
		leaving := gone[live] + gone[live+1]
		for _, n := range gone[:k] {
			leaving += n
		}
		for i := 0; i <= live; i++ {
			row := rows[i]
			if i >= k && i < live || row[k] == 0 {
				continue
			}
			f := row[k] / leaving
			for j := range k {
				row[j] += float64(f * gone[j])
			}
			for j := live; j < width; j++ {
				row[j] += float64(f * gone[j])
			}
		}
	}
	return flow{rows[live][live], rows[live][live+2]}
}

// matrix lays the live states out in the order of postorder, the start in the last row.
func (ch *chain) matrix(removed []bool, live int) [][]float64 {
	rows := make([][]float64, live+1)
	for i := range rows {
		rows[i] = make([]float64, live+3)
	}
	place, n := make([]int, len(ch.states)), 0
	for _, s := range ch.order {
		place[s] = live + 1 // a removed state is as good as null
		if !removed[s] {
			place[s] = n
			n++
		}
	}
	for s := range ch.states {
		rows[live][place[s]] += ch.start[s]
		if removed[s] {
			continue
		}
		row := rows[place[s]]
		row[live], row[live+2] = ch.conversions[s], ch.value[s]
		row[live+1] += ch.nulls[s]
		for e := ch.first[s]; e < ch.first[s+1]; e++ {
			row[place[ch.to[e]]] += ch.count[e]
		}
	}
	return rows
}

// fate is what becomes of those who are in a state.
type fate struct{ conversion, null, value float64 }

// sweeps bounds the iteration. Paths are finite, so that a chain whose states are left only after as many steps does not
// arise from paths of fewer than tens of thousands of touches.
const sweeps = 200_000

// closed is what may be left unknown of the starts' fate, as a share.
const closed = 1e-15

// iterate is Gauss and Seidel's method from nothing known: fates only grow, also as they are rounded, and what conversion and null lack
// of 1 bounds the error of both. It ends when that is closed, or when a sweep changes no fate any more, and tells after how many
// sweeps. That the starts' fate stands still for a sweep means nothing: what is known may still be on its way to them.
func (ch *chain) iterate() ([]fate, int, error) {
	fates := make([]fate, len(ch.states))
	var last flow
	open, n := 2.0, 0
	for done := false; !done && n < sweeps; n++ {
		changed := ch.sweep(fates)
		f, left := ch.arrived(fates)
		done = !changed || left <= closed && f.value == last.value
		last, open = f, left
	}
	if open > drift {
		return nil, 0, fmt.Errorf("pathset: %d states: of %g of the paths it is not known how they end", len(ch.states), open)
	}
	return fates, n, nil
}

// sweep renews every state's fate from those of the states it leads to, from the last state to the first. In that order windows that
// differ in their latest channel lie side by side, and so do those they lead to: memory is read as it lies, which takes a
// fifth of the time of an order by the loops and some more sweeps. It tells whether any fate changed.
func (ch *chain) sweep(fates []fate) (changed bool) {
	for s := len(ch.states) - 1; s >= 0; s-- {
		f := fate{ch.conversions[s], ch.nulls[s], ch.value[s]}
		for e := ch.first[s]; e < ch.first[s+1]; e++ {
			n, t := ch.count[e], &fates[ch.to[e]]
			f.conversion += float64(n * t.conversion)
			f.null += float64(n * t.null)
			f.value += float64(n * t.value)
		}
		d := ch.leaving[s]
		f = fate{f.conversion / d, f.null / d, f.value / d}
		changed = changed || f != fates[s]
		fates[s] = f
	}
	return changed
}

// arrived is what the starts come to, and the share of them of whose fate nothing is known yet.
func (ch *chain) arrived(fates []fate) (f flow, open float64) {
	for s, n := range ch.start {
		f.conversions += float64(n * fates[s].conversion)
		f.value += float64(n * fates[s].value)
		open += float64(n * (1 - fates[s].conversion - fates[s].null))
	}
	return f, open / ch.starts
}
