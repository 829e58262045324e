package event

import (
	"encoding/json"

	"tributary/shared/fault"
	"tributary/shared/money"
)

// amounts reads value and cost, each given as a decimal or as an integer of its smallest unit, with their currency.
func (e *Event) amounts(s sent) error {
	if e.Currency != "" {
		if _, ok := money.Exponent(e.Currency); !ok {
			return at("currency", money.UnknownCurrency(e.Currency))
		}
	}
	value := func(text string) (int64, error) { return money.ParseMinor(text, e.Currency) }
	err := e.amount(s, "value", "value_minor", value, &e.Value, &e.HasValue)
	if err != nil {
		return err
	}
	return e.amount(s, "cost", "cost_micros", money.ParseMicros, &e.Cost, &e.HasCost)
}

// amount reads one of two names of an amount.
func (e *Event) amount(s sent, decimal, integer string, parse func(string) (int64, error), to *int64, has *bool) error {
	d, i := s[decimal], s[integer]
	switch {
	case !present(d) && !present(i):
		return nil
	case present(d) && present(i):
		return fault.New(fault.InvalidField, integer, "send %s or %s, not both", decimal, integer)
	case e.Currency == "":
		return fault.New(fault.MissingField, "currency", "an amount needs its currency, an ISO 4217 code like USD")
	}
	*has = true
	if present(i) {
		decimal, d, parse = integer, i, money.ParseInteger
	}
	text, err := amountText(decimal, d, decimal == integer)
	if err != nil {
		return err
	}
	if *to, err = parse(text); err != nil {
		return at(decimal, err)
	}
	// Platforms take spend back; everything else that goes back has a type of its own.
	if *to < 0 && (e.Type != "spend" || to == &e.Value) {
		return fault.New(fault.InvalidAmount, decimal, "this is below zero; money that goes back is a refund or a reward_reversed")
	}
	return nil
}

// amountText is the text of an amount; an integer of minor units must be a JSON number.
func amountText(name string, v any, integer bool) (string, error) {
	switch v := v.(type) {
	case json.Number:
		return string(v), nil
	case string:
		if !integer {
			return v, nil
		}
		return "", fault.New(fault.InvalidField, name, "this must be a whole number, without quotes")
	}
	return "", fault.New(fault.InvalidField, name, "this must be a decimal, as a string or a number")
}

// at puts the field into a fault that does not know it.
func at(field string, err error) error {
	f := fault.Of(err)
	return &fault.Fault{Code: f.Code, Message: f.Message, Field: field}
}
