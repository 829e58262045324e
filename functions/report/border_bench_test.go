package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"tributary/shared/attribution"
	"tributary/shared/journey"
	"tributary/shared/report"
	"tributary/shared/report/rows"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// table is a DynamoDB that answers at once: an index of n conversions of 5.5 touches each, and the items that are asked for.
type table struct {
	n      int
	bodies []string // 1,000 different ones, as they lie in JSON
}

func newTable(n int) *table {
	t := &table{n: n}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 1000 {
		c := journey.Conversion{
			Order: fmt.Sprint("order-", i), Time: at("2026-03-01T12:00:00Z"), Goal: "purchase", Primary: true, Counts: 1, NetCount: 1, Orders: 1, NetOrders: 1,
			Value: int64(1000 + i), Net: int64(1000 + i), Currency: "USD", Person: fmt.Sprint("U#user-", i), Number: 1, Model: attribution.LastTouch,
		}
		for k := range 1 + i%10 {
			c.Touches = append(c.Touches, journey.Touch{
				ID: fmt.Sprintf("01JCXYZ0000000000000%06d", i*10+k), Time: c.Time - int64(10-k)*attribution.Day, Channel: fmt.Sprint("Channel ", random.IntN(12)),
				Campaign: fmt.Sprint("campaign-", (i+k)%40), Source: "google", Medium: "cpc", Page: "https://shop.example/landing",
			})
		}
		body, err := json.Marshal(c)
		if err != nil {
			panic(err)
		}
		t.bodies = append(t.bodies, strconv.Quote(string(body)))
	}
	return t
}

func (t *table) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	target := r.Header.Get("X-Amz-Target")
	var out strings.Builder
	switch {
	case strings.HasSuffix(target, ".BatchGetItem"):
		t.batch(&out, string(body))
	case strings.HasSuffix(target, ".Query") && strings.Contains(string(body), `"IndexName"`):
		t.page(&out, string(body))
	default:
		out.WriteString(`{"Items":[],"Count":0}`)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("Content-Length", strconv.Itoa(out.Len()))
	io.WriteString(w, out.String())
}

// pageKeys is how many keys of this size fit into 1 MB.
const pageKeys = 6000

func (t *table) page(out *strings.Builder, body string) {
	first := 0
	if _, rest, ok := strings.Cut(body, `"ExclusiveStartKey":{"pk":{"S":"k`); ok {
		first, _ = strconv.Atoi(rest[:strings.IndexByte(rest, '"')])
		first++
	}
	out.WriteString(`{"Items":[`)
	end := min(first+pageKeys, t.n)
	for i := first; i < end; i++ {
		if i > first {
			out.WriteByte(',')
		}
		fmt.Fprintf(out, `{"pk":{"S":"k%d"},"sk":{"S":"record"},"gpk":{"S":"default#conversion#2026-03-01#0"},"gsk":{"S":"1772366400000#O#%d"}}`, i, i)
	}
	out.WriteString(`]`)
	if end < t.n {
		fmt.Fprintf(out, `,"LastEvaluatedKey":{"pk":{"S":"k%d"}}`, end-1)
	}
	out.WriteString(`}`)
}

func (t *table) batch(out *strings.Builder, body string) {
	out.WriteString(`{"Responses":{"journeys":[`)
	for n := 0; ; n++ {
		_, rest, ok := strings.Cut(body, `"pk":{"S":"k`)
		if !ok {
			break
		}
		body = rest
		i, _ := strconv.Atoi(rest[:strings.IndexByte(rest, '"')])
		if n > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(out, `{"pk":{"S":"k%d"},"sk":{"S":"record"},"rev":{"N":"1"},"node":{"S":"O#%d"},"digest":{"S":"d"},"gsk":{"S":"1772366400000#O#%d"},"body":{"S":%s}}`,
			i, i, i, t.bodies[i%len(t.bodies)])
	}
	out.WriteString(`]},"UnprocessedKeys":{}}`)
}

// BenchmarkBorder reads and folds one slice of b.N conversions as the function does: DynamoDB's answers are decoded by the SDK,
// the records by journey, credit is split under every rule model, credits.parquet is written. It reports the processor's time, which a busy machine does not
// change (an eighth of it is the table's that answers), and the most memory that the process took: on these the constant
// border rests.
//
//	GOMEMLIMIT=900MiB go test ./functions/report -run '^$' -bench Border -cpu 1 -benchtime 200000x
func BenchmarkBorder(b *testing.B) {
	server := httptest.NewServer(newTable(b.N))
	defer server.Close()
	env := map[string]string{
		"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL_DYNAMODB": server.URL,
		"EVENTS_TABLE": "events", "KPIS_TABLE": "kpis", "JOURNEYS_TABLE": "journeys", "CONFIG_TABLE": "config", "QUARANTINE_TABLE": "quarantine",
	}
	st, err := store.Open(func(name string) string { return env[name] })
	if err != nil {
		b.Fatal(err)
	}
	t := newTables(st, nil, time.Now)
	site := settings.DefaultSite("default")
	p, err := report.PeriodOf(report.Daily, "2026-03-01", time.UTC)
	if err != nil {
		b.Fatal(err)
	}
	head, err := t.Head(b.Context(), site, p)
	if err != nil {
		b.Fatal(err)
	}
	from, to, err := p.Bounds()
	if err != nil {
		b.Fatal(err)
	}
	cpu := ticks(b)
	files, err := rows.New(b.TempDir(), &head, 1)
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	part, err := t.Fold(b.Context(), site, head, slice{from, to, 0}, files.Add)
	if err != nil {
		b.Fatal(err)
	}
	written, err := files.Close()
	if err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	b.ReportMetric(float64(written[0].Size)/float64(b.N), "bytes-of-parquet/op")
	if part.Conversions() != int64(b.N) {
		b.Fatalf("%d conversions were folded of %d", part.Conversions(), b.N)
	}
	b.ReportMetric(float64(ticks(b)-cpu)*10_000/float64(b.N), "µs-of-CPU/op")
	b.ReportMetric(float64(peak(b))/1024, "MB-resident-at-most")
}

// ticks is the processor's time of this process, in hundredths of a second; 0 where the system does not tell.
func ticks(b *testing.B) int {
	b.Helper()
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return user + system
}

// peak is the most that the process held, in KiB; 0 where the system does not tell.
func peak(b *testing.B) int {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	n, _ := strconv.Atoi(strings.Fields(rest + " 0")[0])
	return n
}
