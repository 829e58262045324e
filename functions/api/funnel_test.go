package main

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// happened stores events as they come from doors, and lets journey and kpi do their part on them.
func happened(t *testing.T, s *store.Store, site string, events ...*event.Event) {
	t.Helper()
	restater := journey.Restater{Links: s, Records: s, Events: s, Settings: s, Now: func() time.Time { return time.UnixMilli(journeyNoon + 9*dayMs) }}
	f := kpi.NewFold("stream/"+site, time.UnixMilli(journeyNoon))
	var inputs []journey.Input
	for i, e := range events {
		e.Site, e.Received, e.Agent = site, e.Time, event.AgentHuman
		if e.ID == "" {
			e.ID = fmt.Sprint("e", i)
		}
		e.Hash = e.ID
		if _, err := s.PutEvent(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, journey.Input{Sequence: e.ID, Event: e})
		f.Add(fmt.Sprintf("%040d", i+1), fmt.Sprint(i+1), kpi.Moves(e))
	}
	if failed, err := restater.Handle(t.Context(), inputs); err != nil {
		t.Fatal(failed, err)
	}
	for _, kind := range []string{journey.KindVisit, journey.KindPost} {
		records, err := s.RecordsInRange(t.Context(), site, kind, journeyNoon-dayMs, journeyNoon+dayMs)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			moves, err := kpi.DecodeMoves(r.Moves)
			if err != nil {
				t.Fatal(err)
			}
			f.Add(fmt.Sprintf("%040d", len(inputs)+1), "", moves)
			inputs = append(inputs, journey.Input{})
		}
	}
	aside := func(_ context.Context, _ kpi.Delta, cause error) error { return cause }
	if _, err := f.Apply(t.Context(), kpi.NewDirectory(s, s), aside); err != nil {
		t.Fatal(err)
	}
}

// TestFunnel ensures the answer of contract.md section 4, in whole, by what brought the visits, and filtered.
func TestFunnel(t *testing.T) {
	s := storetest.Open(t)
	site := storetest.MakeSite(t, s, `{}`)
	step := func(typ, session string, after int64) *event.Event {
		return &event.Event{Type: typ, Time: journeyNoon + after, AnonymousID: session, SessionID: session}
	}
	enter := func(session, channel string) *event.Event {
		e := step("visit", session, 0)
		e.Channel, e.Page = channel, "https://shop.example/?x=1"
		return e
	}
	bought := step("conversion", "s2", 9000)
	bought.Goal, bought.OrderID = "purchase", "o"
	happened(t, s, site, enter("s1", "Email"), enter("s2", "Email"), enter("s3", "Direct"), enter("s4", "Direct"),
		step("add_to_cart", "s1", 1000), step("add_to_cart", "s2", 4000), step("add_to_cart", "s3", 2000), step("played", "s3", 5000), bought)

	srv := newServer(s, nil, func(string) string { return "" }, func() time.Time { return time.UnixMilli(journeyNoon) })
	ask := func(query string) (httpapi.Response, error) {
		return srv.funnel(t.Context(), &httpapi.Request{RawQueryString: query + "&site=" + url.QueryEscape(site)})
	}
	const whole = `{"steps":[{"name":"visit","reached":4,"drop_off":0.25,"median_ms":2000},{"name":"add_to_cart","reached":3,"drop_off":0.6666666666666666,"median_ms":5000},
		{"name":"conversion","reached":1,"drop_off":null,"median_ms":null}],"bottleneck":"add_to_cart"}`
	const email = `"steps":[{"name":"visit","reached":2,"drop_off":0,"median_ms":2500},{"name":"add_to_cart","reached":2,"drop_off":0.5,"median_ms":5000},
		{"name":"conversion","reached":1,"drop_off":null,"median_ms":null}],"bottleneck":"add_to_cart"`
	const direct = `"steps":[{"name":"visit","reached":2,"drop_off":0.5,"median_ms":2000},{"name":"add_to_cart","reached":1,"drop_off":1,"median_ms":null},
		{"name":"conversion","reached":0,"drop_off":null,"median_ms":null}],"bottleneck":"add_to_cart"`
	for _, c := range []struct{ name, query, want string }{
		{"the whole site", "steps=visit,add_to_cart,conversion", whole},
		{"under other names", "steps=visit,add_to_cart,purchase", whole},
		{"by channel", "steps=visit,add_to_cart,conversion&by=channel", `{"rows":[{"channel":"Direct",` + direct + `},{"channel":"Email",` + email + `}]}`},
		{"of a channel", "steps=visit,add_to_cart,conversion&channel=Email", `{` + email + `}`},
		{
			"by the page landed on", "steps=visit,conversion&by=page",
			`{"rows":[{"page":"https://shop.example/","steps":[{"name":"visit","reached":4,"drop_off":0.75,"median_ms":9000},
			{"name":"conversion","reached":1,"drop_off":null,"median_ms":null}],"bottleneck":"visit"}]}`,
		},
		{
			"a step of the user's own", "steps=add_to_cart,played",
			`{"steps":[{"name":"add_to_cart","reached":3,"drop_off":0.6666666666666666,"median_ms":3000},{"name":"played","reached":1,"drop_off":null,"median_ms":null}],
			"bottleneck":"add_to_cart"}`,
		},
		{
			"a day on which nothing happened", "steps=visit,conversion&from=2026-02-01&to=2026-02-02",
			`{"steps":[{"name":"visit","reached":0,"drop_off":null,"median_ms":null},{"name":"conversion","reached":0,"drop_off":null,"median_ms":null}],"bottleneck":null}`,
		},
	} {
		res, err := ask(c.query)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(decoded(t, c.want), decoded(t, res.Body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	for _, c := range []struct{ name, query, field string }{
		{"no steps", "", "steps"},
		{"a type that nobody sent", "steps=visit,palyed", "steps"},
		{"too many", "steps=visit" + fmt.Sprintf("%0*d", 60, 0), "steps"},
		{"by day", "steps=visit&by=day", "by"},
		{"by goal", "steps=visit&by=goal", "by"},
		{"touches that are no flag", "steps=visit&touches=yes", "touches"},
		{"by two", "steps=visit&by=channel,campaign", "by"},
	} {
		if _, err := ask(c.query); fault.Of(err) == nil || fault.Of(err).Field != c.field {
			t.Errorf("%s: got %v, want a fault of %s", c.name, err, c.field)
		}
	}
}

// TestTouchesBeforeConversion ensures the counts of what people met within the look-back, those after the conversion left out.
func TestTouchesBeforeConversion(t *testing.T) {
	s := storetest.Open(t)
	site := storetest.MakeSite(t, s, `{"lookback_days":7}`)
	met := func(typ, who string, at int64) *event.Event {
		return &event.Event{Type: typ, Time: journeyNoon + at, AnonymousID: who, Channel: "Display"}
	}
	buy := func(who string) *event.Event {
		e := met("conversion", who, 0)
		e.Goal, e.OrderID = "purchase", "o-"+who
		return e
	}
	happened(t, s, site, buy("a"), buy("b"), met("impression", "a", -7*dayMs), met("impression", "a", -7*dayMs-1), met("impression", "a", -1), met("impression", "a", 1),
		met("click", "a", 0), met("visit", "b", -dayMs), met("impression", "c", -1))
	srv := newServer(s, nil, func(string) string { return "" }, func() time.Time { return time.UnixMilli(journeyNoon) })
	res, err := srv.funnel(t.Context(), &httpapi.Request{RawQueryString: "steps=visit&touches=1&site=" + url.QueryEscape(site)})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"conversions":2,"impressions":{"mean":1,"median":1,"distribution":[{"touches":0,"conversions":1},{"touches":2,"conversions":1}]},
		"clicks":{"mean":0.5,"median":0.5,"distribution":[{"touches":0,"conversions":1},{"touches":1,"conversions":1}]},
		"visits":{"mean":0.5,"median":0.5,"distribution":[{"touches":0,"conversions":1},{"touches":1,"conversions":1}]}}`
	got := decoded(t, res.Body).(map[string]any)["touches"]
	if diff := cmp.Diff(decoded(t, want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEngagementsAreBookedWithTheirPost ensures that engagements count on the day of their post and under its channel.
func TestEngagementsAreBookedWithTheirPost(t *testing.T) {
	s := storetest.Open(t)
	site := storetest.MakeSite(t, s, `{}`)
	post := &event.Event{Type: "social_post", Time: journeyNoon, PostID: "p", Channel: "Organic Social", Props: `{"reach":"8"}`}
	like := func(after int64, id string) *event.Event {
		return &event.Event{Type: "social_engagement", Time: journeyNoon + after, PostID: id}
	}
	happened(t, s, site, post, like(1, "p"), like(3*dayMs, "p"), like(1, "nobody's"))
	srv := newServer(s, nil, func(string) string { return "" }, func() time.Time { return time.UnixMilli(journeyNoon + 9*dayMs) })
	for _, c := range []struct{ query, want string }{
		{"from=2026-03-01&to=2026-03-02", "[social_engagement_rate_reach=0.25 social_engagements=2]"},
		{"from=2026-03-02&to=2026-03-08", "[social_engagement_rate_reach=<nil> social_engagements=0]"},
		{"from=2026-03-01&to=2026-03-08&by=channel", "[channel=Organic Social social_engagement_rate_reach=0.25 social_engagements=2]"},
		{"from=2026-03-01&to=2026-03-02&by=day&channel=Organic%20Social", "[day=2026-03-01 social_engagement_rate_reach=0.25 social_engagements=2]"},
		{"from=2026-03-01&to=2026-03-08&channel=Email", "[social_engagement_rate_reach=<nil> social_engagements=0]"},
	} {
		a, f := askKPIs(t, srv, site, c.query+"&kpis=social_engagements,social_engagement_rate_reach")
		if f != nil {
			t.Fatal(f)
		}
		if got := fmt.Sprint(rowsOf(a)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.query, got, c.want)
		}
	}
}
