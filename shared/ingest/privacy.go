package ingest

import (
	"context"
	"errors"

	"tributary/shared/consent"
	"tributary/shared/event"
	"tributary/shared/obs"
	"tributary/shared/scrub"
	"tributary/shared/settings"
)

// ErrDropped is Prepare's answer where nothing of a hit is kept: the visitor objects, and the site's settings drop what
// such visitors do. It is no refusal and no failure; the sender is told that all is well.
var ErrDropped = errors.New("ingest: the visitor objects and the site keeps nothing of that")

// protect takes out of a placed event what its visitor and its site do not want kept: at a public door by consent, at
// every door what addresses carry along.
func (in *Ingest) protect(ctx context.Context, e *event.Event, d event.Door, site *settings.Site) error {
	if err := in.recognise(ctx, e); err != nil {
		return err
	}
	if d.Trust != event.TrustPublic {
		scrubAddresses(e, site, false)
		return nil
	}
	tier, why := site.Consent.Tier(d, e)
	e.Consent = why
	day := ""
	if tier == consent.Cookieless {
		day = in.dayID(ctx, e, d)
	}
	if !consent.Apply(tier, e, day) {
		if !d.Dry {
			obs.Count(ctx, in.log, "dropped", 1, "door", in.door)
		}
		return ErrDropped
	}
	scrubAddresses(e, site, tier != consent.Full)
	scrubTexts(e)
	in.bound(ctx, e, d, site)
	return nil
}

// shield takes the ids out of a draft that goes to S3 and says what of its input may go along; false where nothing is kept
// of it. The site's settings are taken from memory, else the default; what they say in the end is done when the draft is put
// back, but the id of a day can only be made now.
func (in *Ingest) shield(draft *event.Event, d event.Door, raw string) (string, bool) {
	if d.Trust != event.TrustPublic {
		return raw, true
	}
	site, known := in.sites.peek(draft.Site)
	if !known {
		site.Consent = consent.Default()
	}
	tier, _ := site.Consent.Tier(d, draft)
	if tier == consent.Full {
		return raw, true
	}
	day := ""
	if tier == consent.Cookieless {
		day = in.days.known(draft.Site, d)
	}
	return "", consent.Apply(tier, draft, day)
}

// scrubAddresses cuts page and referrer: bare leaves of a page its path, of a referrer its site.
func scrubAddresses(e *event.Event, site *settings.Site, bare bool) {
	keep := func(name string) bool { return event.KeepParam(name) || site.KeepParam(name) }
	if bare {
		keep = nil
		e.Referrer = scrub.Origin(e.Referrer)
	}
	e.Page, e.Referrer = scrub.URL(e.Page, keep), scrub.URL(e.Referrer, keep)
}

// scrubTexts masks e-mail addresses wherever a page may have put them by mistake.
func scrubTexts(e *event.Event) {
	for _, s := range [...]*string{
		&e.Type, &e.Campaign, &e.CampaignID, &e.Channel, &e.Source, &e.Medium, &e.Content, &e.Term, &e.Link, &e.Goal,
		&e.SessionID, &e.CartID,
	} {
		*s = scrub.Text(*s)
	}
	e.Props, e.Traits, e.Items = scrub.JSON(e.Props), scrub.JSON(e.Traits), scrub.JSON(e.Items)
}

// keepable is what may be kept of the input of an event that was prepared.
func keepable(e *event.Event, raw string) string {
	if e.Trust == event.TrustPublic && e.Consent != "" && e.Consent != "granted" {
		return ""
	}
	return raw
}
