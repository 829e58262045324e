package pathset

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"testing"
)

// TestBits pins every bit of the removal effects, so that a CPU or compiler which rounds elsewhere (a fused multiply-add) is
// noticed: chains of 9 to some hundred states, by elimination and by iteration.
func TestBits(t *testing.T) {
	counts := Fold(trips(2000, 9))
	for order, want := range map[int]string{1: "8d3380be79abba4f", 2: "124865f3b8074fb9", 3: "f1135ad4f0791600"} {
		e, err := counts.Effects(order)
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		for i, name := range e.Channels {
			fmt.Fprintf(h, "%s %x %x\n", name, math.Float64bits(e.Conversions[i]), math.Float64bits(e.Value[i]))
		}
		if got := hex.EncodeToString(h.Sum(nil))[:16]; got != want {
			t.Errorf("order %d, %d states: got %s, want %s", order, e.States, got, want)
		}
	}
}
