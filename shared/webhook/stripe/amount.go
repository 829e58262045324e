package stripe

import (
	"strings"

	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
)

// exponents are the decimals of Stripe's amounts where they are not two (docs.stripe.com/currencies): not always those of ISO
// 4217. ISK and UGX have none at ISO and two at Stripe; MGA the other way round.
var exponents = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "JPY": 0, "KMF": 0, "KRW": 0, "MGA": 0, "PYG": 0, "RWF": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3,
}

func currencyOf(o payload.Value) string { return strings.ToUpper(o.Get("currency").Text()) }

// amountOf is an amount of an object as a decimal.
func amountOf(amount, o payload.Value) string {
	exp, ok := exponents[currencyOf(o)]
	if !ok {
		exp = 2
	}
	return webhook.Decimal(amount.Text(), exp)
}
