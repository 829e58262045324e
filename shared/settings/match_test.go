package settings

import (
	"fmt"
	"strings"
	"testing"
)

// Ensures which events reach which goal.
func TestReached(t *testing.T) {
	goals := []Goal{
		{ID: "thanks", Match: &Match{Page: "/thanks*"}},
		{ID: "b-home", Match: &Match{Page: "/"}},
		{ID: "asked", Match: &Match{Type: "lead"}},
		{ID: "a-lead", Match: &Match{Type: "lead"}},
		{ID: "spun", Match: &Match{Type: "spun_wheel"}},
		{ID: "told", Match: &Match{Type: "conversion"}},
		{ID: "none"},
	}
	matches, err := MatchesOf(goals)
	if err != nil {
		t.Fatal(err)
	}
	site := Site{Matches: matches}
	for _, c := range []struct{ typ, page, want string }{
		{"page_view", "https://shop.example/thanks?order=1", "thanks"},
		{"page_view", "/thanks/you#top", "thanks"},
		{"page_view", "https://shop.example", "b-home"},
		{"page_view", "https://shop.example/?utm_source=x", "b-home"},
		{"page_view", "https://shop.example/thank", ""},
		{"page_view", "", ""},
		{"visit", "https://shop.example/thanks", ""},
		{"lead", "", "a-lead"}, // the first in order of id
		{"spun_wheel", "", "spun"},
		{"conversion", "https://shop.example/thanks", ""},
	} {
		if got := site.Reached(c.typ, c.page); got != c.want {
			t.Errorf("%s of %q: got %q, want %q", c.typ, c.page, got, c.want)
		}
	}
	for i := range maxMatches {
		goals = append(goals, Goal{ID: fmt.Sprint("g", i), Match: &Match{Type: "x"}})
	}
	if _, err := MatchesOf(goals); err == nil || !strings.Contains(err.Error(), "200 are possible") {
		t.Errorf("too many: got %v", err)
	}
}

// FuzzReached ensures that no page makes the matching panic, and that a path matches itself.
func FuzzReached(f *testing.F) {
	f.Add("/thanks", "https://a/thanks?x")
	f.Fuzz(func(t *testing.T, path, page string) {
		s := Site{Matches: []GoalMatch{{"g", Match{Page: path}}}}
		s.Reached("page_view", page)
		if isPath("page", path) == nil && !strings.ContainsAny(path, "?#*") && !strings.Contains(path, "://") && s.Reached("page_view", path) != "g" {
			t.Errorf("%q does not match itself", path)
		}
	})
}
