package report

import (
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
	"time"

	"tributary/shared/attribution"
	"tributary/shared/attribution/pathset"
	"tributary/shared/journey"
)

// stage is one way to use the same records.
type stage struct {
	name string
	took time.Duration
	use  func(*journey.Conversion)
}

// ratios runs stages over n conversions of 1 to 12 touches. They are made, written and decoded in batches, so that
// only what the stages keep takes memory.
type ratios struct {
	state  uint64
	stages []*stage
	decode time.Duration
}

func (r *ratios) next(most uint64) uint64 {
	r.state = r.state*6364136223846793005 + 1442695040888963407
	return r.state >> 33 % most
}

// record is a conversion as the journey table holds it: eight channels, of which some are common, and forty campaigns.
func (r *ratios) record(n int) journey.Conversion {
	c := journey.Conversion{
		Order: fmt.Sprint("order-", n), Event: fmt.Sprint("event-", n), Time: noon + int64(n), Goal: "purchase", Primary: true,
		Counts: 1, NetCount: 1, Orders: 1, NetOrders: 1, Value: int64(r.next(50_000)), Currency: "EUR", Person: fmt.Sprint("U#u", n),
		Model: attribution.LastTouch, Lookback: 30 * day, HalfLife: 7 * day,
	}
	if c.Net = c.Value; r.next(20) == 0 {
		c.Net, c.NetCount, c.NetOrders = 0, 0, 0
	}
	at := noon - 29*day
	for j := range 1 + r.next(12) {
		at += int64(r.next(uint64(2 * day)))
		channel := min(r.next(8), r.next(8))
		c.Touches = append(c.Touches, journey.Touch{
			ID: fmt.Sprint("touch-", n, "-", j), Time: at, Channel: fmt.Sprint("Channel ", channel),
			Campaign: fmt.Sprint("campaign-", r.next(40)), Source: "google", Medium: "cpc", Page: "https://shop.example/some/page",
		})
	}
	return c
}

// run passes n records through every stage and returns the nanoseconds of each a record, decoding first.
func (r *ratios) run(tb testing.TB, n int) {
	tb.Helper()
	const most = 5000
	for done := 0; done < n; done += most {
		bodies := make([]string, min(most, n-done))
		for i := range bodies {
			c := r.record(done + i)
			text, err := json.Marshal(&c)
			if err != nil {
				tb.Fatal(err)
			}
			bodies[i] = string(text)
		}
		decoded := make([]journey.Conversion, len(bodies))
		start := time.Now()
		for i, body := range bodies {
			var err error
			if decoded[i], err = (journey.Record{Body: body}).Conversion(); err != nil {
				tb.Fatal(err)
			}
		}
		r.decode += time.Since(start)
		for _, s := range r.stages {
			start := time.Now()
			for i := range decoded {
				s.use(&decoded[i])
			}
			s.took += time.Since(start)
		}
	}
}

// rules is the rule models alone: weights and exact shares of the conversion and its value, summed by channel.
func rules() func(*journey.Conversion) {
	models := attribution.Models()
	sums := make([]map[string][2]int64, len(models))
	for m := range sums {
		sums[m] = map[string][2]int64{}
	}
	var path attribution.Path
	var weights []uint64
	var conversions, value []int64
	return func(c *journey.Conversion) {
		path.Touches, path.Conversion = path.Touches[:0], c.Time
		for i := range c.Touches {
			t := &c.Touches[i]
			path.Touches = append(path.Touches, attribution.Touch{Time: t.Time, Channel: t.Channel, ID: t.ID})
		}
		for m, model := range models {
			weights = attribution.AppendWeights(weights[:0], model, &path)
			conversions = attribution.AppendSplit(conversions[:0], micro, weights)
			value = attribution.AppendSplit(value[:0], c.Value, weights)
			for i := range path.Touches {
				sum := sums[m][path.Touches[i].Channel]
				sum[0] += conversions[i]
				sum[1] += value[i]
				sums[m][path.Touches[i].Channel] = sum
			}
		}
	}
}

// sets counts the paths of Markov chains and Shapley.
func sets(counts *pathset.Counts) func(*journey.Conversion) {
	var row pathset.Row
	return func(c *journey.Conversion) {
		row = pathset.Row{Path: row.Path[:0], Conversions: 1, Value: c.Value, Net: c.Net, NetConversions: c.NetCount}
		for i := range c.Touches {
			row.Path = append(row.Path, c.Touches[i].Channel)
		}
		counts.Add(&row)
	}
}

// whole folds into a report's part.
func whole(tb testing.TB, p *Part) func(*journey.Conversion) {
	return func(c *journey.Conversion) {
		out := Conversion{
			ID: c.Order, Time: c.Time, Value: c.Value, Net: c.Net, Refunded: c.NetCount == 0, Person: c.Person, Goal: c.Goal, Order: c.Order,
			Touches: make([]Touch, len(c.Touches)),
		}
		for i := range c.Touches {
			t := &c.Touches[i]
			out.Touches[i] = Touch{ID: t.ID, Time: t.Time, Channel: t.Channel, Campaign: t.Campaign, Type: t.Type}
		}
		if err := p.Add(&out); err != nil {
			tb.Fatal(err)
		}
	}
}

// BenchmarkRatios compares what a report does with a record to merely decoding it, in one run: the ten rule models alone,
// counting and solving for Markov order 1 and Shapley, and the whole fold. MB is what the part holds afterwards.
func BenchmarkRatios(b *testing.B) {
	for n := 10_000; n <= 1_000_000; n *= 10 {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				reportRatios(b, n)
			}
		})
	}
}

func reportRatios(b *testing.B, n int) {
	part, counts := NewPart(march()), &pathset.Counts{}
	all := &stage{name: "fold", use: whole(b, part)}
	set := &stage{name: "sets", use: sets(counts)}
	r := ratios{state: 1, stages: []*stage{{name: "rules", use: rules()}, set, all}}
	r.run(b, n)
	start := time.Now()
	if _, err := counts.Markov(1); err != nil {
		b.Fatal(err)
	}
	if _, err := counts.Shapley(); err != nil {
		b.Fatal(err)
	}
	set.took += time.Since(start)
	b.ReportMetric(float64(r.decode.Nanoseconds())/float64(n), "decode-ns")
	for _, s := range r.stages {
		b.ReportMetric(float64(s.took)/float64(r.decode), s.name+"/decode")
	}
	b.ReportMetric(held(part, counts), "part-MB")
	b.ReportMetric(held(nil, counts), "sets-MB")
}

// held is the megabytes of the heap while these are alive.
func held(what ...any) float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	runtime.KeepAlive(what)
	return float64(m.HeapAlloc) / 1e6
}
