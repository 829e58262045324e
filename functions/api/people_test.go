package main

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/httpapi"
	"tributary/shared/journey"
	"tributary/shared/kpi"
)

// at is a time of these tests in Unix milliseconds.
func at(t *testing.T, text string) int64 {
	t.Helper()
	v, err := time.Parse("2006-01-02T15:04", text)
	if err != nil {
		t.Fatal(err)
	}
	return v.UnixMilli()
}

// sell stores a record for each conversion.
func sell(t *testing.T, s *server, site string, list ...journey.Conversion) {
	t.Helper()
	for i, c := range list {
		body, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		r := journey.Record{Node: fmt.Sprintf("O#%d", i), Digest: "d", Time: c.Time, Body: string(body)}
		if won, err := s.store.PutRecord(context.Background(), site, journey.KindConversion, r); !won || err != nil {
			t.Fatal(won, err)
		}
	}
}

// buyers are the orders of three people and a sign-up, from November to January.
func buyers(t *testing.T) []journey.Conversion {
	order := func(person, when string, number int, value int64) journey.Conversion {
		return journey.Conversion{Event: "e", Time: at(t, when), Goal: "purchase", Counts: 1, Orders: 1, Value: value, Net: value - 10, Person: person, Number: number}
	}
	deal := order("U#c", "2026-01-05T12:00", 1, 500)
	deal.Kind, deal.Lead, deal.Invite, deal.Influenced = "deal", deal.Time-3000, "i-1", true
	signup := journey.Conversion{Event: "e", Time: at(t, "2026-01-03T12:00"), Goal: "sign_up", Counts: 1, Person: "U#d"}
	return []journey.Conversion{
		order("U#a", "2025-11-20T12:00", 1, 100), order("U#a", "2026-01-01T23:30", 2, 100), order("U#a", "2026-01-04T12:00", 3, 100),
		order("U#b", "2025-12-01T12:00", 1, 100), deal, signup,
	}
}

// Ensures figures about persons as the API answers them: over the period, per row, with what they are made of.
func TestKPIsOfPeople(t *testing.T) {
	s, site := kpiSite(t, `{}`, func(site string, _ bool) []kpi.Move {
		return []kpi.Move{{Key: kpi.Key{Site: site, Dimension: kpi.BySite, Bucket: "2026-01-02T05"}, Measure: kpi.CostIn(kpi.MediaCost, "USD"), Amount: 4_000_000}}
	})
	sell(t, s, site, buyers(t)...)
	for _, c := range []struct {
		name, query string
		want        []string
	}{
		{
			"a period", "from=2026-01-01&to=2026-01-20&kpis=customers,new_customers,repeat_purchase_rate,retention_rate,churn_rate,acquisition_rate_base,cac_minor,referral_rate,sales_cycle_mean_ms,win_rate,marketing_influenced_revenue_share",
			[]string{"acquisition_rate_base=0.5 cac_minor=400 churn_rate=0.5 customers=2 marketing_influenced_revenue_share=0.7142857142857143 new_customers=1 " +
				"referral_rate=1 repeat_purchase_rate=0.5 retention_rate=0.5 sales_cycle_mean_ms=3000 win_rate=1"},
		},
		{
			"days of a zone", "from=2026-01-01&to=2026-01-03&by=day&tz=Europe/Berlin&kpis=customers,new_customers",
			[]string{"customers=0 day=2026-01-01 new_customers=0", "customers=1 day=2026-01-02 new_customers=0"},
		},
		{
			"whole months are pooled", "from=2025-11-01&to=2026-01-10&kpis=clv_predictive_minor,clv_historic_revenue_minor",
			[]string{"clv_historic_revenue_minor=283.3333333333333 clv_predictive_minor=<nil>"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, f := askKPIs(t, s, site, c.query)
			if f != nil {
				t.Fatal(f)
			}
			if d := cmp.Diff(c.want, rowsOf(a)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// Ensures the cohorts that GET /v1/retention answers, and what it refuses.
func TestRetention(t *testing.T) {
	s, site := kpiSite(t, `{}`, func(string, bool) []kpi.Move { return nil })
	sell(t, s, site, buyers(t)...)
	ask := func(query string) (string, error) {
		res, err := s.retention(context.Background(), &httpapi.Request{RawPath: "/v1/retention", RawQueryString: query + "&site=" + site})
		return res.Body, err
	}
	body, err := ask("from=2025-11-01&to=2026-01-10&by=month")
	if err != nil {
		t.Fatal(err)
	}
	want := `{"from":"2025-11-01","to":"2026-01-10","tz":"UTC","by":"month","currency":"USD","as_of":"2026-01-10T23:30:00.000Z","cohorts":[` +
		`{"customers":1,"month":"2025-11","periods":[{"start":"2025-11","customers":1,"orders":1,"revenue_net_minor":90,"retention":1},` +
		`{"start":"2025-12","customers":0,"orders":0,"revenue_net_minor":0,"retention":0},{"start":"2026-01","customers":1,"orders":2,"revenue_net_minor":180,"retention":1}]},` +
		`{"customers":1,"month":"2025-12","periods":[{"start":"2025-12","customers":1,"orders":1,"revenue_net_minor":90,"retention":1},` +
		`{"start":"2026-01","customers":0,"orders":0,"revenue_net_minor":0,"retention":0}]},` +
		`{"customers":1,"month":"2026-01","periods":[{"start":"2026-01","customers":1,"orders":1,"revenue_net_minor":490,"retention":1}]}]}`
	if d := cmp.Diff(want, body); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, c := range []struct{ name, query string }{
		{"an hour is no cohort", "last=7d&by=hour"},
		{"nor a channel", "last=7d&by=channel"},
		{"too many", "from=2020-01-01&to=2026-01-01&by=day"},
		{"a parameter of another route", "last=7d&kpis=visits"},
	} {
		if body, err := ask(c.query); err == nil {
			t.Errorf("%s: got %s", c.name, body)
		}
	}
}

// Ensures that whoever sent invites is counted once, whatever id each was sent under.
func TestAdvocates(t *testing.T) {
	s, site := kpiSite(t, `{}`, func(string, bool) []kpi.Move { return nil })
	sell(t, s, site, buyers(t)...)
	for i, by := range []string{"U#a", "U#a", "E#x", "U#b", ""} {
		told := journey.Told{Opening: &journey.Opening{Sender: by}}
		told.Opening.Time = at(t, "2026-01-04T12:00") + int64(i)
		body, err := json.Marshal(told)
		if err != nil {
			t.Fatal(err)
		}
		r := journey.Record{Node: fmt.Sprint("i", i), Digest: "d", Time: told.Opening.Time, Body: string(body)}
		if won, err := s.store.PutRecord(context.Background(), site, journey.KindInvite, r); !won || err != nil {
			t.Fatal(won, err)
		}
	}
	if err := s.store.PutLink(context.Background(), site, journey.Link{From: "E#x", To: "U#a", Time: 1, Event: "e"}); err != nil {
		t.Fatal(err)
	}
	a, f := askKPIs(t, s, site, "from=2026-01-01&to=2026-01-10&kpis=referral_advocate_rate,customers")
	if f != nil {
		t.Fatal(f)
	}
	if d := cmp.Diff([]string{"customers=2 referral_advocate_rate=1"}, rowsOf(a)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
