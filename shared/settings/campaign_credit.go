package settings

import (
	"cmp"

	"tributary/shared/attribution"
)

// Credit is how conversions are credited: the model, the half-life of time decay (milliseconds), and which touches may earn any.
type Credit struct {
	Model    attribution.Model
	HalfLife int64
	Options  attribution.Options
}

// Credit is that of the site, for every campaign that has none of its own.
func (s *Site) Credit() Credit {
	return Credit{
		Model: attribution.Model(s.Model), HalfLife: milliseconds(s.HalfLifeDays),
		Options: attribution.Options{
			Lookback: milliseconds(s.LookbackDays), ViewLookback: milliseconds(s.ViewLookbackDays), Types: s.TouchTypes,
			ExcludeDirect: s.ExcludeDirect, ResetAfterConversion: s.ResetAfterConversion,
		},
	}
}

// Credit completes the campaign's own settings by the site's.
func (c *Campaign) Credit(site *Site) Credit {
	out := site.Credit()
	out.Model = cmp.Or(attribution.Model(c.Model), out.Model)
	out.HalfLife = cmp.Or(milliseconds(c.HalfLifeDays), out.HalfLife)
	out.Options.Lookback = cmp.Or(milliseconds(c.LookbackDays), out.Options.Lookback)
	out.Options.ViewLookback = cmp.Or(milliseconds(c.ViewLookbackDays), out.Options.ViewLookback)
	if len(c.TouchTypes) > 0 {
		out.Options.Types = c.TouchTypes
	}
	if c.ExcludeDirect != nil {
		out.Options.ExcludeDirect = *c.ExcludeDirect
	}
	if c.ResetAfterConversion != nil {
		out.Options.ResetAfterConversion = *c.ResetAfterConversion
	}
	return out
}

func milliseconds(days int) int64 { return int64(days) * attribution.Day }
