package kpi

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// anyMoves draws moves whose names try to look like the encoding.
func anyMoves(t *rapid.T) []Move {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "\t", "\n", `\t`, `\\`, `\`, "=", "a\tb=1", "#"}))
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Move {
		return Move{
			Key: Key{
				Site: rapid.SampledFrom([]string{"s", "t\t"}).Draw(t, "site"), Dimension: rapid.SampledFrom([]Dimension{ByGoal, ByChannel}).Draw(t, "dimension"),
				Value: text.Draw(t, "value"), Bucket: rapid.SampledFrom([]string{"2026-01-01T05", "2026-01-01T05:15"}).Draw(t, "bucket"), Split: text.Draw(t, "split"),
			},
			Measure: rapid.SampledFrom([]Measure{Conversions, RevenueNet, Refunds, "c2", CostIn(MediaCost, "USD")}).Draw(t, "measure"),
			Amount:  rapid.OneOf(rapid.Int64Range(-3, 3), rapid.SampledFrom([]int64{math.MaxInt64 / 8, math.MinInt64 / 8})).Draw(t, "amount"),
		}
	}), 0, 6).Draw(t, "moves")
}

// Ensures that whatever is encoded comes back, sums made, and that the text does not depend on the order.
func TestEncodeMoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		moves := anyMoves(t)
		text := EncodeMoves(moves)
		back, err := DecodeMoves(text)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(amounts(moves), amounts(back), cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
		if again := EncodeMoves(rapid.Permutation(moves).Draw(t, "order")); again != text {
			t.Fatalf("another order: got %q, want %q", again, text)
		}
	})
}

// Ensures the stored form, for records that are stored already must stay readable.
func TestEncodeMovesText(t *testing.T) {
	goal := Key{Site: "shop", Dimension: ByGoal, Value: "purchase", Bucket: "2026-01-01T05"}
	channel := Key{Site: "shop", Dimension: ByCampaign, Value: "a\tb", Bucket: "2026-01-01T05", Split: "Email"}
	later := goal
	later.Bucket = "2026-01-02T00"
	got := EncodeMoves([]Move{
		{goal, RevenueGross, 4200},
		{goal, Conversions, 1},
		{goal, NetConversions, 0},
		{channel, ConversionsMicro, 1_000_000},
		{later, Refunds, 100},
	})
	want := "shop\t2026-01-01T05\tcampaign\ta\\tb\tEmail\tm=1000000\n" +
		"\t\tgoal\tpurchase\t\tc=1\tg=4200\n" +
		"\t2026-01-02T00\t\tpurchase\t\tr=100"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := EncodeMoves(nil); got != "" {
		t.Errorf("no moves: got %q", got)
	}
}

func TestDecodeMovesRefuses(t *testing.T) {
	for _, text := range []string{
		"nonsense", "s\tb\td\tv\ts", "s\tb\td\tv\ts\tc", "s\tb\td\tv\ts\t=1", "s\tb\td\tv\ts\tc=1.5", "s\tb\td\tv\ts\tc=99999999999999999999",
		"s\tb\td\tv\ts\tc=1\n",
	} {
		if moves, err := DecodeMoves(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, moves)
		}
	}
}

// FuzzDecodeMoves ensures that no text makes DecodeMoves panic and that what it reads is stable.
func FuzzDecodeMoves(f *testing.F) {
	f.Add("shop\t2026-01-01T05\tcampaign\ta\\tb\tEmail\tm=1000000\n\t\tgoal\tpurchase\t\tc=1\tg=4200")
	f.Fuzz(func(t *testing.T, text string) {
		moves, err := DecodeMoves(text)
		if err != nil {
			return
		}
		for _, m := range moves {
			if m.Site == "" || m.Bucket == "" || m.Dimension == "" || m.Amount > math.MaxInt64/4 || m.Amount < math.MinInt64/4 {
				return // EncodeMoves takes no such keys; sums of such amounts overflow
			}
		}
		back, err := DecodeMoves(EncodeMoves(moves))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(amounts(moves), amounts(back), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("(-first +again):\n%s", d)
		}
	})
}
