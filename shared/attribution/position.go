package attribution

// Position says what the first touch, all touches between and the last touch are worth; the three need not add up to
// anything. The zero value is 40/20/40.
type Position struct{ First, Middle, Last uint32 }

// share gives the middle in equal parts to the touches between. Where there is none, the ends share in their own ratio
// (Adobe's rule), and where they too are worth nothing, all touches share alike.
func (s Position) share(w []uint64) {
	if s == (Position{}) {
		s = Position{First: 2, Middle: 1, Last: 2}
	}
	n := len(w)
	between := uint64(max(1, n-2))
	if n < 3 {
		s.Middle = 0
	}
	if n == 1 || s == (Position{}) {
		fill(w, 1)
		return
	}
	fill(w, uint64(s.Middle))
	w[0], w[n-1] = uint64(s.First)*between, uint64(s.Last)*between
}
