package lemonsqueezy

import (
	"testing"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/webhook"
	"tributary/shared/webhook/webhooktest"
)

func read(t testing.TB, files ...string) []*event.Event {
	t.Helper()
	c := webhooktest.Connection(t, `{"provider":"lemonsqueezy"}`)
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
		name       string
		files      []string
		order      string
		kind       string
		gross, net int64
	}{
		{"an order", []string{"order_created"}, "lemonsqueezy:1", "order", 1199, 600},
		{"an order of the shop's own name", []string{"order_created.own"}, "o-78", "order", 1199, 600},
		{"refunded in part", []string{"order_created", "order_refunded.partly"}, "lemonsqueezy:1", "order", 1199, 350},
		{"refunded in two parts", []string{"order_created", "order_refunded.partly", "order_refunded"}, "lemonsqueezy:1", "order", 1199, 0},
		{"a renewal", []string{"subscription_payment_success"}, "lemonsqueezy:invoice:12", "renewal", 1199, 600},
		{"a renewal that is refunded", []string{"subscription_payment_success", "subscription_payment_refunded"}, "lemonsqueezy:invoice:12", "renewal", 1199, 0},
		{"an upgrade", []string{"subscription_payment_success.upgrade"}, "lemonsqueezy:invoice:13", "upgrade", 500, 250},
		{"a trial", []string{"subscription_created.trial"}, "lemonsqueezy:9", "trial", 0, 0},
		{"an order and its first invoice", []string{"order_created", "subscription_payment_success.initial", "subscription_created"}, "lemonsqueezy:1", "order", 1199, 600},
	} {
		webhooktest.Orders(read(t, c.files...), func(arrived []*event.Event) {
			sales := webhooktest.Sales(t, arrived)
			s, ok := sales[c.order]
			if len(sales) != 1 || !ok || s.Kind != c.kind || s.Sold != c.gross || s.Net < c.net-1 || s.Net > c.net+1 {
				t.Errorf("%s: got %+v, want %s of %d, %d net", c.name, sales, c.kind, c.gross, c.net)
			}
		})
	}
}

// Ensures that tests sell nothing, ends are told, and what means nothing keeps its name.
func TestOthers(t *testing.T) {
	if got := read(t, "order_created.test"); len(got) != 0 {
		t.Errorf("a test order is %+v", got)
	}
	for _, c := range []struct{ file, typ string }{
		{"subscription_expired", "cancel"},
		{"license_key_created", "license_key_created"},
		{"subscription_created", "subscription_created"},
		{"subscription_payment_success.initial", "subscription_payment_success"},
	} {
		if got := read(t, c.file); len(got) != 1 || got[0].Type != c.typ {
			t.Errorf("%s: got %+v", c.file, got)
		}
	}
	if e := read(t, "order_created")[0]; e.AnonymousID != "a-1" || e.UserID != "u-1" || e.ProviderIDs[0] != "lemonsqueezy:77" || e.Email == "" {
		t.Errorf("got %+v", e)
	}
	if _, err := Read(nil, &webhook.Delivery{Body: []byte(`{"data":{}}`)}); fault.Of(err) == nil {
		t.Errorf("got %v", err)
	}
}
