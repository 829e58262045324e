package pathset

import (
	"fmt"
	"testing"
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
