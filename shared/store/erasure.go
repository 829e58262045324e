package store

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"tributary/shared/event"
	"tributary/shared/journey"
)

// EachEvent reads every event of a home, of all kinds, consistently and in key order, from behind the sort key after (empty: the
// first), and hands them to each, whose error ends it.
func (s *Store) EachEvent(ctx context.Context, site, home, after string, each func(*event.Event) error) error {
	pk := site + "#" + home
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.tables.Events, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :p AND sk > :s"),
		ExpressionAttributeValues: Item{":p": text(pk), ":s": text(max(after, "!"))},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return wrap(err, "EachEvent", pk)
		}
		for _, item := range page.Items {
			e, err := event.FromAttrs(fromItem(item))
			if err != nil {
				continue // the stream's readers have kept it aside
			}
			if err := each(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// RewriteEvent puts e in the place of the event of its content that stands at a home, wherever e's own is by now. Where none
// stands any more, nothing is written.
func (s *Store) RewriteEvent(ctx context.Context, home string, e *event.Event) error {
	pk := e.Site + "#" + home
	_, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.tables.Events, Item: toItem(pk, e.SortKey(), e.Attrs()), ConditionExpression: aws.String("#h = :h"),
		ExpressionAttributeNames: map[string]string{"#h": "hash"}, ExpressionAttributeValues: Item{":h": text(e.Hash)},
	})
	if _, gone := refused(err); gone {
		return nil
	}
	return wrap(err, "RewriteEvent", pk, e.SortKey())
}

// DropEvent deletes an event from a home where it is erased, or where it is not, as erased says.
func (s *Store) DropEvent(ctx context.Context, home string, e *event.Event, erased bool) error {
	pk := e.Site + "#" + home
	_, err := s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.tables.Events, Key: Item{"pk": text(pk), "sk": text(e.SortKey())}, ConditionExpression: ifErased(erased),
	})
	if _, other := refused(err); other {
		return nil
	}
	return wrap(err, "DropEvent", pk, e.SortKey())
}

func ifErased(erased bool) *string {
	if erased {
		return aws.String("attribute_exists(erased)")
	}
	return aws.String("attribute_not_exists(erased)")
}

// DropRecord deletes a record that is erased.
func (s *Store) DropRecord(ctx context.Context, site, kind, node string) error {
	pk, sk := recordPlace(site, kind, node)
	_, err := s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.tables.Journeys, Key: Item{"pk": text(pk), "sk": text(sk)}, ConditionExpression: ifErased(true),
	})
	if _, other := refused(err); other {
		return nil
	}
	return wrap(err, "DropRecord", pk, sk)
}

// DropLink deletes a link as it stands under its From.
func (s *Store) DropLink(ctx context.Context, site string, l journey.Link) error {
	pk := identityKey(site, l.From)
	_, err := s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.tables.Journeys, Key: Item{"pk": text(pk), "sk": text(l.To)}})
	return wrap(err, "DropLink", pk, l.To)
}

// Tombstone says that an id was erased: Name is what its salted hash makes of it, Person the pseudonym that took its place.
// Time is Unix milliseconds.
type Tombstone struct {
	Time         int64
	Name, Person string
}

// graveSalt is the sort key of the salt, behind those of all tombstones, so that every read brings it.
const graveSalt = "salt"

// PutTombstone keeps one; again it changes nothing.
func (s *Store) PutTombstone(ctx context.Context, site string, t Tombstone) error {
	pk := graves(site)
	_, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.tables.Journeys, Item: Item{"pk": text(pk), "sk": text(fmt.Sprintf("%013d#%s", t.Time, t.Name)), "time": number(t.Time), "name": text(t.Name), "person": text(t.Person)},
	})
	return wrap(err, "PutTombstone", pk)
}

// Tombstones reads a site's tombstones since a time, consistently, and the salt of their names; nil where nobody was ever erased.
func (s *Store) Tombstones(ctx context.Context, site string, sinceMs int64) (salt []byte, list []Tombstone, _ error) {
	pk := graves(site)
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.tables.Journeys, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :p AND sk >= :s"),
		ExpressionAttributeValues: Item{":p": text(pk), ":s": text(fmt.Sprintf("%013d", max(sinceMs, 0)))},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, nil, wrap(err, "Tombstones", pk)
		}
		for _, item := range page.Items {
			if textOf(item, "sk") == graveSalt {
				salt = bytesOf(item, "salt")
				continue
			}
			list = append(list, Tombstone{Time: intOf(item, "time"), Name: textOf(item, "name"), Person: textOf(item, "person")})
		}
	}
	return salt, list, nil
}

// MakeGraveSalt makes the salt of a site's tombstones where there is none.
func (s *Store) MakeGraveSalt(ctx context.Context, site string) error {
	fresh := make([]byte, 32)
	_, _ = rand.Read(fresh) // never fails (crypto/rand)
	_, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.tables.Journeys, ConditionExpression: aws.String(ifNew),
		Item: Item{"pk": text(graves(site)), "sk": text(graveSalt), "salt": &types.AttributeValueMemberB{Value: fresh}},
	})
	if _, there := refused(err); there {
		return nil
	}
	return wrap(err, "MakeGraveSalt", site)
}

func graves(site string) string { return site + "#erased" }
