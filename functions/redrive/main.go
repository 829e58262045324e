package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"tributary/shared/archive"
	"tributary/shared/erasure"
	"tributary/shared/ingest"
	"tributary/shared/obs"
	"tributary/shared/spill"
	"tributary/shared/store"
	"tributary/shared/webhook/receive"
)

func main() {
	log := obs.Logger(os.Getenv)
	st, err := store.Open(os.Getenv)
	ar, archiveErr := archive.Open(os.Getenv)
	files, filesErr := spill.Open(os.Getenv)
	if err := errors.Join(err, archiveErr, filesErr); err != nil {
		log.Error("redrive cannot start", "error", err)
		os.Exit(1)
	}
	to := receive.New(ingest.New("webhook", st, time.Now, log), st, st, time.Now, log)
	to.Files = files
	ask := asker()
	h := &handler{objects: ar, keys: st, aside: st, now: time.Now, log: log, door: func(name string) *ingest.Ingest {
		return ingest.New(name, st, time.Now, log).ForVisitors(ingest.VisitorsOf(st))
	}, tasks: st, complete: func(ctx context.Context, t store.Task) (receive.Result, error) { return to.Complete(ctx, t, ask) }, later: to.Later, erase: erasure.Over(st, time.Now).Do}
	lambda.Start(h.handle)
}
