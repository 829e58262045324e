package store

import (
	"bytes"
	"cmp"
	"compress/flate"
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// RecentEvents is how many of a site's latest events are listed.
const RecentEvents = 20

// Latest points at an event that arrived lately: its home and sort key in Events, and when it arrived (Unix ms).
type Latest struct {
	Received int64
	Home     string
	SortKey  string
}

// Newest keeps the most latest events of a list, each once, newest first.
func Newest(list []Latest, most int) []Latest {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Latest) int {
		return cmp.Or(cmp.Compare(b.Received, a.Received), strings.Compare(a.Home, b.Home), strings.Compare(a.SortKey, b.SortKey))
	})
	seen := map[Latest]bool{}
	list = slices.DeleteFunc(list, func(l Latest) bool {
		l.Received = 0
		again := seen[l]
		seen[l] = true
		return again
	})
	return list[:min(len(list), most)]
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
		Item: Item{"pk": text(site + "#recent"), "sk": text(strconv.Itoa(lane)), "list": &types.AttributeValueMemberB{Value: deflate(b.String())}},
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

// deflate makes a list of twenty fit in 1 KB, so that noting a batch costs one write unit.
func deflate(s string) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression) // fails for unknown levels only
	_, _ = io.WriteString(w, s)                        // memory takes everything
	_ = w.Close()
	return b.Bytes()
}

// inflate reads what deflate wrote; of anything else, what it can.
func inflate(v types.AttributeValue) string {
	b, ok := v.(*types.AttributeValueMemberB)
	if !ok {
		return ""
	}
	s, _ := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b.Value)), 1<<20))
	return string(s)
}

// latestOf reads a lane's list; lines that are none are left out.
func latestOf(item Item) []Latest {
	var list []Latest
	for line := range strings.Lines(inflate(item["list"])) {
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
