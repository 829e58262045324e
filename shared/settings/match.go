package settings

import (
	"slices"
	"strings"
)

// GoalMatch is a goal's Match, kept with its site.
type GoalMatch struct {
	Goal string `json:"goal"`
	Match
}

// maxMatches bounds what a site's item holds of goals.
const maxMatches = 200

// MatchesOf lists the matches of goals, in order of id; too many are a fault.
func MatchesOf(goals []Goal) ([]GoalMatch, error) {
	var list []GoalMatch
	for _, g := range goals {
		if g.Match != nil {
			list = append(list, GoalMatch{g.ID, *g.Match})
		}
	}
	if len(list) > maxMatches {
		return nil, invalid("match", "the site has %d goals with a match; %d are possible", len(list), maxMatches)
	}
	slices.SortFunc(list, func(a, b GoalMatch) int { return strings.Compare(a.Goal, b.Goal) })
	return list, nil
}

// ownGoals are the types that reach a goal by what they are, or never.
var ownGoals = []string{"conversion", "identify", "refund", "refund_reversed", "cancel", "spend"}

// Reached is the goal that an event of a type, on a page (an address or a path), reaches by a match; the first in order of id,
// empty where there is none. Conversions name their goal themselves.
func (s *Site) Reached(typ, page string) string {
	if len(s.Matches) == 0 || slices.Contains(ownGoals, typ) {
		return ""
	}
	for _, m := range s.Matches {
		if m.holds(typ, page) {
			return m.Goal
		}
	}
	return ""
}

// holds reports an event of the match's type, or a view of its page.
func (m Match) holds(typ, page string) bool {
	if m.Type != "" {
		return typ == m.Type
	}
	if typ != "page_view" {
		return false
	}
	path := pathOf(page)
	if head, star := strings.CutSuffix(m.Page, "*"); star {
		return strings.HasPrefix(path, head)
	}
	return path == m.Page
}

// pathOf is the path of an address, without query and fragment.
func pathOf(page string) string {
	if i := strings.IndexAny(page, "?#"); i >= 0 {
		page = page[:i]
	}
	if _, rest, ok := strings.Cut(page, "://"); ok {
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			return rest[i:]
		}
		return "/"
	}
	return page
}
