package journey

import (
	"testing"

	"pgregory.net/rapid"

	"tributary/shared/settings"
)

// Ensures what a site counts as revenue, and that a refund gives back as much of it as of the price.
func TestRevenueSetting(t *testing.T) {
	for _, c := range []struct {
		name, revenue, props string
		refund               int64 // 0: none
		value, net, netCount int64
	}{
		{"all of it", settings.RevenueTotal, `{"tax":"19.00","shipping":"5.00"}`, 0, 11900, 11900, 1},
		{"without tax", settings.RevenueNetOfTax, `{"tax":"19.00","shipping":"5.00"}`, 0, 10000, 10000, 1},
		{"without tax and shipping", settings.RevenueNetOfTaxAndShipping, `{"tax":19,"shipping":"5.00"}`, 0, 9500, 9500, 1},
		{"nothing told of tax", settings.RevenueNetOfTax, `{}`, 0, 11900, 11900, 1},
		{"a tax that is none", settings.RevenueNetOfTax, `{"tax":"a lot"}`, 0, 11900, 11900, 1},
		{"a tax above the price", settings.RevenueNetOfTax, `{"tax":"500.00"}`, 0, 0, 0, 1},
		{"half given back", settings.RevenueNetOfTax, `{"tax":"19.00"}`, 5950, 10000, 5000, 1},
		{"all given back", settings.RevenueNetOfTax, `{"tax":"19.00"}`, 11900, 10000, 0, 0},
		{"rounded half away", settings.RevenueNetOfTax, `{"tax":"59.50"}`, 1, 5950, 5949, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			site := testSite()
			site.Revenue = c.revenue
			m := newMemory(site)
			m.deliver(t, sold("c", user("u"), value(11900, "USD"), props(c.props)))
			if c.refund > 0 {
				m.deliver(t, back("r", noon+day, value(c.refund, "USD")))
			}
			got := m.conversions(t)["O#o"]
			if got.Value != c.value || got.Net != c.net || got.NetCount != c.netCount || got.Sold != 11900 {
				t.Errorf("got %d gross, %d net, %d of %d sold; want %d, %d, %d", got.Value, got.Net, got.NetCount, got.Sold, c.value, c.net, c.netCount)
			}
			var given int64
			for _, r := range got.Refunds {
				given += r.Amount
			}
			if given != got.Value-got.Net {
				t.Errorf("refunds sum to %d, gross less net is %d", given, got.Value-got.Net)
			}
		})
	}
}

// Ensures that the parts of refunds sum to the part of their sum, and that the whole price gives back the whole revenue.
func TestShareOfSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.Int64Range(1, 1<<40).Draw(t, "price")
		revenue := rapid.Int64Range(0, price).Draw(t, "revenue")
		var refunds []Refund
		var given int64
		for i := range rapid.IntRange(0, 6).Draw(t, "refunds") {
			n := rapid.Int64Range(-given, price-given).Draw(t, "amount")
			refunds, given = append(refunds, Refund{Time: int64(i), Amount: n}), given+n
		}
		refunds = append(refunds, Refund{Amount: price - given})
		share, total := shareOf(refunds, revenue, price)
		var sum int64
		for _, r := range share {
			sum += r.Amount
		}
		if total != revenue || sum != total {
			t.Fatalf("all of %d gives back %d, in parts %d, want %d", price, total, sum, revenue)
		}
	})
}
