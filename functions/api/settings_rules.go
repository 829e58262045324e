package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"tributary/shared/alert"
	"tributary/shared/alert/source"
	"tributary/shared/fault"
	"tributary/shared/figures"
	"tributary/shared/httpapi"
	"tributary/shared/kpi"
	"tributary/shared/nearest"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// maxRules is how many rules a site may have: all of them are judged as figures move.
const maxRules = 100

// checkingRules wraps the PUT of a rule: one that could never be judged is refused, and the site is named among those with rules
// before it has one.
func (s *server) checkingRules(put httpapi.Handler) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
		site, err := s.site(ctx, r)
		if err != nil {
			return httpapi.Response{}, err
		}
		warning, err := s.checkRule(ctx, site, r)
		if err != nil {
			return httpapi.Response{}, err
		}
		_, err = s.store.PutSetting(ctx, store.Ruled, store.Setting{ID: site.ID, Body: []byte("{}")})
		if refused := fault.Of(err); err != nil && (refused == nil || refused.Code != fault.ConcurrentUpdate) { // that one: it stands there
			return httpapi.Response{}, err
		}
		res, err := put(ctx, r)
		if err != nil || warning == "" {
			return res, err
		}
		return res, warn(&res, warning)
	}
}

// warn adds a member to an answer's object.
func warn(res *httpapi.Response, warning string) error {
	text, err := json.Marshal(warning)
	res.Body = strings.TrimSuffix(res.Body, "}") + `,"warning":` + string(text) + "}"
	return err
}

// checkRule refuses a rule that can never speak, and warns of one that cannot as of now.
func (s *server) checkRule(ctx context.Context, site settings.Site, r *httpapi.Request) (warning string, err error) {
	body, err := httpapi.Body(r, settings.MaxBody)
	if err != nil {
		return "", err
	}
	rule, err := settings.ParseRule(r.PathParameters["id"], body)
	if err != nil {
		return "", err
	}
	if err := s.roomForRule(ctx, site.ID, rule.ID); err != nil {
		return "", err
	}
	budget, err := s.budgetOf(ctx, site.ID, &rule)
	if err != nil {
		return "", err
	}
	now := s.now()
	err = alert.Check(&rule, site, budget, now, func(params url.Values) error {
		_, err := figures.Parse(params, site, now)
		return err
	})
	if err != nil {
		return "", err
	}
	if warning, err = s.uncounted(ctx, site.ID, &rule); warning != "" || err != nil {
		return warning, err
	}
	v, err := alert.Judge(ctx, source.Source{Reader: s.figures, Now: s.now}, site, &rule, budget, now)
	if v.Silent != "" {
		warning = "as of now the rule says nothing: " + v.Silent
	}
	return warning, err
}

// uncounted warns of a rule about what nothing was counted of, which may be a slip.
func (s *server) uncounted(ctx context.Context, site string, rule *settings.Rule) (string, error) {
	dimension, value := rule.Filter()
	if dimension == "" || dimension == "medium" { // which stands beside its source
		return "", nil
	}
	names, err := s.store.Names(ctx, site, kpi.Dimension(dimension))
	if err != nil {
		return "", err
	}
	name := value
	if dimension == "campaign" {
		campaigns, err := s.store.Campaigns(ctx, site)
		if err != nil {
			return "", fmt.Errorf("api: campaigns of %q: %w", site, err)
		}
		for i := range campaigns {
			names = append(names, campaigns[i].ID)
		}
		name = figures.AliasesOf(campaigns).Of(value)
	}
	if dimension == "page" {
		name = kpi.PageOf(value)
	}
	if slices.Contains(names, kpi.Name(name)) {
		return "", nil
	}
	return fmt.Sprintf("nothing was counted yet of the %s %q%s", dimension, fault.Clip(value), nearest.Hint(value, names)), nil
}

// roomForRule refuses one rule too many.
func (s *server) roomForRule(ctx context.Context, site, id string) error {
	rules, err := s.store.ListSettings(ctx, store.ShelfOf(site, "rules"), "", maxRules)
	if err != nil || len(rules) < maxRules {
		return err
	}
	for _, v := range rules {
		if v.ID == id {
			return nil
		}
	}
	return fault.New(fault.TooMany, "id", "the site has %d rules, and has no room for more; delete one", maxRules)
}

// budgetOf is the budget that a rule keeps pace with, nil where there is none.
func (s *server) budgetOf(ctx context.Context, site string, rule *settings.Rule) (*settings.Budget, error) {
	if rule.Pace == nil {
		return nil, nil
	}
	v, found, err := s.store.Setting(ctx, store.ShelfOf(site, "campaigns"), rule.Campaign)
	if err != nil || !found {
		return nil, err
	}
	c, err := settings.Decode[settings.Campaign](v.Body)
	if err != nil {
		return nil, fmt.Errorf("api: campaign %q: %w", rule.Campaign, err)
	}
	return c.Budget, nil
}

// clearingAlerts wraps the DELETE of a rule: what it has raised is cleared. Where that fails, the hourly run does it.
func (s *server) clearingAlerts(remove httpapi.Handler) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
		site, err := s.site(ctx, r)
		if err != nil {
			return httpapi.Response{}, err
		}
		res, err := remove(ctx, r)
		if err != nil {
			return res, err
		}
		return res, s.clearAlert(ctx, site, r.PathParameters["id"], s.now())
	}
}

func (s *server) clearAlert(ctx context.Context, site settings.Site, rule string, now time.Time) error {
	states, err := s.store.AlertStates(ctx, site.ID)
	if err != nil {
		return err
	}
	st, known := states[rule]
	if !known {
		return nil
	}
	next, told, changed := st.Step(site, nil, alert.Verdict{}, now)
	if !changed {
		return nil
	}
	_, err = s.store.PutAlertState(ctx, site.ID, next, told, now)
	return err
}
