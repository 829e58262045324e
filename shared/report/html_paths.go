package report

import (
	"fmt"
	"slices"
	"strings"
)

// How many paths are shown: paths.csv has all of them.
const (
	maxPaths = 30 // in the table and in the drawing
	maxSteps = 4  // drawn of one path: what lies before is drawn as one
)

// noTouch is the path of a conversion without an eligible touch.
const noTouch = "(no known contact)"

// sale is the end of every flow.
const sale = "Conversion"

func (p *pen) paths() (section, string) {
	s := section{ID: "paths", Title: "Top paths"}
	list, all := p.converting()
	if all == 0 {
		return s, "no conversion in the period."
	}
	t := grid{Caption: fmt.Sprintf("Paths by conversions; revenue in %s", p.Currency), Head: append(words("Path"), figureColumns("Conversions", "Share", "Revenue")...)}
	if p.NonConverting != nil {
		t.Head = append(t.Head, figureColumns("Did not convert")...)
	}
	for _, d := range list {
		cells := numbers(count(d.Conversions), percent(share(sumOf(d.Conversions), sumOf(p.Totals.Conversions))), p.money(d.Value))
		if p.NonConverting != nil {
			cells = append(cells, numbers(count(d.NonConverting))...)
		}
		t.Rows = append(t.Rows, line{Name: pathTitle(d.Path), Cells: cells})
	}
	s.Lead = []string{p.pathLead(list, all)}
	s.Chart, s.Tables, s.Notes = p.flows(list), []grid{t}, p.pathNotes(all)
	return s, ""
}

func (p *pen) pathLead(list []pathDoc, all int64) string {
	lead := fmt.Sprintf("%s led to the %s.", plural(all, "path", "different paths"), plural(p.Totals.Conversions, "conversion", "conversions"))
	most := slices.IndexFunc(list, func(d pathDoc) bool { return len(d.Path) > 0 })
	if most < 0 {
		return lead + " None of them has a known contact."
	}
	return fmt.Sprintf("%s The most frequent, %s, to %s of them.", lead, pathTitle(list[most].Path),
		percent(share(sumOf(list[most].Conversions), sumOf(p.Totals.Conversions))))
}

// converting are the first of the paths that led to a conversion, most first, and how many there are.
func (p *pen) converting() (list []pathDoc, all int64) {
	for _, d := range p.Paths {
		if d.Conversions == 0 {
			continue
		}
		if all++; all <= maxPaths {
			list = append(list, d)
		}
	}
	return list, all
}

func pathTitle(path []string) string {
	if len(path) == 0 {
		return noTouch
	}
	return strings.Join(path, " → ")
}

func (p *pen) pathNotes(paths int64) []string {
	var notes []string
	if paths > maxPaths {
		notes = append(notes, fmt.Sprintf("The first %d of %s paths; paths.csv has all.", maxPaths, count(paths)))
	}
	if n := p.NonConverting; n != nil {
		how := "all of them read"
		if n.Sampled > 1 {
			how = fmt.Sprintf("a sample: one person in %s read", count(n.Sampled))
		}
		shared := ""
		if n.Recount != "" {
			shared = ", shared with the recount of that night"
		}
		notes = append(notes, fmt.Sprintf("%s with contacts but without a conversion, %s, at a cost of %s%s.",
			plural(n.People, "person", "people"), how, plural(n.ReadUnits, "read unit", "read units"), shared))
	}
	return notes
}

// flows draws the most frequent paths with touches, each step before the conversion in its own column. Only the last
// touches of a long path fit: what lies before is one band.
func (p *pen) flows(list []pathDoc) *chart {
	list = slices.DeleteFunc(slices.Clone(list), func(d pathDoc) bool { return len(d.Path) == 0 })
	if len(list) == 0 {
		return nil
	}
	f := newFlow(list)
	for _, d := range list {
		f.add(shortened(d.Path), d.Conversions)
	}
	c := &chart{Kind: "flow", Label: fmt.Sprintf("The %d most frequent paths to a conversion, read from left to right", len(list)), Wide: true}
	if len(list) == 1 {
		c.Label = "The most frequent path to a conversion, read from left to right"
	}
	c.Nodes, c.Links = f.finish()
	return c
}

func shortened(path []string) []string {
	if len(path) <= maxSteps {
		return path
	}
	earlier := fmt.Sprintf("%d earlier", len(path)-maxSteps+1)
	return append([]string{earlier}, path[len(path)-maxSteps+1:]...)
}

// flow gathers the bands between the places of a Sankey diagram.
type flow struct {
	deepest int            // the longest path: the conversion's depth
	colours map[string]int // by channel, in order of first sight
	nodes   []node
	through []int64 // conversions by node
	links   []link
	byID    map[string]int
	byPair  map[[2]string]int
}

func newFlow(list []pathDoc) *flow {
	f := &flow{colours: map[string]int{}, byID: map[string]int{}, byPair: map[[2]string]int{}}
	for _, d := range list {
		f.deepest = max(f.deepest, len(shortened(d.Path)))
	}
	return f
}

func (f *flow) add(path []string, conversions int64) {
	from := ""
	for i, channel := range append(slices.Clone(path), sale) {
		to := f.node(channel, f.deepest-len(path)+i, conversions)
		if from != "" {
			f.link(from, to, conversions)
		}
		from = to
	}
}

func (f *flow) node(channel string, depth int, conversions int64) string {
	id := fmt.Sprintf("%d %s", depth, channel)
	i, ok := f.byID[id]
	if !ok {
		colour, seen := f.colours[channel]
		if !seen {
			colour = len(f.colours)
			f.colours[channel] = colour
		}
		i = len(f.nodes)
		f.byID[id] = i
		f.nodes = append(f.nodes, node{ID: id, Label: channel, Depth: depth, Name: colour})
		f.through = append(f.through, 0)
	}
	f.through[i] += conversions
	return id
}

func (f *flow) link(from, to string, conversions int64) {
	key := [2]string{from, to}
	i, ok := f.byPair[key]
	if !ok {
		i = len(f.links)
		f.byPair[key] = i
		f.links = append(f.links, link{From: from, To: to})
	}
	f.links[i].Value += conversions
}

// finish writes what a pointer shows.
func (f *flow) finish() ([]node, []link) {
	for i := range f.nodes {
		f.nodes[i].Tip = fmt.Sprintf("%s: %s", f.nodes[i].Label, plural(f.through[i], "conversion", "conversions"))
	}
	for i := range f.links {
		l := &f.links[i]
		l.Tip = fmt.Sprintf("%s → %s: %s", f.nodes[f.byID[l.From]].Label, f.nodes[f.byID[l.To]].Label, plural(l.Value, "conversion", "conversions"))
	}
	return f.nodes, f.links
}
