package journey

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/kpi"
)

func within(session string) change { return func(e *event.Event) { e.SessionID = session } }
func onPage(page string) change    { return func(e *event.Event) { e.Page = page } }
func cart(id string) change        { return func(e *event.Event) { e.CartID = id } }
func message(id string) change     { return func(e *event.Event) { e.MessageID = id } }
func invited(id string) change     { return func(e *event.Event) { e.InviteID = id } }
func post(id string) change        { return func(e *event.Event) { e.PostID = id } }

// counted are the sums of the gathered records, the site's as "measure=n" and a channel's as "measure@channel=n", each with
// its hour where that is not noon.
func counted(t *testing.T, m *memory) string {
	t.Helper()
	var moves []kpi.Move
	for place, r := range m.records {
		if !isSale(place) {
			more, err := kpi.DecodeMoves(r.Moves)
			if err != nil {
				t.Fatal(err)
			}
			moves = append(moves, more...)
		}
	}
	var list []string
	for _, move := range kpi.Changes(nil, moves) {
		name := string(move.Measure)
		if move.Dimension == kpi.ByChannel {
			name += "@" + move.Value
		} else if move.Dimension != kpi.BySite {
			continue
		}
		if hour := move.Bucket[11:]; hour != "12" {
			name += "h" + hour
		}
		list = append(list, fmt.Sprintf("%s=%d", name, move.Amount))
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// TestGatheredRecords ensures what each kind of gathered record counts, and where it is booked, in whatever order its events
// come.
func TestGatheredRecords(t *testing.T) {
	enter := visit("v", "a", noon, within("s1"), onPage("/"))
	order := func(id string, changes ...change) *event.Event {
		return sold(id, append([]change{anon("a"), within("s1")}, changes...)...)
	}
	add := func(id string, when int64, changes ...change) *event.Event {
		return made("add_to_cart", id, when, append([]change{anon("a"), within("s1"), cart("k")}, changes...)...)
	}
	mailed := func(what, id string, when int64, changes ...change) *event.Event {
		return made("email_"+what, id, when, append([]change{message("m"), user("u")}, changes...)...)
	}
	invite := made("invite", "i1", noon, user("u"), invited("i"))
	for _, c := range []struct {
		name   string
		events []*event.Event
		want   string
	}{
		{"a visit that ends in an order", []*event.Event{enter, order("c")}, "converting_visits=1 converting_visits@Email=1"},
		{"two orders in one visit", []*event.Event{enter, order("c"), order("d", under("p"))}, "converting_visits=1 converting_visits@Email=1"},
		{"a step is no order", []*event.Event{enter, made("view_item", "p", noon+1, anon("a"), within("s1"))}, ""},
		{"a bot's order", []*event.Event{enter, order("c", bot)}, ""},
		{"a sign-up is no order", []*event.Event{enter, made("conversion", "c", noon, anon("a"), goal("signup"), within("s1"))}, ""},
		{"a trial is none", []*event.Event{enter, order("c", props(`{"kind":"trial"}`))}, ""},
		{"an order without its visit", []*event.Event{order("c")}, ""},
		{
			"the visit lies at another id of the buyer's",
			[]*event.Event{enter, made("identify", "l", noon, anon("a"), user("u")), sold("c", within("s1"))},
			"converting_visits=1 converting_visits@Email=1",
		},
		{
			"a confirmation that is loaded again the next day is the first visit's",
			[]*event.Event{enter, visit("w", "a", noon+day+hour, within("s2")), order("c"), order("d", within("s2"), func(e *event.Event) { e.Time += day })},
			"converting_visits=1 converting_visits@Email=1",
		},
		{
			"the more trusted reporter's session",
			[]*event.Event{enter, visit("w", "a", noon+hour, within("s2")), order("c", trust(event.TrustPublic)), order("d", within("s2"))},
			"converting_visits@Emailh13=1 converting_visitsh13=1",
		},
		{"a cart that is left", []*event.Event{add("x", noon)}, "carts=1"},
		{"its earliest add counts", []*event.Event{add("x", noon+hour), add("y", noon)}, "carts=1"},
		{"a cart under what brought its visit", []*event.Event{enter, add("x", noon+hour)}, "carts@Emailh13=1 cartsh13=1"},
		{"a cart that is bought", []*event.Event{add("x", noon), order("c", cart("k"), within(""))}, "carts=1 carts_bought=1"},
		{"an order of a cart that nobody filled", []*event.Event{order("c", cart("k"), within(""))}, ""},
		{
			"a message that is opened and clicked",
			[]*event.Event{mailed("sent", "1", noon), mailed("opened", "2", noon+hour), mailed("opened", "3", noon+2*hour), mailed("clicked", "4", noon+hour)},
			"email_clicked=1 email_clicked@Email=1 email_clicked_opened=1 email_clicked_opened@Email=1 email_opened=1 email_opened@Email=1 email_sent=1 email_sent@Email=1",
		},
		{
			"one that bounced",
			[]*event.Event{mailed("sent", "1", noon), mailed("bounced", "2", noon+hour, props(`{"bounce":"hard"}`)), mailed("opened", "3", noon)},
			"email_bounced=1 email_bounced@Email=1 email_sent=1 email_sent@Email=1",
		},
		{"one that nobody told was sent", []*event.Event{mailed("delivered", "1", noon+hour), mailed("deferred", "2", noon)}, "email_sent=1 email_sent@Email=1"},
		{"one that is only known to be opened and clicked", []*event.Event{mailed("opened", "1", noon), mailed("clicked", "2", noon+hour)}, ""},
		{
			"one that was opened before its mailer told of it",
			[]*event.Event{mailed("opened", "1", noon), mailed("delivered", "2", noon+hour)},
			"email_opened@Emailh13=1 email_openedh13=1 email_sent@Emailh13=1 email_senth13=1",
		},
		{"one that a scanner opened", []*event.Event{mailed("sent", "1", noon), mailed("opened", "2", noon, bot)}, "email_sent=1 email_sent@Email=1"},
		{
			"one to two people",
			[]*event.Event{mailed("sent", "1", noon), mailed("sent", "2", noon, user("w")), mailed("opened", "3", noon, user("w"))},
			"email_opened=1 email_opened@Email=1 email_sent=2 email_sent@Email=2",
		},
		{
			"one to a person under two ids",
			[]*event.Event{mailed("sent", "1", noon, user(""), mail("m")), mailed("opened", "2", noon), made("identify", "l", noon+day, mail("m"), user("u"))},
			"email_opened=1 email_opened@Email=1 email_sent=1 email_sent@Email=1",
		},
		{
			"one to two ids that an order makes one person's",
			[]*event.Event{mailed("sent", "1", noon, user(""), mail("m")), mailed("sent", "2", noon), sold("c"), sold("d", user(""), mail("m"))},
			"email_sent=1 email_sent@Email=1",
		},
		{
			"an invite that is taken up and leads to an order",
			[]*event.Event{invite, made("invite_signup", "i2", noon+day, anon("a"), invited("i")), order("c", invited("i"), within(""))},
			"invites=1 invites_bought=1 invites_signed_up=1",
		},
		{"an order by an invite that nobody sent", []*event.Event{order("c", invited("i"), within(""))}, ""},
		{
			"a post tells its audience last",
			[]*event.Event{
				made("social_post", "p1", noon, post("p"), channel("Organic Social"), props(`{"reach":"10","followers":"5"}`)),
				made("social_post", "p2", noon+day, post("p"), props(`{"reach":"30","followers":"6","impressions":"-4"}`)),
			},
			"social_followers=6 social_followers@Organic Social=6 social_reach=30 social_reach@Organic Social=30",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, arrive := range map[string]func(m *memory, list []*event.Event){
				"all at once": func(m *memory, list []*event.Event) { m.deliver(t, list...) },
				"one by one": func(m *memory, list []*event.Event) {
					for _, e := range list {
						m.deliver(t, e)
					}
				},
				"backwards": func(m *memory, list []*event.Event) {
					for _, e := range slices.Backward(list) {
						m.deliver(t, e)
					}
				},
			} {
				m := newMemory(testSite())
				arrive(m, c.events)
				if diff := cmp.Diff(c.want, counted(t, m)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

// TestVisitsThatGoNoFurtherHaveNoRecord ensures that a visit's first page costs nothing, however often it is loaded.
func TestVisitsThatGoNoFurtherHaveNoRecord(t *testing.T) {
	m := newMemory(testSite())
	m.deliver(t, visit("v", "a", noon, within("s1"), onPage("/?x=1")))
	m.deliver(t, made("page_view", "p1", noon+1, anon("a"), within("s1"), onPage("/#top")), made("page_view", "p2", noon+2, anon("a"), within("s1"), onPage("/")))
	if len(m.records) > 0 {
		t.Fatalf("got %v, want no record", m.records)
	}
	m.deliver(t, made("page_view", "p3", noon+3, anon("a"), within("s1"), onPage("/next")))
	r := m.records["visit s1"]
	told, err := r.Told()
	if err != nil || r.Time != noon || !slices.Equal(told.Times("page_view"), []int64{noon + 3}) {
		t.Errorf("got %+v, %v, want the second page's view in a record at the visit's time", r, err)
	}
	m.deliver(t, made("page_view", "p4", noon+4, anon("a"), within("s1"), onPage("/next")))
	if got := m.records["visit s1"].Rev; got != r.Rev {
		t.Errorf("another view of the same page wrote the record again")
	}
}
