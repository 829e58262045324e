package journey

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"tributary/shared/burst"
	"tributary/shared/event"
)

// maxClicks is how many clicks of a message are kept, the earliest: a scanner comes first. One of our own links is two events.
const maxClicks = 100

// clickTold is a click on a mail's link as a message's record keeps it: a word that sorts by time and holds all that the rule
// of bursts asks. Ids and links are hashed, as only their likeness matters.
func clickTold(e *event.Event) string {
	c := clickOf(e)
	return fmt.Sprintf("%013d %s %s %s", max(c.Time, 0), short(c.ID), short(c.Link), flag(c.Honeypot))
}

func short(s string) string {
	h := fnv.New64a()
	h.Write([]byte(s))
	return strconv.FormatUint(h.Sum64(), 36)
}

// clicked reports that a person followed a link of the message: one of its clicks is no scanner's. A record from before clicks
// were kept has its mark.
func (t *Told) clicked() bool {
	if !t.marked(markClicked) || len(t.Clicks) == 0 {
		return t.marked(markClicked)
	}
	clicks := t.clicks()
	scanned := burst.Scanned(clicks)
	for _, c := range clicks {
		if !scanned[c.ID] {
			return true
		}
	}
	return false
}

// clicks are those that are kept, as the rule of bursts sees them.
func (t *Told) clicks() []burst.Click {
	clicks := make([]burst.Click, 0, len(t.Clicks))
	for _, told := range t.Clicks {
		if c, ok := clickOfWord(told); ok {
			clicks = append(clicks, c)
		}
	}
	return clicks
}

// clickOfWord reads what clickTold wrote.
func clickOfWord(told string) (burst.Click, bool) {
	f := strings.Fields(told)
	if len(f) != 4 {
		return burst.Click{}, false
	}
	at, _ := strconv.ParseInt(f[0], 10, 64)
	return burst.Click{ID: f[1], Time: at, Link: f[2], Honeypot: f[3] == flag(true)}, true
}
