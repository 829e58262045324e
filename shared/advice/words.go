package advice

import (
	"fmt"
	"math"
	"strconv"
)

// atMargin says what the next unit of spend brings and what is needed or, where why is given, what is in the way of knowing.
func (c *court) atMargin(why string) string {
	if why != "" {
		return why
	}
	at := c.units(float64(c.Marginal.AtSpend) / 1e6)
	if c.Needed.Of == cpa {
		return fmt.Sprintf("at %s a day the next conversion costs %s (%s), and %s", at, c.cost(c.marge.value), c.between(c.marge), c.wanted())
	}
	return fmt.Sprintf("at %s a day the next %s brings %s of net revenue (%s), and %s", at, c.units(1), c.units(c.marge.value), c.between(c.marge), c.wanted())
}

// onAverage says what all spend brought.
func (c *court) onAverage() string {
	if c.Needed.Of == cpa {
		return fmt.Sprintf("a conversion cost %s (%s), and %s", c.cost(c.average.value), c.between(c.average), c.wanted())
	}
	return fmt.Sprintf("%s brought %s of net revenue (%s), and %s", c.units(1), c.units(c.average.value), c.between(c.average), c.wanted())
}

// wanted says what is needed and why.
func (c *court) wanted() string {
	switch c.Needed.By {
	case "target_cpa":
		return c.units(1/c.bar) + " is the most it may (target_cpa)"
	case "gross_margin":
		return c.units(c.bar) + " is needed (1 / gross margin)"
	}
	return c.units(c.bar) + " is needed (target_roas)"
}

func (c *court) between(i interval) string {
	if c.Needed.Of == cpa {
		return fmt.Sprintf("%.0f %%: %s to %s", 100*Level, c.cost(i.high), c.cost(i.low))
	}
	return fmt.Sprintf("%.0f %%: %s to %s", 100*Level, c.units(i.low), c.units(i.high))
}

// cost is what a conversion costs at so many conversions a unit of spend.
func (c *court) cost(yield float64) string {
	if yield <= 0 {
		return "any amount"
	}
	return c.units(1 / yield)
}

// units is an amount of the currency, in its units.
func (c *court) units(v float64) string {
	return strconv.FormatFloat(v, 'f', c.exponent, 64) + " " + c.currency
}

// number is a return as people read it.
func number(v float64) string {
	if math.Abs(v) < 0.005 {
		return "0"
	}
	return strconv.FormatFloat(rounded(math.Round(v*100)/100), 'f', -1, 64)
}

func (c *court) fewDays() string {
	return fmt.Sprintf("%d complete days with spend, %d are needed", c.DaysWithSpend, MinDays)
}

func (c *court) fewConversions() string {
	return fmt.Sprintf("%s credited conversions on complete days, %d are needed", number(float64(c.Conversions)/1e6), MinConversions)
}

func (c *court) steady(variation float64) string {
	return fmt.Sprintf("a day's spend varied by %.1f %%, and below %.0f %% it cannot be told what more or less of it would bring", 100*variation, 100*MinVariation)
}
