package adspend

import (
	"testing"

	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
)

// Ensures that a delivery is judged before it is taken: rows that can be read are counted, others told, and what has none
// is refused.
func TestFile(t *testing.T) {
	for _, c := range []struct {
		name, says, body string
		extension        string
		rows, refused    int
		code             fault.Code
	}{
		{"JSON", `{"currency":"EUR"}`, ` [{"date":"2026-03-01","campaign":"a","cost":1}]`, "json", 1, 0, ""},
		{"CSV", ``, "date,campaign,cost,currency\n2026-03-01,a,1,EUR\n", "csv", 1, 0, ""},
		{"a bad row on another day", ``, "date,campaign,cost,currency\n2026-03-01,a,1,EUR\n2026-03-02,a,?,EUR\n", "csv", 1, 1, ""},
		{"a bad row alone", ``, "date,campaign,cost,currency\n2026-03-02,a,?,EUR\n", "csv", 0, 1, fault.InvalidAmount},
		{"no table", ``, "hello", "", 0, 0, fault.MissingField},
	} {
		got, err := File(&settings.Connection{Spend: []byte(c.says)}, &webhook.Delivery{Body: []byte(c.body)})
		code := fault.Code("")
		if f := fault.Of(err); f != nil {
			code = f.Code
		}
		if got.Extension != c.extension || got.Rows != c.rows || len(got.Refused) != c.refused || code != c.code {
			t.Errorf("%s: got %+v, %v", c.name, got, err)
		}
	}
}

// Ensures that settings which no file could be read by are refused when they are set.
func TestCheck(t *testing.T) {
	p := Providers[0]
	for _, c := range []struct {
		name, says, secret string
		ok                 bool
	}{
		{"a token alone", ``, "0123456789abcdef", true},
		{"with defaults", `{"channel":"Audio","currency":"GBP","account":"1","day_order":"dmy"}`, "0123456789abcdef", true},
		{"a token that is guessed", ``, "short", false},
		{"a currency that is none", `{"currency":"EURO"}`, "0123456789abcdef", false},
		{"an order that is none", `{"day_order":"ymd"}`, "0123456789abcdef", false},
		{"a name that is none", `{"chanel":"Audio"}`, "0123456789abcdef", false},
	} {
		err := p.CheckConnection(&settings.Connection{Secrets: []settings.Secret{settings.Secret(c.secret)}, Spend: []byte(c.says)})
		if (err == nil) != c.ok || err != nil && fault.Of(err) == nil {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}
