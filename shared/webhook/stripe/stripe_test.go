package stripe

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/settings"
	"tributary/shared/webhook/webhooktest"
)

// read makes events of fixtures, in their order.
func read(t testing.TB, files ...string) []*event.Event {
	t.Helper()
	var all []*event.Event
	for _, file := range files {
		events, _ := webhooktest.Read(t, &Provider, &settings.Connection{Provider: "stripe"}, webhooktest.Delivery(t, file+".json", nil))
		all = append(all, events...)
	}
	return all
}

// Ensures what each of Stripe's events becomes.
func TestMeanings(t *testing.T) {
	type said struct{ Type, Order, Aliases, Value, Kind, IDs string }
	const ada = "P#stripe:cus_Q1w2E3"
	for _, c := range []struct {
		file string
		want []said
	}{
		{"checkout.session.completed", []said{{"conversion", "1001", "pi_3Pay1 cs_live_a1B2c3", "4998 EUR", "order", "customer mail phone visitor"}}},
		{"checkout.session.completed.unpaid", []said{{"identify", "", "", "", "", "customer mail phone visitor"}}},
		{"checkout.session.async_payment_succeeded", []said{{"conversion", "pi_3Sepa", "cs_live_sepa", "4998 EUR", "order", "customer mail phone visitor"}}},
		{"checkout.session.completed.subscription", []said{{"conversion", "in_1First", "cs_live_sub", "2900 EUR", "", "customer mail phone visitor"}}},
		{"checkout.session.completed.trial", []said{{"conversion", "sub_1Tri", "cs_live_trial in_1Zero", "", "trial", "customer mail phone visitor"}}},
		{"payment_intent.succeeded", []said{{"conversion", "pi_3Pay1", "ch_3Pay1", "4998 EUR", "", "customer"}}},
		{"payment_intent.succeeded.jpy", []said{{"conversion", "pi_3Jpy", "ch_3Jpy", "4200 JPY", "", "mail"}}},
		{"charge.succeeded", []said{{"conversion", "pi_3Pay1", "ch_3Pay1", "4998 EUR", "", "customer mail"}}},
		{"charge.succeeded.uncaptured", []said{{"charge.succeeded", "", "", "", "", "customer"}}},
		{"charge.captured", []said{{"conversion", "pi_3Hold", "ch_3Hold", "3000 EUR", "", "customer mail"}}},
		{"invoice.paid.first", []said{{"conversion", "in_1First", "", "2900 EUR", "order", "customer mail"}}},
		{"invoice.paid.renewal", []said{{"conversion", "in_1Renew", "", "2900 EUR", "renewal", "customer mail"}}},
		{"invoice.paid.upgrade", []said{{"conversion", "in_1Up", "", "1450 EUR", "upgrade", "customer mail"}}},
		{"invoice.paid.trial", []said{{"conversion", "sub_1Tri", "in_1Zero", "", "trial", "customer mail"}}},
		{"invoice_payment.paid", []said{{"conversion", "in_1Renew", "pi_3Renew", "", "", ""}}},
		{"customer.subscription.created", []said{{"conversion", "sub_1Tri", "", "", "trial", "customer"}}},
		{"customer.subscription.updated", []said{{"conversion", "sub_1Tri", "", "", "trial", "customer"}}},
		{"customer.subscription.deleted", []said{{"cancel", "", "", "", "", "customer"}}},
		{"customer.created", []said{{"identify", "", "", "", "", "customer mail user"}}},
		{"refund.created", []said{{"refund", "", "pi_3Pay1 ch_3Pay1", "1500 EUR", "", ""}}},
		{"refund.failed", []said{{"refund", "", "pi_3Pay1 ch_3Pay1", "3498 EUR", "", ""}, {"refund_reversed", "", "pi_3Pay1 ch_3Pay1", "3498 EUR", "", ""}}},
		{"charge.refunded", []said{{"refund", "", "pi_3Pay1 ch_3Pay1", "1500 EUR", "", "customer"}}},
		{"charge.refunded.before_2022", []said{{"refund", "", "pi_3Old ch_3Old", "1000 EUR", "", ""}}},
		{"charge.dispute.funds_withdrawn", []said{{"refund", "", "pi_3Pay1 ch_3Pay1", "4998 EUR", "", ""}}},
		{"charge.dispute.funds_reinstated", []said{{"refund_reversed", "", "pi_3Pay1 ch_3Pay1", "4998 EUR", "", ""}}},
		{"payout.paid", []said{{"payout.paid", "", "", "", "", ""}}},
	} {
		var got []said
		for _, e := range read(t, c.file) {
			s := said{Type: e.Type, Order: e.OrderID, Aliases: strings.Join(e.OrderAliases, " "), Kind: property(e, "kind")}
			if e.HasValue {
				s.Value = strconv.FormatInt(e.Value, 10) + " " + e.Currency
			}
			names := strings.NewReplacer(ada, "customer", "A#a-7f3c", "visitor", "U#u-1", "user")
			var ids []string
			for _, id := range e.IDs() {
				switch id[0] {
				case 'E':
					id = "mail"
				case 'F':
					id = "phone"
				}
				ids = append(ids, names.Replace(id))
			}
			if len(ids) > 0 && ids[0] == "user" { // strongest first
				ids = append(ids[1:], "user")
			}
			s.IDs = strings.Join(ids, " ")
			got = append(got, s)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.file, diff)
		}
	}
}

// Ensures that session, payment intent and charge are one sale, under the shop's own order, of one person, whichever come
// and in whatever order; and that refunds told in either way, or both, are taken back once.
func TestOneSale(t *testing.T) {
	for _, c := range []struct {
		name, order string
		files       []string
		net, count  int64
	}{
		{"all names", "1001", []string{"checkout.session.completed", "payment_intent.succeeded", "charge.succeeded"}, 4998, 1},
		{"no session", "pi_3Pay1", []string{"payment_intent.succeeded", "charge.succeeded", "customer.created"}, 4998, 1},
		{"refunded in part, by refund.*", "1001", []string{"checkout.session.completed", "refund.created", "refund.updated"}, 3498, 1},
		{"refunded in part, by charge.refunded", "1001", []string{"checkout.session.completed", "charge.refunded"}, 3498, 1},
		{"refunded in part, by both", "1001", []string{"checkout.session.completed", "refund.created", "charge.refunded", "refund.updated", "charge.succeeded"}, 3498, 1},
		{"refunded whole, by refund.*", "1001", []string{"checkout.session.completed", "refund.created", "refund.created.second"}, 0, 0},
		{"refunded whole, by charge.refunded", "1001", []string{"checkout.session.completed", "charge.refunded", "charge.refunded.second"}, 0, 0},
		{"refunded whole, the first charge.refunded lost", "1001", []string{"checkout.session.completed", "charge.refunded.second"}, 0, 0},
		{"refunded whole, by both", "1001", []string{"checkout.session.completed", "refund.created", "charge.refunded", "refund.created.second", "charge.refunded.second"}, 0, 0},
		{"a refund that failed", "1001", []string{"checkout.session.completed", "refund.created", "charge.refunded", "refund.created.second", "charge.refunded.second", "refund.failed"}, 3498, 1},
		{"a refund that failed, of which only that is told", "1001", []string{"checkout.session.completed", "refund.failed"}, 4998, 1},
		{"a dispute", "1001", []string{"checkout.session.completed", "charge.dispute.funds_withdrawn"}, 0, 0},
		{"a dispute that was won", "1001", []string{"checkout.session.completed", "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"}, 4998, 1},
	} {
		webhooktest.Orders(read(t, c.files...), func(arrived []*event.Event) {
			sales := webhooktest.Sales(t, arrived)
			got, ok := sales[c.order]
			if !ok || len(sales) != 1 || got.Net != c.net || got.NetCount != c.count || got.Value != 4998 {
				t.Errorf("%s: got %+v, want %s alone, net %d", c.name, sales, c.order, c.net)
			}
		})
	}
}

// Ensures that a subscription is a trial, one new sale and renewals, of one customer, however its events arrive, and that
// Basil's payments without an invoice count nothing of their own.
func TestSubscriptions(t *testing.T) {
	type said struct {
		Kind                  string
		Counts, Orders, Value int64
	}
	for _, c := range []struct {
		name  string
		files []string
		want  map[string]said
	}{
		{
			"from the first payment on",
			[]string{"checkout.session.completed.subscription", "invoice.paid.first", "payment_intent.succeeded.renewal", "invoice_payment.paid", "invoice.paid.renewal"},
			map[string]said{"in_1First": {"order", 1, 1, 2900}, "in_1Renew": {"renewal", 0, 1, 2900}},
		},
		{
			"an upgrade",
			[]string{"invoice.paid.first", "invoice.paid.upgrade"},
			map[string]said{"in_1First": {"order", 1, 1, 2900}, "in_1Up": {"upgrade", 1, 1, 1450}},
		},
		{
			"a trial, and what is paid after it",
			[]string{"checkout.session.completed.trial", "customer.subscription.created", "invoice.paid.trial", "customer.subscription.updated", "invoice.paid.after_trial"},
			map[string]said{"sub_1Tri": {"trial", 0, 0, 0}, "in_1After": {"order", 1, 1, 2900}},
		},
		{
			"the end of a trial of which nothing was heard",
			[]string{"customer.subscription.updated", "invoice.paid.after_trial"},
			map[string]said{"sub_1Tri": {"trial", 0, 0, 0}, "in_1After": {"order", 1, 1, 2900}},
		},
		{"history that begins in the middle", []string{"invoice.paid.renewal"}, map[string]said{"in_1Renew": {"renewal", 0, 1, 2900}}},
	} {
		webhooktest.Orders(read(t, c.files...), func(arrived []*event.Event) {
			got := map[string]said{}
			for order, s := range webhooktest.Sales(t, arrived) {
				got[order] = said{s.Kind, s.Counts, s.Orders, s.Value}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
		})
	}
}

// Ensures that amounts are read with Stripe's decimals, and checked with those of ISO 4217.
func TestAmounts(t *testing.T) {
	for _, c := range []struct {
		currency, amount, want string
		refused                bool
	}{
		{"usd", "4200", "4200 USD", false},
		{"jpy", "4200", "4200 JPY", false},
		{"kwd", "4200", "4200 KWD", false},
		{"isk", "4200", "42 ISK", false},
		{"isk", "4250", "", true},
		{"ugx", "4200", "42 UGX", false},
		{"mga", "4200", "420000 MGA", false},
		{"usd", "1", "1 USD", false},
		{"xyz", "4200", "", true},
		{"usd", "1e3", "", true},
		{"usd", "42.5", "", true},
	} {
		d := webhooktest.Delivery(t, "payment_intent.succeeded.json", nil)
		body := strings.NewReplacer(`"currency": "eur"`, `"currency": "`+c.currency+`"`, `"amount_received": 4998`, `"amount_received": `+c.amount).Replace(string(d.Body))
		d.Body = []byte(body)
		m, err := Read(nil, d)
		if err != nil {
			t.Fatal(err)
		}
		e, err := event.FromFields(m.Events[0], event.Door{Trust: event.TrustWebhook})
		if c.refused != (err != nil) {
			t.Errorf("%s %s: got %v", c.amount, c.currency, err)
		} else if err == nil && strconv.FormatInt(e.Value, 10)+" "+e.Currency != c.want {
			t.Errorf("%s %s: got %d %s, want %s", c.amount, c.currency, e.Value, e.Currency, c.want)
		}
	}
}

// Ensures that what is no event of Stripe's is refused with a reason, so that it is kept.
func TestRefusals(t *testing.T) {
	for _, body := range []string{``, `[]`, `{}`, `{"id":"evt_1"}`, `{"id":"evt_1","id":"evt_2","type":"x"}`} {
		d := webhooktest.Delivery(t, "payout.paid.json", nil)
		d.Body = []byte(body)
		if _, err := Read(nil, d); err == nil {
			t.Errorf("%q is taken", body)
		}
	}
}

// property is a property of an event as text.
func property(e *event.Event, name string) string {
	var m map[string]any
	if json.Unmarshal([]byte(e.Props), &m) != nil {
		return ""
	}
	s, _ := m[name].(string)
	return s
}
