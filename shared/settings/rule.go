package settings

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"

	"tributary/shared/fault"
)

// Periods of a rule. Today and the month to date run; the others are whole days that end with yesterday.
const (
	OverToday   = "today"
	OverMonth   = "mtd"
	overDefault = OverToday
)

// PaceKPI is what a rule on the pace of a budget looks at.
const PaceKPI = "media_cost_micros"

// Rule says when a figure of a site wants somebody's attention. Exactly one of Above, Below, Rises, Falls and Pace is set; decimals
// are the text that was sent.
type Rule struct {
	ID  string `json:"id"`
	KPI string `json:"kpi"`
	// At most one of these: whose figure it is. The site's, where all are empty.
	Campaign string `json:"campaign,omitempty"`
	Channel  string `json:"channel,omitempty"`
	Source   string `json:"source,omitempty"`
	Medium   string `json:"medium,omitempty"`
	Content  string `json:"content,omitempty"`
	Term     string `json:"term,omitempty"`
	Page     string `json:"page,omitempty"`
	Link     string `json:"link,omitempty"`
	Goal     string `json:"goal,omitempty"`
	Type     string `json:"type,omitempty"`

	Over  string `json:"over,omitempty"`  // today, 1d, 7d, 28d or mtd; empty with Pace, whose period is the budget's
	Above string `json:"above,omitempty"` // in the KPI's own unit
	Below string `json:"below,omitempty"`
	Rises string `json:"rises,omitempty"` // by more than this share of what it was on the same weekdays
	Falls string `json:"falls,omitempty"`
	Pace  *Pace  `json:"pace,omitempty"`
	// AtLeast are counts below which a figure is too thin to say anything.
	AtLeast map[string]int64 `json:"at_least,omitempty"`
	For     string           `json:"for,omitempty"` // how long it has to hold, like 3h
}

// Pace bounds what was spent so far as a share of what the budget leaves for that time.
type Pace struct {
	Over  string `json:"over,omitempty"`
	Under string `json:"under,omitempty"`
}

// ParseRule reads the body of a PUT. Whether the KPI can be had of what the rule is about, package alert says. All errors are
// faults.
func ParseRule(id string, body []byte) (Rule, error) {
	r := Rule{ID: id}
	if err := CheckID("id", id); err != nil {
		return Rule{}, err
	}
	if err := parse(body, r.fields()); err != nil {
		return Rule{}, err
	}
	if err := r.checkCondition(); err != nil {
		return Rule{}, err
	}
	return r, r.checkWhole()
}

func (r *Rule) fields() fields {
	f := fields{
		"id":    sameID(r.ID),
		"kpi":   text(&r.KPI, 64),
		"over":  checked(&r.Over, 8, oneOf(OverToday, "1d", "7d", "28d", OverMonth)),
		"above": decimal(&r.Above, isNumber), "below": decimal(&r.Below, isNumber),
		"rises": decimal(&r.Rises, isPositive), "falls": decimal(&r.Falls, isPositive),
		"pace":     r.readPace,
		"at_least": r.readAtLeast,
		"for":      checked(&r.For, 8, isHours),
	}
	for name, value := range r.filters() {
		f[name] = text(value, 2048)
	}
	return f
}

// filters are the fields that say whose figure it is, by dimension.
func (r *Rule) filters() map[string]*string {
	return map[string]*string{
		"campaign": &r.Campaign, "channel": &r.Channel, "source": &r.Source, "medium": &r.Medium, "content": &r.Content,
		"term": &r.Term, "page": &r.Page, "link": &r.Link, "goal": &r.Goal, "type": &r.Type,
	}
}

// Filter is the dimension and the value that the rule is about; empty for the whole site.
func (r *Rule) Filter() (dimension, value string) {
	for name, v := range r.filters() {
		if *v != "" {
			return name, *v
		}
	}
	return "", ""
}

// Condition names what makes the rule speak, and its bound; a pace has up to two, and no bound here.
func (r *Rule) Condition() (name, bound string) {
	for _, c := range r.conditions() {
		if c[1] != "" {
			return c[0], c[1]
		}
	}
	return "pace", ""
}

func (r *Rule) conditions() [][2]string {
	return [][2]string{{"above", r.Above}, {"below", r.Below}, {"rises", r.Rises}, {"falls", r.Falls}}
}

// checkCondition wants exactly one.
func (r *Rule) checkCondition() error {
	var given []string
	for _, c := range r.conditions() {
		if c[1] != "" {
			given = append(given, c[0])
		}
	}
	if r.Pace != nil {
		given = append(given, "pace")
	}
	switch len(given) {
	case 0:
		return fault.New(fault.MissingField, "above", "say when the rule speaks: one of above, below, rises, falls or pace")
	case 1:
		return nil
	}
	return invalid(given[1], "%s and %s cannot stand together; make a rule of each", given[0], given[1])
}

// checkWhole holds what shows only when all is read, and fills in what is left out.
func (r *Rule) checkWhole() error {
	var given []string
	for name, v := range r.filters() {
		if *v != "" {
			given = append(given, name)
		}
	}
	if len(given) > 1 {
		return invalid(max(given[0], given[1]), "a rule is about one thing; give %s or %s", min(given[0], given[1]), max(given[0], given[1]))
	}
	if r.Pace != nil {
		return r.checkPace()
	}
	if r.Over == "" {
		r.Over = overDefault
	}
	switch {
	case r.KPI == "":
		return fault.New(fault.MissingField, "kpi", "name the KPI that the rule looks at, like cpa_minor")
	case r.Over == OverMonth && (r.Rises != "" || r.Falls != ""):
		return invalid("over", "months begin on different weekdays, so a month to date has no same weekdays to compare with; use today, 1d, 7d or 28d")
	case r.Falls != "" && number(r.Falls).Cmp(big.NewRat(1, 1)) >= 0:
		return invalid("falls", "nothing falls by more than all of it; use a share below 1 like \"0.3\", or below")
	}
	return nil
}

func (r *Rule) checkPace() error {
	switch {
	case r.Campaign == "":
		return fault.New(fault.MissingField, "campaign", "a pace is that of a campaign's budget; name the campaign")
	case r.KPI != "" && r.KPI != PaceKPI:
		return invalid("kpi", "a pace is that of %s; leave kpi out", PaceKPI)
	case r.Over != "":
		return invalid("over", "a pace is that of the budget's own period; leave over out")
	}
	r.KPI = PaceKPI
	return nil
}

func (r *Rule) readPace(field string, raw json.RawMessage) error {
	p := Pace{}
	err := fields{"over": decimal(&p.Over, isPositive), "under": decimal(&p.Under, isPositive)}.object(field+".", raw)
	switch {
	case err != nil:
		return err
	case p.Over == "" && p.Under == "":
		return invalid(field, "it must hold over, under or both, like {\"over\":\"1.1\",\"under\":\"0.8\"}")
	case p.Over != "" && p.Under != "" && number(p.Over).Cmp(number(p.Under)) <= 0:
		return invalid(field+".under", "it must lie below over")
	}
	r.Pace = &p
	return nil
}

// maxAtLeast is how many counts a rule may want.
const maxAtLeast = 4

func (r *Rule) readAtLeast(field string, raw json.RawMessage) error {
	var all map[string]json.RawMessage
	if !startsWith(raw, '{') || json.Unmarshal(raw, &all) != nil {
		return invalid(field, "it must be an object like {\"visits\":100}")
	}
	if len(all) == 0 || len(all) > maxAtLeast {
		return invalid(field, "it must name 1 to %d counts, like {\"visits\":100}", maxAtLeast)
	}
	r.AtLeast = make(map[string]int64, len(all))
	for name, v := range all {
		n, err := strconv.ParseInt(strings.TrimSpace(string(v)), 10, 64)
		if err != nil || n < 1 {
			return invalid(field+"."+fault.Clip(name), "it must be a whole number of 1 or more")
		}
		r.AtLeast[name] = n
	}
	return nil
}

// isNumber accepts a decimal of at most 24 characters, which may be negative.
func isNumber(s string) error {
	digits := strings.TrimPrefix(s, "-")
	whole, frac, dot := strings.Cut(digits, ".")
	if len(s) <= 24 && whole != "" && dot == (frac != "") && strings.Trim(whole+frac, "0123456789") == "" {
		return nil
	}
	return invalid("", "%q is no decimal like \"0.05\" or 5000", fault.Clip(s))
}

func isPositive(s string) error {
	if err := isNumber(s); err != nil {
		return err
	}
	if number(s).Sign() <= 0 {
		return invalid("", "it must be above 0")
	}
	return nil
}

// number is the value of what isNumber accepts.
func number(s string) *big.Rat {
	n, ok := new(big.Rat).SetString(s)
	if !ok {
		return new(big.Rat)
	}
	return n
}

// maxHours bounds how long a condition may have to hold: a week.
const maxHours = 168

func isHours(field, s string) error {
	digits, ok := strings.CutSuffix(s, "h")
	if n, err := strconv.ParseUint(digits, 10, 16); ok && err == nil && n >= 1 && n <= maxHours {
		return nil
	}
	return invalid(field, "%q is no number of hours from 1h to %dh", fault.Clip(s), maxHours)
}

// Hours is how many hours the condition has to hold; 0 where it speaks at once.
func (r *Rule) Hours() int {
	n, err := strconv.Atoi(strings.TrimSuffix(r.For, "h"))
	if err != nil {
		return 0
	}
	return n
}
