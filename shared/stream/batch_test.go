package stream

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Ensures that a batch as Lambda sends it is cut into its records and that each is decoded.
func TestOpenAndDecode(t *testing.T) {
	b, err := Open(read(t, "events.json"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(b.Records), 3; got != want {
		t.Fatalf("records: got %d, want %d", got, want)
	}
	if got, want := b.Table(), "trb-EventsTable-1ABC"; got != want {
		t.Errorf("table: got %q, want %q", got, want)
	}
	shard, err := b.Shard()
	if err != nil || !strings.HasSuffix(shard, "2026-01-01T00:00:00.000/shardId-00000001767225600000-0a1b2c3d") {
		t.Errorf("shard: got %q, %v", shard, err)
	}
	want := []Record{
		{
			Op: Insert, Sequence: "4421584500000000017450439091", Order: "0000000000004421584500000000017450439091", Created: 1_767_225_601_000, Whole: true,
			New: []event.Attr{
				{Name: "pk", Value: "shop#A#v1"},
				{Name: "sk", Value: "T#e1"},
				{Name: "id", Value: "e1"},
				{Name: "type", Value: "impression"},
				{Name: "site", Value: "shop"},
				{Name: "time", Number: true, Value: "1767225600000"},
				{Name: "received", Number: true, Value: "1767225600500"},
				{Name: "anonymous_id", Value: "v1"},
				{Name: "channel", Value: "Paid Search"},
				{Name: "source", Value: "google"},
				{Name: "medium", Value: "cpc"},
				{Name: "campaign", Value: "Frühling 🌷 \"1\""},
				{Name: "currency", Value: "USD"},
				{Name: "cost_micros", Number: true, Value: "12500"},
				{Name: "flag", Value: "true"},
			},
		},
		{
			Op: Modify, Sequence: "4421584500000000017450439092", Order: "0000000000004421584500000000017450439092", Created: 1_767_225_602_000, Whole: true,
			New: []event.Attr{{Name: "pk", Value: "shop#S#7"}, {Name: "sk", Value: "X#s1"}, {Name: "version", Number: true, Value: "2"}},
			Old: []event.Attr{{Name: "pk", Value: "shop#S#7"}, {Name: "sk", Value: "X#s1"}, {Name: "version", Number: true, Value: "1"}},
		},
		{
			Op: Remove, Sequence: "4421584500000000017450439093", Order: "0000000000004421584500000000017450439093", TTL: true, Created: 1_767_225_603_000, Whole: true,
			Old: []event.Attr{{Name: "pk", Value: "shop#A#v0"}, {Name: "sk", Value: "X#e0"}},
		},
	}
	for i, raw := range b.Records {
		got, err := Decode(raw)
		if err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
		if d := cmp.Diff(want[i], got); d != "" {
			t.Errorf("record %d (-want +got):\n%s", i, d)
		}
	}
}

// Ensures that a window's last call, which brings no records, is understood.
func TestOpenFinal(t *testing.T) {
	b, err := Open(read(t, "final.json"))
	if err != nil {
		t.Fatal(err)
	}
	if shard, err := b.Shard(); err != nil || shard == "" || len(b.Records) != 0 {
		t.Errorf("got %+v, %v; want a shard without records", b, err)
	}
}

func TestOpen(t *testing.T) {
	for _, c := range []struct {
		name, payload string
		records       int
		wrong         bool
	}{
		{"records that are null", `{"Records":null}`, 0, false},
		{"no records", `{"Records":[]}`, 0, false},
		{"a record that is no object is found all the same", `{"Records":[1,"x",{"a":[1]}]}`, 3, false},
		{"a broken record is found by its brackets", `{"Records":[{"a":nonsense},{}]}`, 2, false},
		{"brackets inside strings do not count", `{"Records":[{"a":"]}\"}{["},{}]}`, 2, false},
		{"an empty payload", ``, 0, true},
		{"no object", `[]`, 0, true},
		{"records that are no array", `{"Records":{}}`, 0, true},
		{"an end in the middle", `{"Records":[{"a":1}`, 0, true},
		{"an end in a string", `{"Records":[{"a":"`, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := Open([]byte(c.payload))
			if (err != nil) != c.wrong || len(b.Records) != c.records {
				t.Errorf("got %d records, %v; want %d, wrong %v", len(b.Records), err, c.records, c.wrong)
			}
		})
	}
}

// Ensures that without a shard id, which only a tumbling window brings, nothing is counted.
func TestShardIsNeeded(t *testing.T) {
	b, err := Open([]byte(`{"Records":[{"eventSourceARN":"arn:aws:dynamodb:x:1:table/T/stream/s"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := b.Table(), "T"; got != want {
		t.Errorf("table of the first record: got %q, want %q", got, want)
	}
	if _, err := b.Shard(); err == nil || !strings.Contains(err.Error(), "TumblingWindowInSeconds") {
		t.Errorf("got %v, want an error that names the setting", err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	image := func(attrs string) string {
		return `{"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","NewImage":{` + attrs + `}}}`
	}
	for _, c := range []struct{ name, raw string }{
		{"nothing", ``},
		{"no object", `[]`},
		{"more than a record", image(`"a":{"S":"b"}`) + `{}`},
		{"an unknown operation", `{"eventName":"UPSERT","dynamodb":{"SequenceNumber":"1"}}`},
		{"no sequence number", `{"eventName":"INSERT","dynamodb":{}}`},
		{"a sequence number that is none", `{"eventName":"INSERT","dynamodb":{"SequenceNumber":"1x"}}`},
		{"a sequence number of 41 digits", `{"eventName":"INSERT","dynamodb":{"SequenceNumber":"` + strings.Repeat("1", 41) + `"}}`},
		{"a sequence number without quotes", `{"eventName":"INSERT","dynamodb":{"SequenceNumber":1}}`},
		{"text that is a number", image(`"a":{"S":1}`)},
		{"a number that is no text", image(`"a":{"N":1}`)},
		{"a truth that is text", image(`"a":{"BOOL":"true"}`)},
		{"an attribute of two types", image(`"a":{"S":"x","N":"1"}`)},
		{"an attribute of no type", image(`"a":{}`)},
		{"an image that is a list", `{"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","NewImage":[]}}`},
		{"half a surrogate pair", image(`"a":{"S":"\ud83c"}`)},
		{"two first halves", image(`"a":{"S":"\ud83c\ud83c"}`)},
		{"an unknown escape", image(`"a":{"S":"\x41"}`)},
		{"invalid UTF-8", image("\"a\":{\"S\":\"\xff\"}")},
		{"invalid UTF-8 after an escape", image("\"a\":{\"S\":\"\\n\xff\"}")},
		{"a control character", image("\"a\":{\"S\":\"\x00\"}")},
		{"nesting of 20,000", image(`"a":{"L":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`)},
		{"a skipped value that is nonsense", image(`"a":{"L":[tru]}`)},
		{"a trailing comma", image(`"a":{"S":"b"},`)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if r, err := Decode([]byte(c.raw)); err == nil {
				t.Errorf("got %+v, want an error", r)
			}
		})
	}
}

// Ensures that of a record that cannot be read its key and place are kept where they can be told.
func TestSalvage(t *testing.T) {
	raw := []byte(`{"eventName":"INSERT","dynamodb":{"Keys":{"pk":{"S":"a"}},"SequenceNumber":"7","NewImage":{"x":{"N":1}}}}`)
	_, err := Decode(raw)
	u := Salvage(raw, err)
	if u.Sequence != "7" || u.Keys != `{"pk":{"S":"a"}}` || string(u.Raw) != string(raw) || u.Err == nil {
		t.Errorf("got %+v", u)
	}
	if u := Salvage([]byte(`{`), err); u.Err == nil || u.Sequence != "" || u.Keys != "" {
		t.Errorf("broken JSON: got %+v", u)
	}
}

// Ensures the very bytes: a null state or list would count as a failure of the function.
func TestDone(t *testing.T) {
	for sequence, want := range map[string]string{
		"":  `{"batchItemFailures":[],"state":{}}`,
		"9": `{"batchItemFailures":[{"itemIdentifier":"9"}],"state":{}}`,
	} {
		if got, err := json.Marshal(Done(sequence)); err != nil || string(got) != want {
			t.Errorf("Done(%q): got %s, %v; want %s", sequence, got, err, want)
		}
	}
}
