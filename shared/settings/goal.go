package settings

import (
	"encoding/json"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/money"
)

// DefaultGoal is the goal of a conversion that names none, and a site's primary goal unless others are set.
const DefaultGoal = "purchase"

// Kinds of goals. Only orders make revenue, customers and what divides by them.
const (
	GoalOrder  = "order"
	GoalLead   = "lead"
	GoalSignup = "signup"
	GoalCustom = "custom"
)

// Goal is something worth counting.
type Goal struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	Match    *Match `json:"match,omitempty"`
	Primary  bool   `json:"primary"`
	Once     bool   `json:"once"`               // one a person
	Value    string `json:"value,omitempty"`    // of a conversion that carries none
	Currency string `json:"currency,omitempty"` // of Value
}

// Match says which events reach the goal besides conversions that name it: those of a type or page views of a path.
type Match struct {
	Type string `json:"type,omitempty"`
	Page string `json:"page,omitempty"` // /thanks, or /thanks* for all that begins so
}

// ParseGoal reads the body of a PUT; currency is the site's, which a value without one is in. All errors are faults.
func ParseGoal(id string, body []byte, currency string) (Goal, error) {
	g := Goal{ID: id, Kind: GoalCustom, Currency: currency}
	if id == DefaultGoal {
		g.Kind = GoalOrder
	}
	if err := CheckID("id", id); err != nil {
		return Goal{}, err
	}
	if err := parse(body, g.fields()); err != nil {
		return Goal{}, err
	}
	if g.Value == "" {
		g.Currency = ""
		return g, nil
	}
	return g, checkAmount("value", g.Value, g.Currency)
}

func (g *Goal) fields() fields {
	return fields{
		"id":       sameID(g.ID),
		"kind":     checked(&g.Kind, 16, oneOf(GoalOrder, GoalLead, GoalSignup, GoalCustom)),
		"match":    g.readMatch,
		"primary":  flag(&g.Primary),
		"once":     flag(&g.Once),
		"value":    decimal(&g.Value, isAmount),
		"currency": checked(&g.Currency, 3, isCurrency),
	}
}

func (g *Goal) readMatch(field string, raw json.RawMessage) error {
	m := Match{}
	err := fields{"type": checked(&m.Type, 64, CheckID), "page": checked(&m.Page, 2048, isPath)}.object(field+".", raw)
	if err != nil {
		return err
	}
	if (m.Type == "") == (m.Page == "") {
		return invalid(field, "it must hold either type or page")
	}
	g.Match = &m
	return nil
}

// PrimaryGoals are the ids of the goals that conversions, CPA and conversion rates count.
func (s *Site) PrimaryGoals(goals []Goal) []string {
	var ids []string
	for _, g := range goals {
		if g.Primary {
			ids = append(ids, g.ID)
		}
	}
	if len(ids) == 0 {
		return []string{DefaultGoal}
	}
	return ids
}

// isPath accepts a path with at most one star, at its end.
func isPath(field, s string) error {
	if strings.HasPrefix(s, "/") && strings.Count(s, "*") <= 1 && !strings.Contains(strings.TrimSuffix(s, "*"), "*") {
		return nil
	}
	return invalid(field, "%q is no path; write /thanks, or /thanks* for all that begins so", fault.Clip(s))
}

// isAmount accepts a decimal that is not negative; its currency is known only once the whole body is read.
func isAmount(s string) error {
	n, err := money.ParseMicros(s)
	if err == nil && n < 0 {
		return invalid("", "it must not be negative")
	}
	return err
}

// checkAmount wants an amount that is exact in its currency.
func checkAmount(field, amount, currency string) error {
	_, err := money.ParseMinor(amount, currency)
	return at(field, err)
}
