package pathset

import "cmp"

// gram is up to four channels in a row, 16 bits each, the latest lowest. A shorter one has zeros above.
type gram uint64

const gramBits = 16

func pack(ids []uint16) gram {
	var g gram
	for _, id := range ids {
		g = g<<gramBits | gram(id)
	}
	return g
}

// last is the latest k channels, k at most 4, or all of a shorter gram.
func (g gram) last(k int) gram { return g & (1<<(gramBits*k) - 1) }

// first is the oldest k channels, or all of a shorter gram.
func (g gram) first(k int) gram {
	if n := g.len(); n > k {
		return g >> (gramBits * (n - k))
	}
	return g
}

// at is the channel that is i places from the latest.
func (g gram) at(i int) uint16 { return uint16(g >> (gramBits * i)) }

func (g gram) len() int {
	n := 0
	for ; g != 0; g >>= gramBits {
		n++
	}
	return n
}

// same reports that all channels are one.
func (g gram) same() bool {
	for rest := g >> gramBits; rest != 0; rest >>= gramBits {
		if rest.at(0) != g.at(0) {
			return false
		}
	}
	return true
}

func (g gram) holds(id uint16) bool {
	for ; g != 0; g >>= gramBits {
		if g.at(0) == id {
			return true
		}
	}
	return false
}

// valid reports that every channel is one of the first n.
func (g gram) valid(n int) bool {
	for ; g != 0; g >>= gramBits {
		if id := int(g.at(0)); id == 0 || id > n {
			return false
		}
	}
	return true
}

func (g gram) compare(o gram) int { return cmp.Compare(g, o) }

// rename replaces every channel by the one in its place.
func (g gram) rename(ids []uint16) gram {
	var out gram
	for i := g.len() - 1; i >= 0; i-- {
		out = out<<gramBits | gram(ids[g.at(i)])
	}
	return out
}
