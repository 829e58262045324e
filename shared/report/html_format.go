package report

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
)

// Figures as a reader sees them: thousands grouped, a true minus, decimals by the currency. Everything is exact until it is
// rounded, half away from zero, to the digits shown; no float takes part.

// none stands for a figure that does not exist, such as a quotient by nothing.
const none = "–"

// minus is the sign that is as wide as a digit.
const minus = "\u2212"

// grouped sets commas between the thousands of a plain decimal.
func grouped(decimal string) string {
	sign := ""
	if strings.HasPrefix(decimal, "-") {
		sign, decimal = minus, decimal[1:]
	}
	whole, rest, point := strings.Cut(decimal, ".")
	var b strings.Builder
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	if point {
		b.WriteByte('.')
		b.WriteString(rest)
	}
	if strings.Trim(b.String(), "0.,") == "" {
		sign = ""
	}
	return sign + b.String()
}

func count(n int64) string { return grouped(strconv.FormatInt(n, 10)) }

// rounded is num / 10^scale with so many decimals.
func rounded(num sum, scale, decimals int) string {
	return new(big.Rat).SetFrac(num.big(), power(scale)).FloatString(decimals)
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// moneyText shows minor units, microsText millionths of the unit.
func moneyText(minor sum, exponent int) string   { return grouped(rounded(minor, exponent, exponent)) }
func microsText(micros sum, exponent int) string { return grouped(rounded(micros, 6, exponent)) }

// credited shows conversions given in millionths.
func credited(micro sum) string { return grouped(rounded(micro, 6, 2)) }

// scaled is a ratio times 10^scale with so many decimals.
func scaled(r ratio, scale, decimals int) (string, bool) {
	v, ok := new(big.Rat).SetString(string(r))
	if !ok {
		return "", false
	}
	factor := new(big.Rat).SetInt(power(max(scale, -scale)))
	if scale < 0 {
		factor.Inv(factor)
	}
	return v.Mul(v, factor).FloatString(decimals), true
}

func shown(r ratio, scale, decimals int, suffix string) string {
	text, ok := scaled(r, scale, decimals)
	if !ok {
		return none
	}
	return grouped(text) + suffix
}

// percent shows a share; a no-break space stands before the sign.
func percent(r ratio) string { return shown(r, 2, 1, "\u00a0%") }

// change shows a share with its sign.
func change(r ratio) string {
	text := percent(r)
	if text == none || strings.HasPrefix(text, minus) || strings.HasPrefix(text, "0.0\u00a0") {
		return text
	}
	return "+" + text
}

// multiple shows a return: 4.35 for each unit spent.
func multiple(r ratio) string { return shown(r, 0, 2, "") }

// unitMoney shows an amount of minor units that is a quotient.
func unitMoney(r ratio, exponent int) string { return shown(r, -exponent, exponent, "") }

// number makes a decimal a value of a chart; what is no figure is 0 there, as it is no bar.
func number(decimal string, ok bool) json.Number {
	if !ok {
		return "0"
	}
	return json.Number(decimal)
}

// percentage is a share as a chart's value.
func percentage(r ratio) json.Number { return number(scaled(r, 2, 3)) }

// share is part of whole.
func share(part, whole sum) ratio { return quotient(part, 1, whole, 1) }

// compareRatios orders ratios by value, those that do not exist first.
func compareRatios(a, b ratio) int {
	x, okX := new(big.Rat).SetString(string(a))
	y, okY := new(big.Rat).SetString(string(b))
	switch {
	case okX && okY:
		return x.Cmp(y)
	case okX:
		return 1
	case okY:
		return -1
	}
	return 0
}

// plural chooses the word for a count.
func plural(n int64, one, many string) string {
	if n == 1 {
		return count(n) + " " + one
	}
	return count(n) + " " + many
}
