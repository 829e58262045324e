// Package consent decides how much of a visitor's hit is kept, by what the visitor's browser and page say and by the
// site's settings, and takes the rest out. These are settings, not legal advice.
package consent

import (
	"slices"
	"strings"

	"tributary/shared/event"
)

// Tier is how much of a hit is kept.
type Tier string

// Tiers, each keeping less than the one before. README's table says what; a test holds it to the code.
const (
	Full       Tier = "full"       // everything that was sent
	Cookieless Tier = "cookieless" // no id but one that the server makes and that means nothing a day later
	Count      Tier = "count"      // the event is counted and belongs to nobody
	Drop       Tier = "drop"       // nothing
)

// Tiers lists all of them, in order.
func Tiers() []Tier { return []Tier{Full, Cookieless, Count, Drop} }

// Policy is a site's choice of tiers for what a visitor may say; an empty one is the default's.
type Policy struct {
	GPC     Tier `json:"gpc"`     // the browser sends Sec-GPC: 1
	DNT     Tier `json:"dnt"`     // the browser sends DNT: 1
	Denied  Tier `json:"denied"`  // the page says that consent was denied
	Unknown Tier `json:"unknown"` // the page says nothing of consent
}

// Default counts those who object and believes in no consent that was not asked for.
func Default() Policy { return Policy{GPC: Count, DNT: Count, Denied: Count, Unknown: Full} }

// State is what a page says of consent.
type State int8

// States of consent.
const (
	NotAsked State = iota
	Granted
	Denied
)

// Read tells the state from the word that a page sent; Google's gcs (G111) is understood. A word that nobody knows is a
// denial: whoever sends it had something to say about consent.
func Read(word string) State {
	switch strings.ToLower(word) {
	case "", "unknown", "default", "pending", "unset":
		return NotAsked
	case "granted", "yes", "true", "1", "g111", "allow", "allowed", "accepted", "opt-in":
		return Granted
	case "g1--", "g11-", "g1-1":
		return NotAsked
	}
	return Denied
}

// See notes at a public door what a visitor's request says: its signals, and what the id of a day is made of. Header names
// are lower case; ip is the gateway's word, for headers are the visitor's.
func See(d *event.Door, headers map[string]string, ip string) {
	d.GPC, d.DNT = headers["sec-gpc"] == "1", headers["dnt"] == "1"
	d.IP, d.UserAgent = ip, headers["user-agent"]
}

// Tier is the strictest one that applies to an event as it came through d, and the word to store of why: gpc, dnt, denied
// or granted; empty when nothing was said. What the page says of one event goes before what it says of a batch.
func (p Policy) Tier(d event.Door, e *event.Event) (Tier, string) {
	word := e.Consent
	if word == "" {
		word = d.Consent
	}
	tier, why := or(p.Unknown, Full), ""
	switch Read(word) {
	case Denied:
		tier, why = or(p.Denied, Count), "denied"
	case Granted:
		tier, why = Full, "granted"
	}
	for _, s := range [...]struct {
		said bool
		tier Tier
		word string
	}{{d.GPC, or(p.GPC, Count), "gpc"}, {d.DNT, or(p.DNT, Count), "dnt"}} {
		if s.said && stricter(s.tier, tier) {
			tier, why = s.tier, s.word
		}
	}
	return tier, why
}

func or(t, otherwise Tier) Tier {
	if t == "" {
		return otherwise
	}
	return t
}

// stricter reports that a keeps less than b.
func stricter(a, b Tier) bool { return slices.Index(Tiers(), a) > slices.Index(Tiers(), b) }

// Objects reports a visitor whose refused input is better not kept: one who asks for privacy by any signal, whatever the
// site makes of it. e may be nil.
func Objects(d event.Door, e *event.Event) bool {
	word := d.Consent
	if e != nil && e.Consent != "" {
		word = e.Consent
	}
	return d.GPC || d.DNT || Read(word) == Denied
}
