package report

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
)

// sum is a 128-bit integer in two's complement: amounts are int64, and a period's may add up to more.
type sum struct {
	hi int64
	lo uint64
}

func sumOf(v int64) sum { return sum{hi: v >> 63, lo: uint64(v)} }

func (s *sum) add(o sum) {
	lo, carry := bits.Add64(s.lo, o.lo, 0)
	s.lo = lo
	s.hi += o.hi + int64(carry)
}

func (s sum) big() *big.Int {
	v := new(big.Int).Lsh(big.NewInt(s.hi), 64)
	return v.Add(v, new(big.Int).SetUint64(s.lo))
}

func (s sum) zero() bool { return s == sum{} }

// String is the decimal.
func (s sum) String() string {
	if s.hi == int64(s.lo)>>63 {
		return strconv.FormatInt(int64(s.lo), 10)
	}
	return s.big().String()
}

// MarshalJSON writes a JSON number.
func (s sum) MarshalJSON() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *sum) UnmarshalJSON(b []byte) error {
	if v, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		*s = sumOf(v)
		return nil
	}
	v, ok := new(big.Int).SetString(string(b), 10)
	if !ok || v.BitLen() > 127 {
		return fmt.Errorf("report: %q is no 128-bit integer", b)
	}
	low := new(big.Int).And(v, new(big.Int).SetUint64(math.MaxUint64)) // of two's complement, as big has it
	s.hi, s.lo = new(big.Int).Rsh(v, 64).Int64(), low.Uint64()
	return nil
}

// int64 is the value where it fits.
func (s sum) int64() (int64, bool) { return int64(s.lo), s.hi == int64(s.lo)>>63 }

// ratio is a quotient as JSON shows it: the float64 nearest to the exact fraction, in its shortest decimal. The fraction is
// rounded by integer arithmetic, so that every CPU writes the same digits. A denominator of 0 gives null.
type ratio string

// null is a ratio without a denominator.
const null ratio = "null"

// quotient is num*mul / (den*div).
func quotient(num sum, mul int64, den sum, div int64) ratio {
	return fraction(new(big.Int).Mul(num.big(), big.NewInt(mul)), new(big.Int).Mul(den.big(), big.NewInt(div)))
}

func fraction(above, below *big.Int) ratio {
	if below.Sign() == 0 {
		return null
	}
	nearest, _ := new(big.Rat).SetFrac(above, below).Float64()
	return ratio(strconv.FormatFloat(nearest, 'f', -1, 64))
}

// MarshalJSON writes a JSON number or null.
func (r ratio) MarshalJSON() ([]byte, error) {
	if r == "" {
		r = null
	}
	return []byte(r), nil
}

// cell is the ratio in a table: empty where it is null.
func (r ratio) cell() string {
	if r == null {
		return ""
	}
	return string(r)
}

// pow10 is 10^n for the few decimals that a currency has.
func pow10(n int) int64 {
	v := int64(1)
	for range n {
		v *= 10
	}
	return v
}
