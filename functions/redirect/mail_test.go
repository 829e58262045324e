package main

import (
	"bytes"
	"testing"

	"tributary/shared/click"
	"tributary/shared/event"
	"tributary/shared/recipient"
)

// TestMailClick ensures that a click out of a mail is an e-mail click of its message and recipient, and a click that bears the
// same click's id; and that a recipient who was forged, or comes in the clear, is nobody.
func TestMailClick(t *testing.T) {
	b := newBench(t)
	b.link("spring", `{"target":"https://shop.example/","campaign":"spring"}`)
	keys, err := b.store.AddRecipientKey(t.Context(), bytes.Repeat([]byte{7}, recipient.SecretBytes))
	if err != nil {
		t.Fatal(err)
	}
	ada, err := event.HashEmail("ada+" + b.site + "@example.org")
	if err != nil {
		t.Fatal(err)
	}
	token, _ := keys[0].Token(b.site, ada)
	elsewhere, _ := keys[0].Token("another", ada)
	for _, c := range []struct {
		name, query string
		known       bool
	}{
		{"a signed recipient", "m=m1&u=" + token, true},
		{"one of another site", "m=m1&u=" + elsewhere, false},
		{"one that was changed", "m=m1&u=" + token[:len(token)-2] + "AA", false},
		{"an address in the clear", "m=m1&u=ada%2B" + b.site + "%40example.org", false},
		{"no recipient", "m=m1", false},
	} {
		id := b.follow(b.request("/c/spring", c.query))
		if kind, _, _ := click.Of(id); kind != click.Mail {
			t.Errorf("%s: the click's id is %s", c.name, id)
		}
		if !c.known {
			got := b.stored("A#" + id)
			if got.MessageID != "m1" || got.Email != "" || got.UserID != "" || got.Channel != "Email" {
				t.Errorf("%s: stored %+v", c.name, got)
			}
			continue
		}
		list, err := b.store.HomeEvents(t.Context(), b.site, "E#"+ada)
		if err != nil || len(list) != 2 {
			t.Fatalf("%s: the recipient has %d events, %v; want 2", c.name, len(list), err)
		}
		for i, typ := range []string{"click", "email_clicked"} {
			e := list[i]
			if e.Type != typ || e.MessageID != "m1" || e.Email != ada || e.ClickIDs["trb"] != id || e.Link != "spring" || e.Channel != "Email" || e.Campaign != "spring" {
				t.Errorf("%s: stored %+v, want the %s of %s", c.name, e, typ, id)
			}
		}
		if list[0].AnonymousID != "" || list[1].AnonymousID != "" {
			t.Errorf("%s: visitors %q and %q, want none but the recipient", c.name, list[0].AnonymousID, list[1].AnonymousID)
		}
	}
	if list, err := b.store.HomeEvents(t.Context(), b.site, "E#"+ada); err != nil || len(list) != 2 {
		t.Errorf("the recipient has %d events in the end, %v; want the 2 of the signed token", len(list), err)
	}
}
