package recount

import (
	"bufio"
	"container/heap"
	"encoding/gob"
	"errors"
	"fmt"
	"io"

	"tributary/shared/kpi"
)

// Series is the counters of one value of a dimension, in whatever hours.
type Series struct {
	Site      string
	Dimension kpi.Dimension
	Value     string
}

// Cell is a counter within its series.
type Cell struct{ Bucket, Split string }

// Of tells the series and the cell of a counter.
func Of(k kpi.Key) (Series, Cell) {
	return Series{k.Site, k.Dimension, k.Value}, Cell{k.Bucket, k.Split}
}

// Compare orders series as runs do.
func (s Series) Compare(o Series) int {
	return order(kpi.Key{Site: s.Site, Dimension: s.Dimension, Value: s.Value}, kpi.Key{Site: o.Site, Dimension: o.Dimension, Value: o.Value})
}

// Merge hands what several runs hold together to take: each series once, in order, with what its counters should hold. One
// series is held at a time. An error of take ends it.
func Merge(runs []io.Reader, take func(Series, map[Cell]Entry) error) error {
	h := &heads{}
	for _, r := range runs {
		c := &cursor{in: gob.NewDecoder(bufio.NewReader(r))}
		if more, err := c.next(); err != nil {
			return err
		} else if more {
			*h = append(*h, c)
		}
	}
	heap.Init(h)
	var at Series
	var cells map[Cell]Entry
	for h.Len() > 0 {
		c := (*h)[0]
		s, cell := Of(c.entry.Key)
		if cells != nil && s != at {
			if err := take(at, cells); err != nil {
				return err
			}
			cells = nil
		}
		if cells == nil {
			at, cells = s, map[Cell]Entry{}
		}
		cells[cell] = sum(cells[cell], c.entry)
		more, err := c.next()
		switch {
		case err != nil:
			return err
		case more:
			heap.Fix(h, 0)
		default:
			heap.Pop(h)
		}
	}
	if cells != nil {
		return take(at, cells)
	}
	return nil
}

func sum(a, b Entry) Entry {
	if a.Amounts == nil {
		return b
	}
	for m, n := range b.Amounts {
		a.Amounts[m] += n
	}
	a.Unsettled = a.Unsettled || b.Unsettled
	return a
}

// cursor is a run that is being read.
type cursor struct {
	in    *gob.Decoder
	entry Entry
}

func (c *cursor) next() (bool, error) {
	c.entry = Entry{}
	err := c.in.Decode(&c.entry)
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("recount: a run cannot be read: %w", err)
	}
	return true, nil
}

// heads is a heap of cursors by their entries.
type heads []*cursor

func (h heads) Len() int           { return len(h) }
func (h heads) Less(i, j int) bool { return order(h[i].entry.Key, h[j].entry.Key) < 0 }
func (h heads) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(x any)        { *h = append(*h, x.(*cursor)) }

func (h *heads) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
