package journey

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tributary/shared/kpi"
)

// gathered brings the records up to date that the batch's events, and the sales they changed, tell something of. Visits
// come first, as carts are booked under them.
func (b *batch) gathered(ctx context.Context) {
	pieces := newPieces()
	for i, in := range b.inputs {
		for _, p := range piecesOf(in.Event) {
			p.inputs = []int{i}
			pieces.add(p)
		}
	}
	for _, p := range b.sold {
		pieces.add(p)
	}
	visits := pieces.take(func(s spot) bool { return s.kind == KindVisit })
	for _, p := range b.tellAll(ctx, visits) {
		pieces.add(p)
	}
	b.tellAll(ctx, pieces.take(func(spot) bool { return true }))
}

// pieces holds one piece a record, in the order in which they came.
type pieces struct {
	order []spot
	at    map[spot]*piece
}

func newPieces() *pieces { return &pieces{at: map[spot]*piece{}} }

func (ps *pieces) add(p piece) {
	was := ps.at[p.spot]
	if was == nil {
		ps.order = append(ps.order, p.spot)
		ps.at[p.spot] = &p
		return
	}
	was.told.join(&p.told)
	was.weak = was.weak && p.weak
	was.ids = union(was.ids, p.ids, maxNodes)
	was.inputs = append(was.inputs, p.inputs...)
}

// take removes and returns the pieces of some records.
func (ps *pieces) take(of func(spot) bool) []*piece {
	var list []*piece
	for _, s := range ps.order {
		if p := ps.at[s]; p != nil && of(s) {
			list = append(list, p)
			delete(ps.at, s)
		}
	}
	return list
}

// tellAll tells every record its piece and returns what follows from that for others.
func (b *batch) tellAll(ctx context.Context, list []*piece) []piece {
	follow := make([][]piece, len(list))
	each(len(list), func(i int) {
		p := list[i]
		now, err := b.tell(ctx, *p)
		if err == nil && p.kind == KindMessage {
			err = b.reunite(ctx, p.ids, p.node, b.cause(p.inputs))
		}
		if err != nil {
			b.fail(err, p.inputs...)
			return
		}
		follow[i] = p.follow(now)
	})
	return slices.Concat(follow...)
}

// follow is what the carts of a visit learn from it.
func (p *piece) follow(now *Told) []piece {
	if p.kind != KindVisit || now.Opening == nil || p.told.Opening == nil && len(p.told.Carts) == 0 {
		return nil
	}
	var list []piece
	for _, cart := range now.Carts {
		list = append(list, piece{
			spot: spot{KindCart, cart}, told: Told{Visits: map[string]*Opening{p.node: now.Opening}}, inputs: p.inputs,
		})
	}
	return list
}

// tell joins a piece to its record and returns what that has told now. The record and its revision are read first; one that
// another call wrote meanwhile starts it again.
func (b *batch) tell(ctx context.Context, p piece) (*Told, error) {
	looked := p.kind != KindVisit || len(p.ids) == 0
	for range attempts {
		was, err := b.Records.Record(ctx, b.id, p.kind, p.node)
		if err != nil {
			return nil, err
		}
		if was.Rev == 0 && p.weak {
			return &Told{}, nil
		}
		now, err := was.Told()
		if err != nil {
			return nil, err
		}
		if was.Erased {
			return &now, nil
		}
		again := now.known(&p.told)
		now.join(&p.told)
		if was.Rev == 0 && !looked {
			if err := b.look(ctx, &p, &now); err != nil || len(now.Steps)+len(now.Sales) == 0 {
				return &now, err
			}
		}
		won, err := b.write(ctx, was, &now, p.spot, b.cause(p.inputs))
		if err != nil {
			return nil, err
		}
		if !won {
			continue
		}
		// A visit that was stored meanwhile found no record to add to, so it is looked for once more now that there is one; and
		// again when the call that made the record may have been stopped before.
		if !looked && (was.Rev == 0 || again || now.Opening == nil) {
			looked = true
			before := encode(&p.told)
			if err := b.look(ctx, &p, &now); err != nil {
				return nil, err
			}
			if encode(&p.told) != before {
				continue
			}
		}
		return &now, nil
	}
	return nil, fmt.Errorf("journey: the %s %q was written by others %d times", p.kind, p.node, attempts)
}

// look joins what the session's visits tell.
func (b *batch) look(ctx context.Context, p *piece, now *Told) error {
	visits, err := b.visitsOf(ctx, b.id, p.node, p.ids)
	if err != nil {
		return err
	}
	p.told.join(&visits)
	now.join(&visits)
	return nil
}

// write puts a record in place of the revision that was read, where anything has changed.
func (b *batch) write(ctx context.Context, was Record, now *Told, s spot, cause string) (bool, error) {
	next := Record{
		Node: s.node, Rev: was.Rev, Digest: was.Digest, Time: now.listed(s.kind), Moves: was.Moves, Body: encode(now),
	}
	if was.Digest == "" { // else reunite books it
		next.Moves = kpi.EncodeMoves(now.moves(s.kind, &b.site))
	}
	if next.Moves == was.Moves && next.Body == was.Body {
		return true, nil
	}
	won, err := b.put(ctx, s.kind, was, next, cause)
	if errors.Is(err, ErrRefused) {
		b.report(ctx, Incident{Site: b.id, Node: s.node, What: RecordRefused, Err: err})
		return true, nil
	}
	return won, err
}
