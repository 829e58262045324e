package pathset

import (
	"fmt"
	"math"

	"tributary/shared/attribution"
)

// Effects are the removal effects of the channels, in order of name: which share of the conversions, and of their value,
// would not have come about had every path through the channel ended there.
type Effects struct {
	Channels           []string
	Conversions, Value []float64
	Conversion         float64 // the chain's probability of conversion
	States             int
}

// drift is how far the chain's probability of conversion may be from conversions/(conversions+nulls), relatively. In exact
// arithmetic they are equal at every order; more than rounding means that the chain is wrong.
const drift = 1e-9

// Markov shares the totals by removal effects in a chain of order 1 to 3 in which paths end in a conversion or in null
// (Anderl et al.). Conversions, gross and net, go by the removal effects; value and net value by those of value, so that a refund
// takes back what was given. Where value has no effects of its own (there is none, or a state's is below zero) it goes by the
// conversions'. Channels come in order of name. An error means that the rows or the solution cannot be right.
func (c *Counts) Markov(order int) ([]Credit, error) {
	e, err := c.Effects(order)
	if err != nil {
		return nil, err
	}
	conversions := weights(e.Conversions)
	value := conversions
	if e.Value != nil {
		value = weights(e.Value)
	}
	whole, err := c.whole()
	if err != nil {
		return nil, err
	}
	list := make([]Credit, len(e.Channels))
	parts := [...][]int64{
		attribution.Split(whole.conversions, conversions), attribution.Split(whole.value, value),
		attribution.Split(whole.net, value), attribution.Split(whole.netConversions, conversions),
	}
	for i, name := range e.Channels {
		list[i] = Credit{name, parts[0][i], parts[1][i], parts[2][i], parts[3][i]}
	}
	return list, nil
}

// Effects solves the chain. Value is nil where it has no effects of its own.
func (c *Counts) Effects(order int) (*Effects, error) {
	if order < 1 || order > maxOrder {
		return nil, fmt.Errorf("pathset: order %d of a Markov chain is not 1 to %d", order, maxOrder)
	}
	names, rank := c.sorted()
	ch := newChain(order, c.grams(order, rank))
	if c.err != nil {
		return nil, c.err
	}
	e := &Effects{Channels: names, Conversions: make([]float64, len(names)), States: len(ch.states)}
	if ch.valued() {
		e.Value = make([]float64, len(names))
	}
	if ch.won == 0 {
		return e, nil
	}
	if err := ch.effects(e); err != nil {
		return nil, err
	}
	return e, nil
}

// prove compares what the whole chain came to with what is known beforehand.
func (ch *chain) prove(e *Effects, conversions float64) error {
	e.Conversion = conversions / ch.starts
	if off := math.Abs(conversions/ch.won - 1); !(off <= drift) {
		return fmt.Errorf("pathset: the chain converts %v of %v paths, and %v did", conversions, ch.starts, ch.won)
	}
	return nil
}

// valued reports that value has removal effects of its own.
func (ch *chain) valued() bool {
	for _, v := range ch.value {
		if v < 0 {
			return false
		}
	}
	return ch.worth > 0
}

func effect(without, with float64) float64 { return min(max(0, 1-without/with), 1) }

// whole is the totals with conversions in millionths.
func (c *Counts) whole() (amounts, error) {
	whole := c.totals
	for _, n := range []*int64{&whole.conversions, &whole.netConversions} {
		if *n > math.MaxInt64/micro || *n < math.MinInt64/micro {
			return whole, fmt.Errorf("%d conversions in millionths: %w", *n, ErrRange)
		}
		*n *= micro
	}
	return whole, c.err
}

// grain is one as a weight. Effects are rounded to it, so that channels whose effects are equal but for the last bits of a
// float64 weigh the same and the earlier one has the remainder.
const grain = 1 << 46

func weights(effects []float64) []uint64 {
	w := make([]uint64, len(effects))
	for i, e := range effects {
		w[i] = uint64(math.Round(e * grain))
	}
	return w
}
