package kpi

import (
	"fmt"
	"math"
	"math/big"
	"strings"
)

// Rates converts costs. ConvertMicros is false where there is no rate for the currency on the day of atMs (Unix ms).
type Rates interface {
	ConvertMicros(micros int64, currency string, atMs int64) (int64, bool)
}

// Row gathers the counters of one row of an answer.
type Row struct {
	sums     map[Measure]int64
	channels map[string]reach // for CTR; nil where channels are not told apart
	cost     map[cost]int64   // as it was booked, until Convert

	campaigns map[campaignDay]shown // until Settle
	instead   reach                 // what the platforms' counts add to our own where they take their place
}

// reach is what a channel counts for CTR.
type reach struct{ impressions, clicks int64 }

// cost is converted by the day it fell on, which its bucket tells.
type cost struct {
	measure          Measure
	currency, bucket string
}

// NewRow is an empty row: zeros and nulls.
func NewRow() *Row {
	return &Row{sums: map[Measure]int64{}, cost: map[cost]int64{}}
}

// Add adds measures of a counter; with only given, those alone. An error says that a sum leaves 64 bits.
func (r *Row) Add(c Counter, only ...Measure) error {
	for m, n := range c.Amounts {
		if len(only) > 0 && !has(only, m) {
			continue
		}
		if base, currency, ok := strings.Cut(string(m), ":"); ok {
			k := cost{Measure(base), currency, c.Bucket}
			if err := addTo(r.cost, k, n); err != nil {
				return fmt.Errorf("kpi: %v %s: %w", c.Key, m, err)
			}
			continue
		}
		if err := addTo(r.sums, m, n); err != nil {
			return fmt.Errorf("kpi: %v %s: %w", c.Key, m, err)
		}
	}
	return nil
}

func has(list []Measure, m Measure) bool {
	for _, o := range list {
		if o == m {
			return true
		}
	}
	return false
}

// AddReach notes what a counter of a channel (or, of a campaign, its part in a channel) counts for CTR: clicks of
// channels without impressions in the row's period are left out of it.
func (r *Row) AddReach(channel string, c Counter) {
	if r.channels == nil {
		r.channels = map[string]reach{}
	}
	r.channels[channel] = r.channels[channel].plus(reach{c.Amounts[Impressions], c.Amounts[Clicks]})
}

// Convert turns costs into the site's currency by the day of their bucket. What has no rate is left out and added to
// missing, by currency, in micros.
func (r *Row) Convert(rates Rates, missing map[string]int64) error {
	for k, n := range r.cost {
		at, err := BucketTime(k.bucket)
		if err != nil {
			return err
		}
		converted, ok := rates.ConvertMicros(n, k.currency, at.UnixMilli())
		if !ok {
			if k.measure != ImpressionCost { // it is part of media cost
				missing[k.currency] += n
			}
			continue
		}
		if err := addTo(r.sums, k.measure, converted); err != nil {
			return fmt.Errorf("kpi: cost of %s: %w", k.bucket, err)
		}
	}
	r.cost = map[cost]int64{}
	return nil
}

// addTo adds n to sums[k] unless that leaves 64 bits.
func addTo[K comparable](sums map[K]int64, k K, n int64) error {
	was := sums[k]
	if n > 0 && was > math.MaxInt64-n || n < 0 && was < math.MinInt64-n {
		return fmt.Errorf("%d and %d leave 64 bits", was, n)
	}
	sums[k] = was + n
	return nil
}

// ctrClicks are the clicks that CTR counts.
func (r *Row) ctrClicks() int64 {
	if r.channels == nil {
		return r.sums[Clicks] + r.instead.clicks
	}
	var clicks int64
	for _, c := range r.channels {
		if c.impressions > 0 {
			clicks += c.clicks
		}
	}
	return clicks
}

// Money says how a site's money is written.
type Money struct {
	Exponent int      // decimals of the site's currency
	Margin   *big.Rat // gross margin, a share of 1
}

// minor turns micros of the site's currency into minor units, exactly.
func (m Money) minor(micros int64) *big.Rat {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(m.Exponent)), nil)
	return new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(micros), scale), big.NewInt(1_000_000))
}

func whole(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

// Sum is a sum of the row as it was counted.
func (r *Row) Sum(m Measure) int64 { return r.sums[m] }

// Costs are the costs of the row as they were booked, in millionths by currency. They are there until Convert.
func (r *Row) Costs() map[Measure]map[string]int64 {
	all := map[Measure]map[string]int64{}
	for k, n := range r.cost {
		if all[k.measure] == nil {
			all[k.measure] = map[string]int64{}
		}
		all[k.measure][k.currency] += n
	}
	return all
}
