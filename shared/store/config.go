package store

import (
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"tributary/shared/fault"
	"tributary/shared/settings"
)

// Shelf is the partition of one collection of settings: of the whole installation, or of a site (ShelfOf). Ids of sites
// hold no #, so the two cannot meet.
type Shelf string

// Shelves of the whole installation. A key's id there is the SHA-256 of its secret, in hex.
const (
	Sites       Shelf = "#sites"
	Keys        Shelf = "#keys"
	Connections Shelf = "#connections"
	// Ruled names the sites that have, or had, rules, so that one read tells whom to look after.
	Ruled Shelf = "#ruled"
)

// ShelfOf is a site's collection: goals, campaigns, links.
func ShelfOf(site, collection string) Shelf { return Shelf(site + "#" + collection) }

// Setting is one stored setting: canonical JSON, and how often it was written.
type Setting struct {
	ID      string
	Body    []byte
	Version int64
}

// Setting reads one setting, consistently; false when there is none, as with an id that no setting can have.
func (s *Store) Setting(ctx context.Context, shelf Shelf, id string) (Setting, bool, error) {
	if settings.CheckID("id", id) != nil {
		return Setting{}, false, nil
	}
	out, err := s.db.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.tables.Config, ConsistentRead: aws.Bool(true), Key: settingKey(shelf, id),
	})
	if err != nil {
		return Setting{}, false, wrap(err, "Setting", shelf, id)
	}
	return settingOf(out.Item), len(out.Item) > 0, nil
}

// ListSettings reads up to limit settings of a shelf in order of id, those after the given id; limit 0 means all.
func (s *Store) ListSettings(ctx context.Context, shelf Shelf, after string, limit int) ([]Setting, error) {
	in := &dynamodb.QueryInput{
		TableName: &s.tables.Config, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :p"),
		ExpressionAttributeValues: Item{":p": text(string(shelf))},
	}
	if after != "" {
		in.KeyConditionExpression = aws.String("pk = :p AND sk > :a")
		in.ExpressionAttributeValues[":a"] = text(after)
	}
	if limit > 0 {
		in.Limit = aws.Int32(int32(limit))
	}
	list := []Setting{}
	for pages := dynamodb.NewQueryPaginator(s.db, in); pages.HasMorePages() && (limit == 0 || len(list) < limit); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "ListSettings", shelf)
		}
		for _, item := range page.Items {
			list = append(list, settingOf(item))
		}
	}
	if limit > 0 && len(list) > limit {
		list = list[:limit]
	}
	return list, nil
}

// PutSetting writes v in the place of version v.Version, 0 meaning that there is none yet, and returns the new version.
// A setting that was written meanwhile is a concurrent_update fault.
func (s *Store) PutSetting(ctx context.Context, shelf Shelf, v Setting) (int64, error) {
	item := settingKey(shelf, v.ID)
	item["body"], item["version"] = text(string(v.Body)), number(v.Version+1)
	in := &dynamodb.PutItemInput{TableName: &s.tables.Config, Item: item, ConditionExpression: aws.String("attribute_not_exists(pk)")}
	if v.Version > 0 {
		in.ConditionExpression = aws.String("version = :v")
		in.ExpressionAttributeValues = Item{":v": number(v.Version)}
	}
	_, err := s.db.PutItem(ctx, in)
	return v.Version + 1, settingError(err, "PutSetting", shelf, v.ID)
}

// DeleteSetting removes a setting at a version. One that was written or removed meanwhile is a concurrent_update fault.
func (s *Store) DeleteSetting(ctx context.Context, shelf Shelf, id string, version int64) error {
	_, err := s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.tables.Config, Key: settingKey(shelf, id),
		ConditionExpression: aws.String("version = :v"), ExpressionAttributeValues: Item{":v": number(version)},
	})
	return settingError(err, "DeleteSetting", shelf, id)
}

// settingError tells a failed condition from a failure.
func settingError(err error, op string, shelf Shelf, id string) error {
	if _, failed := refused(err); failed {
		return fault.New(fault.ConcurrentUpdate, "", "%s was changed by somebody else meanwhile; read it and try again", strconv.Quote(id))
	}
	return wrap(err, op, shelf, id)
}

func settingKey(shelf Shelf, id string) Item { return Item{"pk": text(string(shelf)), "sk": text(id)} }

func settingOf(item Item) Setting {
	return Setting{ID: textOf(item, "sk"), Body: []byte(textOf(item, "body")), Version: intOf(item, "version")}
}

// Site reads a site's settings; the site default exists though nobody made it.
func (s *Store) Site(ctx context.Context, id string) (settings.Site, bool, error) {
	v, found, err := s.Setting(ctx, Sites, id)
	switch {
	case err != nil:
		return settings.Site{}, false, err
	case found:
		site, err := settings.DecodeSite(v.Body)
		return site, err == nil, wrap(err, "Site", id)
	case id == settings.DefaultID:
		return settings.DefaultSite(id), true, nil
	}
	return settings.Site{}, false, nil
}

// EverySite reads every site, the default one included, in order of id.
func (s *Store) EverySite(ctx context.Context) ([]settings.Site, error) {
	stored, err := s.ListSettings(ctx, Sites, "", 0)
	if err != nil {
		return nil, err
	}
	ids := []string{settings.DefaultID}
	for _, v := range stored {
		ids = append(ids, v.ID)
	}
	slices.Sort(ids)
	var sites []settings.Site
	for _, id := range slices.Compact(ids) {
		site, found, err := s.Site(ctx, id)
		if err != nil {
			return nil, err
		}
		if found { // else it was deleted since it was listed
			sites = append(sites, site)
		}
	}
	return sites, nil
}

// Goals reads all goals of a site in order of id.
func (s *Store) Goals(ctx context.Context, site string) ([]settings.Goal, error) {
	return decodeShelf[settings.Goal](ctx, s, ShelfOf(site, "goals"))
}

// Campaigns reads all campaigns of a site in order of id.
func (s *Store) Campaigns(ctx context.Context, site string) ([]settings.Campaign, error) {
	return decodeShelf[settings.Campaign](ctx, s, ShelfOf(site, "campaigns"))
}

// Rules reads all rules of a site in order of id.
func (s *Store) Rules(ctx context.Context, site string) ([]settings.Rule, error) {
	return decodeShelf[settings.Rule](ctx, s, ShelfOf(site, "rules"))
}

// RuledSites lists the sites that have, or had, rules.
func (s *Store) RuledSites(ctx context.Context) ([]string, error) {
	stored, err := s.ListSettings(ctx, Ruled, "", 0)
	ids := make([]string, 0, len(stored))
	for _, v := range stored {
		ids = append(ids, v.ID)
	}
	return ids, err
}

// Connection reads a connection by the id in its address, false when there is none.
func (s *Store) Connection(ctx context.Context, id string) (settings.Connection, bool, error) {
	v, found, err := s.Setting(ctx, Connections, id)
	if err != nil || !found {
		return settings.Connection{}, false, err
	}
	c, err := settings.DecodeConnection(v.Body)
	return c, err == nil, wrap(err, "Connection", id)
}

// HasKey reports whether a secret with this SHA-256 (hex) is a stored API key.
func (s *Store) HasKey(ctx context.Context, sha256 string) (bool, error) {
	_, found, err := s.Setting(ctx, Keys, sha256)
	return found, err
}

func decodeShelf[T any](ctx context.Context, s *Store, shelf Shelf) ([]T, error) {
	stored, err := s.ListSettings(ctx, shelf, "", 0)
	if err != nil {
		return nil, err
	}
	list := make([]T, 0, len(stored))
	for _, v := range stored {
		decoded, err := settings.Decode[T](v.Body)
		if err != nil {
			return nil, wrap(err, "ListSettings", shelf, v.ID)
		}
		list = append(list, decoded)
	}
	return list, nil
}
