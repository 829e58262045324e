package store

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"tributary/shared/names"
)

// namesLife is how long a day's directory of names is kept.
const namesLife = 3 * 24 * time.Hour

func namesKey(site, day string) string { return site + "#names#" + day }

// NamesOfDay reads the directory of a site's day: the hashes that each shard holds.
func (s *Store) NamesOfDay(ctx context.Context, site, day string) (map[string][]names.Hash, error) {
	all := map[string][]names.Hash{}
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.tables.Config, KeyConditionExpression: aws.String("pk = :p"),
		ExpressionAttributeValues: Item{":p": text(namesKey(site, day))},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return all, wrap(err, "NamesOfDay", site, day)
		}
		for _, item := range page.Items {
			all[textOf(item, "sk")] = hashesOf(item)
		}
	}
	return all, nil
}

// AdmitName adds a hash to a shard of a site's day unless the shard holds limit others, and returns what it holds then;
// false when it was full. One write unit.
func (s *Store) AdmitName(ctx context.Context, site, day, shard string, h names.Hash, limit int) ([]names.Hash, bool, error) {
	begin, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return nil, false, wrap(err, "AdmitName", site, day)
	}
	out, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.tables.Config, Key: settingKey(Shelf(namesKey(site, day)), shard),
		UpdateExpression:         aws.String("ADD h :one SET #t = :t"),
		ConditionExpression:      aws.String("attribute_not_exists(h) OR (size(h) < :limit AND NOT contains(h, :h))"),
		ExpressionAttributeNames: map[string]string{"#t": "ttl"},
		ExpressionAttributeValues: Item{
			":one": &types.AttributeValueMemberBS{Value: [][]byte{h[:]}}, ":h": &types.AttributeValueMemberB{Value: h[:]},
			":limit": number(int64(limit)), ":t": number(begin.Add(namesLife).Unix()),
		},
		ReturnValues:                        types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if old, failed := refused(err); failed {
		held := hashesOf(old)
		return held, slices.Contains(held, h), nil
	}
	if err != nil {
		return nil, false, wrap(err, "AdmitName", site, day, shard)
	}
	return hashesOf(out.Attributes), true, nil
}

// RegisteredNames tells the names that a site's settings hold: campaigns with their names and aliases, links, goals.
func (s *Store) RegisteredNames(ctx context.Context, site string) (func(names.Dimension, string) bool, error) {
	known := map[[2]string]bool{}
	campaigns, err := s.Campaigns(ctx, site)
	if err != nil {
		return nil, err
	}
	for _, c := range campaigns {
		for _, name := range append(c.Aliases, c.ID, c.Name) {
			known[[2]string{string(names.Campaign), name}] = true
		}
	}
	for collection, d := range map[string]names.Dimension{"links": names.Link, "goals": names.Goal} {
		list, err := s.ListSettings(ctx, ShelfOf(site, collection), "", 0)
		if err != nil {
			return nil, err
		}
		for _, v := range list {
			known[[2]string{string(d), v.ID}] = true
		}
	}
	return func(d names.Dimension, name string) bool { return known[[2]string{string(d), name}] }, nil
}

// hashesOf reads a shard.
func hashesOf(item Item) []names.Hash {
	set, ok := item["h"].(*types.AttributeValueMemberBS)
	if !ok {
		return nil
	}
	list := make([]names.Hash, 0, len(set.Value))
	for _, b := range set.Value {
		if len(b) == len(names.Hash{}) {
			list = append(list, names.Hash(b))
		}
	}
	return list
}
