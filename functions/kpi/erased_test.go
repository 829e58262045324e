package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"tributary/shared/event"
	"tributary/shared/kpi"
)

// Ensures that only what an erasure does to an item's place changes no figure: the copy's arrival and the marked item's going.
func TestErasureIsNotCounted(t *testing.T) {
	for _, c := range []struct {
		name, op, old, now string
		want               bool
	}{
		{"the copy arrives", "INSERT", "", `"erased":{"N":"1"}`, true},
		{"the marked one goes", "REMOVE", `"erased":{"N":"1"}`, "", true},
		{"it is marked", "MODIFY", `"x":{"N":"1"}`, `"erased":{"N":"1"}`, false},
		{"an event arrives", "INSERT", "", `"x":{"N":"1"}`, false},
		{"one that came again goes", "REMOVE", `"x":{"N":"1"}`, "", false},
	} {
		image := func(more string) string {
			if more == "" {
				return "null"
			}
			return `{"id":{"S":"v"},"type":{"S":"visit"},"site":{"S":"s"},"time":{"N":"1772366400000"},` + more + `}`
		}
		raw := fmt.Sprintf(`{"eventName":%q,"dynamodb":{"SequenceNumber":"7","Keys":{"pk":{"S":"p"},"sk":{"S":"s"}},"OldImage":%s,"NewImage":%s}}`, c.op, image(c.old), image(c.now))
		r, old, now, err := read(json.RawMessage(raw), func(a []event.Attr) ([]kpi.Move, error) {
			e, err := event.FromAttrs(a)
			if err != nil {
				return nil, err
			}
			return kpi.Moves(e), nil
		})
		if err != nil || len(old)+len(now) == 0 {
			t.Fatalf("%s: %v, %v, %v", c.name, old, now, err)
		}
		if got := erasure(&r); got != c.want {
			t.Errorf("%s: erasure is %v, want %v", c.name, got, c.want)
		}
		sum := int64(0)
		for _, m := range kpi.Touched(append(old, now...)) {
			sum += m.Amount
		}
		if sum != 0 {
			t.Errorf("%s: touching counts %d", c.name, sum)
		}
	}
}
