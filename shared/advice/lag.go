package advice

// hour in milliseconds.
const hour = 60 * 60 * 1000

// LagShare of the credit has come by the time that a day counts as complete.
const LagShare = 0.95

// minWaited are the conversions of which a lag can be told.
const minWaited = 50

// Waits is how long conversions kept their touches waiting: credit, in millionths of a conversion, by full hours from touch to
// conversion. It is to hold touches that are at least a whole look-back old and no others: of younger ones the patient
// conversions are still to come, so that they would make the lag too short.
type Waits []int64

// Add notes the credit of a touch that waited so many milliseconds.
func (w *Waits) Add(waited, micro int64) {
	at := int(max(waited, 0) / hour)
	for len(*w) <= at {
		*w = append(*w, 0)
	}
	(*w)[at] += micro
}

// Join adds another's credit.
func (w *Waits) Join(other Waits) {
	for at, micro := range other {
		w.Add(int64(at)*hour, micro)
	}
}

// Lag is the time within which LagShare of the credit came, in milliseconds, full hours; false where too few conversions tell.
func (w Waits) Lag() (int64, bool) {
	var total, sum int64
	for _, micro := range w {
		total += micro
	}
	if total < minWaited*1_000_000 {
		return 0, false
	}
	for at, micro := range w {
		if sum += micro; float64(sum) >= LagShare*float64(total) {
			return int64(at+1) * hour, true
		}
	}
	return int64(len(w)) * hour, true
}
