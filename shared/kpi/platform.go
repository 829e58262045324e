package kpi

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Measures of what an ad platform says that its spend bought. They take the place of our own events of the same campaign and
// day in CTR, CPC and CPM, and stand in no other figure.
const (
	PlatformImpressions Measure = "platform_impressions"
	PlatformClicks      Measure = "platform_clicks"
)

// bought adds the counts that ride on spend.
func bought(out []amount, props string) []amount {
	if !strings.Contains(props, `"impressions"`) && !strings.Contains(props, `"clicks"`) {
		return out
	}
	var p struct {
		Impressions, Clicks any
	}
	if json.Unmarshal([]byte(props), &p) != nil {
		return out
	}
	if n := countOf(p.Impressions); n > 0 {
		out = append(out, amount{PlatformImpressions, n})
	}
	if n := countOf(p.Clicks); n > 0 {
		out = append(out, amount{PlatformClicks, n})
	}
	return out
}

// countOf is a whole number as a sender may write it; 0 for anything else.
func countOf(v any) int64 {
	switch v := v.(type) {
	case float64:
		if n := int64(v); float64(n) == v && n < 1<<53 {
			return n
		}
	case string:
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return n
		}
	}
	return 0
}

// shown is what one campaign counts on one day, by channel: our own events and the platform's word.
type shown struct{ own, platform map[string]reach }

// campaignDay names it; the day is its start in Unix seconds.
type campaignDay struct {
	campaign string
	day      int64
}

// Platforms is what the platforms say of each campaign and day, in whatever channel their spend stands.
type Platforms map[campaignDay]reach

// Note notes a counter of a part of a campaign.
func (p Platforms) Note(campaign string, day int64, c Counter) {
	if said := (reach{c.Amounts[PlatformImpressions], c.Amounts[PlatformClicks]}); said != (reach{}) {
		k := campaignDay{campaign, day}
		p[k] = p[k].plus(said)
	}
}

// AddCampaign notes what a counter of a campaign's part in a channel counts on a day, for Settle.
func (r *Row) AddCampaign(campaign string, day int64, channel string, c Counter) {
	if r.campaigns == nil {
		r.campaigns = map[campaignDay]shown{}
	}
	k := campaignDay{campaign, day}
	s, ok := r.campaigns[k]
	if !ok {
		s = shown{map[string]reach{}, map[string]reach{}}
		r.campaigns[k] = s
	}
	s.own[channel] = s.own[channel].plus(reach{c.Amounts[Impressions], c.Amounts[Clicks]})
	s.platform[channel] = s.platform[channel].plus(reach{c.Amounts[PlatformImpressions], c.Amounts[PlatformClicks]})
}

func (r reach) plus(o reach) reach { return reach{r.impressions + o.impressions, r.clicks + o.clicks} }

// Settle puts the platforms' counts in the place of our own, campaign by campaign and day by day, never the sum of both.
// Where a platform counts impressions its clicks stand too, be they none; where it counts clicks alone, those.
func (r *Row) Settle(p Platforms) {
	for k, s := range r.campaigns {
		said := p[k]
		if said == (reach{}) {
			continue
		}
		for channel, own := range s.own {
			change := reach{clicks: s.platform[channel].clicks - own.clicks}
			if said.impressions != 0 {
				change.impressions = s.platform[channel].impressions - own.impressions
			}
			r.instead = r.instead.plus(change)
			if r.channels != nil {
				r.channels[channel] = r.channels[channel].plus(change)
			}
		}
	}
	r.campaigns = nil
}

// Platform reports that some spend of the row carries the platform's counts.
func (r *Row) Platform() bool { return r.sums[PlatformImpressions] != 0 || r.sums[PlatformClicks] != 0 }
