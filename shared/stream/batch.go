package stream

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Batch is what Lambda delivers from a stream with a tumbling window; a window's last call may hold no records. They
// are not decoded yet.
type Batch struct {
	Records   [][]byte
	ShardID   string // only with a tumbling window
	SourceARN string // the stream
}

// Open finds the records of a payload without decoding them. It fails only where the payload itself is broken.
func Open(payload []byte) (Batch, error) {
	s := scanner{text: string(payload)}
	var b Batch
	err := s.object(func(name string) (err error) {
		switch name {
		case "Records":
			b.Records, err = s.elements(payload)
		case "shardId":
			b.ShardID, err = s.string()
		case "eventSourceARN":
			b.SourceARN, err = s.string()
		default:
			err = s.pass()
		}
		return err
	})
	if err != nil {
		return Batch{}, fmt.Errorf("stream: batch: %w", err)
	}
	if b.SourceARN == "" && len(b.Records) > 0 {
		b.SourceARN = source(b.Records[0])
	}
	return b, nil
}

// elements cuts an array into its values; payload is the text's bytes.
func (s *scanner) elements(payload []byte) ([][]byte, error) {
	if s.null() {
		return nil, nil
	}
	if !s.next('[') {
		return nil, s.fail("an array")
	}
	if s.next(']') {
		return nil, nil
	}
	out := make([][]byte, 0, 128)
	for {
		s.space()
		start := s.at
		if err := s.pass(); err != nil {
			return nil, err
		}
		out = append(out, payload[start:s.at:s.at])
		if s.next(']') {
			return out, nil
		}
		if !s.next(',') {
			return nil, s.fail("a comma or ]")
		}
	}
}

// source is the stream that a record names; empty when it cannot be read.
func source(raw []byte) string {
	var r struct {
		ARN string `json:"eventSourceARN"`
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return ""
	}
	return r.ARN
}

// Shard names the batch's shard among all streams. Without it no fence can be kept, and counting would be a guess.
func (b *Batch) Shard() (string, error) {
	if b.ShardID == "" || b.SourceARN == "" {
		return "", errors.New("stream: batch: shardId or eventSourceARN is missing: the event source mapping needs TumblingWindowInSeconds")
	}
	return b.SourceARN + "/" + b.ShardID, nil
}

// Table is the name of the table whose stream this is: arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<label>.
func (b *Batch) Table() string {
	_, rest, _ := strings.Cut(b.SourceARN, ":table/")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// Answer is what Lambda wants back: where to resume, and the window's state, which must not be null.
type Answer struct {
	Failures []Failure         `json:"batchItemFailures"`
	State    map[string]string `json:"state"`
}

// Failure names the lowest record that has to come again.
type Failure struct {
	Sequence string `json:"itemIdentifier"`
}

// Done is the answer when nothing has to come again, or everything from sequence on ("" for nothing).
func Done(sequence string) Answer {
	a := Answer{Failures: []Failure{}, State: map[string]string{}}
	if sequence != "" {
		a.Failures = append(a.Failures, Failure{Sequence: sequence})
	}
	return a
}
