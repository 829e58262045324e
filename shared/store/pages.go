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
	"tributary/shared/journey"
)

// pagesRead bounds what one EventsPage or RecordsPage reads: so many pages of at most 1 MB, 128 read units each.
const pagesRead = 8

// EventsPage reads on through Events, in no order, from where next of the page before stands (empty: the beginning), and hands
// a site's events in [fromMs, toMs) to take until it says that it has enough. next is empty at the end of the table.
func (s *Store) EventsPage(ctx context.Context, site string, fromMs, toMs int64, next string, take func(*event.Event) (enough bool)) (string, error) {
	in := &dynamodb.ScanInput{
		TableName: &s.tables.Events, FilterExpression: aws.String("begins_with(pk, :p) AND #t >= :a AND #t < :b"),
		ExpressionAttributeNames: map[string]string{"#t": "time"}, ExpressionAttributeValues: Item{":p": text(site + "#"), ":a": number(fromMs), ":b": number(toMs)},
	}
	return s.page(ctx, in, site, next, func(item Item) bool {
		e, err := event.FromAttrs(fromItem(item))
		return err == nil && take(e)
	})
}

// RecordsPage reads on like EventsPage through a site's records of a kind, also of those that the range index does not list.
func (s *Store) RecordsPage(ctx context.Context, site, kind, next string, take func(*journey.Record) (enough bool)) (string, error) {
	in := &dynamodb.ScanInput{
		TableName: &s.tables.Journeys, FilterExpression: aws.String("begins_with(pk, :p)"),
		ExpressionAttributeValues: Item{":p": text(recordPartition(site, kind, ""))},
	}
	return s.page(ctx, in, site, next, func(item Item) bool {
		r := recordOf(item)
		return take(&r)
	})
}

// page scans on from a cursor until take has enough or pagesRead are read, and says where it stopped.
func (s *Store) page(ctx context.Context, in *dynamodb.ScanInput, site, next string, take func(Item) (enough bool)) (string, error) {
	var err error
	if in.ExclusiveStartKey, err = after(site, next); err != nil {
		return "", err
	}
	for range pagesRead {
		out, err := s.db.Scan(ctx, in)
		if err != nil {
			return "", wrap(err, "Scan "+*in.TableName, site)
		}
		for _, item := range out.Items {
			if take(item) {
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

// after reads a cursor: a place in the table, which tells nothing by itself.
func after(site, next string) (Item, error) {
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
