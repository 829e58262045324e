package main

import (
	"errors"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/obs"
	"tributary/shared/spill"
	"tributary/shared/store"
	"tributary/shared/webhook/receive"
)

func main() {
	log := obs.Logger(os.Getenv)
	st, err := store.OpenDoor(os.Getenv)
	bucket, spillErr := spill.Open(os.Getenv)
	if err := errors.Join(err, spillErr); err != nil {
		log.Error("webhook cannot start", "error", err)
		os.Exit(1)
	}
	to := receive.New(ingest.New("webhook", st, time.Now, log).SpillTo(bucket), st, st, time.Now, log)
	to.Files = bucket
	h := &handler{to: to, now: time.Now, log: log}
	lambda.Start(httpapi.Serve(log, h.serve))
}
