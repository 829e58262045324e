package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"tributary/shared/obs"
	"tributary/shared/store"
)

func main() {
	log := obs.Logger(os.Getenv)
	h, err := wire(os.Getenv, time.Now)
	if err != nil {
		log.Error("kpi cannot start", "error", err)
		os.Exit(1)
	}
	h.log = log
	lambda.Start(h)
}

// wire makes the handler of a Lambda environment.
func wire(getenv func(string) string, now func() time.Time) (*handler, error) {
	st, err := store.Open(getenv)
	if err != nil {
		return nil, fmt.Errorf("kpi: %w", err)
	}
	events, journeys := getenv("EVENTS_TABLE"), getenv("JOURNEYS_TABLE")
	if events == "" || journeys == "" {
		return nil, errors.New("kpi: EVENTS_TABLE and JOURNEYS_TABLE must be set, to tell the streams apart")
	}
	return newHandler(st, st, events, journeys, now), nil
}
