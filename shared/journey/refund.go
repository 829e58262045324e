package journey

import (
	"encoding/json"

	"tributary/shared/event"
	"tributary/shared/settings"
)

// amount is money as it was said, and in the site's currency by the rate of its own day.
type amount struct {
	minor    int64
	currency string
	site     int64
	ok       bool // there was a rate
}

func convert(site *settings.Site, minor int64, currency string, at int64) amount {
	n, ok := site.Convert(minor, currency, at)
	return amount{minor, currency, n, ok}
}

// ledger books a sale's refunds in the order in which they happened. What is given back is kept in the sale's own
// currency, which alone tells a full refund exactly, and in the site's.
type ledger struct {
	site    *settings.Site
	gross   *amount // nil while the sale itself is not known
	own     int64   // given back, in the sale's currency; right only while foreign is false
	total   int64   // given back, in the site's currency
	foreign bool    // some refund is in another currency than the sale
	missing bool    // some refund had no rate and is not in total
	given   map[string]amount
	parked  map[string]*event.Event // reversals of refunds that have not come yet, by refund_id
	entries []Refund
}

// refunded books the refunds of a sale. Those that name a refund_id count once, the earliest; a reversal waits for the
// refund that it names.
func refunded(site *settings.Site, s *sale, gross *amount) *ledger {
	l := &ledger{site: site, gross: gross, given: map[string]amount{}, parked: map[string]*event.Event{}}
	done, sums := map[string]bool{}, map[string]int64{}
	for _, e := range s.refunds {
		id := property(e, "refund_id")
		switch {
		case e.Type == "refund" && property(e, refundTotal) == "true":
			l.upTo(e, s.refunds, sums)
		case e.Type == "refund_reversed" && id == "":
			l.reverse(e, id, amount{minor: l.own, currency: l.currency()})
		case e.Type == "refund_reversed":
			if of, known := l.given[id]; !known && l.parked[id] == nil {
				l.parked[id] = e
			} else if known && !done[id] && l.parked[id] == nil {
				done[id] = true
				l.reverse(e, id, of)
			}
		default:
			l.refund(e, id)
		}
	}
	return l
}

// refund books one refund, and the reversal that came before it.
func (l *ledger) refund(e *event.Event, id string) {
	if _, again := l.given[id]; again && id != "" {
		return
	}
	a, known := l.said(e)
	if !known {
		a = l.left(e.Time)
	}
	l.given[id] = a
	l.book(e.Time, id, a)
	if early := l.parked[id]; early != nil && id != "" {
		l.reverse(early, id, a)
	}
}

// reverse takes back what the reversal says, else the whole of what it reverses.
func (l *ledger) reverse(e *event.Event, id string, of amount) {
	a, known := l.said(e)
	switch {
	case known:
	case l.foreign && id == "":
		a = amount{l.total, l.site.Currency, l.total, true}
	default:
		a = convert(l.site, of.minor, of.currency, e.Time)
	}
	a.minor, a.site = -a.minor, -a.site
	l.book(e.Time, id, a)
}

// said is the amount that the event names; without a currency it is in the sale's.
func (l *ledger) said(e *event.Event) (amount, bool) {
	currency := e.Currency
	if currency == "" {
		currency = l.currency()
	}
	if !e.HasValue || currency == "" {
		return amount{}, false
	}
	return convert(l.site, e.Value, currency, e.Time), true
}

// left is all that has not been given back yet: nothing while the sale is not known.
func (l *ledger) left(at int64) amount {
	switch {
	case l.gross == nil:
		return amount{ok: true}
	case l.foreign:
		n := max(0, l.gross.site-l.total)
		return amount{n, l.site.Currency, n, true}
	}
	return convert(l.site, max(0, l.gross.minor-l.own), l.gross.currency, at)
}

func (l *ledger) book(at int64, id string, a amount) {
	if l.gross != nil && a.currency != l.gross.currency && a.minor != 0 {
		l.foreign = true
	}
	l.own += a.minor
	if !a.ok && a.minor != 0 {
		l.missing = true
		return
	}
	l.total += a.site
	if a.site != 0 {
		l.entries = append(l.entries, Refund{ID: id, Time: at, Amount: a.site})
	}
}

func (l *ledger) currency() string {
	if l.gross == nil {
		return ""
	}
	return l.gross.currency
}

// full reports that the whole sale was given back, judged in its own currency where that can be done.
func (l *ledger) full() bool {
	switch {
	case l.gross == nil || l.gross.minor <= 0:
		return false
	case l.foreign:
		return l.total >= l.gross.site
	}
	return l.own >= l.gross.minor
}

// property reads one of an event's properties as text; empty when absent.
func property(e *event.Event, name string) string {
	if e.Props == "" {
		return ""
	}
	var all map[string]json.RawMessage
	if json.Unmarshal([]byte(e.Props), &all) != nil {
		return ""
	}
	var text string
	if json.Unmarshal(all[name], &text) == nil {
		return text
	}
	return string(all[name])
}
