// Package pathset credits channels by the paths of a whole period at once: Markov chains of order 1 to 3 and the Shapley
// value (attribution-models.md section 3). Credit is integer and sums to the conversions' totals exactly.
//
// Paths are folded into Counts, whose size depends on the channels and not on the number of conversions; Counts of parts of
// a period merge exactly. The result depends neither on the order of the rows nor on how they were aggregated or split,
// and is the same to the bit on every CPU.
package pathset

// Row is what one sequence of channels led to, once or many times. A row with an empty path is left out: its conversions
// are nobody's, and the caller books them as unattributed.
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

// micro is one conversion in millionths.
const micro = 1_000_000

// Markov shares the rows' totals by the channels' removal effects in a chain of order 1 to 3, see Counts.Markov.
func Markov(rows []Row, order int) ([]Credit, error) { return Fold(rows).Markov(order) }

// Shapley shares the rows' totals by the channels' Shapley values, see Counts.Shapley.
func Shapley(rows []Row) ([]Credit, error) { return Fold(rows).Shapley() }

// Fold counts the rows.
func Fold(rows []Row) *Counts {
	c := &Counts{}
	for i := range rows {
		c.Add(&rows[i])
	}
	return c
}
