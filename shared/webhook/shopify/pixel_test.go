package shopify

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"tributary/shared/event"
	"tributary/shared/webhook/webhooktest"
)

// stage is what Shopify's sandbox gives a pixel, with one visitor who buys.
const stage = `
const subscribed = {}, sent = [];
const analytics = {subscribe: (name, f) => subscribed[name] = f};
const browser = {cookie: {get: async () => 'a-7f3c~s-1~1772366400000~'}};
const fetch = async (url, o) => sent.push(JSON.parse(o.body).events[0]);
`

const act = `
const checkout = {order: {id: 'gid://shopify/OrderIdentity/5940139491001'}, token: '4207896aad57dfb159', totalPrice: {amount: 100.0}, currencyCode: 'EUR', email: 'ada@example.org'};
Promise.all(Object.keys(subscribed).map(name => subscribed[name]({id: 'sh-' + name, data: {checkout}}))).then(() => console.log(JSON.stringify(sent)));
`

// Ensures that README's pixel has ten lines, runs as Shopify runs it, and sends events that the door takes and that are the
// webhook's sale.
func TestPixel(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("node is missing")
		}
		t.Skip("node is missing")
	}
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "a custom pixel (Settings, Customer events) does:\n\n```js\n")
	pixel, _, ok := strings.Cut(rest, "```")
	if n := strings.Count(pixel, "\n"); !ok || n > 10 {
		t.Fatalf("README's pixel has %d lines, want at most 10", n)
	}
	out, err := exec.Command(node, "-e", stage+pixel+act).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var sent []json.RawMessage
	if err := json.Unmarshal(out, &sent); err != nil || len(sent) != 3 {
		t.Fatalf("%v: %s", err, out)
	}
	events := read(t, "orders.create")
	for _, raw := range sent {
		e, err := event.Parse(raw, event.Door{Now: webhooktest.Arrival.UnixMilli()})
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		events = append(events, e)
	}
	sales := webhooktest.Sales(t, events)
	if got := sales["5940139491001"]; len(sales) != 1 || got.Value != 10_000 {
		t.Errorf("got %+v, want the webhook's one sale", sales)
	}
}
