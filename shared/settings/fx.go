package settings

import (
	"encoding/json"
	"time"

	"tributary/shared/fault"
	"tributary/shared/money"
)

// FXRate says what one unit of Currency is worth in the site's currency from the day From on, in the site's zone.
type FXRate struct {
	Currency string `json:"currency"`
	From     string `json:"from"` // 2026-01-01
	Rate     string `json:"rate"` // exact decimal
}

// Convert turns minor units of a currency into the site's, half away from zero, by the rate in force on the day of atMs
// (Unix milliseconds) in the site's zone. False: there is no rate for that day, or the amount overflows.
func (s *Site) Convert(minor int64, currency string, atMs int64) (int64, bool) {
	if currency == s.Currency {
		return minor, true
	}
	rate, ok := s.rate(currency, atMs)
	if !ok {
		return 0, false
	}
	n, err := money.Convert(minor, currency, s.Currency, rate)
	return n, err == nil
}

// ConvertMicros is Convert for millionths of the currency's unit.
func (s *Site) ConvertMicros(micros int64, currency string, atMs int64) (int64, bool) {
	if currency == s.Currency {
		return micros, true
	}
	rate, ok := s.rate(currency, atMs)
	if !ok {
		return 0, false
	}
	n, err := money.ConvertMicros(micros, rate)
	return n, err == nil
}

// rate is the last one of the currency that begins on the day or before. Days compare as text.
func (s *Site) rate(currency string, atMs int64) (money.Rate, bool) {
	day, found := s.Day(atMs), ""
	for _, r := range s.FX {
		if r.Currency == currency && r.From <= day {
			found = r.Rate
		}
	}
	rate, err := money.ParseRate(found)
	return rate, err == nil
}

// readFX reads the table of rates.
func (s *Site) readFX() reader {
	return func(field string, raw json.RawMessage) error {
		s.FX = []FXRate{}
		return list(5000, func(field string, raw json.RawMessage) error {
			var r FXRate
			if err := r.fields().object(field+".", raw); err != nil {
				return err
			}
			s.FX = append(s.FX, r)
			return nil
		})(field, raw)
	}
}

func (r *FXRate) fields() fields {
	return fields{
		"currency": checked(&r.Currency, 3, isCurrency),
		"from":     checked(&r.From, 10, isDay),
		"rate": decimal(&r.Rate, func(text string) error {
			_, err := money.ParseRate(text)
			return err
		}),
	}
}

// checkFX wants every entry whole, in another currency than the site's, and each currency's days to ascend: an entry
// out of order is a typing error more often than not.
func checkFX(rates []FXRate, currency string) error {
	last := map[string]string{}
	for _, r := range rates {
		switch {
		case r.Currency == "" || r.From == "" || r.Rate == "":
			return invalid("fx", "every entry needs currency, from and rate")
		case r.Currency == currency:
			return invalid("fx", "%s is the site's own currency and needs no rate", currency)
		case r.From <= last[r.Currency]:
			return invalid("fx", "the days of %s must ascend: %s stands after %s", r.Currency, r.From, last[r.Currency])
		}
		last[r.Currency] = r.From
	}
	return nil
}

func isDay(field, s string) error {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return invalid(field, "%q is no day; write it like 2026-01-31", fault.Clip(s))
	}
	return nil
}
