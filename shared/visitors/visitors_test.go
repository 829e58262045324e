package visitors

import (
	"context"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// shelf keeps items in memory on their versions, as the store does.
type shelf struct {
	mu     sync.Mutex
	items  map[Place]Item
	writes int
	units  int // DynamoDB's write units of all that
}

func (s *shelf) PutSketches(_ context.Context, at Place, it Item) (*Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if was := s.items[at]; was.Version != it.Version {
		return &was, nil
	}
	if s.items == nil {
		s.items = map[Place]Item{}
	}
	it.Version++
	s.items[at] = it
	s.writes++
	size := 120 // keys, names and the version
	for _, b := range it.Sets {
		size += len(b)
	}
	s.units += (size + 1023) / 1024
	return nil, nil
}

// union is that of the buckets that keep says.
func (s *shelf) union(t testing.TB, keep func(bucket string) bool) *Union {
	u := &Union{}
	for at, it := range s.items {
		if keep(at.Bucket) {
			if err := u.Add(it); err != nil {
				t.Fatal(err)
			}
		}
	}
	return u
}

func hours(b string) bool { return len(b) > len("2006-01-02") }

// Ensures that sizes are within 2 %, that sketches merge, and that they survive their encoding.
func TestSketchSize(t *testing.T) {
	for _, n := range []int{0, 1, 40, 999, 5_000, 60_000, 300_000} {
		var halves [2]Sketch
		for i := range n {
			halves[i%2].Add(fmt.Sprint("A#", i))
			halves[0].Add(fmt.Sprint("A#", i/2)) // many in both
		}
		var all Sketch
		for i := range halves {
			b, err := halves[i].Encode()
			if err != nil {
				t.Fatal(err)
			}
			if len(b) > 17_000 {
				t.Errorf("%d names take %d bytes", n, len(b))
			}
			s, err := Decode(b)
			if err != nil {
				t.Fatal(err)
			}
			if err := all.Merge(s); err != nil {
				t.Fatal(err)
			}
		}
		if got := all.Size(); math.Abs(float64(got)-float64(n)) > 0.02*float64(n) {
			t.Errorf("got %d, want %d within 2 %%", got, n)
		}
	}
}

// Ensures that nobody is counted twice: seen again, under another id of theirs, before and after the ids were one person.
func TestPersonsAreOne(t *testing.T) {
	const hour = 3_600_000
	see := func(h int64, ids ...string) Sighting { return Sighting{Site: "s", At: h * hour, Ids: ids} }
	for _, c := range []struct {
		name    string
		visits  []Sighting
		persons []Sighting
		want    int64
	}{
		{"two people", []Sighting{see(0, "A#a"), see(1, "A#b")}, nil, 2},
		{"one person again", []Sighting{see(0, "A#a"), see(1, "A#a")}, nil, 1},
		{
			"two devices of a user who never came under his own name",
			[]Sighting{see(0, "A#a"), see(1, "A#b")},
			[]Sighting{see(0, "U#u", "A#a", "A#b"), see(1, "U#u", "A#a", "A#b")},
			1,
		},
		{"one of two devices in the time asked for", []Sighting{see(0, "A#a")}, []Sighting{see(0, "U#u", "A#a", "A#b")}, 1},
		{
			"a person who first was an address, then a user",
			[]Sighting{see(0, "A#a"), see(1, "A#b"), see(2, "U#u")},
			[]Sighting{see(0, "E#e", "A#a", "A#b"), see(1, "E#e", "A#a", "A#b"), see(0, "U#u", "E#e", "A#a", "A#b"), see(1, "U#u", "E#e", "A#a", "A#b")},
			1,
		},
		{"beside somebody else", []Sighting{see(0, "A#a"), see(1, "A#b"), see(2, "A#c")}, []Sighting{see(0, "U#u", "A#a", "A#b"), see(1, "U#u", "A#a", "A#b")}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &shelf{}
			for range 2 { // delivered twice
				w := NewWriter(s)
				if err := w.Visits(context.Background(), c.visits); err != nil {
					t.Fatal(err)
				}
				if err := w.Persons(context.Background(), c.persons); err != nil {
					t.Fatal(err)
				}
			}
			for name, keep := range map[string]func(string) bool{"hours": hours, "days": func(b string) bool { return !hours(b) }} {
				if got := s.union(t, keep).Visitors(); got != c.want {
					t.Errorf("%s: got %d, want %d", name, got, c.want)
				}
			}
		})
	}
}

// Ensures that people who are noted already cost no write, and that writers beside each other lose nothing.
func TestWritersBesideEachOther(t *testing.T) {
	s := &shelf{}
	var wg sync.WaitGroup
	for w := range 4 {
		writer := NewWriter(s)
		wg.Go(func() {
			for i := range 25 {
				err := writer.Visits(context.Background(), []Sighting{{Site: "s", At: 5, Ids: []string{fmt.Sprint("A#", w*20+i)}}})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := s.union(t, hours).Visitors(); got != 85 {
		t.Errorf("got %d people, want 85", got)
	}
	before, w := s.writes, NewWriter(s)
	for range 3 {
		if err := w.Visits(context.Background(), []Sighting{{Site: "s", At: 5, Ids: []string{"A#0"}}}); err != nil {
			t.Fatal(err)
		}
	}
	if s.writes != before {
		t.Errorf("%d writes for somebody who was known", s.writes-before)
	}
}

// Ensures who of some people was seen, and who had ordered before.
func TestCustomersAmongVisitors(t *testing.T) {
	s := &shelf{}
	w := NewWriter(s)
	if err := w.Visits(context.Background(), []Sighting{{Site: "s", Ids: []string{"U#1"}}, {Site: "s", Ids: []string{"U#2"}}, {Site: "s", Ids: []string{"U#3"}}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Persons(context.Background(), []Sighting{{Site: "s", Ids: []string{"U#1"}, Customer: true}, {Site: "s", Ids: []string{"U#2"}, Customer: true}}); err != nil {
		t.Fatal(err)
	}
	u := s.union(t, hours)
	if got := u.Of([]string{"U#2", "U#3", "U#9"}); got != 2 {
		t.Errorf("of three people %d were seen, want 2", got)
	}
	if got := u.Before([]string{"U#2", "U#9"}); got != 1 {
		t.Errorf("%d had ordered before the time, want 1", got)
	}
	if got := u.Before(nil); got != 2 {
		t.Errorf("%d had ordered before their visit, want 2", got)
	}
}

// Ensures how a range is cut into days and hours, in zones of full hours and of quarters.
func TestStretches(t *testing.T) {
	ms := func(text string) int64 {
		v, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return v.UnixMilli()
	}
	for _, c := range []struct {
		name, from, to string
		want           []Stretch
	}{
		{"UTC days", "2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z", []Stretch{{"2026-01-01", "2026-01-03"}}},
		{"a day of Berlin", "2026-01-01T00:00:00+01:00", "2026-01-02T00:00:00+01:00", []Stretch{{"2025-12-31T23", "2026-01-01T23"}}},
		{
			"two days of Berlin", "2026-01-01T00:00:00+01:00", "2026-01-03T00:00:00+01:00",
			[]Stretch{{"2025-12-31T23", "2026-01-01T00"}, {"2026-01-01", "2026-01-02"}, {"2026-01-02T00", "2026-01-02T23"}},
		},
		{"a day of Kathmandu", "2026-01-01T00:00:00+05:45", "2026-01-02T00:00:00+05:45", []Stretch{{"2025-12-31T18:15", "2026-01-01T18:15"}}},
	} {
		if d := cmp.Diff(c.want, Stretches(ms(c.from), ms(c.to))); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
	got := Join(append(Stretches(ms("2026-01-01T00:00:00+01:00"), ms("2026-01-02T00:00:00+01:00")), Stretches(ms("2026-01-02T00:00:00+01:00"), ms("2026-01-03T00:00:00+01:00"))...))
	if d := cmp.Diff([]Stretch{{"2025-12-31T23", "2026-01-02T23"}}, got); d != "" {
		t.Errorf("days that follow one another (-want +got):\n%s", d)
	}
}

// Ensures, for any range of hours, that the stretches hold every hour of it once.
func TestStretchesCoverTheRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Int64Range(0, 200).Draw(t, "from")
		to := from + rapid.Int64Range(1, 200).Draw(t, "hours")
		covered := map[int64]int{}
		for _, s := range Stretches(from*3_600_000, to*3_600_000) {
			a, errA := Begin(s.From)
			b, errB := Begin(s.To)
			if errA != nil || errB != nil || s.Days() && a%day != 0 {
				t.Fatal(s, errA, errB)
			}
			for ; a < b; a += 3_600_000 {
				covered[a/3_600_000]++
			}
		}
		for h := from; h < to; h++ {
			if covered[h] != 1 {
				t.Fatalf("hour %d of %d to %d is held %d times", h, from, to, covered[h])
			}
		}
		if int64(len(covered)) != to-from {
			t.Fatalf("%d hours are held, of %d", len(covered), to-from)
		}
	})
}

// BenchmarkWriteUnits tells what a visit costs in write units, sites of several sizes over a day, in batches of a second.
func BenchmarkWriteUnits(b *testing.B) {
	for _, c := range []struct {
		name           string
		hourly, people int
	}{{"10 an hour", 10, 150}, {"1,000 an hour", 1_000, 12_000}, {"36,000 an hour", 36_000, 400_000}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				s := &shelf{}
				w, visits := NewWriter(s), 0
				for second := int64(0); second < 24*3600; {
					var batch []Sighting
					for range max(1, c.hourly/3600) {
						batch = append(batch, Sighting{Site: "s", At: second * 1000, Ids: []string{fmt.Sprint("A#", visits*7919%c.people)}})
						visits++
					}
					if err := w.Visits(context.Background(), batch); err != nil {
						b.Fatal(err)
					}
					second += int64(max(1, 3600/c.hourly))
				}
				b.ReportMetric(float64(s.units)/float64(visits), "WRU/visit")
			}
		})
	}
}

// FuzzDecode ensures that no bytes make the decoder panic.
func FuzzDecode(f *testing.F) {
	var s Sketch
	s.Add("a", "b")
	b, err := s.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{deflated, 1, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := Decode(b); err == nil {
			s.Add("c")
			_ = s.Size()
		}
	})
}
