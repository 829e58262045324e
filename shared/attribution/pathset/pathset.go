// Package pathset credits channels by the paths of a whole period at once: Markov chains of order 1 to 3 and the Shapley
// value (attribution-models.md section 3). Credit is integer and sums to the rows' totals exactly.
package pathset

import "fmt"

// Row is what one sequence of channels led to, once or many times.
type Row struct {
	Path           []string // channels, oldest first
	Conversions    int64
	Nulls          int64 // persons who took the path and did not convert
	Value, Net     int64 // of the conversions, minor units; less refunds
	NetConversions int64 // conversions that are not fully refunded
}

// Credit is a channel's share: conversions in millionths, amounts in minor units.
type Credit struct {
	Channel             string
	ConversionsMicro    int64
	Value, Net          int64
	NetConversionsMicro int64
}

// Markov shares the rows' totals by the channels' removal effects in a chain of order 1 to 3.
func Markov(rows []Row, order int) ([]Credit, error) {
	if order < 1 || order > 3 {
		return nil, fmt.Errorf("pathset: order %d of a Markov chain is not 1 to 3", order)
	}
	return nil, fmt.Errorf("pathset: no chain yet")
}

// Shapley shares the rows' totals by each channel's Shapley value.
func Shapley(rows []Row) []Credit { return nil }
