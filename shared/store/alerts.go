package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"tributary/shared/alert"
)

// alertKept is how long an alert stays after it was raised or cleared, in seconds.
const alertKept = 400 * 24 * 60 * 60

// The Alerts table holds a site's alerts under pk "<site>", sk "<raised>-<rule>", and what is known of its rules under
// pk "<site>#rules", sk "<rule>". Only alerts have the attributes state and body.
func statesPartition(site string) string { return site + "#rules" }

// PutAlertState writes a rule's state in the place of version s.Version, and with it the alert that it raises or clears, if any: both or
// neither. False: somebody else was faster, and nothing was written.
func (s *Store) PutAlertState(ctx context.Context, site string, st alert.State, told *alert.Alert, now time.Time) (bool, error) {
	item, err := stateItem(site, st, now)
	if err != nil {
		return false, wrap(err, "PutAlertState", site, st.Rule)
	}
	put := &types.Put{TableName: &s.tables.Alerts, Item: item, ConditionExpression: aws.String("attribute_not_exists(pk)")}
	if st.Version > 0 {
		put.ConditionExpression = aws.String("version = :v")
		put.ExpressionAttributeValues = Item{":v": number(st.Version)}
	}
	ops := append(make([]types.TransactWriteItem, 0, 2), types.TransactWriteItem{Put: put})
	if told != nil {
		item, err := alertItem(told, now)
		if err != nil {
			return false, wrap(err, "PutAlertState", site, st.Rule)
		}
		ops = append(ops, types.TransactWriteItem{Put: &types.Put{TableName: &s.tables.Alerts, Item: item}})
	}
	_, err = s.db.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: ops})
	if outrun(err) {
		return false, nil
	}
	return err == nil, wrap(err, "PutAlertState", site, st.Rule)
}

// outrun reports a transaction whose condition failed.
func outrun(err error) bool {
	var cancelled *types.TransactionCanceledException
	return errors.As(err, &cancelled) && slices.ContainsFunc(cancelled.CancellationReasons, func(r types.CancellationReason) bool {
		return aws.ToString(r.Code) == "ConditionalCheckFailed"
	})
}

func stateItem(site string, st alert.State, now time.Time) (Item, error) {
	item := Item{"pk": text(statesPartition(site)), "sk": text(st.Rule), "version": number(st.Version + 1), "since": number(st.Since)}
	if st.Standing == nil {
		item["ttl"] = number(now.Unix() + alertKept)
		return item, nil
	}
	body, err := json.Marshal(st.Standing)
	item["standing"] = text(string(body))
	return item, err
}

// alertItem is an alert as JSON, which its stream brings to who tells the outside, and its state, which is asked for.
func alertItem(a *alert.Alert, now time.Time) (Item, error) {
	body, err := json.Marshal(a)
	item := Item{"pk": text(a.Site), "sk": text(a.ID), "ttl": number(now.Unix() + alertKept), "state": text(a.State), "body": text(string(body))}
	return item, err
}

// AlertStates reads what is known of a site's rules, by rule.
func (s *Store) AlertStates(ctx context.Context, site string) (map[string]alert.State, error) {
	states := map[string]alert.State{}
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.tables.Alerts, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :p"),
		ExpressionAttributeValues: Item{":p": text(statesPartition(site))},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "AlertStates", site)
		}
		for _, item := range page.Items {
			st := alert.State{Rule: textOf(item, "sk"), Version: intOf(item, "version"), Since: intOf(item, "since")}
			if body := textOf(item, "standing"); body != "" {
				st.Standing = &alert.Alert{}
				if err := json.Unmarshal([]byte(body), st.Standing); err != nil {
					return nil, wrap(err, "AlertStates", site, st.Rule)
				}
			}
			states[st.Rule] = st
		}
	}
	return states, nil
}

// Alerts lists at most limit alerts of a site, the latest raised first, those raised before the alert with the id before (empty:
// all); state is raised, cleared, or empty for both.
func (s *Store) Alerts(ctx context.Context, site, state, before string, limit int) ([]alert.Alert, error) {
	in := &dynamodb.QueryInput{
		TableName: &s.tables.Alerts, ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(limit)),
		KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: Item{":p": text(site)},
	}
	if before != "" {
		in.KeyConditionExpression = aws.String("pk = :p AND sk < :b")
		in.ExpressionAttributeValues[":b"] = text(before)
	}
	if state != "" {
		in.FilterExpression, in.Limit = aws.String("#s = :s"), nil
		in.ExpressionAttributeNames = map[string]string{"#s": "state"}
		in.ExpressionAttributeValues[":s"] = text(state)
	}
	list := []alert.Alert{}
	for pages := dynamodb.NewQueryPaginator(s.db, in); pages.HasMorePages() && len(list) < limit; {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "Alerts", site, state)
		}
		for _, item := range page.Items {
			var a alert.Alert
			if err := json.Unmarshal([]byte(textOf(item, "body")), &a); err != nil {
				return nil, wrap(fmt.Errorf("body: %w", err), "Alerts", site, textOf(item, "sk"))
			}
			list = append(list, a)
		}
	}
	return list[:min(len(list), limit)], nil
}
