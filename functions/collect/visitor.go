package main

import (
	"encoding/json"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/visitor"
)

// who is the visitor as whom the tracker goes on. It stands in every answer that settles a batch; a tracker that misses it
// sends the batch again.
type who struct {
	ID string `json:"id,omitempty"` // nothing is told where the visitor is nobody, or somebody by the page's own rules
}

// visitor is the one of the batch's last event that says something of it, and whether they object to being known. What the site's
// settings took out of an event is gone from it by now, so nobody whom the site does not follow gets an id back.
func (b *batch) visitor() (w who, objects bool) {
	for i := range b.items {
		switch it := &b.items[i]; {
		case it.Event == nil || it.Outcome == ingest.Spilled:
		case it.Err == nil && visitor.Made(it.Event.AnonymousID):
			w, objects = who{it.Event.AnonymousID}, false
		case visitor.Objects(it.Event.Consent):
			w, objects = who{}, true
		}
	}
	return w, objects
}

// unsettled is the id that the page itself sent with an event that waits in S3: what the site keeps of it is not known yet, and
// the tracker goes on as who it was.
func (b *batch) unsettled() string {
	for i := range b.items {
		if b.items[i].Outcome != ingest.Spilled {
			continue
		}
		var sent struct {
			AnonymousID string `json:"anonymous_id"`
			Consent     string `json:"consent"`
		}
		if json.Unmarshal([]byte(b.items[i].Raw), &sent) == nil && visitor.Made(sent.AnonymousID) && !visitor.Objects(sent.Consent) {
			return sent.AnonymousID
		}
	}
	return ""
}

// keepVisitor sets the browser's cookie for the next 400 days, or takes it away.
func (b *batch) keepVisitor(res *httpapi.Response) {
	w, objects := b.visitor()
	line := b.browser.Cookie(w.ID)
	if objects {
		line = b.browser.Forget()
	}
	if line != "" && b.browser.FirstParty() && !b.dry {
		res.Cookies = append(res.Cookies, line)
	}
}

// refusePublic answers a request of /e of which nothing was read: it is settled, sending it again would change nothing.
func refusePublic(f *fault.Fault) httpapi.Response {
	return httpapi.JSON(f.Code.Status(), map[string]any{"error": f, "visitor": who{}})
}

// anyHost lets every page read the answer with its cookies along, which the tracker always sends, for a script cannot know
// which of a browser's hosts are one site. It gives away no more than * does: whether the cookie counts is not the origin's word
// but the browser's (package visitor), and it is never sent from another site.
func anyHost(string) bool { return true }
