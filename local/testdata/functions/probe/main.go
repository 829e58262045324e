// Command probe is a function that does what its payload says, for the tests of local.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

type order struct {
	Do     string `json:"do"`
	Millis int    `json:"ms"`
	Bytes  int    `json:"bytes"`
}

func handle(ctx context.Context, raw json.RawMessage) (any, error) {
	var o order
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, err
	}
	switch o.Do {
	case "crash":
		os.Exit(3)
	case "panic":
		panic("as told")
	case "fail":
		return nil, errors.New("as told")
	case "sleep":
		time.Sleep(time.Duration(o.Millis) * time.Millisecond)
	case "big":
		return strings.Repeat("x", o.Bytes), nil
	case "env":
		return os.Environ(), nil
	case "warn":
		fmt.Fprintln(os.Stderr, `{"level":"WARN","msg":"as told"}`)
		fmt.Fprintln(os.Stderr, `{"level":"INFO","msg":"not shown"}`)
	case "pid":
		return os.Getpid(), nil
	case "deadline":
		d, _ := ctx.Deadline()
		return time.Until(d).Milliseconds(), nil
	}
	return raw, nil
}

func main() {
	if os.Getenv("FAIL_START") != "" {
		os.Exit(4)
	}
	lambda.Start(handle)
}
