package main

import (
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"tributary/shared/archive"
	"tributary/shared/ingest"
	"tributary/shared/obs"
	"tributary/shared/spend/ledger"
	"tributary/shared/store"
)

func main() {
	log := obs.Logger(os.Getenv)
	st, err := store.Open(os.Getenv)
	if err != nil {
		log.Error("import cannot start", "error", err)
		os.Exit(1)
	}
	files, err := archive.Open(os.Getenv)
	if err != nil {
		log.Error("import cannot start", "error", err)
		os.Exit(1)
	}
	h := &handler{files: files, connections: st, in: ingest.New("import", st, time.Now, log), ledger: ledger.New(st, st), log: log}
	lambda.Start(h.Invoke)
}
