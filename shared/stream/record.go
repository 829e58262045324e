// Package stream is the boundary to DynamoDB streams as Lambda delivers them: it decodes records one by one, so that
// one unreadable record spoils nothing, and answers with the place to resume.
package stream

import "tributary/shared/event"

// Op is what happened to the item.
type Op string

// Stream operations.
const (
	Insert Op = "INSERT"
	Modify Op = "MODIFY"
	Remove Op = "REMOVE"
)

// Record is one decoded stream record. Images are flat attributes in the item's order of appearance; nil when absent.
type Record struct {
	Op       Op
	Sequence string // as delivered: what Lambda wants back
	Order    string // Sequence padded to 40 digits: what compares
	TTL      bool   // removed by DynamoDB's time to live
	New, Old []event.Attr
}
