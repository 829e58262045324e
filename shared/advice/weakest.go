package advice

import (
	"fmt"
	"math"
	"math/big"

	"tributary/shared/kpi"
)

// Kinds of links.
const (
	Step   = "step"   // of the funnel
	KPI    = "kpi"    // a ratio of the site, or of a page
	Target = "target" // a campaign's
)

// Link is a part of the chain from the first contact to the money, and how far it stands under what it was or should be.
type Link struct {
	Kind  string            `json:"kind"`
	Name  string            `json:"name"` // the step or the KPI
	After string            `json:"after,omitempty"`
	Of    map[string]string `json:"of,omitempty"` // {"page":…} or {"campaign":…}; else it is the site's
	From  string            `json:"from"`         // first day
	To    string            `json:"to"`           // day after the last
	Now   float64           `json:"now"`
	Was   *float64          `json:"was,omitempty"` // in the four weeks before
	Aim   *float64          `json:"target,omitempty"`
	// Shortfall is the share that is missing of what passed before, or of what the target wants: of every 100 that would
	// have come through, so many hundredths do not. Of a KPI that counts who did not pass, or what passing costs, it is that of
	// those who passed, or of what a unit of cost brought; so links of any kind compare.
	Shortfall float64 `json:"shortfall"`
	Z         float64 `json:"z"` // how many standard errors it stands under
	Because   string  `json:"because"`
}

// Tally is how many of a whole passed.
type Tally struct{ Passed, Of float64 }

// Lost reports by l, which names the link, how much less passed than before: the test of two proportions with a common one. Where
// lost is set the KPI is the share that did not pass. False where there is too little to tell.
func (l Link) Lost(now, before Tally, lost bool) (Link, bool) {
	if now.Of < minOf || before.Of < minOf || now.Passed > now.Of || before.Passed > before.Of || before.Passed <= 0 {
		return l, false
	}
	share, was := now.Passed/now.Of, before.Passed/before.Of
	common := (now.Passed + before.Passed) / (now.Of + before.Of)
	if common*now.Of < minPassed || (1-common)*now.Of < minPassed {
		return l, false
	}
	l.fell(share, was, (was-share)/math.Sqrt(common*(1-common)*(1/now.Of+1/before.Of)))
	if lost {
		share, was = 1-share, 1-was
	}
	l.Now, l.Was = rounded(share), shown(was, 1)
	l.Because = fmt.Sprintf("%s was %s, after %s in the four weeks before", l.subject(), percent(share), percent(was))
	if l.Kind == Step {
		l.Because = fmt.Sprintf("%s of those at %s came to %s, after %s in the four weeks before", percent(share), l.After, l.Name, percent(was))
	}
	return l, true
}

// What a test of proportions asks for: that the normal curve stands for counts (the rule of five), and that a rate is of many.
const (
	minOf     = 30
	minPassed = 5
)

// Daily is a day's part of a ratio that is no share: revenue of orders, cost of conversions.
type Daily struct{ Num, Den float64 }

// Dropped is Lost for such a ratio, of a site whose currency this is: its variance is that of the days. Where cost is set, less is better.
func (l Link) Dropped(now, before []Daily, cost bool, currency string) (Link, bool) {
	a, b := points(now, cost), points(before, cost)
	if len(a) < minDays || len(b) < minDays || !some(a) || !some(b) {
		return l, false
	}
	rate, spread := ratioOf(a)
	was, spreadWas := ratioOf(b)
	l.fell(rate, was, (was-rate)/math.Sqrt(spread+spreadWas))
	if cost {
		rate, was = 1/rate, 1/was
	}
	l.Now, l.Was = rounded(rate), shown(was, 1)
	l.Because = fmt.Sprintf("%s was %s, after %s in the four weeks before", l.subject(), l.figure(rate, currency), l.figure(was, currency))
	return l, true
}

// Missed is Dropped against a target of the KPI.
func (l Link) Missed(now []Daily, target float64, cost bool, currency string) (Link, bool) {
	a, aim := points(now, cost), target
	if cost {
		aim = 1 / target
	}
	if len(a) < minDays || !some(a) {
		return l, false
	}
	rate, spread := ratioOf(a)
	l.fell(rate, aim, (aim-rate)/math.Sqrt(spread))
	if cost {
		rate = 1 / rate
	}
	l.Now, l.Aim = rounded(rate), shown(target, 1)
	l.Because = fmt.Sprintf("%s was %s, and its target is %s", l.subject(), l.figure(rate, currency), l.figure(target, currency))
	return l, true
}

// minDays with anything at all are wanted of a daily ratio.
const minDays = 5

// points turns a cost over, so that more is better; days without a denominator and a numerator are none.
func points(days []Daily, cost bool) (list []point) {
	for _, d := range days {
		p := point{spend: d.Den, yield: d.Num}
		if cost {
			p.spend, p.yield = d.Num, d.Den
		}
		if p.spend != 0 || p.yield != 0 {
			list = append(list, p)
		}
	}
	return list
}

func some(points []point) bool {
	var spend, yield float64
	for _, p := range points {
		spend += p.spend
		yield += p.yield
	}
	return spend > 0 && yield > 0
}

func (l *Link) fell(now, was, z float64) {
	l.Shortfall = rounded((was - now) / was)
	if l.Z = rounded(z); math.IsNaN(z) || math.IsInf(z, 0) { // days without any spread at all
		l.Z = 0
	}
}

// figure is a value of the link's KPI as people read it.
func (l *Link) figure(v float64, currency string) string {
	r := new(big.Rat).SetFloat64(v) // nil where it is no number
	return kpi.UnitOf(l.Name, currency).Text(r)
}

func (l *Link) subject() string {
	name := kpi.Spoken(l.Name)
	for _, dimension := range []string{"page", "campaign"} {
		if value, ok := l.Of[dimension]; ok {
			return fmt.Sprintf("%s of %s %s", name, dimension, value)
		}
	}
	return name
}

func percent(share float64) string { return number(100*share) + " %" }

// Weakest is the link of the largest shortfall among those that stand clearly under, the first of equals; nil where none does.
// Clearly is two standard errors for one link, and more the more there are, for the worst of many is looked for (Bonferroni): all
// being as they were, one look in forty names any. So links are to be all that were looked at, those that do better included.
func Weakest(links []Link) *Link {
	var weakest *Link
	least := clearly(len(links))
	for i := range links {
		if l := &links[i]; l.Z >= least && (weakest == nil || l.Shortfall > weakest.Shortfall) {
			weakest = l
		}
	}
	return weakest
}

// clearly is how many standard errors the worst of n must stand under.
func clearly(n int) float64 {
	alone := math.Erfc(2/math.Sqrt2) / 2
	return math.Sqrt2 * math.Erfcinv(2*alone/float64(max(1, n)))
}
