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
	var at Series
	var cells map[Cell]Entry
	err := merge(runs, func(a, b *Entry) int { return order(a.Key, b.Key) }, func(e Entry) error {
		s, cell := Of(e.Key)
		if cells != nil && s != at {
			if err := take(at, cells); err != nil {
				return err
			}
			cells = nil
		}
		if cells == nil {
			at, cells = s, map[Cell]Entry{}
		}
		cells[cell] = sum(cells[cell], e)
		return nil
	})
	if err == nil && cells != nil {
		err = take(at, cells)
	}
	return err
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

// merge hands every entry of several sorted runs to take, in order.
func merge[E any](runs []io.Reader, compare func(a, b *E) int, take func(E) error) error {
	h := &heads[E]{compare: compare}
	for _, r := range runs {
		c := &cursor[E]{in: gob.NewDecoder(bufio.NewReader(r))}
		if more, err := c.next(); err != nil {
			return err
		} else if more {
			h.list = append(h.list, c)
		}
	}
	heap.Init(h)
	for h.Len() > 0 {
		c := h.list[0]
		if err := take(c.entry); err != nil {
			return err
		}
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
	return nil
}

// cursor is a run that is being read.
type cursor[E any] struct {
	in    *gob.Decoder
	entry E
}

func (c *cursor[E]) next() (bool, error) {
	var none E
	c.entry = none
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
type heads[E any] struct {
	list    []*cursor[E]
	compare func(a, b *E) int
}

func (h *heads[E]) Len() int           { return len(h.list) }
func (h *heads[E]) Less(i, j int) bool { return h.compare(&h.list[i].entry, &h.list[j].entry) < 0 }
func (h *heads[E]) Swap(i, j int)      { h.list[i], h.list[j] = h.list[j], h.list[i] }
func (h *heads[E]) Push(x any)         { h.list = append(h.list, x.(*cursor[E])) }

func (h *heads[E]) Pop() any {
	last := h.list[len(h.list)-1]
	h.list = h.list[:len(h.list)-1]
	return last
}
