package journey

import (
	"slices"

	"tributary/shared/agent"
	"tributary/shared/burst"
	"tributary/shared/event"
)

// settle leaves, of each person's touches, one of those that one click made, and none that a mail's scanner made. What is left
// out still counts as read (see digest).
func (w *world) settle() {
	scanned := w.scanned()
	for person, list := range w.touches {
		stands := standing(list)
		keep := func(e *event.Event) bool {
			id := e.ClickIDs["trb"]
			return !scanned[e.ID] && (id == "" || stands[id] == e.ID || e.Type == "visit" && stands[id] != "")
		}
		for _, e := range list {
			if !keep(e) {
				w.left[person] = append(w.left[person], e)
			}
		}
		w.touches[person] = slices.DeleteFunc(list, func(e *event.Event) bool { return !keep(e) })
	}
}

// standing tells which event stands for each of our own clicks (the id that its target bears as trb) among touches in order of
// time: a visit that followed it, else the click, else the mail's. Later visits by the same address are touches of their own.
func standing(touches []*event.Event) map[string]string {
	rank := map[string]int{"visit": 3, "click": 2, "email_clicked": 1}
	stands, best := map[string]string{}, map[string]int{}
	for _, e := range touches {
		if id := e.ClickIDs["trb"]; id != "" && rank[e.Type] > best[id] {
			stands[id], best[id] = e.ID, rank[e.Type]
		}
	}
	return stands
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
