package journey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
)

func TestNothingIsWrittenWhenNothingChanged(t *testing.T) {
	m := newMemory(testSite())
	m.deliver(t, sold("c", anon("a")), visit("v", "a", noon-day))
	for _, c := range []struct {
		name string
		e    *event.Event
	}{
		{"the same again", sold("c", anon("a"))},
		{"a visit after the sale", visit("v2", "a", noon+day)},
		{"a visit of somebody else", visit("v3", "b", noon-day)},
		{"an impression after the sale", made("impression", "i", noon+day, anon("a"), channel("Display"))},
		{"an opened mail", made("email_opened", "i", noon-day, anon("a"), channel("Email"))},
		{"a page view of a known pair of ids", made("page_view", "p", noon+day, anon("a"), user("u"))},
		{"a later order of the person, for the earlier one", made("conversion", "c2", noon+day, under("o2"), user("u"))},
		{"an earlier link of ids that are one person's alone", made("identify", "l", noon-day, anon("a"), user("u"))},
	} {
		rev := m.records["O#o"].Rev
		m.deliver(t, c.e)
		if got := m.records["O#o"].Rev; got != rev {
			t.Errorf("%s wrote the record again", c.name)
		}
	}
}

func TestIrrelevantEventsReadNothing(t *testing.T) {
	m := newMemory(testSite())
	m.broken = func(op string) error { return fmt.Errorf("%s: %w", op, errDown) }
	m.deliver(t, made("page_view", "p", noon, anon("a")), made("impression", "i", noon, anon("a"), bot), made("spend", "s", noon))
}

func TestTouchesOutsideOfEveryWindowReadNoRecord(t *testing.T) {
	m := newMemory(testSite())
	m.deliver(t, sold("c", anon("a")), made("conversion", "d", noon+hour, under("o"), trust(event.TrustPublic)))
	for _, c := range []struct {
		name string
		at   int64
		want bool
	}{
		{"within", noon - day, true},
		{"at the longest look-back's edge", noon - longest, true},
		{"before it", noon - longest - 1, false},
		{"between the times of two reporters", noon + 1, true},
		{"after all of them", noon + hour + 1, false},
	} {
		m.order = nil
		m.deliver(t, visit("v"+decimal(c.at), "a", c.at))
		if got := slices.Contains(m.order, "record O#o"); got != c.want {
			t.Errorf("%s: the record was read: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestRecordsAreReadBeforeWhatTheyAreMadeOf(t *testing.T) {
	m := newMemory(testSite())
	m.deliver(t, sold("c", anon("a")), visit("v", "a", noon-day))
	m.order = nil
	m.deliver(t, back("r", noon+day))
	record := slices.Index(m.order, "record O#o")
	for _, read := range []string{"events O#o", "events U#u", "events A#a"} {
		if last := slices.Index(m.order[max(record, 0):], read); record < 0 || last < 0 {
			t.Errorf("%s was not read after the record: %v", read, m.order)
		}
	}
}

func TestWhatFailedComesAgain(t *testing.T) {
	all := []*event.Event{sold("c1", anon("a")), visit("v", "b", noon), made("conversion", "c2", noon, under("o2"), user("u2"), anon("a2"))}
	for _, c := range []struct {
		name, broken string
		want         []string
	}{
		{"a link", "link U#u2 A#a2", []string{"2"}},
		{"the other half of a link", "link A#a U#u", []string{"0"}},
		{"the index", "links U#u2", []string{"2"}},
		{"a record's reading", "record O#o", []string{"0"}},
		{"a partition", "events A#a2", []string{"2"}},
		{"a record's writing", "put O#o2", []string{"2"}},
		{"the settings", "site", []string{"0", "1", "2"}},
		{"the goals", "goals", []string{"0", "1", "2"}},
		{"a touch's person", "links A#b", []string{"1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemory(testSite())
			m.broken = func(op string) error {
				if op == c.broken {
					return errDown
				}
				return nil
			}
			var inputs []Input
			for i, e := range all {
				m.put(e)
				inputs = append(inputs, Input{decimal(int64(i)), e})
			}
			failed, err := m.restater().Handle(t.Context(), inputs)
			if diff := cmp.Diff(c.want, failed); diff != "" || !errors.Is(err, errDown) {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			m.broken = nil
			m.deliver(t, all...)
			if got := m.conversions(t); len(got) != 2 || len(m.links["A#a2"]) != 1 || len(m.links["A#a"]) != 1 {
				t.Errorf("after the retry: %v, %v", got, m.links)
			}
		})
	}
}

func TestALostRevisionStartsAgain(t *testing.T) {
	m := newMemory(testSite())
	m.deliver(t, sold("c"))
	other := back("r1", noon+day, value(1_000, "USD"))
	raced := false
	r := m.restater()
	r.Records = racing{m, func() {
		if !raced {
			raced = true
			m.deliver(t, other)
		}
	}}
	e := back("r2", noon+day, value(2_000, "USD"))
	m.put(e)
	if failed, err := r.Handle(t.Context(), []Input{{"1", e}}); err != nil || failed != nil {
		t.Fatal(failed, err)
	}
	if c := m.conversions(t)["O#o"]; c.Net != 7_000 || m.records["O#o"].Rev != 2 {
		t.Errorf("net is %d at revision %d; want 7000 at 2, where the other call saw both", c.Net, m.records["O#o"].Rev)
	}
}

func TestEndlessRacesAreGivenBack(t *testing.T) {
	m := newMemory(testSite())
	r := m.restater()
	r.Records = racing{m, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		was := m.records["O#o"]
		was.Rev++
		m.records["O#o"] = was
	}}
	m.put(sold("c"))
	failed, err := r.Handle(t.Context(), []Input{{"7", sold("c")}})
	if diff := cmp.Diff([]string{"7"}, failed); diff != "" || err == nil || !strings.Contains(err.Error(), "O#o") {
		t.Errorf("got %v, %v", failed, err)
	}
}

// racing lets another write come just before each write.
type racing struct {
	*memory
	before func()
}

func (r racing) PutRecord(ctx context.Context, site, kind string, rec Record) (bool, error) {
	r.before()
	return r.memory.PutRecord(ctx, site, kind, rec)
}

func TestRefusedRecordsArePassed(t *testing.T) {
	m := newMemory(testSite())
	m.broken = func(op string) error {
		if op == "put O#o" {
			return fmt.Errorf("too large: %w", ErrRefused)
		}
		return nil
	}
	m.deliver(t, sold("c"), made("conversion", "d", noon, under("o2"), user("u")))
	if m.records["O#o2"].Rev != 1 || len(m.told) != 1 || m.told[0].What != RecordRefused || m.told[0].Node != "O#o" {
		t.Errorf("got %v and incidents %v; want the other record and one incident", m.records, m.told)
	}
}

func TestOldConversionsStayAsTheyAre(t *testing.T) {
	site := testSite()
	site.RetentionDays = 30
	m := newMemory(site)
	m.deliver(t, sold("c", anon("a"))) // three months before the clock
	m.deliver(t, back("r", noon+day))
	if c := m.conversions(t)["O#o"]; c.Net != 10_000 {
		t.Errorf("net is %d; a conversion beyond the site's retention must not be restated from what is left", c.Net)
	}
}

func TestConversionOfNobody(t *testing.T) {
	m := newMemory(testSite())
	e := made("conversion", "cash", noon, goal("purchase"), value(500, "USD"))
	m.deliver(t, e)
	m.deliver(t, e)
	if c := m.conversions(t)["N#cash"]; c.Value != 500 || c.Counts != 1 || m.records["N#cash"].Rev != 1 {
		t.Errorf("got %+v at revision %d", c, m.records["N#cash"].Rev)
	}
}

func TestEventsWhoseEffectsCancelMoveTheDigest(t *testing.T) {
	m := newMemory(testSite())
	id := props(`{"refund_id":"x"}`)
	reversal := back("v", noon+day, id)
	reversal.Type = "refund_reversed"
	m.deliver(t, sold("c"))
	before := m.records["O#o"]
	m.deliver(t, back("r", noon+day, id), reversal)
	after := m.records["O#o"]
	if before.Digest == after.Digest || before.Rev == after.Rev {
		t.Errorf("a refund and its reversal leave no trace: a handler that saw only the first could still write")
	}
	if a, b := m.conversions(t)["O#o"].Net, int64(10_000); a != b {
		t.Errorf("net is %d, want %d", a, b)
	}
}

func TestContestedPeopleRestOnEveryLink(t *testing.T) {
	m := newMemory(testSite())
	m.deliver(t, sold("c"), made("identify", "i", noon, user("u"), anon("a")), made("identify", "j", noon+hour, user("w"), anon("a")))
	before := m.records["O#o"]
	m.deliver(t, made("identify", "k", noon-hour, user("u"), anon("a")))
	if m.records["O#o"].Digest == before.Digest {
		t.Errorf("an earlier link of a device that two users share leaves no trace")
	}
}
