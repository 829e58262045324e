package main

import (
	"fmt"
	"os"
	"time"

	// The api alone knows the world's time zones: it keeps the one a site needs beside its settings (settings.Zone), so
	// that no other function carries the 450 KB.
	_ "time/tzdata"

	"github.com/aws/aws-lambda-go/lambda"

	"tributary/shared/archive"
	"tributary/shared/httpapi"
	"tributary/shared/obs"
	"tributary/shared/store"
)

func main() {
	log := obs.Logger(os.Getenv)
	s, err := wire(os.Getenv)
	if err != nil {
		log.Error("api cannot start", "error", err)
		os.Exit(1)
	}
	s.log = log
	lambda.Start(httpapi.Serve(log, s.serve))
}

// wire makes the server of a Lambda environment.
func wire(getenv func(string) string) (*server, error) {
	st, err := store.Open(getenv)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	ar, err := archive.Open(getenv)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	return newServer(st, ar, getenv, time.Now), nil
}
