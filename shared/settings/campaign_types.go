package settings

import "slices"

// TypesOf lists what campaigns take for a touch by settings of their own: each set of types once, sorted.
func TypesOf(campaigns []Campaign) [][]string {
	var sets [][]string
	for _, c := range campaigns {
		if len(c.TouchTypes) > 0 {
			sets = append(sets, slices.Sorted(slices.Values(c.TouchTypes)))
		}
	}
	slices.SortFunc(sets, slices.Compare)
	return slices.CompactFunc(sets, slices.Equal)
}

// OtherTypes are the CampaignTypes under which an event may be a touch that is none under the site's. A site that takes nothing for
// a touch has none.
func (s *Site) OtherTypes() [][]string {
	var sets [][]string
	for _, set := range s.CampaignTypes {
		if len(s.TouchTypes) > 0 && s.adds(set) {
			sets = append(sets, set)
		}
	}
	return sets
}

// adds reports that a set of types has one that the site's has not, or leaves out one that stands for others of the set: without
// visits, the clicks that they followed are touches.
func (s *Site) adds(set []string) bool {
	missing := func(from []string) func(string) bool {
		return func(typ string) bool { return !slices.Contains(from, typ) }
	}
	clicks := slices.Contains(set, "click") || slices.Contains(set, "email_clicked")
	return slices.ContainsFunc(set, missing(s.TouchTypes)) || clicks && slices.ContainsFunc(s.TouchTypes, missing(set))
}

// IsTouch reports an event type that is a touch for the site or for a campaign of it.
func (s *Site) IsTouch(typ string) bool {
	has := func(set []string) bool { return slices.Contains(set, typ) }
	return has(s.TouchTypes) || slices.ContainsFunc(s.OtherTypes(), has)
}
