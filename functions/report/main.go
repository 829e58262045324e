package main

import (
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"tributary/shared/archive"
	"tributary/shared/obs"
	"tributary/shared/store"
)

func main() {
	log := obs.Logger(os.Getenv)
	h, err := wire(os.Getenv)
	if err != nil {
		log.Error("report cannot start", "error", err)
		os.Exit(1)
	}
	h.log = log
	lambda.Start(h.handle)
}

// wire makes the handler of a Lambda environment.
func wire(getenv func(string) string) (*handler, error) {
	st, err := store.Open(getenv)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	ar, err := archive.Open(getenv)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return newHandler(newTables(st, ar, time.Now), ar, time.Now), nil
}
