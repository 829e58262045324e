package sweep

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"tributary/shared/archive"
)

// Each hands what the segments hold of a site to take, whose error ends it. Halves is what all of them cost.
func Each(ctx context.Context, a *archive.Archive, list []Segment, site string, take func(*Element) error) (halves int64, err error) {
	for _, one := range list {
		halves += one.Halves
		for _, key := range one.Files[site] {
			if err := read(ctx, a, key, take); err != nil {
				return 0, err
			}
		}
	}
	return halves, nil
}

func read(ctx context.Context, a *archive.Archive, key string, take func(*Element) error) error {
	body, err := a.Read(ctx, key)
	if err != nil {
		return err
	}
	defer body.Close()
	for in := gob.NewDecoder(body); ; {
		var e Element
		if err := in.Decode(&e); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("sweep: %s: %w", key, err)
		}
		if err := take(&e); err != nil {
			return err
		}
	}
}

// Whole is both tables, each read once.
type Whole struct {
	By      string    `json:"by"`      // who read them
	Began   time.Time `json:"began"`   // everything that was written before is in it
	People  []Segment `json:"people"`  // links and buyers
	Touches []Segment `json:"touches"` // touches
}

// doneRoot is the prefix of whole ones; their names are in order of when they began.
const doneRoot = Root + "done/"

// maxWhole bounds a whole one that is read, in bytes.
const maxWhole = 64 << 20

// Publish lets others find a whole one; the first that began at its time stands.
func Publish(ctx context.Context, a *archive.Archive, w *Whole) error {
	body, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return archive.Ensured(a.PutOnce(ctx, doneRoot+w.Began.UTC().Format("2006-01-02T15-04-05.000Z")+".json", "application/json", body))
}

// Newest is the whole one that began last; nil: there is none.
func Newest(ctx context.Context, a *archive.Archive) (*Whole, error) {
	files, err := a.List(ctx, doneRoot)
	if err != nil || len(files) == 0 {
		return nil, err
	}
	key := files[len(files)-1].Key
	body, err := a.Get(ctx, key, maxWhole)
	if err != nil {
		return nil, err
	}
	w := &Whole{}
	if err := json.Unmarshal(body, w); err != nil {
		return nil, fmt.Errorf("sweep: %s: %w", key, err)
	}
	return w, nil
}
