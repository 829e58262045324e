package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// nightReport is what the test reads of a report.
type nightReport struct {
	Totals struct {
		Conversions int64 `json:"conversions"`
	} `json:"totals"`
	NonConverting struct {
		People    int64  `json:"people"`
		ReadUnits int64  `json:"read_units"`
		Recount   string `json:"recount"`
	} `json:"non_converting"`
	Models map[string]struct {
		Channels []struct {
			Channel string `json:"channel"`
			Micro   int64  `json:"conversions_micro"`
		} `json:"channels"`
	} `json:"models"`
}

// Ensures, on the whole stack, that the schedule's report of a day takes the people who did not convert from what the recount of the
// night has read, and comes to what a report on request, which reads for itself, comes to.
func TestReportSharesTheNightsRecount(t *testing.T) {
	s := startStack(t, "", nil, "-engine", "dynoxide")
	now := time.Now().UTC()
	day := now.AddDate(0, 0, -1)
	at := func(hour int) string {
		return time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, time.UTC).Format(time.RFC3339)
	}
	var list []json.RawMessage
	for i := range 6 {
		for j, channel := range []string{"Email", "Display", "Paid Search"}[:1+i%3] {
			list = append(list, fmt.Appendf(nil, `{"id":"v%d-%d","type":"visit","anonymous_id":"a%d","time":%q,"channel":%q}`, i, j, i, at(1+j), channel))
		}
		if i < 2 {
			list = append(list, fmt.Appendf(nil, `{"id":"c%d","type":"conversion","anonymous_id":"a%d","time":%q,"order_id":"o%d","value":"10.00","currency":"USD"}`, i, i, at(9), i))
		}
	}
	post(t, s, list)
	s.idle(t)
	tick := map[string]string{"scheduled_time": now.Format(time.RFC3339)}
	var recount struct {
		Run  string `json:"run"`
		Done bool   `json:"done"`
	}
	s.must(t, http.MethodPost, "/2015-03-31/functions/reconcile/invocations", tick, &recount)
	if !recount.Done || recount.Run != now.Format(time.DateOnly) {
		t.Fatalf("the recount says %+v", recount)
	}
	s.must(t, http.MethodPost, "/2015-03-31/functions/report/invocations", tick, nil)
	var night, asked nightReport
	s.must(t, http.MethodGet, "/v1/reports/default/daily/"+day.Format(time.DateOnly), nil, &night)
	if n := night.NonConverting; night.Totals.Conversions != 2 || n.People != 4 || n.Recount != recount.Run || n.ReadUnits == 0 {
		t.Errorf("the night's report has %+v of %d conversions", n, night.Totals.Conversions)
	}
	s.must(t, http.MethodPost, "/2015-03-31/functions/report/invocations",
		map[string]string{"period": "range", "from": day.Format(time.DateOnly), "to": now.Format(time.DateOnly)}, nil)
	s.must(t, http.MethodGet, "/v1/reports/default/range/"+day.Format(time.DateOnly), nil, &asked)
	if asked.NonConverting.Recount != "" {
		t.Errorf("the report on request is of recount %s", asked.NonConverting.Recount)
	}
	if d := cmp.Diff(asked.Models, night.Models); d != "" || len(night.Models) == 0 {
		t.Errorf("(-on request +of the night):\n%s", d)
	}
}
