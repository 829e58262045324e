package report

import (
	"fmt"
	"testing"

	"tributary/shared/attribution"
)

// busy are conversions as a shop has them: 0 to 11 touches of eight channels and forty campaigns, some refunded.
func busy(n int) []Conversion {
	list := make([]Conversion, n)
	state := uint64(1)
	next := func(most uint64) uint64 { // a linear congruence is random enough here, and the same in every run
		state = state*6364136223846793005 + 1442695040888963407
		return state >> 33 % most
	}
	for i := range list {
		c := &list[i]
		*c = Conversion{ID: fmt.Sprint("order-", i), Time: noon + int64(i), Value: int64(next(50_000)), Refunded: next(20) == 0}
		if c.Net = c.Value; c.Refunded {
			c.Net = 0
		}
		for j := range next(12) {
			c.Touches = append(c.Touches, Touch{
				ID: fmt.Sprint("touch-", i, "-", j), Time: noon - int64(next(uint64(29*day))),
				Channel: fmt.Sprint("Channel ", next(8)), Campaign: fmt.Sprint("campaign-", next(40)),
			})
		}
	}
	return list
}

// BenchmarkBuild is a whole report: 1e5 conversions under every rule model, the sum line included.
func BenchmarkBuild(b *testing.B) {
	list := busy(100_000)
	b.ReportAllocs()
	for b.Loop() {
		build(b, march(), list)
	}
}

// BenchmarkModel is one model's credit alone for 1e5 conversions.
func BenchmarkModel(b *testing.B) {
	list := busy(100_000)
	paths := make([]attribution.Path, len(list))
	for i, c := range list {
		for _, t := range c.Touches {
			paths[i].Touches = append(paths[i].Touches, attribution.Touch{Time: t.Time, Channel: t.Channel})
		}
	}
	for _, m := range attribution.Models() {
		b.Run(string(m), func(b *testing.B) {
			var w work
			for b.Loop() {
				for i := range list {
					w.parts = w.parts[:0]
					w.split(&list[i], m, &paths[i])
				}
			}
		})
	}
}

func BenchmarkFiles(b *testing.B) {
	r := build(b, march(), busy(100_000))
	for b.Loop() {
		if _, err := r.Files(1); err != nil {
			b.Fatal(err)
		}
	}
}
