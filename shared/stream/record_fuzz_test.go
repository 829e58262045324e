package stream

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
)

// FuzzRecord ensures that no record makes Decode panic, and that what it accepts means to encoding/json the same.
func FuzzRecord(f *testing.F) {
	b, err := Open(read(f, "events.json"))
	if err != nil {
		f.Fatal(err)
	}
	for _, raw := range b.Records {
		f.Add(raw)
	}
	f.Add([]byte(`{"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","NewImage":{"a":{"S":"\ud83c\udf37\u0000\/\b\f\n\r\t\\\""}}}}`))
	f.Add([]byte(` { "eventName" : "REMOVE" , "userIdentity" : null , "dynamodb" : { "SequenceNumber" : "1" , "OldImage" : null } } `))
	f.Add([]byte(`{"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","NewImage":{"a":{"NULL":true},"b":{"B":"AA=="},"a":{"N":"-1e3"}}},"x":-1.5e3}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := Decode(raw)
		if err != nil {
			Salvage(raw, err)
			return
		}
		if !json.Valid(raw) {
			t.Fatalf("accepted what is no JSON: %q", raw)
		}
		want, err := slow(raw)
		if err != nil {
			t.Fatalf("encoding/json refuses: %v", err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-encoding/json +got):\n%s", d)
		}
	})
}

// FuzzOpen ensures that no payload makes Open panic and that it cuts valid ones as encoding/json does.
func FuzzOpen(f *testing.F) {
	f.Add(read(f, "events.json"))
	f.Add(read(f, "final.json"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		got, err := Open(payload)
		var want struct{ Records []json.RawMessage }
		if !bytes.Contains(payload, []byte("Records")) || json.Unmarshal(payload, &want) != nil || err != nil {
			return
		}
		if bytes.Count(payload, []byte("ecords")) > 1 || bytes.IndexByte(payload, '\\') >= 0 {
			return // encoding/json folds case, and keeps the last of several
		}
		if len(want.Records) != len(got.Records) {
			t.Fatalf("got %d records, want %d", len(got.Records), len(want.Records))
		}
		for i := range want.Records {
			if !bytes.Equal(want.Records[i], got.Records[i]) {
				t.Errorf("record %d: got %s, want %s", i, got.Records[i], want.Records[i])
			}
		}
	})
}

// slow decodes a record from encoding/json's tokens, which keep order and repetitions.
func slow(raw []byte) (Record, error) {
	var r Record
	err := members(raw, func(name string, v json.RawMessage) (err error) {
		switch name {
		case "eventName":
			err = json.Unmarshal(v, &r.Op)
		case "userIdentity":
			r.TTL = false
			err = members(v, func(name string, v json.RawMessage) error {
				if name != "principalId" {
					return nil
				}
				var who string
				err := json.Unmarshal(v, &who)
				r.TTL = who == "dynamodb.amazonaws.com"
				return err
			})
		case "dynamodb":
			err = members(v, func(name string, v json.RawMessage) (err error) {
				switch name {
				case "SequenceNumber":
					err = json.Unmarshal(v, &r.Sequence)
				case "NewImage":
					r.New, err = slowImage(v)
				case "OldImage":
					r.Old, err = slowImage(v)
				case "StreamViewType":
					var view string
					err = json.Unmarshal(v, &view)
					r.Whole = view == "NEW_AND_OLD_IMAGES"
				case "ApproximateCreationDateTime":
					var seconds float64
					if r.Created = 0; json.Unmarshal(v, &seconds) == nil && seconds >= 0 && seconds <= 1<<40 {
						r.Created = int64(seconds * 1000)
					}
				}
				return err
			})
		}
		return err
	})
	r.Order, _ = Order(r.Sequence)
	return r, err
}

func slowImage(raw []byte) ([]event.Attr, error) {
	if string(raw) == "null" {
		return nil, nil
	}
	attrs := []event.Attr{}
	return attrs, members(raw, func(name string, v json.RawMessage) error {
		return members(v, func(kind string, v json.RawMessage) (err error) {
			a := event.Attr{Name: name, Number: kind == "N"}
			switch kind {
			case "S", "N":
				err = json.Unmarshal(v, &a.Value)
			case "BOOL":
				a.Value = string(v)
			default:
				return nil
			}
			attrs = append(attrs, a)
			return err
		})
	})
}

// members walks an object's members in order; null has none.
func members(raw []byte, member func(name string, v json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	open, err := d.Token()
	if err != nil || open == nil {
		return err
	}
	if open != json.Delim('{') {
		return errors.New("no object")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return err
		}
		if err := member(name.(string), v); err != nil {
			return err
		}
	}
	return nil
}
