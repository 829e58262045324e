package journey

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tributary/shared/kpi"
)

// reunite books a message that reached one person under several ids once. Each id's record keeps what was told under it;
// that of the person's strongest id which has one counts for all, the others count nothing. Whoever tells a record
// something, or links ids, comes here afterwards: of two that matter together the later sees both. With an empty node all
// messages of the component's ids are looked at.
func (b *batch) reunite(ctx context.Context, seeds []string, node, cause string) error {
	all, _, err := b.expand(ctx, b.id, seeds)
	if err != nil {
		return err
	}
	for range attempts {
		done, err := b.reunion(ctx, all, node, cause)
		if done || err != nil {
			return err
		}
	}
	return fmt.Errorf("journey: the messages around %q were written by others %d times", seeds[0], attempts)
}

// reunion reads revisions first, then what the records are made of: links, orders, and the records themselves.
func (b *batch) reunion(ctx context.Context, all nodes, node, cause string) (bool, error) {
	ids := slices.DeleteFunc(all.sorted(), isSale)
	if len(ids) < 2 {
		return true, nil
	}
	revs, err := b.messages(ctx, ids, node)
	if err != nil || len(revs) == 0 {
		return true, err
	}
	links, events, err := b.read(ctx, b.id, all.sorted(), slices.DeleteFunc(all.sorted(), func(n string) bool { return !isOrder(n) }))
	if err != nil {
		return false, err
	}
	if all.add(reached(links, events)...) {
		return false, nil // the records of the ids that have come to be known are read first as well
	}
	now, err := b.messages(ctx, ids, node)
	if err != nil {
		return false, err
	}
	people := unite(links, salesOf(events))
	done := true
	for _, group := range samePerson(people, now) {
		for _, next := range b.book(people, group) {
			was, known := revs[next.Node]
			next.Rev = was.Rev
			if !known || was.Digest == next.Digest && was.Moves == next.Moves && was.Body == next.Body {
				done = done && known
				continue
			}
			won, err := b.put(ctx, KindMessage, was, next, cause)
			if err != nil {
				return false, err
			}
			done = done && won
		}
	}
	return done, nil
}

// messages reads the records of one message, or of all, under some ids.
func (b *batch) messages(ctx context.Context, ids []string, node string) (map[string]Record, error) {
	_, message, one := strings.Cut(node, between)
	found, err := collect(ctx, ids, func(ctx context.Context, id string) ([]Record, error) {
		if !one {
			return b.Records.RecordsUnder(ctx, b.id, KindMessage, id+between)
		}
		r, err := b.Records.Record(ctx, b.id, KindMessage, id+between+message)
		if r.Rev == 0 {
			return nil, err
		}
		return []Record{r}, err
	})
	all := make(map[string]Record, len(found))
	for _, r := range found {
		if !r.Erased {
			all[r.Node] = r
		}
	}
	return all, err
}

// samePerson sorts records by message and person, the person's strongest id first.
func samePerson(people *people, records map[string]Record) [][]Record {
	groups := map[[2]string][]Record{}
	for _, node := range slices.Sorted(maps.Keys(records)) {
		id, message, _ := strings.Cut(node, between)
		key := [2]string{people.named(id), message}
		groups[key] = append(groups[key], records[node])
	}
	var list [][]Record
	for _, g := range groups {
		slices.SortFunc(g, func(a, b Record) int { return compareIDs(recipientOf(a.Node), recipientOf(b.Node)) })
		list = append(list, g)
	}
	return list
}

func recipientOf(node string) string {
	id, _, _ := strings.Cut(node, between)
	return id
}

// book makes the first of a person's records of one message count for all of them. The digest covers what that rests on,
// so that a slow handler's share is never written over a later one (see digest).
func (b *batch) book(people *people, group []Record) []Record {
	var told Told
	d := newDigest("message")
	for _, r := range group {
		d.write(r.Node, r.Body)
		t, err := r.Told()
		if err != nil {
			continue // whoever tells it the next piece meets the error
		}
		told.join(&t)
	}
	people.evidence(recipientOf(group[0].Node), d.write)
	digest := d.text()
	out := slices.Clone(group)
	for i := range out {
		out[i].Digest, out[i].Moves = digest, ""
	}
	out[0].Moves = kpi.EncodeMoves(told.moves(KindMessage, &b.site))
	return out
}
