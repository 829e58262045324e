package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

func TestScanTouchesFindsEachTouchOfTheSiteOnce(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	put := func(site, id, kind, agent string) {
		t.Helper()
		e := event.Event{
			ID: id, Type: kind, Site: site, Time: 5, Received: 6, AnonymousID: "a" + id, UserID: "u", Channel: "Email", Campaign: "c", Agent: agent, Hash: "h",
		}
		if _, err := s.PutEvent(t.Context(), &e); err != nil {
			t.Fatal(err)
		}
	}
	var want []string
	for i := range 40 {
		put(site, fmt.Sprint("t", i), "visit", event.AgentHuman)
		want = append(want, fmt.Sprint("t", i))
	}
	put(site, "bot", "click", "bot")
	put(site, "view", "page_view", event.AgentHuman)
	put(site, "sale", "conversion", event.AgentHuman)
	put(site+"x", "other", "visit", event.AgentHuman)
	want = append(want, "bot")
	var got []string
	halves, err := s.ScanTouches(t.Context(), site, store.Whole, func(e *event.Event) error {
		if e.Time != 5 || e.Channel != "Email" || !slices.Equal(e.IDs(), []string{"U#u", "A#a" + e.ID}) || e.Human() != (e.ID != "bot") {
			t.Errorf("got %+v", e)
		}
		got = append(got, e.ID)
		return nil
	})
	slices.Sort(got)
	slices.Sort(want)
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if halves < 1 {
		t.Errorf("the scan cost %d half units", halves)
	}
	stop := errors.New("enough")
	if _, err := s.ScanTouches(t.Context(), site, store.Whole, func(*event.Event) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want the callback's error", err)
	}
}

func TestScanPeopleFindsLinksAndRecords(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	link := journey.Link{From: "U#u", To: "A#a", Time: 3, Event: "e"}
	for _, where := range []string{site, site + "x"} {
		if err := s.PutLink(t.Context(), where, link); err != nil {
			t.Fatal(err)
		}
	}
	putRecord(t, s, site, journey.Record{Node: "O#o1", Digest: "d", Time: 1767225600000, Body: `{"p":"U#u"}`})
	putRecord(t, s, site+"x", journey.Record{Node: "O#o2", Digest: "d", Time: 1767225600000, Body: `{"p":"U#u"}`})
	var links []journey.Link
	var bodies []string
	_, err := s.ScanPeople(t.Context(), site, journey.KindConversion, store.Whole, func(_ string, l journey.Link) error {
		links = append(links, l)
		return nil
	}, func(_ string, r journey.Record) error {
		bodies = append(bodies, r.Node+r.Body)
		return nil
	})
	if d := cmp.Diff([]journey.Link{link}, links); err != nil || d != "" {
		t.Errorf("links: %v (-want +got):\n%s", err, d)
	}
	if d := cmp.Diff([]string{`O#o1{"p":"U#u"}`}, bodies); d != "" {
		t.Errorf("records (-want +got):\n%s", d)
	}
}

// Ensures that the parts of a scan of all sites hold together what each site's own scan finds, each once and under its site.
func TestPartsHoldEverySiteOnce(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	want := map[string]int{}
	for i := range 20 {
		of := fmt.Sprint(site, "-", i%2)
		e := event.Event{ID: fmt.Sprint("t", i), Type: "visit", Site: of, Time: 5, Received: 6, AnonymousID: fmt.Sprint("#ID#", i), Channel: "Email", Agent: event.AgentHuman, Hash: "h"}
		if _, err := s.PutEvent(t.Context(), &e); err != nil {
			t.Fatal(err)
		}
		l := journey.Link{From: fmt.Sprint("A##conversion#", i), To: "U#u", Time: 3, Event: "e"}
		if err := s.PutLink(t.Context(), of, l); err != nil {
			t.Fatal(err)
		}
		putRecord(t, s, of, journey.Record{Node: fmt.Sprint("O#ID#", i), Digest: "d", Time: 1767225600000, Body: "{}"})
		want[of+" "+e.ID], want[of+" "+l.From], want[of+" "+fmt.Sprint("O#ID#", i)] = 1, 1, 1
	}
	got := map[string]int{}
	note := func(of, what string) error {
		if strings.HasPrefix(of, site+"-") {
			got[of+" "+what]++
		}
		return nil
	}
	for segment := range 3 {
		part := store.Part{Segment: segment, Of: 3}
		_, err := s.ScanTouches(t.Context(), "", part, func(e *event.Event) error { return note(e.Site, e.ID) })
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.ScanPeople(t.Context(), "", journey.KindConversion, part,
			func(of string, l journey.Link) error { return note(of, l.From) }, func(of string, r journey.Record) error { return note(of, r.Node) })
		if err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
