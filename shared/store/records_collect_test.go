package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"tributary/shared/journey"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// Ensures that a range is collected whole, each record once, its ends half-open, and that an error ends it.
func TestCollect(t *testing.T) {
	st, site, ctx := storetest.Open(t), storetest.Site(t), context.Background()
	const day = 24 * 60 * 60 * 1000
	const start = 20_000 * day
	var want []string
	for i := range int64(40) {
		r := journey.Record{Node: fmt.Sprint("O#", i), Digest: "d", Time: start + i*day/3, Body: "{}"}
		if won, err := st.PutRecord(ctx, site, journey.KindConversion, r); !won || err != nil {
			t.Fatal(won, err)
		}
		if r.Time >= start+day/3 && r.Time < start+11*day && i%5 != 0 {
			want = append(want, r.Node)
		}
	}
	read := func(r journey.Record) (string, bool, error) {
		var i int
		_, err := fmt.Sscanf(r.Node, "O#%d", &i)
		return r.Node, i%5 != 0, err
	}
	got, err := store.Collect(ctx, st, site, journey.KindConversion, start+day/3, start+11*day, read)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, err := store.Collect(ctx, st, site, journey.KindConversion, start, start+1, read); err != nil || len(got) > 0 {
		t.Errorf("a moment: got %v, %v", got, err)
	}
	broken := errors.New("unreadable")
	_, err = store.Collect(ctx, st, site, journey.KindConversion, start, start+11*day, func(journey.Record) (string, bool, error) { return "", false, broken })
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}
