// Package stream is the boundary to DynamoDB streams as Lambda delivers them: it decodes records one by one, so that
// one unreadable record spoils nothing, and answers with the place to resume.
package stream

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"tributary/shared/event"
)

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
	Created  int64  // when it came into the stream, about, in Unix milliseconds: the same whenever it is delivered; 0 where it is not told
	New, Old []event.Attr
	Whole    bool // the stream has both images: one that is missing was never there
}

// ttlPrincipal is who removes items whose time to live is over.
const ttlPrincipal = "dynamodb.amazonaws.com"

// orderDigits is AWS's longest sequence number; some engines give shorter ones.
const orderDigits = 40

// Decode reads one record. Attributes are S, N and BOOL (as "true" or "false"); sets, lists, maps, binary and null are
// skipped, for we store none and whoever added one by hand moves no figure by it. Everything else that is not as
// DynamoDB writes it is an error: bad JSON, invalid UTF-8, lone surrogates, no sequence number, an unknown operation.
func Decode(raw []byte) (Record, error) {
	s := scanner{text: string(raw)} // one copy; every name and value is a part of it
	var r Record
	if err := s.record(&r); err != nil {
		return Record{}, fmt.Errorf("stream: record: %w", err)
	}
	if s.space(); s.at != len(s.text) {
		return Record{}, fmt.Errorf("stream: record: %w", s.fail("the end"))
	}
	return r, r.check()
}

func (r *Record) check() error {
	if r.Op != Insert && r.Op != Modify && r.Op != Remove {
		return fmt.Errorf("stream: eventName %q is unknown", r.Op)
	}
	var ok bool
	if r.Order, ok = Order(r.Sequence); !ok {
		return fmt.Errorf("stream: SequenceNumber %q is no number of at most %d digits", r.Sequence, orderDigits)
	}
	return nil
}

// Order pads a sequence number to 40 digits, so that strings compare as numbers; false when it is none.
func Order(sequence string) (string, bool) {
	n := len(sequence)
	if n == 0 || n > orderDigits {
		return "", false
	}
	for i := range n {
		if sequence[i] < '0' || sequence[i] > '9' {
			return "", false
		}
	}
	return strings.Repeat("0", orderDigits-n) + sequence, true
}

// Unread is what can be told of a record that Decode refused: enough to keep it aside and to find its item again.
type Unread struct {
	Sequence string // empty when even that cannot be read
	Keys     string // the item's key as JSON, empty when it cannot be read
	Written  int64  // Unix milliseconds, of DynamoDB's own second; 0 when it cannot be read
	Raw      []byte
	Err      error
}

// Salvage looks for key and sequence number in a record that Decode refused with err.
func Salvage(raw []byte, err error) Unread {
	u := Unread{Raw: raw, Err: err}
	var outer struct {
		DynamoDB map[string]json.RawMessage `json:"dynamodb"`
	}
	if e := json.Unmarshal(raw, &outer); e != nil {
		u.Err = errors.Join(err, e)
		return u
	}
	u.Keys = string(outer.DynamoDB["Keys"])
	// What is of another type stays empty: the error already says so.
	_ = json.Unmarshal(outer.DynamoDB["SequenceNumber"], &u.Sequence)
	var seconds float64
	_ = json.Unmarshal(outer.DynamoDB["ApproximateCreationDateTime"], &seconds)
	u.Written = int64(seconds * 1000)
	return u
}
