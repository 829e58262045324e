package erasure

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"tributary/shared/event"
	"tributary/shared/journey"
)

// Held is all that is held of a person. Next is where the next part begins; empty: this is the last.
type Held struct {
	IDs     []string       `json:"ids"` // typed, strongest first
	Events  []*event.Event `json:"events"`
	Records []HeldRecord   `json:"records"`
	Next    string         `json:"next,omitempty"`
}

// HeldRecord is a record as it is stored.
type HeldRecord struct {
	Kind string          `json:"kind"`
	Name string          `json:"name"`
	Body json.RawMessage `json:"body"`
}

// errFull ends a part.
var errFull = errors.New("the part is full")

// between parts a cursor: the home and the event's own key in it.
const between = "\x1f"

// IsCursor reports a text that may be the Next of an answer.
func IsCursor(next string) bool {
	home, key, ok := strings.Cut(next, between)
	return ok && home != "" && key != ""
}

// Export reads, from where a part before ended (empty: the beginning), events of about most bytes, and the records they tell of. Those
// of sales and messages come with the first part.
func (f *Finder) Export(ctx context.Context, site string, ids []string, next string, most int) (*Held, error) {
	links, homes, err := f.around(ctx, site, ids)
	if err != nil {
		return nil, err
	}
	x := &exporting{Finder: f, site: site, ids: map[string]bool{}, seen: map[journey.Place]bool{}, most: most, held: Held{IDs: ids, Events: []*event.Event{}, Records: []HeldRecord{}}}
	for _, id := range ids {
		x.ids[id] = true
	}
	if next == "" {
		if err := x.sold(ctx, links, homes); err != nil {
			return nil, err
		}
	}
	from, after, _ := strings.Cut(next, between)
	for _, home := range homes {
		if home < from {
			continue
		}
		if home != from {
			after = ""
		}
		err := f.Events.EachEvent(ctx, site, home, after, func(e *event.Event) error { return x.event(ctx, home, e) })
		if errors.Is(err, errFull) {
			return &x.held, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return &x.held, nil
}

// exporting is one part on its way.
type exporting struct {
	*Finder
	held Held
	site string
	ids  map[string]bool
	seen map[journey.Place]bool
	most int // bytes left
}

// sold adds the records of the person's sales and of messages to the person.
func (x *exporting) sold(ctx context.Context, links []journey.Link, homes []string) error {
	nodes := slices.Clone(homes)
	for _, l := range links {
		nodes = append(nodes, l.To)
	}
	slices.Sort(nodes)
	for _, node := range slices.Compact(nodes) {
		if !journey.IsSale(node) {
			continue
		}
		r, err := x.Look.Records.Record(ctx, x.site, journey.KindConversion, node)
		if err != nil {
			return err
		}
		if _, own, err := r.Without(x.ids, ""); own && err == nil {
			x.add(journey.KindConversion, r)
		}
	}
	for id := range x.ids {
		list, err := x.Look.Records.RecordsUnder(ctx, x.site, journey.KindMessage, journey.MessagesTo(id))
		if err != nil {
			return err
		}
		for _, r := range list {
			x.add(journey.KindMessage, r)
		}
	}
	return nil
}

func (x *exporting) add(kind string, r journey.Record) {
	if r.Body != "" {
		x.held.Records = append(x.held.Records, HeldRecord{kind, strings.ReplaceAll(r.Node, "\x1f", " "), json.RawMessage(r.Body)})
		x.most -= len(r.Body)
	}
}

// event adds an event of the person, and what records hold by it.
func (x *exporting) event(ctx context.Context, home string, e *event.Event) error {
	if e.Erased || !slices.ContainsFunc(e.IDs(), func(id string) bool { return x.ids[id] }) {
		return nil
	}
	raw, err := json.Marshal(e)
	if err != nil {
		return err
	}
	x.held.Events = append(x.held.Events, e)
	x.most -= len(raw)
	for _, p := range journey.GatheredBy(e) {
		if x.seen[p] {
			continue
		}
		x.seen[p] = true
		r, err := x.Look.Records.Record(ctx, x.site, p.Kind, p.Node)
		if err != nil {
			return err
		}
		x.add(p.Kind, r)
	}
	if x.most <= 0 {
		x.held.Next = home + between + e.SortKey()
		return errFull
	}
	return nil
}
