package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"tributary/shared/kpi"
)

// A fence is the attribute "f_<shard>" with the value "<40 digits>#<Unix seconds>": the highest record of that shard that
// is folded in, and when it was. Compared as text with a bare number of 40 digits, the digits decide, and an equal
// number is above it by the "#": `f < :low` holds exactly where every record of a delta is new.
const fencePrefix = "f_"

const (
	fenceDigits = 40
	fenceKept   = 48 * 60 * 60 // seconds; a record comes again for at most 24 hours, so an older fence holds nothing back
	staleFences = 4            // so many are removed in one write: a write an item seldom, and the item stays below 1 KB
)

// lateMark stands between the bucket and the day in the key of what was counted late.
const lateMark = "~"

// counterKeys are the keys of a counter item: pk "<site>#<dimension>#<value>", sk "<bucket>[~<day>]#<lane>[#<split>]".
func counterKeys(d kpi.Delta) Item {
	sk := d.Bucket
	if d.Late != "" {
		sk += lateMark + d.Late
	}
	sk += "#" + strconv.Itoa(d.Lane)
	if d.Split != "" {
		sk += "#" + d.Split
	}
	return Item{"pk": text(counterPartition(d.Site, d.Dimension, d.Value)), "sk": text(sk)}
}

func counterPartition(site string, d kpi.Dimension, value string) string {
	return site + "#" + string(d) + "#" + value
}

// AddCounters adds d to its item once, by the item's fence: "" when it was added, else nothing was and the fence comes
// back, 40 digits. A write that DynamoDB will never take is an error that wraps kpi.ErrRefused.
func (s *Store) AddCounters(ctx context.Context, d kpi.Delta) (fence string, err error) {
	out, err := s.db.UpdateItem(ctx, s.addition(d))
	if stored, ok := refused(err); ok {
		fence, _, _ = strings.Cut(textOf(stored, fencePrefix+d.Shard), "#")
		if len(fence) != fenceDigits {
			return "", fmt.Errorf("store: AddCounters%q: the fence %q is none", d.Key, fence)
		}
		return fence, nil
	}
	if err != nil {
		return "", wrap(forGood(err), "AddCounters", d.Site, d.Dimension, d.Value, d.Bucket, d.Split)
	}
	s.dropFences(ctx, d, out.Attributes)
	return "", nil
}

// addition is the one write of a delta. ALL_NEW costs nothing and shows fences that nobody needs any more.
func (s *Store) addition(d kpi.Delta) *dynamodb.UpdateItemInput {
	names := map[string]string{"#f": fencePrefix + d.Shard}
	values := Item{":low": text(d.Low), ":high": text(d.High + "#" + strconv.FormatInt(d.At, 10))}
	var add []string
	for i, m := range slices.Sorted(maps.Keys(d.Amounts)) {
		n := strconv.Itoa(i)
		names["#m"+n] = string(m)
		values[":m"+n] = &types.AttributeValueMemberN{Value: strconv.FormatInt(d.Amounts[m], 10)}
		add = append(add, "#m"+n+" :m"+n)
	}
	update := "SET #f = :high"
	if len(add) > 0 {
		update += " ADD " + strings.Join(add, ", ")
	}
	return &dynamodb.UpdateItemInput{
		TableName: &s.tables.KPIs, Key: counterKeys(d),
		UpdateExpression:          &update,
		ConditionExpression:       aws.String("attribute_not_exists(#f) OR #f < :low"),
		ExpressionAttributeNames:  names,
		ExpressionAttributeValues: values,
		ReturnValues:              types.ReturnValueAllNew,

		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}

// dropFences removes the fences of shards that ended long ago, on the condition that each is still as it was seen: a
// fence that somebody uses again in this moment stays. It is housekeeping: an error leaves them to the next write.
func (s *Store) dropFences(ctx context.Context, d kpi.Delta, item Item) {
	var old []string
	for name := range item {
		if strings.HasPrefix(name, fencePrefix) && name != fencePrefix+d.Shard && fenceAge(item, name, d.At) > fenceKept {
			old = append(old, name)
		}
	}
	if len(old) < staleFences {
		return
	}
	names, values := map[string]string{}, Item{}
	var remove, conditions []string
	for i, name := range old {
		n := strconv.Itoa(i)
		names["#f"+n], values[":f"+n] = name, item[name]
		remove, conditions = append(remove, "#f"+n), append(conditions, "#f"+n+" = :f"+n)
	}
	_, _ = s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.tables.KPIs, Key: counterKeys(d),
		UpdateExpression:          aws.String("REMOVE " + strings.Join(remove, ", ")),
		ConditionExpression:       aws.String(strings.Join(conditions, " AND ")),
		ExpressionAttributeNames:  names,
		ExpressionAttributeValues: values,
	})
}

// fenceAge is how many seconds ago a fence was used; 0 where that cannot be read, so that it stays.
func fenceAge(item Item, name string, now int64) int64 {
	used, ok := fenceUsed(textOf(item, name))
	if !ok {
		return 0
	}
	return now - used
}

// fenceUsed is when a fence was used last, in Unix seconds.
func fenceUsed(fence string) (int64, bool) {
	_, at, _ := strings.Cut(fence, "#")
	used, err := strconv.ParseInt(at, 10, 64)
	return used, err == nil
}

// forGood marks an error that no repetition mends.
func forGood(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "ValidationException" {
		return fmt.Errorf("%w: %w", kpi.ErrRefused, err)
	}
	return err
}

// Counters reads the items of one value of a dimension whose buckets lie in [fromBucket, toBucket), lane by lane.
func (s *Store) Counters(ctx context.Context, site string, d kpi.Dimension, value, fromBucket, toBucket string) ([]kpi.Counter, error) {
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.tables.KPIs, KeyConditionExpression: aws.String("pk = :p AND sk BETWEEN :a AND :b"),
		// A bucket's items are "<bucket>#…" and stand above the bare bucket, so toBucket's own are left out.
		ExpressionAttributeValues: Item{
			":p": text(counterPartition(site, d, value)), ":a": text(fromBucket), ":b": text(toBucket),
		},
	})
	var out []kpi.Counter
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "Counters", site, d, value, fromBucket, toBucket)
		}
		for _, item := range page.Items {
			c, err := counterOf(item, site, d, value)
			if err != nil {
				return nil, wrap(err, "Counters", site, d, value, fromBucket, toBucket)
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// counterOf reads an item: its numbers are its measures.
func counterOf(item Item, site string, d kpi.Dimension, value string) (kpi.Counter, error) {
	bucket, rest, _ := strings.Cut(textOf(item, "sk"), "#")
	_, split, _ := strings.Cut(rest, "#")
	bucket, late, _ := strings.Cut(bucket, lateMark)
	c := kpi.Counter{
		Key:     kpi.Key{Site: site, Dimension: d, Value: value, Bucket: bucket, Split: split, Late: late},
		Amounts: make(map[kpi.Measure]int64, len(item)),
	}
	for name, v := range item {
		n, ok := v.(*types.AttributeValueMemberN)
		if !ok {
			continue
		}
		amount, err := strconv.ParseInt(n.Value, 10, 64)
		if err != nil {
			return c, fmt.Errorf("item %q: %s is %s, which 64 bits do not hold", c.Key, name, n.Value)
		}
		c.Amounts[kpi.Measure(name)] = amount
	}
	return c, nil
}

// namesPartition holds a site's directory of one dimension.
func namesPartition(site string, d kpi.Dimension) string { return site + "#names#" + string(d) }

// PutName notes that a value of a dimension has counters. It may be put again.
func (s *Store) PutName(ctx context.Context, site string, d kpi.Dimension, value string) error {
	_, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.tables.KPIs, Item: Item{"pk": text(namesPartition(site, d)), "sk": text(value)},
	})
	return wrap(forGood(err), "PutName", site, d, value)
}

// Names lists the values of a dimension that have counters, in order.
func (s *Store) Names(ctx context.Context, site string, d kpi.Dimension) ([]string, error) {
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.tables.KPIs, KeyConditionExpression: aws.String("pk = :p"),
		ExpressionAttributeValues: Item{":p": text(namesPartition(site, d))},
	})
	var out []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "Names", site, d)
		}
		for _, item := range page.Items {
			out = append(out, textOf(item, "sk"))
		}
	}
	return out, nil
}
