package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/journey"
	"tributary/shared/store/storetest"
)

func TestEarliestEvidenceOfALinkStands(t *testing.T) {
	s := storetest.Open(t)
	link := func(time int64, event string) journey.Link {
		return journey.Link{From: "U#u1", To: "A#a1", Time: time, Event: event}
	}
	for _, c := range []struct {
		name string
		put  []journey.Link
		want journey.Link
	}{
		{"a new link is stored", []journey.Link{link(5, "e5")}, link(5, "e5")},
		{"an earlier one takes its place", []journey.Link{link(5, "e5"), link(4, "e9")}, link(4, "e9")},
		{"a later one changes nothing", []journey.Link{link(5, "e5"), link(6, "e1")}, link(5, "e5")},
		{"at one time the lesser event id stands", []journey.Link{link(5, "e5"), link(5, "e6"), link(5, "e4")}, link(5, "e4")},
		{"the same again changes nothing", []journey.Link{link(5, "e5"), link(5, "e5")}, link(5, "e5")},
		{"times compare as numbers", []journey.Link{link(10, "e5"), link(9, "e5")}, link(9, "e5")},
	} {
		t.Run(c.name, func(t *testing.T) {
			site := storetest.Site(t)
			for _, l := range c.put {
				if err := s.PutLink(t.Context(), site, l); err != nil {
					t.Fatal(err)
				}
			}
			got, err := s.Links(t.Context(), site, "U#u1")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]journey.Link{c.want}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLinksOfOneNodeOnly(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	for _, l := range []journey.Link{
		{From: "U#u1", To: "O#o1", Time: 1, Event: "e1"},
		{From: "U#u1", To: "A#a1", Time: 1, Event: "e1"},
		{From: "A#a1", To: "U#u1", Time: 1, Event: "e1"},
		{From: "U#u10", To: "A#a9", Time: 1, Event: "e1"},
	} {
		if err := s.PutLink(t.Context(), site, l); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Links(t.Context(), site, "U#u1")
	if err != nil {
		t.Fatal(err)
	}
	want := []journey.Link{{From: "U#u1", To: "A#a1", Time: 1, Event: "e1"}, {From: "U#u1", To: "O#o1", Time: 1, Event: "e1"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("in order of the other node (-want +got):\n%s", diff)
	}
	if other, err := s.Links(t.Context(), storetest.Site(t), "U#u1"); err != nil || len(other) > 0 {
		t.Errorf("another site sees %v, %v; want nothing", other, err)
	}
}
