package pathset

import "math/bits"

// lanes is how many channels are removed at once: their figures of a state lie side by side, so that a step is read once for all. With
// more, what a sweep goes through outgrows the processor's cache.
const lanes = 4

// lost is what a state's paths lose when each of some channels is removed, a lane for each.
type lost [lanes]float64

// effects fills in the removal effects. A small chain is solved anew without each channel; a large one is solved once, and from that
// follows what is lost by each.
func (ch *chain) effects(e *Effects) error {
	if n := len(ch.states); n <= dense {
		if err := ch.prove(e, ch.eliminate(make([]bool, n), n).conversions); err != nil {
			return err
		}
		ch.eliminateEach(e)
		return nil
	}
	fates, times, err := ch.iterate()
	if err != nil {
		return err
	}
	f, _ := ch.arrived(fates)
	if err := ch.prove(e, f.conversions); err != nil {
		return err
	}
	ch.lose(fates, times, e)
	return nil
}

// lose solves what is lost of the conversions and of their value.
func (ch *chain) lose(fates []fate, times int, e *Effects) {
	whole := make([]float64, len(fates))
	for s := range fates {
		whole[s] = fates[s].conversion
	}
	ch.loseOf(whole, ch.won, times, e.Conversions)
	if e.Value == nil {
		return
	}
	for s := range fates {
		whole[s] = fates[s].value
	}
	ch.loseOf(whole, ch.worth, times, e.Value)
}

// eliminateEach solves the chain without each channel.
func (ch *chain) eliminateEach(e *Effects) {
	for i := range e.Channels {
		removed := ch.without(uint16(i + 1))
		live := 0
		for _, gone := range removed {
			if !gone {
				live++
			}
		}
		f := ch.eliminate(removed, live)
		e.Conversions[i] = effect(f.conversions, ch.won)
		if e.Value != nil {
			e.Value[i] = effect(f.value, ch.worth)
		}
	}
}

// loseOf fills in the share of all that is lost without each channel. What a channel's removal loses of a state that holds it is all that
// the state's paths come to, which is known (whole); of any other it is what the states lose to which it leads. That is solved as
// the whole chain was, by as many sweeps: a path that these follow to its end there they follow here at least to the channel, so
// that the error has the same bound. Nothing is subtracted, so that a small effect is as exact as a large one.
func (ch *chain) loseOf(whole []float64, all float64, times int, to []float64) {
	losses := make([]lost, len(ch.states))
	for first := 0; first < len(to); first += lanes {
		clear(losses)
		holds := ch.holding(uint16(first + 1))
		for range times {
			ch.sweepLosses(losses, holds, whole)
		}
		var sum lost
		for s, n := range ch.start {
			for i := range sum {
				sum[i] += float64(n * losses[s][i])
			}
		}
		for i := range min(lanes, len(to)-first) {
			to[first+i] = min(sum[i]/all, 1)
		}
	}
}

// holding has, of every state, a bit for each of the channels from first that its window holds.
func (ch *chain) holding(first uint16) []uint8 {
	holds := make([]uint8, len(ch.states))
	for s, g := range ch.states {
		for ; g != 0; g >>= gramBits {
			if lane := int(g.at(0)) - int(first); lane >= 0 && lane < lanes {
				holds[s] |= 1 << lane
			}
		}
	}
	return holds
}

// sweepLosses renews what every state loses from the losses of the states it leads to. The lanes are spelt out, for then the sums stay
// in registers: as an array they are written to memory at each step, and the whole takes half as long again.
func (ch *chain) sweepLosses(losses []lost, holds []uint8, whole []float64) {
	for s := len(ch.states) - 1; s >= 0; s-- {
		var l0, l1, l2, l3 float64
		for e := ch.first[s]; e < ch.first[s+1]; e++ {
			n, t := ch.count[e], &losses[ch.to[e]]
			l0 += float64(n * t[0])
			l1 += float64(n * t[1])
			l2 += float64(n * t[2])
			l3 += float64(n * t[3])
		}
		d, to := ch.leaving[s], &losses[s]
		*to = lost{l0 / d, l1 / d, l2 / d, l3 / d}
		for rest := holds[s]; rest != 0; rest &= rest - 1 {
			to[bits.TrailingZeros8(rest)] = whole[s]
		}
	}
}
