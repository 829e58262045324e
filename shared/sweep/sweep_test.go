package sweep

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/archive/archivetest"
	"tributary/shared/event"
	"tributary/shared/journey"
)

// Ensures what counts as a touch: of a person, with a channel, and by no bot.
func TestTouchOf(t *testing.T) {
	good := event.Event{ID: "v", Type: "visit", AnonymousID: "a", Channel: "Email", Agent: event.AgentHuman, Time: 7}
	for name, spoil := range map[string]func(*event.Event){
		"":             func(*event.Event) {},
		"of nobody":    func(e *event.Event) { e.AnonymousID = "" },
		"no channel":   func(e *event.Event) { e.Channel = "" },
		"a bot's":      func(e *event.Event) { e.Agent = "bot" },
		"a conversion": func(e *event.Event) { e.Type = "conversion" },
	} {
		e := good
		spoil(&e)
		got, ok := TouchOf(&e)
		if ok != (name == "") || ok && got != (Touch{Of: "A#a", ID: "v", Type: "visit", Channel: "Email", Time: 7}) {
			t.Errorf("%q: got %+v, %t", name, got, ok)
		}
	}
}

// Ensures who is a buyer: whose conversion counts.
func TestBuyerOf(t *testing.T) {
	for _, c := range []struct {
		body string
		want Buyer
		ok   bool
	}{
		{`{"p":"U#u","n":1}`, Buyer{"U#u", "purchase"}, true},
		{`{"p":"U#u","n":1,"g":"lead"}`, Buyer{"U#u", "lead"}, true},
		{`{"p":"U#u","n":0}`, Buyer{}, false},
		{`{"n":1}`, Buyer{}, false},
		{`{`, Buyer{}, false},
		{``, Buyer{}, false},
	} {
		if got, ok := BuyerOf(journey.Record{Body: c.body}); ok != c.ok || ok && got != c.want {
			t.Errorf("%s: got %+v, %t", c.body, got, ok)
		}
	}
}

// Ensures that a writer whose put fails writes what is left on the next call, each element once and to its own site.
func TestWriterAfterAFailedPut(t *testing.T) {
	s3 := archivetest.Start(t)
	a := s3.Archive(t)
	var found Segment
	w := NewWriter(a, Root+"test/", 100, &found)
	want := map[string][]string{}
	for i := range 9 {
		site := fmt.Sprint("site", i%3)
		e := &event.Event{ID: fmt.Sprint("v", i), Site: site, Type: "visit", AnonymousID: "a", Channel: "Email", Agent: event.AgentHuman}
		if err := w.Event(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		want[site] = append(want[site], e.ID)
	}
	puts := 0
	s3.Break(func(r *http.Request) archivetest.Fault {
		if r.Method == http.MethodPut {
			puts++
		}
		if puts >= 2 {
			return archivetest.Refuse
		}
		return archivetest.None
	})
	if err := w.Flush(t.Context()); err == nil {
		t.Fatal("no error of a put that failed")
	}
	s3.Break(nil)
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for site := range want {
		if _, err := Each(t.Context(), a, []Segment{found}, site, func(e *Element) error {
			got[site] = append(got[site], e.Touch.ID)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(got[site])
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Ensures that the reading that began last is found, and none where there is none.
func TestNewest(t *testing.T) {
	a := archivetest.Start(t).Archive(t)
	if w, err := Newest(t.Context(), a); w != nil || err != nil {
		t.Fatalf("got %+v, %v of nothing", w, err)
	}
	began := time.Date(2026, 3, 9, 23, 5, 0, 0, time.UTC)
	for _, hours := range []int{1, 24, 0} {
		one := Whole{By: fmt.Sprint(hours), Began: began.Add(time.Duration(hours) * time.Hour), Touches: []Segment{{Halves: int64(hours)}}}
		for range 2 {
			if err := Publish(t.Context(), a, &one); err != nil {
				t.Fatal(err)
			}
		}
	}
	if w, err := Newest(t.Context(), a); err != nil || w == nil || w.By != "24" || w.Touches[0].Halves != 24 {
		t.Errorf("got %+v, %v", w, err)
	}
}
