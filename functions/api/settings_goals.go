package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// matchTries is how often a site that others write meanwhile is written anew.
const matchTries = 5

// keepingMatches wraps what changes a goal: afterwards the matches of all goals stand with the site, where the doors read
// them. It is safe to send a change again that failed in between.
func (s *server) keepingMatches(change httpapi.Handler) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
		site, err := s.site(ctx, r)
		if err != nil {
			return httpapi.Response{}, err
		}
		res, err := change(ctx, r)
		if err != nil {
			return res, err
		}
		return res, s.keepMatches(ctx, site.ID)
	}
}

// keepMatches writes the matches into the site's settings, unless they stand there.
func (s *server) keepMatches(ctx context.Context, id string) error {
	for range matchTries {
		v, found, err := s.store.Setting(ctx, store.Sites, id)
		if err != nil {
			return err
		}
		goals, err := s.store.Goals(ctx, id)
		if err != nil {
			return fmt.Errorf("api: goals of %q: %w", id, err)
		}
		matches, err := settings.MatchesOf(goals)
		if err != nil {
			return err
		}
		site := settings.DefaultSite(id)
		if found {
			if site, err = settings.DecodeSite(v.Body); err != nil {
				return fmt.Errorf("api: site %q: %w", id, err)
			}
		}
		if slices.Equal(site.Matches, matches) {
			return nil
		}
		site.Matches = matches
		if v.Body, err = json.Marshal(site); err != nil {
			return fmt.Errorf("api: site %q: %w", id, err)
		}
		v.ID = id
		if _, err = s.store.PutSetting(ctx, store.Sites, v); fault.Of(err) == nil {
			return err
		}
	}
	return fault.New(fault.ConcurrentUpdate, "", "the site was changed by others meanwhile; send the goal again")
}
