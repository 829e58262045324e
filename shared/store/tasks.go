package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// TaskKind is what has to be done.
type TaskKind string

// Kinds of tasks. A lookup waits keptDays; an erasure waits until it is done.
const (
	TaskLookup TaskKind = "lookup"
	TaskErase  TaskKind = "erase"
)

// Task is something that a delivery asks for and that ingest leaves to others. ID is the same for the same demand; Time is
// Unix milliseconds.
type Task struct {
	Kind       TaskKind
	ID         string
	Connection string
	Site       string
	Time       int64
	Body       []byte
}

// Erasure is the body of a task that asks for somebody's data to go.
type Erasure struct {
	IDs   []string `json:"ids"`             // as event.IDs writes them
	Homes []string `json:"homes,omitempty"` // of events that no link leads to
	Exact bool     `json:"exact,omitempty"` // the ids are all of the person's; else others that are linked to them belong to it
	Last  bool     `json:"last,omitempty"`  // it is not gone over once more
}

// Task is the task of an erasure; at is Unix milliseconds, before which it is not begun.
func (e Erasure) Task(site, id, connection string, at int64) (Task, error) {
	body, err := json.Marshal(e)
	return Task{Kind: TaskErase, ID: id, Connection: connection, Site: site, Time: at, Body: body}, err
}

// PutTask keeps a task; once more it changes nothing but its body.
func (s *Store) PutTask(ctx context.Context, t Task) error {
	item := Item{
		"pk": text(taskKey(t.Kind)), "sk": text(t.sortKey()), "connection": text(t.Connection), "site": text(t.Site), "time": number(t.Time),
		"body": &types.AttributeValueMemberB{Value: t.Body},
	}
	if t.Kind == TaskLookup {
		item["ttl"] = number(t.Time/1000 + keptDays*24*60*60)
	}
	_, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.tables.Quarantine, Item: item})
	return wrap(err, "PutTask", t.Kind, t.ID)
}

// ReplaceTask gives a task another body where it still stands with the one that was read; false: it does not.
func (s *Store) ReplaceTask(ctx context.Context, t Task, body []byte) (bool, error) {
	_, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.tables.Quarantine, Key: Item{"pk": text(taskKey(t.Kind)), "sk": text(t.sortKey())},
		UpdateExpression: aws.String("SET body = :n"), ConditionExpression: aws.String("body = :b"),
		ExpressionAttributeValues: Item{":n": &types.AttributeValueMemberB{Value: body}, ":b": &types.AttributeValueMemberB{Value: t.Body}},
	})
	if _, gone := refused(err); gone {
		return false, nil
	}
	return err == nil, wrap(err, "ReplaceTask", t.Kind, t.ID)
}

// Tasks reads up to limit tasks of a kind, the oldest first.
func (s *Store) Tasks(ctx context.Context, kind TaskKind, limit int) ([]Task, error) {
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.tables.Quarantine, Limit: aws.Int32(int32(limit)), ConsistentRead: aws.Bool(true),
		KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: Item{":p": text(taskKey(kind))},
	})
	if err != nil {
		return nil, wrap(err, "Tasks", kind)
	}
	list := make([]Task, 0, len(out.Items))
	for _, item := range out.Items {
		t := Task{Kind: kind, Connection: textOf(item, "connection"), Site: textOf(item, "site"), Time: intOf(item, "time")}
		_, t.ID, _ = strings.Cut(textOf(item, "sk"), "#")
		if b, ok := item["body"].(*types.AttributeValueMemberB); ok {
			t.Body = b.Value
		}
		list = append(list, t)
	}
	return list, nil
}

// DropTask removes a task that is done.
func (s *Store) DropTask(ctx context.Context, t Task) error {
	_, err := s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.tables.Quarantine, Key: Item{"pk": text(taskKey(t.Kind)), "sk": text(t.sortKey())},
	})
	return wrap(err, "DropTask", t.Kind, t.ID)
}

func taskKey(kind TaskKind) string { return "#task#" + string(kind) }

func (t *Task) sortKey() string { return fmt.Sprintf("%013d#%s", t.Time, t.ID) }
