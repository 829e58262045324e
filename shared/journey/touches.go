package journey

import (
	"slices"

	"tributary/shared/event"
	"tributary/shared/kpi"
)

// keep makes touches of the latest events: of the site's own and, where these leave room, of more.
func (w *world) keep(own, more []*event.Event) []Touch {
	r := room{touches: maxTouches, bytes: 128 << 10}
	kept := r.latest(own)
	if others := r.latest(more); len(others) > 0 {
		kept = slices.Concat(kept, others)
		slices.SortFunc(kept, compareEvents)
	}
	list := make([]Touch, 0, len(kept))
	for _, e := range kept {
		t := touchOf(e)
		t.Behind = w.behind[e]
		list = append(list, t)
	}
	return list
}

// room is what a record has for touches: so many, and fewer where they are so long that it would come near DynamoDB's 400 KB.
type room struct{ touches, bytes int }

// latest are the last of some events for which there is room, which they take.
func (r *room) latest(events []*event.Event) []*event.Event {
	from := len(events)
	for ; from > 0 && r.touches > 0; from-- {
		size := touchSize(events[from-1])
		if size > r.bytes {
			break
		}
		r.touches, r.bytes = r.touches-1, r.bytes-size
	}
	return events[from:]
}

func touchSize(e *event.Event) int {
	n := len(e.ID) + len(e.Channel) + len(e.Campaign) + len(e.CampaignID) + len(e.Source) + len(e.Medium) + len(e.Content) + len(e.Term) +
		len(e.Page) + len(e.Link) + 100
	for k, v := range e.ClickIDs {
		n += len(k) + len(v) + 6
	}
	return n
}

func touchOf(e *event.Event) Touch {
	t := Touch{
		ID: e.ID, Time: e.Time, Channel: e.Channel, Campaign: kpi.CampaignOf(e), Source: e.Source, Medium: e.Medium,
		Content: e.Content, Term: e.Term, Page: kpi.PageOf(e.Page), Link: e.Link, ClickIDs: e.ClickIDs,
	}
	if e.Type != "visit" {
		t.Type = e.Type
	}
	return t
}
