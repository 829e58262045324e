// Package alert judges rules on KPIs (settings.Rule) and keeps what comes of them: which rule speaks since when, and the alerts that
// it has raised. Pure: figures are read through an interface, time comes in.
package alert

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// States of an alert.
const (
	Raised  = "raised"
	Cleared = "cleared"
)

// Alert is one time that a rule spoke. Times are RFC 3339 in UTC, days those of the site's zone.
type Alert struct {
	ID        string            `json:"id"` // sorts by the time of raising
	Site      string            `json:"site"`
	Rule      string            `json:"rule"`
	State     string            `json:"state"`
	KPI       string            `json:"kpi"`
	Filter    map[string]string `json:"filter,omitempty"` // whose figure; the whole site's, where there is none
	Condition string            `json:"condition"`
	From      string            `json:"from"` // the period; to exclusive
	To        string            `json:"to"`
	Value     Number            `json:"value"` // when it was raised, in the KPI's own unit
	Bound     Number            `json:"bound"`
	Before    Number            `json:"before"`
	Raised    string            `json:"raised"`
	Cleared   string            `json:"cleared,omitempty"`
	ValueNow  Number            `json:"cleared_value,omitempty"` // when it was cleared
	Why       string            `json:"why"`
}

// IsID reports an id as alerts have it: thirteen digits of its time in milliseconds, and its rule.
func IsID(id string) bool {
	at, rule, ok := strings.Cut(id, "-")
	_, err := strconv.ParseUint(at, 10, 63)
	return ok && err == nil && len(at) == 13 && settings.CheckID("id", rule) == nil
}

// newAlert is what a verdict raises.
func newAlert(site settings.Site, r *settings.Rule, v Verdict, now time.Time) *Alert {
	a := &Alert{
		ID: fmt.Sprintf("%013d-%s", now.UnixMilli(), r.ID), Site: site.ID, Rule: r.ID, State: Raised, KPI: r.KPI, Condition: v.Condition,
		From: kpi.Day.Label(v.Window.From), To: kpi.Day.Label(v.Window.To),
		Value: numberOf(r.KPI, v.Value), Bound: numberOf(r.KPI, v.Bound), Before: numberOf(r.KPI, v.Before), Raised: instant(now), Why: whyRaised(site, r, v),
	}
	if dimension, value := r.Filter(); dimension != "" {
		a.Filter = map[string]string{dimension: value}
	}
	return a
}

// cleared is the alert once its rule no longer speaks; r is nil where the rule is gone.
func (a Alert) cleared(site settings.Site, r *settings.Rule, v Verdict, now time.Time) *Alert {
	a.State, a.Cleared, a.ValueNow = Cleared, instant(now), numberOf(a.KPI, v.Value)
	a.Why = whyCleared(site, &a, r, v)
	return &a
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// Number is a JSON number as text, without an exponent: exact where it is whole, else the nearest double; empty is null.
type Number string

// numberOf shows a value of a KPI. Sums of money are integers, also where a share of a budget or a mean of weeks falls between two.
func numberOf(name string, r *big.Rat) Number {
	switch {
	case r == nil:
		return ""
	case r.IsInt():
		return Number(r.Num().String())
	case kpi.IsCount(name) && kpi.Spoken(name) != name:
		return Number(r.FloatString(0))
	}
	f, _ := r.Float64()
	return Number(strconv.FormatFloat(f, 'f', -1, 64))
}

// MarshalJSON writes the number, or null.
func (n Number) MarshalJSON() ([]byte, error) {
	if n == "" {
		return []byte("null"), nil
	}
	return json.Marshal(json.Number(n))
}

// UnmarshalJSON reads a number or null.
func (n *Number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = ""
		return nil
	}
	var v json.Number
	if err := json.Unmarshal(b, &v); err != nil {
		return fmt.Errorf("alert: number: %w", err)
	}
	*n = Number(v)
	return nil
}
