package journey

import (
	"cmp"

	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// measured is one measure of a gathered record.
type measured struct {
	measure kpi.Measure
	n       int64
}

// moves are the counters of a gathered record, under its site and every dimension of what it is booked by; none while that
// is not known. What a message takes back stands under what was counted.
func (t *Told) moves(kind string, site *settings.Site) []kpi.Move {
	moves := t.takenBack(site.ID)
	if t.booked() != nil {
		for _, m := range t.measures(kind) {
			moves = append(moves, t.Count(site, m.measure, m.n)...)
		}
	}
	return moves
}

// Count books an amount of a measure as the record's own are booked: none while nothing is known to book it by.
func (t *Told) Count(site *settings.Site, m kpi.Measure, n int64) []kpi.Move {
	by := t.booked()
	if by == nil || n == 0 {
		return nil
	}
	key := kpi.Key{Site: site.ID, Dimension: kpi.BySite, Bucket: kpi.Bucket(by.Time, site.Fractional())}
	moves := []kpi.Move{{Key: key, Measure: m, Amount: n}}
	for _, d := range dimensionsOf(&by.Touch) {
		if d.value != "" {
			key.Dimension, key.Value, key.Split = d.dimension, kpi.Name(d.value), kpi.Name(d.split)
			moves = append(moves, kpi.Move{Key: key, Measure: m, Amount: n})
		}
	}
	return moves
}

// booked is what the record is booked by. A cart that tells no channel is booked, at its own time, under what brought the
// visit that filled it first.
func (t *Told) booked() *Opening {
	by := cmp.Or(t.Opening, t.Before)
	if by == nil || by.Channel != "" {
		return by
	}
	if v := t.Visits[by.Session]; v != nil {
		under := *v
		under.Time = by.Time
		return &under
	}
	return by
}

// measures are what a record counts.
func (t *Told) measures(kind string) []measured {
	switch kind {
	case KindVisit:
		return []measured{{kpi.ConvertingVisits, one(t.sold())}}
	case KindCart:
		return []measured{{kpi.Carts, 1}, {kpi.CartsBought, one(t.sold())}}
	case KindMessage:
		bounced := t.marked(markHard) || t.marked(markSoft)
		opened, clicked := t.marked(markOpened) && !bounced, t.clicked() && !bounced
		return []measured{
			{kpi.EmailSent, 1},
			{kpi.EmailBounced, one(bounced)},
			{kpi.EmailOpened, one(opened)},
			{kpi.EmailClicked, one(clicked)},
			{kpi.EmailClickedOpened, one(clicked && opened)},
		}
	case KindInvite:
		return []measured{{kpi.Invites, 1}, {kpi.InvitesSignedUp, one(t.marked(markSignUp))}, {kpi.InvitesBought, one(t.sold())}}
	case KindPost:
		if t.Reach != nil {
			return []measured{{kpi.SocialReach, t.Reach.Reach}, {kpi.SocialImpressions, t.Reach.Impressions}, {kpi.SocialFollowers, t.Reach.Followers}}
		}
	}
	return nil
}

func one(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// listed is when the range index lists a gathered record (Unix milliseconds; 0: nowhere): a visit that went past its first
// page, a post, an invite. The others are never read by range.
func (t *Told) listed(kind string) int64 {
	switch {
	case (kind == KindPost || kind == KindInvite) && t.Opening != nil:
		return t.Opening.Time
	case kind != KindVisit || !t.beyond():
		return 0
	case t.Opening != nil:
		return t.Opening.Time
	}
	return t.firstStep()
}
