package main

import (
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

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
	if err != nil {
		return nil, fmt.Errorf("alert: %w", err)
	}
	return newHandler(st, engine{figures.New(st, now), now}, now), nil
}
