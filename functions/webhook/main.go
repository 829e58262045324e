package main

import (
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/obs"
	"tributary/shared/store"
	"tributary/shared/webhook/receive"
)

func main() {
	log := obs.Logger(os.Getenv)
	st, err := store.Open(os.Getenv)
	if err != nil {
		log.Error("webhook cannot start", "error", err)
		os.Exit(1)
	}
	in := ingest.New("webhook", st, time.Now, log)
	h := &handler{to: receive.New(in, st, st, time.Now, log), now: time.Now, log: log}
	lambda.Start(httpapi.Serve(log, h.serve))
}
