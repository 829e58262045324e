package report

import "testing"

func TestFiguresAsShown(t *testing.T) {
	for _, tc := range []struct{ what, got, want string }{
		{"small", count(999), "999"},
		{"thousand", count(1000), "1,000"},
		{"million", count(-1234567), "−1,234,567"},
		{"cents", moneyText(sumOf(123456), 2), "1,234.56"},
		{"a cent", moneyText(sumOf(-1), 2), "−0.01"},
		{"yen", moneyText(sumOf(1234567), 0), "1,234,567"},
		{"fils", moneyText(sumOf(1234567), 3), "1,234.567"},
		{"more than 64 bits", moneyText(sum{hi: 1}, 2), "184,467,440,737,095,516.16"},
		{"micros up", microsText(sumOf(1_005_000), 2), "1.01"},
		{"micros down", microsText(sumOf(1_004_999), 2), "1.00"},
		{"micros away from zero", microsText(sumOf(-1_005_000), 2), "−1.01"},
		{"no minus before nothing", microsText(sumOf(-1), 2), "0.00"},
		{"conversions", credited(sumOf(1_234_567_890)), "1,234.57"},
		{"share", percent("0.12345"), "12.3\u00a0%"},
		{"half a digit up", percent("0.1235"), "12.4\u00a0%"},
		{"no share", percent(null), none},
		{"absent", percent(""), none},
		{"more", change("0.1"), "+10.0\u00a0%"},
		{"less", change("-0.1"), "−10.0\u00a0%"},
		{"as before", change("0"), "0.0\u00a0%"},
		{"hardly less", change("-0.00001"), "0.0\u00a0%"},
		{"twelvefold", change("12.5"), "+1,250.0\u00a0%"},
		{"return", multiple("4.346"), "4.35"},
		{"cost of one", unitMoney("1058.2", 2), "10.58"},
		{"cost of one in yen", unitMoney("1058.5", 0), "1,059"},
		{"one", plural(1, "path", "paths"), "1 path"},
		{"many", plural(1200, "path", "paths"), "1,200 paths"},
		{"day", span("2026-03-01", "2026-03-02"), "1 March 2026"},
		{"month", span("2026-03-01", "2026-04-01"), "1 to 31 March 2026"},
		{"week over months", span("2026-03-30", "2026-04-06"), "30 March to 5 April 2026"},
		{"over years", span("2025-12-29", "2026-01-05"), "29 December 2025 to 4 January 2026"},
		{"no date", span("a", "b"), "a to b"},
		{"bin of one", binTitle(binDoc{From: 3, To: 4}), "3"},
		{"bin", binTitle(binDoc{From: 4, To: 8}), "4 to 7"},
		{"last bin", binTitle(binDoc{From: 30}), "30 or more"},
		{"first day", dayTitle(binDoc{To: 1}), "under 1"},
		{"model", modelTitle("markov_order_2"), "Markov, order 2"},
		{"model to come", modelTitle("brand_new"), "Brand new"},
		{"rate", rateTitle("ctr"), "Click-through rate"},
		{"reason", reasonTitle("merged"), "Two people found to be one"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %q, want %q", tc.what, tc.got, tc.want)
		}
	}
}

func TestLess(t *testing.T) {
	for _, tc := range [][3]int64{{5, 3, 2}, {3, 5, -2}, {0, 0, 0}, {-4, -9, 5}, {1, -1 << 62, 1<<62 + 1}} {
		if got := less(sumOf(tc[0]), sumOf(tc[1])); got != sumOf(tc[2]) {
			t.Errorf("%d less %d is %v, want %d", tc[0], tc[1], got, tc[2])
		}
	}
}

func TestCompareRatios(t *testing.T) {
	for _, tc := range []struct {
		a, b ratio
		want int
	}{{"0.1", "0.2", -1}, {"0.2", "0.10", 1}, {"1", "1.0", 0}, {null, "0", -1}, {"0", "", 1}, {null, null, 0}} {
		if got := compareRatios(tc.a, tc.b); got != tc.want {
			t.Errorf("%s against %s: %d, want %d", tc.a, tc.b, got, tc.want)
		}
	}
}
