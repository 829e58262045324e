package stream

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Keys reads the key of a record's item, pk and sk: all that a stream of keys alone tells.
func Keys(raw []byte) (pk, sk string, err error) {
	var r struct {
		DynamoDB struct {
			Keys struct {
				PK struct{ S string } `json:"pk"`
				SK struct{ S string } `json:"sk"`
			}
		} `json:"dynamodb"`
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return "", "", fmt.Errorf("stream: keys: %w", err)
	}
	k := r.DynamoDB.Keys
	if k.PK.S == "" {
		return "", "", errors.New("stream: keys: the record has no pk")
	}
	return k.PK.S, k.SK.S, nil
}
