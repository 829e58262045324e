package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"tributary/shared/event"
	"tributary/shared/fault"
)

// pagesRead bounds what one EventsPage reads: so many pages of at most 1 MB, 128 read units each.
const pagesRead = 8

// EventsPage reads on through Events, in no order, from where next of the page before stands (empty: the beginning), and hands
// a site's events in [fromMs, toMs) to take until it says that it has enough. next is empty at the end of the table.
func (s *Store) EventsPage(ctx context.Context, site string, fromMs, toMs int64, next string, take func(*event.Event) (enough bool)) (string, error) {
	start, err := eventsAfter(site, next)
	if err != nil {
		return "", err
	}
	in := &dynamodb.ScanInput{
		TableName: &s.tables.Events, ExclusiveStartKey: start, FilterExpression: aws.String("begins_with(pk, :p) AND #t >= :a AND #t < :b"),
		ExpressionAttributeNames: map[string]string{"#t": "time"}, ExpressionAttributeValues: Item{":p": text(site + "#"), ":a": number(fromMs), ":b": number(toMs)},
	}
	for range pagesRead {
		out, err := s.db.Scan(ctx, in)
		if err != nil {
			return "", wrap(err, "EventsPage", site)
		}
		for _, item := range out.Items {
			e, err := event.FromAttrs(fromItem(item))
			if err == nil && take(e) {
				return cursorOf(item), nil
			}
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; len(in.ExclusiveStartKey) == 0 {
			return "", nil
		}
	}
	return cursorOf(in.ExclusiveStartKey), nil
}

func cursorOf(item Item) string {
	body, _ := json.Marshal([2]string{textOf(item, "pk"), textOf(item, "sk")}) // two strings always encode
	return base64.RawURLEncoding.EncodeToString(body)
}

// eventsAfter reads a cursor: a place in the table, which tells nothing by itself.
func eventsAfter(site, next string) (Item, error) {
	if next == "" {
		return nil, nil
	}
	var key [2]string
	body, err := base64.RawURLEncoding.DecodeString(next)
	if err == nil {
		err = json.Unmarshal(body, &key)
	}
	if err != nil || !strings.Contains(key[0], "#") || key[1] == "" {
		return nil, fault.New(fault.InvalidQuery, "next", "this is no cursor of site %s; take it from the answer before", site)
	}
	return Item{"pk": text(key[0]), "sk": text(key[1])}, nil
}
