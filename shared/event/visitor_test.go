package event

import (
	"slices"
	"testing"

	"tributary/shared/fault"
)

// Ensures who an event belongs to when the browser's cookie and the page say different things, or nothing.
func TestClaim(t *testing.T) {
	const ofCookie, ofPage = "1764093384123-0.1", "1764093999999-0.2"
	fresh := func() string { return "1764093000000-new" }
	for _, c := range []struct {
		name, sent, cookie string
		fresh              func() string
		want               string
	}{
		{"the page's own where there is no cookie", `{"type":"visit","anonymous_id":"` + ofPage + `"}`, "", nil, ofPage},
		{"the cookie's before one that the tracker made", `{"type":"visit","anonymous_id":"` + ofPage + `"}`, ofCookie, nil, ofCookie},
		{"the cookie's where the page names none", `{"type":"lead","email":"ada@example.org"}`, ofCookie, nil, ofCookie},
		{"an id of the page's own making stands", `{"type":"visit","anonymous_id":"a-1"}`, ofCookie, nil, "a-1"},
		{"a new one for a view without any", `{"type":"page_view"}`, "", fresh, "1764093000000-new"},
		{"nobody's, where consent was denied", `{"type":"survey","consent":"denied"}`, ofCookie, fresh, ""},
		{"none is made for what is told of a person", `{"type":"lead","email":"ada@example.org"}`, "", fresh, ""},
		{"none is made where there is one", `{"type":"visit","anonymous_id":"a-1"}`, "", fresh, "a-1"},
	} {
		d := public()
		d.Visitor, d.NewVisitor = c.cookie, c.fresh
		e, err := Parse([]byte(c.sent), d)
		if err != nil || e.AnonymousID != c.want {
			t.Errorf("%s: got %+v, %v, want %q", c.name, e, err, c.want)
		}
	}
}

// Ensures that the cookie changes nothing of an event's hash: a retry is a duplicate whatever the browser has learnt since.
func TestClaimLeavesTheHash(t *testing.T) {
	sent := []byte(`{"id":"1","type":"visit","anonymous_id":"1764093999999-0.2"}`)
	without, err := Parse(sent, public())
	if err != nil {
		t.Fatal(err)
	}
	d := public()
	d.Visitor = "1764093384123-0.1"
	if with, err := Parse(sent, d); err != nil || with.Hash != without.Hash || with.AnonymousID == without.AnonymousID {
		t.Errorf("got %+v, %v, want the hash %s and the cookie's id", with, err, without.Hash)
	}
}

// Ensures that a view without an address is one of the page that asked, and that nothing else takes it over.
func TestPageOfTheDoor(t *testing.T) {
	d := public()
	d.Page = "https://shop.example/a?utm_source=news&utm_medium=email#top"
	for _, c := range []struct{ query, want string }{
		{"v=a", "https://shop.example/a?utm_source=news&utm_medium=email"},
		{"v=a&url=https%3A%2F%2Fshop.example%2Fb", "https://shop.example/b"},
		{"e=impression&v=a", ""},
	} {
		e, err := ParseQuery(c.query, d)
		if err != nil || e.Page != c.want {
			t.Errorf("%s: got %+v, %v, want the page %q", c.query, e, err, c.want)
		}
	}
}

// Ensures that an id of another of the company's domains links, and that the same id twice links nothing.
func TestLinkedID(t *testing.T) {
	for _, c := range []struct {
		linked string
		want   []string
	}{{"b", []string{"A#a", "A#b"}}, {"a", []string{"A#a"}}} {
		e, err := Parse([]byte(`{"type":"cross_domain","anonymous_id":"a","linked_id":"`+c.linked+`"}`), public())
		if err != nil || !slices.Equal(e.IDs(), c.want) || e.Home() != "A#a" {
			t.Errorf("%s: got %v at %s, %v, want %v at A#a", c.linked, e.IDs(), e.Home(), err, c.want)
		}
	}
}

// Ensures that the tracker's short way of saying things means what README says, and that what is said in full stands.
func TestExpand(t *testing.T) {
	for _, c := range []struct{ sent, typ, goal, user, refused string }{
		{`{"type":"event","event":"add_to_cart","anonymous_id":"a"}`, "add_to_cart", "", "", ""},
		{`{"type":"event","event":"sign_up","anonymous_id":"a"}`, "conversion", "sign_up", "", ""},
		{`{"type":"event","anonymous_id":"a"}`, "event", "", "", ""},
		{`{"type":"goal","goal":"signup","anonymous_id":"a"}`, "conversion", "signup", "", ""},
		{`{"type":"goal","anonymous_id":"a"}`, "", "", "", "goal"},
		{`{"type":"identify","identify":"u_1","anonymous_id":"a"}`, "identify", "", "u_1", ""},
		{`{"type":"identify","identify":"u_1","user_id":"u_2","anonymous_id":"a"}`, "identify", "", "u_2", ""},
		{`{"type":"identify","identify":7,"anonymous_id":"a"}`, "", "", "", "user_id"},
	} {
		e, err := Parse([]byte(c.sent), public())
		if f := fault.Of(err); c.refused != "" {
			if f == nil || f.Field != c.refused {
				t.Errorf("%s: got %v, want a refusal of %s", c.sent, err, c.refused)
			}
			continue
		}
		if err != nil || e.Type != c.typ || e.Goal != c.goal || e.UserID != c.user {
			t.Errorf("%s: got %+v, %v", c.sent, e, err)
		}
	}
}
