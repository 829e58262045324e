package pathset

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkSets is one model over paths of 1 to 12 touches in eight channels, a third of which convert.
func BenchmarkSets(b *testing.B) {
	for n := 10_000; n <= 1_000_000; n *= 10 {
		rows := trips(n, 8)
		b.Run(fmt.Sprintf("count/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Fold(rows)
			}
		})
		counts := Fold(rows)
		for order := 1; order <= maxOrder; order++ {
			b.Run(fmt.Sprintf("markov %d/%d", order, n), func(b *testing.B) {
				for b.Loop() {
					if _, err := counts.Markov(order); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		b.Run(fmt.Sprintf("shapley/%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := counts.Shapley(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkChannels is every chain over paths in more channels than most sites have.
func BenchmarkChannels(b *testing.B) {
	for _, channels := range []int{12, 20} {
		counts := Fold(trips(200_000, channels))
		for order := 1; order <= maxOrder; order++ {
			e, err := counts.Effects(order)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("%d channels, order %d, %d states", channels, order, e.States), func(b *testing.B) {
				for b.Loop() {
					if _, err := counts.Markov(order); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkRemoval is what the removal effects of all channels take, in solutions of the whole chain, of which one for each channel would be
// the plain way: chains of more states than most sites have.
func BenchmarkRemoval(b *testing.B) {
	for _, channels := range []int{20, 50} {
		counts := Fold(trips(200_000, channels))
		names, rank := counts.sorted()
		ch := newChain(maxOrder, counts.grams(maxOrder, rank))
		b.Run(fmt.Sprintf("%d channels, %d states", channels, len(ch.states)), func(b *testing.B) {
			var once, all time.Duration
			for b.Loop() {
				begun := time.Now()
				fates, times, err := ch.iterate()
				if err != nil {
					b.Fatal(err)
				}
				once += time.Since(begun)
				begun = time.Now()
				ch.lose(fates, times, &Effects{Channels: names, Conversions: make([]float64, channels), Value: make([]float64, channels)})
				all += time.Since(begun)
			}
			b.ReportMetric(float64(all)/float64(once), "solutions")
			b.ReportMetric(float64(all)/float64(once)/float64(channels), "solutions/channel")
		})
	}
}
