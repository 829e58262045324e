// Package agent tells people from machines by the headers of a request. Machines are marked, never dropped, so that a
// better list mends the past. Plain words in one pass, no regular expression: nothing is built when a function starts.
package agent

import (
	"strings"

	"tributary/shared/event"
)

//go:generate npm ci --prefix crawlers
//go:generate node crawlers/sample.mjs
//go:generate go run ./crawlers

// Honeypot is the reason of whoever follows a link that no person sees.
const Honeypot = "honeypot"

// maxAgent is how much of a user agent is looked at, in bytes: the longest of a browser that is known has a third of it.
const maxAgent = 1024

// Judge is the class of an agent (event.AgentHuman, AgentBot, …) and why: the header or the word of the user agent that
// told. Header names are lower case, as API Gateway has them.
func Judge(headers map[string]string) (class, reason string) {
	for _, name := range [...]string{"sec-purpose", "purpose", "x-purpose", "x-moz"} {
		if v := headers[name]; v != "" && isAhead(strings.ToLower(v)) {
			return event.AgentPrefetch, name
		}
	}
	ua := headers["user-agent"]
	if ua == "" {
		return event.AgentBot, "no user-agent"
	}
	var room [maxAgent]byte
	return judge(lower(room[:0], ua))
}

// isAhead reports a purpose that is not looking at a page now.
func isAhead(purpose string) bool {
	return strings.Contains(purpose, "prefetch") || strings.Contains(purpose, "preview") || strings.Contains(purpose, "prerender")
}

// lower is a user agent in small letters, appended to room.
func lower(room []byte, ua string) []byte {
	for i := range min(len(ua), maxAgent) {
		c := ua[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		room = append(room, c)
	}
	return room
}

// word is what only a machine's agent holds: anywhere, or where it begins or ends.
type word struct {
	text       string
	class      kind
	begin, end bool
}

// kind is a class, by rank: what says more of an agent goes before what says only that it is a machine.
type kind uint8

const (
	human kind = iota
	bot
	scanner
	mailProxy
	prefetch
)

var classes = [...]string{event.AgentHuman, event.AgentBot, event.AgentScanner, event.AgentMailProxy, event.AgentPrefetch}

// judge looks for words in one pass. Of several the class of the highest rank decides, then the first.
func judge(ua []byte) (class, reason string) {
	best, before := human, 0
	for i, c := range ua {
		next := int(letter[c])
		for _, w := range words[pairs[before+next]:pairs[before+next+1]] {
			if w.class > best && w.stands(ua, i-1) {
				best, reason = w.class, w.text
			}
		}
		before = next * letters
	}
	return classes[best], reason
}

// stands reports that a word whose first two letters are like the ones at a place of a user agent is there. Phones of a
// maker whose name ends in bot are none.
func (w *word) stands(ua []byte, at int) bool {
	if at < 0 || len(ua)-at < len(w.text) || string(ua[at:at+len(w.text)]) != w.text {
		return false
	}
	if w.begin && at > 0 || w.end && len(ua)-at > len(w.text) {
		return false
	}
	return w.text != "bot" || at < 2 || string(ua[at-2:at]) != "cu"
}

// letters is how many kinds of letters are told apart: in letter, 1 to 26 are letters, 27 to 36 digits, 0 anything else.
const letters = 37
