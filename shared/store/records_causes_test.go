package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/journey"
	"tributary/shared/store/storetest"
)

// Ensures that of any number of records it is read because of what each was last written: not before, not of others, and nothing
// of one that is not there or tells nothing.
func TestCauses(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	nodes, want := []string{"O#none", "N#silent"}, map[string][]string{}
	for i := range 120 { // more than one BatchGetItem takes
		r := journey.Record{Node: fmt.Sprint("O#", i), Digest: "d", Cause: "first"}
		putRecord(t, s, site, r)
		nodes, want[r.Node] = append(nodes, r.Node), []string{"first"}
	}
	putRecord(t, s, site, journey.Record{Node: "N#silent", Digest: "d"})
	putRecord(t, s, site, journey.Record{Node: "O#other", Digest: "d", Cause: "other"})
	want["O#7"] = []string{"r-1", "r-2"}
	putRecord(t, s, site, journey.Record{Node: "O#7", Rev: 1, Digest: "d2", Cause: strings.Join(want["O#7"], "\n")})
	got, err := s.Causes(t.Context(), site, journey.KindConversion, nodes)
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if got, err := s.Causes(t.Context(), site, journey.KindConversion, nil); err != nil || len(got) > 0 {
		t.Errorf("of no record: got %v, %v", got, err)
	}
}
