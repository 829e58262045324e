package journey

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tributary/shared/attribution"
	"tributary/shared/event"
	"tributary/shared/settings"
)

// allTypes are the event types that may be touches.
var allTypes = []string{"visit", "click", "impression", "email_clicked", "email_opened"}

// taking is the tests' site with touch types, and campaigns with theirs.
func taking(types []string, campaigns ...[]string) settings.Site {
	site := testSite()
	site.TouchTypes, site.CampaignTypes, site.Model, site.ViewLookbackDays = types, campaigns, "linear", 7
	return site
}

// meetings draws what one person met before order o, and after it: of every type, of one click or of several.
func meetings(t *rapid.T) []*event.Event {
	list := []*event.Event{sold("buy", anon("a"), mail("ada"))}
	for i := range rapid.IntRange(1, 12).Draw(t, "touches") {
		e := made(rapid.SampledFrom(allTypes).Draw(t, "type"), fmt.Sprint("e", i), noon-rapid.Int64Range(-2, 12).Draw(t, "days")*day)
		e.Channel, e.CampaignID = rapid.SampledFrom([]string{"Email", "Display", "Direct"}).Draw(t, "channel"), rapid.SampledFrom([]string{"", "spring", "brand"}).Draw(t, "campaign")
		if e.AnonymousID = "a"; strings.HasPrefix(e.Type, "email_") {
			e.AnonymousID, e.Email, e.MessageID = "", "ada", "m"
		}
		if id := rapid.SampledFrom([]string{"", "k1", "k2"}).Draw(t, "trb"); id != "" {
			by(id)(e)
		}
		list = append(list, e)
	}
	return list
}

// types draws a set of touch types that is not empty.
func types(t *rapid.T, label string) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(allTypes), 1, len(allTypes), rapid.ID[string]).Draw(t, label)
}

func eventIDs(touches []Touch) string {
	var ids []string
	for _, t := range touches {
		ids = append(ids, t.ID)
	}
	return strings.Join(ids, " ")
}

// Ensures that campaigns' touch types move nothing of the site's: counters, credit, cycle and what is shown are as without them; and
// that each campaign chooses among the very touches that a site of its types would have.
func TestCampaignTypesAreTheCampaignsAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, site, campaigns := meetings(t), types(t, "site"), [][]string{types(t, "one"), types(t, "two")}
		of := func(site settings.Site) (Record, Conversion, View) {
			m := newMemory(site)
			handle(t, m, events)
			r := m.records["O#o"]
			c, err := r.Conversion()
			if err != nil {
				t.Fatal(err)
			}
			v, _, err := m.restater().Look(t.Context(), "s", []string{"U#u"})
			if err != nil {
				t.Fatal(err)
			}
			return r, c, v
		}
		plain, want, shown := of(taking(site))
		wide, got, seen := of(taking(site, campaigns...))
		if plain.Moves != wide.Moves || want.Cycle != got.Cycle || want.TouchCount != got.TouchCount || want.Influenced != got.Influenced {
			t.Errorf("the site's figures moved:\n%s\n%s", plain.Body, wide.Body)
		}
		if a, b := eventIDs(want.Eligible(want.Lookback)), eventIDs(got.Eligible(got.Lookback)); a != b {
			t.Errorf("the site's touches are %q, without campaigns %q", b, a)
		}
		if a, b := eventIDs(shown.Touches), eventIDs(seen.Touches); a != b {
			t.Errorf("shown are %q, without campaigns %q", b, a)
		}
		if len(got.Types) == 0 && plain.Body != wide.Body && !slices.ContainsFunc(got.Touches, func(t Touch) bool { return t.Behind != nil }) {
			t.Errorf("a record without more touches differs:\n%s\n%s", plain.Body, wide.Body)
		}
		gone, _, err := wide.Without(map[string]bool{"U#u": true}, "pseudonym")
		if err != nil {
			t.Fatal(err)
		}
		erased, err := gone.Conversion()
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range campaigns {
			_, own, _ := of(taking(set))
			o := attribution.Options{Types: set, Lookback: 9 * day, ViewLookback: 3 * day, ExcludeDirect: true}
			if a, b := eventIDs(own.Chosen(o)), eventIDs(got.Chosen(o)); a != b {
				t.Errorf("a campaign of %v has %q, a site %q\n%s", set, b, a, wide.Body)
			}
			if a, b := got.Chosen(o), erased.Chosen(o); cmp.Diff(got.Credits("linear", a), erased.Credits("linear", b)) != "" {
				t.Errorf("erasure moved a campaign's credit:\n%s\n%s", wide.Body, gone.Body)
			}
		}
	})
}

// Ensures that what a campaign asks for restates the record when it comes late, and that nothing else does.
func TestLateTouchesOfCampaigns(t *testing.T) {
	for _, c := range []struct {
		name  string
		late  *event.Event
		after string
	}{
		{"an impression", made("impression", "i", noon-day, anon("a"), channel("Display")), "v i"},
		{"a mail that was opened", made("email_opened", "m", noon-day, mail("ada"), channel("Email")), "v m"},
		{"after the sale", made("email_opened", "m", noon+1, mail("ada"), channel("Email")), "v"},
		{"a click, for which nobody asks", made("click", "k", noon-day, anon("a"), channel("Email")), "v"},
		{"an impression to a bot", made("impression", "i", noon-day, anon("a"), channel("Display"), bot), "v"},
		{"an impression of another person", made("impression", "i", noon-day, anon("b"), channel("Display")), "v"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemory(taking([]string{"visit"}, []string{"email_opened"}, []string{"impression", "visit"}))
			m.deliver(t, visit("v", "a", noon-2*day), sold("buy", anon("a"), mail("ada")))
			m.deliver(t, c.late)
			r := m.conversions(t)["O#o"]
			if got := eventIDs(r.Touches); got != c.after {
				t.Errorf("got %q, want %q", got, c.after)
			}
			if got := eventIDs(r.Eligible(r.Lookback)); got != "v" {
				t.Errorf("the site has %q, want v", got)
			}
		})
	}
}

// Ensures that the site's touches stand first where there is no room for all, and the latest of the others beside them.
func TestCampaignsTouchesTakeTheRoomThatIsLeft(t *testing.T) {
	for _, c := range []struct {
		name           string
		visits, views  int
		site, campaign int
	}{
		{"room for all", 3, 5, 3, 5},
		{"for the latest of them", 10, maxTouches, 10, maxTouches - 10},
		{"for none", maxTouches + 1, 5, maxTouches, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var events []*event.Event
			for i := range c.visits {
				events = append(events, visit(fmt.Sprintf("v%04d", i), "a", noon-10*day+int64(i)))
			}
			for i := range c.views {
				events = append(events, made("impression", fmt.Sprintf("i%04d", i), noon-day+int64(i), anon("a"), channel("Display")))
			}
			m := newMemory(taking([]string{"visit"}, []string{"impression"}))
			m.deliver(t, append(events, sold("buy", anon("a")))...)
			r := m.conversions(t)["O#o"]
			own := len(r.Eligible(r.Lookback))
			if own != c.site || len(r.Touches) != c.site+c.campaign || r.TouchCount != c.visits {
				t.Errorf("got %d of the site's %d and %d others, want %d and %d", own, r.TouchCount, len(r.Touches)-own, c.site, c.campaign)
			}
			if c.campaign > 0 && r.Touches[len(r.Touches)-1].ID != fmt.Sprintf("i%04d", c.views-1) {
				t.Errorf("the last is %s", r.Touches[len(r.Touches)-1].ID)
			}
		})
	}
}

// Ensures that an event of one id with a touch of the site's does not take its place.
func TestTheSitesTouchStandsBeforeOneOfItsID(t *testing.T) {
	m := newMemory(taking([]string{"visit"}, []string{"impression"}))
	m.deliver(t, made("impression", "x", noon-2*day, anon("a"), channel("Display")), visit("x", "a", noon-day, user("u")), sold("buy", anon("a")))
	r := m.conversions(t)["O#o"]
	if len(r.Touches) != 1 || r.Touches[0].Channel != "Email" {
		t.Errorf("got %+v, want the visit", r.Touches)
	}
}

// Ensures that the record is another when the same touches come to be the site's.
func TestWhoseTouchesMoveTheDigest(t *testing.T) {
	events := []*event.Event{visit("v", "a", noon-2*day), made("impression", "i", noon-day, anon("a"), channel("Display")), sold("buy", anon("a"))}
	seen := map[string]string{}
	for name, site := range map[string]settings.Site{
		"the site's":     taking([]string{"visit", "impression"}),
		"a campaign's":   taking([]string{"visit"}, []string{"impression"}),
		"another's":      taking([]string{"impression"}, []string{"visit"}),
		"without any":    taking([]string{"click"}),
		"of both unlike": taking([]string{"click"}, []string{"visit", "impression"}),
	} {
		digest := Assemble(clusterOf(site, slices.Clone(events)))[0].Digest
		if was := seen[digest]; was != "" {
			t.Errorf("%s and %s have one digest", was, name)
		}
		seen[digest] = name
	}
}
