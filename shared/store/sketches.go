package store

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"tributary/shared/visitors"
)

// sketchPartition is "<site>#visitors#<family>#<part>"; below it days stand under "d#<day>" and hours under "h#<hour>", so
// that a long time is read by days alone.
func sketchPartition(site string, f visitors.Family, part int) string {
	return site + "#visitors#" + string(f) + "#" + strconv.Itoa(part)
}

func sketchKey(bucket string) string {
	if visitors.IsDay(bucket) {
		return "d#" + bucket
	}
	return "h#" + bucket
}

// PutSketches writes an item in the place of version it.Version, 0 meaning that there is none yet. Where another version
// stands nothing is written, and that one is returned.
func (s *Store) PutSketches(ctx context.Context, at visitors.Place, it visitors.Item) (*visitors.Item, error) {
	item := Item{
		"pk": text(sketchPartition(at.Site, at.Family, at.Part)), "sk": text(sketchKey(at.Bucket)), "v": number(it.Version + 1),
	}
	for set, b := range it.Sets {
		item[string(set)] = &types.AttributeValueMemberB{Value: b}
	}
	in := &dynamodb.PutItemInput{
		TableName: &s.tables.KPIs, Item: item, ConditionExpression: aws.String("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if it.Version > 0 {
		in.ConditionExpression = aws.String("v = :v")
		in.ExpressionAttributeValues = Item{":v": number(it.Version)}
	}
	_, err := s.db.PutItem(ctx, in)
	if stored, ok := refused(err); ok {
		standing := sketchesOf(stored)
		return &standing, nil
	}
	return nil, wrap(err, "PutSketches", at.Site, at.Family, at.Bucket)
}

func sketchesOf(item Item) visitors.Item {
	it := visitors.Item{Version: intOf(item, "v"), Sets: map[visitors.Set][]byte{}}
	for name, v := range item {
		if b, ok := v.(*types.AttributeValueMemberB); ok {
			it.Sets[visitors.Set(name)] = b.Value
		}
	}
	return it
}

// Sketches hands the items of a part whose buckets lie in [from, to), all days or all hours, to take, in order.
func (s *Store) Sketches(ctx context.Context, site string, f visitors.Family, part int, from, to string, take func(bucket string, it visitors.Item) error) error {
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.tables.KPIs, KeyConditionExpression: aws.String("pk = :p AND sk BETWEEN :a AND :b"),
		ExpressionAttributeValues: Item{":p": text(sketchPartition(site, f, part)), ":a": text(sketchKey(from)), ":b": text(sketchKey(to))},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return wrap(err, "Sketches", site, f, from, to)
		}
		for _, item := range page.Items {
			bucket := textOf(item, "sk")[len("d#"):]
			if bucket >= to {
				continue
			}
			if err := take(bucket, sketchesOf(item)); err != nil {
				return wrap(err, "Sketches", site, f, from, to)
			}
		}
	}
	return nil
}
