package settings

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Campaign is what a site knows of a campaign; empty fields mean the site's.
type Campaign struct {
	ID           string `json:"id"`
	Name         string `json:"name,omitempty"`
	Channel      string `json:"channel,omitempty"`
	Model        string `json:"model,omitempty"`
	LookbackDays int    `json:"lookback_days,omitempty"`

	HalfLifeDays         int      `json:"half_life_days,omitempty"`
	ViewLookbackDays     int      `json:"view_lookback_days,omitempty"`
	TouchTypes           []string `json:"touch_types,omitempty"`
	ExcludeDirect        *bool    `json:"exclude_direct_unless_only,omitempty"`
	ResetAfterConversion *bool    `json:"reset_after_conversion,omitempty"`

	TargetCPA  string   `json:"target_cpa,omitempty"`  // in the site's currency
	TargetROAS string   `json:"target_roas,omitempty"` // net revenue a unit of media cost
	Budget     *Budget  `json:"budget,omitempty"`
	Aliases    []string `json:"aliases,omitempty"` // other ids, names, UTM values; applied when figures are read
}

// Budget is what may be spent in a period.
type Budget struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Period   string `json:"period"` // day, week, month, total
}

// Own reports whether a campaign's conversions are credited by settings of its own.
func (c *Campaign) Own() bool {
	return c.Model != "" || c.LookbackDays != 0 || c.HalfLifeDays != 0 || c.ViewLookbackDays != 0 || len(c.TouchTypes) > 0 ||
		c.ExcludeDirect != nil || c.ResetAfterConversion != nil
}

// maybe reads a choice that may be left open.
func maybe(to **bool) reader {
	return func(field string, raw json.RawMessage) error {
		var v bool
		if err := flag(&v)(field, raw); err != nil {
			return err
		}
		*to = &v
		return nil
	}
}

// ParseCampaign reads the body of a PUT; currency is the site's. All errors are faults.
func ParseCampaign(id string, body []byte, currency string) (Campaign, error) {
	c := Campaign{ID: id}
	if err := CheckID("id", id); err != nil {
		return Campaign{}, err
	}
	if err := parse(body, c.fields(currency)); err != nil {
		return Campaign{}, err
	}
	if c.TargetCPA != "" {
		if err := checkAmount("target_cpa", c.TargetCPA, currency); err != nil {
			return Campaign{}, err
		}
	}
	return c, nil
}

func (c *Campaign) fields(currency string) fields {
	return fields{
		"id":            sameID(c.ID),
		"name":          text(&c.Name, 200),
		"channel":       text(&c.Channel, 100),
		"model":         checked(&c.Model, 32, isModel),
		"lookback_days": whole(&c.LookbackDays, 1, 90),

		"half_life_days":             whole(&c.HalfLifeDays, 1, 90),
		"view_lookback_days":         whole(&c.ViewLookbackDays, 1, 90),
		"touch_types":                texts(&c.TouchTypes, len(touchTypes), 32, oneOf(touchTypes...)),
		"exclude_direct_unless_only": maybe(&c.ExcludeDirect),
		"reset_after_conversion":     maybe(&c.ResetAfterConversion),

		"target_cpa":  decimal(&c.TargetCPA, isPrice),
		"target_roas": c.readROAS,
		"aliases":     texts(&c.Aliases, 200, 256, func(string, string) error { return nil }),
		"budget": func(field string, raw json.RawMessage) error {
			c.Budget = &Budget{Currency: currency, Period: "total"}
			return c.Budget.read(field, raw)
		},
	}
}

// readROAS reads a decimal, or a return as people say it: 4:1.
func (c *Campaign) readROAS(field string, raw json.RawMessage) error {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		if plain, is := strings.CutSuffix(s, ":1"); is {
			raw = json.RawMessage(strconv.Quote(plain))
		}
	}
	if err := decimal(&c.TargetROAS, isPrice)(field, raw); err != nil {
		return invalid(field, "write the return that a unit of cost is to bring, above 0, as 4, 4.5 or \"4:1\"")
	}
	return nil
}

// isPrice accepts an amount above 0: of a target or a budget of nothing nobody could say how far it is reached.
func isPrice(s string) error {
	if err := isAmount(s); err != nil {
		return err
	}
	if number(s).Sign() <= 0 {
		return invalid("", "it must be above 0; leave it out to have none")
	}
	return nil
}

func (b *Budget) read(field string, raw json.RawMessage) error {
	err := fields{
		"amount":   decimal(&b.Amount, isPrice),
		"currency": checked(&b.Currency, 3, isCurrency),
		"period":   checked(&b.Period, 16, oneOf("day", "week", "month", "total")),
	}.object(field+".", raw)
	switch {
	case err != nil:
		return err
	case b.Amount == "":
		return invalid(field+".amount", "it must say how much may be spent")
	}
	return checkAmount(field+".amount", b.Amount, b.Currency)
}
