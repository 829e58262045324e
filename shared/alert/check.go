package alert

import (
	"maps"
	"math/big"
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
	if err := checkReach(r); err != nil {
		return err
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

// shares are the KPIs that are a part of a whole, both counted exactly, so that none is above 1.
var shares = []string{
	"conversion_rate_visits", "landing_page_conversion_rate", "cart_abandonment_rate", "csat", "email_open_rate", "email_click_rate", "email_click_to_open_rate",
	"email_bounce_rate", "referral_rate", "referral_signup_conversion", "referral_purchase_conversion", "repeat_purchase_rate", "retention_rate", "churn_rate", "win_rate",
}

// belowZero are the KPIs that may be: what is given back can be more than what was earned.
var belowZero = []string{
	"revenue_net_minor", "refunds_minor", "roas_net", "roi_revenue", "roi_margin", "aov_net_minor", "clv_historic_revenue_minor", "clv_historic_margin_minor", "clv_predictive_minor",
	"net_conversions", "media_cost_micros", "other_cost_micros", "cpc_minor", "cpm_minor", "cpa_minor", "cac_minor", "cost_per_lead_minor",
}

// checkReach refuses a bound that no value of the KPI lies beyond.
func checkReach(r *settings.Rule) error {
	name, text := r.Condition()
	bound, ok := new(big.Rat).SetString(text)
	if !ok { // a pace
		return nil
	}
	least, counted := r.AtLeast[r.KPI]
	switch {
	case name == "below" && bound.Sign() <= 0 && !slices.Contains(belowZero, r.KPI):
		return fault.New(fault.InvalidField, "below", "%s is never below 0; the rule would never speak", r.KPI)
	case name == "above" && bound.Cmp(whole(1)) >= 0 && slices.Contains(shares, r.KPI):
		return fault.New(fault.InvalidField, "above", "%s is a share and never above 1; write 5 %% as \"0.05\"", r.KPI)
	case name == "below" && counted && bound.Cmp(whole(least)) <= 0:
		return fault.New(fault.InvalidField, "at_least", "%s cannot be at least %d and below %s at once; the rule would never speak", r.KPI, least, text)
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
