package main

import (
	"errors"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"tributary/shared/archive"
	"tributary/shared/ingest"
	"tributary/shared/obs"
	"tributary/shared/store"
)

func main() {
	log := obs.Logger(os.Getenv)
	st, err := store.Open(os.Getenv)
	ar, archiveErr := archive.Open(os.Getenv)
	if err := errors.Join(err, archiveErr); err != nil {
		log.Error("redrive cannot start", "error", err)
		os.Exit(1)
	}
	h := &handler{objects: ar, keys: st, aside: st, now: time.Now, log: log, door: func(name string) *ingest.Ingest {
		return ingest.New(name, st, time.Now, log)
	}}
	lambda.Start(h.handle)
}
