package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/alert"
	"tributary/shared/store/storetest"
)

// TestAlertStates ensures that a state is written with its alert or not at all, by who has read its last version, and is read back whole.
func TestAlertStates(t *testing.T) {
	s, site, now := storetest.Open(t), storetest.Site(t), time.Now()
	put := func(st alert.State, told *alert.Alert, want bool) {
		t.Helper()
		if got, err := s.PutAlertState(t.Context(), site, st, told, now); err != nil || got != want {
			t.Errorf("version %d: got %t, %v; want %t", st.Version, got, err, want)
		}
	}
	raised := func(id string) *alert.Alert {
		return &alert.Alert{ID: id, Site: site, Rule: "r", State: alert.Raised, Value: "0.25", Filter: map[string]string{"source": `a "b"`}}
	}
	one, two := raised("0000000000001-r"), raised("0000000000002-r")
	put(alert.State{Rule: "r", Since: 1, Standing: one}, one, true)
	put(alert.State{Rule: "r", Since: 2, Standing: two}, two, false)
	put(alert.State{Rule: "r", Version: 2, Since: 2, Standing: two}, two, false)
	put(alert.State{Rule: "waits", Since: 3}, nil, true)
	got, err := s.AlertStates(t.Context(), site)
	want := map[string]alert.State{"r": {Rule: "r", Version: 1, Since: 1, Standing: one}, "waits": {Rule: "waits", Version: 1, Since: 3}}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	cleared := *one
	cleared.State = alert.Cleared
	put(alert.State{Rule: "r", Version: 1}, &cleared, true)
	list, err := s.Alerts(t.Context(), site, "", "", 10)
	if d := cmp.Diff([]alert.Alert{cleared}, list); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
}

// TestAlertsInPages ensures that alerts come the latest first, by state and after another, and none of another site or of the states.
func TestAlertsInPages(t *testing.T) {
	s, site, now := storetest.Open(t), storetest.Site(t), time.Now()
	for i := range 5 {
		a := &alert.Alert{ID: fmt.Sprintf("%013d-r", i), Site: site, State: []string{alert.Raised, alert.Cleared}[i%2]}
		if _, err := s.PutAlertState(t.Context(), site, alert.State{Rule: fmt.Sprint("r", i), Standing: a}, a, now); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct {
		state, before string
		limit         int
		want          string
	}{
		{"", "", 10, "43210"},
		{"", "", 2, "43"},
		{"", "0000000000003-r", 2, "21"},
		{"", "0000000000000-r", 2, ""},
		{alert.Raised, "", 10, "420"},
		{alert.Raised, "", 2, "42"},
		{alert.Raised, "0000000000002-r", 2, "0"},
		{alert.Cleared, "", 10, "31"},
	} {
		list, err := s.Alerts(t.Context(), site, row.state, row.before, row.limit)
		got := ""
		for _, a := range list {
			got += a.ID[12:13]
		}
		if err != nil || got != row.want {
			t.Errorf("%+v: got %q, %v", row, got, err)
		}
	}
}
