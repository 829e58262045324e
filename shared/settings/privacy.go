package settings

import (
	"encoding/json"
	"slices"

	"tributary/shared/consent"
	"tributary/shared/names"
)

// readConsent reads the tiers of a visitor's signals; what is left out is the default.
func (s *Site) readConsent(field string, raw json.RawMessage) error {
	p := consent.Default()
	err := fields{"gpc": tier(&p.GPC), "dnt": tier(&p.DNT), "denied": tier(&p.Denied), "unknown": tier(&p.Unknown)}.object(field+".", raw)
	s.Consent = p
	return err
}

// tier reads one tier; ignore is another word for full.
func tier(to *consent.Tier) reader {
	return func(field string, raw json.RawMessage) error {
		var word string
		words := []string{"ignore"}
		for _, t := range consent.Tiers() {
			words = append(words, string(t))
		}
		if err := checked(&word, 16, oneOf(words...))(field, raw); err != nil {
			return err
		}
		if *to = consent.Tier(word); word == "ignore" {
			*to = consent.Full
		}
		return nil
	}
}

// KeepParam reports that the site wants a query parameter of its pages' addresses kept, besides event.KeepParam's.
func (s *Site) KeepParam(name string) bool { return slices.Contains(s.PageParams, name) }

// readNamesADay reads bounds by dimension. The least is what one item of the directory holds.
func (s *Site) readNamesADay(field string, raw json.RawMessage) error {
	limits, readers := map[names.Dimension]*int{}, fields{}
	for _, d := range names.Dimensions() {
		limits[d] = new(int)
		readers[string(d)] = whole(limits[d], 64, 50_000)
	}
	if err := readers.object(field+".", raw); err != nil {
		return err
	}
	for d, n := range limits {
		if *n > 0 {
			if s.NamesADay == nil {
				s.NamesADay = map[names.Dimension]int{}
			}
			s.NamesADay[d] = *n
		}
	}
	return nil
}

// NameLimit is how many names of a dimension visitors bring up in a day before the rest are (other).
func (s *Site) NameLimit(d names.Dimension) int {
	if n := s.NamesADay[d]; n > 0 {
		return n
	}
	return names.Limit(d)
}

func anyText(string, string) error { return nil }
