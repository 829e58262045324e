package pathset

import (
	"math/big"
	"slices"
	"strings"
)

// exactMarkov is the model as the specification has it, in fractions and by plain elimination: removal effects and those of
// value, by channel in order of name. It shares nothing with the code under test.
func exactMarkov(rows []Row, order int) (names []string, conversions, value []*big.Rat) {
	for _, r := range rows {
		names = append(names, r.Path...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	wholeC, wholeV := exactArrivals(rows, order, "")
	for _, name := range names {
		c, v := exactArrivals(rows, order, name)
		conversions = append(conversions, exactEffect(c, wholeC))
		value = append(value, exactEffect(v, wholeV))
	}
	return names, conversions, value
}

func exactEffect(with, whole *big.Rat) *big.Rat {
	if whole.Sign() == 0 {
		return new(big.Rat)
	}
	return new(big.Rat).Sub(big.NewRat(1, 1), new(big.Rat).Quo(with, whole))
}

// windows cuts a path into states.
func windows(path []string, order int) []string {
	var out []string
	for i := 0; i+min(order, len(path)) <= len(path); i++ {
		out = append(out, strings.Join(path[i:i+min(order, len(path))], ">"))
	}
	return slices.Compact(out)
}

// exactArrivals is how many conversions, and what value, come about when every state that holds the channel is a null.
func exactArrivals(rows []Row, order int, without string) (conversions, value *big.Rat) {
	index := map[string]int{}
	var m [][]*big.Rat // by state: what leads to each state, then conversions, value, all
	at := func(state string) int {
		if i, ok := index[state]; ok {
			return i
		}
		index[state] = len(m)
		m = append(m, nil)
		return len(m) - 1
	}
	for _, r := range rows {
		for _, w := range windows(r.Path, order) {
			at(w)
		}
	}
	n := len(m)
	for i := range m {
		m[i] = zeros(n + 3)
	}
	start := zeros(n)
	for _, r := range rows {
		count := big.NewRat(r.Conversions+r.Nulls, 1)
		if len(r.Path) == 0 || count.Sign() == 0 {
			continue
		}
		states := windows(r.Path, order)
		start[at(states[0])].Add(start[at(states[0])], count)
		for i, s := range states {
			row := m[at(s)]
			row[n+2].Add(row[n+2], count)
			if i+1 < len(states) {
				to := row[at(states[i+1])]
				to.Add(to, count)
				continue
			}
			row[n].Add(row[n], big.NewRat(r.Conversions, 1))
			if r.Conversions > 0 {
				row[n+1].Add(row[n+1], big.NewRat(r.Value, 1))
			}
		}
	}
	for s, i := range index {
		if without != "" && slices.Contains(strings.Split(s, ">"), without) {
			m[i] = zeros(n + 3)
		}
		if m[i][n+2].Sign() == 0 {
			m[i][n+2].SetInt64(1)
		}
	}
	return gauss(m, start)
}

func zeros(n int) []*big.Rat {
	row := make([]*big.Rat, n)
	for i := range row {
		row[i] = new(big.Rat)
	}
	return row
}

// gauss solves all*x - steps*x = b for conversions and value and weighs the solutions by start.
func gauss(m [][]*big.Rat, start []*big.Rat) (conversions, value *big.Rat) {
	n := len(m)
	for i, row := range m {
		for j := range n {
			row[j].Neg(row[j])
		}
		row[i].Add(row[i], row[n+2])
	}
	for k := range n {
		pivot := k
		for m[pivot][k].Sign() == 0 {
			pivot++
		}
		m[k], m[pivot] = m[pivot], m[k]
		for i := range n {
			if i == k || m[i][k].Sign() == 0 {
				continue
			}
			f := new(big.Rat).Quo(m[i][k], m[k][k])
			for j := k; j < n+2; j++ {
				m[i][j].Sub(m[i][j], new(big.Rat).Mul(f, m[k][j]))
			}
		}
	}
	conversions, value = new(big.Rat), new(big.Rat)
	for i := range n {
		for col, sum := range map[int]*big.Rat{n: conversions, n + 1: value} {
			x := new(big.Rat).Quo(m[i][col], m[i][i])
			sum.Add(sum, x.Mul(x, start[i]))
		}
	}
	return conversions, value
}

// exactShapley is the textbook value over all coalitions, for up to 12 channels.
func exactShapley(rows []Row, worth func(*Row) int64) (names []string, phi []*big.Rat) {
	for _, r := range rows {
		names = append(names, r.Path...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	n := len(names)
	v := make([]int64, 1<<n) // what the paths inside a coalition earned
	for i := range rows {
		set := 0
		for _, c := range rows[i].Path {
			at, _ := slices.BinarySearch(names, c)
			set |= 1 << at
		}
		for s := range v {
			if s&set == set && set != 0 {
				v[s] += worth(&rows[i])
			}
		}
	}
	return names, coalitions(n, v)
}

// coalitions weighs each player's marginal worth by |S|! (n-|S|-1)! / n!.
func coalitions(n int, v []int64) []*big.Rat {
	phi := zeros(n)
	for s := range v {
		size := 0
		for i := range n {
			size += s >> i & 1
		}
		if size == n {
			continue
		}
		weight := new(big.Rat).SetFrac(
			new(big.Int).Mul(new(big.Int).MulRange(1, int64(size)), new(big.Int).MulRange(1, int64(n-size-1))),
			new(big.Int).MulRange(1, int64(n)))
		for i := range n {
			if s>>i&1 == 0 {
				gain := new(big.Rat).SetInt64(v[s|1<<i] - v[s])
				phi[i].Add(phi[i], gain.Mul(gain, weight))
			}
		}
	}
	return phi
}
