package shopify

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/webhooktest"
)

// delivery is a fixture as Shopify sends it; its topic is in its name.
func delivery(t testing.TB, file string) *webhook.Delivery {
	t.Helper()
	parts := strings.SplitN(file, ".", 3)
	return webhooktest.Delivery(t, file+".json", map[string]string{
		"content-type": "application/json", topicHeader: parts[0] + "/" + parts[1], idHeader: "wh-" + file, timeHeader: "2026-03-10T10:00:00.123456789Z",
	})
}

func read(t testing.TB, files ...string) []*event.Event {
	t.Helper()
	var all []*event.Event
	for _, file := range files {
		events, _ := webhooktest.Read(t, &Provider, &settings.Connection{Provider: "shopify"}, delivery(t, file))
		all = append(all, events...)
	}
	return all
}

// Ensures what each topic becomes.
func TestMeanings(t *testing.T) {
	type said struct{ Type, Order, Cart, Value, IDs string }
	for _, c := range []struct {
		file string
		want []said
	}{
		{"orders.create", []said{{"conversion", "5940139491001", cartToken, "10000 EUR", "customer mail visitor"}}},
		{"orders.create.dollars", []said{{"conversion", "5940139491002", cartToken, "10000 EUR", "customer mail visitor"}}},
		{"orders.create.test", nil},
		{"orders.edited", []said{{"orders/edited", "5940139491001", "", "", ""}}},
		{"orders.updated.refunded", []said{{"conversion", "5940139491001", cartToken, "10000 EUR", "customer mail visitor"}, {"refund", "5940139491001", "", "3000 EUR", ""}}},
		{"orders.updated.edited", []said{{"conversion", "5940139491001", cartToken, "12000 EUR", "customer mail visitor"}}},
		{"orders.cancelled.unpaid", []said{{"conversion", "5940139491001", cartToken, "10000 EUR", "customer mail visitor"}, {"refund", "5940139491001", "", "", ""}}},
		{"refunds.create", []said{{"refund", "5940139491001", "", "3000 EUR", ""}}},
		{"refunds.create.pending", []said{{"refunds/create", "", "", "", ""}}},
		{"refunds.create.mixed", []said{{"refund", "5940139491001", "", "1200 EUR", ""}, {"refund", "5940139491001", "", "800 EUR", ""}}},
		{"refunds.create.dollars", []said{{"refund", "5940139491001", "", "3000 EUR", ""}}},
		{"carts.create", []said{{"carts/create", "", cartToken, "", ""}}},
		{"carts.update", []said{{"add_to_cart", "", cartToken, "", "visitor"}}},
		{"checkouts.create", []said{{"begin_checkout", "", cartToken, "", "visitor"}}},
		{"checkouts.update", []said{{"begin_checkout", "", cartToken, "", "visitor"}, {"identify", "", "", "", "customer mail visitor"}}},
		{"customers.create", []said{{"identify", "", "", "", "customer mail"}}},
		{"customers.redact", nil},
		{"app.uninstalled", []said{{"app/uninstalled", "", "", "", ""}}},
	} {
		var got []said
		for _, e := range read(t, c.file) {
			s := said{Type: e.Type, Order: e.OrderID, Cart: e.CartID, IDs: ids(e)}
			if e.HasValue {
				s.Value = strconv.FormatInt(e.Value, 10) + " " + e.Currency
			}
			got = append(got, s)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.file, diff)
		}
	}
}

const cartToken = "Z2NwLWV1cm9wZS13ZXN0MTowMUo"

func ids(e *event.Event) string {
	names := map[string]string{"P#shopify:7001001": "customer", "A#a-7f3c": "visitor"}
	var list []string
	for _, id := range e.IDs() {
		if strings.HasPrefix(id, "E#") {
			names[id] = "mail"
		}
		list = append(list, webhook.Text(names[id], id))
	}
	return strings.Join(list, " ")
}

// Ensures that an order is one sale whose money is right, whichever of its deliveries come and in whatever order.
func TestOneSale(t *testing.T) {
	for _, c := range []struct {
		name              string
		files             []string
		value, net, count int64
	}{
		{"made and paid", []string{"orders.create", "orders.paid"}, 10_000, 10_000, 1},
		{"edited", []string{"orders.create", "orders.paid", "orders.edited", "orders.updated.edited"}, 12_000, 12_000, 1},
		{"refunded in part", []string{"orders.create", "refunds.create"}, 10_000, 7_000, 1},
		{"refunded in part, told twice", []string{"orders.create", "refunds.create", "orders.updated.refunded"}, 10_000, 7_000, 1},
		{"refunded in part, of which only the order tells", []string{"orders.create", "orders.updated.refunded"}, 10_000, 7_000, 1},
		{"a refund that is not done", []string{"orders.create", "refunds.create.pending"}, 10_000, 10_000, 1},
		{"a refund in two transactions", []string{"orders.create", "refunds.create.mixed"}, 10_000, 8_000, 1},
		{"a refund in the buyer's currency", []string{"orders.create", "refunds.create.dollars"}, 10_000, 7_000, 1},
		{"cancelled before it was paid", []string{"orders.create", "orders.cancelled.unpaid"}, 10_000, 0, 0},
		{"cancelled and given back", []string{"orders.create", "orders.paid", "orders.cancelled.paid"}, 10_000, 0, 0},
	} {
		webhooktest.Orders(read(t, c.files...), func(arrived []*event.Event) {
			sales := webhooktest.Sales(t, arrived)
			got, ok := sales["5940139491001"]
			if !ok || len(sales) != 1 || got.Value != c.value || got.Net != c.net || got.NetCount != c.count || got.Kind != "order" {
				t.Errorf("%s: got %+v, want one of %d, net %d", c.name, sales, c.value, c.net)
			}
		})
	}
}

// Ensures that a pixel's names of the order are the same order, and that a subscription's own order is a renewal.
func TestNames(t *testing.T) {
	for _, alias := range []string{"4207896aad57dfb159", "gid://shopify/Order/5940139491001"} {
		pixel := webhooktest.Events(t, []webhook.Draft{{"id": "px", "type": "conversion", "order_id": alias, "value": "1.00", "currency": "EUR", "anonymous_id": "a-9"}})
		pixel[0].Trust = event.TrustPublic
		got := webhooktest.Sales(t, append(read(t, "orders.create"), pixel...))
		if len(got) != 1 || got["5940139491001"].Value != 10_000 {
			t.Errorf("%s: got %+v, want one sale of 10000", alias, got)
		}
	}
	if got := webhooktest.Sales(t, read(t, "orders.create.renewal"))["5940139491777"]; got.Kind != "renewal" || got.Counts != 0 {
		t.Errorf("got %+v, want a renewal", got)
	}
}

// Ensures that what repeats itself in other words is one event: a cart, a checkout and a refund count once.
func TestRepetitionsAreOneEvent(t *testing.T) {
	for _, files := range [][]string{{"carts.update", "carts.update.again"}, {"checkouts.create", "checkouts.update"}, {"refunds.create", "orders.updated.refunded"}} {
		same := map[string]string{}
		for _, e := range read(t, files...) {
			if hash, seen := same[e.ID]; seen && hash != e.Hash {
				t.Errorf("%v: %s says another thing the second time", files, e.ID)
			}
			same[e.ID] = e.Hash
		}
		if len(same) == len(read(t, files...)) {
			t.Errorf("%v: nothing is one event: %v", files, same)
		}
	}
}

// Ensures that a redaction asks for every id that Shopify gives, and stores nothing.
func TestRedact(t *testing.T) {
	_, m := webhooktest.Read(t, &Provider, &settings.Connection{}, delivery(t, "customers.redact"))
	want := []webhook.Person{{ProviderIDs: []string{"shopify:7001001"}, Email: "ada@example.org", Phone: "+4930901820"}}
	if diff := cmp.Diff(want, m.Erase); diff != "" || len(m.Events) > 0 {
		t.Errorf("%v %s", m.Events, diff)
	}
}

// Ensures that a test notification means nothing, and that a delivery without a topic is kept.
func TestTestsAndStrangers(t *testing.T) {
	d := delivery(t, "orders.create")
	d.Header[testHeader] = "true"
	if m, err := Read(nil, d); err != nil || len(m.Events) > 0 {
		t.Errorf("a test notification: got %v, %v", m, err)
	}
	d = delivery(t, "orders.create")
	delete(d.Header, topicHeader)
	if _, err := Read(nil, d); err == nil {
		t.Error("a delivery without a topic is taken")
	}
}
