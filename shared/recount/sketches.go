package recount

import (
	"bufio"
	"encoding/gob"
	"fmt"
	"io"
	"maps"
	"slices"

	"tributary/shared/visitors"
)

// Sketched is what one item of sketches should hold at least.
type Sketched struct {
	visitors.Place
	Sets map[visitors.Set][]byte
}

// Sketches gathers sightings by item. It is used by one goroutine.
type Sketches struct {
	at map[visitors.Place]map[visitors.Set]*visitors.Sketch
}

// Add notes what sightings say.
func (t *Sketches) Add(all map[visitors.Place]visitors.Notes) {
	if t.at == nil {
		t.at = map[visitors.Place]map[visitors.Set]*visitors.Sketch{}
	}
	for place, notes := range all {
		if t.at[place] == nil {
			t.at[place] = map[visitors.Set]*visitors.Sketch{}
		}
		for set, names := range notes {
			if t.at[place][set] == nil {
				t.at[place][set] = &visitors.Sketch{}
			}
			t.at[place][set].Add(names...)
		}
	}
}

// Len is how many items are held, some kilobytes each.
func (t *Sketches) Len() int { return len(t.at) }

// Write writes the items as a run, in order, and empties it.
func (t *Sketches) Write(w io.Writer) error {
	buffer := bufio.NewWriter(w)
	out := gob.NewEncoder(buffer)
	for _, place := range slices.SortedFunc(maps.Keys(t.at), visitors.Place.Compare) {
		s := Sketched{Place: place, Sets: map[visitors.Set][]byte{}}
		for set, sketch := range t.at[place] {
			b, err := sketch.Encode()
			if err != nil {
				return fmt.Errorf("recount: write %v: %w", place, err)
			}
			s.Sets[set] = b
		}
		if err := out.Encode(s); err != nil {
			return fmt.Errorf("recount: write %v: %w", place, err)
		}
	}
	t.at = nil
	return buffer.Flush()
}

// MergeSketches hands what several runs hold together to take: each item once, in order. One is held at a time.
func MergeSketches(runs []io.Reader, take func(Sketched) error) error {
	var at *Sketched
	err := merge(runs, func(a, b *Sketched) int { return a.Compare(b.Place) }, func(s Sketched) error {
		if at == nil || at.Place != s.Place {
			last := at
			at = &s
			if last == nil {
				return nil
			}
			return take(*last)
		}
		both, err := visitors.Item{Sets: at.Sets}.With(visitors.Item{Sets: s.Sets})
		at.Sets = both.Sets
		return err
	})
	if err == nil && at != nil {
		err = take(*at)
	}
	return err
}
