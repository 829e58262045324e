// Package obs is the boundary to logs and metrics: JSON lines on standard output, which Lambda sends to CloudWatch, and
// counts as CloudWatch's embedded metric format in such lines, which cost no call.
package obs

import (
	"context"
	"io"
	"log/slog"
	"os"
	"time"
)

// Namespace is where CloudWatch keeps the metrics.
const Namespace = "Tributary"

// Logger is the logger of a function: JSON lines of AWS_LAMBDA_LOG_LEVEL (default INFO) and above on standard output.
func Logger(getenv func(string) string) *slog.Logger { return New(os.Stdout, getenv) }

// New is Logger on another writer. It becomes slog's default too. The level of what package log writes is set first:
// aws-lambda-go reports a function's own failure through it, which else would read as INFO.
func New(w io.Writer, getenv func(string) string) *slog.Logger {
	var level slog.Level // INFO
	// An unknown name leaves INFO: Lambda's own TRACE and FATAL among them.
	_ = level.UnmarshalText([]byte(getenv("AWS_LAMBDA_LOG_LEVEL")))
	slog.SetLogLoggerLevel(slog.LevelError)
	log := slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
	slog.SetDefault(log)
	return log
}

// Count adds n to a metric, by the dimensions given as pairs of name and value: Count(ctx, log, "refused", 1, "door",
// "pixel"). Values must come from a small set: CloudWatch bills every combination.
func Count(ctx context.Context, log *slog.Logger, metric string, n int, dims ...string) {
	if n == 0 {
		return
	}
	names := make([]string, 0, len(dims)/2)
	attrs := make([]slog.Attr, 0, len(dims)/2+2)
	for i := 0; i+1 < len(dims); i += 2 {
		names = append(names, dims[i])
		attrs = append(attrs, slog.String(dims[i], dims[i+1]))
	}
	attrs = append(attrs, slog.Int(metric, n), slog.Any("_aws", envelope{
		Timestamp: time.Now().UnixMilli(),
		Metrics:   []directive{{Namespace: Namespace, Dimensions: [][]string{names}, Metrics: []metricName{{metric, "Count"}}}},
	}))
	log.LogAttrs(ctx, slog.LevelInfo, metric, attrs...)
}

// The embedded metric format; AWS gives the names.
type (
	envelope struct {
		Timestamp int64       `json:"Timestamp"`
		Metrics   []directive `json:"CloudWatchMetrics"`
	}
	directive struct {
		Namespace  string       `json:"Namespace"`
		Dimensions [][]string   `json:"Dimensions"`
		Metrics    []metricName `json:"Metrics"`
	}
	metricName struct {
		Name string `json:"Name"`
		Unit string `json:"Unit"`
	}
)
