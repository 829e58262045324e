// Package journey turns the events of a person into records: one conversion a sale, with its touches, its value net of
// refunds and the counters it moves (design.md sections 6 and 7).
//
// The unit of work is a cluster: the raw connected component of the identity index around an event's ids and order.
// An event's handler first writes the links that the event gives, then reads; so of several events that matter only
// together, the handler whose links were written last sees all of them. Within a cluster the record and its revision are
// read before anything it is made of, and it is written on that revision; so a slow reader never overwrites a later one.
// All that is between reading and writing is Assemble, a pure function: whoever handles whatever, in any order and any
// number of times, ends at the same records.
//
// Visits, carts, messages, invites and posts have records too, which are gathered piece by piece and hold what was told
// themselves (told.go): so they need no event but those that are new to them. Sales tell theirs after their own records.
//
// The package knows no AWS: the stores it needs are the interfaces of restate.go.
package journey

import (
	"errors"
	"strings"
)

// KindConversion is the kind of record that this package makes.
const KindConversion = "conversion"

// ErrRefused marks a write that the store will never take, however often it is tried (an item that is too large).
var ErrRefused = errors.New("the store refuses the item")

// Link is one edge of the identity index. From and To are nodes: a person's typed ids ("U#", "P#", "E#", "F#", "A#"),
// orders ("O#<order>") and conversions without an order ("N#<event id>"). Time (Unix milliseconds) and Event name the
// earliest event that gave the link.
type Link struct {
	From, To string
	Time     int64
	Event    string
}

// Record is a record as it is stored. Rev counts its writes, 0 before the first. Digest covers everything that it was
// made of. Written is when, in Unix milliseconds: until the streams are known to be past that, its contributions may not be
// counted yet; Cause names the events that had it written, at most mostCauses of them, on a line each. Time (Unix milliseconds)
// is where the range index lists it; 0 keeps it out. Moves are its contributions to the KPIs (kpi.EncodeMoves), Body is the
// Conversion; both are empty in a record that has become void. An Erased one is never restated: what it was made of is gone.
// An Uncounted one counts through a recount, not through the stream (Restater).
type Record struct {
	Node    string
	Rev     int64
	Digest  string
	Written int64
	Cause   string
	Time    int64
	Moves   string
	Body    string
	Erased  bool

	Uncounted bool
}

// mostCauses bounds the ids in a record's Cause.
const mostCauses = 5

// Prefixes of nodes; the rest are a person's ids.
const (
	userPrefix   = "U#"
	mailPrefix   = "E#"
	anonPrefix   = "A#"
	orderPrefix  = "O#"
	singlePrefix = "N#"
)

// isSale tells a node that may have a record from a person's id.
func isSale(node string) bool {
	return strings.HasPrefix(node, orderPrefix) || strings.HasPrefix(node, singlePrefix)
}

func isOrder(node string) bool { return strings.HasPrefix(node, orderPrefix) }

// earlier orders what happened by time, then by event id in byte order: never by arrival.
func earlier(time int64, event string, otherTime int64, otherEvent string) bool {
	if time != otherTime {
		return time < otherTime
	}
	return event < otherEvent
}
