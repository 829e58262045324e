package visitors

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/axiomhq/hyperloglog"
)

// Compare orders places as they lie in the table: a part's days before its hours, each by time.
func (p Place) Compare(o Place) int {
	return cmp.Or(strings.Compare(p.Site, o.Site), strings.Compare(string(p.Family), string(o.Family)), cmp.Compare(p.Part, o.Part),
		strings.Compare(daysFirst(p.Bucket), daysFirst(o.Bucket)))
}

// daysFirst sorts days before hours.
func daysFirst(bucket string) string {
	if IsDay(bucket) {
		return "d" + bucket
	}
	return "h" + bucket
}

// IsDay tells a bucket that is a day.
func IsDay(bucket string) bool { return len(bucket) == len("2006-01-02") }

// Lacks are the sets of which an item does not hold all that another does, by register.
func (it Item) Lacks(o Item) ([]Set, error) {
	var list []Set
	for _, set := range []Set{Ids, Persons, Extra, Customers} {
		if len(o.Sets[set]) == 0 {
			continue
		}
		holds, err := holds(it.Sets[set], o.Sets[set])
		if err != nil {
			return nil, err
		}
		if !holds {
			list = append(list, set)
		}
	}
	return list, nil
}

// holds compares registers: names alone may be stored in one sketch and registers in the other.
func holds(all, some []byte) (bool, error) {
	was, err := dense(all)
	if err != nil {
		return false, err
	}
	with, err := dense(all)
	if err != nil {
		return false, err
	}
	more, err := dense(some)
	if err != nil {
		return false, err
	}
	if err := with.Merge(more); err != nil {
		return false, fmt.Errorf("visitors: %w", err)
	}
	a, errA := was.MarshalBinary()
	b, errB := with.MarshalBinary()
	if errA != nil || errB != nil {
		return false, fmt.Errorf("visitors: registers: %v, %v", errA, errB)
	}
	return bytes.Equal(a, b), nil
}

func dense(encoded []byte) (*hyperloglog.Sketch, error) {
	s, err := Decode(encoded)
	if err != nil {
		return nil, err
	}
	d := hyperloglog.NewNoSparse()
	if s.hll == nil {
		return d, nil
	}
	if err := d.Merge(s.hll); err != nil {
		return nil, fmt.Errorf("visitors: registers: %w", err)
	}
	return d, nil
}

// With is an item that holds what another does as well.
func (it Item) With(o Item) (Item, error) {
	out := Item{Version: it.Version, Sets: map[Set][]byte{}}
	for set, b := range it.Sets {
		out.Sets[set] = b
	}
	for set, b := range o.Sets {
		s, err := Decode(it.Sets[set])
		if err != nil {
			return it, err
		}
		more, err := Decode(b)
		if err != nil {
			return it, err
		}
		if err := s.Merge(more); err != nil {
			return it, err
		}
		if out.Sets[set], err = s.Encode(); err != nil {
			return it, err
		}
	}
	return out, nil
}

// Size is the estimated number of names in one of the sketches.
func (it Item) Size(set Set) (int64, error) {
	s, err := Decode(it.Sets[set])
	return s.Size(), err
}
