package erasure

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tributary/shared/event"
	"tributary/shared/kpi"
	"tributary/shared/visitors"
)

// errBusy is of what others write: it is tried again.
var errBusy = errors.New("busy")

func orBusy(err error) error {
	if err == nil {
		return errBusy
	}
	return err
}

// event erases one event of a home.
func (w *work) event(ctx context.Context, home string, e *event.Event) error {
	if e.Erased {
		return w.move(ctx, home, e)
	}
	next := Without(e, w.ids)
	if next == nil {
		return nil
	}
	if changes := kpi.Changes(kpi.Moves(e), kpi.Moves(next)); len(changes) > 0 {
		return fmt.Errorf("event %q would count otherwise without its ids: %v", e.ID, changes)
	}
	if !next.Erased { // it is somebody else's and stays where it is
		return w.Events.RewriteEvent(ctx, home, next)
	}
	if err := w.gathered(ctx, e); err != nil {
		return err
	}
	if err := w.sight(ctx, e); err != nil {
		return err
	}
	if to := next.Home(); to != home {
		copied, err := w.Events.EventAt(ctx, w.site, to, next.SortKey())
		if err != nil {
			return err
		}
		if copied != nil && copied.Hash == e.Hash { // it came again and was counted again
			return w.Events.DropEvent(ctx, home, e, false)
		}
	}
	if err := w.Events.RewriteEvent(ctx, home, next); err != nil {
		return err
	}
	return w.move(ctx, home, next)
}

// sight makes the pseudonym the visitor of a visit, so that whoever bought is found among those who came.
func (w *work) sight(ctx context.Context, e *event.Event) error {
	if e.Type != "visit" || !e.Human() {
		return nil
	}
	ids := append([]string{w.pseudonym}, slices.Sorted(maps.Keys(w.ids))...)
	return w.Sighter.Persons(ctx, []visitors.Sighting{{Site: w.site, At: e.Time, Quarter: e.Quarter, Ids: ids}})
}

// move puts an erased event that lies under an id of its person where it belongs without.
func (w *work) move(ctx context.Context, home string, e *event.Event) error {
	if e.Home() == home {
		return nil
	}
	if _, err := w.Events.PutEvent(ctx, e); err != nil {
		return err
	}
	return w.Events.DropEvent(ctx, home, e, true)
}

// Without is an event without ids of an erased person. Where the strongest is among them the event is the person's, and nothing stays
// but what is counted; where it is not, the event is somebody else's. Nil: it has none of them.
func Without(e *event.Event, ids map[string]bool) *event.Event {
	own := e.IDs()
	if !slices.ContainsFunc(own, func(id string) bool { return ids[id] }) {
		return nil
	}
	if ids[own[0]] {
		return counted(e)
	}
	c := *e
	drop := func(prefix string, id *string) {
		if ids[prefix+*id] {
			*id = ""
		}
	}
	drop("U#", &c.UserID)
	drop("E#", &c.Email)
	drop("F#", &c.Phone)
	drop("A#", &c.AnonymousID)
	drop("A#", &c.LinkedID)
	c.ProviderIDs = slices.DeleteFunc(slices.Clone(c.ProviderIDs), func(id string) bool { return ids["P#"+id] })
	return &c
}

// counted is what is counted of an event, and what tells it from others.
func counted(e *event.Event) *event.Event {
	c := &event.Event{
		ID: e.ID, Type: e.Type, Site: e.Site, Time: e.Time, Received: e.Received,
		Campaign: e.Campaign, CampaignID: e.CampaignID, Channel: e.Channel, Source: e.Source, Medium: e.Medium, Content: e.Content, Term: e.Term,
		ChannelRule: e.ChannelRule, Page: kpi.PageOf(e.Page), Link: e.Link, Goal: e.Goal, Reached: e.Reached,
		HasValue: e.HasValue, Value: e.Value, HasCost: e.HasCost, Cost: e.Cost, Currency: e.Currency,
		OrderID: e.OrderID, OrderAliases: e.OrderAliases, PostID: e.PostID, Score: e.Score,
		Agent: e.Agent, AgentReason: e.AgentReason, Trust: e.Trust, Clamped: e.Clamped, Quarter: e.Quarter, Date: e.Date, Version: e.Version,
		Hash: e.Hash, TTL: e.TTL, Erased: true,
	}
	if e.Type == "spend" { // of an account, not of a person: its counts lie there
		c.Props = e.Props
	}
	return c
}
