package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawWays are paths with the conversions on each.
func drawWays(t *rapid.T) [][]string {
	channel := rapid.SampledFrom([]string{"a", "b", "c"})
	return rapid.SliceOfN(rapid.SliceOfN(channel, 0, 4), 0, 80).Draw(t, "ways")
}

func bookOf(most int, ways [][]string) *pathBook {
	b := newPathBook(most)
	for _, way := range ways {
		t := b.of(way)
		t.conversions++
		t.value.add(sumOf(int64(10 * len(way))))
	}
	return &b
}

// TestPathsWithinBounds ensures that a book holds exactly the first paths in order, each with all of its conversions, and the
// others together, in whatever order they came and however they were split and merged.
func TestPathsWithinBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ways, most := drawWays(t), rapid.IntRange(1, 8).Draw(t, "most")
		counts := map[string]int64{}
		different := slices.Clone(ways)
		slices.SortFunc(different, comparePaths)
		for _, way := range different {
			counts[string(pathKey(nil, way))]++
		}
		different = slices.CompactFunc(different, slices.Equal)
		mixed := rapid.Permutation(ways).Draw(t, "mixed")
		a, b := rapid.IntRange(0, len(ways)).Draw(t, "a"), rapid.IntRange(0, len(ways)).Draw(t, "b")
		a, b = min(a, b), max(a, b)
		merged := bookOf(most, mixed[a:b])
		merged.merge(bookOf(most, mixed[b:]))
		merged.merge(bookOf(most, mixed[:a]))
		for _, got := range []*pathBook{bookOf(most, ways), merged} {
			left := int64(len(ways))
			list := got.inOrder()
			if len(list) != min(most, len(different)) {
				t.Fatalf("got %d paths of %d, want up to %d", len(list), len(different), most)
			}
			for i, p := range list {
				if want := counts[string(pathKey(nil, different[i]))]; !slices.Equal(p.path, different[i]) || p.conversions != want {
					t.Errorf("path %d: got %d of %q, want %d of %q", i, p.conversions, p.path, want, different[i])
				}
				left -= p.conversions
			}
			if got.rest.conversions != left {
				t.Errorf("got %d conversions of longer paths, want %d", got.rest.conversions, left)
			}
			if (got.last != nil) != (len(different) > most) || got.last != nil && !slices.Equal(got.last, different[most-1]) {
				t.Errorf("got last %q of %q", got.last, different)
			}
			if all := got.sum(); all.conversions != int64(len(ways)) {
				t.Errorf("got %d conversions in all, want %d", all.conversions, len(ways))
			}
		}
	})
}

// TestLongerPathsComeLast ensures that the list ends with what it has no room for, however much that is.
func TestLongerPathsComeLast(t *testing.T) {
	b := bookOf(1, [][]string{{"a", "b"}, {"a", "b"}, {"b"}, {"c", "c"}})
	list := b.byConversions()
	if len(list) != 2 || list[0].path[0] != "b" || list[1].path[0] != LongerPaths || list[1].conversions != 3 || list[1].value != sumOf(60) {
		t.Errorf("got %+v", list)
	}
	if list := bookOf(4, [][]string{{"a"}}).byConversions(); len(list) != 1 {
		t.Errorf("got %d paths of one", len(list))
	}
}

// TestPartsOfManyPaths ensures that a report with more paths than it tells apart has the same bytes whether it was folded
// whole or in parts that were written down, and that its sums hold.
func TestPartsOfManyPaths(t *testing.T) {
	list := busy(300)
	small := func(list []Conversion) *Part {
		p := NewPart(march())
		p.paths.most = 20
		for i := range list {
			if err := p.Add(&list[i]); err != nil {
				t.Fatal(err)
			}
		}
		return p
	}
	merged := small(list[200:])
	for _, part := range []*Part{small(list[:90]), small(list[90:200])} {
		body, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		read, err := ReadPart(march(), body)
		if err != nil {
			t.Fatal(err)
		}
		read.paths.most = 20
		if err := merged.Merge(read); err != nil {
			t.Fatal(err)
		}
	}
	var files [2][]byte
	for i, p := range []*Part{small(list), merged} {
		r, err := p.Report(nil, Extra{})
		if err != nil {
			t.Fatal(err)
		}
		files[i] = r.pathsCSV()
	}
	if d := cmp.Diff(string(files[0]), string(files[1])); d != "" {
		t.Error(d)
	}
	if lines := bytes.Count(files[0], []byte("\n")); lines != 22 || !bytes.Contains(files[0], []byte(LongerPaths)) {
		t.Errorf("got %d lines: %s", lines, files[0])
	}
}
