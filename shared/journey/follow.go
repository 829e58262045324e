package journey

import (
	"slices"

	"tributary/shared/agent"
	"tributary/shared/attribution"
	"tributary/shared/burst"
	"tributary/shared/event"
	"tributary/shared/settings"
)

// settle leaves, of each person's touches, one of those that one click made, and none that a mail's scanner made: for the site,
// and apart from them what is a touch under the types of a campaign. What is left out still counts as read (see digest). Seen are the
// ids of the site's touches: another event of the same id is none.
func (w *world) settle(seen map[string]bool) {
	scanned, others := w.scanned(), w.Site.OtherTypes()
	for person, more := range w.more {
		more = slices.DeleteFunc(more, func(e *event.Event) bool { return seen[e.ID] })
		w.touches[person] = slices.SortedFunc(slices.Values(slices.Concat(w.touches[person], more)), compareEvents)
		delete(w.more, person)
	}
	for person, list := range w.touches {
		w.judge(list)
		w.touches[person] = nil
		for _, e := range list {
			to := w.left
			switch {
			case scanned[e.ID]:
			case w.stands(e, w.Site.TouchTypes):
				to = w.touches
			case slices.ContainsFunc(others, func(types []string) bool { return w.stands(e, types) }):
				to = w.more
			}
			to[person] = append(to[person], e)
		}
	}
}

// stands reports a touch of some types that none of them stands for.
func (w *world) stands(e *event.Event, types []string) bool {
	return slices.Contains(types, e.Type) && !slices.ContainsFunc(w.behind[e], func(typ string) bool { return slices.Contains(types, typ) })
}

// judge finds what stands for each of some touches, which are in order of time, that one of our own clicks made: its target bears the
// click's id.
func (w *world) judge(list []*event.Event) {
	touches := make([]attribution.Touch, len(list))
	for i, e := range list {
		touches[i].Type = e.Type
	}
	attribution.Settle(touches, func(i int) string { return list[i].ClickIDs[settings.ClickParam] })
	for i, e := range list {
		if behind := touches[i].Behind; len(behind) > 0 {
			w.behind[e] = behind
		}
	}
}

// scanned are the clicks of mails that scanners made, as far as the cluster's events show it.
func (w *world) scanned() map[string]bool {
	mails := map[[2]string][]burst.Click{}
	for _, e := range w.Events {
		if person := w.people.of(e); person != "" && isMailClick(e) {
			key := [2]string{person, e.MessageID}
			mails[key] = append(mails[key], clickOf(e))
		}
	}
	all := map[string]bool{}
	for _, clicks := range mails {
		for id := range burst.Scanned(clicks) {
			all[id] = true
		}
	}
	return all
}

// isMailClick reports a person's click on a link of a mail, and one on a link that no person sees.
func isMailClick(e *event.Event) bool {
	return e.MessageID != "" && (e.Type == "click" || e.Type == "email_clicked") && (e.Human() || isHoneypot(e))
}

// isHoneypot reports that somebody followed a link that no person sees.
func isHoneypot(e *event.Event) bool { return e.AgentReason == agent.Honeypot }

// clickOf is an event as the rule of bursts sees it: a mailer's event names a link by its address.
func clickOf(e *event.Event) burst.Click {
	c := burst.Click{ID: e.ID, Time: e.Time, Link: e.Link, Honeypot: isHoneypot(e)}
	if c.Link == "" {
		c.Link = e.Page
	}
	return c
}
