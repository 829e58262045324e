package event

import "tributary/shared/visitor"

// claim settles whose event it is, and where. The browser's cookie knows better than a page, whose own storage may have been
// emptied; but an id that a page made by rules of its own stands. A visitor who has none gets one where the door makes any.
func (e *Event) claim(d Door) {
	switch {
	case e.Consent == "denied": // belongs to nobody
	case d.Visitor != "" && (e.AnonymousID == "" || visitor.Made(e.AnonymousID)):
		e.AnonymousID = d.Visitor
	case e.AnonymousID == "" && d.NewVisitor != nil && e.onPage():
		e.AnonymousID = d.NewVisitor()
	}
	if e.Page == "" && (e.Type == "page_view" || e.Type == "visit") {
		e.Page = d.Page
	}
}

// onPage reports what a visitor does in a browser, as against what is told of a person.
func (e *Event) onPage() bool {
	switch e.Type {
	case "impression", "click", "visit", "page_view", "view_item", "add_to_cart", "begin_checkout":
		return true
	}
	return false
}

// expand writes out what the tracker leaves to the server, so that its script stays small: {"type":"event","event":"add_to_cart"}
// is an add_to_cart, and {"type":"identify","identify":"u_1"} names the user_id. What is said in full stands. It says whether
// it wrote anything.
func (s sent) expand() bool {
	switch {
	case s["type"] == "event" && present(s["event"]):
		s["type"] = s["event"]
		delete(s, "event")
	case s["type"] == "identify" && present(s["identify"]) && !present(s["user_id"]):
		s["user_id"] = s["identify"]
		delete(s, "identify")
	default:
		return false
	}
	return true
}
