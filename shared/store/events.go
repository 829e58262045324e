package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"tributary/shared/event"
)

// Outcome is what became of an event that was put.
type Outcome int

// Outcomes of PutEvent.
const (
	Stored     Outcome = iota + 1
	Duplicate          // the same id with the same content is there already
	Conflict           // the same id with other content is there already; nothing was written
	Replaced           // spend only: it took the place of an older version
	Superseded         // spend only: a newer version is there already; nothing was written
)

// Conditions of PutEvent. Spend alone may be replaced: by a higher version, else by a later receipt.
const (
	ifNew        = "attribute_not_exists(pk)"
	ifReplaces   = ifNew + " OR (#h <> :h AND attribute_not_exists(version) AND received < :r)"
	ifReplacesBy = ifNew + " OR (#h <> :h AND (attribute_not_exists(version) OR version < :v OR (version = :v AND received < :r)))"
)

// PutEvent is the whole ingest of one event: one conditional PutItem, whose failure brings back what is stored and so
// tells a duplicate from a conflict. An error means that the event may or may not be stored; putting it again is safe.
func (s *Store) PutEvent(ctx context.Context, e *event.Event) (Outcome, error) {
	var room [32]event.Attr // more than most have; on the stack
	pk, sk := e.Site+"#"+e.Home(), e.SortKey()
	in := &dynamodb.PutItemInput{
		TableName: &s.tables.Events, Item: toItem(pk, sk, e.AppendAttrs(room[:0])),
		ConditionExpression:                 aws.String(ifNew),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if e.Type == "spend" {
		replacing(in, e)
	}
	out, err := s.db.PutItem(ctx, in)
	if old, failed := refused(err); failed {
		return compare(old, e), nil
	}
	if err != nil {
		return 0, wrap(neverTaken(err), "PutEvent", pk, sk)
	}
	if len(out.Attributes) > 0 {
		return Replaced, nil
	}
	return Stored, nil
}

// ErrRefused is of an event that DynamoDB will take at no time, because of its size or its keys.
var ErrRefused = errors.New("the event can never be stored")

// neverTaken marks an error that no repetition mends.
func neverTaken(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "ValidationException" {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

// replacing lets a newer version of spend take the place of an older one.
func replacing(in *dynamodb.PutItemInput, e *event.Event) {
	in.ReturnValues = types.ReturnValueAllOld
	in.ConditionExpression = aws.String(ifReplaces)
	in.ExpressionAttributeNames = map[string]string{"#h": "hash"}
	in.ExpressionAttributeValues = Item{":h": text(e.Hash), ":r": number(e.Received)}
	if e.Version > 0 {
		in.ConditionExpression = aws.String(ifReplacesBy)
		in.ExpressionAttributeValues[":v"] = number(e.Version)
	}
}

// compare judges an event by the one that is stored under its key.
func compare(old Item, e *event.Event) Outcome {
	if textOf(old, "hash") == e.Hash {
		return Duplicate
	}
	if e.Type == "spend" && (intOf(old, "version") > e.Version || intOf(old, "received") > e.Received) {
		return Superseded
	}
	return Conflict
}

// maxHome bounds the events of one home: an id that a broken page sends for everybody ("undefined") would otherwise fill a
// function's memory with each of its sales. Keys sort conversions and links before touches.
const maxHome = 10_000

// HomeEvents reads the conversions, links and touches (kinds C to T) of one home, in key order and consistently, the first
// maxHome. An item that is no event is passed over: the stream's readers have kept it aside, and it must not block the rest.
func (s *Store) HomeEvents(ctx context.Context, site, home string) ([]*event.Event, error) {
	pk := site + "#" + home
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.tables.Events, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :p AND sk BETWEEN :c AND :u"),
		ExpressionAttributeValues: Item{":p": text(pk), ":c": text("C#"), ":u": text("U")},
	})
	var list []*event.Event
	for pages.HasMorePages() && len(list) < maxHome {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "HomeEvents", pk)
		}
		for _, item := range page.Items {
			if e, err := event.FromAttrs(fromItem(item)); err == nil {
				list = append(list, e)
			}
		}
	}
	return list[:min(len(list), maxHome)], nil
}

// number is an integer attribute.
func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// intOf reads an integer attribute of an item; 0 when absent.
func intOf(item Item, name string) int64 {
	n, err := strconv.ParseInt(textOf(item, name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
