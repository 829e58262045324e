package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/obs"
	"tributary/shared/spill"
	"tributary/shared/store"
	"tributary/shared/visitor"
)

func main() {
	log := obs.Logger(os.Getenv)
	st, err := store.OpenDoor(os.Getenv)
	bucket, spillErr := spill.Open(os.Getenv)
	if err := errors.Join(err, spillErr); err != nil {
		log.Error("pixel cannot start", "error", fmt.Errorf("pixel: %w", err))
		os.Exit(1)
	}
	h := &handler{
		in: ingest.New("pixel", st, time.Now, log).ForVisitors(ingest.VisitorsOf(st)).SpillTo(bucket).Within(patience), cookies: visitor.ParseDomains(os.Getenv("COOKIE_DOMAIN")), random: rand.Reader,
	}
	lambda.Start(httpapi.Serve(log, h.serve))
}
