package attribution

import (
	"cmp"
	"slices"
)

// EmailClick is a click that a mailer reports.
const EmailClick = "email_clicked"

// Settle finds what stands for each of one person's touches, in order of time, that one click of ours made: a visit that followed it, else
// the click, else the mail's; of several alike, the first. Later visits by the same address are touches of their own. Click is the id of the
// click that made a touch; empty: none that we know.
func Settle(touches []Touch, click func(i int) string) {
	var first map[[2]string]int // by click and type, from 1
	for i := range touches {
		key := [2]string{click(i), cmp.Or(touches[i].Type, Visit)}
		switch {
		case key[0] == "" || first[key] != 0:
		case first == nil:
			first = map[[2]string]int{key: i + 1}
		default:
			first[key] = i + 1
		}
	}
	if first == nil {
		return // as most often
	}
	order := []string{Visit, Click, EmailClick}
	for i := range touches {
		t, id := &touches[i], click(i)
		kind := cmp.Or(t.Type, Visit)
		if id == "" || kind == Visit {
			continue
		}
		for _, stronger := range order[:max(0, slices.Index(order, kind))] {
			if first[[2]string{id, stronger}] != 0 {
				t.Behind = append(t.Behind, stronger)
			}
		}
		if first[[2]string{id, kind}] != i+1 || !slices.Contains(order, kind) {
			t.Behind = append(t.Behind, kind)
		}
	}
}
