package attribution

// Participation gives every distinct channel the whole conversion, at its first touch: 1 there and 0 elsewhere. The sum is
// the number of channels, not 1, so that it is no Model, shares nothing and stands in no report.
func Participation(touches []Touch) []uint64 {
	w := make([]uint64, len(touches))
	seen := make(map[string]struct{}, len(touches))
	for i, t := range touches {
		if _, again := seen[t.Channel]; !again {
			seen[t.Channel] = struct{}{}
			w[i] = 1
		}
	}
	return w
}
