// Package money is exact arithmetic on amounts: int64 minor units of an ISO 4217 currency, int64 micros (millionths of
// the unit) for ad cost. Amounts are parsed from text and converted on integers; a float never comes near them.
package money

import (
	"strings"

	"tributary/shared/fault"
)

// Max is the largest amount, in minor units or micros, that is taken: sums of nine thousand of them still fit an int64.
const Max = 1_000_000_000_000_000

// maxText bounds an amount's text before anything reads it.
const maxText = 40

// ParseMinor reads a decimal like "12.34" as minor units of currency. It is exact or refused: a fault.Fault with code
// unknown_currency or invalid_amount.
func ParseMinor(text, currency string) (int64, error) {
	exp, ok := Exponent(currency)
	if !ok {
		return 0, UnknownCurrency(currency)
	}
	n, ok := parse(text, exp)
	if !ok {
		return 0, fault.New(fault.InvalidAmount, "", "%q is no amount of %s: write digits with at most %d decimals and no exponent, below %d minor units", fault.Clip(text), currency, exp, int64(Max))
	}
	return n, nil
}

// ParseMicros reads a decimal as millionths of the currency's unit. It is exact or refused with invalid_amount.
func ParseMicros(text string) (int64, error) {
	n, ok := parse(text, 6)
	if !ok {
		return 0, fault.New(fault.InvalidAmount, "", "%q is no cost: write digits with at most 6 decimals and no exponent, below %d millionths", fault.Clip(text), int64(Max))
	}
	return n, nil
}

// ParseInteger reads an integer of minor units or micros.
func ParseInteger(text string) (int64, error) {
	n, ok := parse(text, 0)
	if !ok {
		return 0, fault.New(fault.InvalidAmount, "", "%q is no whole number below %d", fault.Clip(text), int64(Max))
	}
	return n, nil
}

// UnknownCurrency is the refusal of a code that ISO 4217 does not list.
func UnknownCurrency(currency string) error {
	return fault.New(fault.UnknownCurrency, "", "%q is no ISO 4217 currency; use three capital letters like USD", fault.Clip(currency))
}

// parse reads -?digits(.digits)? as an integer of 10^-exp units; digits behind exp must be zeros. "-0" is 0.
func parse(text string, exp int) (int64, bool) {
	if len(text) > maxText {
		return 0, false
	}
	digits, negative := strings.CutPrefix(text, "-")
	whole, frac, dot := strings.Cut(digits, ".")
	if whole == "" || dot && frac == "" {
		return 0, false
	}
	n, ok := accumulate(0, whole)
	for i := 0; ok && i < max(exp, len(frac)); i++ {
		switch {
		case i >= len(frac):
			n, ok = accumulate(n, "0")
		case i >= exp:
			ok = frac[i] == '0'
		default:
			n, ok = accumulate(n, frac[i:i+1])
		}
	}
	if negative {
		n = -n
	}
	return n, ok
}

// accumulate appends decimal digits to n; false past Max or at anything that is no digit.
func accumulate(n int64, digits string) (int64, bool) {
	for i := 0; i < len(digits); i++ {
		d := digits[i] - '0'
		if d > 9 {
			return 0, false
		}
		if n = n*10 + int64(d); n > Max {
			return 0, false
		}
	}
	return n, true
}
