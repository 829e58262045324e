// Package advice judges what campaigns bring: whether a unit more of spend would pay, how far a campaign is from its target, and
// which link of the chain is the weakest. Figures come in, judgement goes out: there is no clock here, no store and no
// randomness. It is statistics, so it reckons in floats; what is shown is rounded to six digits, so that no processor's last bit
// is seen.
package advice

import (
	"math"
	"math/big"
	"strconv"
	"time"

	"tributary/shared/money"
	"tributary/shared/settings"
)

// What advice may be.
const (
	More = "more"
	Less = "less"
	Hold = "hold"
)

// What is too thin to advise on, and how little variation says nothing of what more would bring.
const (
	MinDays        = 14 // complete ones, with spend
	MinConversions = 20 // credited on them
	MinVariation   = 0.10
	minOfWeekday   = 4 // days of each weekday, for weekdays to have levels of their own
	lately         = 7 // days whose mean spend is the current level
)

// Day is what a campaign spent and what came of it, credited to the day of the touch, so that a day's spend meets its own return.
type Day struct {
	Weekday     time.Weekday
	Spend       int64 // media cost, millionths of the currency's unit
	Revenue     int64 // credited, net of refunds, minor units
	Conversions int64 // credited, millionths
	Clicks      int64 // as CPC counts them
}

// Need is what a unit of spend must bring, and because of what.
type Need struct {
	By    string  `json:"by"` // target_roas, target_cpa or gross_margin
	Of    string  `json:"of"` // roas_net, to be at least Value, or cpa_minor, to be at most Value
	Value float64 `json:"value"`
}

// The measures that a need is about.
const (
	roasNet = "roas_net"
	cpa     = "cpa_minor"
)

// NeedOf is the campaign's target or, without one, what pays at the site's gross margin. False where neither is above 0.
func NeedOf(c *settings.Campaign, site *settings.Site) (Need, bool) {
	exponent, _ := money.Exponent(site.Currency)
	roas, cost, margin := decimal(c.TargetROAS), decimal(c.TargetCPA), decimal(site.GrossMargin)
	switch {
	case roas > 0:
		return Need{"target_roas", roasNet, roas}, true
	case cost > 0:
		return Need{"target_cpa", cpa, cost * math.Pow10(exponent)}, true
	case margin > 0:
		return Need{"gross_margin", roasNet, 1 / margin}, true
	}
	return Need{}, false
}

// decimal is the value of a setting; 0 where it is empty.
func decimal(text string) float64 {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0
	}
	v, _ := r.Float64()
	return v
}

// Estimate is a figure with its interval at Level. Of a cost per conversion Value and High are null where nothing comes of any
// spend, for all that is known.
type Estimate struct {
	Of    string   `json:"of"` // roas_net or cpa_minor
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
	Level float64  `json:"level"`
}

// Marginal is what the next unit of spend brings at the current level of spend.
type Marginal struct {
	Estimate
	Elasticity float64 `json:"elasticity"`            // a tenth more spend brings so many tenths more
	AtSpend    int64   `json:"at_spend_micros_a_day"` // the mean of the latest days with spend
	Weekdays   bool    `json:"weekdays"`              // each weekday was given a level of its own
}

// Judgement is the advice for one campaign and the figures behind it.
type Judgement struct {
	Advice        *string   `json:"advice"` // more, less or hold; null on thin data
	Because       string    `json:"because"`
	Days          int       `json:"days"` // complete ones
	DaysWithSpend int       `json:"days_with_spend"`
	Spend         int64     `json:"media_cost_micros"` // of the complete days, as all that follows
	Revenue       int64     `json:"revenue_net_minor"`
	Conversions   int64     `json:"conversions_micro"`
	ROAS          *float64  `json:"roas_net"`
	CPA           *float64  `json:"cpa_minor"`
	Needed        *Need     `json:"needed"`
	Average       *Estimate `json:"average"`
	Marginal      *Marginal `json:"marginal"`
	Variation     *float64  `json:"spend_variation"` // standard deviation of a day's spend over its mean
	CPC           *float64  `json:"cpc_minor"`
	HighestCPC    *float64  `json:"highest_cpc_minor"` // that still meets the need, if a click goes on being worth what it was
}

// rounded keeps six digits.
func rounded(v float64) float64 {
	short, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 6, 64), 64)
	return short
}

// shown is a ratio as an answer has it: null where there is nothing to divide by.
func shown(num, den float64) *float64 {
	if den == 0 || math.IsNaN(num) || math.IsInf(num, 0) {
		return nil
	}
	v := rounded(num / den)
	return &v
}
