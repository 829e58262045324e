// Package burst tells a mail scanner's clicks from its recipient's. Scanners (Outlook's Safe Links, Barracuda, Mimecast) follow
// every link of a mail within seconds of its arrival, in the agent of a common browser, also those that no person sees.
// A pure function of the clicks: neither their order nor one that comes twice matters.
package burst

import (
	"cmp"
	"slices"
)

// The rule, in milliseconds: more than maxLinks different links in under window are a machine's; so is every click within
// around of one on a link that nobody sees (settings.Link.Honeypot).
const (
	maxLinks = 2
	window   = 2_000
	around   = 10_000
)

// Click is one click on a link of a mail.
type Click struct {
	ID       string
	Time     int64  // Unix milliseconds
	Link     string // a link's name or its address; clicks on one link are told apart from those on another
	Honeypot bool   // the link is one that nobody sees
}

// Scanned are the ids of those clicks that a scanner made, of all clicks of one message by one recipient.
func Scanned(clicks []Click) map[string]bool {
	list := slices.Clone(clicks)
	slices.SortFunc(list, func(a, b Click) int { return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.ID, b.ID)) })
	scanned := map[string]bool{}
	mark := func(from, to int64) {
		for i := range list {
			if t := list[i].Time; t >= from && t <= to {
				scanned[list[i].ID] = true
			}
		}
	}
	for i, c := range list {
		if c.Honeypot {
			mark(c.Time-around, c.Time+around)
		}
		if last, ok := many(list[i:]); ok {
			mark(c.Time, last)
		}
	}
	return scanned
}

// many reports that the window which the first of the clicks opens holds more than maxLinks different links, and when the
// last of its clicks was.
func many(list []Click) (last int64, ok bool) {
	var links []string
	for _, c := range list {
		if c.Time-list[0].Time >= window {
			break
		}
		if last = c.Time; !slices.Contains(links, c.Link) {
			links = append(links, c.Link)
		}
	}
	return last, len(links) > maxLinks
}
