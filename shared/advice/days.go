package advice

import "math"

// average is all yield over all spend, with its interval.
func average(points []point) interval {
	ratio, variance := ratioOf(points)
	return around(ratio, student(len(points)-1)*math.Sqrt(variance))
}

// ratioOf is all yield over all spend and the variance of that by how the days differ (Cochran, Sampling Techniques, chapter 6).
func ratioOf(points []point) (ratio, variance float64) {
	var spend, yield, rest float64
	for _, p := range points {
		spend += p.spend
		yield += p.yield
	}
	ratio = yield / spend
	for _, p := range points {
		d := p.yield - ratio*p.spend
		rest += d * d
	}
	n := float64(len(points))
	return ratio, rest * n / (n - 1) / (spend * spend)
}

// variation is the standard deviation of a day's spend over its mean.
func variation(points []point) float64 {
	mean, rest, n := 0.0, 0.0, float64(len(points))
	for _, p := range points {
		mean += p.spend / n
	}
	for _, p := range points {
		rest += (p.spend - mean) * (p.spend - mean)
	}
	return math.Sqrt(rest/(n-1)) / mean
}

// currentSpend is the mean of the latest days that had any.
func currentSpend(points []point) float64 {
	latest, sum := points[max(0, len(points)-lately):], 0.0
	for _, p := range latest {
		sum += p.spend
	}
	return sum / float64(len(latest))
}

// fitDays gives each weekday a level of its own where every weekday that occurs has enough days and some yield, else all days one.
// Where the weekdays then leave nothing to tell, as of spend that follows them alone, there is no curve: with one level for all it
// would take for the work of spend what the weekdays do.
func fitDays(points []point, weekdays []int, at float64) (c *curve, seasonal bool, err error) {
	groups := grouped(points, weekdays)
	c, err = fit(points, max(1, groups), at)
	return c, groups > 1, err
}

// grouped puts every point into the group of its weekday and says how many there are; 0 where a weekday has too little.
func grouped(points []point, weekdays []int) int {
	var days, group [7]int
	var yields [7]float64
	for i, w := range weekdays {
		days[w]++
		yields[w] += points[i].yield
	}
	groups := 0
	for w := range days {
		switch {
		case days[w] == 0:
			continue
		case days[w] < minOfWeekday || yields[w] <= 0:
			return 0
		}
		group[w] = groups
		groups++
	}
	for i, w := range weekdays {
		points[i].group = group[w]
	}
	return groups
}
