package main_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var outageFor = flag.Duration("outage", 5*time.Second, "how long TestOutage takes the engine away")

// TestOutage ensures that nothing is lost and nothing counted twice when DynamoDB goes away in the middle of a load: for half
// the time it does not answer (its process is stopped), for the other half nobody listens. Every pixel, batch and retry is
// answered as ever, and after redrive the figures are those of the ids that were sent.
func TestOutage(t *testing.T) {
	endpoint, pid := startEngineProcess(t)
	line := cutLine(t, endpoint)
	s := startStack(t, "", []string{"AWS_ENDPOINT_URL_DYNAMODB=" + line.URL})
	var issued struct{ Secret string }
	s.must(t, http.MethodPut, "/v1/keys/outage", nil, &issued)
	l := &load{t: t, s: s, key: issued.Secret, stop: make(chan struct{})}
	l.start()
	time.Sleep(2 * time.Second) // the load's, not a wait for anything
	signalTree(pid, syscall.SIGSTOP)
	time.Sleep(*outageFor / 2)
	line.Cut()
	signalTree(pid, syscall.SIGCONT)
	time.Sleep(*outageFor / 2)
	during := l.sent()
	line.Mend()
	time.Sleep(2 * time.Second)
	l.end()
	first := l.redrive()
	s.idleWithin(t, 2*time.Minute+10**outageFor)
	if again := l.redrive(); again.Stored+again.Duplicates+again.Refused > 0 {
		t.Errorf("a second run found %+v", again)
	}
	t.Logf("%d events sent, %d before the end of the outage, slowest answer %v; redrive: %+v", l.sent(), during, time.Duration(l.slowest.Load()).Round(time.Millisecond), first)
	if first.Stored == 0 || first.Refused > 0 || first.Unreadable > 0 {
		t.Errorf("redrive: %+v; want what the outage kept from the table", first)
	}
	l.compare()
}

// load is senders at the three doors, each event with an id of its own, and some sent twice.
type load struct {
	t       *testing.T
	s       *stack
	key     string
	stop    chan struct{}
	running sync.WaitGroup
	client  http.Client

	pixels, leads, orders atomic.Int64
	slowest               atomic.Int64
}

func (l *load) sent() int64 { return l.pixels.Load() + l.leads.Load() + l.orders.Load() }

// start runs two pixels, one tracker and one server, some hundred events a second in all.
func (l *load) start() {
	for range 2 {
		l.every(20*time.Millisecond, l.pixel)
	}
	l.every(100*time.Millisecond, l.tracker)
	l.every(100*time.Millisecond, l.server)
}

func (l *load) end() {
	close(l.stop)
	l.running.Wait()
}

func (l *load) every(d time.Duration, do func()) {
	l.running.Go(func() {
		tick := time.NewTicker(d)
		defer tick.Stop()
		for {
			select {
			case <-l.stop:
				return
			case <-tick.C:
				do()
			}
		}
	})
}

// pixel sends one visit; every tenth again, as a page does that is loaded twice.
func (l *load) pixel() {
	n := l.pixels.Add(1)
	query := fmt.Sprintf("/p.gif?e=visit&id=p-%d&v=a-%d&c=spring&ch=Display", n, n%40)
	times := 1
	if n%10 == 0 {
		times = 2
	}
	for range times {
		status, body, verdict := l.do(http.MethodGet, query, "", "")
		if status != 200 || len(body) != 43 || verdict != "accepted" && verdict != "duplicate" {
			l.t.Errorf("pixel %d: %d, %d bytes, X-Tributary %q", n, status, len(body), verdict)
		}
	}
}

// tracker sends five leads as one beacon.
func (l *load) tracker() {
	var events []string
	for range 5 {
		n := l.leads.Add(1)
		events = append(events, fmt.Sprintf(`{"id":"l-%d","type":"lead","anonymous_id":"a-%d"}`, n, n%40))
	}
	l.post("/e", "", events)
}

// server sends five orders, the first two of them again in a second batch; every other time with a key that is stored.
func (l *load) server() {
	var events []string
	for range 5 {
		n := l.orders.Add(1)
		events = append(events, fmt.Sprintf(`{"id":"c-%d","type":"conversion","order_id":"o-%d","user_id":"u-%d","value":"%d.%02d","currency":"USD"}`, n, n, n%20, n, n%100))
	}
	key := l.s.Key
	if l.orders.Load()%10 == 0 {
		key = l.key
	}
	l.post("/v1/events", key, events)
	l.post("/v1/events", key, events[:2])
}

func (l *load) post(path, key string, events []string) {
	status, body, _ := l.do(http.MethodPost, path, key, `{"events":[`+strings.Join(events, ",")+`]}`)
	var a struct{ Accepted, Duplicates int }
	if err := json.Unmarshal(body, &a); err != nil || status != 202 || a.Accepted+a.Duplicates != len(events) {
		l.t.Errorf("%s: %d %s, want 202 for %d events", path, status, body, len(events))
	}
}

func (l *load) do(method, path, key, body string) (int, []byte, string) {
	req, err := http.NewRequest(method, l.s.URL+path, strings.NewReader(body))
	if err != nil {
		l.t.Error(err)
		return 0, nil, ""
	}
	req.Header.Set("User-Agent", browser)
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	start := time.Now()
	res, err := l.client.Do(req)
	if err != nil {
		l.t.Error(err)
		return 0, nil, ""
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		l.t.Error(err)
	}
	for took := int64(time.Since(start)); ; {
		if old := l.slowest.Load(); took <= old || l.slowest.CompareAndSwap(old, took) {
			return res.StatusCode, b, res.Header.Get("X-Tributary")
		}
	}
}

// redriven is what redrive answers.
type redriven struct {
	Objects, Stored, Duplicates, Refused, Unreadable, Left int
	More                                                   bool
}

// redrive invokes the function until nothing is left.
func (l *load) redrive() redriven {
	l.t.Helper()
	var all redriven
	for end := time.Now().Add(2*time.Minute + 10**outageFor); time.Now().Before(end); {
		res, err := http.Post(l.s.URL+"/2015-03-31/functions/redrive/invocations", "application/json", bytes.NewReader([]byte(`{}`)))
		if err != nil {
			l.t.Fatal(err)
		}
		var r redriven
		err = json.NewDecoder(res.Body).Decode(&r)
		_ = res.Body.Close()
		if err != nil {
			l.t.Fatal(err)
		}
		all.Objects += r.Objects
		all.Stored += r.Stored
		all.Duplicates += r.Duplicates
		all.Refused += r.Refused
		all.Unreadable += r.Unreadable
		if r.Left == 0 && !r.More {
			return all
		}
	}
	l.t.Fatalf("objects are left:\n%s", l.s.out)
	return all
}

// compare holds the figures against what was sent.
func (l *load) compare() {
	l.t.Helper()
	var cents int64
	for n := int64(1); n <= l.orders.Load(); n++ {
		cents += n*100 + n%100
	}
	var got struct{ Rows []map[string]int64 }
	l.s.must(l.t, http.MethodGet, "/v1/kpis?last=7d&kpis=visits,leads,conversions,revenue_gross_minor", nil, &got)
	want := []map[string]int64{{"visits": l.pixels.Load(), "leads": l.leads.Load(), "conversions": l.orders.Load(), "revenue_gross_minor": cents}}
	if d := cmp.Diff(want, got.Rows); d != "" {
		l.t.Errorf("sent (-), counted (+):\n%s", d)
	}
}

func signalTree(pid int, s syscall.Signal) {
	for _, p := range descendants(pid) {
		_ = syscall.Kill(p, s)
	}
}

// wire carries connections to an address until it is cut.
type wire struct {
	URL    string
	to     string
	listen net.Listener
	mu     sync.Mutex
	cut    bool
	open   map[net.Conn]bool
}

// cutLine puts a wire before an endpoint.
func cutLine(tb testing.TB, endpoint string) *wire {
	tb.Helper()
	u, err := url.Parse(endpoint)
	if err != nil {
		tb.Fatal(err)
	}
	w := &wire{to: u.Host, open: map[net.Conn]bool{}}
	if w.listen, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		tb.Fatal(err)
	}
	w.URL = "http://" + w.listen.Addr().String()
	tb.Cleanup(func() {
		_ = w.listen.Close()
		w.Cut()
	})
	go func() {
		for {
			c, err := w.listen.Accept()
			if err != nil {
				return
			}
			go w.carry(c)
		}
	}()
	return w
}

func (w *wire) carry(c net.Conn) {
	far, err := net.Dial("tcp", w.to)
	if err != nil || !w.add(c, far) {
		_ = c.Close()
		return
	}
	go func() {
		_, _ = io.Copy(far, c)
		_ = far.Close()
	}()
	_, _ = io.Copy(c, far)
	_ = c.Close()
}

// add notes an open connection; false when the wire is cut.
func (w *wire) add(conns ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range conns {
		if w.open[c] = true; w.cut {
			_ = c.Close()
		}
	}
	return !w.cut
}

// Cut breaks every connection and each that comes.
func (w *wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = true
	for c := range w.open {
		_ = c.Close()
	}
	w.open = map[net.Conn]bool{}
}

// Mend lets connections through again.
func (w *wire) Mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = false
}
