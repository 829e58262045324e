package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/journey"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

func putRecord(t *testing.T, s *store.Store, site string, r journey.Record) bool {
	t.Helper()
	won, err := s.PutRecord(t.Context(), site, journey.KindConversion, r)
	if err != nil {
		t.Fatal(err)
	}
	return won
}

func TestRecordIsWrittenOnItsRevision(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	none, err := s.Record(t.Context(), site, journey.KindConversion, "O#o1")
	if diff := cmp.Diff(journey.Record{Node: "O#o1"}, none); err != nil || diff != "" {
		t.Fatalf("a record that is not there: %v (-want +got):\n%s", err, diff)
	}
	r := journey.Record{Node: "O#o1", Digest: "d1", Time: 1767225600000, Moves: "m", Body: `{"t":1}`, Uncounted: true}
	for _, c := range []struct {
		name string
		rev  int64
		want bool
	}{
		{"the first is written on revision 0", 0, true},
		{"not again on revision 0", 0, false},
		{"not on a revision to come", 2, false},
		{"the next on revision 1", 1, true},
		{"not again on revision 1", 1, false},
	} {
		r.Rev = c.rev
		if got := putRecord(t, s, site, r); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	r.Rev = 2
	got, err := s.Record(t.Context(), site, journey.KindConversion, "O#o1")
	if diff := cmp.Diff(r, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestRefusedRecordSaysSo(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	_, err := s.PutRecord(t.Context(), site, journey.KindConversion, journey.Record{Node: "O#big", Digest: "d", Body: strings.Repeat("x", 401<<10)})
	if !errors.Is(err, journey.ErrRefused) {
		t.Errorf("an item of 401 KB: got %v, want ErrRefused", err)
	}
}

func TestRecordsInRange(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	const day, from = int64(24 * 60 * 60 * 1000), int64(1767225600000) // 2026-01-01
	at := func(node string, time int64) journey.Record {
		return journey.Record{Node: node, Digest: "d", Time: time, Body: "{}"}
	}
	for _, r := range []journey.Record{
		at("O#before", from-1), at("O#first", from), at("O#noon", from+day/2), at("O#noon2", from+day/2), at("O#last", from+2*day-1), at("O#after", from+2*day),
		{Node: "O#void", Digest: "d"},
		at("O#voided", from+5), at("O#moved", from+7),
	} {
		putRecord(t, s, site, r)
	}
	putRecord(t, s, site, journey.Record{Node: "O#voided", Rev: 1, Digest: "d2"})
	putRecord(t, s, site, journey.Record{Node: "O#moved", Rev: 1, Digest: "d2", Time: from - 9, Body: "{}"})
	for i := range 130 { // more than one BatchGetItem takes
		putRecord(t, s, site, at(fmt.Sprintf("O#many%03d", i), from+3*day))
	}
	for _, c := range []struct {
		name     string
		from, to int64
		want     []string
	}{
		{"both edges and both days", from, from + 2*day, []string{"O#first", "O#noon", "O#noon2", "O#last"}},
		{"an empty range", from, from, nil},
		{"a millisecond", from + day/2, from + day/2 + 1, []string{"O#noon", "O#noon2"}},
		{"where one moved to", from - 9, from, []string{"O#moved", "O#before"}},
	} {
		records, err := s.RecordsInRange(t.Context(), site, journey.KindConversion, c.from, c.to)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range records {
			got = append(got, r.Node)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	many, err := s.RecordsInRange(t.Context(), site, journey.KindConversion, from+3*day, from+4*day)
	if err != nil || len(many) != 130 {
		t.Errorf("got %d records, %v; want 130", len(many), err)
	}
}
