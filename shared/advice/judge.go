package advice

import (
	"math"

	"tributary/shared/money"
)

// Judge advises on one campaign from its complete days, oldest first; currency is the site's. Without a need there is nothing to
// judge by.
//
// More: the whole interval of the marginal return lies above what is needed. Less: the whole of it lies below; or the average's
// does, for then the campaign does not pay as a whole, unless the next unit would. Otherwise, hold. Where spend hardly varied
// nothing is known of the margin, and only the average can speak. Thin data has no advice.
func Judge(days []Day, need *Need, currency string) Judgement {
	exponent, _ := money.Exponent(currency)
	c := &court{Judgement: Judgement{Days: len(days), Needed: need}, currency: currency, exponent: exponent}
	var clicks int64
	for _, d := range days {
		c.Spend += d.Spend
		c.Revenue += d.Revenue
		c.Conversions += d.Conversions
		clicks += d.Clicks
		if d.Spend > 0 {
			c.DaysWithSpend++
		}
	}
	unit := math.Pow10(exponent)
	spend, revenue, conversions := float64(c.Spend)/1e6, float64(c.Revenue)/unit, float64(c.Conversions)/1e6
	c.ROAS, c.CPA = shown(revenue, spend), shown(spend*unit, conversions)
	c.CPC = shown(spend*unit, float64(clicks))
	if need == nil {
		c.Because = "no target is set, and a gross margin of 0 lets nothing pay: set target_roas or target_cpa, or the site's gross_margin"
		return c.Judgement
	}
	needed := *need
	needed.Value = rounded(needed.Value)
	c.Needed, c.bar, c.unit = &needed, need.Value, unit
	yield := revenue
	if need.Of == cpa {
		c.bar, yield = unit/need.Value, conversions
	}
	c.HighestCPC = shown(max(0, yield)/c.bar*unit, float64(clicks))
	c.try(days)
	return c.Judgement
}

// court is a judgement in the making. Yields are in units of currency, or in conversions under a target of CPA; so is the bar,
// the yield that a unit of spend must bring.
type court struct {
	Judgement
	currency       string
	exponent       int
	unit, bar      float64
	average, marge interval
}

// interval is an estimate and what it lies between.
type interval struct{ value, low, high float64 }

func around(value, halfWidth float64) interval {
	return interval{value, value - halfWidth, value + halfWidth}
}

func (c *court) try(days []Day) {
	points, weekdays := c.points(days)
	if c.isThin(points) {
		return
	}
	c.average = average(points)
	c.Average = c.estimate(c.average)
	variation := variation(points)
	c.Variation = shown(variation, 1)
	if variation < MinVariation {
		c.rule(false, c.steady(variation))
		return
	}
	at := currentSpend(points)
	curve, seasonal, err := fitDays(points, weekdays, at)
	if err != nil {
		c.rule(false, "what came of the days does not tell what more or less spend would bring")
		return
	}
	value, se := curve.marginal()
	c.marge = around(value, student(curve.free)*se)
	c.Marginal = &Marginal{
		Estimate: *c.estimate(c.marge), Elasticity: rounded(curve.theta[0]), AtSpend: int64(math.Round(at * 1e6)), Weekdays: seasonal,
	}
	c.rule(true, "")
}

// points are the days with spend, and each's weekday.
func (c *court) points(days []Day) (list []point, weekdays []int) {
	for _, d := range days {
		if d.Spend <= 0 {
			continue
		}
		p := point{spend: float64(d.Spend) / 1e6, yield: float64(d.Revenue) / c.unit}
		if c.Needed.Of == cpa {
			p.yield = float64(d.Conversions) / 1e6
		}
		list = append(list, p)
		weekdays = append(weekdays, int(d.Weekday))
	}
	return list, weekdays
}

func (c *court) isThin(points []point) bool {
	yield := 0.0
	for _, p := range points {
		yield += p.yield
	}
	switch {
	case len(points) < MinDays:
		c.thin(c.fewDays())
	case c.Conversions < MinConversions*1_000_000:
		c.thin(c.fewConversions())
	case yield <= 0:
		c.thin("no revenue is credited to its touches; set target_cpa to judge it by conversions")
	default:
		return false
	}
	return true
}

func (c *court) thin(why string) { c.Because = "thin: " + why }

// rule decides; marginal says whether the margin is known, and otherwise why tells what is in its way.
func (c *court) rule(marginal bool, why string) {
	pays, fails := marginal && c.marge.low > c.bar, c.average.high < c.bar
	verdict := Hold
	switch {
	case pays && fails:
		c.Because = c.atMargin(why) + ", but as a whole it does not pay: " + c.onAverage()
	case pays:
		verdict, c.Because = More, c.atMargin(why)
	case marginal && c.marge.high < c.bar:
		verdict, c.Because = Less, c.atMargin(why)
	case fails:
		verdict, c.Because = Less, c.atMargin(why)+"; as a whole it does not pay: "+c.onAverage()
	default:
		c.Because = c.atMargin(why)
		if !marginal {
			c.Because += "; on the average " + c.onAverage()
		}
	}
	c.Advice = &verdict
}

// estimate shows an interval of yield a unit of spend: as it is or, of conversions, turned over into what one costs.
func (c *court) estimate(i interval) *Estimate {
	e := &Estimate{Of: c.Needed.Of, Level: Level}
	if e.Of != cpa {
		e.Value, e.Low, e.High = shown(i.value, 1), shown(i.low, 1), shown(i.high, 1)
		return e
	}
	cost := func(yield float64) *float64 {
		if yield <= 0 {
			return nil
		}
		return shown(c.unit, yield)
	}
	e.Value, e.Low, e.High = cost(i.value), cost(i.high), cost(i.low)
	return e
}
