package agent

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"tributary/shared/event"
)

// example is an agent out of testdata, and whether npm's isbot takes it for a bot.
type example struct {
	agent string
	isbot bool
}

func examples(t testing.TB, name string) []example {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var list []example
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		agent, err := strconv.Unquote(`"` + line[1:] + `"`)
		if err != nil {
			t.Fatalf("%s: %q: %v", name, line, err)
		}
		list = append(list, example{agent, line[0] == '+'})
	}
	return list
}

// TestCrawlers ensures that at least 99 % of the examples of crawler-user-agents are no people, and all of them that isbot, a
// second opinion with patterns of its own, knows.
func TestCrawlers(t *testing.T) {
	list, missed := examples(t, "crawlers.txt"), 0
	if len(list) < 2000 {
		t.Fatalf("%d examples", len(list))
	}
	for _, e := range list {
		if class, _ := Judge(map[string]string{"user-agent": e.agent}); class == event.AgentHuman {
			missed++
			t.Logf("taken for a person: %s", e.agent)
			if e.isbot {
				t.Errorf("isbot knows %s", e.agent)
			}
		}
	}
	if missed*100 > len(list) {
		t.Errorf("%d of %d are taken for people, more than 1 %%", missed, len(list))
	}
	t.Logf("%d of %d are taken for people", missed, len(list))
}

// TestBrowsers ensures that no browser of a sample of real traffic is taken for a machine; isbot takes none of them for a bot.
func TestBrowsers(t *testing.T) {
	list := examples(t, "browsers.txt")
	if len(list) < 400 {
		t.Fatalf("%d examples", len(list))
	}
	for _, e := range list {
		if class, reason := Judge(map[string]string{"user-agent": e.agent}); class != event.AgentHuman || e.isbot {
			t.Errorf("%s (%s): %s", class, reason, e.agent)
		}
	}
}

// TestJudgeAllocatesNothing ensures that the whole sample is judged without a byte from the heap.
func TestJudgeAllocatesNothing(t *testing.T) {
	list := append(examples(t, "browsers.txt"), examples(t, "crawlers.txt")...)
	headers := map[string]string{}
	if n := testing.AllocsPerRun(1, func() {
		for _, e := range list {
			headers["user-agent"] = e.agent
			Judge(headers)
		}
	}); n > 0 {
		t.Errorf("%v allocations for %d agents", n, len(list))
	}
}

// BenchmarkBrowsers and BenchmarkCrawlers judge each of the samples in turn.
func BenchmarkBrowsers(b *testing.B) { benchmark(b, "browsers.txt") }
func BenchmarkCrawlers(b *testing.B) { benchmark(b, "crawlers.txt") }

func benchmark(b *testing.B, name string) {
	list, headers := examples(b, name), map[string]string{}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		headers["user-agent"] = list[i%len(list)].agent
		Judge(headers)
	}
}

// FuzzJudge ensures that no agent is too strange to be judged, and that a reason stands with whatever is no person.
func FuzzJudge(f *testing.F) {
	f.Add("Mozilla/5.0", "")
	f.Add("cubot bot", "prefetch")
	f.Add(strings.Repeat("b", maxAgent)+"ot", "")
	f.Fuzz(func(t *testing.T, ua, purpose string) {
		class, reason := Judge(map[string]string{"user-agent": ua, "sec-purpose": purpose})
		if (class == event.AgentHuman) != (reason == "") {
			t.Fatalf("%q: %s because of %q", ua, class, reason)
		}
	})
}
