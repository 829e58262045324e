package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tributary/shared/kpi"
	"tributary/shared/store"
	"tributary/shared/stream"
)

// setup is a handler on counters in memory.
func setup() (*handler, *fakeCounters, *fakeKeeper) {
	c, k := &fakeCounters{}, &fakeKeeper{}
	h := newHandler(c, k, "Events", "Journeys", func() time.Time { return time.UnixMilli(1767225700000) })
	h.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	return h, c, k
}

func fixture(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

const nothingFailed = `{"batchItemFailures":[],"state":{}}`

// invoke delivers a payload that must be answered so.
func invoke(t *testing.T, h *handler, payload []byte, want string) {
	t.Helper()
	got, err := h.Invoke(context.Background(), payload)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Fatalf("answer: got %s, want %s", got, want)
	}
}

// figures lists what the counters hold, zeros left out.
func (f *fakeCounters) figures() []string {
	var out []string
	for k, sums := range f.sums {
		for m, n := range sums {
			if n != 0 {
				out = append(out, fmt.Sprintf("%s %s/%s %s %s=%d", k.Dimension, k.Value, k.Split, k.Bucket, m, n))
			}
		}
	}
	slices.Sort(out)
	return out
}

// eventFigures are those of testdata/events.json: an impression, a bot's click, a visit, spend that was corrected from
// 5 to 7 euros, a page view that its time to live removed, and an event of a type of the user's own.
var eventFigures = []string{
	"campaign spring/Display 2026-01-01T00 impression_cost_micros:USD=12500",
	"campaign spring/Display 2026-01-01T00 impressions=1",
	"campaign spring/Display 2026-01-01T00 invalid_clicks=1",
	"campaign spring/Display 2026-01-01T00 media_cost_micros:USD=12500",
	"campaign spring/Display 2026-01-01T00 priced_impressions=1",
	"channel Display/ 2026-01-01T00 impression_cost_micros:USD=12500",
	"channel Display/ 2026-01-01T00 impressions=1",
	"channel Display/ 2026-01-01T00 invalid_clicks=1",
	"channel Display/ 2026-01-01T00 media_cost_micros:EUR=7000000",
	"channel Display/ 2026-01-01T00 media_cost_micros:USD=12500",
	"channel Display/ 2026-01-01T00 priced_impressions=1",
	"channel Email/ 2026-01-01T00 visits=1",
	"page https://shop.example/sale/ 2026-01-01T00 visits=1",
	"site / 2026-01-01T00 impression_cost_micros:USD=12500",
	"site / 2026-01-01T00 impressions=1",
	"site / 2026-01-01T00 invalid_clicks=1",
	"site / 2026-01-01T00 media_cost_micros:EUR=7000000",
	"site / 2026-01-01T00 media_cost_micros:USD=12500",
	"site / 2026-01-01T00 priced_impressions=1",
	"site / 2026-01-01T00 visits=1",
	"source google/cpm 2026-01-01T00 impression_cost_micros:USD=12500",
	"source google/cpm 2026-01-01T00 impressions=1",
	"source google/cpm 2026-01-01T00 media_cost_micros:USD=12500",
	"source google/cpm 2026-01-01T00 priced_impressions=1",
	"type spun_wheel/ 2026-01-01T00 events=1",
}

// Ensures that a batch that is delivered twice is counted once.
func TestEventsTwice(t *testing.T) {
	h, c, k := setup()
	for range 2 {
		invoke(t, h, fixture(t, "events.json"), nothingFailed)
		if d := cmp.Diff(eventFigures, c.figures()); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
	}
	want := []string{
		"shop campaign spring", "shop channel Display", "shop channel Email", "shop page https://shop.example/sale", "shop source google", "shop type spun_wheel",
	}
	slices.Sort(c.names)
	if d := cmp.Diff(want, c.names); d != "" {
		t.Errorf("names (-want +got):\n%s", d)
	}
	if len(k.kept) != 0 {
		t.Errorf("set aside: %v", k.kept)
	}
}

// Ensures that records move the difference between what they count now and before, that links move nothing and that a
// record without moves takes its own back.
func TestJourneysTwice(t *testing.T) {
	h, c, _ := setup()
	want := []string{
		"channel Email/ 2026-01-01T00 conversions_micro=1000000",
		"channel Email/ 2026-01-01T00 revenue_gross_minor=4200",
		"channel Email/ 2026-01-01T00 revenue_net_minor=3200",
		"goal purchase/ 2026-01-01T00 conversions=1",
		"goal purchase/ 2026-01-01T00 net_conversions=1",
		"goal purchase/ 2026-01-01T00 net_orders=1",
		"goal purchase/ 2026-01-01T00 orders=1",
		"goal purchase/ 2026-01-01T00 revenue_gross_minor=4200",
		"goal purchase/ 2026-01-01T00 revenue_net_minor=3200",
		"goal purchase/ 2026-01-02T00 refunds_minor=1000",
	}
	for range 2 {
		invoke(t, h, fixture(t, "journeys.json"), nothingFailed)
		if d := cmp.Diff(want, c.figures()); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
	}
}

// Ensures that both streams move the same counter without one's fence hiding the other's records.
func TestStreamsHaveFencesOfTheirOwn(t *testing.T) {
	h, c, _ := setup()
	invoke(t, h, fixture(t, "journeys.json"), nothingFailed)
	invoke(t, h, fixture(t, "events.json"), nothingFailed)
	for _, want := range []string{"channel Email/ 2026-01-01T00 visits=1", "channel Email/ 2026-01-01T00 conversions_micro=1000000"} {
		if !slices.Contains(c.figures(), want) {
			t.Errorf("%s is missing of %s", want, c.figures())
		}
	}
}

// records cuts a fixture into its records.
func records(t *testing.T, payload []byte) []any {
	t.Helper()
	b, err := stream.Open(payload)
	if err != nil {
		t.Fatal(err)
	}
	var out []any
	for _, raw := range b.Records {
		out = append(out, json.RawMessage(raw))
	}
	return out
}

// Ensures that after a failure in the middle the answer names the lowest record that is not in, and that the rest,
// delivered again with other borders, makes the figures right.
func TestFailsInTheMiddle(t *testing.T) {
	h, c, _ := setup()
	all := records(t, fixture(t, "events.json"))
	c.before = func(d kpi.Delta) error {
		if d.Value == "Email" {
			return errStore
		}
		return nil
	}
	invoke(t, h, fixture(t, "events.json"), `{"batchItemFailures":[{"itemIdentifier":"4421584500000000017450439013"}],"state":{}}`)
	c.before = nil
	invoke(t, h, payloadOf(t, "Events", all[2:4]...), nothingFailed)
	invoke(t, h, payloadOf(t, "Events", all[4:]...), nothingFailed)
	if d := cmp.Diff(eventFigures, c.figures()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Ensures that visitors are noted of a batch that is folded in part too: what lies before the record where it resumes does not
// come again.
func TestVisitorsOfWhatIsFolded(t *testing.T) {
	h, c, _ := setup()
	c.before = func(d kpi.Delta) error {
		if d.Value == "spun_wheel" {
			return errStore
		}
		return nil
	}
	invoke(t, h, fixture(t, "events.json"), `{"batchItemFailures":[{"itemIdentifier":"4421584500000000017450439017"}],"state":{}}`)
	if len(c.sketches) != 2 {
		t.Errorf("%d items of visitors, want those of the visit's hour and day", len(c.sketches))
	}
}

// Ensures that counters that take too long leave time for the visitors and the answer, so that the next call goes on where this
// one ended.
func TestSlowCountersLeaveTime(t *testing.T) {
	h, c, _ := setup()
	c.slow = func(ctx context.Context, d kpi.Delta) {
		if d.Value == "spun_wheel" {
			<-ctx.Done()
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), kpi.Margin+2*time.Second)
	defer cancel()
	answer, err := h.Invoke(ctx, fixture(t, "events.json"))
	if want := `{"batchItemFailures":[{"itemIdentifier":"4421584500000000017450439017"}],"state":{}}`; err != nil || string(answer) != want {
		t.Fatalf("got %s, %v; want %s", answer, err, want)
	}
	if len(c.sketches) != 2 || ctx.Err() != nil {
		t.Errorf("%d items of visitors, want those of the visit's hour and day; %v", len(c.sketches), ctx.Err())
	}
}

// Ensures that the second of two who remove an item at once, of which an engine tells without an image, counts nothing and is kept
// nowhere: the item's key may be an erased id. Of a stream without both images it is kept, as all its records are.
func TestRemovedTwice(t *testing.T) {
	for view, kept := range map[string]int{"NEW_AND_OLD_IMAGES": 0, "KEYS_ONLY": 1} {
		h, c, k := setup()
		gone := fmt.Sprintf(`{"eventName":"REMOVE","dynamodb":{"Keys":{"pk":{"S":"default#ID#U#u"},"sk":{"S":"L"}},"SequenceNumber":"7","StreamViewType":%q}}`, view)
		invoke(t, h, payloadOf(t, "Journeys", json.RawMessage(gone)), nothingFailed)
		if len(c.figures()) != 0 || len(k.kept) != kept {
			t.Errorf("%s: %v, %d kept, want %d", view, c.figures(), len(k.kept), kept)
		}
	}
}

// Ensures that a batch of which nothing is in fails as a whole, so that the Errors metric sees it, and that a lost reply
// is found fenced when it comes again.
func TestFailsAtTheStart(t *testing.T) {
	h, c, _ := setup()
	c.after = func(kpi.Delta) error { return errStore }
	if answer, err := h.Invoke(context.Background(), fixture(t, "events.json")); !errors.Is(err, errStore) {
		t.Fatalf("got %s, %v; want the store's error", answer, err)
	}
	c.after = nil
	invoke(t, h, fixture(t, "events.json"), nothingFailed)
	if d := cmp.Diff(eventFigures, c.figures()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Ensures that batches that come again after later ones change nothing.
func TestRedeliveredOutOfOrder(t *testing.T) {
	h, c, _ := setup()
	all := records(t, fixture(t, "events.json"))
	for _, part := range [][]any{all[:3], all[3:], all[1:4], all[:3], all[3:], all} {
		invoke(t, h, payloadOf(t, "Events", part...), nothingFailed)
	}
	if d := cmp.Diff(eventFigures, c.figures()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Ensures that a window's last call, without records, is answered as Lambda wants it.
func TestFinalCall(t *testing.T) {
	h, c, _ := setup()
	invoke(t, h, fixture(t, "final.json"), nothingFailed)
	if c.writes != 0 {
		t.Errorf("got %d writes", c.writes)
	}
}

// Ensures that records that cannot be read are kept aside with key and bytes and block nothing.
func TestUnreadable(t *testing.T) {
	h, c, k := setup()
	all := records(t, fixture(t, "events.json"))
	image := func(attrs map[string]any) map[string]any {
		attrs["pk"], attrs["sk"] = map[string]string{"S": "shop#A#v1"}, map[string]string{"S": "T#x"}
		return attrs
	}
	broken := []any{
		insert("4421584500000000017450439001", image(map[string]any{"type": map[string]any{"S": "visit"}})),
		insert("4421584500000000017450439002", image(map[string]any{"time": map[string]any{"N": 5}})),
		insert("none", image(map[string]any{})),
		map[string]any{"eventName": "INSERT", "dynamodb": map[string]any{"SequenceNumber": "4421584500000000017450439003"}},
		"nonsense",
	}
	invoke(t, h, payloadOf(t, "Events", append(broken, all...)...), nothingFailed)
	if d := cmp.Diff(eventFigures, c.figures()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if len(k.kept) != len(broken) {
		t.Fatalf("set aside: got %d, want %d: %+v", len(k.kept), len(broken), k.kept)
	}
	for i, q := range k.kept {
		raw, err := json.Marshal(broken[i])
		if err != nil {
			t.Fatal(err)
		}
		written := int64(1767225601000)
		if i > 2 { // it does not tell, so it is now
			written = 1767225700000
		}
		if q.Raw != string(raw) || q.Code != "unreadable_record" || q.Door != "kpi" || q.Message == "" || q.ID == "" || q.Received != written {
			t.Errorf("record %d: kept %+v", i, q)
		}
	}
	if got, want := k.kept[0].EventID, `{"pk":{"S":"shop#A#v1"},"sk":{"S":"T#x"}}`; got != want {
		t.Errorf("key: got %s, want %s", got, want)
	}
}

// Ensures that moves that cannot be read are kept aside too.
func TestUnreadableMoves(t *testing.T) {
	h, _, k := setup()
	payload := bytes.ReplaceAll(fixture(t, "journeys.json"), []byte(`c=1`), []byte(`c=one`))
	invoke(t, h, payload, nothingFailed)
	if len(k.kept) != 4 {
		t.Errorf("set aside: got %d, want 4", len(k.kept))
	}
}

// Ensures that what cannot even be kept aside comes again: nothing is passed silently.
func TestUnreadableAndNowhereToKeep(t *testing.T) {
	h, c, k := setup()
	k.fail = errStore
	if _, err := h.Invoke(context.Background(), payloadOf(t, "Events", "nonsense")); !errors.Is(err, errStore) {
		t.Errorf("got %v, want the store's error", err)
	}
	if c.writes != 0 {
		t.Errorf("got %d writes", c.writes)
	}
}

// Ensures that a write that DynamoDB refuses for good is kept aside and the batch goes on.
func TestRefusedForGood(t *testing.T) {
	h, c, k := setup()
	c.before = func(d kpi.Delta) error {
		if d.Value == "spring" {
			return fmt.Errorf("too long: %w", kpi.ErrRefused)
		}
		return nil
	}
	invoke(t, h, fixture(t, "events.json"), nothingFailed)
	if len(k.kept) != 1 || k.kept[0].Code != "refused_write" || k.kept[0].Site != "shop" || !strings.Contains(k.kept[0].Raw, `"spring"`) {
		t.Errorf("kept %+v", k.kept)
	}
}

// Ensures that a wiring that would count wrongly is an error that says what to set.
func TestMiswired(t *testing.T) {
	h, c, _ := setup()
	one := records(t, fixture(t, "events.json"))[:1]
	for name, payload := range map[string][]byte{
		"another table": payloadOf(t, "Config", one...),
		"no shard id":   bytes.Replace(payloadOf(t, "Events", one...), []byte(`"shardId"`), []byte(`"shard"`), 1),
		"no JSON":       []byte(`{"Records":[`),
		"no payload":    nil,
	} {
		if answer, err := h.Invoke(context.Background(), payload); err == nil {
			t.Errorf("%s: got %s, want an error", name, answer)
		}
	}
	if c.writes != 0 {
		t.Errorf("got %d writes", c.writes)
	}
}

// Ensures that a function without the tables' names does not start: it could not tell its streams apart.
func TestWire(t *testing.T) {
	env := map[string]string{"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s", "EVENTS_TABLE": "Events"}
	getenv := func(name string) string { return env[name] }
	if _, err := wire(getenv, time.Now); err == nil || !strings.Contains(err.Error(), "JOURNEYS_TABLE") {
		t.Errorf("got %v, want an error that names what to set", err)
	}
	env["JOURNEYS_TABLE"] = "Journeys"
	if h, err := wire(getenv, time.Now); err != nil || h.events != "Events" || h.journeys != "Journeys" {
		t.Errorf("got %+v, %v", h, err)
	}
	delete(env, "AWS_REGION")
	if _, err := wire(getenv, time.Now); err == nil {
		t.Error("no region: want an error")
	}
}

// Ensures that the latest events are noted newest first, once each, merged with what the lane held before this process,
// and that a list that cannot be written fails nothing.
func TestLatest(t *testing.T) {
	h, c, _ := setup()
	old := store.Latest{Received: 1, Home: "A#old", SortKey: "X#old"}
	c.recent = map[string][]store.Latest{"shop": {old}}
	for range 2 {
		invoke(t, h, fixture(t, "events.json"), nothingFailed)
	}
	want := []store.Latest{
		{Received: 1767225607500, Home: "A#v1", SortKey: "X#e7"},
		{Received: 1767225604500, SortKey: "X#e4"},
		{Received: 1767225603500, Home: "A#v1", SortKey: "T#e3"},
		{Received: 1767225602500, Home: "A#b1", SortKey: "T#e2"},
		{Received: 1767225601500, Home: "A#v1", SortKey: "T#e1"},
		old,
	}
	ignoreShard := cmpopts.IgnoreFields(store.Latest{}, "Home")
	if d := cmp.Diff(want[2:], c.recent["shop"][2:]); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := cmp.Diff(want[:2], c.recent["shop"][:2], ignoreShard); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	c.recentFails = errStore
	invoke(t, h, fixture(t, "events.json"), nothingFailed)
}

// Ensures that a process that takes a shard back does not write over what another noted meanwhile.
func TestLatestOfTwoProcesses(t *testing.T) {
	first, c, _ := setup()
	invoke(t, first, fixture(t, "events.json"), nothingFailed)
	meanwhile := store.Latest{Received: 1767225609999, Home: "A#other", SortKey: "T#other"}
	c.recent["shop"] = append([]store.Latest{meanwhile}, c.recent["shop"]...)
	invoke(t, first, fixture(t, "events.json"), nothingFailed)
	if got := c.recent["shop"]; len(got) == 0 || got[0] != meanwhile {
		t.Errorf("the list is %v; what another process noted is gone", got)
	}
}

func TestNewest(t *testing.T) {
	var list []store.Latest
	for i := range 3 * latestEvents {
		list = append(list, store.Latest{Received: int64(i), Home: "A#v", SortKey: fmt.Sprint(i % (2 * latestEvents))})
	}
	got := store.Newest(list, latestEvents)
	if len(got) != latestEvents || got[0].Received != 3*latestEvents-1 || got[latestEvents-1].Received != 2*latestEvents {
		t.Errorf("got %d from %d to %d", len(got), got[0].Received, got[len(got)-1].Received)
	}
}

// Ensures that what a rebuild writes of a record counts nothing, as its recount does that, and that whoever changes the record later
// counts the difference.
func TestWhatARebuildMadeIsNotCounted(t *testing.T) {
	image := func(gross int, marked bool) string {
		mark := ""
		if marked {
			mark = `"uncounted":{"N":"1"},`
		}
		return fmt.Sprintf(`{"pk":{"S":"shop#conversion#O#o"},"sk":{"S":"record"},%s"moves":{"S":"shop\t2026-01-01T00\tgoal\tpurchase\t\tg=%d"}}`, mark, gross)
	}
	for _, c := range []struct {
		name, op, old, now string
		want               []string
	}{
		{"made", "INSERT", "null", image(10, true), nil},
		{"made complete", "MODIFY", image(10, true), image(30, true), nil},
		{"changed by others", "MODIFY", image(30, true), image(20, false), []string{"goal purchase/ 2026-01-01T00 revenue_gross_minor=-10"}},
		{"what stood before", "MODIFY", image(30, false), image(20, true), []string{"goal purchase/ 2026-01-01T00 revenue_gross_minor=-10"}},
		{"made by others", "INSERT", "null", image(10, false), []string{"goal purchase/ 2026-01-01T00 revenue_gross_minor=10"}},
	} {
		h, f, _ := setup()
		record := fmt.Sprintf(`{"eventName":%q,"dynamodb":{"ApproximateCreationDateTime":1767225601,"SequenceNumber":"4421584500000000017450439021","Keys":{"pk":{"S":"shop#conversion#O#o"},"sk":{"S":"record"}},"OldImage":%s,"NewImage":%s},"eventSourceARN":"arn:aws:dynamodb:eu-central-1:1:table/Journeys/stream/1"}`, c.op, c.old, c.now)
		invoke(t, h, fmt.Appendf(nil, `{"shardId":"s1","eventSourceARN":"arn:aws:dynamodb:eu-central-1:1:table/Journeys/stream/1","Records":[%s]}`, record), nothingFailed)
		if d := cmp.Diff(c.want, f.figures()); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}
