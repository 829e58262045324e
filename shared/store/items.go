package store

import (
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"tributary/shared/event"
)

// Item is a DynamoDB item as the SDK has it.
type Item = map[string]types.AttributeValue

// toItem makes an item from its key and flat attributes. Its values lie in two slices: one allocation for each of them
// would be a tenth of what a pixel costs above the bare SDK.
func toItem(pk, sk string, attrs []event.Attr) Item {
	item := make(Item, len(attrs)+2)
	item["pk"], item["sk"] = text(pk), text(sk)
	numbers := 0
	for i := range attrs {
		if attrs[i].Number {
			numbers++
		}
	}
	n, s := make([]types.AttributeValueMemberN, 0, numbers), make([]types.AttributeValueMemberS, 0, len(attrs)-numbers)
	for i := range attrs {
		if a := &attrs[i]; a.Number {
			n = append(n, types.AttributeValueMemberN{Value: a.Value})
			item[a.Name] = &n[len(n)-1]
		} else {
			s = append(s, types.AttributeValueMemberS{Value: a.Value})
			item[a.Name] = &s[len(s)-1]
		}
	}
	return item
}

// fromItem lists an item's strings and numbers, the keys included, in order of name. Attributes of other kinds are not
// ours and are left out.
func fromItem(item Item) []event.Attr {
	attrs := make([]event.Attr, 0, len(item))
	for name, v := range item {
		switch v := v.(type) {
		case *types.AttributeValueMemberS:
			attrs = append(attrs, event.Attr{Name: name, Value: v.Value})
		case *types.AttributeValueMemberN:
			attrs = append(attrs, event.Attr{Name: name, Number: true, Value: v.Value})
		}
	}
	slices.SortFunc(attrs, func(a, b event.Attr) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return attrs
}

// text is a string attribute.
func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// textOf reads a string or number attribute of an item; empty when absent.
func textOf(item Item, name string) string {
	switch v := item[name].(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return v.Value
	}
	return ""
}

// refused returns the stored item of a condition that failed; false for any other error.
func refused(err error) (Item, bool) {
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) {
		return nil, false
	}
	return failed.Item, true
}
