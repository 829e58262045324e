package store

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Duplicates is the count of events that were sent again; the others are named by the code of a refusal.
const Duplicates = "duplicates"

func inputPartition(site string) string { return siteOrNone(site) + "#input" }

// CountInput adds to a site's counts of one UTC day. It may count twice what is tried again: they are counts of quality, and
// no figure hangs on them.
func (s *Store) CountInput(ctx context.Context, site, day string, counts map[string]int64) error {
	names, values := map[string]string{}, Item{}
	var add []string
	for i, name := range slices.Sorted(maps.Keys(counts)) {
		n := strconv.Itoa(i)
		names["#"+n], values[":"+n] = name, number(counts[name])
		add = append(add, "#"+n+" :"+n)
	}
	_, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.tables.Quarantine, Key: Item{"pk": text(inputPartition(site)), "sk": text(day)},
		UpdateExpression: aws.String("ADD " + strings.Join(add, ", ")), ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	})
	return wrap(err, "CountInput", site, day)
}

// InputCounts sums a site's counts over the UTC days in [from, to).
func (s *Store) InputCounts(ctx context.Context, site, from, to string) (map[string]int64, error) {
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.tables.Quarantine, KeyConditionExpression: aws.String("pk = :p AND sk BETWEEN :a AND :b"),
		ExpressionAttributeValues: Item{":p": text(inputPartition(site)), ":a": text(from), ":b": text(to)},
	})
	sums := map[string]int64{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "InputCounts", site, from, to)
		}
		for _, item := range page.Items {
			if textOf(item, "sk") == to {
				continue
			}
			for name, v := range item {
				if _, ok := v.(*types.AttributeValueMemberN); ok {
					sums[name] += intOf(item, name)
				}
			}
		}
	}
	return sums, nil
}
