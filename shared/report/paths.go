package report

import (
	"maps"
	"slices"
)

// LongerPaths stands in the list of paths for those that it has no room for.
const LongerPaths = "(longer paths)"

// mostPaths is how many different paths a report tells apart. Orders of millions of conversions have hardly fewer different long
// paths than conversions; the sums, the models and the people on them are exact all the same.
const mostPaths = 50_000

// pathBook tells paths apart up to a number of them: the shortest, and among paths of one length the first by name. Which these
// are, and what they come to, depends neither on the order of the conversions nor on how they are split and merged: a path
// that was once put aside has that many before it for ever.
type pathBook struct {
	most  int
	paths map[string]*pathTally // by key; fewer than twice most
	last  []string              // once some were put aside: those come after this one
	rest  pathTally             // what was put aside
	key   []byte
}

func newPathBook(most int) pathBook { return pathBook{most: most, paths: map[string]*pathTally{}} }

// comparePaths orders paths by length and then by name.
func comparePaths(a, b []string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return slices.Compare(a, b)
}

// of is the tally of a path, or of the rest. It is valid until the next call; the path is copied where it is kept.
func (b *pathBook) of(path []string) *pathTally {
	b.key = pathKey(b.key[:0], path)
	if t := b.paths[string(b.key)]; t != nil {
		return t
	}
	if len(b.paths) >= 2*b.most {
		b.cut()
	}
	if b.last != nil && comparePaths(path, b.last) > 0 {
		return &b.rest
	}
	t := &pathTally{path: append([]string{}, path...)}
	b.paths[string(b.key)] = t
	return t
}

// pathKey appends what no other path has.
func pathKey(key []byte, path []string) []byte {
	for i, channel := range path {
		key = appendStep(key, i, channel)
	}
	return key
}

// cut puts aside all but the first in order.
func (b *pathBook) cut() {
	if len(b.paths) <= b.most {
		return
	}
	list := slices.SortedFunc(maps.Values(b.paths), func(x, y *pathTally) int { return comparePaths(x.path, y.path) })
	b.last = list[b.most-1].path
	for _, t := range list[b.most:] {
		b.rest.add(t)
		delete(b.paths, string(pathKey(nil, t.path)))
	}
}

// merge adds another book, which it cuts and otherwise leaves as it is.
func (b *pathBook) merge(o *pathBook) {
	o.cut()
	for _, t := range o.paths {
		b.of(t.path).add(t)
	}
	b.putAside(&o.rest, o.last)
}

// putAside adds paths of which it is known only that they come after last.
func (b *pathBook) putAside(rest *pathTally, last []string) {
	b.rest.add(rest)
	if last != nil && (b.last == nil || comparePaths(last, b.last) < 0) {
		b.last = last
	}
}

// inOrder are the paths, by length and then by name.
func (b *pathBook) inOrder() []*pathTally {
	b.cut()
	return slices.SortedFunc(maps.Values(b.paths), func(x, y *pathTally) int { return comparePaths(x.path, y.path) })
}

// byConversions are the paths, most conversions first, then by name, and after them the rest if there is any.
func (b *pathBook) byConversions() []*pathTally {
	b.cut()
	list := slices.SortedFunc(maps.Values(b.paths), func(x, y *pathTally) int {
		if x.conversions != y.conversions {
			return int(max(-1, min(1, y.conversions-x.conversions)))
		}
		return slices.Compare(x.path, y.path)
	})
	if b.last == nil {
		return list
	}
	rest := b.rest
	rest.path = []string{LongerPaths}
	return append(list, &rest)
}

// sum is all paths together.
func (b *pathBook) sum() pathTally {
	all := b.rest
	for _, t := range b.paths {
		all.add(t)
	}
	return all
}

func (t *pathTally) add(o *pathTally) {
	t.conversions += o.conversions
	t.netConversions += o.netConversions
	t.nulls += o.nulls
	t.value.add(o.value)
	t.net.add(o.net)
}
