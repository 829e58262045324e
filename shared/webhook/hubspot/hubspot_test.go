package hubspot

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/webhooktest"
)

const plain = `{"provider":"hubspot","secrets":["client-secret"]}`

// said is what an event is about.
type said struct{ Type, Order, Value, Kind, IDs string }

func read(t *testing.T, connection, file string) ([]said, []*event.Event, webhook.Meaning) {
	t.Helper()
	events, m := webhooktest.Read(t, &Provider, webhooktest.Connection(t, connection), webhooktest.Delivery(t, file+".json", nil))
	return tell(events), events, m
}

func tell(events []*event.Event) []said {
	var list []said
	for _, e := range events {
		s := said{Type: e.Type, Order: e.OrderID}
		if e.HasValue {
			s.Value = strconv.FormatInt(e.Value, 10) + " " + e.Currency
		}
		if strings.Contains(e.Props, `"kind":"deal"`) {
			s.Kind = "deal"
		}
		var ids []string
		for _, id := range e.IDs() {
			switch id[0] {
			case 'E':
				id = "mail"
			case 'A':
				id = "visitor"
			}
			ids = append(ids, strings.TrimPrefix(id, "P#hubspot:"))
		}
		s.IDs = strings.Join(ids, " ")
		list = append(list, s)
	}
	return list
}

// Ensures what a workflow's webhook becomes, in HubSpot's own shapes and by the connection's fields and stages.
func TestWorkflows(t *testing.T) {
	mapped := `{"provider":"hubspot","secrets":["s"],"currency":"CHF","fields":{"deal_id":"deal.id","amount":"deal.value","stage":"deal.state","pipeline":"deal.board","email":"contact.mail"},
		"stages":{"77":{"gewonnen":"won","verloren":"lost"},"*":{"gewonnen":"ignored"}}}`
	for _, c := range []struct {
		name, connection, file string
		want                   said
	}{
		{"a won deal", plain, "workflow.won", said{"conversion", "18500001", "125000 EUR", "deal", "51 mail visitor"}},
		{"properties, and no contact", plain, "workflow.properties", said{"opportunity", "", "", "", "deal:18500001"}},
		{"by fields and stages", mapped, "workflow.nested", said{"conversion", "18500001", "125000 CHF", "deal", "mail"}},
		{"another pipeline's stage", strings.Replace(mapped, `"77"`, `"78"`, 1), "workflow.nested", said{"deal", "", "", "", "mail"}},
		{"a lost deal", plain, "workflow.lost", said{"opportunity_lost", "", "", "", "mail"}},
		{"a contact", plain, "workflow.contact", said{"identify", "", "", "", "51 mail visitor"}},
	} {
		got, _, _ := read(t, c.connection, c.file)
		if diff := cmp.Diff([]said{c.want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// Ensures that an app's events are told apart by eventId, subscription and time, that with a token deals wait for redrive, and
// that without one they are kept under their own name.
func TestAppEvents(t *testing.T) {
	got, events, m := read(t, plain, "app")
	want := []said{
		{Type: "deal.propertyChange"},
		{Type: "deal.propertyChange"},
		{Type: "deal.propertyChange"},
		{Type: "deal.creation"},
		{"lead", "", "", "", "51"},
		{"identify", "", "", "", "51 mail"},
		{"contact.creation", "", "", "", "51"},
		{Type: "deal.propertyChange"},
	}
	if diff := cmp.Diff(want, got); diff != "" || len(m.Lookups) > 0 {
		t.Errorf("without a token: %v (-want +got):\n%s", m.Lookups, diff)
	}
	seen := map[string]bool{}
	for _, e := range events {
		seen[e.ID] = true
	}
	if len(seen) != len(events) {
		t.Errorf("%d ids of %d events", len(seen), len(events))
	}
	got, _, m = read(t, `{"provider":"hubspot","secrets":["s"],"token":"pat-1"}`, "app")
	if len(m.Lookups) != 4 || m.Lookups[0].Key != "18500001" || m.Lookups[0].ID == m.Lookups[1].ID || m.Lookups[0].ID == m.Lookups[2].ID || len(got) != 4 {
		t.Errorf("with a token: %+v and %+v, want 4 lookups of the deal and 4 events", m.Lookups, got)
	}
}

// Ensures that one attempt more is the same event.
func TestAttempts(t *testing.T) {
	d := webhooktest.Delivery(t, "app.json", nil)
	again := webhooktest.Delivery(t, "app.json", nil)
	again.Body = []byte(strings.ReplaceAll(string(d.Body), `"attemptNumber": 0`, `"attemptNumber": 3`))
	c := webhooktest.Connection(t, plain)
	first, _ := webhooktest.Read(t, &Provider, c, d)
	second, _ := webhooktest.Read(t, &Provider, c, again)
	for i := range first {
		if first[i].ID != second[i].ID || first[i].Hash != second[i].Hash {
			t.Errorf("event %d is another one at the third attempt", i)
		}
	}
}

// Ensures that a privacy deletion asks for the contact, and stores nothing.
func TestPrivacyDeletion(t *testing.T) {
	got, _, m := read(t, plain, "privacy")
	if diff := cmp.Diff([]webhook.Person{{ProviderIDs: []string{"hubspot:51"}}}, m.Erase); diff != "" || len(got) > 0 {
		t.Errorf("%v %s", got, diff)
	}
}

// Ensures that of an array of which something cannot be read the rest is taken, with the reason.
func TestHalfAnArray(t *testing.T) {
	m, err := Read(webhooktest.Connection(t, plain), webhooktest.Delivery(t, "half.json", nil))
	if err == nil || len(m.Events) != 1 {
		t.Errorf("got %v, %v, want one event and a reason", m.Events, err)
	}
}

// answers are HubSpot's, from testdata.
func answers(t *testing.T, asked *[]string, broken int) webhook.Ask {
	return func(address string, token settings.Secret) (int, []byte, error) {
		*asked = append(*asked, address)
		if broken != 0 {
			return broken, []byte(`{"message":"pat-1 is no token"}`), nil
		}
		path, ok := strings.CutPrefix(address, api)
		if !ok || token != "pat-1" {
			t.Errorf("%s is asked with the token %q", address, string(token))
		}
		path, _, _ = strings.Cut(path, "?")
		path = strings.NewReplacer("deals/", "deal.", "contacts/", "contact.").Replace(path)
		body, err := os.ReadFile("testdata/" + path + ".json")
		if errors.Is(err, os.ErrNotExist) {
			return 404, nil, nil
		}
		return 200, body, err
	}
}

// Ensures that a bare deal event becomes the deal as HubSpot has it, with its first contact, and that nobody else's address can
// be asked.
func TestComplete(t *testing.T) {
	c := webhooktest.Connection(t, `{"provider":"hubspot","secrets":["s"],"token":"pat-1"}`)
	var asked []string
	m, err := Complete(c, webhook.Lookup{ID: "hubspot:1", Object: "deals", Key: "18500001", Time: 1772366400000}, answers(t, &asked, 0))
	if err != nil {
		t.Fatal(err)
	}
	got := webhooktest.Events(t, m.Events)
	if diff := cmp.Diff([]said{{"conversion", "18500001", "125000 EUR", "deal", "51 mail visitor"}}, tell(got)); diff != "" || len(asked) != 2 || got[0].ID != "hubspot:1" {
		t.Errorf("asked %v (-want +got):\n%s", asked, diff)
	}
	if m, err := Complete(c, webhook.Lookup{ID: "hubspot:2", Key: "../../oauth/v1/x"}, answers(t, &asked, 0)); err != nil || len(m.Events) > 0 || !strings.HasPrefix(asked[2], api+"deals/..%2F") {
		t.Errorf("a key that is a path: asked %v, %v, %v", asked[2], m.Events, err)
	}
	_, err = Complete(c, webhook.Lookup{ID: "hubspot:3", Key: "1"}, answers(t, &asked, 401))
	if err == nil || strings.Contains(err.Error(), "pat-1") {
		t.Errorf("a token that is refused: got %v, want an error without it", err)
	}
}

// Ensures that a deal that is won, and whose amount is put right later, is one sale of the later amount, by one person.
func TestOneSale(t *testing.T) {
	c := webhooktest.Connection(t, `{"provider":"hubspot","secrets":["s"],"token":"pat-1"}`)
	var asked []string
	var drafts []webhook.Draft
	for i, amount := range []string{"1250.00", "1300.00"} {
		ask := answers(t, &asked, 0)
		m, err := Complete(c, webhook.Lookup{ID: "hubspot:" + amount, Key: "18500001", Time: 1772366400000 + int64(i)}, func(address string, token settings.Secret) (int, []byte, error) {
			status, body, err := ask(address, token)
			return status, []byte(strings.Replace(string(body), "1250.00", amount, 1)), err
		})
		if err != nil {
			t.Fatal(err)
		}
		drafts = append(drafts, m.Events...)
	}
	webhooktest.Orders(webhooktest.Events(t, drafts), func(arrived []*event.Event) {
		got := webhooktest.Sales(t, arrived)
		if len(got) != 1 || got["18500001"].Value != 130_000 || got["18500001"].Kind != "deal" {
			t.Errorf("got %+v, want one deal of 130000", got)
		}
	})
}

// Ensures that a field that no deal has is refused when it is set.
func TestCheck(t *testing.T) {
	if Provider.CheckConnection(webhooktest.Connection(t, `{"provider":"hubspot","secrets":["s"],"fields":{"ammount":"x"}}`)) == nil {
		t.Error("a misspelt field is taken")
	}
}
