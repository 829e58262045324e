package main

import (
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/obs"
	"tributary/shared/store"
)

func main() {
	log := obs.Logger(os.Getenv)
	st, err := store.Open(os.Getenv)
	if err != nil {
		log.Error("pixel cannot start", "error", fmt.Errorf("pixel: %w", err))
		os.Exit(1)
	}
	h := &handler{in: ingest.New("pixel", st, time.Now, log)}
	lambda.Start(httpapi.Serve(log, h.serve))
}
