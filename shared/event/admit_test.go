package event

import (
	"encoding/json"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/fault"
)

// check holds an event that was taken, or its refusal, to what everybody behind the door relies on.
func check(t *testing.T, e *Event, err error, s Site) {
	t.Helper()
	if err != nil {
		if fault.Of(err) == nil {
			t.Fatalf("refused without a fault: %v", err)
		}
		return
	}
	if e.ID == "" || e.Type == "" || e.Site == "" || e.Hash == "" || len(e.SortKey()) > 1024 || len(e.Site+"#"+e.Home()) > 2048 {
		t.Fatalf("the event cannot be a key: %+v", e)
	}
	if e.Time > now+future || e.Trust == TrustPublic && e.Time < now-publicPast || e.TTL*second < now+day-second {
		t.Fatalf("the event lies at %d and is kept to %d", e.Time, e.TTL)
	}
	if (e.HasValue || e.HasCost) && e.Currency == "" || e.Value < 0 {
		t.Fatalf("the amounts are worth nothing: %+v", e)
	}
	size := 0
	for _, a := range e.Attrs() {
		if size += len(a.Name) + len(a.Value); !utf8.ValidString(a.Value) || a.Value == "" {
			t.Fatalf("attribute %s is %q", a.Name, a.Value)
		}
	}
	if size > 395_000 {
		t.Fatalf("the item has %d bytes; DynamoDB takes 400 KB", size)
	}
	if e.Props != "" && !json.Valid([]byte(e.Props)) {
		t.Fatalf("props are no JSON: %s", e.Props)
	}
	back, err := FromAttrs(e.Attrs())
	if diff := cmp.Diff(e, back); err != nil || diff != "" {
		t.Fatalf("the event does not survive its attributes: %v\n%s", err, diff)
	}
}

func TestAdmitPlacesPublicEvents(t *testing.T) {
	at := func(ago time.Duration) int64 { return now - ago.Milliseconds() }
	for _, c := range []struct {
		name    string
		time    int64
		app     bool
		sentAt  int64
		want    int64
		clamped bool
	}{
		{"no time is now", 0, false, 0, now, false},
		{"an hour ago", at(time.Hour), false, 0, at(time.Hour), false},
		{"the edge", at(72 * time.Hour), false, 0, at(72 * time.Hour), false},
		{"a millisecond past the edge", at(72*time.Hour) - 1, false, 0, at(72 * time.Hour), true},
		{"5 minutes ahead", at(-5 * time.Minute), false, 0, at(-5 * time.Minute), false},
		{"a millisecond more", at(-5*time.Minute) + 1, false, 0, now, true},
		{"an app's edge", at(720 * time.Hour), true, 0, at(720 * time.Hour), false},
		{"past it", at(720*time.Hour) - 1, true, 0, at(720 * time.Hour), true},
		{"a clock a day ahead", at(-23 * time.Hour), false, at(-24 * time.Hour), at(time.Hour), false},
		{"a clock of 1970", 60_000, false, 120_000, now - 60_000, false},
		{"an event from before such a clock was set", 1, false, now, at(72 * time.Hour), true},
		{"no time, a wrong clock", 0, false, 120_000, now, false},
	} {
		e := &Event{Type: "visit", Time: c.time, Received: now}
		d := public()
		d.App, d.SentAt = c.app, c.sentAt
		if err := e.Admit(d, site(t)); err != nil || e.Time != c.want || e.Clamped != c.clamped {
			t.Errorf("%s: got %d, clamped %v, %v; want %d, %v", c.name, e.Time, e.Clamped, err, c.want, c.clamped)
		}
	}
}

func TestAdmitPlacesKeyedEvents(t *testing.T) {
	edge := now - 400*day
	for _, c := range []struct {
		name string
		time int64
		want fault.Code
	}{
		{"the edge of retention", edge, ""},
		{"past it", edge - 1, fault.OutsideRetention},
		{"5 minutes ahead", now + future, ""},
		{"more", now + future + 1, fault.InvalidTime},
	} {
		e := &Event{Type: "visit", Time: c.time, Received: now}
		err := e.Admit(keyed(), site(t))
		if f := fault.Of(err); (f == nil) != (c.want == "") || f != nil && f.Code != c.want || e.Time != c.time {
			t.Errorf("%s: got %v at %d, want %q and the time kept", c.name, err, e.Time, c.want)
		}
	}
}

func TestSpendOfADayBeginsWithTheSitesDay(t *testing.T) {
	e := &Event{Type: "spend", Date: "2026-02-14", Received: now}
	if err := e.Admit(keyed(), site(t)); err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 2, 14, 5, 0, 0, 0, time.UTC).UnixMilli(); e.Time != want {
		t.Errorf("got %d, want midnight in New York, %d", e.Time, want)
	}
}

func TestTTL(t *testing.T) {
	s := site(t)
	for _, c := range []struct {
		name, typ string
		time      int64
		want      int64
	}{
		{"everything else goes after retention", "page_view", now, now + 400*day},
		{"a touch stays for the longest look-back", "click", now, now + 490*day},
		{"a conversion too", "conversion", now, now + 490*day},
		{"a link too", "identify", now, now + 490*day},
		{"never less than a day after arrival", "page_view", now - 400*day, now + day},
	} {
		e := &Event{Type: c.typ, Time: c.time, Received: now}
		if err := e.Admit(keyed(), s); err != nil || e.TTL != c.want/1000 {
			t.Errorf("%s: got %d, %v; want %d", c.name, e.TTL, err, c.want/1000)
		}
	}
}

func TestHashCoversWhatTheSenderSaid(t *testing.T) {
	hash := func(raw string) string {
		d := keyed()
		e, err := Parse([]byte(raw), d)
		if err != nil {
			t.Fatal(err)
		}
		return e.Hash
	}
	base := hash(`{"id":"1","type":"lead","user_id":"u","props":{"a":1.0,"b":[true]}}`)
	for _, same := range []string{
		`{"props":{"b":[true],"a":1.0},"user_id":"u","type":"lead","id":"1"}`,
		`{ "id": "1", "type": "lead", "user_id": "\u0075", "props": {"a": 1.0, "b": [ true ]}, "goal": null, "campaign": "" }`,
	} {
		if hash(same) != base {
			t.Errorf("%s says the same", same)
		}
	}
	for _, other := range []string{
		`{"id":"1","type":"lead","user_id":"v","props":{"a":1.0,"b":[true]}}`,
		`{"id":"1","type":"lead","user_id":"u","props":{"a":1.1,"b":[true]}}`,
		`{"id":"1","type":"lead","user_id":"u","props":{"a":1.0}}`,
		`{"id":"1","type":"lead","user_id":"u","goal":"g","props":{"a":1.0,"b":[true]}}`,
	} {
		if hash(other) == base {
			t.Errorf("%s says something else", other)
		}
	}
	d := public()
	d.Agent, d.Now, d.App = AgentBot, now+5, true
	if e, err := Parse([]byte(`{"id":"1","type":"lead","user_id":"u","props":{"a":1.0,"b":[true]}}`), d); err != nil || e.Hash != base {
		t.Errorf("the door changes the hash: %v", err)
	}
	fromPixel, err := ParseQuery("e=lead&u=u&id=1&p.a=x", public())
	if err != nil || fromPixel.Hash != hash(`{"id":"1","type":"lead","user_id":"u","props":{"a":"x"}}`) {
		t.Errorf("the pixel and JSON tell the same event apart: %v", err)
	}
}

func TestHomeKindAndIDs(t *testing.T) {
	for _, c := range []struct {
		name string
		e    Event
		home string
		kind Kind
		ids  []string
	}{
		{"an order", Event{Type: "conversion", OrderID: "o", UserID: "u", AnonymousID: "a"}, "O#o", KindConversion, []string{"U#u", "A#a"}},
		{"an alias", Event{Type: "refund", OrderAliases: []string{"ch", "x"}, UserID: "u"}, "O#ch", KindConversion, []string{"U#u"}},
		{"a user", Event{Type: "identify", UserID: "u", Email: "e", AnonymousID: "a"}, "U#u", KindLink, []string{"U#u", "E#e", "A#a"}},
		{"a provider's id", Event{Type: "lead", ProviderIDs: []string{"p:1", "p:2"}, Phone: "f"}, "P#p:1", KindConversion, []string{"P#p:1", "P#p:2", "F#f"}},
		{"an address", Event{Type: "email_clicked", Email: "e", Phone: "f"}, "E#e", KindTouch, []string{"E#e", "F#f"}},
		{"a phone", Event{Type: "cancel", Phone: "f", AnonymousID: "a"}, "F#f", KindConversion, []string{"F#f", "A#a"}},
		{"a visitor", Event{Type: "visit", AnonymousID: "a", PostID: "r"}, "A#a", KindTouch, []string{"A#a"}},
		{"a post", Event{Type: "social_post", PostID: "r", InviteID: "i"}, "R#r", KindOther, nil},
		{"an invite", Event{Type: "invite", InviteID: "i", CartID: "k"}, "I#i", KindOther, nil},
		{"a cart", Event{Type: "x", CartID: "k"}, "K#k", KindOther, nil},
		{"nothing", Event{Type: "spend", ID: "s"}, "S#34", KindOther, nil},
	} {
		if c.e.Home() != c.home || c.e.Kind() != c.kind || !slices.Equal(c.e.IDs(), c.ids) {
			t.Errorf("%s: got %s %c %v; want %s %c %v", c.name, c.e.Home(), c.e.Kind(), c.e.IDs(), c.home, c.kind, c.ids)
		}
	}
	e := Event{Type: "visit", ID: "1"}
	if e.SortKey() != "T#1" {
		t.Errorf("SortKey is %s", e.SortKey())
	}
}

func TestFromAttrsRefusesWhatItCannotRead(t *testing.T) {
	good := []Attr{{"id", false, "1"}, {"type", false, "x"}, {"site", false, "s"}, {"time", true, "5"}}
	if e, err := FromAttrs(append(slices.Clone(good), Attr{"pk", false, "s#S#1"}, Attr{"newer", true, "1"})); err != nil || e.Agent != AgentHuman {
		t.Errorf("unknown names must be passed over: %v", err)
	}
	for _, bad := range []Attr{
		{"value_minor", false, "5"},
		{"score", true, "x"},
		{"received", true, "1.5"},
		{"user_id", true, "5"},
		{"clamped", false, "1"},
		{"click_ids", false, "["},
		{"order_aliases", false, "{}"},
		{"trust", true, ""},
	} {
		if _, err := FromAttrs(append(slices.Clone(good), bad)); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
	for i := range good {
		if _, err := FromAttrs(slices.Delete(slices.Clone(good), i, i+1)); err == nil {
			t.Errorf("an event without %s was taken", good[i].Name)
		}
	}
}

func TestPeopleAreHashedInOneForm(t *testing.T) {
	email, err := HashEmail("ada@example.org")
	if err != nil {
		t.Fatal(err)
	}
	for _, same := range []string{" Ada@Example.ORG\n", "ADA@EXAMPLE.ORG", email} {
		if got, err := HashEmail(same); err != nil || got != email {
			t.Errorf("HashEmail(%q) = %s, %v; want %s", same, got, err, email)
		}
	}
	composed, _ := HashEmail("andr\u00e9@example.org")
	if got, err := HashEmail("andre\u0301@example.org"); err != nil || got != composed {
		t.Errorf("the two ways to write é differ: %s, %v", got, err)
	}
	phone, err := HashPhone("+4930123456")
	if err != nil {
		t.Fatal(err)
	}
	for _, same := range []string{"+49 (30) 123-456", "0049 30 12 34 56", " +49.30.123456 ", phone} {
		if got, err := HashPhone(same); err != nil || got != phone {
			t.Errorf("HashPhone(%q) = %s, %v; want %s", same, got, err, phone)
		}
	}
	for _, bad := range []string{"", "+", "030123456", "+49", "+1234567890123456", "+4930x23456", "+49٣٠١٢٣٤٥٦"} {
		if got, err := HashPhone(bad); err == nil {
			t.Errorf("HashPhone(%q) = %s, want a refusal", bad, got)
		}
	}
	e, err := Parse([]byte(`{"type":"x","props":{"email":"ada@example.org","E-mail":"none"}}`), keyed())
	if want := `{"E-mail":"none","email":"` + email + `"}`; err != nil || e.Props != want {
		t.Errorf("props are %s, %v; want %s", e.Props, err, want)
	}
}
