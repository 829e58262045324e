package event

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tributary/shared/fault"
)

// refused parses raw at the keyed door and tells "code field" of the refusal, "" when it was taken.
func refused(t testing.TB, raw string) string {
	t.Helper()
	d := keyed()
	e, err := Parse([]byte(raw), d)
	if err == nil {
		err = e.Admit(d, site(t))
	}
	if err == nil {
		return ""
	}
	f := fault.Of(err)
	if f == nil || len(f.Message) < 10 || len(f.Message) > 400 || len(f.Field) > 300 {
		t.Fatalf("%.80s: the refusal does not help: %v", raw, err)
	}
	return strings.TrimSpace(string(f.Code) + " " + f.Field)
}

func TestMalformedInputIsRefused(t *testing.T) {
	nest := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct{ name, raw, want string }{
		{"nothing", ``, "invalid_json"},
		{"torn", `{"type":"x"`, "invalid_json"},
		{"torn in a string", `{"type":"x`, "invalid_json type"},
		{"an array", `[]`, "invalid_json"},
		{"null", `null`, "invalid_json"},
		{"two objects", `{"type":"x"}{"type":"x"}`, "invalid_json"},
		{"a trailing comma", `{"type":"x",}`, "invalid_json"},
		{"single quotes", `{'type':'x'}`, "invalid_json"},
		{"invalid UTF-8 in an id", "{\"type\":\"x\",\"id\":\"a\xff\"}", "invalid_json"},
		{"invalid UTF-8 in a name", "{\"type\":\"x\",\"a\xfe\":1}", "invalid_json"},
		{"a NUL byte", "{\"type\":\"x\",\"id\":\"a\x00\"}", "invalid_json"},
		{"an escaped NUL", `{"type":"x","id":"a\u0000"}`, "invalid_json"},
		{"an escaped NUL deep inside", `{"type":"x","props":{"a\u0000":1}}`, "invalid_json"},
		{"an escaped backslash before u0000", `{"type":"x","id":"a\\u0000"}`, ""},
		{"half a surrogate pair", `{"type":"x","id":"\ud83d"}`, "invalid_json"},
		{"the second half alone", `{"type":"x","id":"\ude00"}`, "invalid_json"},
		{"two first halves", `{"type":"x","id":"\ud83d\ud83d"}`, "invalid_json"},
		{"a surrogate pair", `{"type":"x","id":"\ud83d\ude00"}`, ""},
		{"a name twice", `{"type":"x","type":"y"}`, "invalid_json type"},
		{"a name twice by escape", `{"type":"x","\u0074ype":"y"}`, "invalid_json type"},
		{"a name twice deep inside", `{"type":"x","props":{"a":{"b":1,"b":2}}}`, "invalid_json props.a.b"},
		{"a name in another case", `{"TYPE":"x"}`, "invalid_field TYPE"},
		{"a second name in another case", `{"type":"x","Email":"a@example.org"}`, "invalid_field Email"},
		{"30 deep", `{"type":"x","a":` + nest(30) + `}`, ""},
		{"33 deep", `{"type":"x","a":` + nest(33) + `}`, "invalid_json"},
		{"10,000 deep", `{"type":"x","a":` + nest(10_000) + `}`, "invalid_json"},
		{"100,000 deep and open", strings.Repeat(`{"a":`, 50_000), "invalid_json"},
		{"brackets inside a string", `{"type":"x","a":"` + strings.Repeat("[", 100) + `"}`, ""},
		{"400 KB", `{"type":"x","a":"` + strings.Repeat("x", 400_000) + `"}`, "too_large"},
		{"33 properties", `{"type":"x","props":` + objectOf(33) + `}`, "too_many props"},
		{"32 properties", `{"type":"x","props":` + objectOf(32) + `}`, ""},
		{"32 properties and an unknown field", `{"type":"x","new":1,"props":` + objectOf(32) + `}`, "too_many props"},
		{"a long name", `{"type":"x","` + strings.Repeat("n", 5000) + `":1}`, "too_large props." + strings.Repeat("n", 128) + "…"},
	} {
		if got := refused(t, c.raw); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// objectOf is a JSON object of n members.
func objectOf(n int) string {
	m := map[string]int{}
	for i := range n {
		m[fmt.Sprint("p", i)] = i
	}
	b, _ := json.Marshal(m)
	return string(b)
}

func TestEveryFieldIsHeldToItsTypeAndSize(t *testing.T) {
	text := map[string]int{
		"id": maxID, "type": maxName, "site": maxName, "anonymous_id": maxID, "user_id": maxID, "session_id": maxID, "campaign": maxID, "campaign_id": maxID,
		"channel": maxName, "source": maxID, "medium": maxID, "content": maxID, "term": maxID, "page": maxURL, "referrer": maxURL, "link": maxID,
		"goal": maxName, "order_id": maxID, "cart_id": maxID, "message_id": maxID, "invite_id": maxID, "post_id": maxID, "consent": maxName,
	}
	event := func(field, value string) string {
		if field == "type" {
			return `{"type":` + value + `}`
		}
		return `{"type":"x","` + field + `":` + value + `}`
	}
	for field, limit := range text {
		for _, wrong := range []string{"5", "true", "[]", "{}"} {
			if got := refused(t, event(field, wrong)); got != "invalid_field "+field {
				t.Errorf("%s as %s: got %q, want invalid_field", field, wrong, got)
			}
		}
		if got := refused(t, event(field, `"`+strings.Repeat("x", limit)+`"`)); got != "" {
			t.Errorf("%s of %d bytes: got %q, want none", field, limit, got)
		}
		if got := refused(t, event(field, `"`+strings.Repeat("x", limit+1)+`"`)); got != "too_large "+field {
			t.Errorf("%s of %d bytes: got %q, want too_large", field, limit+1, got)
		}
		for _, empty := range []string{`""`, `null`, `"  "`} {
			want := ""
			if field == "type" {
				want = "missing_field type"
			}
			if got := refused(t, event(field, empty)); got != want {
				t.Errorf("%s as %s: got %q, want %q", field, empty, got, want)
			}
		}
		if isKey(field) {
			if got := refused(t, event(field, `"a\u0007b"`)); got != "invalid_field "+field {
				t.Errorf("%s with a bell in it: got %q, want invalid_field", field, got)
			}
		}
	}
}

func TestFieldsOfOtherKinds(t *testing.T) {
	list := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(`"a",`, n), ",") + "]" }
	for _, c := range []struct{ field, value, want string }{
		{"score", `"5"`, "invalid_field score"},
		{"score", `0`, "invalid_field score"},
		{"score", `6`, "invalid_field score"},
		{"score", `4.5`, "invalid_field score"},
		{"score", `4`, ""},
		{"order_aliases", `"a"`, "invalid_field order_aliases"},
		{"order_aliases", `["a",5]`, "invalid_field order_aliases"},
		{"order_aliases", list(11), "too_many order_aliases"},
		{"order_aliases", list(10), ""},
		{"order_aliases", `["` + strings.Repeat("a", 513) + `"]`, "too_large order_aliases"},
		{"provider_ids", `{}`, "invalid_field provider_ids"},
		{"click_ids", `[]`, "invalid_field click_ids"},
		{"click_ids", `{"gclid":5}`, "invalid_field click_ids.gclid"},
		{"click_ids", objectOf(33), "too_many click_ids"},
		{"click_ids", `{"gclid":""}`, ""},
		{"items", `{}`, "invalid_field items"},
		{"items", `["` + strings.Repeat("a", maxItems) + `"]`, "too_large items"},
		{"items", `[]`, ""},
		{"props", `[]`, "invalid_field props"},
		{"props", `{"a":"` + strings.Repeat("a", 2049) + `"}`, "too_large props.a"},
		{"props", `{"a":null,"b":"","c":true,"d":1e400}`, ""},
		{"traits", `"a"`, "invalid_field traits"},
		{"traits", `{"email":"nobody"}`, "invalid_field email"},
		{"traits", `{"plan":"` + strings.Repeat("a", maxItems) + `"}`, "too_large traits"},
		{"email", `5`, "invalid_field email"},
		{"email", `"nobody"`, "invalid_field email"},
		{"email", `"@example.org"`, "invalid_field email"},
		{"email", `"` + strings.Repeat("a", 600) + `@example.org"`, "too_large email"},
		{"phone", `49301234567`, "invalid_field phone"},
		{"phone", `"030 1234567"`, "invalid_field phone"},
		{"phone", `"+49 30 1234567"`, ""},
		{"agent", `"bot"`, ""},
		{"agent", `"robot"`, "invalid_field agent"},
		{"agent", `{}`, "invalid_field agent"},
		{"site", `"a#b"`, "invalid_field site"},
		{"time", `"yesterday"`, "invalid_time time"},
		{"time", `true`, "invalid_time time"},
		{"time", `1.5`, "invalid_time time"},
		{"time", `1e400`, "invalid_time time"},
		{"time", `99999999999999999999`, "invalid_time time"},
		{"time", `"2026-02-30T00:00:00Z"`, "invalid_time time"},
		{"time", `"2026-02-28"`, "invalid_time time"},
		{"time", `0`, "outside_retention time"},
		{"time", `1700000000`, "outside_retention time"}, // seconds
		{"time", `"1970-01-01T00:00:00Z"`, "outside_retention time"},
		{"time", `"2099-01-01T00:00:00Z"`, "invalid_time time"},
		{"time", `"2026-03-01T13:04:59.999+01:00"`, ""},
		{"currency", `"usd"`, "unknown_currency currency"},
		{"currency", `"XXX"`, "unknown_currency currency"},
		{"currency", `"DOLLAR"`, "too_large currency"},
		{"currency", `""`, ""},
	} {
		if got := refused(t, `{"type":"x","`+c.field+`":`+c.value+`}`); got != c.want {
			t.Errorf("%s %.40s: got %q, want %q", c.field, c.value, got, c.want)
		}
	}
}

func TestAmounts(t *testing.T) {
	for _, c := range []struct{ name, fields, want string }{
		{"1e400", `"value":1e400`, "invalid_amount value"},
		{"1e400 as text", `"value":"1e400"`, "invalid_amount value"},
		{"NaN", `"value":"NaN"`, "invalid_amount value"},
		{"minus zero", `"value":"-0"`, ""},
		{"minus zero as a number", `"value":-0`, ""},
		{"too many decimals", `"value":"1.005"`, "invalid_amount value"},
		{"20 digits", `"value":"12345678901234567890"`, "invalid_amount value"},
		{"20 digits of minor units", `"value_minor":12345678901234567890`, "invalid_amount value_minor"},
		{"negative", `"value":"-1"`, "invalid_amount value"},
		{"negative minor units", `"value_minor":-1`, "invalid_amount value_minor"},
		{"negative cost", `"cost":"-1"`, "invalid_amount cost"},
		{"a boolean", `"value":true`, "invalid_field value"},
		{"an object", `"cost":{}`, "invalid_field cost"},
		{"minor units as text", `"value_minor":"5"`, "invalid_field value_minor"},
		{"minor units with decimals", `"value_minor":5.5`, "invalid_amount value_minor"},
		{"both", `"value":"1","value_minor":100`, "invalid_field value_minor"},
		{"both costs", `"cost":"1","cost_micros":100`, "invalid_field cost_micros"},
		{"seven decimals of cost", `"cost":"0.0000001"`, "invalid_amount cost"},
		{"empty is absent", `"value":"","cost":null`, ""},
		{"zero", `"value":0,"cost_micros":0`, ""},
	} {
		if got := refused(t, `{"type":"x","currency":"USD",`+c.fields+`}`); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if got := refused(t, `{"type":"conversion","value":"1.00"}`); got != "missing_field currency" {
		t.Errorf("value without currency: got %q, want missing_field currency", got)
	}
	if got := refused(t, `{"type":"spend","campaign":"c","date":"2026-02-01","cost":"-3.5","currency":"USD"}`); got != "" {
		t.Errorf("a platform takes spend back: got %q, want none", got)
	}
}

func TestNeedsOfEveryType(t *testing.T) {
	for _, c := range []struct{ typ, fields, want string }{
		{"impression", ``, "missing_field anonymous_id"},
		{"click", `"user_id":"u"`, "missing_field anonymous_id"},
		{"visit", `"anonymous_id":"a"`, ""},
		{"pageview", ``, "missing_field anonymous_id"},
		{"add_to_cart", `"cart_id":"c"`, "missing_field anonymous_id"},
		{"email_sent", `"user_id":"u"`, "missing_field message_id"},
		{"email_opened", `"message_id":"m"`, "missing_field anonymous_id"},
		{"email_bounced", `"message_id":"m","email":"a@example.org"`, ""},
		{"identify", `"user_id":"u"`, "missing_field user_id"},
		{"identify", `"traits":{"a":1}`, "missing_field user_id"},
		{"identify", `"user_id":"u","traits":{"plan":"pro"}`, ""},
		{"identify", `"user_id":"u","traits":{"email":"a@example.org"}`, ""},
		{"identify", `"anonymous_id":"a","provider_ids":["stripe:cus_1"]`, ""},
		{"generate_lead", ``, "missing_field anonymous_id"},
		{"opportunity_lost", `"phone":"+4930123456"`, ""},
		{"conversion", ``, ""},
		{"refund", `"user_id":"u"`, "missing_field order_id"},
		{"refund", `"order_aliases":["ch_1"]`, ""},
		{"refund_reversed", `"order_id":"o"`, ""},
		{"cancel", ``, "missing_field order_id"},
		{"cancel", `"user_id":"u"`, ""},
		{"rating", `"user_id":"u"`, "missing_field score"},
		{"rating", `"score":3`, ""},
		{"invite", `"user_id":"u"`, "missing_field invite_id"},
		{"invite_signup", `"invite_id":"i"`, "missing_field anonymous_id"},
		{"reward", `"cost":"1","currency":"USD"`, "missing_field order_id"},
		{"reward", `"order_id":"o"`, "missing_field cost"},
		{"reward_reversed", `"invite_id":"i","cost":"1","currency":"USD"`, ""},
		{"social_post", ``, "missing_field post_id"},
		{"social_engagement", `"post_id":"p"`, ""},
		{"spend", `"date":"2026-02-01","cost":"1","currency":"USD"`, "missing_field campaign"},
		{"spend", `"campaign":"c","cost":"1","currency":"USD"`, "missing_field date"},
		{"spend", `"campaign":"c","date":"2026-02-01"`, "missing_field cost"},
		{"spend", `"campaign":"c","date":"02/01/2026","cost":"1","currency":"USD"`, "invalid_time date"},
		{"spend", `"campaign":"c","date":20260201,"cost":"1","currency":"USD"`, "invalid_time date"},
		{"spend", `"campaign":"c","date":"2026-03-02","cost":"1","currency":"USD"`, "invalid_time date"},
		{"spend", `"campaign":"c","date":"2020-03-02","cost":"1","currency":"USD"`, "outside_retention date"},
		{"spend", `"channel":"Email","time":1772000000000,"cost":"1","currency":"USD","version":-1`, "invalid_field version"},
		{"spend", `"props":{"category":"tools"},"time":1772000000000,"cost":"1","currency":"USD","version":3`, ""},
		{"anything else", ``, ""},
	} {
		raw := strings.Replace(`{"type":"`+c.typ+`",`+c.fields+`}`, ",}", "}", 1)
		if got := refused(t, raw); got != c.want {
			t.Errorf("%s: got %q, want %q", raw, got, c.want)
		}
	}
}

func TestPublicDoorTakesNoAgent(t *testing.T) {
	_, err := Parse([]byte(`{"type":"x","agent":"human"}`), public())
	if f := fault.Of(err); f == nil || f.Field != "agent" {
		t.Errorf("got %v, want a refusal of agent", err)
	}
}

// FuzzParse holds whatever is taken to what the store and its readers rely on.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"id":"e1","type":"purchase","time":"2026-02-01T13:00:00.250+01:00","email":"a@example.org","value":"12.34","currency":"USD","props":{"a":[1]}}`))
	f.Add([]byte(`{"type":"visit","anonymous_id":"a","page":"https://x/?utm_source=g&gclid=1#f","click_ids":{"a":"b"},"order_aliases":["a"]}`))
	f.Add([]byte(`{"type":"spend","campaign":"c","date":"2026-02-01","cost":-3.5,"currency":"USD","version":2}`))
	f.Add([]byte("{\"type\":\"\\ud83d\\ude00\",\"id\":\"a\xff\"}"))
	s := site(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, d := range []Door{public(), keyed()} {
			e, err := Parse(raw, d)
			if err == nil {
				err = e.Admit(d, s)
			}
			check(t, e, err, s)
		}
	})
}
