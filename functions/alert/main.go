package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"tributary/shared/alert/source"
	"tributary/shared/bus"
	"tributary/shared/figures"
	"tributary/shared/obs"
	"tributary/shared/store"
)

func main() {
	log := obs.Logger(os.Getenv)
	h, err := wire(os.Getenv, time.Now)
	if err != nil {
		log.Error("alert cannot start", "error", err)
		os.Exit(1)
	}
	h.log = log
	lambda.Start(h)
}

// wire makes the handler of a Lambda environment.
func wire(getenv func(string) string, now func() time.Time) (*handler, error) {
	st, err := store.Open(getenv)
	b, without := bus.Open(getenv, now)
	if err := errors.Join(err, without); err != nil {
		return nil, fmt.Errorf("alert: %w", err)
	}
	alerts := getenv("ALERTS_TABLE")
	if alerts == "" {
		return nil, errors.New("alert: ALERTS_TABLE must be set, to tell the streams apart")
	}
	h := newHandler(st, source.Source{Reader: figures.New(st, now), Now: now}, alerts, now)
	if b != nil {
		h.bus = b
	}
	return h, nil
}
