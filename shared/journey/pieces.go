package journey

import (
	"strconv"

	grouped "tributary/shared/channel"
	"tributary/shared/event"
)

// spot names a gathered record.
type spot struct{ kind, node string }

// piece is what some inputs of a batch tell of one record.
type piece struct {
	spot
	told   Told
	weak   bool     // adds to a record and makes none: a visit that went no further
	ids    []string // of the person
	inputs []int
}

// between separates a message's recipient from its id within its node. No id holds it: control characters are stripped.
const between = "\x1f"

// piecesOf is what one event tells of gathered records. Bots tell nothing, but that who followed a link that no person sees
// was one; orders speak through their records.
func piecesOf(e *event.Event) []piece {
	if isHoneypot(e) && isMailClick(e) && ofSomebody(e) {
		return []piece{{spot: spot{KindMessage, e.IDs()[0] + between + e.MessageID}, told: Told{Clicks: []string{clickTold(e)}}, ids: e.IDs()}}
	}
	if !e.Human() || e.Type == "conversion" {
		return nil
	}
	var list []piece
	add := func(kind, node string, t *Told) {
		list = append(list, piece{spot: spot{kind, node}, told: *t, ids: e.IDs()})
	}
	if name, entry, ok := stepOf(e); ok {
		t := &Told{Steps: map[string][]int64{name: {entry}}}
		if e.Type == "add_to_cart" && e.CartID != "" {
			t.Carts = []string{e.CartID}
		}
		add(KindVisit, e.SessionID, t)
	}
	switch e.Type {
	case "visit":
		if e.SessionID != "" {
			add(KindVisit, e.SessionID, visitTold(e))
			list[len(list)-1].weak = true
		}
	case "add_to_cart":
		if e.CartID != "" {
			add(KindCart, e.CartID, &Told{Opening: openingOf(e)})
		}
	case "invite":
		add(KindInvite, e.InviteID, &Told{Opening: invitedBy(e)})
	case "invite_signup":
		add(KindInvite, e.InviteID, &Told{Marks: []string{markSignUp}})
	case "social_post":
		add(KindPost, e.PostID, &Told{Opening: openingOf(e), Reach: reachOf(e)})
	}
	if t := messageTold(e); t != nil {
		add(KindMessage, e.IDs()[0]+between+e.MessageID, t)
	}
	return list
}

// messageTold is what an event tells of an e-mail message; nil where it is about none. What its mailer did with it shows that
// it was sent. What its reader did does not: rates of messages that are only known because they were opened would say nothing.
func messageTold(e *event.Event) *Told {
	switch {
	case e.MessageID == "" || !ofSomebody(e):
		return nil
	case e.Type == "click":
		return clickCounted(e)
	}
	by := openingOf(e)
	if e.Channel == "" || e.ChannelRule != "" { // nobody named one
		by.Channel = grouped.Email
	}
	t := &Told{}
	switch e.Type {
	case "email_sent":
		t.Opening = by
	case "email_delivered", "email_deferred":
		t.Before = by
	case "email_complained", "email_unsubscribed":
	case "email_bounced":
		t.Before, t.Marks = by, []string{markSoft}
		if property(e, "bounce") == markHard {
			t.Marks[0] = markHard
		}
	case "email_opened":
		t.Marks = []string{markOpened}
	case "email_clicked":
		t.Marks, t.Clicks = []string{markClicked}, []string{clickTold(e)}
	default:
		return nil
	}
	return t
}

// reachOf is what a post tells of its audience; nil where it tells nothing.
func reachOf(e *event.Event) *Reach {
	r := &Reach{
		Time: e.Time, Event: e.ID,
		Reach: whole(property(e, "reach")), Impressions: whole(property(e, "impressions")), Followers: whole(property(e, "followers")),
	}
	if r.Reach == 0 && r.Impressions == 0 && r.Followers == 0 {
		return nil
	}
	return r
}

// maxReach bounds what a post may say, so that sums of very many fit.
const maxReach = 1 << 40

// whole reads a count; 0 where it is none.
func whole(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return min(n, maxReach)
}
