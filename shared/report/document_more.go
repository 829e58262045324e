package report

import "tributary/shared/attribution"

// beforeDoc holds the totals of the period before (as long, ending where this begins) and the change against it.
type beforeDoc struct {
	From        string `json:"from"`
	To          string `json:"to"`
	Conversions int64  `json:"conversions"`
	Value       sum    `json:"value_minor"`
	Net         sum    `json:"net_value_minor"`
	Cost        sum    `json:"media_cost_micros"`
	// Changes are shares: 0.1 is ten in a hundred more; null where there was nothing before.
	ConversionsChange ratio `json:"conversions_change"`
	ValueChange       ratio `json:"value_change"`
	NetChange         ratio `json:"net_value_change"`
	CostChange        ratio `json:"media_cost_change"`
}

// disagreementDoc lays the models side by side. A channel's spread is the largest less the smallest share of all
// conversions that any model gives it; Score is half the sum of the spreads: 0 where all models agree, 1 at most about
// where they have nothing in common.
type disagreementDoc struct {
	Score    ratio             `json:"score"`
	Channels []disagreementRow `json:"channels"`
}

type disagreementRow struct {
	Channel    string            `json:"channel"`
	Spread     ratio             `json:"spread"` // a share, 0 to 1
	Least      ratio             `json:"least"`  // the smallest share of the conversions
	LeastModel attribution.Model `json:"least_model"`
	Most       ratio             `json:"most"`
	MostModel  attribution.Model `json:"most_model"`
}

// nonConvertingDoc says what the paths of people without any conversion were read from.
type nonConvertingDoc struct {
	People int64 `json:"people"` // whose last touch is in the period
	// ReadUnits is what finding them cost, in DynamoDB read request units: for all reports of the schedule's run together, for a
	// report on request alone; Sampled is one person in that many (1: all).
	ReadUnits int64 `json:"read_units"`
	Sampled   int64 `json:"sampled"`
	// Recount is the run of reconcile that read the tables for itself as well; absent where reports did.
	Recount string `json:"recount,omitempty"`
}

// funnelDoc are the steps as /v1/funnel has them; the bottleneck is the one after which most were lost.
type funnelDoc struct {
	Steps      []funnelStepDoc `json:"steps"`
	Bottleneck string          `json:"bottleneck,omitempty"`
}

type funnelStepDoc struct {
	Name    string   `json:"name"`
	Reached int64    `json:"reached"`
	DropOff ratio    `json:"drop_off"`  // the share that came no further; null of the last
	Median  *float64 `json:"median_ms"` // to the next step
}

// binDoc is one bar of a histogram: values of From up to, and without, To; To 0 has no end.
type binDoc struct {
	From        int64 `json:"from"`
	To          int64 `json:"to,omitempty"`
	Conversions int64 `json:"conversions"`
	Value       sum   `json:"value_minor"`
}

// cohortDoc are the customers whose first order was in Month; Months[i] is what they did in this period, i months later.
type cohortDoc struct {
	Month  string           `json:"month"`
	Months []cohortMonthDoc `json:"months"`
}

// cohortMonthDoc counts orders, not customers.
type cohortMonthDoc struct {
	Orders int64 `json:"orders"`
	Value  sum   `json:"value_minor"`
	Net    sum   `json:"net_value_minor"`
}

// campaignDoc is a campaign under the model of its own settings, or the site's. Own is true where a setting of the
// campaign differs from the site's: such a row does not sum with the others, as a conversion is then judged more than once.
type campaignDoc struct {
	rowDoc
	Name           string            `json:"name,omitempty"`
	Model          attribution.Model `json:"model"`
	Own            bool              `json:"own"`
	OwnSettings    string            `json:"own_settings,omitempty"` // all by which it is judged, where Own
	TargetCPA      string            `json:"target_cpa,omitempty"`
	TargetROAS     string            `json:"target_roas,omitempty"`
	Budget         string            `json:"budget,omitempty"` // as set, in BudgetCurrency and per BudgetPeriod
	BudgetCurrency string            `json:"budget_currency,omitempty"`
	BudgetPeriod   string            `json:"budget_period,omitempty"`
}

// referralDoc and emailDoc are counts of the period, where events of that kind were counted.
type referralDoc struct {
	Invites      int64 `json:"invites"`
	Signups      int64 `json:"signups"`   // invites that led to one
	Purchases    int64 `json:"purchases"` // invites that led to an order
	NewCustomers int64 `json:"new_customers"`
	Referred     int64 `json:"referred"` // new customers who came by an invite
}

type emailDoc struct {
	Sent      int64 `json:"sent"`
	Delivered int64 `json:"delivered"`
	Opened    int64 `json:"opened"`
	Clicked   int64 `json:"clicked"`
	Bounced   int64 `json:"bounced"`
}

// qualityDoc counts what a reader should know of the data; what is not counted is left out.
type qualityDoc struct {
	Unconverted        int64  `json:"unconverted"` // conversions of which some amount had no exchange rate
	Unattributed       int64  `json:"unattributed"`
	Duplicates         *int64 `json:"duplicates,omitempty"` // events sent again
	InvalidImpressions *int64 `json:"invalid_impressions,omitempty"`
	InvalidClicks      *int64 `json:"invalid_clicks,omitempty"`
	Late               *int64 `json:"late,omitempty"` // came more than a day late
	Quarantined        *int64 `json:"quarantined,omitempty"`
	QuarantinedMore    bool   `json:"quarantined_more,omitempty"` // there are more than could be counted
}

// reconciliationDoc is the line that proves the credits: under every model they are the conversions' revenue, drift 0. A
// report of which that is not so is not written.
type reconciliationDoc struct {
	Models      int   `json:"models"`
	Credits     sum   `json:"credits_minor"` // of each model
	Revenue     sum   `json:"revenue_minor"`
	Drift       sum   `json:"drift_minor"`
	Conversions int64 `json:"conversions"`
}

// changesDoc lists what differs from the revision before and why.
type changesDoc struct {
	Revision int         `json:"revision"` // that is compared with
	Reasons  []reasonDoc `json:"reasons"`
	List     []changeDoc `json:"list"` // the first of them, in order of id
	More     int64       `json:"more,omitempty"`
}

// reasonDoc counts changes of one reason; see Added and its kin.
type reasonDoc struct {
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
}

type changeDoc struct {
	ID     string `json:"id"` // order or event; campaign for a cost
	Reason string `json:"reason"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	// Because holds ids of events, the first of them, or restate, rebuild, erasure: why the conversion's record was last written,
	// which may be later than what this change tells.
	Because []string `json:"written_because,omitempty"`
}
