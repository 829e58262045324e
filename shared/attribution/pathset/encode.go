package pathset

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// written is Counts as bytes: channels by name, grams as places in that list from 1. Equal counts give equal bytes.
type written struct {
	Channels []string        `json:"channels"`
	Starts   []writtenGram   `json:"starts"`
	Steps    []writtenGram   `json:"steps"`
	Ends     []writtenExit   `json:"ends"`
	Shares   [][]writtenSums `json:"shares"`
	Totals   writtenSums     `json:"totals"`
	Bulk     uint64          `json:"bulk"`
	Beyond   bool            `json:"beyond,omitempty"` // a sum did not fit: ErrRange
}

type (
	writtenGram struct {
		Gram  gram  `json:"g"`
		Count int64 `json:"n"`
	}
	writtenExit struct {
		Gram        gram  `json:"g"`
		Conversions int64 `json:"c,omitempty"`
		Nulls       int64 `json:"n,omitempty"`
		Value       int64 `json:"v,omitempty"`
	}
	writtenSums [4]int64 // conversions, value, net, net conversions
)

func (a amounts) written() writtenSums {
	return writtenSums{a.conversions, a.value, a.net, a.netConversions}
}

func (w writtenSums) amounts() amounts { return amounts{w[0], w[1], w[2], w[3]} }

// MarshalJSON writes the counts, so that a part of a period can be counted elsewhere and merged; ErrRange goes along.
func (c *Counts) MarshalJSON() ([]byte, error) {
	if errors.Is(c.err, ErrRange) {
		return json.Marshal(&written{Beyond: true})
	}
	if c.err != nil {
		return nil, c.err
	}
	names, rank := c.sorted()
	w := written{Channels: names, Shares: make([][]writtenSums, len(names)), Totals: c.totals.written(), Bulk: c.bulk}
	w.Starts, w.Steps = writeGrams(&c.starts, rank), writeGrams(&c.steps, rank)
	for g, e := range c.ends.all {
		w.Ends = append(w.Ends, writtenExit{g.rename(rank), e.conversions, e.nulls, e.value})
	}
	slices.SortFunc(w.Ends, func(a, b writtenExit) int { return a.Gram.compare(b.Gram) })
	for i, by := range c.shares {
		list := make([]writtenSums, len(by))
		for k := range by {
			list[k] = by[k].written()
		}
		w.Shares[rank[i+1]-1] = list
	}
	return json.Marshal(&w)
}

func writeGrams(counts *table[int64], rank []uint16) []writtenGram {
	list := make([]writtenGram, 0, counts.used)
	for g, n := range counts.all {
		list = append(list, writtenGram{g.rename(rank), n})
	}
	slices.SortFunc(list, func(a, b writtenGram) int { return a.Gram.compare(b.Gram) })
	return list
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Counts) UnmarshalJSON(data []byte) error {
	var w written
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("pathset: %w", err)
	}
	*c = Counts{}
	if w.Beyond {
		c.err = ErrRange
	}
	for _, name := range w.Channels {
		c.id(name)
	}
	if len(c.names) != len(w.Channels) || len(w.Shares) != len(w.Channels) {
		return fmt.Errorf("pathset: %d channels, %d of them different, %d shares", len(w.Channels), len(c.names), len(w.Shares))
	}
	for i, list := range w.Shares {
		for k := range list {
			c.share(uint16(i+1), k+1, list[k].amounts())
		}
	}
	c.totals, c.bulk = w.Totals.amounts(), w.Bulk
	return c.readGrams(&w)
}

func (c *Counts) readGrams(w *written) error {
	known := func(g gram) bool { return g != 0 && g.valid(len(c.names)) }
	for _, s := range w.Starts {
		if !known(s.Gram) {
			return fmt.Errorf("pathset: start %x is not of the %d channels", uint64(s.Gram), len(c.names))
		}
		*c.starts.at(s.Gram) = s.Count
	}
	for _, s := range w.Steps {
		if !known(s.Gram) {
			return fmt.Errorf("pathset: step %x is not of the %d channels", uint64(s.Gram), len(c.names))
		}
		*c.steps.at(s.Gram) = s.Count
	}
	for _, s := range w.Ends {
		if !known(s.Gram) {
			return fmt.Errorf("pathset: end %x is not of the %d channels", uint64(s.Gram), len(c.names))
		}
		*c.ends.at(s.Gram) = exit{s.Conversions, s.Nulls, s.Value}
	}
	return nil
}
