package settings

import "testing"

// TestCodeLink ensures that a code's click carries its program, and that a code may lead elsewhere.
func TestCodeLink(t *testing.T) {
	p, err := ParseProgram("friends", []byte(`{"target":"https://shop.example/","name":"Friends"}`))
	if want := (Program{ID: "friends", Name: "Friends", Target: "https://shop.example/", Campaign: "friends", Channel: "Referral", ClickParam: "trb"}); err != nil || p != want {
		t.Fatalf("program: got %+v, %v, want %+v", p, err, want)
	}
	for _, row := range []struct {
		name, body string
		code       Code
		link       Link
	}{
		{
			"the program's target", `{"program":"friends","advocate":"u_1"}`,
			Code{ID: "ADA10", Program: "friends", Advocate: "u_1", Invite: "ADA10"},
			Link{ID: "ADA10", Target: "https://shop.example/", Campaign: "friends", Channel: "Referral", Source: "friends", Medium: "referral", ClickParam: "trb"},
		},
		{
			"one of its own", `{"id":"ADA10","program":"friends","invite_id":"i-7","target":"https://shop.example/ada"}`,
			Code{ID: "ADA10", Program: "friends", Invite: "i-7", Target: "https://shop.example/ada"},
			Link{ID: "ADA10", Target: "https://shop.example/ada", Campaign: "friends", Channel: "Referral", Source: "friends", Medium: "referral", ClickParam: "trb"},
		},
	} {
		c, err := ParseCode("ADA10", []byte(row.body))
		if err != nil || c != row.code {
			t.Errorf("%s: got %+v, %v, want %+v", row.name, c, err, row.code)
		}
		if got := c.Link(p); got != row.link {
			t.Errorf("%s: got %+v, want %+v", row.name, got, row.link)
		}
	}
}
