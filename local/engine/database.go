package engine

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver
)

const (
	// pause is the time between checkpoints: the log grows by some 5 MB a second under load.
	pause = 2 * time.Second
	// tries is how often a checkpoint follows the writes that came during the one before.
	tries = 10
)

// database is DynamoDB Local's SQLite file, made ready for more than it is meant for.
//
// It is kept in write-ahead mode (https://sqlite.org/wal.html), which is a property of the file: a write then costs one sync
// instead of a journal file made, synced and deleted. The engine never moves its log back into the database by itself, so that is
// done from here. And the engine's table of stream records gets the indexes it lacks: it looks there for a stream's oldest
// record at every write and every poll, which without them is a walk through the records of all streams.
type database struct {
	db   *sql.DB
	stop context.CancelFunc
	done sync.WaitGroup
}

// openDatabase makes or converts the database in the folder, before the engine opens it, and checkpoints it until close.
func openDatabase(folder string) (*database, error) {
	file := url.URL{Scheme: "file", Path: filepath.Join(folder, "shared-local-instance.db"), RawQuery: "_pragma=busy_timeout(5000)"}
	db, err := sql.Open("sqlite", file.String())
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
	d := &database{db: db, stop: stop}
	d.done.Go(func() { d.run(ctx) })
	return d, nil
}

// index adds what the engine's table lacks, once the engine has made it.
func (d *database) index(ctx context.Context) error {
	for _, column := range []string{"StreamID", "ShardID"} {
		if _, err := d.db.ExecContext(ctx, "CREATE INDEX IF NOT EXISTS tributary_"+column+" ON us ("+column+")"); err != nil {
			return fmt.Errorf("cannot index the engine's stream records: %w", err)
		}
	}
	return nil
}

func (d *database) run(ctx context.Context) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			d.checkpoint(ctx)
		}
	}
}

// checkpoint moves the log into the database without getting into anybody's way. Only when nothing is left of it does the next
// write begin the log anew, and writes come all the time: what came during a checkpoint is moved by a shorter one right after.
// A failure leaves the log as it is, for the next.
func (d *database) checkpoint(ctx context.Context) {
	for range tries {
		var busy, log, moved int
		err := d.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &log, &moved)
		if err != nil || busy != 0 || moved == log {
			return
		}
	}
}

// close ends the checkpoints and lets go of the database. There may be none.
func (d *database) close() {
	if d == nil {
		return
	}
	d.stop()
	d.done.Wait()
	_ = d.db.Close()
}
