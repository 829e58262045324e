package demo

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tributary/local/send"
)

// door answers as Tributary does and keeps what it was told, call by call.
type door struct {
	calls  []string
	events int
	slots  map[string]bool                                    // live visitors
	answer func(path string, n int) (status int, body string) // nil: all is taken
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Events []struct {
			Type, ID string
		}
	}
	_ = json.NewDecoder(r.Body).Decode(&in) // webhooks are no batch
	d.calls = append(d.calls, r.Method+" "+r.URL.Path)
	d.events += len(in.Events)
	for _, e := range in.Events {
		if d.slots != nil && e.Type == "visit" && strings.HasPrefix(e.ID, "x-live-") {
			d.slots[e.ID] = true
		}
	}
	if d.answer != nil {
		status, body := d.answer(r.URL.Path, len(d.calls))
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
		return
	}
	_, _ = w.Write([]byte(`{"accepted":1,"rejected":[]}`))
}

// play plays to d from noon, on a clock that only sleeping moves.
func play(t *testing.T, d *door, limit int, slept func(n int) (time.Duration, error)) (*Player, time.Duration, error) {
	t.Helper()
	server := httptest.NewServer(d)
	defer server.Close()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	noon := day.Add(12 * time.Hour)
	clock, n := noon, 0
	p := &Player{
		Story: Story{Seed: "x", Visitors: 10}, Days: 2, Limit: limit, Now: func() time.Time { return clock },
		Sleep: func(_ context.Context, d time.Duration) error {
			n++
			jump, err := slept(n)
			clock = clock.Add(d + jump)
			return err
		},
		Sender: &send.Sender{URL: server.URL, Key: "k", Root: root, Site: Site, Client: server.Client(), Now: time.Now},
	}
	err = p.Play(t.Context())
	return p, clock.Sub(noon), err
}

func goOn(int) (time.Duration, error) { return 0, nil }

// TestPlay ensures that history is told before anything waits, and that playing ends at its limit.
func TestPlay(t *testing.T) {
	d := &door{}
	p, live, err := play(t, d, 1_000, goOn)
	if err != nil || p.Played.Steps != 1_000 || d.events+p.Played.Hooks != 1_000 {
		t.Errorf("got %+v, %d events, %v", p.Played, d.events, err)
	}
	if live < time.Minute || live > 20*time.Minute {
		t.Errorf("it was live for %v", live)
	}
}

// TestStops ensures that playing ends with what sleeping says, such as the end of the runner.
func TestStops(t *testing.T) {
	stop := errors.New("stop")
	_, live, err := play(t, &door{}, 1_000_000, func(n int) (time.Duration, error) {
		if n == 5 {
			return 0, stop
		}
		return 0, nil
	})
	if !errors.Is(err, stop) || live != 5*Tick {
		t.Errorf("got %v after %v", err, live)
	}
}

// TestRefused ensures that a fault of the other side is tried again a few times, and a refusal ends the play and is told.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(path string, n int) (int, string)
		calls  int // to the keyed door
		says   string
	}{
		{"always busy", func(string, int) (int, string) { return 503, "busy" }, attempts, "503 busy"},
		{"one event refused", func(string, int) (int, string) { return 202, `{"accepted":99,"rejected":[{"code":"bad"}]}` }, 1, "bad"},
		{"kept aside", func(string, int) (int, string) { return 200, `{"accepted":0,"kept":{"code":"unreadable"}}` }, 1, "unreadable"},
		{"unauthorized", func(string, int) (int, string) { return 401, "who?" }, 1, "401 who?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			calls := 0
			d := &door{answer: func(path string, n int) (int, string) {
				if path != "/v1/events" && !strings.HasPrefix(path, "/hooks/") {
					return 200, "{}"
				}
				calls++
				return c.answer(path, n)
			}}
			if _, _, err := play(t, d, 1_000, goOn); err == nil || !strings.Contains(err.Error(), c.says) || calls != c.calls {
				t.Errorf("got %v after %d calls, want %q after %d", err, calls, c.says, c.calls)
			}
		})
	}
}

// TestSettings ensures that what a user changed of the demo's site stays: only what is missing is made.
func TestSettings(t *testing.T) {
	d := &door{answer: func(path string, _ int) (int, string) {
		if path == "/v1/campaigns/friends" {
			return 404, ""
		}
		return 200, `{"accepted":1}`
	}}
	_, _, err := play(t, d, 1, goOn)
	if err == nil || !strings.Contains(err.Error(), "friends") {
		t.Errorf("got %v, want that friends cannot be made", err)
	}
	for _, c := range d.calls {
		if strings.HasPrefix(c, "PUT ") && c != "PUT /v1/campaigns/friends" {
			t.Error(c)
		}
	}
}

// TestSleptLaptop ensures that after hours without the processor the play goes on with the present, not with all it missed.
func TestSleptLaptop(t *testing.T) {
	d, enough := &door{slots: map[string]bool{}}, errors.New("enough")
	_, _, err := play(t, d, 1_000_000, func(n int) (time.Duration, error) {
		switch n {
		case 3:
			return 5 * time.Hour, nil
		case 10:
			return 0, enough
		}
		return 0, nil
	})
	if most := int(catchUp/SlotLength) + 10; !errors.Is(err, enough) || len(d.slots) < 20 || len(d.slots) > most {
		t.Errorf("%d visitors came, want at most %d: %v", len(d.slots), most, err)
	}
}
