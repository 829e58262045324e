package main

import (
	"fmt"
	"testing"

	"tributary/shared/event"
	"tributary/shared/kpi"
)

// Ensures that a sketch that misses a visitor is found, is mended on request and then is right, and that one that holds more than
// the events that are left say is no drift.
func TestSketchesAreRecounted(t *testing.T) {
	s := newStage(t, "{}")
	s.held, s.sketched = 500, 50
	s.visits(40)
	lost := &event.Event{ID: "lost", Type: "visit", Site: s.site, Time: noon.UnixMilli(), Received: noon.UnixMilli(), AnonymousID: "nobody", Channel: "Email", Hash: "h"}
	s.put(lost)
	s.fold(noon, kpi.Moves(lost))
	for _, c := range []struct {
		input  string
		want   int
		mended bool
	}{{`{"run":"lost"}`, 2, false}, {`{"run":"mend","mend":true}`, 2, true}, {`{"run":"found"}`, 0, false}} {
		_, own := s.recounted(c.input)
		if len(own) != c.want {
			t.Fatalf("%s: got %+v, want the hour and the day", c.input, own)
		}
		for i, bucket := range []string{"2026-03-01", "2026-03-01T12"}[:c.want] {
			if l := own[i]; l.Bucket != bucket || l.Measure != "visitors:i" || l.Expected != l.Found+1 || l.Mended != c.mended {
				t.Errorf("%s: got %+v", c.input, l)
			}
		}
	}
	for i := range 30 { // whose events have gone
		s.sight(&event.Event{ID: "x", Type: "visit", Site: s.site, Time: noon.UnixMilli(), AnonymousID: fmt.Sprint("gone", i)})
	}
	if _, own := s.recounted(`{"run":"more"}`); len(own) != 0 {
		t.Errorf("got %+v of sketches that hold more", own)
	}
}
