package mapped

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
)

const shop = `{
 "each": "orders[*]",
 "rules": [
  {"when": {"$.event": ["order.paid", "order.imported"], "test": [false]},
   "type": "conversion",
   "fields": {
    "id": "$.delivery_id",
    "order_id": {"path": "id", "required": true},
    "order_aliases": {"paths": ["payments[*].charge", "payments[*].intent"]},
    "value": {"path": "total", "as": "cents"},
    "currency": {"const": "EUR"},
    "time": {"path": "paid_at", "as": "unix"},
    "email": {"path": "buyer.email", "as": "email"},
    "provider_ids": {"path": "buyer.id", "prefix": "crm:"},
    "click_ids.gclid": "marketing.gclid",
    "items": "lines",
    "props.kind": {"path": "plan", "values": {"m": "renewal"}, "default": "order"},
    "props.coupon": "coupon",
    "traits.tier": "buyer.tier"}},
  {"when": {"test": true, "$.event": {}}, "type": "test_order"},
  {"type": {"path": "$.event", "values": {"order.refunded": "refund"}}, "fields": {"order_id": "id", "value": {"path": "back", "as": "decimal_comma"}, "currency": {"const": "EUR"}}}
 ]}`

func connection(mapping string) *settings.Connection {
	return &settings.Connection{ID: "shop", Provider: "mapped", Mapping: json.RawMessage(mapping), Secrets: []settings.Secret{"0123456789abcdef"}}
}

// plain is drafts as JSON gives them, so that they compare by what they say.
func plain(t testing.TB, drafts []webhook.Draft) []any {
	t.Helper()
	b, err := json.Marshal(drafts)
	if err != nil {
		t.Fatal(err)
	}
	var out []any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// Ensures that a mapping makes the events that it says: conditions, lists, constants, values, conversions, groups.
func TestRead(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{
			"a sale", `{"event":"order.paid","delivery_id":"d-1","orders":[{"id":1001,"test":false,"total":12990,"paid_at":1772366400.25,"plan":"m","coupon":5,
			"payments":[{"charge":"ch_1","intent":"pi_1"},{"charge":"ch_2"}],"buyer":{"id":77,"email":"ada@example.org","tier":2},"marketing":{"gclid":"G"},"lines":[{"sku":"a"}]}]}`,
			`[{"type":"conversion","id":"shop:d-1","order_id":"1001","order_aliases":["ch_1","ch_2"],"value":"129.90","currency":"EUR","time":1772366400250,"email":"ada@example.org",
			"provider_ids":["crm:77"],"click_ids":{"gclid":"G"},"items":[{"sku":"a"}],"props":{"kind":"renewal","coupon":5},"traits":{"tier":2}}]`,
		},
		{
			"two sales of one delivery", `{"event":"order.paid","delivery_id":"d-1","orders":[{"id":"a","test":false},{"id":"b","test":false}]}`,
			`[{"type":"conversion","id":"shop:d-1","order_id":"a","currency":"EUR","props":{"kind":"order"}},
			{"type":"conversion","id":"shop:d-1#1","order_id":"b","currency":"EUR","props":{"kind":"order"}}]`,
		},
		{
			"what is absent and what is odd", `{"event":"order.imported","orders":[{"id":"a","test":false,"total":null,"buyer":{"email":"nobody"},"plan":"y"}]}`,
			`[{"type":"conversion","order_id":"a","currency":"EUR","email":"","props":{"kind":"order"}}]`,
		},
		{"a rule of its own", `{"event":"x","orders":[{"id":"a","test":true}]}`, `[{"type":"test_order"}]`},
		{"a refund", `{"event":"order.refunded","orders":[{"id":"a","back":"1.234,50 €"}]}`, `[{"type":"refund","order_id":"a","value":"1234.50","currency":"EUR"}]`},
		{"a type of no rule's keeps its name", `{"event":"order.viewed","orders":[{"id":"a"}]}`, `[{"type":"order.viewed","order_id":"a","currency":"EUR"}]`},
		{"no element", `{"event":"order.paid"}`, `null`},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Read(connection(shop), &webhook.Delivery{Body: []byte(c.body)})
			if err != nil {
				t.Fatal(err)
			}
			var want []any
			if err := json.Unmarshal([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, plain(t, m.Events)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// Ensures that one element that cannot be read costs no other, and is told.
func TestReadTellsWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name, body string
		code       fault.Code
		field      string
		events     int
	}{
		{"what is required is not there", `{"event":"order.paid","orders":[{"test":false},{"id":"b","test":false}]}`, fault.MissingField, "mapping.rules[0].fields.order_id", 1},
		{"a time that is none", `{"event":"order.paid","orders":[{"id":"a","test":false,"paid_at":"yesterday"}]}`, fault.InvalidField, "mapping.rules[0].fields.time", 0},
		{"no JSON", `{`, fault.InvalidJSON, "", 0},
	} {
		m, err := Read(connection(shop), &webhook.Delivery{Body: []byte(c.body)})
		if f := fault.Of(err); f == nil || f.Code != c.code || f.Field != c.field || len(m.Events) != c.events {
			t.Errorf("%s: got %v, %d events", c.name, err, len(m.Events))
		}
	}
}

// Ensures that a mapping which could not be followed is refused when it is set, by the place where it is wrong.
func TestCheck(t *testing.T) {
	rules := func(r string) string { return `{"rules":[` + r + `]}` }
	fields := func(f string) string { return rules(`{"type":"lead","fields":{` + f + `}}`) }
	for _, c := range []struct{ name, mapping, field string }{
		{"nothing", ``, "mapping"},
		{"no rules", `{}`, "mapping.rules"},
		{"an unknown name", `{"rule":[]}`, "mapping"},
		{"no type", rules(`{"fields":{}}`), "mapping.rules[0].type"},
		{"an empty type", rules(`{"type":""}`), "mapping.rules[0].type"},
		{"a path that ends in a dot", fields(`"user_id":"a."`), "mapping.rules[0].fields.user_id"},
		{"an open bracket", fields(`"user_id":"a[0"`), "mapping.rules[0].fields.user_id"},
		{"an index that is none", fields(`"user_id":"a[x]"`), "mapping.rules[0].fields.user_id"},
		{"an open quote", fields(`"user_id":"a.\"b"`), "mapping.rules[0].fields.user_id"},
		{"no path", fields(`"user_id":""`), "mapping.rules[0].fields.user_id"},
		{"a field that is none", fields(`"userid":"a"`), "mapping.rules[0].fields.userid"},
		{"the site", fields(`"site":"a"`), "mapping.rules[0].fields.site"},
		{"a group that is none", fields(`"prop.x":"a"`), "mapping.rules[0].fields.prop.x"},
		{"a path and a constant", fields(`"user_id":{"path":"a","const":"b"}`), "mapping.rules[0].fields.user_id"},
		{"neither", fields(`"user_id":{"required":true}`), "mapping.rules[0].fields.user_id"},
		{"a conversion that is none", fields(`"time":{"path":"a","as":"epoch"}`), "mapping.rules[0].fields.time.as"},
		{"a condition of an object", rules(`{"type":"lead","when":{"a":{"b":1}}}`), "mapping.rules[0].when.a"},
		{"a condition that is never met", rules(`{"type":"lead","when":{"a":[]}}`), "mapping.rules[0].when.a"},
		{"each that is no path", `{"each":"a..b","rules":[{"type":"lead"}]}`, "mapping.each"},
	} {
		err := Check(connection(c.mapping))
		if f := fault.Of(err); f == nil || f.Field != c.field {
			t.Errorf("%s: got %v, want a fault of %s", c.name, err, c.field)
		}
	}
	if err := Provider.CheckConnection(connection(shop)); err != nil {
		t.Error(err)
	}
}

// Ensures that the connection chooses between a signature and a token.
func TestScheme(t *testing.T) {
	signed := connection(shop)
	signed.Header, signed.Encoding = "X-Sig", "hex"
	for _, c := range []struct {
		name string
		c    *settings.Connection
		h    map[string]string
		ok   bool
	}{
		{"a token", connection(shop), map[string]string{"authorization": "Bearer 0123456789abcdef"}, true},
		{"a token where a signature is due", signed, map[string]string{"authorization": "Bearer 0123456789abcdef"}, false},
		{"a signature", signed, map[string]string{"x-sig": "b5e9c5bb2bc5c9d4d1ee5d4f1ea4e9a1e5a8a2ba1a4a9c9f5c2d"}, false},
		{"nothing", connection(shop), nil, false},
	} {
		_, err := webhook.Verify(Provider.Scheme, c.c, &webhook.Delivery{Header: c.h, Body: []byte("{}"), Now: time.Unix(0, 0)})
		if (err == nil) != c.ok {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

// Ensures that times and amounts are read as senders write them.
func TestConversions(t *testing.T) {
	for _, c := range []struct {
		as, in string
		want   any
	}{
		{"cents", "5", "0.05"},
		{"cents", "-12990", "-129.90"},
		{"decimal", "$1,234.50", "1234.50"},
		{"decimal_comma", "1.234,50", "1234.50"},
		{"decimal", "twelve", nil},
		{"unix", "1772366400", int64(1772366400000)},
		{"unix", "1772366400.5", int64(1772366400500)},
		{"unix", "x", nil},
		{"unix_ms", "1772366400123", int64(1772366400123)},
		{"datetime", "2026-03-01 12:00:00", int64(1772366400000)},
		{"datetime", "2026-03-01T13:00:00+01:00", int64(1772366400000)},
		{"datetime", "2026-03-01", int64(1772323200000)},
		{"datetime", "1 March", nil},
		{"upper", "eur", "EUR"},
		{"lower", "EUR", "eur"},
		{"email", "x", ""},
		{"phone", "+4930123456", "+4930123456"},
	} {
		got, reason := conversions[c.as](c.in)
		if got != c.want || (reason != "") != (c.want == nil) {
			t.Errorf("%s of %s: got %v (%s), want %v", c.as, c.in, got, reason, c.want)
		}
	}
}

// FuzzMapping ensures that no mapping and no body break the reader, that a mapping which was taken can be followed, and that
// what it makes is taken by the doors or refused with a reason.
func FuzzMapping(f *testing.F) {
	f.Add(shop, `{"event":"order.paid","delivery_id":"d-1","orders":[{"id":1001,"test":false,"total":12990}]}`)
	f.Add(`{"rules":[{"type":{"path":"a[*].\"b.c\"[2]"},"fields":{"props.x":"$","score":"a[0]"}}]}`, `{"a":[{"b.c":[1,2,3]},4]}`)
	f.Fuzz(func(t *testing.T, mapping, body string) {
		c := connection(mapping)
		if err := Check(c); err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("%v is no fault", err)
			}
			return
		}
		m, err := Read(c, &webhook.Delivery{Body: []byte(body)})
		if err != nil && fault.Of(err) == nil {
			t.Fatalf("%v is no fault", err)
		}
		for _, d := range m.Events {
			if _, err := event.FromFields(d, event.Door{Trust: event.TrustWebhook, Now: 1, NewID: func() string { return "x" }}); err != nil && fault.Of(err) == nil {
				t.Fatalf("%v is no fault", err)
			}
			if typ, _ := d["type"].(string); strings.Contains(typ, "\x00") {
				t.Fatal("NUL")
			}
		}
	})
}
