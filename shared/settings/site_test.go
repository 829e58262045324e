package settings

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tributary/shared/consent"
	"tributary/shared/fault"
	"tributary/shared/names"
)

// ignoring leaves out what is derived from the other fields.
var ignoring = cmpopts.IgnoreUnexported(Site{})

func parsed(t *testing.T, body string) Site {
	t.Helper()
	s, err := ParseSite("shop", []byte(body), Site{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSiteDefaults(t *testing.T) {
	want := Site{
		ID: "shop", Currency: "USD", FX: []FXRate{}, TZ: "UTC", GrossMargin: "0.4", ActiveDays: 45, TouchTypes: []string{"visit"},
		Model: "last_touch", LookbackDays: 30, HalfLifeDays: 7, ViewLookbackDays: 1, RetentionDays: 400, Domains: []string{},
		PaymentHosts: paymentHosts(), Revenue: "total", Consent: consent.Policy{GPC: "count", DNT: "count", Denied: "count", Unknown: "full"}, PageParams: []string{},
	}
	for name, got := range map[string]Site{"default": DefaultSite("shop"), "empty": parsed(t, ""), "braces": parsed(t, "{}")} {
		if diff := cmp.Diff(want, got, ignoring); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestSiteExample takes the body that contract.md shows, and reads it back as the store does.
func TestSiteExample(t *testing.T) {
	got := parsed(t, `{"currency":"USD","fx":[{"currency":"EUR","from":"2026-01-01","rate":"1.10"}],"tz":"UTC","gross_margin":"0.4","active_days":45,
		"touch_types":["visit","click"],"model":"time_decay","lookback_days":60,"half_life_days":14,"view_lookback_days":2,"exclude_direct_unless_only":true,"reset_after_conversion":true,"domains":["shop.example.com"],"payment_hosts":[],"consent":{"gpc":"drop","dnt":"ignore","unknown":"cookieless"},"page_params":["product"],"names_a_day":{"page":5000},
		"app_key":"an-app-key-0123456789","retention_days":4000,"revenue":"net_of_tax"}`)
	want := Site{
		ID: "shop", Currency: "USD", FX: []FXRate{{"EUR", "2026-01-01", "1.10"}}, TZ: "UTC", GrossMargin: "0.4", ActiveDays: 45,
		TouchTypes: []string{"visit", "click"}, Model: "time_decay", LookbackDays: 60, HalfLifeDays: 14, ViewLookbackDays: 2, ExcludeDirect: true, ResetAfterConversion: true, RetentionDays: 4000,
		Domains: []string{"shop.example.com"}, PaymentHosts: []string{}, Revenue: "net_of_tax", AppKeySHA256: KeyHash("an-app-key-0123456789"),
		Consent: consent.Policy{GPC: "drop", DNT: "full", Denied: "count", Unknown: "cookieless"}, PageParams: []string{"product"}, NamesADay: map[names.Dimension]int{names.Page: 5000},
	}
	if diff := cmp.Diff(want, got, ignoring); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	stored, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeSite(stored)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, back, ignoring); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestSiteRefuses(t *testing.T) {
	deep := strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001)
	rows := []struct {
		name, body string
		code       fault.Code
		field      string
	}{
		{"no object", `[]`, fault.InvalidField, ""},
		{"too few names", `{"names_a_day":{"page":10}}`, fault.InvalidField, "names_a_day.page"},
		{"no such dimension", `{"names_a_day":{"colour":100}}`, fault.InvalidField, "names_a_day.colour"},
		{"no such tier", `{"consent":{"gpc":"maybe"}}`, fault.InvalidField, "consent.gpc"},
		{"no such signal", `{"consent":{"tracking":"drop"}}`, fault.InvalidField, "consent.tracking"},
		{"consent as text", `{"consent":"drop"}`, fault.InvalidField, "consent"},
		{"text", `"x"`, fault.InvalidField, ""},
		{"half", `{"currency":"USD"`, fault.InvalidJSON, ""},
		{"two", `{} {}`, fault.InvalidJSON, ""},
		{"not UTF-8", "{\"currency\":\"U\xffD\"}", fault.InvalidJSON, ""},
		{"nested 10,000 deep", `{"fx":` + deep + `}`, fault.InvalidJSON, ""},
		{"oversize", `{"currency":"` + strings.Repeat("U", MaxBody) + `"}`, fault.TooLarge, ""},
		{"unknown field", `{"curency":"USD"}`, fault.InvalidField, "curency"},
		{"field of another case", `{"Currency":"USD"}`, fault.InvalidField, "Currency"},
		{"repeated field", `{"tz":"UTC","tz":"UTC"}`, fault.InvalidField, "tz"},
		{"another id", `{"id":"other"}`, fault.InvalidField, "id"},

		{"currency number", `{"currency":840}`, fault.InvalidField, "currency"},
		{"currency null", `{"currency":null}`, fault.InvalidField, "currency"},
		{"currency empty", `{"currency":""}`, fault.InvalidField, "currency"},
		{"currency unknown", `{"currency":"XQZ"}`, fault.UnknownCurrency, "currency"},
		{"currency in small letters", `{"currency":"usd"}`, fault.UnknownCurrency, "currency"},
		{"currency with NUL", `{"currency":"U\u0000D"}`, fault.InvalidField, "currency"},

		{"tz number", `{"tz":1}`, fault.InvalidField, "tz"},
		{"tz unknown", `{"tz":"Europe/Atlantis"}`, fault.InvalidField, "tz"},
		{"tz of the machine", `{"tz":"Local"}`, fault.InvalidField, "tz"},
		{"tz a path", `{"tz":"../../etc/passwd"}`, fault.InvalidField, "tz"},

		{"margin bool", `{"gross_margin":true}`, fault.InvalidField, "gross_margin"},
		{"margin object", `{"gross_margin":{}}`, fault.InvalidField, "gross_margin"},
		{"margin above 1", `{"gross_margin":"1.1"}`, fault.InvalidField, "gross_margin"},
		{"margin negative", `{"gross_margin":-0.1}`, fault.InvalidField, "gross_margin"},
		{"margin exponent", `{"gross_margin":4e-1}`, fault.InvalidField, "gross_margin"},
		{"margin NaN", `{"gross_margin":"NaN"}`, fault.InvalidField, "gross_margin"},
		{"margin too fine", `{"gross_margin":"0.12345"}`, fault.InvalidField, "gross_margin"},

		{"active_days text", `{"active_days":"45"}`, fault.InvalidField, "active_days"},
		{"active_days fraction", `{"active_days":45.5}`, fault.InvalidField, "active_days"},
		{"active_days none", `{"active_days":0}`, fault.InvalidField, "active_days"},
		{"lookback none", `{"lookback_days":0}`, fault.InvalidField, "lookback_days"},
		{"lookback over 90", `{"lookback_days":91}`, fault.InvalidField, "lookback_days"},
		{"lookback of 20 digits", `{"lookback_days":10000000000000000000}`, fault.InvalidField, "lookback_days"},
		{"half life bool", `{"half_life_days":false}`, fault.InvalidField, "half_life_days"},
		{"retention negative", `{"retention_days":-1}`, fault.InvalidField, "retention_days"},

		{"touch types text", `{"touch_types":"visit"}`, fault.InvalidField, "touch_types"},
		{"touch type unknown", `{"touch_types":["visit","purchase"]}`, fault.InvalidField, "touch_types[1]"},
		{"touch type number", `{"touch_types":[1]}`, fault.InvalidField, "touch_types[0]"},
		{"touch type twice", `{"touch_types":["visit","visit"]}`, fault.InvalidField, "touch_types[1]"},
		{"touch types too many", `{"touch_types":["a","b","c","d","e","f"]}`, fault.TooMany, "touch_types"},

		{"model unknown", `{"model":"best"}`, fault.InvalidField, "model"},
		{"model of more than one conversion", `{"model":"participation"}`, fault.InvalidField, "model"},
		{"model of reports", `{"model":"shapley"}`, fault.ModelInReports, "model"},
		{"model number", `{"model":1}`, fault.InvalidField, "model"},

		{"domain with scheme", `{"domains":["https://shop.example.com"]}`, fault.InvalidField, "domains[0]"},
		{"domain of capitals", `{"domains":["Shop.example.com"]}`, fault.InvalidField, "domains[0]"},
		{"domain with a gap", `{"domains":["shop..com"]}`, fault.InvalidField, "domains[0]"},
		{"domain with a dash in front", `{"domains":["-shop.com"]}`, fault.InvalidField, "domains[0]"},

		{"app_key short", `{"app_key":"secret"}`, fault.InvalidField, "app_key"},
		{"app_key number", `{"app_key":1234567890123456}`, fault.InvalidField, "app_key"},
		{"hash of an app_key", `{"app_key_sha256":"00"}`, fault.InvalidField, "app_key_sha256"},
		{"revenue unknown", `{"revenue":"gross"}`, fault.InvalidField, "revenue"},

		{"fx object", `{"fx":{}}`, fault.InvalidField, "fx"},
		{"fx of texts", `{"fx":["EUR"]}`, fault.InvalidField, "fx[0]"},
		{"fx unknown field", `{"fx":[{"to":"USD"}]}`, fault.InvalidField, "fx[0].to"},
		{"fx repeated field", `{"fx":[{"rate":"1","rate":"1"}]}`, fault.InvalidField, "fx[0].rate"},
		{"fx half", `{"fx":[{"currency":"EUR","rate":"1.1"}]}`, fault.InvalidField, "fx"},
		{"fx own currency", `{"fx":[{"currency":"EUR","from":"2026-01-01","rate":"1.1"}],"currency":"EUR"}`, fault.InvalidField, "fx"},
		{"fx unknown currency", `{"fx":[{"currency":"EURO"}]}`, fault.InvalidField, "fx[0].currency"},
		{"fx day", `{"fx":[{"currency":"EUR","from":"2026-02-30","rate":"1.1"}]}`, fault.InvalidField, "fx[0].from"},
		{"fx rate zero", `{"fx":[{"currency":"EUR","from":"2026-01-01","rate":"0"}]}`, fault.InvalidAmount, "fx[0].rate"},
		{"fx rate exponent", `{"fx":[{"currency":"EUR","from":"2026-01-01","rate":1e400}]}`, fault.InvalidAmount, "fx[0].rate"},
		{"fx descending", `{"fx":[{"currency":"EUR","from":"2026-02-01","rate":"1"},{"currency":"EUR","from":"2026-01-01","rate":"1"}]}`, fault.InvalidField, "fx"},
		{"fx same day", `{"fx":[{"currency":"EUR","from":"2026-02-01","rate":"1"},{"currency":"EUR","from":"2026-02-01","rate":"2"}]}`, fault.InvalidField, "fx"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := ParseSite("shop", []byte(row.body), Site{})
			f := fault.Of(err)
			if f == nil {
				t.Fatalf("got error %v, want a fault", err)
			}
			if f.Code != row.code || f.Field != row.field {
				t.Errorf("got %s at %q (%s), want %s at %q", f.Code, f.Field, f.Message, row.code, row.field)
			}
			if len(f.Message) > 600 {
				t.Errorf("the message has %d bytes", len(f.Message))
			}
		})
	}
}

// TestAppKeyStays ensures that a site can be read, changed and sent back without knowing its app key.
func TestAppKeyStays(t *testing.T) {
	was := parsed(t, `{"app_key":"an-app-key-0123456789"}`)
	shown, err := json.Marshal(was.View())
	if err != nil {
		t.Fatal(err)
	}
	if text := string(shown); strings.Contains(text, was.AppKeySHA256) || strings.Contains(text, "sha256") || !strings.Contains(text, `"app_key_set":true`) {
		t.Errorf("shown: %s", text)
	}
	for body, want := range map[string]string{
		string(shown):                          was.AppKeySHA256,
		`{}`:                                   was.AppKeySHA256,
		`{"app_key":null}`:                     "",
		`{"app_key":"another-key-0123456789"}`: KeyHash("another-key-0123456789"),
	} {
		got, err := ParseSite("shop", []byte(body), was)
		if err != nil {
			t.Errorf("%s: %v", body, err)
		}
		if got.AppKeySHA256 != want {
			t.Errorf("%s: got hash %q, want %q", body, got.AppKeySHA256, want)
		}
	}
}

// TestZoneTravels ensures that a zone read back from its bytes is the zone, hour by hour over its changes.
func TestZoneTravels(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo", "Etc/GMT+12", "Pacific/Apia"} {
		t.Run(name, func(t *testing.T) {
			stored, err := json.Marshal(parsed(t, `{"tz":"`+name+`"}`))
			if err != nil {
				t.Fatal(err)
			}
			site, err := DecodeSite(stored)
			if err != nil {
				t.Fatal(err)
			}
			want, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			if name != "UTC" && len(site.ZoneData) == 0 {
				t.Fatal("no bytes of the zone are kept")
			}
			for at := time.Date(2000, 1, 1, 0, 30, 0, 0, time.UTC); at.Year() < 2059; at = at.Add(7 * time.Hour) {
				if got, want := at.In(site.Location()).Format(time.RFC3339), at.In(want).Format(time.RFC3339); got != want {
					t.Fatalf("got %s, want %s", got, want)
				}
			}
		})
	}
}

func TestFractional(t *testing.T) {
	for name, want := range map[string]bool{
		"UTC": false, "Europe/Berlin": false, "America/New_York": false, "America/Caracas": false, "Asia/Kolkata": true,
		"Asia/Kathmandu": true, "Australia/Lord_Howe": true, "America/St_Johns": true,
	} {
		site := parsed(t, `{"tz":"`+name+`"}`)
		literal := Site{TZ: name}
		if got := site.Fractional(); got != want || literal.Fractional() != want {
			t.Errorf("%s: got %t and %t, want %t", name, got, literal.Fractional(), want)
		}
	}
}

func TestCheckID(t *testing.T) {
	for id, want := range map[string]bool{
		"default": true, "a": true, "Shop_1.eu-west": true, strings.Repeat("x", 64): true,
		"": false, strings.Repeat("x", 65): false, "a#b": false, "a/b": false, "a b": false, "ä": false, "a\x00": false,
	} {
		if got := CheckID("id", id) == nil; got != want {
			t.Errorf("%q: got %t, want %t", id, got, want)
		}
	}
}

// FuzzParseSite ensures that whatever is taken can be stored, read back and sent again.
func FuzzParseSite(f *testing.F) {
	f.Add([]byte(`{"currency":"EUR","tz":"Asia/Kolkata","fx":[{"currency":"USD","from":"2026-01-01","rate":0.9}],"domains":["a.b"]}`))
	f.Add([]byte(`{"app_key":"0123456789abcdef","touch_types":[],"gross_margin":1}`))
	f.Add([]byte("{\"tz\":\"\\ud800\"}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		site, err := ParseSite("shop", body, Site{})
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("no fault: %v", err)
			}
			return
		}
		stored, err := json.Marshal(site)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeSite(stored); err != nil {
			t.Fatal(err)
		}
		shown, err := json.Marshal(site.View())
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseSite("shop", shown, site)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(site, again, ignoring); diff != "" {
			t.Fatalf("sent again (-want +got):\n%s", diff)
		}
	})
}

// Ensures that a site that was stored before there were tiers has the default ones, as visitors expect.
func TestOldSitesHonourSignals(t *testing.T) {
	s, err := DecodeSite([]byte(`{"id":"shop","tz":"UTC"}`))
	if err != nil || s.Consent != consent.Default() || s.PageParams == nil {
		t.Errorf("got %+v, %v", s.Consent, err)
	}
}
