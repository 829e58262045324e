package adviser

import (
	"net/url"
	"strconv"

	"tributary/shared/advice"
	"tributary/shared/fault"
	"tributary/shared/figures"
	"tributary/shared/settings"
)

// The days that advice looks back on.
const (
	DefaultDays = 56
	mostDays    = 366
)

// Ask is what GET /v1/advice asks.
type Ask struct {
	scope
	campaign string // an id or another name; empty: every campaign
	days     int
}

// Parse reads the parameters campaign, days and tz; site was read before. Every error is a fault that says what can be had.
func Parse(params url.Values, site settings.Site) (Ask, error) {
	a := Ask{scope: scope{site, site.Location()}, campaign: params.Get("campaign"), days: DefaultDays}
	if err := fault.Params(params, "site", "campaign", "days", "tz"); err != nil {
		return a, err
	}
	if text := params.Get("days"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < advice.MinDays || n > mostDays {
			return a, fault.Query("days", "it must be a whole number from %d to %d; the default is %d", advice.MinDays, mostDays, DefaultDays)
		}
		a.days = n
	}
	var err error
	a.zone, err = figures.ZoneOf(params, &site)
	return a, err
}

// Of asks for advice on every campaign of a site, by its own days.
func Of(site settings.Site) Ask {
	return Ask{scope: scope{site, site.Location()}, days: DefaultDays}
}
