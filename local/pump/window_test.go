package pump_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tributary/local/template"
)

func windowed() template.Stream {
	c := config()
	c.Tumbling, c.BatchSize = 5*time.Second, 100
	return c
}

// windows is the calls so far with their window's start in seconds after epoch, their state and whether they are final.
func (c *consumer) windows() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []string
	for _, b := range c.calls {
		text := fmt.Sprintf("%s@%d%s", b, int(b.Window.Start.Sub(epoch).Seconds()), b.State)
		if b.Final {
			text += "!"
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestTumblingWindowsHandOnStateAndEnd(t *testing.T) {
	w, s, f := newWorld(t), newStream("s1"), &consumer{}
	s.put("s1", 3, 6) // 3 and 4 lie in the first five seconds, 5 and 6 in the next
	w.run(s, f, windowed())
	w.settle()
	if got, want := f.windows(), `s1[3 4]@0{} s1[]@0{"n":1}! s1[5 6]@5{}`; got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
	if got := f.calls[0].Window.End.Sub(f.calls[0].Window.Start); got != 5*time.Second {
		t.Errorf("the window is %s long", got)
	}
	w.kill()
	w.reset()
	s.put("s1", 7, 7)
	w.run(s, f, windowed())
	w.settle()
	if got, want := f.windows(), `s1[7]@5{"n":3}`; !strings.HasSuffix(got, want) {
		t.Fatalf("after a restart in the window got %s, want …%s", got, want)
	}
	w.advance(12 * time.Second)
	if !eventually(func() bool { return strings.HasSuffix(f.windows(), `s1[]@5{"n":4}!`) }) {
		t.Errorf("at the window's end got %s", f.windows())
	}
}

func TestAnswerWithoutStateIsAFailure(t *testing.T) {
	for _, answer := range []string{`{}`, `{"state":null}`, `null`, `[]`, `{"batchItemFailures":[]}`} {
		w, s := newWorld(t), newStream("s1")
		f := &consumer{answer: func(n int, _ batch) (string, bool) {
			if n == 0 {
				return answer, false
			}
			return `{"state":{}}`, false
		}}
		s.put("s1", 1, 2)
		w.run(s, f, windowed())
		w.settle()
		if got, want := f.seen(), "s1[1 2] s1[1 2]"; got != want {
			t.Errorf("%s: got %s, want %s", answer, got, want)
		}
		w.kill()
	}
}

func TestPartialFailureInAWindowResumes(t *testing.T) {
	w, s := newWorld(t), newStream("s1")
	f := &consumer{answer: func(n int, _ batch) (string, bool) {
		if n == 0 {
			return `{"state":{"a":1},"batchItemFailures":[{"itemIdentifier":"2"}]}`, false
		}
		return `{"state":{}}`, false
	}}
	s.put("s1", 1, 3)
	w.run(s, f, windowed())
	w.settle()
	if got, want := f.windows(), `s1[1 2 3]@0{} s1[2 3]@0{"a":1}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFinalCallThatFailsComesAgain(t *testing.T) {
	w, s := newWorld(t), newStream("s1")
	f := &consumer{answer: func(n int, b batch) (string, bool) { return `{"state":{}}`, b.Final && n == 1 }}
	s.put("s1", 4, 5)
	w.run(s, f, windowed())
	w.settle()
	if got, want := f.seen(), "s1[4] s1[] s1[] s1[5]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestStateOverAMegabyteEndsTheWindowEarly(t *testing.T) {
	w, s := newWorld(t), newStream("s1")
	f := &consumer{answer: func(n int, b batch) (string, bool) {
		if n == 0 {
			return `{"state":{"x":"` + strings.Repeat("x", 1<<20) + `"}}`, false
		}
		return `{"state":{}}`, false
	}}
	s.put("s1", 1, 1)
	w.run(s, f, windowed())
	w.settle()
	if !eventually(func() bool { return f.seen() == "s1[1] s1[]" }) || !f.calls[1].Early || !f.calls[1].Final {
		t.Errorf("got %s", f.seen())
	}
}

func TestRecordsDatedBackStayInTheOpenWindow(t *testing.T) {
	w, s, f := newWorld(t), newStream("s1"), &consumer{}
	s.put("s1", 6, 6)
	s.put("s1", 2, 2)
	w.run(s, f, windowed())
	w.settle()
	if got, want := f.windows(), `s1[6 2]@5{}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
