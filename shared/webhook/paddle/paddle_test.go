package paddle

import (
	"testing"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/webhook"
	"tributary/shared/webhook/webhooktest"
)

func read(t testing.TB, files ...string) []*event.Event {
	t.Helper()
	c := webhooktest.Connection(t, `{"provider":"paddle"}`)
	var all []*event.Event
	for _, f := range files {
		got, _ := webhooktest.Read(t, &Provider, c, webhooktest.Delivery(t, f+".json", nil))
		all = append(all, got...)
	}
	return all
}

// Ensures that a sale counts once with its refunds, whatever comes first or twice. The site is in euros at half a dollar.
func TestSales(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		order string
		kind  string
		gross int64 // as it was charged
		net   int64 // in the site's currency
	}{
		{"told twice", []string{"transaction.paid", "transaction.completed"}, "o-77", "order", 59900, 29950},
		{"refunded in part, once it is approved", []string{"transaction.completed", "adjustment.created.pending", "adjustment.updated.approved"}, "o-77", "order", 59900, 24950},
		{"not yet approved", []string{"transaction.completed", "adjustment.created.pending"}, "o-77", "order", 59900, 29950},
		{"disputed", []string{"transaction.completed", "adjustment.updated.approved", "adjustment.created.chargeback"}, "o-77", "order", 59900, 0},
		{"disputed and won", []string{"transaction.completed", "adjustment.updated.approved", "adjustment.created.chargeback", "adjustment.created.chargeback_reverse"}, "o-77", "order", 59900, 24950},
		{"a renewal", []string{"transaction.completed.renewal"}, "txn_01hv8wptq8987qeep44cyrenew", "renewal", 3000, 1500},
		{"an upgrade", []string{"transaction.completed.upgrade"}, "txn_01hv8wptq8987qeep44cyupgra", "upgrade", 1500, 750},
		{"a trial, told twice", []string{"transaction.completed.trial", "subscription.trialing"}, "sub_01hv8x29kz0t586xy6trial00", "trial", 0, 0},
		{"yen", []string{"transaction.completed.jpy"}, "txn_01hv8wptq8987qeep44cyjpy00", "order", 1200, 1200},
	} {
		webhooktest.Orders(read(t, c.files...), func(arrived []*event.Event) {
			sales := webhooktest.Sales(t, arrived)
			s, ok := sales[c.order]
			if len(sales) != 1 || !ok || s.Kind != c.kind || s.Sold != c.gross || s.Net != c.net {
				t.Errorf("%s: got %+v, want %s of %d, %d net", c.name, sales, c.kind, c.gross, c.net)
			}
		})
	}
}

// Ensures that people are linked, ends told, and what means nothing keeps its name.
func TestOthers(t *testing.T) {
	for _, c := range []struct{ file, typ string }{
		{"customer.created", "identify"}, {"subscription.canceled", "cancel"}, {"product.created", "product.created"}, {"transaction.completed.method", "transaction.completed"},
	} {
		if got := read(t, c.file); len(got) != 1 || got[0].Type != c.typ {
			t.Errorf("%s: got %+v", c.file, got)
		}
	}
	e := read(t, "transaction.completed")[0]
	if e.AnonymousID != "a-1" || e.UserID != "u-1" || e.ProviderIDs[0] != "paddle:ctm_01hv6y1jedq4p1n0yqn5ba3ky4" {
		t.Errorf("got %+v", e)
	}
	if _, err := Read(nil, &webhook.Delivery{Body: []byte(`{"data":{}}`)}); fault.Of(err) == nil {
		t.Errorf("got %v", err)
	}
}
