package journey

import (
	"context"
	"testing"

	"tributary/shared/event"
)

// meanwhile lets something happen once, just before a call of the store: what another handler does to a slow one.
type meanwhile struct {
	*memory
	op   string // "read" or "write"
	kind string
	do   func()
}

func (s *meanwhile) happen(op, kind string) {
	if do := s.do; do != nil && op == s.op && kind == s.kind {
		s.do = nil
		do()
	}
}

func (s *meanwhile) Record(ctx context.Context, site, kind, node string) (Record, error) {
	s.happen("read", kind)
	return s.memory.Record(ctx, site, kind, node)
}

func (s *meanwhile) PutRecord(ctx context.Context, site, kind string, r Record) (bool, error) {
	s.happen("write", kind)
	return s.memory.PutRecord(ctx, site, kind, r)
}

// slow handles an event while something else happens.
func slow(t *testing.T, m *memory, op, kind string, do func(), e *event.Event) {
	t.Helper()
	m.put(e)
	r := m.restater()
	s := &meanwhile{m, op, kind, do}
	r.Records = s
	if failed, err := r.Handle(t.Context(), []Input{{"1", e}}); err != nil || len(failed) > 0 || s.do != nil {
		t.Fatalf("%v, failed %v, nothing happened meanwhile: %v", err, failed, s.do != nil)
	}
}

// TestVisitStoredWhileItsRecordIsMade ensures that a visit which found no record to add to, because the record was not
// written yet, is in the record nonetheless.
func TestVisitStoredWhileItsRecordIsMade(t *testing.T) {
	m := newMemory(testSite())
	enter := visit("v", "a", noon, within("s1"))
	slow(t, m, "write", KindVisit, func() { m.deliver(t, enter) }, made("view_item", "p", noon+1, anon("a"), within("s1")))
	if told, err := m.records["visit s1"].Told(); err != nil || told.Opening == nil || told.Opening.ID != "v" {
		t.Errorf("got %+v, %v, want the visit in it", told, err)
	}
}

// TestSlowSaleDoesNotComeBack ensures that a handler which is behind does not say that a sale belongs to a visit once a more
// trusted reporter has named another.
func TestSlowSaleDoesNotComeBack(t *testing.T) {
	m := newMemory(testSite())
	m.deliver(t, visit("v1", "a", noon-2, within("s1")), visit("v2", "a", noon-1, within("s2")))
	better := sold("c2", anon("a"), within("s2"))
	slow(t, m, "read", KindVisit, func() { m.deliver(t, better) }, sold("c1", anon("a"), within("s1"), trust(event.TrustPublic)))
	for session, want := range map[string]bool{"s1": false, "s2": true} {
		if told, err := m.records["visit "+session].Told(); err != nil || told.sold() != want {
			t.Errorf("%s: got %+v, %v, want sold %v", session, told, err, want)
		}
	}
}
