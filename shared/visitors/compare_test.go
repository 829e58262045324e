package visitors

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// itemOf is an item that holds names under one set.
func itemOf(t testing.TB, set Set, names ...string) Item {
	it, _, err := Item{}.with(Notes{set: names})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// Ensures that an item lacks another exactly where a name is in none of its registers, however the two are stored.
func TestLacks(t *testing.T) {
	many := make([]string, 3000) // registers are stored, not names
	for i := range many {
		many[i] = fmt.Sprint("n", i)
	}
	for _, c := range []struct {
		name       string
		have, want Item
		lacks      []Set
	}{
		{"nothing of nothing", Item{}, Item{}, nil},
		{"everything", Item{}, itemOf(t, Ids, "a"), []Set{Ids}},
		{"nothing", itemOf(t, Ids, "a", "b"), itemOf(t, Ids, "b"), nil},
		{"one of few", itemOf(t, Ids, "a"), itemOf(t, Ids, "a", "b"), []Set{Ids}},
		{"another set", itemOf(t, Ids, "a"), itemOf(t, Customers, "a"), []Set{Customers}},
		{"nothing of many", itemOf(t, Ids, many...), itemOf(t, Ids, many[:5]...), nil},
		{"many", itemOf(t, Ids, many[:5]...), itemOf(t, Ids, many...), []Set{Ids}},
		{"one of many", itemOf(t, Ids, many...), itemOf(t, Ids, "m0", "m1", "m2"), []Set{Ids}},
	} {
		got, err := c.have.Lacks(c.want)
		if err != nil || !slices.Equal(got, c.lacks) {
			t.Errorf("%s: lacks %v, %v, want %v", c.name, got, err, c.lacks)
		}
	}
}

// Ensures that an item with what another holds lacks nothing of either and is of the same size as one that was told all at once.
func TestWith(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.StringN(1, 4, 8), 1, 60)
		a, b := names.Draw(t, "a"), names.Draw(t, "b")
		item := func(list []string) Item {
			it, _, err := Item{}.with(Notes{Ids: list})
			if err != nil {
				t.Fatal(err)
			}
			return it
		}
		x, y, all := item(a), item(b), item(slices.Concat(a, b))
		both, err := x.With(y)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range []Item{x, y, all} {
			if lacks, err := both.Lacks(one); err != nil || len(lacks) > 0 {
				t.Fatalf("lacks %v, %v", lacks, err)
			}
		}
		n, errN := both.Size(Ids)
		want, errW := all.Size(Ids)
		if n != want || errN != nil || errW != nil {
			t.Fatalf("%d, want %d", n, want)
		}
	})
}
