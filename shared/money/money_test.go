package money

import (
	"math/big"
	"strings"
	"testing"

	"tributary/shared/fault"
)

func TestParseMinor(t *testing.T) {
	for _, c := range []struct {
		name, text, currency string
		want                 int64
		code                 fault.Code
	}{
		{"two decimals", "12.34", "USD", 1234, ""},
		{"fewer decimals", "12.3", "USD", 1230, ""},
		{"no decimals", "12", "USD", 1200, ""},
		{"trailing zeros are exact", "1.500000", "USD", 150, ""},
		{"three decimals of three", "1.005", "KWD", 1005, ""},
		{"three decimals of two", "1.005", "USD", 0, fault.InvalidAmount},
		{"yen", "100", "JPY", 100, ""},
		{"yen with zeros", "100.00", "JPY", 100, ""},
		{"half a yen", "100.5", "JPY", 0, fault.InvalidAmount},
		{"four decimals", "1.0001", "CLF", 10001, ""},
		{"zero", "0", "USD", 0, ""},
		{"minus zero is zero", "-0", "USD", 0, ""},
		{"negative", "-0.05", "USD", -5, ""},
		{"leading zeros", "007.10", "USD", 710, ""},
		{"the largest", "10000000000000.00", "USD", Max, ""},
		{"above the largest", "10000000000000.01", "USD", 0, fault.InvalidAmount},
		{"20 digits", "12345678901234567890", "USD", 0, fault.InvalidAmount},
		{"an exponent", "1e400", "USD", 0, fault.InvalidAmount},
		{"a small exponent", "1e2", "USD", 0, fault.InvalidAmount},
		{"NaN", "NaN", "USD", 0, fault.InvalidAmount},
		{"Inf", "Inf", "USD", 0, fault.InvalidAmount},
		{"empty", "", "USD", 0, fault.InvalidAmount},
		{"a sign alone", "-", "USD", 0, fault.InvalidAmount},
		{"a dot alone", ".", "USD", 0, fault.InvalidAmount},
		{"no whole part", ".5", "USD", 0, fault.InvalidAmount},
		{"no fraction", "5.", "USD", 0, fault.InvalidAmount},
		{"plus", "+5", "USD", 0, fault.InvalidAmount},
		{"two dots", "1.2.3", "USD", 0, fault.InvalidAmount},
		{"thousands", "1,000.00", "USD", 0, fault.InvalidAmount},
		{"spaces", " 1", "USD", 0, fault.InvalidAmount},
		{"other digits", "١٢", "USD", 0, fault.InvalidAmount},
		{"a megabyte", strings.Repeat("0", 1<<20), "USD", 0, fault.InvalidAmount},
		{"unknown currency", "1", "ABC", 0, fault.UnknownCurrency},
		{"lower case", "1", "usd", 0, fault.UnknownCurrency},
		{"gold", "1", "XAU", 0, fault.UnknownCurrency},
		{"no currency", "1", "", 0, fault.UnknownCurrency},
	} {
		got, err := ParseMinor(c.text, c.currency)
		var code fault.Code
		if f := fault.Of(err); f != nil {
			code = f.Code
			if len(f.Message) > 250 {
				t.Errorf("%s: the message has %d bytes", c.name, len(f.Message))
			}
		}
		if got != c.want || code != c.code || (err == nil) != (c.code == "") {
			t.Errorf("%s: got %d, %v; want %d, %q", c.name, got, err, c.want, c.code)
		}
	}
}

func TestParseMicros(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64
		ok   bool
	}{
		{"0.000001", 1, true},
		{"0.0000001", 0, false},
		{"1", 1_000_000, true},
		{"-2.5", -2_500_000, true},
		{"1000000000", Max, true},
		{"1000000000.000001", 0, false},
		{"1e-7", 0, false},
	} {
		if got, err := ParseMicros(c.text); got != c.want || (err == nil) != c.ok {
			t.Errorf("ParseMicros(%q) = %d, %v; want %d, %v", c.text, got, err, c.want, c.ok)
		}
	}
}

func TestParseInteger(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64
		ok   bool
	}{{"1234", 1234, true}, {"-5", -5, true}, {"12.0", 12, true}, {"12.5", 0, false}, {"9223372036854775808", 0, false}} {
		if got, err := ParseInteger(c.text); got != c.want || (err == nil) != c.ok {
			t.Errorf("ParseInteger(%q) = %d, %v; want %d, %v", c.text, got, err, c.want, c.ok)
		}
	}
}

func TestExponent(t *testing.T) {
	for code, want := range map[string]int{"AED": 2, "USD": 2, "EUR": 2, "ZWL": 2, "BIF": 0, "JPY": 0, "XPF": 0, "BHD": 3, "TND": 3, "CLF": 4, "UYW": 4} {
		if got, ok := Exponent(code); !ok || got != want {
			t.Errorf("Exponent(%s) = %d, %v; want %d", code, got, ok, want)
		}
	}
	for _, code := range []string{"", "US", "USDX", "usd", "XXX", "XTS", "XAU", "DEM", "AAA", "ZZZ", "   ", "D A"} {
		if got, ok := Exponent(code); ok {
			t.Errorf("Exponent(%q) = %d, want none", code, got)
		}
	}
}

func TestListsAreSortedAndEvenlySpaced(t *testing.T) {
	total := 0
	for _, list := range []string{twoDigits, noDigits, threeDigits, fourDigits} {
		codes := strings.Split(strings.TrimSuffix(list, " "), " ")
		total += len(codes)
		for i, code := range codes {
			if len(code) != 3 || i > 0 && codes[i-1] >= code || list[i*4:i*4+4] != code+" " {
				t.Errorf("%q stands out of order or place", code)
			}
		}
	}
	if total != 170 {
		t.Errorf("there are %d codes, want 170", total)
	}
}

// FuzzParseMinor holds the parser to exact rational arithmetic: what it takes is exactly what was written.
func FuzzParseMinor(f *testing.F) {
	for _, s := range []string{"12.34", "-0", "1e400", "NaN", "1.005", "10000000000000.00", "0.10", "00", "-.5", "99999999999999999999"} {
		f.Add(s, "USD")
	}
	f.Add("1.005", "KWD")
	f.Add("7", "JPY")
	f.Fuzz(func(t *testing.T, text, currency string) {
		got, err := ParseMinor(text, currency)
		if err != nil {
			if got != 0 || fault.Of(err) == nil {
				t.Fatalf("%q %q: refused with %d, %v", text, currency, got, err)
			}
			return
		}
		exp, _ := Exponent(currency)
		want, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("%q was taken as %d and is no number", text, got)
		}
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exp)), nil)
		if want.Mul(want, new(big.Rat).SetInt(scale)).Cmp(new(big.Rat).SetInt64(got)) != 0 {
			t.Fatalf("%q %s is %s minor units, got %d", text, currency, want, got)
		}
	})
}
