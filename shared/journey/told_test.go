package journey

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// gatheredTypes are the types of events that gathered records are made of.
var gatheredTypes = []string{
	"page_view", "view_item", "add_to_cart", "email_sent", "email_delivered", "email_bounced", "email_opened", "email_clicked", "invite", "invite_signup", "social_post",
}

// settled are records as what they say, without what only guards against slow handlers: the revisions of the sales that a
// gathered record heard of, and sales that do not belong to it.
func settled(t interface {
	Helper()
	Fatal(...any)
}, records map[string]Record,
) map[string]Record {
	t.Helper()
	out := maps.Clone(records)
	for place, r := range out {
		if isSale(place) {
			continue
		}
		told, err := r.Told()
		if err != nil {
			t.Fatal(err)
		}
		for node, p := range told.Sales {
			if p.Rev = 0; p.Time == 0 {
				delete(told.Sales, node)
			} else {
				told.Sales[node] = p
			}
		}
		r.Body = encode(told)
		if out[place] = r; r.Body == "{}" || told.Opening != nil && r.Time == 0 && place[:5] == KindVisit {
			delete(out, place) // a visit that went no further has a record in one order of arrival and none in another
		}
	}
	return out
}

// pieceOf draws what one event tells.
func pieceOf(t *rapid.T) Told {
	var told Told
	for _, e := range life(t) {
		for _, p := range piecesOf(e) {
			told.join(&p.told)
		}
	}
	for _, node := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"O#o", "O#p"}), rapid.ID).Draw(t, "sales") {
		rev := rapid.Int64Range(1, 3).Draw(t, "rev")
		put(&told.Sales, node, Part{Rev: rev, Time: rev * 7, Order: rev > 1})
	}
	return told
}

// TestJoinIsASemilattice ensures what gathered records rest on: pieces join to the same in any order and grouping, and one
// that is told again changes nothing.
func TestJoinIsASemilattice(t *testing.T) {
	joined := func(list ...Told) string {
		var all Told
		for i := range list {
			again := list[i]
			all.join(&again)
		}
		return encode(all)
	}
	rapid.Check(t, func(t *rapid.T) {
		copyOf := func(told Told) Told { c, _ := Record{Body: encode(told)}.Told(); return c }
		a, b, c := pieceOf(t), pieceOf(t), pieceOf(t)
		ab, bc := copyOf(a), copyOf(b)
		ab.join(&b)
		bc.join(&c)
		want := joined(copyOf(a), copyOf(b), copyOf(c))
		for name, got := range map[string]string{
			"another order":    joined(copyOf(c), copyOf(a), copyOf(b)),
			"another grouping": joined(copyOf(a), bc),
			"the first again":  joined(ab, copyOf(c), copyOf(a)),
		} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}
