// Package visitors estimates how many distinct people a site had, by HyperLogLog sketches of 2^14 registers. Sketches only
// grow, so that whatever is delivered again changes nothing, and they merge, so that any time is a union of hours and days.
//
// Ids come before persons: a visit is noted under its strongest id at once, and a person whose visits came under several
// ids is noted when the identity index says so, under all the ids (Persons) and again under all but one (Extra). Whatever was
// noted meanwhile under a name that the person no longer goes by is in both, and cancels out:
//
//	visitors = |Ids and Persons| - |Extra|
package visitors

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"

	"github.com/axiomhq/hyperloglog"
)

// Set names one of the sketches of an item; the names are stored.
type Set string

// Sets.
const (
	Ids       Set = "i" // strongest ids of visits, as they came
	Persons   Set = "p" // every id of a person with several
	Extra     Set = "x" // every id of such a person but the strongest
	Customers Set = "c" // persons who had ordered before their visit
)

// Sketch is a growing set of names of which only the size is known. The zero value is empty.
type Sketch struct{ hll *hyperloglog.Sketch }

// Add puts names in.
func (s *Sketch) Add(names ...string) {
	if s.hll == nil {
		s.hll = hyperloglog.New14()
	}
	for _, n := range names {
		s.hll.Insert([]byte(n))
	}
}

// Merge puts in what another holds, which stays as it is.
func (s *Sketch) Merge(o Sketch) error {
	switch {
	case o.hll == nil:
		return nil
	case s.hll == nil:
		s.hll = o.hll.Clone()
		return nil
	}
	if err := s.hll.Merge(o.hll); err != nil {
		return fmt.Errorf("visitors: %w", err)
	}
	return nil
}

// Size is the estimated number of different names: nearly exact up to some ten thousand, then within 0.8 % (one standard error).
func (s *Sketch) Size() int64 {
	if s.hll == nil {
		return 0
	}
	return int64(s.hll.Estimate())
}

// Clone is a copy that grows by itself.
func (s Sketch) Clone() Sketch {
	if s.hll == nil {
		return Sketch{}
	}
	return Sketch{s.hll.Clone()}
}

// Ways of storing a sketch.
const (
	plain    = 0
	deflated = 1
)

// small is how many bytes a list of names may take before registers are stored in its place.
const small = 2 << 10

// Encode writes a sketch: equal sketches of equal history give equal bytes.
func (s *Sketch) Encode() ([]byte, error) {
	if s.hll == nil {
		s.hll = hyperloglog.New14()
	}
	_ = s.hll.Estimate() // sorts what was added last into the rest
	raw, err := s.hll.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("visitors: encode: %w", err)
	}
	if len(raw) <= small {
		return append([]byte{plain}, raw...), nil
	}
	dense := hyperloglog.NewNoSparse()
	if err := dense.Merge(s.hll); err != nil {
		return nil, fmt.Errorf("visitors: encode: %w", err)
	}
	s.hll = dense
	if raw, err = dense.MarshalBinary(); err != nil {
		return nil, fmt.Errorf("visitors: encode: %w", err)
	}
	return deflate(raw)
}

func deflate(raw []byte) ([]byte, error) {
	b := bytes.NewBuffer([]byte{deflated})
	w, err := flate.NewWriter(b, flate.BestSpeed)
	if err != nil {
		return nil, fmt.Errorf("visitors: encode: %w", err)
	}
	_, _ = w.Write(raw) // memory takes everything
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("visitors: encode: %w", err)
	}
	return b.Bytes(), nil
}

// maxRaw bounds what is inflated: registers and their header.
const maxRaw = 64 << 10

// Decode reads what Encode wrote.
func Decode(b []byte) (Sketch, error) {
	if len(b) == 0 {
		return Sketch{}, nil
	}
	raw := b[1:]
	if b[0] == deflated {
		var err error
		if raw, err = io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(raw)), maxRaw)); err != nil {
			return Sketch{}, fmt.Errorf("visitors: decode: %w", err)
		}
	}
	hll := hyperloglog.New14()
	if err := hll.UnmarshalBinary(raw); err != nil {
		return Sketch{}, fmt.Errorf("visitors: decode: %w", err)
	}
	return Sketch{hll}, nil
}
