package main

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// keepTries is how often a site that others write meanwhile is written anew.
const keepTries = 5

// keeping wraps what changes a goal, a campaign or a site: afterwards the matches of all goals and the touch types of all campaigns
// stand with the site, where the doors and journey read them. It is safe to send a change again that failed in between.
func (s *server) keeping(c collection, change httpapi.Handler) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
		res, err := change(ctx, r)
		if err != nil {
			return res, err
		}
		id := r.PathParameters["id"]
		if c.whole == "" {
			site, err := s.site(ctx, r)
			if err != nil || c.name == "campaigns" && len(site.CampaignTypes) == 0 && !hasTypes(res.Body) {
				return res, err
			}
			id = site.ID
		}
		return res, s.keep(ctx, id)
	}
}

// hasTypes reports that a campaign as it is answered has touch types of its own.
func hasTypes(body string) bool {
	c, err := settings.Decode[settings.Campaign]([]byte(body))
	return err == nil && len(c.TouchTypes) > 0
}

// keep writes into a site's settings what its goals and campaigns say, unless it stands there.
func (s *server) keep(ctx context.Context, id string) error {
	for range keepTries {
		v, found, err := s.store.Setting(ctx, store.Sites, id)
		if err != nil {
			return err
		}
		site := settings.DefaultSite(id)
		switch {
		case found:
			if site, err = settings.DecodeSite(v.Body); err != nil {
				return fmt.Errorf("api: site %q: %w", id, err)
			}
		case id != settings.DefaultID: // it is gone
			return nil
		}
		now := site
		if err := s.told(ctx, &now); err != nil {
			return err
		}
		if reflect.DeepEqual(site, now) {
			return nil
		}
		if v.Body, err = json.Marshal(now); err != nil {
			return fmt.Errorf("api: site %q: %w", id, err)
		}
		v.ID = id
		if _, err = s.store.PutSetting(ctx, store.Sites, v); fault.Of(err) == nil {
			return err
		}
	}
	return fault.New(fault.ConcurrentUpdate, "", "the site was changed by others meanwhile; send it again")
}

// told sets what a site's goals and campaigns say.
func (s *server) told(ctx context.Context, site *settings.Site) error {
	goals, err := s.store.Goals(ctx, site.ID)
	if err != nil {
		return fmt.Errorf("api: goals of %q: %w", site.ID, err)
	}
	campaigns, err := s.store.Campaigns(ctx, site.ID)
	if err != nil {
		return fmt.Errorf("api: campaigns of %q: %w", site.ID, err)
	}
	site.Matches, err = settings.MatchesOf(goals)
	site.CampaignTypes = settings.TypesOf(campaigns)
	return err
}
