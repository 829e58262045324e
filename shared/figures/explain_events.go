package figures

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/store"
)

// BehindPage is how many events one explanation lists.
const BehindPage = 100

// Behind is an event, or a record with its event, that moved the sum. Amount is what it gave, in the sum's unit.
type Behind struct {
	ID     string `json:"id,omitempty"`
	Record string `json:"record,omitempty"`
	Type   string `json:"type,omitempty"`
	Time   string `json:"time"`
	Amount int64  `json:"amount"`
}

// behind lists a page of the events behind one input of a figure: those that move the very counters that were read.
func (s *Reader) behind(ctx context.Context, a *Explanation, q *Query, of, next string) error {
	i := slices.IndexFunc(a.Inputs, func(in Input) bool { return of == "" || in.Name == of })
	if i < 0 {
		var names []string
		for _, in := range a.Inputs {
			names = append(names, in.Name)
		}
		return fault.Query("of", "%q is no input of %s; there are %s", fault.Clip(of), a.KPI, list(names))
	}
	in := a.Inputs[i]
	a.Of = in.Name
	goals, err := s.store.Goals(ctx, q.Site.ID)
	if err != nil {
		return err
	}
	w := watch{q: q, measure: in.Name, primary: q.Site.PrimaryGoals(goals)}
	if _, filtered := q.Filters["campaign"]; filtered {
		if w.alias, err = s.aliases(ctx, q.Site.ID, kpi.ByCampaign); err != nil {
			return err
		}
	}
	switch in.Record {
	case "":
		a.Events, a.Next, err = s.behindEvents(ctx, &w, next)
	case journey.KindCart, journey.KindMessage:
		a.Events, a.Next, err = s.behindGathered(ctx, &w, in.Record, next)
	case "person":
		w.measure = string(kpi.Orders)
		a.Events, a.Next, err = s.behindRecords(ctx, &w, journey.KindConversion, next)
	default:
		a.Events, a.Next, err = s.behindRecords(ctx, &w, in.Record, next)
	}
	return err
}

// watch tells what moves the counters of a figure.
type watch struct {
	q       *Query
	measure string
	primary []string // goals whose conversions count where none is asked for
	alias   Aliases
}

// amount is what moves give the measure within the query's period and filters; false where they do not touch it.
func (w *watch) amount(moves []kpi.Move) (int64, bool) {
	from, to := w.q.Period.Buckets()
	dims := w.q.dims()
	var sum int64
	found := false
	for i := range moves {
		m := &moves[i]
		name, _, _ := strings.Cut(string(m.Measure), ":")
		if name == w.measure && m.Bucket >= from && m.Bucket < to && w.counts(m, dims) {
			sum, found = sum+m.Amount, true
		}
	}
	return sum, found
}

// counts reports that a move is of the counters that the query reads.
func (w *watch) counts(m *kpi.Move, dims []string) bool {
	switch {
	case len(dims) > 0:
	case !slices.Contains(goalMeasures, m.Measure):
		return m.Dimension == kpi.BySite
	case w.q.Goal != "":
		return m.Dimension == kpi.ByGoal && m.Value == w.q.Goal
	default: // as siteRows reads them
		return m.Dimension == kpi.ByGoal && (!slices.Contains(goalMeasures[:2], m.Measure) || slices.Contains(w.primary, m.Value))
	}
	for d := range w.q.Filters {
		if m.Dimension != partOf(d, dims).base {
			return false
		}
	}
	return w.alias.match(&kpi.Counter{Key: m.Key}, w.q.Filters, dims)
}

// behindEvents scans on through Events.
func (s *Reader) behindEvents(ctx context.Context, w *watch, next string) (list []Behind, more string, err error) {
	list = []Behind{}
	more, err = s.store.EventsPage(ctx, w.q.Site.ID, w.q.Period.From.UnixMilli(), w.q.Period.To.UnixMilli(), next, func(e *event.Event) bool {
		if n, ok := w.amount(kpi.Moves(e)); ok {
			list = append(list, Behind{ID: e.ID, Type: e.Type, Time: instant(e.Time), Amount: n})
		}
		return len(list) == BehindPage
	})
	return list, more, err
}

// behindGathered scans on through the records of a kind that no range lists.
func (s *Reader) behindGathered(ctx context.Context, w *watch, kind, next string) (list []Behind, more string, err error) {
	list = []Behind{}
	more, err = s.store.RecordsPage(ctx, w.q.Site.ID, kind, next, func(r *journey.Record) bool {
		one, ok, bad := w.record(kind, r)
		if bad != nil {
			return false // reconcile tells of a record that cannot be read
		}
		if ok {
			list = append(list, one)
		}
		return len(list) == BehindPage
	})
	return list, more, err
}

// recordPlace is where the records of a range were left: a bucket of it and the last record.
type recordPlace struct {
	Bucket int    `json:"b"`
	Time   int64  `json:"t"`
	Node   string `json:"n"`
}

// behindRecords reads on through the records of a kind, bucket by bucket, each in order of time.
func (s *Reader) behindRecords(ctx context.Context, w *watch, kind, next string) (list []Behind, more string, err error) {
	list = []Behind{}
	at := recordPlace{Time: w.q.Period.From.UnixMilli()}
	if next != "" {
		if body, bad := base64.RawURLEncoding.DecodeString(next); bad != nil || json.Unmarshal(body, &at) != nil || at.Bucket < 0 || at.Bucket >= store.RangeBuckets {
			return nil, "", fault.Query("next", "this is no cursor of these parameters; take it from the answer before")
		}
	}
	to := w.q.Period.To.UnixMilli()
	for ; at.Bucket < store.RangeBuckets; at = (recordPlace{Bucket: at.Bucket + 1, Time: w.q.Period.From.UnixMilli()}) {
		for r, err := range s.store.RecordsInBucket(ctx, w.q.Site.ID, kind, at.Bucket, at.Time, to) {
			if err != nil {
				return nil, "", err
			}
			if r.Time == at.Time && r.Node <= at.Node {
				continue
			}
			one, ok, err := w.record(kind, &r)
			if err != nil {
				return nil, "", err
			}
			if !ok {
				continue
			}
			if list = append(list, one); len(list) == BehindPage {
				body, _ := json.Marshal(recordPlace{at.Bucket, r.Time, r.Node}) // plain data
				return list, base64.RawURLEncoding.EncodeToString(body), nil
			}
		}
	}
	return list, "", nil
}

// record is what a record gave; its event is named where it has one that stands for it.
func (w *watch) record(kind string, r *journey.Record) (Behind, bool, error) {
	moves, err := kpi.DecodeMoves(r.Moves)
	if err != nil {
		return Behind{}, false, err
	}
	n, ok := w.amount(moves)
	out := Behind{Record: r.Node, Time: instant(r.Time), Amount: n}
	switch {
	case !ok:
	case kind == journey.KindConversion:
		c, err := r.Conversion()
		if err != nil {
			return out, false, err
		}
		out.ID, out.Type = c.Event, "conversion"
	default:
		t, err := r.Told()
		if err != nil {
			return out, false, err
		}
		if by := cmp.Or(t.Opening, t.Before); by != nil {
			out.ID, out.Time = by.ID, instant(by.Time)
		}
	}
	return out, ok, nil
}
