package kpi

import (
	"math/big"
	"slices"
	"strings"

	"tributary/shared/money"
)

// multiples are the ratios that are no shares of anything: 2 is twice as much, not 200 in a hundred.
var multiples = []string{"roas_gross", "roas_net", "roi_revenue", "roi_margin", "viral_coefficient_k"}

// Unit is how people read a KPI: money in the currency's unit, shares in percent, times in days, all else as it is.
type Unit struct {
	per    *big.Rat // shown of one of what the KPI counts
	least  int      // decimals that always stand there
	places int      // decimals at most; two more of what is below 1
	after  string
}

// UnitOf is the unit of a KPI of a site whose currency this is.
func UnitOf(name, currency string) Unit {
	exponent, _ := money.Exponent(currency)
	parts := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil)
	suffix := strings.TrimPrefix(name, Spoken(name))
	switch {
	case suffix == "_minor":
		return Unit{new(big.Rat).SetFrac(big.NewInt(1), parts), exponent, exponent, " " + currency}
	case suffix == "_micros":
		return Unit{big.NewRat(1, 1_000_000), exponent, exponent, " " + currency}
	case suffix == "_micro":
		return Unit{per: big.NewRat(1, 1_000_000), places: 2}
	case suffix == "_ms":
		return Unit{per: big.NewRat(1, 24*60*60*1000), places: 2, after: " days"}
	case isShare(name):
		return Unit{per: big.NewRat(100, 1), places: 2, after: " %"}
	}
	return Unit{per: big.NewRat(1, 1), places: 2}
}

// isShare reports a ratio of counts of one kind: the part that did something.
func isShare(name string) bool {
	e, known := Explain(name)
	return known && len(e.Measures) > 0 && !IsCount(name) && Spoken(name) == name && !slices.Contains(multiples, name)
}

// Text writes a value of the KPI; of none it is "nothing".
func (u Unit) Text(v *big.Rat) string {
	if v == nil {
		return "nothing"
	}
	v = new(big.Rat).Mul(v, u.per)
	places := u.places
	if new(big.Rat).Abs(v).Cmp(big.NewRat(1, 1)) < 0 {
		places += 2
	}
	text := v.FloatString(places)
	for cut := places - u.least; cut > 0 && strings.HasSuffix(text, "0"); cut-- {
		text = strings.TrimSuffix(text, "0")
	}
	return strings.TrimSuffix(text, ".") + u.after
}

// Spoken is a KPI's name without its unit, for a sentence in which the unit stands beside the number.
func Spoken(name string) string {
	for _, suffix := range []string{"_minor", "_micros", "_micro", "_ms"} {
		if short, ok := strings.CutSuffix(name, suffix); ok {
			return short
		}
	}
	return name
}
