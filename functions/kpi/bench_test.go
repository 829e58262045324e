package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"tributary/shared/event"
	"tributary/shared/kpi"
	"tributary/shared/stream"
)

// BenchmarkFold compares folding a batch of 1,000 records (decoding, moves and sums) with merely decoding the same
// JSON into aws-lambda-go's type, both in one run by turns; "ratio" is that of the medians.
func BenchmarkFold(b *testing.B) {
	payload := batchOf(b, 1000)
	h := newHandler(&fakeCounters{}, nil, "Events", "Journeys", func() time.Time { return time.UnixMilli(1767225600000) })
	var ours, theirs []time.Duration
	b.SetBytes(int64(len(payload)))
	for b.Loop() {
		start := time.Now()
		if _, err := gather(h, payload); err != nil {
			b.Fatal(err)
		}
		ours = append(ours, time.Since(start))
		start = time.Now()
		var e events.DynamoDBTimeWindowEvent
		if err := json.Unmarshal(payload, &e); err != nil {
			b.Fatal(err)
		}
		theirs = append(theirs, time.Since(start))
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	ratio := float64(ours[len(ours)/2]) / float64(theirs[len(theirs)/2])
	b.ReportMetric(ratio, "ratio")
	b.ReportMetric(float64(ours[len(ours)/2].Microseconds())/1000, "us/record")
}

// gather is all of a batch's work but for the writes.
func gather(h *handler, payload []byte) ([]kpi.Delta, error) {
	batch, err := stream.Open(payload)
	if err != nil {
		return nil, err
	}
	moves, err := h.reader(batch.Table(), arrivals{}, new(sightings))
	if err != nil {
		return nil, err
	}
	f := kpi.NewFold("shard", h.now())
	for _, raw := range batch.Records {
		r, old, now, err := read(raw, moves)
		if err != nil {
			return nil, err
		}
		changes := changesOf(&r, old, now)
		kpi.LatenessAt(r.Created).Mark(changes)
		f.Add(r.Order, r.Sequence, changes)
	}
	return f.Deltas(), nil
}

// batchOf is a payload of n events of a shop's usual mix, as the stream carries them.
func batchOf(tb testing.TB, n int) []byte {
	tb.Helper()
	types := []string{"impression", "impression", "visit", "page_view", "click", "page_view", "view_item", "add_to_cart", "visit", "impression"}
	channels := []string{"Paid Search", "Display", "Email", "Organic Search", "Direct"}
	var records []any
	for i := range n {
		e := &event.Event{
			ID: fmt.Sprintf("01KEXAMPLE%016d", i), Type: types[i%len(types)], Site: "shop", Time: 1767225600000 + int64(i)*3000,
			Received: 1767225600900 + int64(i)*3000, AnonymousID: fmt.Sprintf("v%06d", i%300), SessionID: fmt.Sprintf("s%06d", i%400),
			Channel: channels[i%5], Source: "google", Medium: "cpc", Campaign: fmt.Sprintf("campaign \"%d\"", i%7), ChannelRule: "ga4-2024",
			Page: fmt.Sprintf("https://shop.example/p/%d?utm_source=google&utm_medium=cpc", i%20), Referrer: "https://www.google.com/",
			ClickIDs: map[string]string{"gclid": fmt.Sprintf("Cj0KCQ%030d", i)}, Hash: fmt.Sprintf("%032x", i), TTL: 1801785600,
			Props: `{"variant":"b","position":3}`,
		}
		if e.Type == "impression" || e.Type == "click" {
			e.HasCost, e.Cost, e.Currency = true, 12500, "USD"
		}
		records = append(records, recordOf(e, fmt.Sprintf("4421584500000000017%09d", i)))
	}
	return payloadOf(tb, "Events", records...)
}

// recordOf is the stream record of a new event.
func recordOf(e *event.Event, sequence string) map[string]any {
	image := map[string]any{"pk": map[string]string{"S": e.Site + "#" + e.Home()}, "sk": map[string]string{"S": e.SortKey()}}
	for _, a := range e.Attrs() {
		kind := "S"
		if a.Number {
			kind = "N"
		}
		image[a.Name] = map[string]string{kind: a.Value}
	}
	return insert(sequence, image)
}

// insert is a stream record as Lambda brings it.
func insert(sequence string, image map[string]any) map[string]any {
	return map[string]any{
		"eventID": "c4ca4238a0b923820dcc509a6f75849b", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
		"awsRegion": "eu-central-1", "eventSourceARN": arn("Events"),
		"dynamodb": map[string]any{
			"ApproximateCreationDateTime": 1767225601, "Keys": map[string]any{"pk": image["pk"], "sk": image["sk"]},
			"NewImage": image, "SequenceNumber": sequence, "SizeBytes": 700, "StreamViewType": "NEW_AND_OLD_IMAGES",
		},
	}
}

func arn(table string) string {
	return "arn:aws:dynamodb:eu-central-1:123456789012:table/" + table + "/stream/2026-01-01T00:00:00.000"
}

// payloadOf is a window's call with these records.
func payloadOf(tb testing.TB, table string, records ...any) []byte {
	tb.Helper()
	b, err := json.Marshal(map[string]any{
		"Records": records, "shardId": "shardId-00000001767225600000-0a1b2c3d", "eventSourceARN": arn(table), "state": map[string]string{},
		"window":                 map[string]string{"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:15:00Z"},
		"isFinalInvokeForWindow": false, "isWindowTerminatedEarly": false,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return b
}
