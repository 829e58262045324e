// Package spill is what a door keeps in S3 while DynamoDB cannot be reached, and the redrive function puts back: the
// events of one request as they were read, with all that the door knew of them, in one object.
package spill

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"tributary/shared/event"
)

// Root is the folder of all objects; below it lie year, month, day and hour of arrival in UTC.
const Root = "spill/"

// MaxBytes bounds one object: a batch of 4 MB, written out.
const MaxBytes = 16 << 20

// version is the shape of an object. A reader knows it and those before.
const version = 1

// Batch is one object. Its events are drafts: what a site's settings say of them (time, retention, app key) is asked when
// they are put back, with the arrival that Facts holds.
type Batch struct {
	Version int        `json:"v"`
	Door    string     `json:"door"` // pixel, collect, …
	Facts   event.Door `json:"facts"`
	AppKey  string     `json:"app_key_sha256,omitempty"` // of the app_key that was shown, still to be compared
	Key     string     `json:"key_sha256,omitempty"`     // of an API key that could not be looked up; empty: it was known
	Events  []Event    `json:"events"`
	// Delivery, in the place of events, is a webhook's delivery whose connection could not be read (package webhook).
	Delivery json.RawMessage `json:"delivery,omitempty"`
}

// Event is one draft and the head of the input that it was read from, without anybody's address in the clear.
type Event struct {
	Draft *event.Event `json:"event"`
	Raw   string       `json:"raw,omitempty"`
}

// Key is where an object lies that a door writes at a time, under a ULID of that time: in order of arrival.
func Key(at time.Time, id string) string {
	return Root + at.UTC().Format("2006/01/02/15/") + id + ".json"
}

// ArrivedAt is when what lies under a key arrived, as its id tells; false for a key that Key has not made.
func ArrivedAt(key string) (time.Time, bool) {
	name, ok := strings.CutSuffix(path.Base(key), ".json")
	id, err := ulid.ParseStrict(name)
	if !ok || err != nil || !strings.HasPrefix(key, Root) {
		return time.Time{}, false
	}
	return ulid.Time(id.Time()), true
}

// Encode writes an object.
func (b Batch) Encode() ([]byte, error) {
	b.Version = version
	raw, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("spill: encode %d events of %s: %w", len(b.Events), b.Door, err)
	}
	return raw, nil
}

// Decode reads an object. One that is of no known version, or has anything missing, is an error: nobody wrote it like that.
func Decode(raw []byte) (Batch, error) {
	var b Batch
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := d.Decode(&b); err != nil {
		return Batch{}, fmt.Errorf("spill: decode: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Batch{}, fmt.Errorf("spill: decode: there is more behind the object")
	}
	if b.Version < 1 || b.Version > version {
		return Batch{}, fmt.Errorf("spill: decode: version %d is none that is known", b.Version)
	}
	if b.Door == "" || b.Facts.Now <= 0 || (len(b.Events) == 0) == (len(b.Delivery) == 0) {
		return Batch{}, fmt.Errorf("spill: decode: door, arrival or events are missing")
	}
	for i, e := range b.Events {
		if e.Draft == nil {
			return Batch{}, fmt.Errorf("spill: decode: event %d is missing", i)
		}
	}
	return b, nil
}
