package engine

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver
)

const (
	// walPause is the time between checkpoints: the log grows by some 5 MB a second under load.
	walPause = 2 * time.Second
	// walTries is how often a checkpoint follows the writes that came during the one before.
	walTries = 10
)

// wal keeps DynamoDB Local's database in SQLite's write-ahead mode (https://sqlite.org/wal.html), which is a property of the file:
// a write then costs one sync instead of a journal file made, synced and deleted, and the engine does four times as much. It
// never moves its log back into the database by itself, so that is done from here.
type wal struct {
	db   *sql.DB
	stop context.CancelFunc
	done sync.WaitGroup
}

// openWAL makes or converts the database in the folder, before the engine opens it, and checkpoints it until close.
func openWAL(folder string) (*wal, error) {
	db, err := sql.Open("sqlite", filepath.Join(folder, "shared-local-instance.db"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	var mode string
	if err := db.QueryRow("PRAGMA journal_mode=WAL").Scan(&mode); err != nil || mode != "wal" {
		_ = db.Close()
		return nil, fmt.Errorf("cannot put the engine's database into write-ahead mode (%q): %w", mode, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &wal{db: db, stop: stop}
	w.done.Go(func() { w.run(ctx) })
	return w, nil
}

func (w *wal) run(ctx context.Context) {
	tick := time.NewTicker(walPause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.checkpoint(ctx)
		}
	}
}

// checkpoint moves the log into the database without getting into anybody's way. Only when nothing is left of it does the next
// write begin the log anew, and writes come all the time: what came during a checkpoint is moved by a shorter one right after.
// A failure leaves the log as it is, for the next.
func (w *wal) checkpoint(ctx context.Context) {
	for range walTries {
		var busy, log, moved int
		err := w.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &log, &moved)
		if err != nil || busy != 0 || moved == log {
			return
		}
	}
}

// close ends the checkpoints and lets go of the database. There may be none.
func (w *wal) close() {
	if w == nil {
		return
	}
	w.stop()
	w.done.Wait()
	_ = w.db.Close()
}
