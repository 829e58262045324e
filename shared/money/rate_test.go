package money

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"os"
	"testing"

	"pgregory.net/rapid"

	"tributary/shared/fault"
)

func TestConvertFollowsTheVectors(t *testing.T) {
	b, err := os.ReadFile("testdata/fx.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		FX []struct {
			Value    int64    `json:"value_minor"`
			Currency string   `json:"currency"`
			Rate     [2]int64 `json:"rate_base_minor_per_minor"`
			Want     int64    `json:"expected_base_minor"`
		}
	}
	if err := json.Unmarshal(b, &file); err != nil || len(file.FX) != 13 {
		t.Fatalf("%d cases, %v", len(file.FX), err)
	}
	for _, c := range file.FX {
		// The vectors' rates are of minor units; ours of units: a yen is a minor unit already, a cent is not.
		per := big.NewRat(c.Rate[0], c.Rate[1])
		if c.Currency == "JPY" {
			per.Mul(per, big.NewRat(1, 100))
		}
		if got, err := Convert(c.Value, c.Currency, "USD", rate(t, per.FloatString(6))); err != nil || got != c.Want {
			t.Errorf("%d %s at %s = %d, %v; want %d", c.Value, c.Currency, per.FloatString(6), got, err, c.Want)
		}
	}
}

func TestConvertAcrossExponents(t *testing.T) {
	for _, c := range []struct {
		n              int64
		from, to, rate string
		want           int64
	}{
		{1000, "KWD", "USD", "3.25", 325},
		{1, "KWD", "JPY", "500", 1}, // 0.001 dinars are half a yen
		{-1, "KWD", "JPY", "500", -1},
		{1, "KWD", "JPY", "499.9", 0},
		{1, "JPY", "KWD", "0.002", 2},
		{100, "JPY", "CLF", "0.0001", 100},
		{math.MinInt64, "USD", "USD", "1", 0},
	} {
		got, err := Convert(c.n, c.from, c.to, rate(t, c.rate))
		if c.n == math.MinInt64 {
			if !errors.Is(err, ErrOverflow) {
				t.Errorf("the least int64 has no magnitude: got %d, %v; want ErrOverflow", got, err)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("Convert(%d, %s, %s, %s) = %d, %v; want %d", c.n, c.from, c.to, c.rate, got, err, c.want)
		}
	}
	for _, pair := range [][2]string{{"ABC", "USD"}, {"USD", "ABC"}} {
		if _, err := Convert(1, pair[0], pair[1], rate(t, "1")); fault.Of(err) == nil || fault.Of(err).Code != fault.UnknownCurrency {
			t.Errorf("%v: got %v, want unknown_currency", pair, err)
		}
	}
}

func TestConvertIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(-Max, Max).Draw(t, "n")
		coef := rapid.Int64Range(1, 999_999_999_999).Draw(t, "coef")
		scale := rapid.IntRange(0, 12).Draw(t, "scale")
		from := rapid.SampledFrom([]string{"USD", "JPY", "KWD", "CLF"}).Draw(t, "from")
		to := rapid.SampledFrom([]string{"USD", "JPY", "KWD", "CLF"}).Draw(t, "to")
		f, _ := Exponent(from)
		g, _ := Exponent(to)
		per := new(big.Rat).SetFrac(big.NewInt(coef), pow(scale))
		r, err := ParseRate(per.FloatString(scale))
		if err != nil {
			t.Fatal(err)
		}
		exact := new(big.Rat).Mul(new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(n), pow(g)), pow(f)), per)
		want := halfAwayFromZero(exact)
		got, err := Convert(n, from, to, r)
		if want.IsInt64() && (err != nil || got != want.Int64()) {
			t.Fatalf("got %d, %v; want %s", got, err, want)
		}
		if !want.IsInt64() && !errors.Is(err, ErrOverflow) {
			t.Fatalf("got %d, %v; want ErrOverflow of %s", got, err, want)
		}
	})
}

func TestConvertMicros(t *testing.T) {
	if got, err := ConvertMicros(3, rate(t, "0.5")); err != nil || got != 2 {
		t.Errorf("1.5 millionths are %d, %v; want 2", got, err)
	}
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]string{"1.10": "1.1", "0.0065": "0.0065", "1": "1", "151.0300000": "151.03", "00.5": "0.5"} {
		if r, err := ParseRate(text); err != nil || r.String() != want || r.IsZero() {
			t.Errorf("ParseRate(%q) = %s, %v; want %s", text, r, err, want)
		}
	}
	for _, text := range []string{"", "0", "0.000", "-1", "+1", "1e3", "NaN", "Inf", "1,1", "1.2.3", "1234567890123", "0.1234567890123", "1111111111111111111111111111111"} {
		r, err := ParseRate(text)
		if f := fault.Of(err); f == nil || f.Code != fault.InvalidAmount || !r.IsZero() {
			t.Errorf("ParseRate(%q) = %s, %v; want invalid_amount", text, r, err)
		}
	}
}

func FuzzParseRate(f *testing.F) {
	for _, s := range []string{"1.10", "0.0065", "1e5", "-1", "999999999999", "0.000000000001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRate(text)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(text)
		got, _ := new(big.Rat).SetString(r.String())
		if !ok || want.Cmp(got) != 0 || want.Sign() <= 0 {
			t.Fatalf("%q was taken as %s", text, r)
		}
	})
}

func BenchmarkConvert(b *testing.B) {
	r := Rate{coef: 11, scale: 1}
	for b.Loop() {
		if _, err := Convert(123456789, "EUR", "USD", r); err != nil {
			b.Fatal(err)
		}
	}
}

func rate(t *testing.T, text string) Rate {
	t.Helper()
	r, err := ParseRate(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func pow(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// halfAwayFromZero rounds in exact arithmetic.
func halfAwayFromZero(r *big.Rat) *big.Int {
	half := big.NewRat(int64(r.Sign()), 2)
	sum := new(big.Rat).Add(r, half)
	return new(big.Int).Quo(sum.Num(), sum.Denom())
}
