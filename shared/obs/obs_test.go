package obs

import (
	"bytes"
	"encoding/json"
	"log"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func env(level string) func(string) string {
	return func(name string) string { return map[string]string{"AWS_LAMBDA_LOG_LEVEL": level}[name] }
}

func TestCountWritesAnEmbeddedMetric(t *testing.T) {
	var out bytes.Buffer
	Count(t.Context(), New(&out, env("")), "refused", 3, "door", "pixel")
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, &out)
	}
	aws := line["_aws"].(map[string]any)
	if ms, ok := aws["Timestamp"].(float64); !ok || ms < 1.7e12 {
		t.Errorf("Timestamp is %v, want milliseconds", aws["Timestamp"])
	}
	want := []any{map[string]any{
		"Namespace": "Tributary", "Dimensions": []any{[]any{"door"}}, "Metrics": []any{map[string]any{"Name": "refused", "Unit": "Count"}},
	}}
	if diff := cmp.Diff(want, aws["CloudWatchMetrics"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if line["door"] != "pixel" || line["refused"] != 3.0 {
		t.Errorf("the line lacks the dimension's or the metric's value: %s", &out)
	}
}

func TestCountOfNothingWritesNothing(t *testing.T) {
	var out bytes.Buffer
	if Count(t.Context(), New(&out, env("")), "refused", 0, "door", "pixel"); out.Len() > 0 {
		t.Errorf("got %s", &out)
	}
}

func TestLevels(t *testing.T) {
	for _, c := range []struct{ name, level, want string }{
		{"INFO is the default", "", "info,warn"},
		{"the function's setting is kept", "WARN", "warn"},
		{"an unknown level is INFO", "TRACE", "info,warn"},
	} {
		var out bytes.Buffer
		l := New(&out, env(c.level))
		l.Debug("debug")
		l.Info("info")
		l.Warn("warn")
		var got []string
		for line := range strings.Lines(out.String()) {
			var m map[string]any
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				t.Fatal(err)
			}
			got = append(got, m["msg"].(string))
		}
		if strings.Join(got, ",") != c.want {
			t.Errorf("%s: got %v, want %s", c.name, got, c.want)
		}
	}
}

func TestTheRuntimesOwnFailuresAreErrors(t *testing.T) {
	var out bytes.Buffer
	New(&out, env(""))
	log.Print("the runtime says so")
	if !strings.Contains(out.String(), `"level":"ERROR"`) {
		t.Errorf("package log writes %s, want level ERROR", &out)
	}
}
