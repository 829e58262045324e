package figures

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/shared/attribution"
	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// bench is a site on a real engine, with what kpi counted of its events and orders.
type bench struct {
	*Reader
	t     *testing.T
	site  settings.Site
	moves []kpi.Move
}

// newBench tells, of three days, this story:
//
//	3 January  a visit of spring, by e-mail                                      the days before
//	4 January  two visits of newsletter, by e-mail
//	5 January  a visit of spring and one of 777, spring's other name, by search; 777 costs 4.00
//	6 January  a visit of spring, by e-mail, which costs 1.00; a direct one; a bot's click
//	           order o1 of 30.00, of which 20.00 are given back, after 777 by search and spring by e-mail
//	           order o2 of 5.00, after the direct visit
func newBench(t *testing.T) *bench {
	t.Helper()
	st := storetest.Open(t)
	site, found, err := st.Site(t.Context(), storetest.MakeSite(t, st, `{"currency":"USD","model":"last_touch","lookback_days":30}`))
	if err != nil || !found {
		t.Fatal(found, err)
	}
	b := &bench{Reader: New(st, func() time.Time { return parsedAt }), t: t, site: site}
	for _, e := range []event.Event{
		visit("v1", "2026-01-03", "spring", "Email"), visit("v2", "2026-01-04", "newsletter", "Email"), visit("v3", "2026-01-04", "newsletter", "Email"),
		visit("v4", "2026-01-05", "spring", "Paid Search"), visit("v5", "2026-01-05", "777", "Paid Search"), spend("s1", "2026-01-05", "777", "Paid Search", 4_000_000),
		visit("v6", "2026-01-06", "spring", "Email"), spend("s2", "2026-01-06", "spring", "Email", 1_000_000), visit("v7", "2026-01-06", "", "Direct"),
		{ID: "bot", Type: "click", Time: noonOf("2026-01-06"), Campaign: "spring", Channel: "Email", Agent: event.AgentBot},
	} {
		b.tell(e)
	}
	b.sell("o1", 3000, 1000, touch("v5", "2026-01-05", "777", "Paid Search"), touch("v6", "2026-01-06", "spring", "Email"))
	b.sell("o2", 500, 500, touch("v7", "2026-01-06", "", "Direct"))
	f := kpi.NewFold("stream/"+site.ID, parsedAt)
	f.Add(fmt.Sprintf("%040d", 1), "1", b.moves)
	if _, err := f.Apply(t.Context(), kpi.NewDirectory(st, st), nil); err != nil {
		t.Fatal(err)
	}
	return b
}

func noonOf(day string) int64 {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return at.Add(12 * time.Hour).UnixMilli()
}

func visit(id, day, campaign, channel string) event.Event {
	return event.Event{ID: id, Type: "visit", Time: noonOf(day), AnonymousID: id, Campaign: campaign, Channel: channel}
}

func spend(id, day, campaign, channel string, micros int64) event.Event {
	return event.Event{ID: id, Type: "spend", Time: noonOf(day), Campaign: campaign, Channel: channel, HasCost: true, Cost: micros, Currency: "USD"}
}

func touch(id, day, campaign, channel string) journey.Touch {
	return journey.Touch{ID: id, Time: noonOf(day), Type: "visit", Campaign: campaign, Channel: channel}
}

// tell stores an event, and notes what kpi counts of it.
func (b *bench) tell(e event.Event) {
	b.t.Helper()
	e.Site, e.Hash = b.site.ID, "h"
	if _, err := b.store.PutEvent(b.t.Context(), &e); err != nil {
		b.t.Fatal(err)
	}
	b.moves = append(b.moves, kpi.Moves(&e)...)
}

// sell stores the record of an order in the evening of 6 January, as journey does, and notes what kpi counts of it.
func (b *bench) sell(order string, value, net int64, touches ...journey.Touch) {
	b.t.Helper()
	c := journey.Conversion{
		Order: order, Event: "sold-" + order, Time: noonOf("2026-01-06") + 6*60*60*1000, Goal: "purchase", Primary: true, Counts: 1, NetCount: 1, Orders: 1, NetOrders: 1,
		Value: value, Net: net, Currency: "USD", Person: "U#" + order, Number: 1, Model: attribution.LastTouch, Lookback: 30 * attribution.Day, Touches: touches,
	}
	goal := kpi.Key{Site: b.site.ID, Dimension: kpi.ByGoal, Value: c.Goal, Bucket: kpi.Bucket(c.Time, false)}
	moves := []kpi.Move{{Key: goal, Measure: kpi.Conversions, Amount: 1}, {Key: goal, Measure: kpi.RevenueGross, Amount: value}, {Key: goal, Measure: kpi.RevenueNet, Amount: net}}
	moves = append(moves, c.CreditedBy(c.Model, b.site.ID, false)...)
	body, err := json.Marshal(c)
	if err != nil {
		b.t.Fatal(err)
	}
	r := journey.Record{Node: "O#" + order, Digest: "d", Time: c.Time, Moves: kpi.EncodeMoves(moves), Body: string(body)}
	if won, err := b.store.PutRecord(b.t.Context(), b.site.ID, journey.KindConversion, r); err != nil || !won {
		b.t.Fatal(won, err)
	}
	b.moves = append(b.moves, moves...)
}

// alias says that 777 is another name of spring.
func (b *bench) alias() {
	b.t.Helper()
	_, err := b.store.PutSetting(b.t.Context(), store.ShelfOf(b.site.ID, "campaigns"), store.Setting{ID: "spring", Body: []byte(`{"id":"spring","aliases":["777"]}`)})
	if err != nil {
		b.t.Fatal(err)
	}
}

// query is asked of 5 and 6 January.
func (b *bench) query(params string) *Query {
	b.t.Helper()
	values, err := url.ParseQuery("from=2026-01-05&to=2026-01-07&" + strings.ReplaceAll(params, " ", "%20"))
	if err != nil {
		b.t.Fatal(err)
	}
	q, err := Parse(values, b.site, parsedAt)
	if err != nil {
		b.t.Fatal(err)
	}
	return q
}

// rows are the answer's, each as its labels and figures in order of name.
func (b *bench) rows(params string) (list []string) {
	b.t.Helper()
	a, err := b.KPIs(b.t.Context(), b.query(params))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, row := range a.Rows {
		var cells []string
		for name, v := range row {
			cells = append(cells, fmt.Sprintf("%s=%v", name, v))
		}
		slices.Sort(cells)
		list = append(list, strings.Join(cells, " "))
	}
	return list
}
