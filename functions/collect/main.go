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
	"tributary/shared/visitor"
)

func main() {
	log := obs.Logger(os.Getenv)
	st, err := store.OpenDoor(os.Getenv)
	bucket, spillErr := spill.Open(os.Getenv)
	if err := errors.Join(err, spillErr); err != nil {
		log.Error("collect cannot start", "error", err)
		os.Exit(1)
	}
	in := ingest.New("collect", st, time.Now, log).ForVisitors(ingest.VisitorsOf(st)).SpillTo(bucket)
	h := &handler{in: in, keys: ingest.KeysOf(st), admin: os.Getenv("API_KEY_SHA256"), cookies: visitor.ParseDomains(os.Getenv("COOKIE_DOMAIN"))}
	lambda.Start(httpapi.Serve(log, h.serve))
}
