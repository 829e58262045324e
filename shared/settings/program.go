package settings

import "tributary/shared/fault"

// ReferralChannel is the channel of clicks on referral codes, unless their program names another.
const ReferralChannel = "Referral"

// Program is a referral program: what the clicks on its codes have in common.
type Program struct {
	ID         string `json:"id"`
	Name       string `json:"name,omitempty"`
	Target     string `json:"target"` // https only
	Campaign   string `json:"campaign"`
	Channel    string `json:"channel"`
	ClickParam string `json:"click_param"`
}

// Code is one advocate's referral code: GET /r/{code}.
type Code struct {
	ID      string `json:"id"`
	Program string `json:"program"`
	// Advocate is whoever shares the code, a user id; clicks carry it as a property.
	Advocate string `json:"advocate,omitempty"`
	// Invite names the invitation that a click takes up, by default the code.
	Invite string `json:"invite_id"`
	Target string `json:"target,omitempty"` // instead of the program's
}

// ParseProgram reads the body of a PUT; all errors are faults.
func ParseProgram(id string, body []byte) (Program, error) {
	p := Program{ID: id, Campaign: id, Channel: ReferralChannel, ClickParam: ClickParam}
	if err := CheckID("id", id); err != nil {
		return Program{}, err
	}
	err := parse(body, fields{
		"id":          sameID(id),
		"name":        text(&p.Name, 200),
		"target":      checked(&p.Target, maxTarget, CheckTarget),
		"campaign":    text(&p.Campaign, 256),
		"channel":     text(&p.Channel, 100),
		"click_param": checked(&p.ClickParam, 64, CheckID),
	})
	if err != nil {
		return Program{}, err
	}
	if p.Target == "" {
		return Program{}, invalid("target", "it must say where the program's codes lead, like https://shop.example.com/")
	}
	return p, nil
}

// ParseCode reads the body of a PUT; all errors are faults.
func ParseCode(id string, body []byte) (Code, error) {
	c := Code{ID: id, Invite: id}
	if err := CheckID("id", id); err != nil {
		return Code{}, err
	}
	err := parse(body, fields{
		"id":        sameID(id),
		"program":   checked(&c.Program, 64, CheckID),
		"advocate":  text(&c.Advocate, 256),
		"invite_id": text(&c.Invite, 256),
		"target":    checked(&c.Target, maxTarget, CheckTarget),
	})
	if err != nil {
		return Code{}, err
	}
	if c.Program == "" {
		return Code{}, fault.New(fault.MissingField, "program", "name the program that the code belongs to; make it with PUT /v1/programs/{id}")
	}
	return c, nil
}

// Link is what a click on the code is recorded and sent on by.
func (c Code) Link(p Program) Link {
	l := Link{ID: c.ID, Target: p.Target, Campaign: p.Campaign, Channel: p.Channel, Source: p.ID, Medium: "referral", ClickParam: p.ClickParam}
	if c.Target != "" {
		l.Target = c.Target
	}
	return l
}
