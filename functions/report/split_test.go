package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/attribution"
	"tributary/shared/report"
	"tributary/shared/report/rows"
	"tributary/shared/settings"
	"tributary/shared/store"
)

func (f *fake) Count(ctx context.Context, site settings.Site, p report.Period) (n int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	from, to, err := p.Bounds()
	for _, c := range f.held[site.ID] {
		if c.Time >= from && c.Time < to {
			n++
		}
	}
	return n, err
}

func (f *fake) Head(_ context.Context, site settings.Site, p report.Period) (report.Head, error) {
	lookback := int64(site.LookbackDays) * attribution.Day
	return report.Head{Period: p, Site: site.ID, Currency: "USD", Lookback: lookback, HalfLife: 7 * attribution.Day}, nil
}

func (f *fake) Fold(_ context.Context, site settings.Site, h report.Head, s slice, row func(*report.Credited) error) (*report.Part, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.folded++
	if err := f.err[site.ID]; err != nil {
		return nil, err
	}
	part := report.NewPart(h)
	part.Emit(row)
	return part, f.add(part, site, s)
}

// add folds what is held of a slice.
func (f *fake) add(part *report.Part, site settings.Site, s slice) error {
	for _, c := range f.held[site.ID] {
		name := fnv.New32a()
		name.Write([]byte(c.ID))
		if c.Time >= s.From && c.Time < s.To && int(name.Sum32()%store.RangeBuckets) == s.Bucket {
			if err := part.Add(&c); err != nil {
				return err
			}
		}
	}
	return nil
}

// whole folds a period in one go, in the order of its slices.
func (f *fake) whole(ctx context.Context, site settings.Site, p report.Period) (*report.Report, error) {
	h, err := f.Head(ctx, site, p)
	if err != nil {
		return nil, err
	}
	slices, err := slicesOf(p, 0)
	if err != nil {
		return nil, err
	}
	files, err := rows.New("", &h, 0)
	if err != nil {
		return nil, err
	}
	part := report.NewPart(h)
	part.Emit(files.Add)
	for _, s := range slices {
		if err := f.add(part, site, s); err != nil {
			return nil, err
		}
	}
	list, err := files.Close()
	if err != nil {
		return nil, err
	}
	out := written{list, files.Discard}
	return out.attach(f.Finish(ctx, site, part, p))
}

func (f *fake) Finish(_ context.Context, _ settings.Site, whole *report.Part, _ report.Period) (*report.Report, error) {
	return whole.Report(nil, report.Extra{})
}

// many are conversions over the first days of March, with paths, refunds, late touches and equal times.
func many(n int) []report.Conversion {
	random := rand.New(rand.NewPCG(1, 2))
	list := make([]report.Conversion, n)
	for i := range list {
		c := sale(fmt.Sprint("o", i), "2026-03-01T00:00:00Z", random.Int64N(100_000))
		c.Time += random.Int64N(4 * attribution.Day)
		c.Net -= c.Net * random.Int64N(2) / 3
		c.Touches = nil
		for k := range random.IntN(6) {
			c.Touches = append(c.Touches, report.Touch{
				ID: fmt.Sprint("t", k), Time: c.Time - random.Int64N(40*attribution.Day), Channel: fmt.Sprint("Channel ", random.IntN(5)), Campaign: fmt.Sprint(random.IntN(9)),
			})
		}
		list[i] = c
	}
	return list
}

// files are the bytes of a published revision, by name.
func (s *stage) files(t *testing.T, place report.Place, revision int) map[string]string {
	t.Helper()
	list, err := s.archive.List(t.Context(), place.Key(revision, ""))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range list {
		body, err := s.archive.Get(t.Context(), f.Key, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Key] = string(body)
	}
	if len(out) < 4 {
		t.Fatalf("%s revision %d has %d files", place, revision, len(out))
	}
	return out
}

var month = report.Place{Site: "default", Kind: "monthly", First: "2026-03-01"}

// whole are the files of one fold.
func whole(t *testing.T, list []report.Conversion) map[string]string {
	t.Helper()
	s := newStage(t)
	s.fake.hold("default", list...)
	s.run(t, json.RawMessage(`{"period":"monthly","date":"2026-03-01"}`))
	if s.fake.folded != 0 {
		t.Fatal("a small period was split")
	}
	return s.files(t, month, 1)
}

// Asked for, or over the border, one process folds in slices and writes the same bytes.
func TestSplitInOneProcess(t *testing.T) {
	list := many(300)
	want := whole(t, list)
	for name, c := range map[string]struct {
		border int64
		raw    string
	}{
		"asked for":       {border, `{"period":"monthly","date":"2026-03-01","split":true}`},
		"over the border": {299, `{"period":"monthly","date":"2026-03-01"}`},
	} {
		s := newStage(t)
		s.border = c.border
		s.fake.hold("default", list...)
		s.run(t, json.RawMessage(c.raw))
		if s.fake.folded != 31*store.RangeBuckets {
			t.Errorf("%s: %d slices were folded, want %d", name, s.fake.folded, 31*store.RangeBuckets)
		}
		if d := cmp.Diff(want, s.files(t, month, 1)); d != "" {
			t.Errorf("%s: (-one fold +slices):\n%s", name, d)
		}
		if again := s.run(t, json.RawMessage(`{"period":"monthly","date":"2026-03-01","split":true}`)); again.Created {
			t.Errorf("%s: the same again is a new revision", name)
		}
	}
}

// invoke sends the machine's input and decodes the answer.
func (s *stage) invoke(t *testing.T, out any, format string, args ...any) error {
	t.Helper()
	got, err := s.handle(t.Context(), fmt.Appendf(nil, format, args...))
	if err != nil || out == nil {
		return err
	}
	body, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	return json.Unmarshal(body, out)
}

const request = `{"site":"default","period":"monthly","date":"2026-03-01"}`

// planOf plans the month for an execution and returns the one plan.
func (s *stage) planOf(t *testing.T, execution string) (string, []item) {
	t.Helper()
	var p planned
	if err := s.invoke(t, &p, `{"mode":"plan","execution":%q,"request":%s}`, execution, request); err != nil {
		t.Fatal(err)
	}
	if len(p.Merges) != 1 || p.Reports != 0 {
		t.Fatalf("planned %+v, want one plan", p)
	}
	body, err := s.archive.Get(t.Context(), p.Work, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var work []item
	if err := json.Unmarshal(body, &work); err != nil {
		t.Fatal(err)
	}
	return p.Merges[0], work
}

// Parts in any order, some of them twice, merge to the bytes of one fold; a change meanwhile changes no part that stands.
func TestPartsInAnyOrder(t *testing.T) {
	list := many(200)
	want := whole(t, list)
	for round := range uint64(3) {
		s := newStage(t)
		s.border = 10
		s.fake.hold("default", list...)
		plan, work := s.planOf(t, "arn:1")
		if len(work) != 31*store.RangeBuckets {
			t.Fatalf("%d items of work", len(work))
		}
		random := rand.New(rand.NewPCG(round, 0))
		random.Shuffle(len(work), func(i, j int) { work[i], work[j] = work[j], work[i] })
		for _, w := range work {
			if err := s.invoke(t, nil, `{"mode":"part","plan":%q,"part":%d}`, w.Plan, w.Part); err != nil {
				t.Fatal(err)
			}
		}
		s.fake.hold("default", many(7)...)
		for _, w := range work[:20] {
			if err := s.invoke(t, nil, `{"mode":"part","plan":%q,"part":%d}`, w.Plan, w.Part); err != nil {
				t.Fatal(err)
			}
		}
		for _, created := range []bool{true, false} {
			var a answer
			if err := s.invoke(t, &a, `{"mode":"merge","plan":%q}`, plan); err != nil || a.Created != created || a.Revision != 1 {
				t.Fatalf("merged: %+v, %v; want revision 1, created: %v", a, err, created)
			}
		}
		if d := cmp.Diff(want, s.files(t, month, 1)); d != "" {
			t.Errorf("(-one fold +merged):\n%s", d)
		}
	}
}

// A part that is not there, is half there, or was folded under other settings stops the merge: nothing is published.
func TestMergeRefusesPartsThatAreNotRight(t *testing.T) {
	for name, spoil := range map[string]func(*stage, string, string){
		"missing": func(*stage, string, string) {},
		"half":    func(s *stage, key, body string) { put(t, s, key, body[:len(body)/2]) },
		"empty":   func(s *stage, key, _ string) { put(t, s, key, "") },
		"settings": func(s *stage, key, body string) {
			put(t, s, key, body)
			s.fake.sites[0].LookbackDays++
		},
	} {
		s := newStage(t)
		s.border = 10
		s.fake.hold("default", many(50)...)
		plan, work := s.planOf(t, "arn:1")
		for _, w := range work[1:] {
			if err := s.invoke(t, nil, `{"mode":"part","plan":%q,"part":%d}`, w.Plan, w.Part); err != nil {
				t.Fatal(err)
			}
		}
		body, err := s.archive.Get(t.Context(), partKey(plan, 1), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		spoil(s, partKey(plan, work[0].Part), string(body))
		if err := s.invoke(t, nil, `{"mode":"merge","plan":%q}`, plan); err == nil {
			t.Errorf("%s: merged", name)
		}
		if got := s.published(t); len(got) != 0 {
			t.Errorf("%s: published %v", name, got)
		}
	}
}

func put(t *testing.T, s *stage, key, body string) {
	t.Helper()
	if err := s.archive.PutOnce(t.Context(), key, "application/json", []byte(body)); err != nil {
		t.Fatal(err)
	}
}

// What cannot be done is an error and no answer: an answer would let the machine go on.
func TestStepsFailLoudly(t *testing.T) {
	s := newStage(t)
	s.border = 0
	plan, work := s.planOf(t, "arn:1")
	for _, raw := range []string{
		`{"mode":"nap"}`, `{"mode":"plan","execution":"x","request":{"period":"hourly"}}`, `{"mode":"plan","request":{"site":"nobody","period":"daily","date":"2026-03-01"}}`,
		`{"mode":"plan","request":{"scheduled_time":"soon"}}`, `{"mode":"part","plan":"reports-parts/none","part":0}`, `{"mode":"merge","plan":"reports-parts/none"}`,
		fmt.Sprintf(`{"mode":"part","plan":%q,"part":%d}`, plan, len(work)), fmt.Sprintf(`{"mode":"part","plan":%q,"part":-1}`, plan),
	} {
		if out, err := s.handle(t.Context(), json.RawMessage(raw)); err == nil {
			t.Errorf("%s: answered %v", raw, out)
		}
	}
}

// The schedule writes what is small itself and plans the rest; while one execution is at a period, others leave it alone,
// and its own second try finds its plan.
func TestPlansOfTheSchedule(t *testing.T) {
	s := newStage(t)
	s.border = 20
	s.fake.hold("default", append(many(40), sale("b", "2026-02-26T12:00:00Z", 1))...)
	tick := func(execution, when string) (p planned) {
		t.Helper()
		if err := s.invoke(t, &p, `{"mode":"plan","execution":%q,"request":{"scheduled_time":%q}}`, execution, when); err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := tick("arn:1", "2026-04-01T00:05:00Z")
	if first.Reports < 5 || len(first.Merges) < 1 || first.Work == "" {
		t.Fatalf("planned %+v, want the days and weeks done and the month planned", first)
	}
	again := tick("arn:1", "2026-04-01T00:05:00Z")
	if d := cmp.Diff(first.Merges, again.Merges); d != "" || again.Work != first.Work {
		t.Errorf("the second try (-first +again):\n%s", d)
	}
	if other := tick("arn:2", "2026-04-01T01:05:00Z"); len(other.Merges) != 0 || other.Work != "" {
		t.Errorf("an hour later: %+v, want nothing planned while the first is at it", other)
	}
	if later := tick("arn:3", "2026-04-01T12:05:00Z"); len(later.Merges) == 0 || later.Merges[0] == first.Merges[0] {
		t.Errorf("half a day later: %+v, want a plan of its own", later)
	}
}

// With little time left a run leaves what is not small to runs of their own.
func TestPlanWatchesTheTime(t *testing.T) {
	s := newStage(t)
	s.border = 100
	for left, want := range map[time.Duration]bool{time.Minute: true, spare + time.Hour: false} {
		ctx, cancel := context.WithTimeout(t.Context(), left)
		if got := s.beyond(ctx, 50); got != want {
			t.Errorf("with %s left: beyond %v, want %v", left, got, want)
		}
		cancel()
	}
}

// The slices of a period are its time, once, in every bucket; also where a day has 23 hours.
func TestSlices(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	p, err := report.PeriodOf(report.Weekly, "2026-03-08", zone)
	if err != nil {
		t.Fatal(err)
	}
	from, to, err := p.Bounds()
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int64]int{0: 8, 7*4*perSlice - 1: 8, 7 * 4 * perSlice: 16, 1_000_000_000: 8 * 24} {
		list, err := slicesOf(p, n)
		if err != nil || len(list) != want*store.RangeBuckets {
			t.Fatalf("%d conversions: %d slices, %v; want %d in each bucket", n, len(list), err, want)
		}
		var length int64
		for i, s := range list {
			if s.From/attribution.Day != (s.To-1)/attribution.Day || s.From >= s.To || i > 0 && s.Bucket == list[i-1].Bucket && s.From != list[i-1].To {
				t.Errorf("slice %d is %+v", i, s)
			}
			length += s.To - s.From
		}
		if list[0].From != from || list[len(list)-1].To != to || length != store.RangeBuckets*(to-from) {
			t.Errorf("%d slices from %d to %d hold %d ms, want %d four times", len(list), from, to, length, to-from)
		}
	}
}

// A part's file gives back each row and the sums; one that is cut off anywhere is refused.
func TestPartsFile(t *testing.T) {
	s := newStage(t)
	list := many(9)
	s.fake.hold("default", list...)
	p, err := report.PeriodOf(report.Daily, "2026-03-01", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	head, err := s.fake.Head(t.Context(), s.fake.sites[0], p)
	if err != nil {
		t.Fatal(err)
	}
	at := slice{list[0].Time - 5*attribution.Day, list[0].Time + 5*attribution.Day, 1}
	var want, got []report.Credited
	keep := func(to *[]report.Credited) func(*report.Credited) error {
		return func(c *report.Credited) error {
			body, err := json.Marshal(c)
			if err != nil {
				return err
			}
			var own report.Credited
			err = json.Unmarshal(body, &own)
			if len(own.Touches) == 0 {
				own.Touches = nil
			}
			*to = append(*to, own)
			return err
		}
	}
	part, err := s.fake.Fold(t.Context(), s.fake.sites[0], head, at, keep(&want))
	if err != nil || len(want) == 0 {
		t.Fatalf("%d rows, %v", len(want), err)
	}
	file, err := s.fold(t.Context(), s.fake.sites[0], head, at)
	if err != nil {
		t.Fatal(err)
	}
	whole := report.NewPart(head)
	if err := unfold(file, head, whole, keep(&got)); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("rows (-folded +read):\n%s", d)
	}
	a, errA := json.Marshal(part)
	b, errB := json.Marshal(whole)
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Errorf("the sums differ: %v, %v", errA, errB)
	}
	for n := range len(file) {
		if err := unfold(file[:n], head, report.NewPart(head), keep(&got)); err == nil {
			t.Fatalf("%d of %d bytes pass", n, len(file))
		}
	}
}

func TestStepOf(t *testing.T) {
	for raw, want := range map[string]bool{
		`{"mode":"plan"}`: true, `{"mode":""}`: false, `{"period":"daily"}`: false, `[]`: false, `{"mode":"plan","more":1}`: false,
	} {
		if _, got := stepOf([]byte(raw)); got != want {
			t.Errorf("%s: a step: %v, want %v", raw, got, want)
		}
	}
	if bytes.Contains([]byte(partsRoot), []byte(report.Root)) {
		t.Error("parts lie among the reports")
	}
}
