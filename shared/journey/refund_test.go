package journey

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
)

func TestRefunds(t *testing.T) {
	type want struct {
		Value, Net, NetCount int64
		Refunds              []Refund
	}
	id := func(r string) change { return props(`{"refund_id":"` + r + `"}`) }
	reversed := func(e string, at int64, changes ...change) *event.Event {
		r := back(e, at, changes...)
		r.Type = "refund_reversed"
		return r
	}
	for _, c := range []struct {
		name   string
		events []*event.Event
		want   want
	}{
		{"none", []*event.Event{sold("c")}, want{10_000, 10_000, 1, nil}},
		{
			"a part",
			[]*event.Event{sold("c"), back("r", noon+day, value(2_500, "USD"))},
			want{10_000, 7_500, 1, []Refund{{Time: noon + day, Amount: 2_500}}},
		},
		{
			"two parts make the whole",
			[]*event.Event{sold("c"), back("r1", noon+day, value(2_500, "USD")), back("r2", noon+2*day, value(7_500, "USD"))},
			want{10_000, 0, 0, []Refund{{Time: noon + day, Amount: 2_500}, {Time: noon + 2*day, Amount: 7_500}}},
		},
		{
			"dated before its sale",
			[]*event.Event{sold("c"), back("r", noon-day, value(2_500, "USD"))},
			want{10_000, 7_500, 1, []Refund{{Time: noon - day, Amount: 2_500}}},
		},
		{"no value: all of it", []*event.Event{sold("c"), back("r", noon+day)}, want{10_000, 0, 0, []Refund{{Time: noon + day, Amount: 10_000}}}},
		{
			"no value: all that is left",
			[]*event.Event{sold("c"), back("r1", noon+day, value(4_000, "USD")), back("r2", noon+2*day)},
			want{10_000, 0, 0, []Refund{{Time: noon + day, Amount: 4_000}, {Time: noon + 2*day, Amount: 6_000}}},
		},
		{
			"no value and nothing left",
			[]*event.Event{sold("c"), back("r1", noon+day), back("r2", noon+2*day)},
			want{10_000, 0, 0, []Refund{{Time: noon + day, Amount: 10_000}}},
		},
		{
			"more than the sale",
			[]*event.Event{sold("c"), back("r", noon+day, value(12_000, "USD"))},
			want{10_000, -2_000, 0, []Refund{{Time: noon + day, Amount: 12_000}}},
		},
		{
			"one refund_id twice: the earliest",
			[]*event.Event{sold("c"), back("r1", noon+2*day, id("x"), value(1_000, "USD")), back("r2", noon+day, id("x"), value(3_000, "USD"))},
			want{10_000, 7_000, 1, []Refund{{"x", noon + day, 3_000}}},
		},
		{
			"two refund_ids are two",
			[]*event.Event{sold("c"), back("r1", noon+day, id("x"), value(1_000, "USD")), back("r2", noon+day, id("y"), value(1_000, "USD"))},
			want{10_000, 8_000, 1, []Refund{{"x", noon + day, 1_000}, {"y", noon + day, 1_000}}},
		},
		{
			"reversed by its id",
			[]*event.Event{sold("c"), back("r", noon+day, id("x")), reversed("v", noon+3*day, id("x"))},
			want{10_000, 10_000, 1, []Refund{{"x", noon + day, 10_000}, {"x", noon + 3*day, -10_000}}},
		},
		{
			"reversed in part",
			[]*event.Event{sold("c"), back("r", noon+day, id("x")), reversed("v", noon+3*day, id("x"), value(4_000, "USD"))},
			want{10_000, 4_000, 1, []Refund{{"x", noon + day, 10_000}, {"x", noon + 3*day, -4_000}}},
		},
		{"a reversal waits for its refund", []*event.Event{sold("c"), reversed("v", noon+day, id("x"))}, want{10_000, 10_000, 1, nil}},
		{
			"a reversal dated before its refund",
			[]*event.Event{sold("c"), reversed("v", noon+day, id("x")), back("r", noon+2*day, id("x"), value(500, "USD"))},
			want{10_000, 10_000, 1, []Refund{{"x", noon + 2*day, 500}, {"x", noon + day, -500}}},
		},
		{
			"reversed twice under one id",
			[]*event.Event{sold("c"), back("r", noon+day, id("x")), reversed("v", noon+2*day, id("x")), reversed("w", noon+3*day, id("x"))},
			want{10_000, 10_000, 1, []Refund{{"x", noon + day, 10_000}, {"x", noon + 2*day, -10_000}}},
		},
		{
			"reversed and given back again",
			[]*event.Event{sold("c"), back("r", noon+day, id("x"), value(4_000, "USD")), reversed("v", noon+2*day, id("x")), back("q", noon+3*day)},
			want{10_000, 0, 0, []Refund{{"x", noon + day, 4_000}, {"x", noon + 2*day, -4_000}, {Time: noon + 3*day, Amount: 10_000}}},
		},
		{
			"a reversal that names nothing takes all back",
			[]*event.Event{sold("c"), back("r", noon+day, value(4_000, "USD")), reversed("v", noon+2*day)},
			want{10_000, 10_000, 1, []Refund{{Time: noon + day, Amount: 4_000}, {Time: noon + 2*day, Amount: -4_000}}},
		},
		{
			"each amount at its own day's rate",
			[]*event.Event{sold("c", value(1_001, "EUR")), back("r", noon+10*day, value(1_001, "EUR"))},
			want{1_101, 1_101 - 1_201, 0, []Refund{{Time: noon + 10*day, Amount: 1_201}}},
		},
		{"half a cent away from zero", []*event.Event{sold("c", value(5, "EUR"))}, want{6, 6, 1, nil}},
		{"a currency without minor units", []*event.Event{sold("c", value(1_000, "JPY"))}, want{650, 650, 1, nil}},
		{
			"another currency than the sale's",
			[]*event.Event{sold("c"), back("r", noon+day, value(1_000, "EUR")), back("q", noon+2*day)},
			want{10_000, 0, 0, []Refund{{Time: noon + day, Amount: 1_100}, {Time: noon + 2*day, Amount: 8_900}}},
		},
		{"a value of nothing is never fully refunded", []*event.Event{sold("c", value(0, "USD")), back("r", noon+day)}, want{0, 0, 1, nil}},
		{"a bot's refund", []*event.Event{sold("c"), back("r", noon+day, bot)}, want{10_000, 10_000, 1, nil}},
		{"a currency without a rate is not guessed", []*event.Event{sold("c"), back("r", noon+day, value(500, "CHF"))}, want{10_000, 10_000, 1, nil}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemory(testSite())
			for i := range c.events { // the last first: nothing depends on arrival
				m.deliver(t, c.events[len(c.events)-1-i])
			}
			r, ok := m.conversions(t)["O#o"]
			if !ok {
				t.Fatalf("no record of the order: %v", m.records)
			}
			if diff := cmp.Diff(c.want, want{r.Value, r.Net, r.NetCount, r.Refunds}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefundWithoutItsSale(t *testing.T) {
	m := newMemory(testSite())
	m.deliver(t, back("r", noon, value(2_500, "USD")))
	c := m.conversions(t)["O#o"]
	if c.Counts != 0 || c.Value != 0 || c.Net != 0 || len(c.Refunds) != 1 || m.records["O#o"].Time != 0 {
		t.Errorf("a refund alone is %+v at %d; want its amount and nothing else, outside of every range", c, m.records["O#o"].Time)
	}
	m.deliver(t, sold("c"))
	if c := m.conversions(t)["O#o"]; c.Net != 7_500 || m.records["O#o"].Time != noon {
		t.Errorf("once the sale is known its net value is %d, want 7500", c.Net)
	}
}

func TestAmountsWithoutARateAreMarked(t *testing.T) {
	m := newMemory(testSite())
	m.deliver(t, sold("c", value(500, "CHF")))
	if c := m.conversions(t)["O#o"]; !c.Unconverted || c.Value != 0 || c.Counts != 1 || c.Sold != 500 || c.SoldCurrency != "CHF" {
		t.Errorf("got %+v, want a conversion without a value, marked", c)
	}
}
