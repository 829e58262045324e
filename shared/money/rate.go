package money

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"tributary/shared/fault"
)

// Rate is an exact, positive decimal: units of one currency for a unit of another.
type Rate struct {
	coef  uint64
	scale int
}

// ErrOverflow says that a converted amount does not fit an int64.
var ErrOverflow = errors.New("money: the converted amount overflows")

// maxRateDigits bounds a rate's digits: 12 say more than any market does.
const maxRateDigits = 12

// ParseRate reads a decimal like "1.10". Zero, negative, longer than 12 digits or not a plain decimal is an
// invalid_amount fault.
func ParseRate(text string) (Rate, error) {
	whole, frac, dot := strings.Cut(text, ".")
	if len(text) <= maxText {
		whole, frac = strings.TrimLeft(whole, "0"), strings.TrimRight(frac, "0")
	}
	given := text != "" && text[0] != '.' && (!dot || text[len(text)-1] != '.')
	if given && len(whole)+len(frac) <= maxRateDigits {
		if coef, ok := accumulate(0, whole+frac); ok && coef > 0 {
			return Rate{coef: uint64(coef), scale: len(frac)}, nil
		}
	}
	return Rate{}, fault.New(fault.InvalidAmount, "", "%q is no rate: write a positive decimal of at most %d digits like 1.10", fault.Clip(text), maxRateDigits)
}

// String writes the rate as ParseRate reads it, without needless zeros.
func (r Rate) String() string {
	digits := strconv.FormatUint(r.coef, 10)
	if r.scale == 0 {
		return digits
	}
	if missing := r.scale + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	return digits[:len(digits)-r.scale] + "." + digits[len(digits)-r.scale:]
}

// IsZero reports the zero Rate, which converts nothing.
func (r Rate) IsZero() bool { return r.coef == 0 }

// Convert turns minor units of one currency into minor units of another, each with its own exponent, half away from
// zero. Errors: unknown_currency, ErrOverflow.
func Convert(minor int64, from, to string, r Rate) (int64, error) {
	f, ok := Exponent(from)
	if !ok {
		return 0, UnknownCurrency(from)
	}
	t, ok := Exponent(to)
	if !ok {
		return 0, UnknownCurrency(to)
	}
	return r.apply(minor, f-t)
}

// ConvertMicros turns micros of one currency into micros of another, half away from zero. Error: ErrOverflow.
func ConvertMicros(micros int64, r Rate) (int64, error) { return r.apply(micros, 0) }

// apply is n * rate / 10^shift. The product is kept in 128 bits: a decimal library of 19 digits, which would
// round it first and then again, costs a hot function start and size besides.
func (r Rate) apply(n int64, shift int) (int64, error) {
	magnitude := uint64(n)
	if n < 0 {
		magnitude = -magnitude
	}
	coef, scale := r.coef, r.scale+shift
	if scale < 0 {
		coef, scale = coef*pow10(-scale), 0
	}
	hi, lo := bits.Mul64(magnitude, coef)
	divisor := pow10(scale)
	if hi >= divisor {
		return 0, fmt.Errorf("%w: %d times %s", ErrOverflow, n, r)
	}
	q, rem := bits.Div64(hi, lo, divisor)
	if rem >= divisor-rem {
		q++
	}
	if q > 1<<63-1 {
		return 0, fmt.Errorf("%w: %d times %s", ErrOverflow, n, r)
	}
	if n < 0 {
		return -int64(q), nil
	}
	return int64(q), nil
}

// pow10 is 10^n for n of 0 to 19, which covers a scale of 12 and exponents of 4.
func pow10(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}
