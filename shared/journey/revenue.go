package journey

import (
	"math/big"

	"tributary/shared/event"
	"tributary/shared/money"
	"tributary/shared/settings"
)

// revenue is the part of a sale's price that its site counts, in the site's currency: all of it, or what is left of it without
// the tax (props.tax) and the shipping (props.shipping) that the reporter of the price tells, both in the price's currency.
func (w *world) revenue(s *sale, price *amount) int64 {
	e := s.priced()
	switch {
	case price == nil:
		return 0
	case e == nil || w.Site.Revenue == settings.RevenueTotal || w.Site.Revenue == "":
		return price.site
	}
	minor := price.minor - told(e, "tax", price.currency)
	if w.Site.Revenue == settings.RevenueNetOfTaxAndShipping {
		minor -= told(e, "shipping", price.currency)
	}
	return convert(&w.Site, max(0, minor), price.currency, s.stands().Time).site
}

// told is an amount among an event's properties, in minor units; 0 where it is none, or negative.
func told(e *event.Event, name, currency string) int64 {
	minor, err := money.ParseMinor(property(e, name), currency)
	if err != nil {
		return 0
	}
	return max(0, minor)
}

// shareOf takes from refunds what they give back of a revenue that is less than the price: as much of it as of the price, half
// away from zero, so that the whole price gives back the whole revenue.
func shareOf(refunds []Refund, revenue, price int64) (share []Refund, total int64) {
	var given, taken int64
	for _, r := range refunds {
		given += r.Amount
		now := given
		if price != 0 {
			now = portion(given, revenue, price)
		}
		r.Amount, taken = now-taken, now
		if r.Amount != 0 {
			share = append(share, r)
		}
	}
	return share, taken
}

// portion is n * of / in, half away from zero.
func portion(n, of, in int64) int64 {
	product := new(big.Int).Mul(big.NewInt(n), big.NewInt(of))
	half := big.NewInt(in)
	twice := new(big.Int).Add(new(big.Int).Mul(product.Abs(product), big.NewInt(2)), half.Abs(half))
	q := twice.Quo(twice, new(big.Int).Mul(half, big.NewInt(2)))
	if (n < 0) != (of < 0) != (in < 0) {
		return -q.Int64()
	}
	return q.Int64()
}
