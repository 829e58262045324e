package main

import (
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
		log.Error("collect cannot start", "error", err)
		os.Exit(1)
	}
	h := &handler{in: ingest.New("collect", st, time.Now, log), keys: st, admin: os.Getenv("API_KEY_SHA256")}
	lambda.Start(httpapi.Serve(log, h.serve))
}
