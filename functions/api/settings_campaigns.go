package main

import (
	"context"
	"fmt"
	"slices"

	"tributary/shared/fault"
	"tributary/shared/figures"
	"tributary/shared/httpapi"
	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// checkingNames wraps the PUT of a campaign: one that would take a name of another, and with it conversions and cost, is refused.
// It reads before it writes, so of two PUTs at once both may pass; then figures are those of the last in order of id, and either
// may be PUT again without the name.
func (s *server) checkingNames(put httpapi.Handler) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
		site, err := s.site(ctx, r)
		if err != nil {
			return httpapi.Response{}, err
		}
		body, err := httpapi.Body(r, settings.MaxBody)
		if err != nil {
			return httpapi.Response{}, err
		}
		c, err := settings.ParseCampaign(r.PathParameters["id"], body, site.Currency)
		if err != nil {
			return httpapi.Response{}, err
		}
		campaigns, err := s.store.Campaigns(ctx, site.ID)
		if err != nil {
			return httpapi.Response{}, fmt.Errorf("api: campaigns of %q: %w", site.ID, err)
		}
		if err := checkNames(site.ID, &c, campaigns); err != nil {
			return httpapi.Response{}, err
		}
		return put(ctx, r)
	}
}

// checkNames refuses a campaign of which a name is another's, as counters have names. What it had before it may have again.
func checkNames(site string, c *settings.Campaign, campaigns []settings.Campaign) error {
	var was *settings.Campaign
	ids := map[string]bool{}
	others := make([]settings.Campaign, 0, len(campaigns))
	for i := range campaigns {
		if campaigns[i].ID == c.ID {
			was = &campaigns[i]
			continue
		}
		ids[campaigns[i].ID] = true
		others = append(others, campaigns[i])
	}
	aliases := figures.AliasesOf(others)
	if of, taken := aliases[c.ID]; taken && was == nil {
		return fault.New(fault.InvalidField, "id", "%q is an alias of the campaign %q, which has its figures; PUT /v1/campaigns/%s without it first, or choose another id", c.ID, of, of+inSite(site))
	}
	for _, alias := range c.Aliases {
		if was != nil && slices.Contains(was.Aliases, alias) {
			continue
		}
		name := kpi.Name(alias)
		if ids[name] {
			return fault.New(fault.InvalidField, "aliases", "%q is the id of another campaign, whose figures this would take; leave it out, or DELETE /v1/campaigns/%s first", name, name+inSite(site))
		}
		if of, taken := aliases[name]; taken {
			return fault.New(fault.InvalidField, "aliases", "%q is an alias of the campaign %q already; leave it out, or PUT /v1/campaigns/%s without it first", fault.Clip(alias), of, of+inSite(site))
		}
	}
	return nil
}
