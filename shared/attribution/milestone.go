package attribution

// missing is a stage that the path did not go through: there was no such event, or no touch before it.
const missing = -1

// wShaped has three milestones: the first touch, the lead's and the opportunity's; without an opportunity the last touch
// stands for it.
func wShaped(w []uint64, p *Path) {
	third := len(w) - 1
	if p.Opportunity != 0 {
		third = stage(p.Touches, p.Opportunity)
	}
	milestones(w, 0, stage(p.Touches, p.Lead), third)
}

// fullPath has four: the first touch, the lead's, the opportunity's and the last touch.
func fullPath(w []uint64, p *Path) {
	milestones(w, 0, stage(p.Touches, p.Lead), stage(p.Touches, p.Opportunity), len(w)-1)
}

// stage is the index of the last touch at or before a stage's event; at is Unix milliseconds, 0 for no event.
func stage(touches []Touch, at int64) int {
	if at == 0 {
		return missing
	}
	for i := len(touches) - 1; i >= 0; i-- {
		if touches[i].Time <= at {
			return i
		}
	}
	return missing
}

// milestones gives 90 % in equal parts to the stages that there are, so that a touch of several collects several, and 10 % in
// equal parts to the other touches before the last milestone; where there are none, the milestones take that too. With k
// stages and r others a stage's part is 9/(10k) and another's 1/(10r), which is 9r to k.
func milestones(w []uint64, at ...int) {
	var stages, last int
	for _, i := range at {
		if i != missing {
			w[i]++
			stages++
			last = max(last, i)
		}
	}
	var others int
	for _, held := range w[:last] {
		if held == 0 {
			others++
		}
	}
	if others == 0 {
		return
	}
	for i := range w[:last+1] {
		if w[i] == 0 {
			w[i] = uint64(stages)
		} else {
			w[i] *= 9 * uint64(others)
		}
	}
}
