package alert

import (
	"maps"
	"net/url"
	"slices"
	"time"

	"tributary/shared/fault"
	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// Check refuses a rule that could never be judged; accepts says whether GET /v1/kpis takes parameters, budget is that of the
// rule's campaign. Errors are faults that name the rule's field.
func Check(r *settings.Rule, site settings.Site, budget *settings.Budget, now time.Time, accepts func(url.Values) error) error {
	if r.Pace != nil {
		if err := CheckBudget(r.Campaign, budget); err != nil {
			return err
		}
		if _, err := budgetMicros(site, budget, now); err != nil {
			return err
		}
	}
	w := current(r, now.In(site.Location()))
	for _, name := range slices.Sorted(maps.Keys(r.AtLeast)) {
		if err := inField("at_least", accepts(w.params(r, []string{name}))); err != nil {
			return err
		}
		if !kpi.IsCount(name) {
			return fault.New(fault.InvalidField, "at_least", "%s is no count; name one like visits or conversions", name)
		}
	}
	if err := inField("kpi", accepts(w.params(r, []string{r.KPI}))); err != nil {
		return err
	}
	if w.ByHour {
		for _, name := range names(r) {
			if !kpi.SumsOverHours(name) {
				return fault.New(fault.InvalidField, "over", "%s cannot be told exactly of a part of a day; use over 1d, 7d or 28d", name)
			}
		}
	}
	return nil
}

// inField turns what the figures refuse into what is wrong with a rule's field.
func inField(field string, err error) error {
	refused := fault.Of(err)
	if refused == nil {
		return err
	}
	if refused.Field != "kpis" {
		field = refused.Field
	}
	return fault.New(fault.InvalidField, field, "%s", refused.Message)
}
