package referral_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/dub"
	"tributary/shared/webhook/firstpromoter"
	"tributary/shared/webhook/friendbuy"
	"tributary/shared/webhook/referral"
	"tributary/shared/webhook/rewardful"
	"tributary/shared/webhook/tapfiliate"
	"tributary/shared/webhook/webhooktest"
)

// tool is a referral tool with its fixtures: what leads to a sale, what takes it back, and the names that its order has.
type tool struct {
	p                *webhook.Provider
	says             string
	signUp           []string // files: the invite and who took it up
	sale             []string // the sale and its reward
	back             []string // the reversal
	own              map[string]string
	payment, aliases string // how a payment tool calls the order
	cost             int64
}

var tools = []tool{
	{
		p: &rewardful.Provider, signUp: []string{"referral.created", "referral.lead"}, sale: []string{"sale.created", "commission.created"}, back: []string{"commission.voided"},
		own: map[string]string{"payout.created": "payout.created", "sale.refunded": "sale.refunded"}, payment: "in_9", aliases: "ch_ABC123", cost: 30_000000,
	},
	{
		p: &dub.Provider, signUp: []string{"lead.created"}, sale: []string{"sale.created", "commission.created"}, back: []string{"commission.created.negative"},
		own: map[string]string{"link.clicked": "link.clicked"}, payment: "in_1ABC", aliases: "ch_9", cost: 30_000000,
	},
	{
		p: &firstpromoter.Provider, says: `{"currency":"USD"}`, signUp: []string{"lead_signup"}, sale: []string{"reward_created"},
		own: map[string]string{"lead_cancelled": "lead_cancelled"}, payment: "in_9", aliases: "ch_ABC123", cost: 30_000000,
	},
	{
		p: &firstpromoter.Provider, says: `{"currency":"USD"}`, signUp: []string{"v2.referral.created"}, sale: []string{"v2.commission.created"}, back: []string{"v2.commission.updated.denied"},
		own: map[string]string{"v2.commission.updated.paid": "commission.updated"}, payment: "in_9", aliases: "ch_ABC123", cost: 30_000000,
	},
	{
		p: &tapfiliate.Provider, signUp: []string{"customer.created"}, sale: []string{"conversion.created"}, back: []string{"commission.disapproved"},
		own: map[string]string{"affiliate.created": "affiliate.created"}, payment: "o-77", aliases: "in_9", cost: 30_150000,
	},
	{
		p: &friendbuy.Provider, signUp: []string{"emailCapture"}, sale: []string{"advocateReward", "friendIncentive"},
		own: map[string]string{"emailOptOut": "emailOptOut"}, payment: "o-77", aliases: "in_9", cost: 15_000000,
	},
}

func (w *tool) read(t *testing.T, says string, files ...string) []*event.Event {
	t.Helper()
	body := `{"provider":"` + w.p.Name + `"`
	if says != "" {
		body += `,"referral":` + says
	}
	c := webhooktest.Connection(t, body+"}")
	var all []*event.Event
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join("..", w.p.Name, "testdata", f+".json"))
		if err != nil {
			t.Fatal(err)
		}
		got, _ := webhooktest.Read(t, w.p, c, &webhook.Delivery{Method: "POST", Body: raw, Header: map[string]string{}, Now: webhooktest.Arrival})
		all = append(all, got...)
	}
	return all
}

// payment is the sale as a payment tool reports it.
func (w *tool) paid(t *testing.T) *event.Event {
	t.Helper()
	return webhooktest.Events(t, []webhook.Draft{{
		"id": "payment", "type": "conversion", "time": int64(1772366410000), "order_id": w.payment, "order_aliases": []string{w.aliases}, "value": "100.00", "currency": "USD", "user_id": "u-1",
	}})[0]
}

func ofType(events []*event.Event, typ string) []*event.Event {
	var list []*event.Event
	for _, e := range events {
		if e.Type == typ {
			list = append(list, e)
		}
	}
	return list
}

// Ensures that every tool tells advocate, sign-up and reward, and that its word on a sale is attached to the one that a
// payment tool reported, never a second, whatever comes first or twice.
func TestTools(t *testing.T) {
	for _, w := range tools {
		t.Run(w.p.Name+" "+w.sale[0], func(t *testing.T) {
			people := w.read(t, w.says, w.signUp...)
			invites, signups := ofType(people, "invite"), ofType(people, "invite_signup")
			if len(invites) != 1 || len(signups) != 1 || invites[0].InviteID != signups[0].InviteID || len(signups[0].IDs()) == 0 || len(invites[0].IDs()) == 0 {
				t.Fatalf("invites %+v, sign-ups %+v", invites, signups)
			}
			told := w.read(t, w.says, w.sale...)
			if alone := webhooktest.Sales(t, told); len(alone) != 0 {
				t.Errorf("without a payment there are sales: %+v", alone)
			}
			webhooktest.Orders(append(told, append(people, w.paid(t))...), func(arrived []*event.Event) {
				sales := webhooktest.Sales(t, arrived)
				s, ok := sales[w.payment]
				if len(sales) != 1 || !ok || s.Sold != 10000 || s.Time != 1772366410000 || s.Invite != invites[0].InviteID {
					t.Errorf("got %+v, want the payment's sale with the invite %s", sales, invites[0].InviteID)
				}
			})
			w.checkRewards(t, told)
			for file, typ := range w.own {
				if got := w.read(t, w.says, file); len(got) != 1 || got[0].Type != typ {
					t.Errorf("%s: got %+v, want %s", file, got, typ)
				}
			}
		})
	}
}

// checkRewards ensures that rewards cost what they say, under ids of their own, and are taken back whole.
func (w *tool) checkRewards(t *testing.T, told []*event.Event) {
	t.Helper()
	var cost int64
	ids := map[string]bool{}
	for _, e := range ofType(told, "reward") {
		cost += e.Cost
		ids[e.ID] = true
	}
	if cost != w.cost {
		t.Errorf("rewards cost %d, want %d", cost, w.cost)
	}
	if w.back == nil {
		return
	}
	for _, e := range ofType(w.read(t, w.says, w.back...), "reward_reversed") {
		cost -= e.Cost
		if !ids[strings.TrimSuffix(e.ID, "/reversed")] {
			t.Errorf("%s reverses no reward that was told", e.ID)
		}
	}
	if cost != 0 {
		t.Errorf("after the reversal %d is left", cost)
	}
}

// Ensures that a tool which alone reports the sales makes them, with their value, and their refunds.
func TestToolsAlone(t *testing.T) {
	for _, w := range tools {
		if w.p.Name == "friendbuy" {
			continue // it tells no value
		}
		sales := webhooktest.Sales(t, w.read(t, `{"sales":true,"currency":"USD"}`, w.sale...))
		if len(sales) != 1 {
			t.Errorf("%s: %d sales, want 1", w.p.Name, len(sales))
		}
		for _, s := range sales {
			if s.Sold != 10000 && s.Sold != 10050 {
				t.Errorf("%s: sold for %d", w.p.Name, s.Sold)
			}
		}
	}
	w := tools[0]
	for _, s := range webhooktest.Sales(t, w.read(t, `{"sales":true}`, "sale.created", "sale.refunded")) {
		if s.Net != 0 {
			t.Errorf("a refunded sale has %d left", s.Net)
		}
	}
}

// Ensures that what is no webhook of the tool, and settings that cannot be followed, are told.
func TestToolsRefuse(t *testing.T) {
	for _, w := range tools {
		if _, err := w.p.Read(&settings.Connection{}, &webhook.Delivery{Body: []byte(`{}`)}); fault.Of(err) == nil {
			t.Errorf("%s: got %v", w.p.Name, err)
		}
	}
	for says, field := range map[string]string{`{"sale":true}`: "referral", `{"currency":"EURO"}`: "referral.currency", `{} {}`: "referral"} {
		if f := fault.Of(referral.Check(&settings.Connection{Referral: []byte(says)})); f == nil || f.Field != field {
			t.Errorf("%s: got %v", says, f)
		}
	}
}
