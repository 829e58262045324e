package main

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// Ensures that the schedule restates a site whose campaigns come to ask for other touches, so that those from before are taken in; not
// one whose campaigns take what the site takes; and takes them out again.
func TestChangedCampaignTypesRestate(t *testing.T) {
	s := newStage(t, `{"touch_types":["visit","click"]}`)
	for i, typ := range []string{"impression", "visit", "conversion"} {
		e := &event.Event{
			ID: typ, Type: typ, Site: s.site, Time: noon.UnixMilli() + int64(i), Received: noon.UnixMilli(), UserID: "u", Agent: event.AgentHuman, Hash: "h",
		}
		if e.Channel = "Display"; typ == "conversion" {
			e.Channel, e.OrderID = "", "o"
		}
		s.put(e)
	}
	s.invoke(`{"scheduled_time":"2026-03-11T00:35:00Z"}`)
	for i, c := range []struct {
		name string
		sets [][]string
		want []string
		runs int
	}{
		{"what the site takes", [][]string{{"visit"}, {"click", "visit"}}, []string{"visit"}, 1},
		{"views", [][]string{{"visit"}, {"impression", "visit"}}, []string{"impression", "visit"}, 2},
		{"another campaign without", [][]string{{"impression", "visit"}}, []string{"impression", "visit"}, 2},
		{"no more", nil, []string{"visit"}, 3},
	} {
		s.setTypes(c.sets)
		s.now = func() time.Time { return noon.AddDate(0, 0, 10).Add(time.Duration(i+1) * time.Hour) } // notes are in order of time
		s.invoke(fmt.Sprintf(`{"scheduled_time":"2026-03-11T%02d:35:00Z"}`, i+1))
		if d := cmp.Diff(c.want, s.touches("O#o")); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
		notes, err := s.archive.List(t.Context(), reportsRoot+"settings/"+s.site+"/")
		if err != nil || len(notes) != c.runs {
			t.Errorf("%s: restated %d times, %v; want %d", c.name, len(notes), err, c.runs)
		}
	}
}

// setTypes stores what the site's campaigns take, as the API does.
func (s *stage) setTypes(sets [][]string) {
	s.t.Helper()
	v, _, err := s.store.Setting(s.t.Context(), store.Sites, s.site)
	if err != nil {
		s.t.Fatal(err)
	}
	site, err := settings.DecodeSite(v.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	site.CampaignTypes = sets
	if v.Body, err = json.Marshal(site); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.store.PutSetting(s.t.Context(), store.Sites, v); err != nil {
		s.t.Fatal(err)
	}
}

// touches are the ids of a record's.
func (s *stage) touches(node string) []string {
	s.t.Helper()
	r, err := s.store.Record(s.t.Context(), s.site, journey.KindConversion, node)
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := r.Conversion()
	if err != nil {
		s.t.Fatal(err)
	}
	var ids []string
	for _, touch := range c.Touches {
		ids = append(ids, touch.ID)
	}
	return ids
}
