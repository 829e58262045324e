package ingest

import (
	"context"

	"tributary/shared/event"
	"tributary/shared/kpi"
	"tributary/shared/names"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// Visitors is what a door for anybody asks the store besides.
type Visitors struct {
	Salt  Salts
	Names names.Book
}

// VisitorsOf is what a door for anybody asks s.
func VisitorsOf(s *store.Store) Visitors {
	return Visitors{Salt: s.Salt, Names: names.Book{Read: s.NamesOfDay, Admit: s.AdmitName, Registered: s.RegisteredNames}}
}

// ForVisitors makes in a door for anybody, who may have no id of their own and may invent names, and returns it.
func (in *Ingest) ForVisitors(v Visitors) *Ingest {
	in.days.source, in.names = v.Salt, names.New(v.Names, in.now)
	return in
}

// bound puts (other) in the place of names beyond what the site takes in a day, so that a recount finds what was counted.
// Only what people do lets new names in: a crawler that opens every page must not use up what is there for them, and moves
// no figure by names that nobody else has.
func (in *Ingest) bound(ctx context.Context, e *event.Event, d event.Door, site *settings.Site) {
	if in.names == nil || !e.Human() && e.Type != "impression" && e.Type != "click" {
		return
	}
	var room [9]field
	fields := namesOf(room[:0], e)
	list := make([]names.Name, len(fields))
	for i, f := range fields {
		list[i] = names.Name{Dimension: f.dimension, Value: f.name, Limit: site.NameLimit(f.dimension)}
	}
	for i, stands := range in.names.Admit(ctx, e.Site, list, e.Human() && !d.Dry) {
		if !stands && !d.Dry {
			fields[i].replace(e)
		}
	}
}

// field is a name that an event carries.
type field struct {
	dimension names.Dimension
	name      string
	at        *string
}

// namesOf lists the names that counters are kept by. What comes from closed lists is left out: the types of the contract,
// the channels of the grouping.
func namesOf(out []field, e *event.Event) []field {
	add := func(d names.Dimension, name string, at *string) {
		if name != "" {
			out = append(out, field{d, name, at})
		}
	}
	add(names.Page, kpi.PageOf(e.Page), &e.Page)
	add(names.Campaign, kpi.CampaignOf(e), &e.Campaign)
	if e.Source+e.Medium != "" {
		add(names.Source, e.Source+"\x00"+e.Medium, &e.Source)
	}
	add(names.Content, e.Content, &e.Content)
	add(names.Term, e.Term, &e.Term)
	add(names.Link, e.Link, &e.Link)
	add(names.Goal, e.Goal, &e.Goal)
	if !event.Known(e.Type) {
		add(names.Type, e.Type, &e.Type)
	}
	if e.ChannelRule == "" {
		add(names.Channel, e.Channel, &e.Channel)
	}
	return out
}

// replace puts (other) in the name's place; of a pair, or of an id and a name, in both.
func (f *field) replace(e *event.Event) {
	*f.at = names.Other
	switch {
	case f.dimension == names.Campaign && e.CampaignID != "":
		e.CampaignID = names.Other
	case f.dimension == names.Source && e.Medium != "":
		e.Medium = names.Other
	}
}
