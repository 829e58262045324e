package settings

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/fault"
)

func TestParseGoal(t *testing.T) {
	rows := []struct {
		name, id, body string
		want           Goal
	}{
		{"purchase is an order unless it says otherwise", "purchase", ``, Goal{ID: "purchase", Kind: GoalOrder}},
		{"others are custom", "demo", `{}`, Goal{ID: "demo", Kind: GoalCustom}},
		{"by type", "sign_up", `{"kind":"signup","match":{"type":"sign_up"},"primary":true,"once":true}`, Goal{ID: "sign_up", Kind: GoalSignup, Match: &Match{Type: "sign_up"}, Primary: true, Once: true}},
		{"by page", "thanks", `{"kind":"lead","match":{"page":"/thanks*"},"value":"12.50"}`, Goal{ID: "thanks", Kind: GoalLead, Match: &Match{Page: "/thanks*"}, Value: "12.50", Currency: "USD"}},
		{"in another currency", "g", `{"value":500,"currency":"JPY"}`, Goal{ID: "g", Kind: GoalCustom, Value: "500", Currency: "JPY"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := ParseGoal(row.id, []byte(row.body), "USD")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			stored, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			if back, err := Decode[Goal](stored); err != nil || !cmp.Equal(back, got) {
				t.Errorf("read back: %+v, %v", back, err)
			}
			if again, err := ParseGoal(row.id, stored, "USD"); err != nil || !cmp.Equal(again, got) {
				t.Errorf("sent again: %+v, %v", again, err)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	goal := func(id, body string) error { _, err := ParseGoal(id, []byte(body), "USD"); return err }
	campaign := func(id, body string) error { _, err := ParseCampaign(id, []byte(body), "USD"); return err }
	link := func(id, body string) error { _, err := ParseLink(id, []byte(body)); return err }
	program := func(id, body string) error { _, err := ParseProgram(id, []byte(body)); return err }
	code := func(id, body string) error { _, err := ParseCode(id, []byte(body)); return err }
	key := func(id, body string) error { _, err := ParseKey(id, []byte(body)); return err }
	rows := []struct {
		name     string
		parse    func(id, body string) error
		id, body string
		code     fault.Code
		field    string
	}{
		{"goal id", goal, "a b", `{}`, fault.InvalidField, "id"},
		{"goal kind", goal, "g", `{"kind":"sale"}`, fault.InvalidField, "kind"},
		{"goal kind number", goal, "g", `{"kind":1}`, fault.InvalidField, "kind"},
		{"goal primary text", goal, "g", `{"primary":"true"}`, fault.InvalidField, "primary"},
		{"goal primary number", goal, "g", `{"primary":1}`, fault.InvalidField, "primary"},
		{"goal once null", goal, "g", `{"once":null}`, fault.InvalidField, "once"},
		{"goal match text", goal, "g", `{"match":"/thanks"}`, fault.InvalidField, "match"},
		{"goal match empty", goal, "g", `{"match":{}}`, fault.InvalidField, "match"},
		{"goal match both", goal, "g", `{"match":{"type":"a","page":"/b"}}`, fault.InvalidField, "match"},
		{"goal match other", goal, "g", `{"match":{"url":"/b"}}`, fault.InvalidField, "match.url"},
		{"goal page without slash", goal, "g", `{"match":{"page":"thanks"}}`, fault.InvalidField, "match.page"},
		{"goal page with two stars", goal, "g", `{"match":{"page":"/*/thanks*"}}`, fault.InvalidField, "match.page"},
		{"goal page with a star inside", goal, "g", `{"match":{"page":"/*/thanks"}}`, fault.InvalidField, "match.page"},
		{"goal value text", goal, "g", `{"value":"ten"}`, fault.InvalidAmount, "value"},
		{"goal value bool", goal, "g", `{"value":true}`, fault.InvalidField, "value"},
		{"goal value negative", goal, "g", `{"value":"-1"}`, fault.InvalidField, "value"},
		{"goal value exponent", goal, "g", `{"value":1e400}`, fault.InvalidAmount, "value"},
		{"goal value finer than the currency", goal, "g", `{"value":"1.005"}`, fault.InvalidAmount, "value"},
		{"goal value finer than its currency", goal, "g", `{"value":"1.5","currency":"JPY"}`, fault.InvalidAmount, "value"},
		{"goal currency", goal, "g", `{"currency":"ABC"}`, fault.UnknownCurrency, "currency"},

		{"campaign model", campaign, "c", `{"model":"markov_order_1"}`, fault.ModelInReports, "model"},
		{"campaign look-back", campaign, "c", `{"lookback_days":91}`, fault.InvalidField, "lookback_days"},
		{"campaign target_cpa", campaign, "c", `{"target_cpa":"1.005"}`, fault.InvalidAmount, "target_cpa"},
		{"campaign target_roas", campaign, "c", `{"target_roas":"-3"}`, fault.InvalidField, "target_roas"},
		{"campaign budget text", campaign, "c", `{"budget":"100"}`, fault.InvalidField, "budget"},
		{"campaign target_roas of nothing", campaign, "c", `{"target_roas":"0:1"}`, fault.InvalidField, "target_roas"},
		{"campaign target_cpa of nothing", campaign, "c", `{"target_cpa":0}`, fault.InvalidField, "target_cpa"},
		{"campaign target_cpa below zero", campaign, "c", `{"target_cpa":"-1"}`, fault.InvalidField, "target_cpa"},
		{"campaign budget of nothing", campaign, "c", `{"budget":{"amount":"0.00"}}`, fault.InvalidField, "budget.amount"},
		{"campaign budget below zero", campaign, "c", `{"budget":{"amount":-1}}`, fault.InvalidField, "budget.amount"},
		{"campaign budget without amount", campaign, "c", `{"budget":{}}`, fault.InvalidField, "budget.amount"},
		{"campaign budget period", campaign, "c", `{"budget":{"amount":1,"period":"year"}}`, fault.InvalidField, "budget.period"},
		{"campaign budget currency", campaign, "c", `{"budget":{"amount":1,"currency":"ZZZ"}}`, fault.UnknownCurrency, "budget.currency"},
		{"campaign budget amount", campaign, "c", `{"budget":{"amount":"0.001"}}`, fault.InvalidAmount, "budget.amount"},
		{"campaign alias twice", campaign, "c", `{"aliases":["a","a"]}`, fault.InvalidField, "aliases[1]"},
		{"campaign name long", campaign, "c", `{"name":"` + strings.Repeat("n", 201) + `"}`, fault.InvalidField, "name"},

		{"link without target", link, "l", `{}`, fault.InvalidField, "target"},
		{"link http", link, "l", `{"target":"http://example.com"}`, fault.InvalidField, "target"},
		{"link script", link, "l", `{"target":"javascript:alert(1)"}`, fault.InvalidField, "target"},
		{"link without scheme", link, "l", `{"target":"//example.com"}`, fault.InvalidField, "target"},
		{"link without host", link, "l", `{"target":"https:///x"}`, fault.InvalidField, "target"},
		{"link with a port and no host", link, "l", `{"target":"https://:443/x"}`, fault.InvalidField, "target"},
		{"link with user", link, "l", `{"target":"https://good.example@evil.example/"}`, fault.InvalidField, "target"},
		{"link with backslash", link, "l", `{"target":"https://good.example\\@evil.example/"}`, fault.InvalidField, "target"},
		{"link with newline", link, "l", `{"target":"https://example.com/\r\nx: y"}`, fault.InvalidField, "target"},
		{"link with a space", link, "l", `{"target":"https://example.com/a b"}`, fault.InvalidField, "target"},
		{"link beyond ASCII", link, "l", `{"target":"https://exämple.com/"}`, fault.InvalidField, "target"},
		{"link honeypot text", link, "l", `{"target":"https://a.b","honeypot":"yes"}`, fault.InvalidField, "honeypot"},
		{"link click_param", link, "l", `{"target":"https://a.b","click_param":"a&b"}`, fault.InvalidField, "click_param"},

		{"program without target", program, "p", `{}`, fault.InvalidField, "target"},
		{"program http", program, "p", `{"target":"http://example.com"}`, fault.InvalidField, "target"},
		{"program id", program, "p q", `{"target":"https://a.b"}`, fault.InvalidField, "id"},
		{"code without program", code, "ADA10", `{}`, fault.MissingField, "program"},
		{"code with a program's name", code, "ADA10", `{"program":"p q"}`, fault.InvalidField, "program"},
		{"code http", code, "ADA10", `{"program":"p","target":"http://example.com"}`, fault.InvalidField, "target"},
		{"code with an advocate's record", code, "ADA10", `{"program":"p","advocate":{"user_id":"u"}}`, fault.InvalidField, "advocate"},

		{"key label", key, "k", `{"label":1}`, fault.InvalidField, "label"},
		{"key with a secret of its own", key, "k", `{"secret":"mine"}`, fault.InvalidField, "secret"},
		{"key id", key, "", `{}`, fault.InvalidField, "id"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f := fault.Of(row.parse(row.id, row.body))
			if f == nil {
				t.Fatal("it was taken")
			}
			if f.Code != row.code || f.Field != row.field {
				t.Errorf("got %s at %q (%s), want %s at %q", f.Code, f.Field, f.Message, row.code, row.field)
			}
		})
	}
}

func TestPrimaryGoals(t *testing.T) {
	site := DefaultSite("shop")
	rows := []struct {
		name  string
		goals []Goal
		want  []string
	}{
		{"no goals", nil, []string{"purchase"}},
		{"none is primary", []Goal{{ID: "lead"}}, []string{"purchase"}},
		{"two are", []Goal{{ID: "a", Primary: true}, {ID: "b"}, {ID: "c", Primary: true}}, []string{"a", "c"}},
	}
	for _, row := range rows {
		if diff := cmp.Diff(row.want, site.PrimaryGoals(row.goals)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

func TestParseCampaignLinkKey(t *testing.T) {
	c, err := ParseCampaign("spring", []byte(`{"name":"Spring","channel":"Paid Search","model":"linear","lookback_days":7,"target_cpa":"9.99",
		"target_roas":4,"budget":{"amount":"1000","period":"month"},"aliases":["123","spring-sale"]}`), "EUR")
	if err != nil {
		t.Fatal(err)
	}
	want := Campaign{
		ID: "spring", Name: "Spring", Channel: "Paid Search", Model: "linear", LookbackDays: 7, TargetCPA: "9.99", TargetROAS: "4",
		Budget: &Budget{Amount: "1000", Currency: "EUR", Period: "month"}, Aliases: []string{"123", "spring-sale"},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("campaign (-want +got):\n%s", diff)
	}
	l, err := ParseLink("go", []byte(`{"target":"https://shop.example.com:8443/a?b=c#d","campaign":"spring"}`))
	if want := (Link{ID: "go", Target: "https://shop.example.com:8443/a?b=c#d", Campaign: "spring", ClickParam: "trb"}); err != nil || l != want {
		t.Errorf("link: got %+v, %v, want %+v", l, err, want)
	}
	k, err := ParseKey("ci", []byte(`{"label":"CI"}`))
	if want := (Key{ID: "ci", Label: "CI"}); err != nil || k != want {
		t.Errorf("key: got %+v, %v, want %+v", k, err, want)
	}
}

// FuzzParseLink ensures that no target that is taken leads elsewhere than it reads.
func FuzzParseLink(f *testing.F) {
	for _, s := range []string{"https://a.b/c", "https://a.b\\@c.d", "https://a@b", "//a.b", "https://[::1]/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, target string) {
		body, err := json.Marshal(map[string]string{"target": target})
		if err != nil {
			t.Fatal(err)
		}
		l, err := ParseLink("l", body)
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("no fault: %v", err)
			}
			return
		}
		if !strings.HasPrefix(strings.ToLower(l.Target), "https://") || strings.ContainsAny(l.Target, "\\\r\n\x00") {
			t.Fatalf("taken: %q", l.Target)
		}
	})
}
