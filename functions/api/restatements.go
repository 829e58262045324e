package main

import (
	"context"
	"net/http"
	"time"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/kpi"
)

// What one answer holds, and how many days are looked through for it.
const (
	maxRestatements = 1000
	maxRestatedDays = 92
)

// restatementsAnswer is the body of GET /v1/restatements. From and To are UTC days on which figures changed.
type restatementsAnswer struct {
	Site         string        `json:"site"`
	From         string        `json:"from"`
	To           string        `json:"to"`
	Restatements []restatement `json:"restatements"`
	More         bool          `json:"more"` // there are older ones within the range
}

// restatement is one as it is shown: its time in words.
type restatement struct {
	At string `json:"at"`
	kpi.Restatement
}

// restatements lists what changed figures of the past, the newest first: from and to are the UTC days on which they changed,
// the last seven by default.
func (s *server) restatements(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	site, q, err := s.asked(ctx, r)
	if err != nil {
		return httpapi.Response{}, err
	}
	limit, err := limitOf(q, 100, maxRestatements)
	if err != nil {
		return httpapi.Response{}, err
	}
	from, to, err := restatedDays(q.Get("from"), q.Get("to"), s.now().UTC())
	if err != nil {
		return httpapi.Response{}, err
	}
	a := restatementsAnswer{Site: site.ID, From: from.Format(time.DateOnly), To: to.Format(time.DateOnly), Restatements: []restatement{}}
	for day := to.AddDate(0, 0, -1); !day.Before(from) && len(a.Restatements) <= limit; day = day.AddDate(0, 0, -1) {
		list, err := s.store.Restatements(ctx, site.ID, day.Format(time.DateOnly), limit+1-len(a.Restatements))
		if err != nil {
			return httpapi.Response{}, err
		}
		for _, one := range list {
			at := instant(one.At)
			a.Restatements = append(a.Restatements, restatement{At: at, Restatement: one})
		}
	}
	if a.More = len(a.Restatements) > limit; a.More {
		a.Restatements = a.Restatements[:limit]
	}
	return httpapi.JSON(http.StatusOK, a), nil
}

// restatedDays reads the range; to is exclusive.
func restatedDays(from, to string, now time.Time) (first, end time.Time, err error) {
	end = time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, time.UTC)
	if to != "" {
		if end, err = time.Parse(time.DateOnly, to); err != nil {
			return first, end, fault.Query("to", "write a day as 2026-03-01")
		}
	}
	first = end.AddDate(0, 0, -7)
	if from != "" {
		if first, err = time.Parse(time.DateOnly, from); err != nil {
			return first, end, fault.Query("from", "write a day as 2026-03-01")
		}
	}
	if !first.Before(end) || end.Sub(first) > maxRestatedDays*24*time.Hour {
		return first, end, fault.New(fault.InvalidQuery, "from", "from must lie before to, by %d days at most", maxRestatedDays)
	}
	return first, end, nil
}
