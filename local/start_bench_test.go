package main_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	_ "github.com/aws/aws-sdk-go-v2/config" // testdata/sdkconfig needs it, and go mod tidy does not look there
)

// BenchmarkStart measures the time from exec to the first poll of each hot function, against a Lambda that does
// nothing but load the SDK's config and make a client (testdata/sdkconfig). Rounds are interleaved; each metric is the
// ratio of the medians. Limit: 0.5.
func BenchmarkStart(b *testing.B) {
	hot := []string{"pixel", "collect", "kpi"}
	bins := buildStarters(b, hot)
	polled := make(chan time.Time, 1)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case polled <- time.Now():
		default:
		}
		<-r.Context().Done()
	})}
	go func() { _ = srv.Serve(ln) }()
	defer func() { _ = srv.Close() }()

	took := map[string][]time.Duration{}
	for b.Loop() {
		for range 15 {
			for name, bin := range bins {
				took[name] = append(took[name], startOnce(b, bin, ln.Addr().String(), polled))
			}
		}
	}
	base := median(took["sdkconfig"])
	for _, f := range hot {
		b.ReportMetric(float64(median(took[f]))/float64(base), f+"/sdkconfig")
	}
	b.ReportMetric(float64(base.Microseconds())/1000, "sdkconfig-ms")
}

// buildStarters builds the functions and the baseline with the deploy flags for this machine.
func buildStarters(b *testing.B, hot []string) map[string]string {
	b.Helper()
	dir := b.TempDir()
	bins := map[string]string{"sdkconfig": "./testdata/sdkconfig"}
	for _, f := range hot {
		bins[f] = "tributary/functions/" + f
	}
	for name, pkg := range bins {
		out := filepath.Join(dir, name)
		cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags=lambda.norpc", "-ldflags=-s -w", "-o", out, pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if msg, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("build %s: %v\n%s", pkg, err, msg)
		}
		bins[name] = out
	}
	return bins
}

// startOnce runs bin under a Runtime API that never answers and returns the time to its first poll.
func startOnce(b *testing.B, bin, api string, polled chan time.Time) time.Duration {
	b.Helper()
	cmd := exec.Command(bin)
	cmd.Env = append(os.Environ(),
		"AWS_LAMBDA_RUNTIME_API="+api, "AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local",
		"EVENTS_TABLE=Events", "KPIS_TABLE=KPIs", "JOURNEYS_TABLE=Journeys", "CONFIG_TABLE=Config", "QUARANTINE_TABLE=Quarantine", "BUCKET=bucket",
		fmt.Sprintf("API_KEY_SHA256=%064d", 0))
	start := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	var at time.Time
	select {
	case at = <-polled:
	case <-time.After(10 * time.Second):
		b.Fatalf("%s never polled", bin)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return at.Sub(start)
}

func median(d []time.Duration) time.Duration {
	s := slices.Clone(d)
	slices.Sort(s)
	return s[len(s)/2]
}
