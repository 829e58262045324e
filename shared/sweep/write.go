package sweep

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"fmt"

	"tributary/shared/archive"
	"tributary/shared/event"
	"tributary/shared/journey"
)

// Segment is what a part of a table has come to: what reading it cost, in half read units (DynamoDB charges one for 4 KB that are read
// without consistency, two with it), and the keys of its files by site.
type Segment struct {
	Halves int64               `json:"halves"`
	Files  map[string][]string `json:"files,omitempty"`
}

// Writer puts what is found of one segment into files, one a site and flush. It is not safe for concurrent use.
type Writer struct {
	archive *archive.Archive
	prefix  string
	most    int // elements in memory
	into    *Segment
	open    map[string][]Element // by site
	held    int
}

// NewWriter makes a writer of files below prefix, which are added to into. It holds most elements at once, some 200 bytes each.
func NewWriter(a *archive.Archive, prefix string, most int, into *Segment) *Writer {
	return &Writer{archive: a, prefix: prefix, most: most, into: into, open: map[string][]Element{}}
}

// Event takes an event, where it is a touch.
func (w *Writer) Event(ctx context.Context, e *event.Event) error {
	if t, ok := TouchOf(e); ok {
		return w.add(ctx, e.Site, Element{Touch: &t})
	}
	return nil
}

// Link takes a link of a site's identity index.
func (w *Writer) Link(ctx context.Context, site string, l journey.Link) error {
	if Stands(l) {
		return w.add(ctx, site, Element{Link: &l})
	}
	return nil
}

// Conversion takes the record of a site's conversion, where it counts.
func (w *Writer) Conversion(ctx context.Context, site string, r journey.Record) error {
	if b, ok := BuyerOf(r); ok {
		return w.add(ctx, site, Element{Buyer: &b})
	}
	return nil
}

func (w *Writer) add(ctx context.Context, site string, e Element) error {
	w.open[site] = append(w.open[site], e)
	if w.held++; w.held < w.most {
		return nil
	}
	return w.Flush(ctx)
}

// Flush writes what is held. Names of files are made of their content, so that two who read one segment are not in each other's
// way.
func (w *Writer) Flush(ctx context.Context) error {
	for site, list := range w.open {
		var body bytes.Buffer
		out := gob.NewEncoder(&body)
		for i := range list {
			if err := out.Encode(list[i]); err != nil {
				return fmt.Errorf("sweep: %w", err)
			}
		}
		sum := sha256.Sum256(body.Bytes())
		key := w.prefix + site + "/" + hex.EncodeToString(sum[:16])
		if err := archive.Ensured(w.archive.PutOnce(ctx, key, "application/octet-stream", body.Bytes())); err != nil {
			return err
		}
		if w.into.Files == nil {
			w.into.Files = map[string][]string{}
		}
		w.into.Files[site] = append(w.into.Files[site], key)
		delete(w.open, site) // what a failure leaves is written by the next call
	}
	w.held = 0
	return nil
}
