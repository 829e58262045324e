package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tributary/shared/httpapi"
	"tributary/shared/settings"
)

// warningOfPrimary wraps the PUT of a goal: one that takes purchase out of the primary goals, or brings it back, says so. A DELETE
// may bring it back too, and its 204 says nothing.
func (s *server) warningOfPrimary(put httpapi.Handler) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
		site, err := s.site(ctx, r)
		if err != nil {
			return httpapi.Response{}, err
		}
		goals, err := s.store.Goals(ctx, site.ID)
		if err != nil {
			return httpapi.Response{}, fmt.Errorf("api: goals of %q: %w", site.ID, err)
		}
		res, err := put(ctx, r)
		if err != nil {
			return res, err
		}
		goal, err := settings.Decode[settings.Goal]([]byte(res.Body))
		if err != nil {
			return res, fmt.Errorf("api: goal as answered: %w", err)
		}
		before := site.PrimaryGoals(goals)
		goals = append(slices.DeleteFunc(goals, func(g settings.Goal) bool { return g.ID == goal.ID }), goal)
		if text := primaryWarning(site.ID, before, site.PrimaryGoals(goals)); text != "" {
			err = warn(&res, text)
		}
		return res, err
	}
}

// primaryWarning says what counts now, what no longer does, and what to do; it is empty where purchase stays in or out.
func primaryWarning(site string, before, after []string) string {
	was, is := slices.Contains(before, settings.DefaultGoal), slices.Contains(after, settings.DefaultGoal)
	if was == is {
		return ""
	}
	slices.Sort(after)
	gone := slices.DeleteFunc(slices.Clone(before), func(id string) bool { return slices.Contains(after, id) })
	text := "conversions, CPA and conversion rates now count " + strings.Join(after, ", ")
	if len(gone) > 0 {
		text += " and no longer " + strings.Join(gone, ", ") + ", as purchase counts by itself only while no goal is primary. To count both: "
		if is {
			text += "make " + strings.Join(gone, ", ") + " primary again and "
		}
		text += "PUT /v1/goals/purchase" + inSite(site) + ` {"kind":"order","primary":true}`
	}
	return text + `. Records made before follow by the nightly restatement, or at once by reconcile's {"restate":true}`
}
