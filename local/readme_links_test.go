package main_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	fences   = regexp.MustCompile("(?ms)^```.*?^```$")
	headings = regexp.MustCompile(`(?m)^##+ (.*)$`)
	links    = regexp.MustCompile(`\]\(#([^)]*)\)`)
	noAnchor = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchor is what GitHub makes of a heading.
func anchor(heading string) string {
	return strings.ReplaceAll(noAnchor.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

// TestReadmeContents ensures that README's list of contents names every heading, in order, and that no link within README leads nowhere.
func TestReadmeContents(t *testing.T) {
	text := fences.ReplaceAllString(readme(t), "")
	var want []string
	for _, h := range headings.FindAllStringSubmatch(text, -1) {
		want = append(want, anchor(h[1]))
	}
	contents, _, _ := strings.Cut(text, "\n## ")
	var got []string
	for _, l := range links.FindAllStringSubmatch(contents, -1) {
		got = append(got, l[1])
	}
	if !slices.Equal(got, want) {
		t.Errorf("the contents are\n%v, the headings\n%v", got, want)
	}
	for _, l := range links.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(want, l[1]) {
			t.Errorf("#%s leads nowhere", l[1])
		}
	}
	if slices.Sort(want); len(slices.Compact(want)) != len(got) {
		t.Error("two headings have one anchor; a link reaches only the first")
	}
}
