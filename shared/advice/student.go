package advice

import "math"

// Level is how sure an interval is: in nine of ten it holds what it is about.
const Level = 0.90

// student is the quantile of Student's t for an interval of Level on both sides, with that many degrees of freedom.
func student(free int) float64 {
	low, high := 0.0, 64.0 // of one degree it is 6.3
	for range 60 {
		if middle := (low + high) / 2; inside(middle, free) < Level {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// inside is the probability that |T| < t, which for whole degrees of freedom is a finite sum (Abramowitz and Stegun 26.7.3 and
// 26.7.4).
func inside(t float64, free int) float64 {
	angle := math.Atan2(t, math.Sqrt(float64(free)))
	sin, cos := math.Sin(angle), math.Cos(angle)
	term, sum := 1.0, 0.0
	if free%2 == 0 {
		for i := 0; i <= free-2; i += 2 {
			sum += term
			term *= cos * cos * float64(i+1) / float64(i+2)
		}
		return sin * sum
	}
	term = cos
	for i := 1; i <= free-2; i += 2 {
		sum += term
		term *= cos * cos * float64(i+1) / float64(i+2)
	}
	return (angle + sin*sum) * 2 / math.Pi
}
