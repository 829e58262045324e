package journey

import (
	"slices"
	"testing"

	"tributary/shared/event"
)

// Ensures that the first payment after a trial is the sale and the next ones are renewals, in whatever order they arrive,
// and that a renewal of which no trial is known stays one.
func TestTheFirstPaymentAfterATrialIsTheSale(t *testing.T) {
	of := func(id, order, kind string, at int64, changes ...change) *event.Event {
		return made("conversion", id, at, append([]change{under(order), user("u"), props(`{"kind":"` + kind + `","subscription":"sub_1"}`)}, changes...)...)
	}
	trial := of("t", "sub_1", "trial", noon)
	events := []*event.Event{
		trial, of("i1", "in_1", "renewal", noon+14*day, value(5_000, "USD")), of("i2", "in_2", "renewal", noon+44*day, value(5_000, "USD")),
	}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {1, 0, 2}} {
		m := newMemory(testSite())
		for _, i := range order {
			m.deliver(t, events[i])
		}
		got := m.conversions(t)
		if got["O#sub_1"].Counts != 0 || got["O#in_1"].Counts != 1 || got["O#in_1"].Kind != "order" || got["O#in_1"].Number != 1 || got["O#in_2"].Counts != 0 || got["O#in_2"].Orders != 1 {
			t.Errorf("%v: got %+v", order, got)
		}
	}
	m := newMemory(testSite())
	m.deliver(t, slices.Clone(events[1:])...)
	if got := m.conversions(t); got["O#in_1"].Counts != 0 || got["O#in_2"].Counts != 0 {
		t.Errorf("without a trial: got %+v, want two renewals", got)
	}
}

// Ensures that a sale of which one reporter knows the kind has it, though another reported it first.
func TestWhoKnowsTheKindTellsIt(t *testing.T) {
	m := newMemory(testSite())
	m.deliver(t, made("conversion", "pi", noon, under("pi_1"), user("u"), value(5_000, "USD")))
	m.deliver(t, made("conversion", "inv", noon+5, under("in_1"), user("u"), value(5_000, "USD"), props(`{"kind":"renewal"}`)))
	m.deliver(t, made("conversion", "link", noon+9, under("in_1", "pi_1")))
	got := m.conversions(t)
	if len(got) != 1 || got["O#in_1"].Kind != "renewal" || got["O#in_1"].Counts != 0 || got["O#in_1"].Value != 5_000 {
		t.Errorf("got %+v, want one renewal", got)
	}
}

// Ensures that a charge's total and its single refunds count each cent once, whichever come and however they arrive.
func TestTotalsAndRefundsCountOnce(t *testing.T) {
	refund := func(id, re string, at, minor int64) *event.Event {
		return back(id, at, value(minor, "USD"), props(`{"refund_id":"`+re+`","charge":"ch"}`))
	}
	total := func(id string, at, minor int64) *event.Event {
		return back(id, at, value(minor, "USD"), props(`{"refund_total":true,"charge":"ch"}`))
	}
	failed := func(id, re string, at, minor int64) *event.Event {
		e := refund(id, re, at, minor)
		e.Type = "refund_reversed"
		return e
	}
	for _, c := range []struct {
		name   string
		events []*event.Event
		net    int64
	}{
		{"totals alone", []*event.Event{total("t1", noon+1, 2_000), total("t2", noon+9, 5_000)}, 5_000},
		{"refunds alone", []*event.Event{refund("r1", "re_1", noon+1, 2_000), refund("r2", "re_2", noon+9, 3_000)}, 5_000},
		{"both", []*event.Event{refund("r1", "re_1", noon+1, 2_000), total("t1", noon+1, 2_000), refund("r2", "re_2", noon+9, 3_000), total("t2", noon+9, 5_000)}, 5_000},
		{"a refund that is missing", []*event.Event{total("t1", noon+1, 2_000), refund("r2", "re_2", noon+9, 3_000), total("t2", noon+9, 5_000)}, 5_000},
		{"a total that is missing", []*event.Event{refund("r1", "re_1", noon+1, 2_000), refund("r2", "re_2", noon+9, 3_000), total("t2", noon+9, 5_000)}, 5_000},
		{"one twice", []*event.Event{refund("r1", "re_1", noon+1, 2_000), refund("r1b", "re_1", noon+1, 2_000), total("t1", noon+1, 2_000), total("t1b", noon+2, 2_000)}, 8_000},
		{"one that failed", []*event.Event{refund("r1", "re_1", noon+1, 2_000), total("t1", noon+1, 2_000), failed("f1", "re_1", noon+5, 2_000)}, 10_000},
	} {
		for range len(c.events) {
			c.events = append(c.events[1:], c.events[0])
			m := newMemory(testSite())
			m.deliver(t, sold("c"))
			for _, e := range c.events {
				m.deliver(t, e)
			}
			if got := m.conversions(t)["O#o"]; got.Net != c.net {
				t.Errorf("%s: net %d, want %d: %+v", c.name, got.Net, c.net, got.Refunds)
			}
		}
	}
}

// Ensures that a reporter who corrects a value is believed, whatever arrives last, and that a less trusted one is not.
func TestRevisedValues(t *testing.T) {
	events := []*event.Event{
		sold("c1", value(10_000, "USD")), sold("c2", value(12_000, "USD"), props(`{"revised":1}`)), sold("c3", value(9_000, "USD"), props(`{"revised":2}`)),
		sold("c4", value(1, "USD"), props(`{"revised":9}`)),
	}
	events[3].Trust = event.TrustPublic
	for _, e := range events[:3] {
		e.Trust = event.TrustWebhook
	}
	for range events {
		events = append(events[1:], events[0])
		m := newMemory(testSite())
		for _, e := range events {
			m.deliver(t, e)
		}
		if got := m.conversions(t)["O#o"]; got.Value != 9_000 {
			t.Errorf("got %d, want 9000", got.Value)
		}
	}
}
