package streams

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/buger/jsonparser"
)

// Record is a stream record in the JSON form that Lambda hands out.
type Record struct {
	JSON     []byte
	Sequence string
	Created  time.Time // approximate; engines round it, up to a minute
}

func parsePage(raw []byte, arn string) ([]Record, string, error) {
	var records []Record
	var broken error
	_, err := jsonparser.ArrayEach(raw, func(value []byte, _ jsonparser.ValueType, _ int, _ error) {
		r, err := parseRecord(value, arn)
		if err != nil && broken == nil {
			broken = err
		}
		records = append(records, r)
	}, "Records")
	if err != nil && !errors.Is(err, jsonparser.KeyPathNotFoundError) {
		return nil, "", fmt.Errorf("GetRecords: cannot read the page: %w", err)
	}
	if broken != nil {
		return nil, "", broken
	}
	next, err := jsonparser.GetString(raw, "NextShardIterator")
	if err != nil { // absent or null: the shard is closed
		next = ""
	}
	return records, next, nil
}

func parseRecord(raw []byte, arn string) (Record, error) {
	sequence, err := jsonparser.GetString(raw, "dynamodb", "SequenceNumber")
	if err != nil {
		return Record{}, fmt.Errorf("GetRecords: a record without SequenceNumber: %w", err)
	}
	r := Record{Sequence: sequence}
	if value, _, _, err := jsonparser.Get(raw, "dynamodb", "ApproximateCreationDateTime"); err == nil {
		if seconds, err := strconv.ParseFloat(string(value), 64); err == nil {
			r.Created = time.UnixMilli(int64(seconds * 1000))
		}
	}
	if identity, _, _, err := jsonparser.Get(raw, "userIdentity"); err == nil {
		if raw, err = withIdentity(raw, identity); err != nil {
			return Record{}, fmt.Errorf("GetRecords: record %s: %w", sequence, err)
		}
	}
	r.JSON = make([]byte, 0, len(raw)+len(arn)+24)
	r.JSON = append(r.JSON, raw[:len(raw)-1]...)
	r.JSON = append(r.JSON, `,"eventSourceARN":"`...)
	r.JSON = append(r.JSON, arn...)
	r.JSON = append(r.JSON, `"}`...)
	return r, nil
}

// withIdentity spells userIdentity as Lambda does (type, principalId) where the Streams API says Type, PrincipalId. It marks
// what TTL removed, which is rare, so the detour over a map is cheap enough.
func withIdentity(raw, identity []byte) ([]byte, error) {
	var who struct {
		PrincipalID string `json:"principalId"`
		Type        string `json:"type"`
	}
	if err := json.Unmarshal(identity, &who); err != nil {
		return nil, err
	}
	var record map[string]json.RawMessage
	if err := json.Unmarshal(raw, &record); err != nil {
		return nil, err
	}
	delete(record, "userIdentity")
	if who.Type != "" || who.PrincipalID != "" { // null on ordinary records
		spelled, err := json.Marshal(who)
		if err != nil {
			return nil, err
		}
		record["userIdentity"] = spelled
	}
	return json.Marshal(record)
}
