package postback

import (
	"testing"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/webhooktest"
)

const (
	revenue = `{"provider":"postback","secrets":["0123456789abcdef"],"postback":{"payout":"revenue","currency":"USD"}}`
	cost    = `{"provider":"postback","secrets":["0123456789abcdef"],"postback":{"payout":"cost","currency":"USD","campaign":"partners"}}`
	both    = `{"provider":"postback","secrets":["0123456789abcdef"],"postback":{"sales":true,"currency":"USD"}}`
)

func read(t testing.TB, c *settings.Connection, query string) []*event.Event {
	t.Helper()
	events, _ := webhooktest.Read(t, &Provider, c, &webhook.Delivery{Method: "GET", Query: query, Header: map[string]string{}, Now: webhooktest.Arrival})
	return events
}

// Ensures what a payout that is revenue means: one order a transaction, with what was settled, taken back when rejected, in
// whatever order and however often the network calls.
func TestRevenue(t *testing.T) {
	c := webhooktest.Connection(t, revenue)
	const base = "token=0123456789abcdef&click_id=clk-1&txid=t-9&time=1772366400&offer_id=7&payout="
	wait, yes, no := base+"4.50&status=pending", base+"5.125&status=APPROVED", base+"&status=rejected"
	for _, s := range []struct {
		name       string
		calls      []string
		gross, net int64
	}{
		{"pending", []string{wait}, 450, 450},
		{"approved at once", []string{yes}, 513, 513},
		{"settled at another amount", []string{wait, yes}, 513, 513},
		{"rejected", []string{wait, no}, 450, 0},
		{"rejected after it was approved", []string{wait, yes, no}, 513, 0},
	} {
		var events []*event.Event
		for _, q := range s.calls {
			events = append(events, read(t, c, q)...)
		}
		webhooktest.Orders(events, func(arrived []*event.Event) {
			sales := webhooktest.Sales(t, arrived)
			sale, ok := sales["c:t-9"]
			if len(sales) != 1 || !ok || sale.Sold != s.gross || sale.Net*2 != s.net && sale.Net*2 != s.net+1 {
				t.Errorf("%s: got %+v, want %d gross and %d net", s.name, sales, s.gross, s.net)
			}
		})
	}
	e := read(t, c, yes)[0]
	if e.AnonymousID != "clk-1" || e.ClickIDs["trb"] != "clk-1" || e.Time != 1772366400000 || e.Value != 513 || e.Props == "" {
		t.Errorf("got %+v", e)
	}
}

// Ensures what a payout that is cost means: spend of the channel, once a transaction, none while it is pending or rejected.
func TestCost(t *testing.T) {
	c := webhooktest.Connection(t, cost)
	for _, s := range []struct {
		query   string
		version int64
		cost    int64
	}{
		{"txid=t-9&status=pending&payout=4.5", 1, 0},
		{"txid=t-9&payout=4.512345", 2, 4_512345},
		{"txid=t-9&status=approved&payout=4,50", 2, 4_500000},
		{"txid=t-9&status=declined", 3, 0},
		{"transaction_id=t-9&state=REVERSED&payout={payout}", 3, 0},
	} {
		got := read(t, c, s.query)
		if len(got) != 1 {
			t.Fatalf("%s: %d events", s.query, len(got))
		}
		e := got[0]
		if e.Type != "spend" || e.ID != "c:t-9" || e.Version != s.version || e.Cost != s.cost || e.Channel != "Affiliates" || e.Campaign != "partners" || e.Date != "2026-11-01" {
			t.Errorf("%s: got %+v", s.query, e)
		}
	}
}

// Ensures that a network that alone reports the sale makes it, beside what it costs.
func TestSales(t *testing.T) {
	got := read(t, webhooktest.Connection(t, both), "txid=t-9&payout=5&amount=100&order_id=o-1&click_id=a&status=paid")
	if len(got) != 2 || got[0].Type != "spend" || got[1].Type != "conversion" || got[1].OrderID != "o-1" || got[1].Value != 10000 || got[0].ID == got[1].ID {
		t.Errorf("got %+v", got)
	}
	if gone := read(t, webhooktest.Connection(t, both), "txid=t-9&order_id=o-1&status=void"); len(gone) != 2 || gone[1].Type != "refund" || gone[1].OrderID != "o-1" {
		t.Errorf("got %+v", gone)
	}
}

// Ensures that the parameters of the usual networks are found, as README tells to write their macros.
func TestNetworks(t *testing.T) {
	for _, c := range []struct{ name, says, query, id string }{
		{"Everflow", ``, "click_id=a&payout=5&txid=ef1&status=approved", "c:ef1"},
		{"TUNE", ``, "aff_sub=a&payout=5&transaction_id=tn1", "c:tn1"},
		{"Voluum and its like", ``, "cid=a&payout=5&txid=v1&et=lead", "c:v1"},
		{"Impact", `,"postback":{"currency":"USD","payout":"cost"}`, "click_id=a&payout=5.00&txid=1234.5678.90&status=PENDING", "c:1234.5678.90"},
		{"CJ, by own names", `,"postback":{"currency":"USD","params":{"click_id":"shopperId","payout":"pubCommission","txid":"actionTrackerId","status":"actionStatus"},"statuses":{"pending":["new"],"rejected":["corrected"]}}`, "shopperId=a&pubCommission=5&actionTrackerId=cj1&actionStatus=closed", "c:cj1"},
		{"Awin, by numbers", `,"postback":{"currency":"GBP","statuses":{"approved":["1"],"rejected":["2"],"pending":["0"]}}`, "clickid=a&commission=5&transaction_id=aw1&status=1", "c:aw1"},
	} {
		says := c.says
		if says == "" {
			says = `,"postback":{"currency":"USD"}`
		}
		got := read(t, webhooktest.Connection(t, `{"provider":"postback","secrets":["0123456789abcdef"]`+says+`}`), c.query)
		if len(got) != 1 || got[0].Type != "spend" || got[0].ID != c.id {
			t.Errorf("%s: got %+v", c.name, got)
		}
	}
}

// Ensures that a word which nobody knows keeps its name, and that a URL which was set up wrongly is told.
func TestWhatIsOdd(t *testing.T) {
	c := webhooktest.Connection(t, revenue)
	if got := read(t, c, "txid=t&status=Chargeback+Review&payout=1"); len(got) != 1 || got[0].Type != "postback_chargeback review" {
		t.Errorf("got %+v", got)
	}
	for _, s := range []struct {
		query string
		code  fault.Code
		field string
	}{
		{"payout=5", fault.MissingField, "txid"},
		{"txid={transaction_id}&payout=5", fault.MissingField, "txid"},
		{"txid=t&payout=%7Bpayout%7D", fault.MissingField, "payout"},
		{"txid=t&payout=five", fault.InvalidAmount, "payout"},
		{"txid=t&payout=-5", fault.InvalidAmount, "payout"},
		{"txid=%zz", fault.InvalidQuery, ""},
		{"txid=t&payout=5&currency=EURO", fault.MissingField, "currency"},
	} {
		_, err := Read(c, &webhook.Delivery{Query: s.query})
		if f := fault.Of(err); f == nil || f.Code != s.code || f.Field != s.field {
			t.Errorf("%s: got %v, want %s of %s", s.query, err, s.code, s.field)
		}
	}
	form := &webhook.Delivery{Method: "POST", Body: []byte("txid=t&payout=5"), Header: map[string]string{"content-type": "application/x-www-form-urlencoded"}}
	if m, err := Read(c, form); err != nil || len(m.Events) != 1 {
		t.Errorf("a form: %v, %v", m, err)
	}
}

// Ensures that settings which cannot be followed are refused when they are set.
func TestCheck(t *testing.T) {
	for says, field := range map[string]string{
		`{"payout":"profit"}`: "postback.payout", `{"payout":"revenue","sales":true}`: "postback.sales", `{"currency":"EURO"}`: "postback.currency",
		`{"params":{"clickid":"x"}}`: "postback.params", `{"statuses":{"ok":["1"]}}`: "postback.statuses", `{"pay":"cost"}`: "postback",
	} {
		c := &settings.Connection{ID: "c", Postback: []byte(says), Secrets: []settings.Secret{"0123456789abcdef"}}
		if f := fault.Of(Provider.CheckConnection(c)); f == nil || f.Field != field {
			t.Errorf("%s: got %v, want a fault of %s", says, f, field)
		}
	}
}

// FuzzRead ensures that no query breaks the reader and that what it makes is taken or refused with a reason.
func FuzzRead(f *testing.F) {
	f.Add("click_id=a&payout=5&txid=1&status=approved", revenue)
	f.Add("txid=t-9&status=pending&payout=4.5&time=2026-03-01", cost)
	f.Fuzz(func(t *testing.T, query, body string) {
		c, err := settings.ParseConnection("c", []byte(body), "default", settings.Connection{})
		if err != nil {
			return
		}
		m, err := Read(&c, &webhook.Delivery{Query: query, Now: webhooktest.Arrival})
		if err != nil && fault.Of(err) == nil {
			t.Fatalf("%v is no fault", err)
		}
		for _, d := range m.Events {
			if _, err := event.FromFields(d, event.Door{Trust: event.TrustWebhook, Now: 1}); err != nil && fault.Of(err) == nil {
				t.Fatalf("%v is no fault", err)
			}
		}
	})
}
