package settings

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func ms(t *testing.T, text string) int64 {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return v.UnixMilli()
}

func TestConvert(t *testing.T) {
	berlin := parsed(t, `{"currency":"USD","tz":"Europe/Berlin","fx":[{"currency":"EUR","from":"2026-01-01","rate":"1.10"},
		{"currency":"JPY","from":"2026-01-01","rate":"0.0065"},{"currency":"EUR","from":"2026-03-01","rate":"1.2"}]}`)
	rows := []struct {
		name     string
		minor    int64
		currency string
		at       string
		want     int64
		ok       bool
	}{
		{"own currency on any day", 123, "USD", "1990-01-01T00:00:00Z", 123, true},
		{"no rate for the currency", 123, "GBP", "2026-01-01T00:00:00Z", 0, false},
		{"no currency", 123, "", "2026-01-01T00:00:00Z", 0, false},
		{"before the first rate", 100, "EUR", "2025-12-31T22:59:59.999Z", 0, false},
		{"the first day begins in the site's zone", 100, "EUR", "2025-12-31T23:00:00Z", 110, true},
		{"the last millisecond of the first rate", 100, "EUR", "2026-02-28T22:59:59.999Z", 110, true},
		{"the second rate", 100, "EUR", "2026-02-28T23:00:00Z", 120, true},
		{"half away from zero", 5, "EUR", "2026-01-02T00:00:00Z", 6, true},
		{"half away from zero, negative", -5, "EUR", "2026-01-02T00:00:00Z", -6, true},
		{"a currency without cents", 1000, "JPY", "2026-01-02T00:00:00Z", 650, true},
		{"large", 1 << 62, "JPY", "2026-01-02T00:00:00Z", 2997595911977802138, true},
		{"overflow", 1<<63 - 1, "EUR", "2026-01-02T00:00:00Z", 0, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, ok := berlin.Convert(row.minor, row.currency, ms(t, row.at))
			if got != row.want || ok != row.ok {
				t.Errorf("got %d, %t, want %d, %t", got, ok, row.want, row.ok)
			}
		})
	}
}

func TestConvertMicros(t *testing.T) {
	site := parsed(t, `{"fx":[{"currency":"EUR","from":"2026-01-01","rate":"1.10"},{"currency":"JPY","from":"2026-01-01","rate":"0.0065"}]}`)
	day := ms(t, "2026-01-02T00:00:00Z")
	for currency, want := range map[string]int64{"USD": 1005, "EUR": 1106, "JPY": 7} {
		if got, ok := site.ConvertMicros(1005, currency, day); got != want || !ok {
			t.Errorf("%s: got %d, %t, want %d", currency, got, ok, want)
		}
	}
	if got, ok := site.ConvertMicros(1005, "GBP", day); ok {
		t.Errorf("GBP: got %d without a rate", got)
	}
}

// TestConvertIsOdd ensures that a refund takes back what its sale brought: the sign changes nothing else.
func TestConvertIsOdd(t *testing.T) {
	site := parsed(t, `{"fx":[{"currency":"EUR","from":"2000-01-01","rate":"1.09375"}]}`)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1e15).Draw(t, "minor")
		plus, ok := site.Convert(n, "EUR", 1e12)
		minus, ok2 := site.Convert(-n, "EUR", 1e12)
		if !ok || !ok2 || plus != -minus {
			t.Fatalf("%d: got %d and %d", n, plus, minus)
		}
	})
}
