package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Latest points at an event that arrived lately: its home and sort key in Events, and when it arrived (Unix ms).
type Latest struct {
	Received int64
	Home     string
	SortKey  string
}

// PutRecent replaces a lane's list of a site's latest events and returns the list before.
func (s *Store) PutRecent(ctx context.Context, site string, lane int, list []Latest) ([]Latest, error) {
	var b strings.Builder
	for _, l := range list {
		b.WriteString(strconv.FormatInt(l.Received, 10))
		for _, f := range []string{l.Home, l.SortKey} {
			b.WriteByte('\t')
			b.WriteString(tabs.Replace(f))
		}
		b.WriteByte('\n')
	}
	out, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.tables.KPIs, ReturnValues: types.ReturnValueAllOld,
		Item: Item{"pk": text(site + "#recent"), "sk": text(strconv.Itoa(lane)), "list": text(b.String())},
	})
	if err != nil {
		return nil, wrap(err, "PutRecent", site, lane)
	}
	return latestOf(out.Attributes), nil
}

// Recent lists what the lanes hold of a site's latest events, in no order. It is a hint: an event may have gone.
func (s *Store) Recent(ctx context.Context, site string) ([]Latest, error) {
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.tables.KPIs, KeyConditionExpression: aws.String("pk = :p"),
		ExpressionAttributeValues: Item{":p": text(site + "#recent")},
	})
	if err != nil {
		return nil, wrap(err, "Recent", site)
	}
	var list []Latest
	for _, item := range out.Items {
		list = append(list, latestOf(item)...)
	}
	return list, nil
}

// tabs keeps ids from looking like separators.
var (
	tabs   = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`)
	untabs = strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n")
)

// latestOf reads a lane's list; lines that are none are left out.
func latestOf(item Item) []Latest {
	var list []Latest
	for line := range strings.Lines(textOf(item, "list")) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 3 {
			continue
		}
		at, err := strconv.ParseInt(f[0], 10, 64)
		if err != nil {
			continue
		}
		list = append(list, Latest{Received: at, Home: untabs.Replace(f[1]), SortKey: untabs.Replace(f[2])})
	}
	return list
}
