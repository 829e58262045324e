package store

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/oklog/ulid/v2"

	"tributary/shared/event"
)

// keptDays is how long refused input waits for somebody to look at it.
const keptDays = 30

// Quarantined is input that was refused, in conflict or unreadable, with the reason. ID is unique (a ULID) and given by
// the caller; Received is Unix milliseconds; Raw is the input, cut by the caller to what it wants to keep.
type Quarantined struct {
	ID       string `json:"id"`
	Site     string `json:"site,omitempty"`
	Received int64  `json:"received"`
	Door     string `json:"door"` // pixel, collect, kpi, ...
	Code     string `json:"code"`
	Field    string `json:"field,omitempty"`
	Message  string `json:"message"`
	EventID  string `json:"event_id,omitempty"`
	Raw      string `json:"raw"`
	// Origin is what the door knew of the input, for a replay: the door's own JSON, shown to nobody.
	Origin   string `json:"-"`
	Replayed int64  `json:"replayed,omitempty"` // Unix milliseconds of the replay that took it in
}

// Keep puts q aside for keptDays. Keeping the same ID again changes nothing.
func (s *Store) Keep(ctx context.Context, q Quarantined) error {
	var attrs []event.Attr
	for _, a := range []event.Attr{
		{Name: "id", Value: q.ID},
		{Name: "site", Value: q.Site},
		{Name: "door", Value: q.Door},
		{Name: "code", Value: q.Code},
		{Name: "field", Value: q.Field},
		{Name: "message", Value: q.Message},
		{Name: "event_id", Value: q.EventID},
		{Name: "raw", Value: q.Raw},
		{Name: "origin", Value: q.Origin},
		{Name: "received", Number: true, Value: strconv.FormatInt(q.Received, 10)},
		{Name: "ttl", Number: true, Value: strconv.FormatInt(q.Received/1000+keptDays*24*60*60, 10)},
	} {
		if a.Value != "" {
			attrs = append(attrs, a)
		}
	}
	if q.Replayed != 0 {
		attrs = append(attrs, event.Attr{Name: "replayed", Number: true, Value: strconv.FormatInt(q.Replayed, 10)})
	}
	item := toItem(siteOrNone(q.Site), keptKey(q.Received, q.ID), attrs)
	_, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.tables.Quarantine, Item: item})
	return wrap(err, "Keep", q.Site, q.ID)
}

// Kept lists the latest limit entries of a site, newest first; the site "" holds what could not be told a site.
func (s *Store) Kept(ctx context.Context, site string, limit int) ([]Quarantined, error) {
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.tables.Quarantine, Limit: aws.Int32(int32(limit)), ScanIndexForward: aws.Bool(false),
		KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: Item{":p": text(siteOrNone(site))},
	})
	if err != nil {
		return nil, wrap(err, "Kept", site)
	}
	list := make([]Quarantined, 0, len(out.Items))
	for _, item := range out.Items {
		list = append(list, quarantinedOf(item))
	}
	return list, nil
}

// KeptOne reads one entry, consistently, by its site and id, which is a ULID of its Received; false when there is none.
func (s *Store) KeptOne(ctx context.Context, site, id string) (Quarantined, bool, error) {
	u, err := ulid.ParseStrict(id)
	if err != nil {
		return Quarantined{}, false, nil
	}
	out, err := s.db.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.tables.Quarantine, ConsistentRead: aws.Bool(true),
		Key: Item{"pk": text(siteOrNone(site)), "sk": text(keptKey(int64(u.Time()), id))},
	})
	if err != nil {
		return Quarantined{}, false, wrap(err, "KeptOne", site, id)
	}
	return quarantinedOf(out.Item), len(out.Item) > 0, nil
}

func keptKey(received int64, id string) string { return fmt.Sprintf("%013d#%s", received, id) }

func quarantinedOf(item Item) Quarantined {
	return Quarantined{
		ID: textOf(item, "id"), Site: textOf(item, "site"), Received: intOf(item, "received"), Door: textOf(item, "door"),
		Code: textOf(item, "code"), Field: textOf(item, "field"), Message: textOf(item, "message"),
		EventID: textOf(item, "event_id"), Raw: textOf(item, "raw"), Origin: textOf(item, "origin"), Replayed: intOf(item, "replayed"),
	}
}

// siteOrNone is the partition of a site's quarantine.
func siteOrNone(site string) string {
	if site == "" {
		return "-"
	}
	return site
}
